//! A bound on how much may happen in a second.
//!
//! Invariant: within any time span at most `burst` plus `per_second` times the span is granted.

use std::time::Duration;

/// A token bucket; time comes from the caller.
#[derive(Clone, Debug)]
pub struct Budget {
    per_second: u64,
    burst: u64,
    /// Left, in millionths.
    left: u64,
    counted: Duration,
}

impl Budget {
    /// A full bucket.
    pub fn new(per_second: u32, burst: u32, now: Duration) -> Self {
        let (per_second, burst) = (u64::from(per_second), u64::from(burst) * 1_000_000);
        Self {
            per_second,
            burst,
            left: burst,
            counted: now,
        }
    }

    /// Takes `amount` out, or answers false and takes nothing.
    pub fn take(&mut self, amount: usize, now: Duration) -> bool {
        let micros = u64::try_from(now.saturating_sub(self.counted).as_micros()).unwrap_or(u64::MAX);
        self.left = micros
            .saturating_mul(self.per_second)
            .saturating_add(self.left)
            .min(self.burst);
        self.counted = now.max(self.counted);
        let cost = (amount as u64).saturating_mul(1_000_000);
        let granted = cost <= self.left;
        if granted {
            self.left -= cost;
        }
        granted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn exactly_the_burst_is_granted_at_once() {
        let mut budget = Budget::new(10, 20, Duration::ZERO);
        assert!((0..20).all(|_| budget.take(1, Duration::ZERO)));
        assert!(!budget.take(1, Duration::ZERO));
    }

    #[test]
    fn a_tenth_of_a_second_gives_a_tenth_of_the_rate() {
        let mut budget = Budget::new(10, 20, Duration::ZERO);
        assert!(budget.take(20, Duration::ZERO));
        assert!(!budget.take(1, Duration::from_millis(99)));
        assert!(budget.take(1, Duration::from_millis(100)));
    }

    #[test]
    fn what_is_refused_costs_nothing() {
        let mut budget = Budget::new(10, 20, Duration::ZERO);
        assert!(!budget.take(21, Duration::ZERO));
        assert!(budget.take(20, Duration::ZERO));
    }

    proptest! {
        #[test]
        fn never_more_than_burst_and_rate_is_granted(steps in proptest::collection::vec((0u64..2000, 0usize..50), 1..100)) {
            let mut budget = Budget::new(100, 30, Duration::ZERO);
            let (mut now, mut granted) = (Duration::ZERO, 0);
            for (wait, amount) in steps {
                now += Duration::from_millis(wait);
                if budget.take(amount, now) {
                    granted += amount;
                }
            }
            prop_assert!(granted as f64 <= 30.0 + 100.0 * now.as_secs_f64() + 0.001);
        }
    }
}
