//! The one UDP port: many datagrams in one system call, and answers from the address that was asked.
//!
//! Invariant: addresses are canonical everywhere behind this file; IPv4 inside IPv6 exists only here.

use super::burst::{Burst, Run};
use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSocketState};
use std::{
    io::{self, IoSliceMut},
    net::{IpAddr, SocketAddr},
};
use tokio::{io::Interest, net::UdpSocket};

/// Longest run of datagrams that the system hands over as one.
const RUN_BYTES: usize = 64 * 1024;
/// What the system may hold for us in each direction.
const SOCKET_BYTES: usize = 4 * 1024 * 1024;

/// A bound UDP socket.
#[derive(Debug)]
pub struct UdpPort {
    socket: UdpSocket,
    state: UdpSocketState,
    is_v6: bool,
}

/// What one call received.
#[derive(Debug)]
pub struct Received {
    buffer: Box<[u8]>,
    metas: [RecvMeta; BATCH_SIZE],
    count: usize,
}

impl Default for Received {
    fn default() -> Self {
        Self {
            buffer: vec![0; BATCH_SIZE * RUN_BYTES].into(),
            metas: [RecvMeta::default(); BATCH_SIZE],
            count: 0,
        }
    }
}

impl Received {
    /// Sender, the own address that was sent to, and payload of each datagram.
    pub fn datagrams(&self) -> impl Iterator<Item = (SocketAddr, Option<IpAddr>, &[u8])> {
        let runs = self.buffer.chunks(RUN_BYTES).zip(&self.metas).take(self.count);
        runs.flat_map(|(buffer, meta)| {
            let peer = canonical(meta.addr);
            let local = meta.dst_ip.map(|ip| ip.to_canonical());
            buffer[..meta.len.min(RUN_BYTES)]
                .chunks(meta.stride.max(1))
                .map(move |payload| (peer, local, payload))
        })
    }
}

impl UdpPort {
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = UdpSocket::bind(address).await?;
        let state = UdpSocketState::new((&socket).into())?;
        // The system may grant less; that costs packets under load and nothing else.
        let _ = state.set_recv_buffer_size((&socket).into(), SOCKET_BYTES);
        let _ = state.set_send_buffer_size((&socket).into(), SOCKET_BYTES);
        socket.writable().await?;
        Ok(Self {
            socket,
            state,
            is_v6: address.is_ipv6(),
        })
    }

    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Datagrams that one [`UdpPort::send`] takes.
    pub fn max_segments(&self) -> usize {
        self.state.max_gso_segments()
    }

    /// Waits for datagrams; what was received before is overwritten.
    pub async fn receive(&self, received: &mut Received) -> io::Result<()> {
        received.count = 0;
        let mut slices = received.buffer.chunks_mut(RUN_BYTES);
        let mut slices: [IoSliceMut<'_>; BATCH_SIZE] =
            std::array::from_fn(|_| IoSliceMut::new(slices.next().unwrap_or_default()));
        let metas = &mut received.metas;
        received.count = self
            .socket
            .async_io(Interest::READABLE, || {
                self.state.recv((&self.socket).into(), &mut slices, metas)
            })
            .await?;
        Ok(())
    }

    /// Sends a burst and empties it. What the system does not take at once is lost, as on any network.
    pub fn send(&self, burst: &mut Burst) {
        if let Some(Run {
            peer,
            local,
            bytes: contents,
            segment: segment_size,
        }) = burst.run()
        {
            let destination = SocketAddr::new(self.own_family(peer.ip()), peer.port());
            let src_ip = local.map(|ip| self.own_family(ip));
            let transmit = Transmit {
                destination,
                ecn: None,
                contents,
                segment_size,
                src_ip,
            };
            let sent = self.socket.try_io(Interest::WRITABLE, || {
                self.state.try_send((&self.socket).into(), &transmit)
            });
            if let Err(error) = sent {
                tracing::trace!(%error, "sending UDP failed");
            }
        }
        burst.clear();
    }

    fn own_family(&self, ip: IpAddr) -> IpAddr {
        match ip {
            IpAddr::V4(ip) if self.is_v6 => ip.to_ipv6_mapped().into(),
            ip => ip,
        }
    }
}

/// The address without IPv4 inside IPv6.
pub fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
