//! What the owner allowed in advance, as this device holds it: for which request, within which times.
//!
//! Invariant: [`PreConsents::allows`] says yes only for a request whose newest known statement was on this device's
//! screen, was not taken back here or in the portal, names a window that contains the time by both clocks, and covers
//! everything that is asked. Whatever is older than what is known changes nothing.

mod file;
#[cfg(test)]
mod property;
#[cfg(test)]
mod tests;

pub use file::{load, parse, path, store};

use super::gate::millis;
use crate::ui::words::{SHOWN_CHARS, clean};
use deskside_protocol::{
    UnixMillis,
    ids::RequestId,
    limits::{CLOCK_SKEW, COMMAND_LIFETIME, PRECONSENT_WINDOWS},
    preconsent::{AllowedWindow, PreConsent},
    session::Scope,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// Requests about which something is remembered at once.
pub const REQUESTS: usize = 64;
/// How long before a window its notice comes again.
pub const REMINDER: Duration = Duration::from_secs(600);
/// How long a version is remembered at least: no longer can a relay keep back a command that is older.
const REMEMBERED: Duration = Duration::from_secs(2 * (COMMAND_LIFETIME.as_secs() + CLOCK_SKEW.as_secs()));

/// Everything that was allowed in advance and has to be remembered.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PreConsents {
    held: BTreeMap<RequestId, Held>,
}

/// The newest that is known about one request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    pub version: i64,
    pub owner: String,
    pub subject: String,
    pub reference: String,
    pub scopes: Vec<Scope>,
    /// Empty: nothing is allowed.
    pub windows: Vec<AllowedWindow>,
    /// It was on this device's screen.
    pub shown: bool,
    /// The person at this device took it back; told to the portal until it says something newer.
    pub taken_back: bool,
    /// The notice need not come again before windows that begin until then.
    #[serde(default)]
    reminded_until: UnixMillis,
    /// When it may be forgotten: never before a window that an older version allowed is over.
    keep_until: UnixMillis,
}

impl Held {
    /// Nothing of it counts any longer.
    fn is_over(&self) -> bool {
        self.windows.is_empty() || self.taken_back
    }

    /// Something of it counts, or will.
    pub fn counts(&self, now: UnixMillis) -> bool {
        !self.is_over() && self.windows.iter().any(|window| window.ends_at > now)
    }
}

/// What became of a statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Taken {
    /// Held; the person at the device has to see it before it counts.
    Unseen,
    /// Nothing is allowed for its request any longer.
    Ended,
    /// As new as what is known, or older: nothing changed.
    Known,
    /// There is no room to remember it.
    Full,
}

impl PreConsents {
    /// Takes what the portal stated, if it is newer than what is known. Windows over a limit are left out.
    pub fn take(&mut self, stated: PreConsent, now: UnixMillis) -> Taken {
        self.forget(now);
        let known = self.held.get(&stated.request);
        if known.is_some_and(|known| known.version >= stated.version) {
            return Taken::Known;
        }
        let mut windows = stated.windows;
        if windows.len() > PRECONSENT_WINDOWS {
            windows.clear();
        }
        windows.retain(|window| window.may_be_kept(now));
        if known.is_none() && self.held.len() >= REQUESTS && !self.make_room(windows.is_empty()) {
            return Taken::Full;
        }
        let mut scopes = stated.scopes;
        scopes.sort_unstable();
        scopes.dedup();
        let last = windows.iter().map(|window| window.ends_at).max().unwrap_or(now);
        let before = self.held.get(&stated.request).map_or(now, |known| known.keep_until);
        let held = Held {
            version: stated.version,
            owner: clean(&stated.owner, SHOWN_CHARS),
            subject: clean(&stated.subject, SHOWN_CHARS),
            reference: clean(&stated.reference, SHOWN_CHARS),
            scopes,
            shown: false,
            taken_back: false,
            reminded_until: UnixMillis::MIN,
            keep_until: before.max(last).max(now.saturating_add(millis(REMEMBERED))),
            windows,
        };
        let taken = if held.is_over() { Taken::Ended } else { Taken::Unseen };
        self.held.insert(stated.request, held);
        taken
    }

    /// That something was taken back weighs more than that something is allowed: without the latter the device asks.
    fn make_room(&mut self, for_end: bool) -> bool {
        let first = |over: bool| {
            let such = self.held.iter().filter(move |(_, held)| held.is_over() == over);
            such.min_by_key(|(_, held)| held.keep_until).map(|(id, _)| *id)
        };
        let place = if for_end {
            first(false).or_else(|| first(true))
        } else {
            None
        };
        place.is_some_and(|place| self.held.remove(&place).is_some())
    }

    /// The window because of which an operator of `request` may connect without asking, if there is one. `now` is the
    /// server's time, `own` that of the machine's own clock: a relay that lies about the time cannot make it another.
    pub fn allows(
        &self,
        request: RequestId,
        asked: &[Scope],
        now: UnixMillis,
        own: UnixMillis,
    ) -> Option<AllowedWindow> {
        let held = self.held.get(&request)?;
        if !held.shown || held.is_over() || !asked.iter().all(|scope| held.scopes.contains(scope)) {
            return None;
        }
        let both = |window: &&AllowedWindow| window.contains(now) && window.contains(own);
        held.windows.iter().find(both).copied()
    }

    /// It is on the screen; gives its version, the first time.
    pub fn show(&mut self, request: RequestId, now: UnixMillis) -> Option<i64> {
        let held = self.held.get_mut(&request)?;
        if std::mem::replace(&mut held.shown, true) {
            return None;
        }
        held.reminded_until = now.saturating_add(millis(REMINDER));
        Some(held.version)
    }

    /// When the next notice is due again, and for which request: a little before each window, so that whoever is at the
    /// device then can take it back.
    pub fn remind_at(&self) -> Option<(UnixMillis, RequestId)> {
        let seen = self.held.iter().filter(|(_, held)| held.shown && !held.is_over());
        let due = seen.flat_map(|(request, held)| {
            let next = held.windows.iter().map(|window| window.starts_at);
            let next = next.filter(move |starts_at| *starts_at > held.reminded_until);
            next.map(move |starts_at| (starts_at.saturating_sub(millis(REMINDER)), *request))
        });
        due.min()
    }

    /// The notice comes again.
    pub fn reminded(&mut self, request: RequestId, now: UnixMillis) {
        if let Some(held) = self.held.get_mut(&request) {
            held.reminded_until = now.saturating_add(millis(REMINDER));
        }
    }

    /// The person at the device takes it back; gives its version if there was something to take back.
    pub fn take_back(&mut self, request: RequestId) -> Option<i64> {
        let held = self.held.get_mut(&request)?;
        if held.is_over() {
            return None;
        }
        held.taken_back = true;
        Some(held.version)
    }

    /// What is known about `request`.
    pub fn get(&self, request: RequestId) -> Option<&Held> {
        self.held.get(&request)
    }

    /// The requests whose statement nobody has seen here, each while it counts for something.
    pub fn unseen(&self, now: UnixMillis) -> Option<RequestId> {
        self.held
            .iter()
            .find(|(_, held)| !held.shown && held.counts(now))
            .map(|(id, _)| *id)
    }

    /// What was taken back here and may not have reached the portal.
    pub fn taken_back(&self) -> impl Iterator<Item = (RequestId, i64)> {
        let taken_back = self.held.iter().filter(|(_, held)| held.taken_back);
        taken_back.map(|(id, held)| (*id, held.version))
    }

    /// Forgets what can no longer count, and what no old command can bring back.
    fn forget(&mut self, now: UnixMillis) {
        self.held.retain(|_, held| held.keep_until > now);
    }

    /// Requests remembered.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// True when nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }
}
