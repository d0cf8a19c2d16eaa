//! How often somebody may try to sign in: pure, so that the edges can be tested.
//!
//! An attempt counts as failed until it has succeeded, so parallel guesses cannot slip under the limit.

use deskside_protocol::UnixMillis;

const SECOND: UnixMillis = 1000;
/// Failures are forgotten after this long without another one.
pub const FORGET_AFTER: UnixMillis = 15 * 60 * SECOND;
/// First block; doubles with every further failure.
pub const FIRST_BLOCK: UnixMillis = 30 * SECOND;
/// Longest block.
pub const LONGEST_BLOCK: UnixMillis = 15 * 60 * SECOND;

/// How many failures are free.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limit {
    /// Five on one login.
    Login,
    /// Thirty from one address: a whole office may share one.
    Address,
}

impl Limit {
    pub fn free(self) -> i64 {
        match self {
            Self::Login => 5,
            Self::Address => 30,
        }
    }
}

/// What is remembered of one login or address.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, sqlx::FromRow)]
pub struct Failures {
    pub failures: i64,
    pub last_at: UnixMillis,
    pub blocked_until: UnixMillis,
}

/// May be tried again at this time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Blocked {
    pub until: UnixMillis,
}

/// Counts an attempt at `now`, or refuses it.
pub fn attempt(before: Failures, limit: Limit, now: UnixMillis) -> Result<Failures, Blocked> {
    if now < before.blocked_until {
        return Err(Blocked {
            until: before.blocked_until,
        });
    }
    let failures = if now - before.last_at >= FORGET_AFTER {
        1
    } else {
        before.failures + 1
    };
    let over = failures - limit.free();
    let blocked_until = if over < 0 {
        0
    } else {
        let doublings = u32::try_from(over).unwrap_or(u32::MAX).min(10);
        now + (FIRST_BLOCK << doublings).min(LONGEST_BLOCK)
    };
    Ok(Failures {
        failures,
        last_at: now,
        blocked_until,
    })
}

/// Takes back an attempt that turned out well.
pub fn succeeded(after: Failures, limit: Limit) -> Failures {
    match limit {
        Limit::Login => Failures::default(),
        Limit::Address => {
            let failures = (after.failures - 1).max(0);
            let blocked_until = if failures < limit.free() {
                0
            } else {
                after.blocked_until
            };
            Failures {
                failures,
                blocked_until,
                ..after
            }
        }
    }
}

#[cfg(test)]
#[path = "throttle_tests.rs"]
mod tests;
