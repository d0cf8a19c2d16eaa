//! What waits for the socket, in order of urgency.
//!
//! Invariant: a lane never holds more than its bytes; a frame that does not fit is refused, the ones queued stay.

use super::tunnel::{Outgoing, Priority};
use std::collections::VecDeque;

/// Most bytes of control frames that wait. An answer's SDP is at most 48 KiB.
pub const CONTROL_BYTES: usize = 1024 * 1024;
/// Most bytes of STUN, DTLS and SCTP frames that wait.
pub const STUN_BYTES: usize = 512 * 1024;
/// Most bytes of SRTP frames that wait: one dense key frame at 1080p, and one more.
pub const MEDIA_BYTES: usize = 1536 * 1024;

/// Three lanes; the more urgent one is emptied first, each in its own order.
#[derive(Debug, Default)]
pub struct Queue {
    lanes: [Lane; 3],
}

#[derive(Debug, Default)]
struct Lane {
    frames: VecDeque<Outgoing>,
    bytes: usize,
}

impl Queue {
    /// Queues a frame; `false` when its lane is full.
    pub fn push(&mut self, outgoing: Outgoing) -> bool {
        let limit = match outgoing.priority {
            Priority::Control => CONTROL_BYTES,
            Priority::Stun => STUN_BYTES,
            Priority::Media => MEDIA_BYTES,
        };
        let lane = &mut self.lanes[outgoing.priority as usize];
        if lane.bytes + outgoing.frame.len() > limit {
            return false;
        }
        lane.bytes += outgoing.frame.len();
        lane.frames.push_back(outgoing);
        true
    }

    /// Takes the most urgent frame.
    pub fn pop(&mut self) -> Option<Outgoing> {
        self.lanes.iter_mut().find_map(|lane| {
            let outgoing = lane.frames.pop_front()?;
            lane.bytes -= outgoing.frame.len();
            Some(outgoing)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(mark: u8, length: usize, priority: Priority) -> Outgoing {
        Outgoing {
            frame: vec![mark; length],
            priority,
            text: false,
        }
    }

    fn marks(queue: &mut Queue) -> Vec<u8> {
        std::iter::from_fn(|| queue.pop())
            .map(|outgoing| outgoing.frame[0])
            .collect()
    }

    #[test]
    fn control_goes_before_stun_and_stun_before_media() {
        let mut queue = Queue::default();
        for (mark, priority) in [
            (1, Priority::Media),
            (2, Priority::Stun),
            (3, Priority::Control),
            (4, Priority::Media),
        ] {
            assert!(queue.push(frame(mark, 10, priority)));
        }
        assert_eq!(marks(&mut queue), [3, 2, 1, 4]);
    }

    #[test]
    fn a_lane_takes_exactly_its_limit_and_not_a_byte_more() {
        for (priority, limit) in [
            (Priority::Control, CONTROL_BYTES),
            (Priority::Stun, STUN_BYTES),
            (Priority::Media, MEDIA_BYTES),
        ] {
            let mut queue = Queue::default();
            assert!(queue.push(frame(1, limit, priority)));
            assert!(!queue.push(frame(2, 1, priority)));
            assert_eq!(marks(&mut queue), [1]);
            assert!(
                queue.push(frame(3, limit, priority)),
                "room comes back when a frame leaves"
            );
        }
    }

    #[test]
    fn a_full_media_lane_does_not_hold_up_control() {
        let mut queue = Queue::default();
        assert!(queue.push(frame(1, MEDIA_BYTES, Priority::Media)));
        assert!(queue.push(frame(2, CONTROL_BYTES, Priority::Control)));
        assert_eq!(marks(&mut queue), [2, 1]);
    }
}
