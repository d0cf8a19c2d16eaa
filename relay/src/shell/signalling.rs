//! The task that owns the signalling core: feeds it, and does what it says.
//!
//! Invariant: nothing that one peer does makes this task wait, except a portal that does not read: then no more
//! events are taken in until it does.

use super::{
    lanes::Lanes,
    media::{MediaOrder, Tunnelled},
};
use crate::{
    bridge::TunnelPlan,
    core::{Command, Conn, Core, Input, Now},
    link::LinkPipe,
};
use deskside_protocol::{
    UnixMillis,
    link::{PortalToRelay, RelayToPortal},
};
use serde::Serialize;
use std::{
    collections::{HashMap, VecDeque},
    future::pending,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::sync::mpsc::{self, error::TrySendError};

/// What happens to the signalling task.
#[derive(Debug)]
pub enum Event {
    /// A peer connected; the input says what it is.
    Opened {
        conn: Conn,
        lanes: Arc<Lanes>,
        input: Input,
    },
    Input(Input),
    /// A portal linked itself to this relay, in place of the one before.
    Linked(LinkPipe),
}

/// The task's own state around the core.
pub struct Signalling {
    pub core: Core,
    pub started: Instant,
    pub events: mpsc::Receiver<Event>,
    pub media: mpsc::Sender<MediaOrder>,
    peers: HashMap<Conn, Arc<Lanes>>,
    link: Option<LinkPipe>,
    /// What the portal has not taken yet.
    backlog: VecDeque<RelayToPortal>,
}

impl Signalling {
    pub fn new(core: Core, started: Instant, events: mpsc::Receiver<Event>, media: mpsc::Sender<MediaOrder>) -> Self {
        Self {
            core,
            started,
            events,
            media,
            peers: HashMap::new(),
            link: None,
            backlog: VecDeque::new(),
        }
    }

    /// Runs until nobody can send events any longer.
    pub async fn run(mut self) {
        loop {
            match self.wait().await {
                Woken::Portal(Some(message)) => self.handle(Input::FromPortal(message)).await,
                Woken::Portal(None) => self.unlink().await,
                Woken::Room => self.pay_portal(),
                Woken::Event(Some(Event::Opened { conn, lanes, input })) => {
                    self.peers.insert(conn, lanes);
                    self.handle(input).await;
                }
                Woken::Event(Some(Event::Input(input))) => self.handle(input).await,
                Woken::Event(Some(Event::Linked(link))) => {
                    self.unlink().await;
                    self.link = Some(link);
                    self.handle(Input::LinkUp).await;
                }
                Woken::Event(None) => return,
                Woken::Timeout => {
                    let now = self.now();
                    self.core.handle_timeout(now);
                    self.obey().await;
                }
            }
        }
    }

    async fn wait(&mut self) -> Woken {
        let timeout = self.core.next_timeout().map(|at| self.started + at);
        let owing = !self.backlog.is_empty();
        let (to_portal, from_portal) = match &mut self.link {
            Some(link) => (Some(&link.to_portal).filter(|_| owing), Some(&mut link.from_portal)),
            None => (None, None),
        };
        tokio::select! {
            message = receive(from_portal) => Woken::Portal(message),
            () = room(to_portal) => Woken::Room,
            event = self.events.recv(), if !owing => Woken::Event(event),
            () = sleep_until(timeout) => Woken::Timeout,
        }
    }

    /// Gives the portal what it has room for. A portal that is gone is noticed where it is received from.
    fn pay_portal(&mut self) {
        let Some(link) = &self.link else { return };
        while let Some(message) = self.backlog.pop_front() {
            if let Err(TrySendError::Full(message)) = link.to_portal.try_send(message) {
                return self.backlog.push_front(message);
            }
        }
    }

    async fn unlink(&mut self) {
        if self.link.take().is_some() {
            self.backlog.clear();
            self.handle(Input::LinkDown).await;
        }
    }

    async fn handle(&mut self, input: Input) {
        let now = self.now();
        if let Input::Closed { conn } = &input {
            self.peers.remove(conn);
        }
        self.core.handle(now, input);
        self.obey().await;
    }

    /// Does what the core says.
    async fn obey(&mut self) {
        while let Some(command) = self.core.next_command() {
            match command {
                Command::ToAgent { conn, message } => self.send(conn, &message),
                Command::ToBrowser { conn, message } => self.send(conn, &message),
                Command::ToPortal(message) => self.backlog.push_back(message),
                Command::Admit { conn } => {
                    if let Some(lanes) = self.peers.get(&conn) {
                        lanes.admit();
                    }
                }
                Command::Close { conn } => {
                    if let Some(lanes) = self.peers.remove(&conn) {
                        lanes.close();
                    }
                }
                Command::OpenTunnel(tunnel) => {
                    let Some(agent) = self.peers.get(&tunnel.agent) else {
                        continue;
                    };
                    let plan = TunnelPlan {
                        tunnel: tunnel.tunnel,
                        conn: tunnel.agent,
                        agent: Tunnelled(Arc::clone(agent)),
                        username: tunnel.username,
                        password: tunnel.password,
                        paths: tunnel.paths,
                    };
                    self.order(MediaOrder::Open(plan)).await;
                }
                Command::CloseTunnel { tunnel } => self.order(MediaOrder::Close { tunnel }).await,
            }
        }
        self.pay_portal();
    }

    fn send(&mut self, conn: Conn, message: &impl Serialize) {
        let Some(lanes) = self.peers.get(&conn) else { return };
        // Messages are plain data with text keys, which always become JSON.
        let text = serde_json::to_string(message).expect("a message is always JSON");
        if !lanes.push_control(text) {
            tracing::warn!(conn = conn.0, "a peer does not read what it is sent; closing it");
            lanes.close();
            self.peers.remove(&conn);
            let now = self.now();
            self.core.handle(now, Input::Closed { conn });
        }
    }

    /// The media task takes orders before anything else, so this does not wait for long; it is gone only at the end.
    async fn order(&self, order: MediaOrder) {
        let _ = self.media.send(order).await;
    }

    fn now(&self) -> Now {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Now {
            elapsed: self.started.elapsed(),
            wall: UnixMillis::try_from(wall.as_millis()).unwrap_or(UnixMillis::MAX),
        }
    }
}

/// What the task does next.
enum Woken {
    Portal(Option<PortalToRelay>),
    /// The portal takes messages again.
    Room,
    Event(Option<Event>),
    Timeout,
}

async fn receive(from_portal: Option<&mut mpsc::Receiver<PortalToRelay>>) -> Option<PortalToRelay> {
    match from_portal {
        Some(from_portal) => from_portal.recv().await,
        None => pending().await,
    }
}

async fn room(to_portal: Option<&mpsc::Sender<RelayToPortal>>) {
    match to_portal {
        Some(to_portal) => drop(to_portal.reserve().await),
        None => pending().await,
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => pending().await,
    }
}
