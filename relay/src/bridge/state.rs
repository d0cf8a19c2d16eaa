//! Which tunnel a browser's address belongs to, and what may pass.
//!
//! Invariant: an address is pinned to a tunnel only by a check whose USERNAME names the tunnel and whose integrity was
//! made with its password; every datagram in either direction needs a pin.

use super::{DATAGRAM_BYTES, Datagram, Priority, Source};
use crate::{
    budget::Budget,
    core::Conn,
    stun::{Message, Password, is_stun},
};
use deskside_protocol::{
    limits::UNAUTHENTICATED,
    session::PathPolicy,
    tunnel::{BadFrame, Transport, TunnelFrame},
};
use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    net::{IpAddr, SocketAddr},
    time::Duration,
};

/// A pin that nothing used for so long is taken out. ICE asks for consent far more often (RFC 7675: 30 s at most).
const PIN_IDLE: Duration = Duration::from_secs(60);
/// How often old pins and silent streams are looked for.
const SWEEP: Duration = Duration::from_secs(5);

/// The bridge's bounds; see [`crate::Limits`].
#[derive(Clone, Copy, Debug)]
pub struct BridgeLimits {
    pub tunnels: usize,
    pub sources_per_tunnel: usize,
    pub tunnel_bytes_per_second: u32,
    pub streams: usize,
}

/// A tunnel to be opened. `A` is what the caller needs to reach the agent.
#[derive(Clone, Debug)]
pub struct TunnelPlan<A> {
    pub tunnel: u32,
    pub conn: Conn,
    pub agent: A,
    /// `agent's ufrag:browser's ufrag`, as the browser's checks say it.
    pub username: String,
    /// The agent's ICE password.
    pub password: String,
    pub paths: PathPolicy,
}

/// A browser's datagram may go to this agent.
#[derive(Debug)]
pub struct ToAgent<'a, A> {
    pub agent: &'a A,
    pub frame: TunnelFrame<'a>,
    pub priority: Priority,
}

/// An agent's datagram may go to this browser. `S` is what the caller needs to reach an ICE-TCP stream.
#[derive(Debug)]
pub enum ToBrowser<'a, S> {
    Udp {
        peer: SocketAddr,
        local: Option<IpAddr>,
        payload: &'a [u8],
    },
    Stream {
        stream: &'a S,
        payload: &'a [u8],
    },
}

/// Why a datagram goes nowhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Dropped {
    #[error("its sender has not proved that it belongs to a session")]
    Unpinned,
    #[error("its check is not readable or not made with the session's password")]
    BadCheck,
    #[error("this session must not use this transport")]
    Path,
    #[error("the session uses too many addresses")]
    Sources,
    #[error("the session carries too much")]
    Rate,
    #[error("it is empty or too long")]
    Length,
    #[error("its tunnel does not exist or is another agent's")]
    NoTunnel,
    /// Only a broken or hostile agent sends such a frame.
    #[error("the frame is broken: {0}")]
    Frame(#[from] BadFrame),
}

struct Tunnel<A> {
    conn: Conn,
    agent: A,
    username: Box<[u8]>,
    password: Password,
    paths: PathPolicy,
    budget: Budget,
    sources: HashSet<Source>,
}

struct Pin {
    tunnel: u32,
    local: Option<IpAddr>,
    used: Duration,
}

struct Stream<S> {
    handle: S,
    opened: Duration,
}

/// The bridge. Times are counted from any fixed moment.
pub struct Bridge<A, S> {
    limits: BridgeLimits,
    tunnels: HashMap<u32, Tunnel<A>>,
    by_username: HashMap<Box<[u8]>, u32>,
    pins: HashMap<Source, Pin>,
    streams: HashMap<SocketAddr, Stream<S>>,
    swept: Duration,
}

impl<A, S> Bridge<A, S> {
    pub fn new(limits: BridgeLimits) -> Self {
        Self {
            limits,
            tunnels: HashMap::new(),
            by_username: HashMap::new(),
            pins: HashMap::new(),
            streams: HashMap::new(),
            swept: Duration::ZERO,
        }
    }

    /// Opens a tunnel; false when there are too many, or when another one has its number or its username.
    pub fn open(&mut self, plan: TunnelPlan<A>, now: Duration) -> bool {
        let username: Box<[u8]> = plan.username.into_bytes().into();
        let taken = self.tunnels.contains_key(&plan.tunnel) || self.by_username.contains_key(&username);
        if taken || self.tunnels.len() >= self.limits.tunnels {
            return false;
        }
        self.by_username.insert(username.clone(), plan.tunnel);
        let rate = self.limits.tunnel_bytes_per_second;
        let tunnel = Tunnel {
            conn: plan.conn,
            agent: plan.agent,
            username,
            password: Password::new(&plan.password),
            paths: plan.paths,
            budget: Budget::new(rate, rate, now),
            sources: HashSet::new(),
        };
        self.tunnels.insert(plan.tunnel, tunnel);
        true
    }

    /// Closes a tunnel with its pins; its streams are dropped, which ends them.
    pub fn close(&mut self, tunnel: u32) {
        let Some(tunnel) = self.tunnels.remove(&tunnel) else {
            return;
        };
        self.by_username.remove(&tunnel.username);
        for source in tunnel.sources {
            self.pins.remove(&source);
            if source.transport == Transport::Tcp {
                self.streams.remove(&source.peer);
            }
        }
    }

    /// A browser opened an ICE-TCP connection; false when there are too many.
    pub fn add_stream(&mut self, peer: SocketAddr, handle: S, now: Duration) -> bool {
        if self.streams.len() >= self.limits.streams {
            return false;
        }
        self.streams.insert(peer, Stream { handle, opened: now });
        true
    }

    /// An ICE-TCP connection ended.
    pub fn remove_stream(&mut self, peer: SocketAddr) {
        self.streams.remove(&peer);
        self.unpin(Source {
            transport: Transport::Tcp,
            peer,
        });
    }

    /// A datagram came from a browser, or from anybody.
    pub fn take_from_browser<'a>(
        &'a mut self,
        datagram: Datagram<'a>,
        now: Duration,
    ) -> Result<ToAgent<'a, A>, Dropped> {
        let Datagram { source, local, payload } = datagram;
        if payload.is_empty() || payload.len() > DATAGRAM_BYTES {
            return Err(Dropped::Length);
        }
        if is_stun(payload) {
            self.check(source, local, payload, now)?;
        }
        let pin = self.pins.get_mut(&source).ok_or(Dropped::Unpinned)?;
        let tunnel = self.tunnels.get_mut(&pin.tunnel).ok_or(Dropped::NoTunnel)?;
        if !tunnel.budget.take(payload.len(), now) {
            return Err(Dropped::Rate);
        }
        pin.used = now;
        let frame = TunnelFrame {
            transport: source.transport,
            tunnel: pin.tunnel,
            peer: source.peer,
            payload,
        };
        Ok(ToAgent {
            agent: &tunnel.agent,
            frame,
            priority: Priority::of(payload),
        })
    }

    /// Pins the source of a good check. Answers and indications need no more than the pin.
    fn check(&mut self, source: Source, local: Option<IpAddr>, payload: &[u8], now: Duration) -> Result<(), Dropped> {
        let message = Message::read(payload).map_err(|_| Dropped::BadCheck)?;
        if !message.is_binding_request() {
            return Ok(());
        }
        let username = message.username().ok_or(Dropped::BadCheck)?;
        let number = *self.by_username.get(username).ok_or(Dropped::NoTunnel)?;
        let tunnel = self.tunnels.get_mut(&number).ok_or(Dropped::NoTunnel)?;
        let allowed = match source.transport {
            Transport::Udp => tunnel.paths.relay_udp,
            Transport::Tcp => tunnel.paths.relay_tcp,
        };
        if !allowed {
            return Err(Dropped::Path);
        }
        if !message.is_made_with(&tunnel.password) {
            return Err(Dropped::BadCheck);
        }
        // Only a check that is proved may say at which of our addresses the browser reaches us.
        if let Some(pin) = self.pins.get_mut(&source).filter(|pin| pin.tunnel == number) {
            pin.local = local;
            return Ok(());
        }
        if tunnel.sources.len() >= self.limits.sources_per_tunnel {
            return Err(Dropped::Sources);
        }
        tunnel.sources.insert(source);
        let earlier = self.pins.insert(
            source,
            Pin {
                tunnel: number,
                local,
                used: now,
            },
        );
        if let Some(tunnel) = earlier.and_then(|pin| self.tunnels.get_mut(&pin.tunnel)) {
            tunnel.sources.remove(&source);
        }
        Ok(())
    }

    /// A tunnel frame came from the agent of connection `conn`.
    pub fn take_from_agent<'a>(
        &'a mut self,
        conn: Conn,
        frame: &'a [u8],
        now: Duration,
    ) -> Result<ToBrowser<'a, S>, Dropped> {
        let TunnelFrame {
            transport,
            tunnel: number,
            peer,
            payload,
        } = TunnelFrame::decode(frame)?;
        let tunnel = self
            .tunnels
            .get_mut(&number)
            .filter(|tunnel| tunnel.conn == conn)
            .ok_or(Dropped::NoTunnel)?;
        let pin = self
            .pins
            .get(&Source { transport, peer })
            .filter(|pin| pin.tunnel == number);
        let pin = pin.ok_or(Dropped::Unpinned)?;
        if !tunnel.budget.take(payload.len(), now) {
            return Err(Dropped::Rate);
        }
        match transport {
            Transport::Udp => Ok(ToBrowser::Udp {
                peer,
                local: pin.local,
                payload,
            }),
            Transport::Tcp => {
                let stream = self.streams.get(&peer).ok_or(Dropped::Unpinned)?;
                Ok(ToBrowser::Stream {
                    stream: &stream.handle,
                    payload,
                })
            }
        }
    }

    /// When [`Bridge::sweep`] is due.
    pub fn next_timeout(&self) -> Duration {
        self.swept + SWEEP
    }

    /// Takes out idle pins, and streams that did not prove in time whose they are.
    pub fn sweep(&mut self, now: Duration) {
        self.swept = now;
        let idle: Vec<Source> = self
            .pins
            .iter()
            .filter(|(_, pin)| now >= pin.used + PIN_IDLE)
            .map(|(s, _)| *s)
            .collect();
        for source in idle {
            self.unpin(source);
        }
        let pins = &self.pins;
        self.streams.retain(|peer, stream| {
            now < stream.opened + UNAUTHENTICATED
                || pins.contains_key(&Source {
                    transport: Transport::Tcp,
                    peer: *peer,
                })
        });
    }

    fn unpin(&mut self, source: Source) {
        if let Entry::Occupied(pin) = self.pins.entry(source) {
            if let Some(tunnel) = self.tunnels.get_mut(&pin.get().tunnel) {
                tunnel.sources.remove(&source);
            }
            pin.remove();
        }
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
