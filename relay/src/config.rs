//! What a relay is told at its start.
//!
//! Invariant: every bound of the relay that is not part of the wire contract has its number here.

use deskside_protocol::{browser::IceServer, bytes::PublicKey};
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// A relay's sockets, the portal it trusts, and its bounds.
#[derive(Clone, Debug)]
pub struct RelayConfig {
    /// One UDP port for the media of all sessions.
    pub udp: SocketAddr,
    /// One TCP port for the media of browsers that cannot use UDP (ICE-TCP).
    pub tcp: SocketAddr,
    /// The addresses at which browsers reach `udp` and `tcp`. Empty: the listen address, or 127.0.0.1 when that is
    /// unspecified.
    pub public_ips: Vec<IpAddr>,
    /// The portal whose tickets are good.
    pub portal_key: PublicKey,
    /// Given to browsers as they are.
    pub ice_servers: Vec<IceServer>,
    /// A TURN server for which the relay makes credentials.
    pub turn: Option<TurnServer>,
    pub limits: Limits,
}

impl RelayConfig {
    /// The addresses to advertise for a socket that is bound to `bound`.
    pub fn advertised(&self, bound: SocketAddr) -> Vec<SocketAddr> {
        let listen = match bound.ip() {
            ip if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            ip => ip,
        };
        let ips = if self.public_ips.is_empty() {
            &[listen][..]
        } else {
            &self.public_ips
        };
        ips.iter().map(|ip| SocketAddr::new(*ip, bound.port())).collect()
    }
}

/// A TURN server that shares a secret with the relay (coturn's `use-auth-secret`).
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnServer {
    /// Such as `turn:turn.example.org:3478`.
    pub urls: Vec<String>,
    pub secret: String,
    /// How long a credential is good.
    #[serde(default = "TurnServer::default_lifetime_s")]
    pub lifetime_s: u32,
}

impl TurnServer {
    fn default_lifetime_s() -> u32 {
        3600
    }
}

impl std::fmt::Debug for TurnServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TurnServer")
            .field("urls", &self.urls)
            .field("lifetime_s", &self.lifetime_s)
            .finish_non_exhaustive()
    }
}

/// The relay's bounds. Over one of them a peer is refused; nothing grows past them.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Connected devices.
    pub agents: usize,
    /// Agents and browsers, each, that have connected and not yet proved who they are.
    pub unauthenticated: usize,
    /// Browsers that joined a session, and so sessions and tunnels.
    pub sessions: usize,
    /// Questions to the portal that wait for an answer.
    pub queries: usize,
    /// Used tickets and closed sessions that are remembered until they expire.
    pub tickets: usize,
    /// Text frames that one peer may send in a second; twice as many at once.
    pub frames_per_second: u32,
    /// Milliseconds between the relay's pings; a peer silent for twice as long is gone.
    pub heartbeat_ms: u32,
    /// Browser addresses that one tunnel may use at the same time.
    pub sources_per_tunnel: usize,
    /// Bytes that one tunnel may carry in a second, both ways together; as many at once.
    pub tunnel_bytes_per_second: u32,
    /// Open ICE-TCP connections of all browsers.
    pub streams: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            agents: 20_000,
            unauthenticated: 4_000,
            sessions: 1_000,
            queries: 4_000,
            tickets: 50_000,
            frames_per_second: 100,
            heartbeat_ms: 15_000,
            sources_per_tunnel: 16,
            tunnel_bytes_per_second: 12_500_000,
            streams: 4_000,
        }
    }
}
