//! Carries the datagrams of sessions between browsers' addresses and agents' tunnels, unread.
//!
//! Invariant: a datagram goes out only to an address from which somebody proved, with a connectivity check made with
//! the session's ICE password, that it belongs to that session; so the relay is no open proxy and amplifies nothing.

mod rfc4571;
mod state;

pub use rfc4571::{BadFraming, Deframer, frame_into};
pub use state::{Bridge, BridgeLimits, Dropped, ToAgent, ToBrowser, TunnelPlan};

use deskside_protocol::{limits::TUNNEL_FRAME_BYTES, tunnel::Transport};
use std::net::{IpAddr, SocketAddr};

/// Longest datagram that still fits a tunnel frame with an IPv6 header.
pub const DATAGRAM_BYTES: usize = TUNNEL_FRAME_BYTES - 24;

/// Where a browser's datagrams come from: the far side of a 5-tuple whose near side is the relay's one port.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Source {
    pub transport: Transport,
    pub peer: SocketAddr,
}

/// One datagram from a browser, as it lies in the receive buffer.
#[derive(Clone, Copy, Debug)]
pub struct Datagram<'a> {
    pub source: Source,
    /// The address of the relay that it was sent to, where it is known: answers leave from there.
    pub local: Option<IpAddr>,
    pub payload: &'a [u8],
}

/// How urgent a datagram is; told from its first byte (RFC 7983).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Priority {
    /// STUN and DTLS, which carries the data channels.
    Urgent,
    /// SRTP and SRTCP.
    Media,
}

impl Priority {
    pub fn of(datagram: &[u8]) -> Self {
        match datagram.first() {
            Some(128..=191) => Self::Media,
            _ => Self::Urgent,
        }
    }
}
