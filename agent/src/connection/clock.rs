//! The time by the server's clock: what the machine's own clock says matters only until the first connection.
//!
//! Invariant: between two settings the clock never jumps, whatever somebody does to the machine's.

use deskside_protocol::UnixMillis;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Server time, kept by the machine's monotonic clock.
#[derive(Clone, Copy, Debug)]
pub struct ServerClock {
    set_at: Instant,
    then: UnixMillis,
}

impl ServerClock {
    /// A clock that trusts the machine until it is set.
    pub fn from_machine() -> Self {
        Self {
            set_at: Instant::now(),
            then: machine(),
        }
    }

    /// A clock that showed `then` at `set_at`.
    pub fn set(set_at: Instant, then: UnixMillis) -> Self {
        Self { set_at, then }
    }

    /// The server's time at `instant`.
    pub fn at(&self, instant: Instant) -> UnixMillis {
        self.then
            .saturating_add(millis(instant.saturating_duration_since(self.set_at).as_millis()))
    }

    /// This clock, or one that shows `then` at `instant` when this one shows less.
    pub fn no_earlier(self, instant: Instant, then: UnixMillis) -> Self {
        if self.at(instant) < then {
            Self::set(instant, then)
        } else {
            self
        }
    }

    /// The server's time now.
    pub fn now(&self) -> UnixMillis {
        self.at(Instant::now())
    }
}

/// What the machine's own clock shows.
pub fn machine() -> UnixMillis {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| millis(since.as_millis()))
}

fn millis(value: u128) -> UnixMillis {
    UnixMillis::try_from(value).unwrap_or(UnixMillis::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn it_runs_on_from_what_the_server_said() {
        let start = Instant::now();
        let clock = ServerClock::set(start, 1_000_000);
        assert_eq!(clock.at(start), 1_000_000);
        assert_eq!(clock.at(start + Duration::from_secs(90)), 1_090_000);
    }

    #[test]
    fn it_is_put_forward_to_what_is_certain_and_never_back() {
        let start = Instant::now();
        let clock = ServerClock::set(start, 1_000_000);
        let later = start + Duration::from_secs(1);
        assert_eq!(clock.no_earlier(later, 1_001_000).at(later), 1_001_000);
        assert_eq!(clock.no_earlier(later, 1_001_001).at(later), 1_001_001);
        assert_eq!(clock.no_earlier(later, UnixMillis::MIN).at(later), 1_001_000);
    }

    #[test]
    fn it_does_not_overflow() {
        let start = Instant::now();
        assert_eq!(
            ServerClock::set(start, i64::MAX).at(start + Duration::from_secs(1)),
            i64::MAX
        );
    }
}
