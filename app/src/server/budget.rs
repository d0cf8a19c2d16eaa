//! How much one device or person may do within a time; kept in memory, so a restart begins anew.
//!
//! Invariant: pure but for the lock. A window begins with the first use; what was used long ago is forgotten.

use super::clock::millis;
use crate::error::AppError;
use deskside_protocol::{
    UnixMillis,
    ids::{DeviceId, UserId},
    report::Event,
    transfer::FILE_REPORTS,
};
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Reports of one device and kind a minute: ten times what a lively chat needs.
pub const REPORTS_A_MINUTE: u32 = 120;
/// Reports of one device about files a minute: all that a session can have, so that none of them hides another.
pub const FILE_REPORTS_A_MINUTE: u32 = FILE_REPORTS;
/// Messages of one person a minute.
pub const MESSAGES_A_MINUTE: u32 = 30;
/// Enrolment tokens that one person makes an hour.
pub const TOKENS_AN_HOUR: u32 = 20;

/// Mails a day that tell one person that an answer was not added.
pub const REFUSALS_A_DAY: u32 = 10;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Kinds of reports, none of which takes the place of another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum ReportKind {
    /// What the person at the device decided, or that it is over.
    Decision,
    File,
    Other,
}

impl ReportKind {
    fn of(event: &Event) -> Self {
        match event {
            Event::Ended { .. } | Event::Consent { .. } | Event::PreConsentTakenBack { .. } => Self::Decision,
            Event::File { .. } => Self::File,
            Event::ConsentShown { .. }
            | Event::Connected { .. }
            | Event::Interrupted { .. }
            | Event::Chat { .. }
            | Event::PreConsentShown { .. } => Self::Other,
        }
    }
}

/// What became of one use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spent {
    Within,
    /// Too many; `first` is true for the first too many of its window.
    Over {
        first: bool,
        /// Milliseconds until the next window.
        wait: UnixMillis,
    },
}

/// The portal's budgets; clones share them.
#[derive(Clone)]
pub struct Budgets {
    reports: Arc<Mutex<Budget<(DeviceId, ReportKind)>>>,
    file_reports: Arc<Mutex<Budget<DeviceId>>>,
    messages: Arc<Mutex<Budget<UserId>>>,
    tokens: Arc<Mutex<Budget<UserId>>>,
    refusals: Arc<Mutex<Budget<UserId>>>,
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            reports: Arc::new(Mutex::new(Budget::new(REPORTS_A_MINUTE, MINUTE))),
            file_reports: Arc::new(Mutex::new(Budget::new(FILE_REPORTS_A_MINUTE, MINUTE))),
            messages: Arc::new(Mutex::new(Budget::new(MESSAGES_A_MINUTE, MINUTE))),
            tokens: Arc::new(Mutex::new(Budget::new(TOKENS_AN_HOUR, HOUR))),
            refusals: Arc::new(Mutex::new(Budget::new(REFUSALS_A_DAY, DAY))),
        }
    }
}

impl Budgets {
    /// One report of `device` about `event`.
    pub fn spend_report(&self, device: DeviceId, event: &Event, now: UnixMillis) -> Spent {
        match ReportKind::of(event) {
            ReportKind::File => spend(&self.file_reports, device, now),
            kind => spend(&self.reports, (device, kind), now),
        }
    }

    /// One message of `user`, or for how long there can be none.
    pub fn spend_message(&self, user: UserId, now: UnixMillis) -> Result<(), AppError> {
        or_wait(spend(&self.messages, user, now))
    }

    /// One enrolment token made by `user`, or for how long there can be none.
    pub fn spend_token(&self, user: UserId, now: UnixMillis) -> Result<(), AppError> {
        or_wait(spend(&self.tokens, user, now))
    }

    /// One mail that tells `user` that an answer was not added, or for how long there can be none.
    pub fn spend_refusal(&self, user: UserId, now: UnixMillis) -> Result<(), AppError> {
        or_wait(spend(&self.refusals, user, now))
    }
}

fn spend<K: Eq + Hash>(budget: &Mutex<Budget<K>>, who: K, now: UnixMillis) -> Spent {
    budget.lock().unwrap_or_else(PoisonError::into_inner).spend(who, now)
}

fn or_wait(spent: Spent) -> Result<(), AppError> {
    match spent {
        Spent::Within => Ok(()),
        Spent::Over { wait, .. } => Err(AppError::TooMany {
            retry_after_s: u64::try_from(wait).unwrap_or(0).div_ceil(1000),
        }),
    }
}

struct Budget<K> {
    limit: u32,
    window: UnixMillis,
    used: HashMap<K, Used>,
    tidied_at: UnixMillis,
}

struct Used {
    since: UnixMillis,
    times: u32,
}

impl<K: Eq + Hash> Budget<K> {
    fn new(limit: u32, window: Duration) -> Self {
        Self {
            limit,
            window: millis(window),
            used: HashMap::new(),
            tidied_at: UnixMillis::MIN,
        }
    }

    fn spend(&mut self, who: K, now: UnixMillis) -> Spent {
        let window = self.window;
        let is_over = |since: UnixMillis| now.saturating_sub(since) >= window;
        if is_over(self.tidied_at) {
            self.used.retain(|_, used| !is_over(used.since));
            self.tidied_at = now;
        }
        let used = self.used.entry(who).or_insert(Used { since: now, times: 0 });
        if is_over(used.since) {
            *used = Used { since: now, times: 0 };
        }
        used.times = used.times.saturating_add(1);
        if used.times <= self.limit {
            return Spent::Within;
        }
        Spent::Over {
            first: used.times == self.limit + 1,
            wait: used.since + window - now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_within_and_one_more_is_over_until_the_window_ends() {
        let mut budget = Budget::new(3, Duration::from_secs(1));
        for _ in 0..3 {
            assert_eq!(budget.spend("a", 500), Spent::Within);
        }
        assert_eq!(budget.spend("a", 600), Spent::Over { first: true, wait: 900 });
        assert_eq!(budget.spend("a", 1499), Spent::Over { first: false, wait: 1 });
        assert_eq!(budget.spend("a", 1500), Spent::Within);
    }

    #[test]
    fn everybody_has_a_budget_of_their_own() {
        let mut budget = Budget::new(1, Duration::from_secs(1));
        assert_eq!(budget.spend("a", 0), Spent::Within);
        assert_eq!(budget.spend("b", 0), Spent::Within);
    }

    #[test]
    fn who_was_quiet_for_a_window_is_forgotten() {
        let mut budget = Budget::new(1, Duration::from_secs(1));
        for who in 0..100 {
            budget.spend(who, 0);
        }
        budget.spend(100, 1000);
        assert_eq!(budget.used.len(), 1);
    }
}
