//! What the screen's thread is told.
//!
//! Invariant: orders of one kind become one, so that however often a browser asks for a keyframe, nothing grows.

use std::{
    mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Everything that was told since the last look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Told {
    /// The desktop was to be hidden at some point.
    pub hide: bool,
    /// Whether it is to be shown now; `None` when nothing was said of it.
    pub show: Option<bool>,
    pub keyframe: bool,
    pub stop: bool,
}

/// The place where orders wait.
#[derive(Debug, Default)]
pub struct Orders {
    told: Mutex<Told>,
    changed: Condvar,
}

impl Orders {
    /// Whether the operator may and can see the desktop.
    pub fn show(&self, shown: bool) {
        self.tell(|told| {
            told.hide |= !shown;
            told.show = Some(shown);
        });
    }

    /// The browser asks for a keyframe.
    pub fn keyframe(&self) {
        self.tell(|told| told.keyframe = true);
    }

    /// The thread is to end.
    pub fn stop(&self) {
        self.tell(|told| told.stop = true);
    }

    /// What was told; from here on nothing was.
    pub fn take(&self) -> Told {
        mem::take(&mut *self.lock())
    }

    /// Like [`Self::take`], but waits up to `patience` for something.
    pub fn wait(&self, patience: Duration) -> Told {
        let nothing = |told: &mut Told| *told == Told::default();
        let waited = self.changed.wait_timeout_while(self.lock(), patience, nothing);
        let (mut told, _) = waited.unwrap_or_else(PoisonError::into_inner);
        mem::take(&mut *told)
    }

    fn tell(&self, change: impl FnOnce(&mut Told)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_requests_for_a_keyframe_are_one() {
        let orders = Orders::default();
        (0..1000).for_each(|_| orders.keyframe());
        let once = Told {
            keyframe: true,
            ..Told::default()
        };
        assert_eq!(orders.take(), once);
        assert_eq!(orders.take(), Told::default());
    }

    #[test]
    fn hidden_and_shown_again_between_two_looks_is_not_forgotten() {
        let orders = Orders::default();
        orders.show(false);
        orders.show(true);
        let told = orders.take();
        assert_eq!((told.hide, told.show), (true, Some(true)));
    }

    #[test]
    fn waiting_ends_with_the_first_order() {
        let orders = Orders::default();
        std::thread::scope(|scope| {
            scope.spawn(|| orders.stop());
            assert!(orders.wait(Duration::from_secs(60)).stop);
        });
    }
}
