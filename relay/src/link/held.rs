//! What the portal said while the link was down, as far as it must still be done.
//!
//! Invariant: ending something is never forgotten while it matters; everything else is sent anew by the portal when the
//! device comes online, or answers a question that the relay asks again.

use deskside_protocol::link::PortalToRelay;
use std::collections::VecDeque;

/// Messages held; over it the oldest is given up. A ticket that it would have stopped has expired by then.
const HELD: usize = 4096;

#[derive(Debug, Default)]
pub struct Held(VecDeque<PortalToRelay>);

impl Held {
    /// Keeps a message that could not be sent, if it must still be sent.
    pub fn keep(&mut self, message: PortalToRelay) {
        let lasting = matches!(
            message,
            PortalToRelay::CloseSession { .. } | PortalToRelay::DropDevice { .. }
        );
        if lasting && !self.0.contains(&message) {
            if self.0.len() >= HELD {
                self.0.pop_front();
            }
            self.0.push_back(message);
        }
    }

    pub fn next(&mut self) -> Option<PortalToRelay> {
        self.0.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskside_protocol::ids::{DeviceId, SessionId};
    use uuid::Uuid;

    fn close(number: u128) -> PortalToRelay {
        PortalToRelay::CloseSession {
            session: SessionId(Uuid::from_u128(number)),
        }
    }

    #[test]
    fn endings_are_kept_once_and_in_order() {
        let mut held = Held::default();
        let dropped = PortalToRelay::DropDevice {
            device: DeviceId(Uuid::from_u128(9)),
        };
        for message in [close(1), dropped.clone(), close(1)] {
            held.keep(message);
        }
        assert_eq!(
            std::iter::from_fn(|| held.next()).collect::<Vec<_>>(),
            [close(1), dropped]
        );
    }

    #[test]
    fn answers_are_not_kept() {
        let mut held = Held::default();
        held.keep(PortalToRelay::DeviceKey { query: 1, key: None });
        assert_eq!(held.next(), None);
    }

    #[test]
    fn one_over_the_limit_gives_up_the_oldest() {
        let mut held = Held::default();
        for number in 0..=HELD as u128 {
            held.keep(close(number));
        }
        assert_eq!(held.next(), Some(close(1)));
    }
}
