//! The relay's sockets and tasks around its pure cores.
//!
//! Invariant: one task owns the signalling core, one the bridge; all others only carry bytes to and from them.

mod burst;
mod lanes;
mod media;
mod peers;
mod signalling;
mod streams;
mod tune;
mod udp;

pub(crate) use peers::bounded;
pub(crate) use signalling::Event;
pub use tune::{TunedAcceptor, tune_socket};

use crate::{
    PortalEnd, RelayConfig,
    bridge::{Bridge, BridgeLimits},
    core::{Conn, Core, CoreConfig, Input},
    link::{self, server::LinkDoor},
};
use axum::{Router, routing::get};
use deskside_protocol::{agent, browser, link as link_protocol};
use media::{AgentFrame, Media};
use signalling::Signalling;
use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, sync::mpsc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use udp::UdpPort;

/// Events and frames that wait for the two tasks. Who brings more has to wait.
const EVENTS: usize = 1024;
const FRAMES: usize = 1024;
/// How long peers may take to hear that the relay stops.
const STOP_WITHIN: Duration = Duration::from_secs(3);

/// Why a relay did not start.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    #[error("cannot listen on {protocol} {address}: {error}")]
    Listen {
        protocol: &'static str,
        address: SocketAddr,
        error: io::Error,
    },
}

/// A running relay.
#[derive(Debug)]
pub struct Relay {
    doors: Doors,
    portal_key: deskside_protocol::bytes::PublicKey,
    udp: SocketAddr,
    tcp: SocketAddr,
    /// Ends the media task and the streams.
    ending: CancellationToken,
}

/// What the WebSockets need of the relay.
#[derive(Clone, Debug)]
pub(crate) struct Doors {
    pub events: mpsc::Sender<Event>,
    pub frames: mpsc::Sender<AgentFrame>,
    pub tasks: TaskTracker,
    /// No new peers.
    pub closing: CancellationToken,
    conns: Arc<AtomicU64>,
}

impl Doors {
    pub fn next_conn(&self) -> Conn {
        Conn(self.conns.fetch_add(1, Ordering::Relaxed))
    }
}

impl Relay {
    /// Binds the media sockets and starts the relay's tasks, linked to a portal in this process.
    pub async fn start(config: RelayConfig) -> Result<(Self, PortalEnd), RelayError> {
        let relay = Self::start_alone(config).await?;
        let (portal_end, pipe) = link::in_process();
        // The signalling task runs, so its events are received.
        let _ = relay.doors.events.send(Event::Linked(pipe)).await;
        Ok((relay, portal_end))
    }

    /// Binds the media sockets and starts the relay's tasks. A portal links itself over [`Relay::standalone_router`].
    pub async fn start_alone(config: RelayConfig) -> Result<Self, RelayError> {
        let udp = UdpPort::bind(config.udp).await;
        let bound = udp.and_then(|udp| Ok((udp.local_addr()?, udp)));
        let (udp_address, udp) = bound.map_err(|error| listen_error("UDP", config.udp, error))?;
        let tcp = TcpListener::bind(config.tcp).await;
        let bound = tcp.and_then(|tcp| Ok((tcp.local_addr()?, tcp)));
        let (tcp_address, tcp) = bound.map_err(|error| listen_error("TCP", config.tcp, error))?;

        let started = Instant::now();
        let (events, signalling_events) = mpsc::channel(EVENTS);
        let (frames, media_frames) = mpsc::channel(FRAMES);
        let (orders, media_orders) = mpsc::channel(EVENTS);
        let (stream_events, media_streams) = mpsc::channel(FRAMES);
        let (ending, tasks) = (CancellationToken::new(), TaskTracker::new());

        let media = Media {
            bridge: Bridge::new(bridge_limits(&config)),
            started,
            udp,
            orders: media_orders,
            frames: media_frames,
            streams: media_streams,
            closing: ending.clone(),
        };
        tokio::spawn(media.run());
        tokio::spawn(streams::listen(tcp, stream_events, tasks.clone(), ending.clone()));
        let portal_key = config.portal_key;
        let core = Core::new(CoreConfig {
            portal_key,
            udp: config.advertised(udp_address),
            tcp: config.advertised(tcp_address),
            ice_servers: config.ice_servers,
            turn: config.turn,
            limits: config.limits,
        });
        tokio::spawn(Signalling::new(core, started, signalling_events, orders).run());

        let closing = CancellationToken::new();
        let doors = Doors {
            events,
            frames,
            tasks,
            closing,
            conns: Arc::default(),
        };
        Ok(Self {
            doors,
            portal_key,
            udp: udp_address,
            tcp: tcp_address,
            ending,
        })
    }

    /// The WebSockets of agents and browsers.
    pub fn router(&self) -> Router {
        Router::new()
            .route(agent::PATH, get(peers::agent))
            .route(browser::PATH, get(peers::browser))
            .with_state(self.doors.clone())
    }

    /// The WebSockets of agents, browsers and the portal, and a sign of life.
    pub fn standalone_router(&self) -> Router {
        let door = LinkDoor {
            doors: self.doors.clone(),
            portal_key: self.portal_key,
        };
        let link = Router::new()
            .route(link_protocol::PATH, get(link::server::accept))
            .with_state(door);
        self.router().merge(link).route("/healthz", get(async || "ok\n"))
    }

    /// The bound UDP address.
    pub fn udp_addr(&self) -> SocketAddr {
        self.udp
    }

    /// The bound ICE-TCP address.
    pub fn tcp_addr(&self) -> SocketAddr {
        self.tcp
    }

    /// Tells all peers that the relay restarts, and ends.
    pub async fn stop(self) {
        self.doors.closing.cancel();
        let _ = self.doors.events.send(Event::Input(Input::Stop)).await;
        self.ending.cancel();
        self.doors.tasks.close();
        let _ = tokio::time::timeout(STOP_WITHIN, self.doors.tasks.wait()).await;
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.doors.closing.cancel();
        self.ending.cancel();
    }
}

fn listen_error(protocol: &'static str, address: SocketAddr, error: io::Error) -> RelayError {
    RelayError::Listen {
        protocol,
        address,
        error,
    }
}

fn bridge_limits(config: &RelayConfig) -> BridgeLimits {
    let limits = &config.limits;
    BridgeLimits {
        tunnels: limits.sessions,
        sources_per_tunnel: limits.sources_per_tunnel,
        tunnel_bytes_per_second: limits.tunnel_bytes_per_second,
        streams: limits.streams,
    }
}
