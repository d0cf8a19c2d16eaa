//! The tunnel as a UDP socket: datagrams that the relay passes between browser and device.
//!
//! Invariant: sending never waits. What the connection refuses, and what is meant for a browser address that was never
//! heard from, is dropped, as UDP would.

use super::path::{Cargo, PathWatch, cargo};
use crate::connection::tunnel::{Priority, TunnelLink, TunnelSender};
use deskside_protocol::tunnel::{Transport, TunnelFrame};
use std::{
    io::{self, IoSliceMut},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
};
use tokio::sync::mpsc;
use webrtc::runtime::{AsyncUdpSocket, RecvMeta, Transmit};

/// Most browser addresses kept for one session; a new one takes the place of the oldest.
pub const MOST_PEERS: usize = 32;

/// The browser's addresses as the relay sees them, and as the ICE agent sees them. The tunnel looks like an IPv4
/// socket, so an IPv6 browser gets a stand-in address.
#[derive(Debug, Default)]
pub struct Peers {
    known: Vec<Peer>,
    stand_ins: u16,
}

#[derive(Clone, Copy, Debug)]
struct Peer {
    shown: SocketAddr,
    real: SocketAddr,
    transport: Transport,
}

impl Peers {
    /// A datagram came from here; gives back the address to show.
    pub fn heard(&mut self, real: SocketAddr, transport: Transport) -> SocketAddr {
        if let Some(peer) = self.known.iter_mut().find(|peer| peer.real == real) {
            peer.transport = transport;
            return peer.shown;
        }
        let shown = if real.is_ipv4() {
            real
        } else {
            self.stand_in(real.port())
        };
        if self.known.len() == MOST_PEERS {
            self.known.remove(0);
        }
        self.known.push(Peer { shown, real, transport });
        shown
    }

    /// Where a datagram for a shown address goes.
    pub fn find(&self, shown: SocketAddr) -> Option<(SocketAddr, Transport)> {
        self.known
            .iter()
            .find(|peer| peer.shown == shown)
            .map(|peer| (peer.real, peer.transport))
    }

    /// From 198.18.0.0/15, which no network routes (RFC 2544).
    fn stand_in(&mut self, port: u16) -> SocketAddr {
        self.stand_ins = self.stand_ins.wrapping_add(1);
        let [high, low] = self.stand_ins.to_be_bytes();
        SocketAddr::new(IpAddr::V4(Ipv4Addr::new(198, 18, high, low)), port)
    }
}

/// The socket.
#[derive(Debug)]
pub struct TunnelSocket {
    local: SocketAddr,
    tunnel: u32,
    outgoing: TunnelSender,
    incoming: Mutex<mpsc::Receiver<Vec<u8>>>,
    peers: Mutex<Peers>,
    path: PathWatch,
    _port: std::net::UdpSocket,
}

impl TunnelSocket {
    pub fn new(link: TunnelLink, port: std::net::UdpSocket, local: SocketAddr, path: PathWatch) -> Self {
        Self {
            local,
            tunnel: link.tunnel,
            outgoing: link.outgoing,
            incoming: Mutex::new(link.incoming),
            peers: Mutex::default(),
            path,
            _port: port,
        }
    }
}

impl AsyncUdpSocket for TunnelSocket {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.local)
    }

    fn poll_send(&self, _: &mut Context<'_>, transmit: &Transmit<'_>) -> Poll<io::Result<usize>> {
        let payload = transmit.contents;
        let peer = self
            .peers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .find(transmit.destination);
        if let Some((peer, transport)) = peer {
            let frame = TunnelFrame {
                transport,
                tunnel: self.tunnel,
                peer,
                payload,
            };
            let priority = match cargo(payload) {
                Cargo::Media => Priority::Media,
                Cargo::Stun | Cargo::Dtls => Priority::Stun,
            };
            if self.outgoing.send(frame.encode(), priority) {
                self.path.sent_through_tunnel(payload, transport);
            }
        }
        Poll::Ready(Ok(payload.len()))
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let (Some(buffer), Some(meta)) = (buffers.first_mut(), meta.first_mut()) else {
            return Poll::Ready(Ok(0));
        };
        let mut incoming = self.incoming.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let frame = match incoming.poll_recv(cx) {
                Poll::Ready(Some(frame)) => frame,
                // The connection is gone: silent from now on, as a network without an answer.
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            };
            let Ok(frame) = TunnelFrame::decode(&frame) else {
                continue;
            };
            if frame.tunnel != self.tunnel || frame.payload.len() > buffer.len() {
                continue;
            }
            buffer[..frame.payload.len()].copy_from_slice(frame.payload);
            let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
            *meta = RecvMeta::default();
            meta.addr = peers.heard(frame.peer, frame.transport);
            meta.len = frame.payload.len();
            meta.stride = frame.payload.len();
            return Poll::Ready(Ok(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskside_protocol::session::MediaPath;
    use std::task::Waker;

    const BROWSER: &str = "192.0.2.9:4000";

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    struct Bench {
        socket: TunnelSocket,
        queue: crate::connection::tunnel::OutgoingQueue,
        relay: mpsc::Sender<Vec<u8>>,
        path: tokio::sync::watch::Receiver<Option<MediaPath>>,
    }

    fn bench() -> Bench {
        let (outgoing, queue) = TunnelSender::new();
        let (relay, incoming) = mpsc::channel(16);
        let (watch, path) = PathWatch::new();
        let port = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let local = port.local_addr().unwrap();
        let link = TunnelLink {
            tunnel: 7,
            outgoing,
            incoming,
        };
        Bench {
            socket: TunnelSocket::new(link, port, local, watch),
            queue,
            relay,
            path,
        }
    }

    impl Bench {
        fn browser_sends(&self, peer: &str, transport: Transport, tunnel: u32, payload: &[u8]) {
            let frame = TunnelFrame {
                transport,
                tunnel,
                peer: address(peer),
                payload,
            };
            self.relay.try_send(frame.encode()).unwrap();
        }

        fn receive(&self) -> Option<(Vec<u8>, SocketAddr)> {
            let mut buffer = [0; 2000];
            let mut meta = [RecvMeta::default()];
            let mut cx = Context::from_waker(Waker::noop());
            match self
                .socket
                .poll_recv(&mut cx, &mut [IoSliceMut::new(&mut buffer)], &mut meta)
            {
                Poll::Ready(Ok(1)) => Some((buffer[..meta[0].len].to_vec(), meta[0].addr)),
                _ => None,
            }
        }

        fn send(&self, to: SocketAddr, payload: &[u8]) {
            let transmit = Transmit {
                destination: to,
                ecn: None,
                contents: payload,
                segment_size: None,
                src_ip: None,
            };
            let mut cx = Context::from_waker(Waker::noop());
            assert!(matches!(self.socket.poll_send(&mut cx, &transmit), Poll::Ready(Ok(n)) if n == payload.len()));
        }
    }

    #[test]
    fn an_answer_goes_back_the_way_the_question_came() {
        let mut bench = bench();
        bench.browser_sends(BROWSER, Transport::Tcp, 7, b"\0hello");
        let (payload, from) = bench.receive().unwrap();
        assert_eq!((payload.as_slice(), from), (&b"\0hello"[..], address(BROWSER)));
        bench.send(from, &[150, 1]);
        let sent = bench.queue.try_recv().unwrap();
        let frame = TunnelFrame::decode(&sent.frame).unwrap();
        assert_eq!(
            (frame.transport, frame.tunnel, frame.peer),
            (Transport::Tcp, 7, address(BROWSER))
        );
        assert_eq!(sent.priority, Priority::Media);
        assert_eq!(*bench.path.borrow(), Some(MediaPath::RelayTcp));
    }

    #[test]
    fn nothing_is_sent_to_an_address_never_heard_from() {
        let mut bench = bench();
        bench.send(address(BROWSER), b"\0check");
        assert!(bench.queue.try_recv().is_none());
    }

    #[test]
    fn frames_of_another_tunnel_and_rubbish_are_skipped() {
        let bench = bench();
        bench.relay.try_send(vec![9; 3]).unwrap();
        bench.browser_sends(BROWSER, Transport::Udp, 8, b"other");
        bench.browser_sends(BROWSER, Transport::Udp, 7, b"mine");
        assert_eq!(bench.receive().unwrap().0, b"mine");
        assert!(bench.receive().is_none());
    }

    #[test]
    fn an_ipv6_browser_has_a_stand_in_and_gets_its_answers() {
        let mut bench = bench();
        bench.browser_sends("[2001:db8::1]:4000", Transport::Udp, 7, b"\0");
        let (_, from) = bench.receive().unwrap();
        assert!(from.is_ipv4());
        bench.send(from, &[22, 1]);
        let sent = bench.queue.try_recv().unwrap();
        assert_eq!(
            TunnelFrame::decode(&sent.frame).unwrap().peer,
            address("[2001:db8::1]:4000")
        );
        assert_eq!(sent.priority, Priority::Stun);
    }

    #[test]
    fn the_number_of_peers_is_bounded() {
        let mut peers = Peers::default();
        for port in 1..=MOST_PEERS as u16 + 1 {
            peers.heard(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port), Transport::Udp);
        }
        assert_eq!(peers.known.len(), MOST_PEERS);
        assert!(peers.find(address("127.0.0.1:1")).is_none());
        assert!(peers.find(address("127.0.0.1:2")).is_some());
    }

    #[test]
    fn a_lost_connection_is_silence() {
        let bench = bench();
        drop(bench.relay);
        let mut buffer = [0; 2000];
        let mut cx = Context::from_waker(Waker::noop());
        let mut meta = [RecvMeta::default()];
        assert!(
            bench
                .socket
                .poll_recv(&mut cx, &mut [IoSliceMut::new(&mut buffer)], &mut meta)
                .is_pending()
        );
    }
}
