//! The agent's end of one media tunnel: raw tunnel frames between a session and the device's one connection.
//!
//! Invariant: [`TunnelSender::send`] never blocks and never waits; what does not fit is dropped and counted as lost.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::mpsc;

/// What is written first when the connection is behind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Priority {
    Control,
    /// STUN, DTLS and SCTP.
    Stun,
    /// SRTP.
    Media,
}

/// A frame on its way to the socket.
#[derive(Debug)]
pub struct Outgoing {
    pub frame: Vec<u8>,
    pub priority: Priority,
}

/// Most bytes waiting for the socket; frames over it are dropped.
pub const BACKLOG_BYTES: usize = 1024 * 1024;

/// Hands frames to the connection's writer.
#[derive(Clone, Debug)]
pub struct TunnelSender {
    queue: mpsc::UnboundedSender<Outgoing>,
    backlog: Arc<AtomicUsize>,
}

impl TunnelSender {
    /// A sender and the queue that the connection's writer drains. The writer calls [`TunnelSender::written`].
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Outgoing>) {
        let (queue, out) = mpsc::unbounded_channel();
        (Self { queue, backlog: Arc::default() }, out)
    }

    /// Queues a frame; `false` means dropped. Never blocks.
    pub fn send(&self, frame: Vec<u8>, priority: Priority) -> bool {
        let length = frame.len();
        if self.backlog.fetch_add(length, Ordering::Relaxed) + length > BACKLOG_BYTES
            || self.queue.send(Outgoing { frame, priority }).is_err()
        {
            self.backlog.fetch_sub(length, Ordering::Relaxed);
            return false;
        }
        true
    }

    /// Bytes not yet written to the socket.
    pub fn backlog(&self) -> usize {
        self.backlog.load(Ordering::Relaxed)
    }

    /// The writer wrote this many bytes.
    pub fn written(&self, bytes: usize) {
        self.backlog.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// One session's end of the tunnel.
pub struct TunnelLink {
    /// The number that the relay gave in its offer.
    pub tunnel: u32,
    pub outgoing: TunnelSender,
    /// Raw tunnel frames for this tunnel.
    pub incoming: mpsc::Receiver<Vec<u8>>,
}
