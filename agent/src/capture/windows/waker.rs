//! Ends a wait from another thread.

use std::{
    mem,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Instant,
};

#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    ring: Condvar,
}

/// Ends a [`Capturer::wait`] from another thread. On Windows it also makes the next looks frequent.
#[derive(Clone, Default)]
pub struct Waker(Arc<Bell>);

impl Waker {
    pub fn wake(&self) {
        *self.0.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.ring.notify_one();
    }

    /// Waits until rung or until the time has come; tells whether it was rung.
    pub(super) fn wait(&self, until: Instant) -> bool {
        let mut rung = self.0.rung.lock().unwrap_or_else(PoisonError::into_inner);
        while !*rung {
            let Some(left) = until
                .checked_duration_since(Instant::now())
                .filter(|left| !left.is_zero())
            else {
                return false;
            };
            rung = self
                .0
                .ring
                .wait_timeout(rung, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        mem::take(&mut *rung)
    }
}
