//! How often a mail in the inbox is tried, and when again.
//!
//! Invariant: pure. A mail that fails is tried [`MOST_ATTEMPTS`] times and then set aside, whatever it fails at: the
//! attempt is counted before it begins.

use deskside_protocol::UnixMillis;

/// Attempts before a mail is set aside.
pub const MOST_ATTEMPTS: i64 = 5;

const MINUTE: UnixMillis = 60 * 1000;
/// After the first attempt, the second, and so on; the last is for one that did not even come to its end.
const PAUSES: [UnixMillis; MOST_ATTEMPTS as usize] = [MINUTE, 10 * MINUTE, 60 * MINUTE, 6 * 60 * MINUTE, 10 * MINUTE];
/// How long a mail is left alone that the server did not mark.
pub const MARK_AGAIN: UnixMillis = 60 * MINUTE;

/// What is known of a mail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// It failed, or its writer wrote too much; it is tried again.
    Waiting,
    /// It is dealt with.
    Taken,
    /// It failed too often.
    Aside,
}

/// A mail that was tried before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tried {
    pub state: State,
    pub attempts: i64,
    pub next_at: UnixMillis,
    /// Set aside, and seen after that.
    pub marked: bool,
}

/// What to do with an unseen mail now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    /// Try it; this is the attempt's number.
    Try(i64),
    Wait,
    /// All attempts ended without a word: the portal itself did not survive them, or the server did not give the mail.
    SetAside,
    /// It is dealt with, but the server still shows it as unseen.
    MarkAgain,
}

/// Decides over an unseen mail.
pub fn turn(tried: Option<&Tried>, now: UnixMillis) -> Turn {
    match tried {
        None => Turn::Try(1),
        // Somebody marked it as unread, so that it is tried again.
        Some(tried) if tried.state == State::Aside && tried.marked => Turn::Try(1),
        Some(tried) if now < tried.next_at => Turn::Wait,
        Some(tried) if tried.state != State::Waiting => Turn::MarkAgain,
        Some(tried) if tried.attempts >= MOST_ATTEMPTS => Turn::SetAside,
        Some(tried) => Turn::Try(tried.attempts + 1),
    }
}

/// When a mail is due again if its attempt number `attempt`, which begins now, fails.
pub fn next_at(attempt: i64, now: UnixMillis) -> UnixMillis {
    let at = usize::try_from(attempt - 1).unwrap_or(0).min(PAUSES.len() - 1);
    now + PAUSES[at]
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = 1_800_000_000_000;

    fn tried(state: State, attempts: i64, next_at: UnixMillis) -> Tried {
        Tried {
            state,
            attempts,
            next_at,
            marked: false,
        }
    }

    #[test]
    fn a_new_mail_is_tried_at_once() {
        assert_eq!(turn(None, NOW), Turn::Try(1));
    }

    #[test]
    fn a_failed_mail_waits_until_its_time_and_not_longer() {
        let failed = tried(State::Waiting, 1, NOW);
        assert_eq!(turn(Some(&failed), NOW - 1), Turn::Wait);
        assert_eq!(turn(Some(&failed), NOW), Turn::Try(2));
    }

    #[test]
    fn the_fifth_attempt_is_the_last() {
        assert_eq!(turn(Some(&tried(State::Waiting, 4, NOW)), NOW), Turn::Try(5));
        assert_eq!(turn(Some(&tried(State::Waiting, 5, NOW)), NOW), Turn::SetAside);
    }

    #[test]
    fn the_pauses_between_attempts_grow() {
        let pauses: Vec<UnixMillis> = (1..MOST_ATTEMPTS).map(|attempt| next_at(attempt, 0)).collect();
        assert_eq!(pauses, [60_000, 600_000, 3_600_000, 21_600_000]);
    }

    #[test]
    fn a_mail_that_was_taken_is_only_marked_and_never_tried() {
        let taken = tried(State::Taken, 1, NOW);
        assert_eq!(turn(Some(&taken), NOW - 1), Turn::Wait);
        assert_eq!(turn(Some(&taken), NOW), Turn::MarkAgain);
    }

    #[test]
    fn a_mail_that_was_set_aside_is_tried_again_only_after_it_was_seen_and_is_unseen_again() {
        let mut aside = tried(State::Aside, 5, NOW);
        assert_eq!(turn(Some(&aside), NOW), Turn::MarkAgain);
        aside.marked = true;
        assert_eq!(turn(Some(&aside), NOW - 1), Turn::Try(1));
    }
}
