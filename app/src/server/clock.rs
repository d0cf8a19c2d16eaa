//! The only place that reads the wall clock.

use deskside_protocol::UnixMillis;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Where the time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    System,
    /// Stands still until a test moves it.
    Fake(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `now`.
    pub fn fake(now: UnixMillis) -> Self {
        Self::Fake(Arc::new(AtomicI64::new(now)))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn now(&self) -> UnixMillis {
        match self {
            Self::System => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| {
                UnixMillis::try_from(since.as_millis()).unwrap_or(UnixMillis::MAX)
            }),
            Self::Fake(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Moves a fake clock forward; the system clock is left alone.
    pub fn advance(&self, by: Duration) {
        if let Self::Fake(now) = self {
            now.fetch_add(millis(by), Ordering::SeqCst);
        }
    }
}

/// A duration in the unit of our times.
pub fn millis(duration: Duration) -> UnixMillis {
    UnixMillis::try_from(duration.as_millis()).unwrap_or(UnixMillis::MAX)
}
