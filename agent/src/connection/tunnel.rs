//! The agent's end of one media tunnel, and the queue before the device's one socket.
//!
//! Invariant: [`TunnelSender::send`] never blocks and never waits; what does not fit is refused.

use super::queue::Queue;
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
use tokio::sync::{Notify, mpsc};

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
    /// A text frame of the protocol, not a tunnel frame.
    pub text: bool,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    backlog: AtomicUsize,
    closed: AtomicBool,
    ready: Notify,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hands frames to the connection's writer. Clones share one queue.
#[derive(Clone, Debug)]
pub struct TunnelSender(Arc<Shared>);

/// The writer's end of the queue. When it is dropped, every sender refuses.
#[derive(Debug)]
pub struct OutgoingQueue(Arc<Shared>);

impl TunnelSender {
    /// A sender and the queue that the connection's writer drains.
    pub fn new() -> (Self, OutgoingQueue) {
        let shared = Arc::<Shared>::default();
        (Self(shared.clone()), OutgoingQueue(shared))
    }

    /// Queues a tunnel frame; `false` means dropped. Never blocks.
    pub fn send(&self, frame: Vec<u8>, priority: Priority) -> bool {
        self.push(Outgoing {
            frame,
            priority,
            text: false,
        })
    }

    /// Queues a text frame before all others; `false` means dropped.
    pub fn send_text(&self, text: String) -> bool {
        self.push(Outgoing {
            frame: text.into_bytes(),
            priority: Priority::Control,
            text: true,
        })
    }

    fn push(&self, outgoing: Outgoing) -> bool {
        let length = outgoing.frame.len();
        let mut queue = self.0.queue();
        if self.0.closed.load(Ordering::Acquire) || !queue.push(outgoing) {
            return false;
        }
        self.0.backlog.fetch_add(length, Ordering::Relaxed);
        drop(queue);
        self.0.ready.notify_one();
        true
    }

    /// Bytes not yet written to the socket.
    pub fn backlog(&self) -> usize {
        self.0.backlog.load(Ordering::Relaxed)
    }
}

impl OutgoingQueue {
    /// The most urgent frame; waits for one.
    pub async fn recv(&mut self) -> Outgoing {
        loop {
            let ready = self.0.ready.notified();
            if let Some(outgoing) = self.0.queue().pop() {
                return outgoing;
            }
            ready.await;
        }
    }

    /// The most urgent frame, if one waits.
    pub fn try_recv(&mut self) -> Option<Outgoing> {
        self.0.queue().pop()
    }

    /// The socket took this many bytes of what was received from here.
    pub fn written(&self, bytes: usize) {
        self.0.backlog.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Drop for OutgoingQueue {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        self.0.closed.store(true, Ordering::Release);
        *queue = Queue::default();
        self.0.backlog.store(0, Ordering::Relaxed);
    }
}

/// One session's end of the tunnel.
pub struct TunnelLink {
    /// The number that the relay gave in its offer.
    pub tunnel: u32,
    pub outgoing: TunnelSender,
    /// Raw tunnel frames for this tunnel. Ends when the connection is gone.
    pub incoming: mpsc::Receiver<Vec<u8>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::queue::MEDIA_BYTES;

    #[tokio::test]
    async fn the_backlog_counts_a_frame_until_the_socket_took_it() {
        let (sender, mut queue) = TunnelSender::new();
        assert!(sender.send(vec![0; 100], Priority::Media));
        assert_eq!(sender.backlog(), 100);
        let outgoing = queue.recv().await;
        assert_eq!(sender.backlog(), 100);
        queue.written(outgoing.frame.len());
        assert_eq!(sender.backlog(), 0);
    }

    #[test]
    fn a_refused_frame_is_not_part_of_the_backlog() {
        let (sender, _queue) = TunnelSender::new();
        assert!(sender.send(vec![0; MEDIA_BYTES], Priority::Media));
        assert!(!sender.send(vec![0; 1], Priority::Media));
        assert_eq!(sender.backlog(), MEDIA_BYTES);
    }

    #[test]
    fn a_sender_of_a_lost_connection_refuses_and_has_no_backlog() {
        let (sender, queue) = TunnelSender::new();
        assert!(sender.send(vec![0; 10], Priority::Stun));
        drop(queue);
        assert_eq!(sender.backlog(), 0);
        assert!(!sender.send(vec![0; 10], Priority::Stun));
    }

    #[tokio::test]
    async fn a_waiting_writer_wakes_for_a_frame() {
        let (sender, mut queue) = TunnelSender::new();
        let writer = tokio::spawn(async move { queue.recv().await.frame });
        tokio::task::yield_now().await;
        assert!(sender.send_text("{}".into()));
        assert_eq!(writer.await.unwrap(), b"{}");
    }
}
