//! What waits to be written to one peer: control before urgent datagrams before media.
//!
//! Invariant: bounded. Control that does not fit closes the peer, a datagram that does not fit is dropped; an idle
//! peer's lanes hold no memory but their own.

use crate::bridge::Priority;
use axum::extract::ws::{Message, Utf8Bytes};
use bytes::Bytes;
use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::Notify;

/// Control frames that may wait, and their bytes together.
pub const CONTROL_FRAMES: usize = 256;
pub const CONTROL_BYTES: usize = 1024 * 1024;
/// Datagrams that may wait in each of the two lower lanes.
pub const DATAGRAMS: usize = 256;

#[derive(Debug, Default)]
struct Queues {
    control: VecDeque<Utf8Bytes>,
    control_bytes: usize,
    urgent: VecDeque<Bytes>,
    media: VecDeque<Bytes>,
    closing: bool,
}

/// The lanes of one peer. Writers never wait; one reader does.
#[derive(Debug, Default)]
pub struct Lanes {
    queues: Mutex<Queues>,
    filled: Notify,
    closing: Notify,
    admitted: AtomicBool,
}

impl Lanes {
    /// False when the peer does not read fast enough and must be closed.
    pub fn push_control(&self, text: String) -> bool {
        let mut queues = self.lock();
        let fits = queues.control.len() < CONTROL_FRAMES && queues.control_bytes + text.len() <= CONTROL_BYTES;
        if fits && !queues.closing {
            queues.control_bytes += text.len();
            queues.control.push_back(text.into());
            self.filled.notify_one();
        }
        fits
    }

    /// False when the datagram was dropped.
    pub fn push_datagram(&self, frame: Bytes, priority: Priority) -> bool {
        let mut queues = self.lock();
        let closing = queues.closing;
        let lane = match priority {
            Priority::Urgent => &mut queues.urgent,
            Priority::Media => &mut queues.media,
        };
        let fits = lane.len() < DATAGRAMS && !closing;
        if fits {
            lane.push_back(frame);
            self.filled.notify_one();
        }
        fits
    }

    /// Lets out the control frames that wait, and nothing after them.
    pub fn close(&self) {
        let mut queues = self.lock();
        queues.closing = true;
        queues.urgent = VecDeque::new();
        queues.media = VecDeque::new();
        self.filled.notify_one();
        self.closing.notify_one();
    }

    /// Waits until the lanes are closed.
    pub async fn closed(&self) {
        while !self.lock().closing {
            self.closing.notified().await;
        }
    }

    /// The next frame to write, the most urgent one; `None` when there is none now.
    pub fn try_next(&self) -> Option<Message> {
        let mut queues = self.lock();
        if let Some(text) = queues.control.pop_front() {
            queues.control_bytes -= text.len();
            return Some(Message::Text(text));
        }
        let frame = match queues.urgent.pop_front() {
            Some(frame) => Some(frame),
            None => queues.media.pop_front(),
        };
        frame.map(Message::Binary)
    }

    /// Waits for the next frame; `None` when the lanes are closed and empty.
    pub async fn next(&self) -> Option<Message> {
        loop {
            if let Some(message) = self.try_next() {
                return Some(message);
            }
            if self.lock().closing {
                return None;
            }
            self.filled.notified().await;
        }
    }

    /// From now on the peer may send tunnel frames.
    pub fn admit(&self) {
        self.admitted.store(true, Ordering::Release);
    }

    pub fn is_admitted(&self) -> bool {
        self.admitted.load(Ordering::Acquire)
    }

    /// The queues are whole at every moment in which a panic could happen, so a poisoned lock is as good.
    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datagram(byte: u8) -> Bytes {
        Bytes::copy_from_slice(&[byte])
    }

    #[test]
    fn control_goes_before_urgent_before_media() {
        let lanes = Lanes::default();
        assert!(lanes.push_datagram(datagram(3), Priority::Media));
        assert!(lanes.push_datagram(datagram(2), Priority::Urgent));
        assert!(lanes.push_control("1".into()));
        let order: Vec<_> = std::iter::from_fn(|| lanes.try_next()).collect();
        assert_eq!(
            order,
            [
                Message::text("1"),
                Message::Binary(datagram(2)),
                Message::Binary(datagram(3))
            ]
        );
    }

    #[test]
    fn the_last_datagram_that_fits_is_kept_and_the_next_one_dropped() {
        let lanes = Lanes::default();
        assert!((0..DATAGRAMS).all(|_| lanes.push_datagram(datagram(1), Priority::Media)));
        assert!(!lanes.push_datagram(datagram(1), Priority::Media));
        assert!(
            lanes.push_datagram(datagram(1), Priority::Urgent),
            "a full lane does not fill another"
        );
    }

    #[test]
    fn control_over_the_count_does_not_fit() {
        let lanes = Lanes::default();
        assert!((0..CONTROL_FRAMES).all(|_| lanes.push_control("x".into())));
        assert!(!lanes.push_control("x".into()));
    }

    #[test]
    fn control_over_the_bytes_does_not_fit() {
        let lanes = Lanes::default();
        assert!(lanes.push_control("x".repeat(CONTROL_BYTES)));
        assert!(!lanes.push_control("x".into()));
        lanes.try_next().unwrap();
        assert!(lanes.push_control("x".into()));
    }

    #[tokio::test]
    async fn closed_lanes_let_out_what_was_said_before_and_then_end() {
        let lanes = Lanes::default();
        lanes.push_control("last words".into());
        lanes.push_datagram(datagram(1), Priority::Media);
        lanes.close();
        lanes.push_control("too late".into());
        assert_eq!(lanes.next().await, Some(Message::text("last words")));
        assert_eq!(lanes.next().await, None);
    }
}
