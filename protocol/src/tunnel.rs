//! Binary frames of the agent's WebSocket: the datagrams of a session, unread.
//!
//! ```text
//! kind u8 | tunnel u32 | family u8 | address 4 or 16 bytes | port u16 | payload
//! ```
//! Numbers are big-endian. `tunnel` is the number that the relay gave in `Offer`. The address is the browser's, as the
//! relay sees it.

use crate::limits::TUNNEL_FRAME_BYTES;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// How the browser reaches the relay for this datagram.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Transport {
    /// Kind 1.
    Udp,
    /// Kind 2: ICE-TCP with RFC 4571 framing; the frame carries one unframed packet.
    Tcp,
}

/// One datagram between a browser and an agent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TunnelFrame<'a> {
    pub transport: Transport,
    pub tunnel: u32,
    /// The browser's address. An agent answers to the address it got the datagram from.
    pub peer: SocketAddr,
    pub payload: &'a [u8],
}

/// Why bytes are no tunnel frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadFrame {
    #[error("the frame is shorter than its header")]
    Short,
    #[error("the frame is longer than {TUNNEL_FRAME_BYTES} bytes")]
    Long,
    #[error("the frame has an unknown kind")]
    Kind,
    #[error("the frame has an unknown address family")]
    Family,
    #[error("the frame carries nothing")]
    Empty,
}

impl<'a> TunnelFrame<'a> {
    /// Appends the frame's bytes to `out`.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(match self.transport {
            Transport::Udp => 1,
            Transport::Tcp => 2,
        });
        out.extend_from_slice(&self.tunnel.to_be_bytes());
        match self.peer.ip() {
            IpAddr::V4(ip) => {
                out.push(4);
                out.extend_from_slice(&ip.octets());
            }
            IpAddr::V6(ip) => {
                out.push(6);
                out.extend_from_slice(&ip.octets());
            }
        }
        out.extend_from_slice(&self.peer.port().to_be_bytes());
        out.extend_from_slice(self.payload);
    }

    /// The frame's bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(24 + self.payload.len());
        self.encode_into(&mut out);
        out
    }

    /// Reads a frame; the payload borrows from `bytes`.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, BadFrame> {
        if bytes.len() > TUNNEL_FRAME_BYTES {
            return Err(BadFrame::Long);
        }
        let (&[kind, t0, t1, t2, t3, family], rest) = bytes.split_first_chunk::<6>().ok_or(BadFrame::Short)?;
        let transport = match kind {
            1 => Transport::Udp,
            2 => Transport::Tcp,
            _ => return Err(BadFrame::Kind),
        };
        let (ip, rest): (IpAddr, &[u8]) = match family {
            4 => {
                let (octets, rest) = rest.split_first_chunk::<4>().ok_or(BadFrame::Short)?;
                (Ipv4Addr::from(*octets).into(), rest)
            }
            6 => {
                let (octets, rest) = rest.split_first_chunk::<16>().ok_or(BadFrame::Short)?;
                (Ipv6Addr::from(*octets).into(), rest)
            }
            _ => return Err(BadFrame::Family),
        };
        let (port, payload) = rest.split_first_chunk::<2>().ok_or(BadFrame::Short)?;
        if payload.is_empty() {
            return Err(BadFrame::Empty);
        }
        let tunnel = u32::from_be_bytes([t0, t1, t2, t3]);
        Ok(Self {
            transport,
            tunnel,
            peer: SocketAddr::new(ip, u16::from_be_bytes(*port)),
            payload,
        })
    }
}
