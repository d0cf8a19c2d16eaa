//! When a mail that could not be sent is tried again: pure.

use deskside_protocol::UnixMillis;

const SECOND: UnixMillis = 1000;
const FIRST: UnixMillis = 10 * SECOND;
const LONGEST: UnixMillis = 3600 * SECOND;
/// A mail that could not be sent for this long has failed.
pub const GIVE_UP_AFTER: UnixMillis = 5 * 24 * 3600 * SECOND;

/// What becomes of a mail after a failed attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    TryAt(UnixMillis),
    GiveUp,
}

/// `attempts` counts the failed one; `jitter` is 0..=255 and spreads mails over a quarter of the wait.
pub fn next(created_at: UnixMillis, attempts: i64, now: UnixMillis, jitter: u8) -> Next {
    if now - created_at >= GIVE_UP_AFTER {
        return Next::GiveUp;
    }
    let doublings = u32::try_from((attempts - 1).clamp(0, 16)).unwrap_or(16);
    let wait = (FIRST << doublings).min(LONGEST);
    Next::TryAt(now + wait - wait / 4 * UnixMillis::from(jitter) / 255)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = 1_800_000_000_000;

    fn wait(attempts: i64, jitter: u8) -> UnixMillis {
        match next(NOW, attempts, NOW, jitter) {
            Next::TryAt(at) => at - NOW,
            Next::GiveUp => panic!("gave up"),
        }
    }

    #[test]
    fn the_first_wait_is_ten_seconds() {
        assert_eq!(wait(1, 0), 10_000);
    }

    #[test]
    fn waits_double_up_to_an_hour() {
        assert_eq!(wait(2, 0), 20_000);
        assert_eq!(wait(9, 0), 2_560_000);
        assert_eq!(wait(10, 0), 3_600_000);
        assert_eq!(wait(i64::MAX, 0), 3_600_000);
    }

    #[test]
    fn jitter_shortens_a_wait_by_at_most_a_quarter() {
        assert_eq!(wait(1, 255), 7_500);
        assert_eq!(wait(10, 255), 2_700_000);
    }

    #[test]
    fn a_mail_is_given_up_after_five_days_and_not_before() {
        assert!(matches!(next(NOW, 100, NOW + GIVE_UP_AFTER - 1, 0), Next::TryAt(_)));
        assert_eq!(next(NOW, 100, NOW + GIVE_UP_AFTER, 0), Next::GiveUp);
    }
}
