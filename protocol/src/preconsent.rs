//! What an owner allows in advance: to connect for one request, within some times, without being asked again.
//!
//! Invariant: a statement is whole. It says everything that is allowed for its request at its version, so that the
//! newest one alone counts; one without windows takes everything back.

use crate::{UnixMillis, ids::RequestId, limits, session::Scope};
use serde::{Deserialize, Serialize};

/// From `starts_at` until just before `ends_at`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowedWindow {
    pub starts_at: UnixMillis,
    pub ends_at: UnixMillis,
}

impl AllowedWindow {
    /// True within it.
    pub fn contains(self, at: UnixMillis) -> bool {
        (self.starts_at..self.ends_at).contains(&at)
    }

    /// True when a device that hears of it at `now` may keep it: it is not over, not longer than
    /// [`limits::PRECONSENT_LONGEST`], and begins within [`limits::PRECONSENT_AHEAD`].
    pub fn may_be_kept(self, now: UnixMillis) -> bool {
        let millis = |limit: std::time::Duration| UnixMillis::try_from(limit.as_millis()).unwrap_or(UnixMillis::MAX);
        let length = self.ends_at.saturating_sub(self.starts_at);
        let latest = now
            .saturating_add(millis(limits::PRECONSENT_AHEAD))
            .saturating_add(millis(limits::CLOCK_SKEW));
        length > 0 && length <= millis(limits::PRECONSENT_LONGEST) && self.starts_at <= latest && self.ends_at > now
    }
}

/// All that is allowed for one request on the device that is told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreConsent {
    pub request: RequestId,
    /// Grows with every change of it; a device forgets what an older one says.
    pub version: i64,
    /// Name of the owner, as people know them.
    pub owner: String,
    /// Subject of the request.
    pub subject: String,
    /// Human number of the request, such as `R-1042`.
    pub reference: String,
    /// What an operator may do who connects without asking; whoever wants more has to ask.
    pub scopes: Vec<Scope>,
    /// At most [`limits::PRECONSENT_WINDOWS`]. Empty: nothing is allowed any longer.
    pub windows: Vec<AllowedWindow>,
}
