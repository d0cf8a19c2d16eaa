//! Which windows ask the person at the device something, so that nobody else answers.
//!
//! Invariant: from before a window is told to ask until it says that nothing is open any longer, or is gone, the watch
//! says true. A window that has not yet taken everything it was told counts as asking.

use std::collections::BTreeMap;
use tokio::sync::watch;

/// The windows that ask, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Questions {
    windows: BTreeMap<u64, Asked>,
    asking: watch::Sender<bool>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    sent: u32,
    taken: u32,
    open: bool,
}

impl Questions {
    /// True while anything is asked.
    pub fn watch(&self) -> watch::Receiver<bool> {
        self.asking.subscribe()
    }

    /// A window is about to be told to ask.
    pub fn put(&mut self, window: u64) {
        let asked = self.windows.entry(window).or_default();
        asked.sent = asked.sent.wrapping_add(1);
        self.tell();
    }

    /// A window says what is open, after so many questions were taken.
    pub fn told(&mut self, window: u64, taken: u32, open: bool) {
        let asked = self.windows.entry(window).or_default();
        (asked.taken, asked.open) = (taken, open);
        self.tell();
    }

    /// Forgets all windows but these.
    pub fn only(&mut self, exists: impl Fn(u64) -> bool) {
        self.windows.retain(|window, _| exists(*window));
        self.tell();
    }

    fn tell(&self) {
        let asks = |asked: &Asked| asked.open || asked.sent != asked.taken;
        let asking = self.windows.values().any(asks);
        self.asking
            .send_if_modified(|told| std::mem::replace(told, asking) != asking);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(questions: &Questions) -> bool {
        *questions.watch().borrow()
    }

    #[test]
    fn a_question_counts_from_before_it_is_shown_until_it_is_answered() {
        let mut questions = Questions::default();
        assert!(!asks(&questions));
        questions.put(1);
        assert!(asks(&questions));
        questions.told(1, 1, true);
        assert!(asks(&questions));
        questions.told(1, 1, false);
        assert!(!asks(&questions));
    }

    #[test]
    fn an_answer_that_crosses_the_next_question_ends_only_its_own() {
        let mut questions = Questions::default();
        questions.put(1);
        questions.put(1);
        questions.told(1, 1, false);
        assert!(asks(&questions));
        questions.told(1, 2, true);
        questions.told(1, 2, false);
        assert!(!asks(&questions));
    }

    #[test]
    fn a_dialog_that_the_person_opened_counts_too() {
        let mut questions = Questions::default();
        questions.told(1, 0, true);
        assert!(asks(&questions));
    }

    #[test]
    fn a_window_that_is_gone_asks_nothing_and_the_others_still_do() {
        let mut questions = Questions::default();
        questions.put(1);
        questions.put(2);
        questions.only(|window| window == 2);
        assert!(asks(&questions));
        questions.only(|_| false);
        assert!(!asks(&questions));
    }
}
