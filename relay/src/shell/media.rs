//! The task that owns the bridge: datagrams from and to browsers, tunnel frames from and to agents.
//!
//! Invariant: this task never waits to send. What cannot be sent at once is dropped, as a network would.

use super::{
    burst::Burst,
    lanes::Lanes,
    udp::{Received, UdpPort},
};
use crate::{
    bridge::{Bridge, Datagram, Dropped, Source, ToBrowser, TunnelPlan, frame_into},
    core::Conn,
};
use bytes::Bytes;
use deskside_protocol::tunnel::Transport;
use std::{net::SocketAddr, sync::Arc, time::Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Frames taken in at once.
const BATCH: usize = 64;
/// Packets that may wait to be written to one ICE-TCP stream.
pub const STREAM_PACKETS: usize = 256;

/// How the bridge reaches an agent.
#[derive(Clone, Debug)]
pub struct Tunnelled(pub Arc<Lanes>);

/// From the signalling task.
#[derive(Debug)]
pub enum MediaOrder {
    Open(TunnelPlan<Tunnelled>),
    Close { tunnel: u32 },
}

/// A well-formed tunnel frame from an agent.
#[derive(Debug)]
pub struct AgentFrame {
    pub conn: Conn,
    pub frame: Bytes,
}

/// What happens to an ICE-TCP stream. The stream ends when its sender is dropped.
#[derive(Debug)]
pub enum StreamEvent {
    Opened {
        peer: SocketAddr,
        packets: mpsc::Sender<Bytes>,
    },
    Packet {
        peer: SocketAddr,
        packet: Bytes,
    },
    Closed {
        peer: SocketAddr,
    },
}

/// The task's own state around the bridge.
pub struct Media {
    pub bridge: Bridge<Tunnelled, mpsc::Sender<Bytes>>,
    pub started: Instant,
    pub udp: UdpPort,
    pub orders: mpsc::Receiver<MediaOrder>,
    pub frames: mpsc::Receiver<AgentFrame>,
    pub streams: mpsc::Receiver<StreamEvent>,
    pub closing: CancellationToken,
}

impl Media {
    /// Runs until it is told to end.
    pub async fn run(mut self) {
        let mut burst = Burst::new(self.udp.max_segments());
        let mut received = Received::default();
        let (mut frames, mut events) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
        loop {
            let sweep = self.started + self.bridge.next_timeout();
            tokio::select! {
                () = self.closing.cancelled() => return,
                Some(order) = self.orders.recv() => self.obey(order),
                result = self.udp.receive(&mut received) => {
                    if let Err(error) = result {
                        tracing::debug!(%error, "receiving UDP failed");
                    }
                    self.take_udp(&received);
                }
                1.. = self.frames.recv_many(&mut frames, BATCH) => self.take_frames(&mut frames, &mut burst),
                1.. = self.streams.recv_many(&mut events, BATCH) => self.take_streams(&mut events),
                () = tokio::time::sleep_until(sweep.into()) => self.bridge.sweep(self.started.elapsed()),
            }
        }
    }

    fn obey(&mut self, order: MediaOrder) {
        match order {
            MediaOrder::Open(plan) => {
                let tunnel = plan.tunnel;
                if !self.bridge.open(plan, self.started.elapsed()) {
                    tracing::warn!(
                        tunnel,
                        "an ICE name is taken or there are too many tunnels; this one has no relay path"
                    );
                }
            }
            MediaOrder::Close { tunnel } => self.bridge.close(tunnel),
        }
    }

    fn take_udp(&mut self, received: &Received) {
        let now = self.started.elapsed();
        for (peer, local, payload) in received.datagrams() {
            let source = Source {
                transport: Transport::Udp,
                peer,
            };
            pass_to_agent(&mut self.bridge, Datagram { source, local, payload }, now);
        }
    }

    fn take_streams(&mut self, events: &mut Vec<StreamEvent>) {
        let now = self.started.elapsed();
        for event in events.drain(..) {
            match event {
                StreamEvent::Opened { peer, packets } => {
                    // Not kept is dropped, and that ends the stream.
                    self.bridge.add_stream(peer, packets, now);
                }
                StreamEvent::Packet { peer, packet } => {
                    let source = Source {
                        transport: Transport::Tcp,
                        peer,
                    };
                    pass_to_agent(
                        &mut self.bridge,
                        Datagram {
                            source,
                            local: None,
                            payload: &packet,
                        },
                        now,
                    );
                }
                StreamEvent::Closed { peer } => self.bridge.remove_stream(peer),
            }
        }
    }

    fn take_frames(&mut self, frames: &mut Vec<AgentFrame>, burst: &mut Burst) {
        let now = self.started.elapsed();
        for AgentFrame { conn, frame } in frames.drain(..) {
            match self.bridge.take_from_agent(conn, &frame, now) {
                Ok(ToBrowser::Udp { peer, local, payload }) => {
                    if !burst.push(peer, local, payload) {
                        self.udp.send(burst);
                        burst.push(peer, local, payload);
                    }
                }
                Ok(ToBrowser::Stream { stream, payload }) => {
                    let mut packet = Vec::with_capacity(2 + payload.len());
                    frame_into(payload, &mut packet);
                    if stream.try_send(packet.into()).is_err() {
                        tracing::trace!("an ICE-TCP stream is full");
                    }
                }
                Err(dropped) => note(dropped),
            }
        }
        self.udp.send(burst);
    }
}

fn pass_to_agent(
    bridge: &mut Bridge<Tunnelled, mpsc::Sender<Bytes>>,
    datagram: Datagram<'_>,
    now: std::time::Duration,
) {
    match bridge.take_from_browser(datagram, now) {
        Ok(to_agent) => {
            let mut frame = Vec::with_capacity(24 + datagram.payload.len());
            to_agent.frame.encode_into(&mut frame);
            if !to_agent.agent.0.push_datagram(frame.into(), to_agent.priority) {
                tracing::trace!("an agent's lane is full");
            }
        }
        Err(dropped) => note(dropped),
    }
}

fn note(dropped: Dropped) {
    tracing::trace!(%dropped, "datagram dropped");
}
