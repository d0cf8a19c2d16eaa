//! How long to wait before the next try to connect.
//!
//! Invariant: pure; the caller brings the chance. No wait is longer than [`LONGEST`], so that every agent is back within
//! a minute of its relay's return, and no two agents that lost the relay together wait alike.

use deskside_protocol::agent::Refusal;
use std::time::Duration;

/// First wait, before jitter.
pub const FIRST: Duration = Duration::from_millis(500);
/// Longest wait.
pub const LONGEST: Duration = Duration::from_secs(20);
/// Waits after the relay said that it restarts are spread up to here.
pub const RESTART_SPREAD: Duration = Duration::from_secs(3);
/// A connection that lasted this long was good: the next failure starts from [`FIRST`] again.
pub const GOOD_AFTER: Duration = Duration::from_secs(30);

/// How the last connection ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// It never came up.
    Unreached,
    /// It was up for this long and was lost.
    Lost(Duration),
    /// The relay refused.
    Refused(Refusal),
}

/// Counts failures in a row.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The wait after a connection ended; `chance` is uniform in 0..1.
    pub fn next(&mut self, ended: Ended, chance: f64) -> Duration {
        let chance = chance.clamp(0.0, 1.0);
        match ended {
            Ended::Refused(Refusal::Restarting) => {
                self.failures = 0;
                return RESTART_SPREAD.mul_f64(chance).max(Duration::from_millis(200));
            }
            Ended::Lost(lasted) if lasted >= GOOD_AFTER => self.failures = 0,
            // An update is the cure, and nobody is waiting for a fast one.
            Ended::Refused(Refusal::Version) => self.failures = 16,
            _ => {}
        }
        let full = FIRST.saturating_mul(1 << self.failures.min(16)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        full.mul_f64(0.5 + chance / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn waits_double_from_half_a_second_to_the_longest() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..8)
            .map(|_| backoff.next(Ended::Unreached, 1.0).as_millis())
            .collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 16000, 20000, 20000]);
    }

    #[test]
    fn a_connection_that_lasted_starts_the_waits_anew() {
        let mut backoff = Backoff::default();
        for _ in 0..6 {
            backoff.next(Ended::Unreached, 1.0);
        }
        assert_eq!(backoff.next(Ended::Lost(GOOD_AFTER), 1.0), FIRST);
    }

    #[test]
    fn a_connection_that_breaks_at_once_does_not() {
        let mut backoff = Backoff::default();
        for _ in 0..6 {
            backoff.next(Ended::Unreached, 1.0);
        }
        assert_eq!(
            backoff.next(Ended::Lost(GOOD_AFTER - Duration::from_millis(1)), 1.0),
            LONGEST
        );
    }

    #[test]
    fn a_restarting_relay_is_tried_again_soon_and_spread() {
        let mut backoff = Backoff::default();
        for _ in 0..6 {
            backoff.next(Ended::Unreached, 1.0);
        }
        assert_eq!(backoff.next(Ended::Refused(Refusal::Restarting), 1.0), RESTART_SPREAD);
        assert_eq!(
            backoff.next(Ended::Refused(Refusal::Restarting), 0.0),
            Duration::from_millis(200)
        );
        assert_eq!(backoff.next(Ended::Unreached, 1.0), FIRST);
    }

    #[test]
    fn another_protocol_version_is_tried_slowly() {
        assert_eq!(Backoff::default().next(Ended::Refused(Refusal::Version), 1.0), LONGEST);
    }

    proptest! {
        #[test]
        fn no_wait_is_longer_than_the_longest_or_nothing(chances in prop::collection::vec(0.0..1.0f64, 1..200)) {
            let mut backoff = Backoff::default();
            for chance in chances {
                let wait = backoff.next(Ended::Unreached, chance);
                prop_assert!(wait <= LONGEST && wait >= FIRST / 2);
            }
        }
    }
}
