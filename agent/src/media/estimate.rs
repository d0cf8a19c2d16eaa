//! How much the link carries, for a sender that mostly sends little.
//!
//! Invariant: pure. It wraps [`Gcc`], which climbs without end while nothing is sent and falls to what little was
//! received when delay rises: here the estimate climbs only as far as it was used, and falls only to what the link
//! was seen to carry.

use super::link::Link;
use rtc::interceptor::{BandwidthEstimator, EstimatorStats, Gcc, PacketReport};
use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

/// Bits a second believed at first.
pub const INITIAL: f64 = 8e6;
pub const LOWEST: f64 = 150e3;
pub const HIGHEST: f64 = 80e6;

/// Received bytes are counted in slots of this length, on the receiver's clock.
const SLOT: Duration = Duration::from_millis(50);
/// What was received longer ago does not count.
const MEMORY: Duration = Duration::from_secs(5);
/// The estimate is in use when this share of it was received within half a second.
const USED: f64 = 0.6;
/// A tunnel that is this far behind is over its limit.
const TUNNEL_BEHIND: f64 = 0.15;

/// Bytes that arrived within one [`SLOT`].
#[derive(Clone, Copy, Debug)]
struct Slot {
    index: u128,
    bytes: usize,
}

/// The estimator.
pub struct Estimate<E = Gcc> {
    inner: E,
    renew: fn(f64) -> E,
    link: Arc<Link>,
    rate: f64,
    seen: f64,
    slots: VecDeque<Slot>,
    heard: Option<Instant>,
}

impl Estimate {
    pub fn new(link: Arc<Link>) -> Self {
        Self::with(link, |rate| Gcc::new(rate, LOWEST, HIGHEST))
    }
}

impl<E: BandwidthEstimator> Estimate<E> {
    fn with(link: Arc<Link>, renew: fn(f64) -> E) -> Self {
        link.set_rate(INITIAL);
        Self {
            inner: renew(INITIAL),
            renew,
            link,
            rate: INITIAL,
            seen: INITIAL,
            slots: VecDeque::new(),
            heard: None,
        }
    }

    fn count(&mut self, now: Instant, reports: &[PacketReport]) {
        self.heard = Some(now);
        for report in reports.iter().filter(|report| report.arrived) {
            let Some(arrival) = report.arrival else { continue };
            let index = arrival.as_nanos() / SLOT.as_nanos();
            match self.slots.iter_mut().rev().take(4).find(|slot| slot.index == index) {
                Some(slot) => slot.bytes += report.size,
                None => self.slots.push_back(Slot {
                    index,
                    bytes: report.size,
                }),
            }
        }
        let newest = self.newest();
        let memory = MEMORY.as_nanos() / SLOT.as_nanos();
        // A jump of the receiver's clock must not keep slots for ever.
        self.slots.retain(|slot| slot.index + memory >= newest);
    }

    fn newest(&self) -> u128 {
        self.slots.iter().map(|slot| slot.index).max().unwrap_or(0)
    }

    /// Bits a second received within the last half second.
    fn recent(&self, now: Instant) -> f64 {
        if self
            .heard
            .is_none_or(|heard| now.saturating_duration_since(heard) > Duration::from_millis(500))
        {
            return 0.0;
        }
        let newest = self.newest();
        let bytes: usize = self
            .slots
            .iter()
            .filter(|slot| slot.index + 10 > newest)
            .map(|slot| slot.bytes)
            .sum();
        bytes as f64 * 8.0 / 0.5
    }

    /// Most bits a second received in any two slots on end.
    fn peak(&self) -> f64 {
        let slots = self.slots.iter().zip(self.slots.iter().skip(1));
        let pairs = slots.filter(|(first, second)| second.index == first.index + 1);
        pairs
            .map(|(first, second)| (first.bytes + second.bytes) as f64 * 8.0 / (2.0 * SLOT.as_secs_f64()))
            .fold(0.0, f64::max)
    }

    fn decide(&mut self, now: Instant) -> f64 {
        let inner = self.inner.target_bitrate();
        let backlog = self.link.tunnel_backlog() as f64 * 8.0;
        if backlog > self.rate * TUNNEL_BEHIND {
            return self.rate.min((self.recent(now) * 0.9).max(self.rate * 0.7));
        }
        if inner < self.seen * 0.999 {
            // Delay or loss. What the link carried in the last seconds it still carries, a little less.
            return self.rate.min((self.peak() * 0.85).max(inner).max(self.rate * 0.5));
        }
        // A burst that came through faster than believed, without delay, is as good as a probe.
        let probed = self.peak() * 0.85;
        if probed > self.rate && self.recent(now) > 0.0 {
            return probed.min(self.rate * 1.5);
        }
        if self.recent(now) >= self.rate * USED {
            self.rate.max(inner.min(self.rate * 1.08))
        } else {
            self.rate
        }
    }
}

impl<E: BandwidthEstimator> BandwidthEstimator for Estimate<E> {
    fn on_reports(&mut self, now: Instant, reports: &[PacketReport]) {
        if reports.is_empty() {
            return;
        }
        self.inner.on_reports(now, reports);
        self.count(now, reports);
        self.rate = self.decide(now).clamp(LOWEST, HIGHEST);
        self.seen = self.inner.target_bitrate();
        // Left alone it would wander off from the rate in use, and then answer for another link.
        if !(self.rate * 0.8..=self.rate * 1.25).contains(&self.seen) {
            self.inner = (self.renew)(self.rate);
            self.seen = self.inner.target_bitrate();
        }
        self.link.set_rate(self.rate);
    }

    fn target_bitrate(&self) -> f64 {
        self.rate
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.inner.handle_timeout(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.inner.poll_timeout()
    }

    fn stats(&self) -> EstimatorStats {
        self.inner.stats()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::tunnel::{Priority, TunnelSender};
    use proptest::prelude::*;
    use rtc::rtcp::transport_feedbacks::cc_feedback_report::Ecn;

    /// A link of some capacity with an endless queue, reporting every 50 ms what has arrived.
    struct Simulation {
        estimate: Estimate,
        now: Instant,
        start: Instant,
        free_at: Duration,
        next: u64,
        under_way: VecDeque<PacketReport>,
    }

    impl Simulation {
        fn new() -> Self {
            Self::over(Arc::new(Link::new(INITIAL, TunnelSender::new().0)))
        }

        fn over(link: Arc<Link>) -> Self {
            let now = Instant::now();
            let estimate = Estimate::new(link);
            Self {
                estimate,
                now,
                start: now,
                free_at: Duration::ZERO,
                next: 0,
                under_way: VecDeque::new(),
            }
        }

        /// Sends for one report's time at a rate, through a link that carries `capacity`.
        fn step(&mut self, rate: f64, capacity: f64) {
            let packets = ((rate * 0.05 / 8.0 / 1200.0) as u64).max(1);
            for index in 0..packets {
                let departure = self.now + Duration::from_millis(50) * index as u32 / packets as u32;
                self.free_at =
                    self.free_at.max(departure - self.start) + Duration::from_secs_f64(1200.0 * 8.0 / capacity);
                self.next += 1;
                self.under_way.push_back(PacketReport {
                    ssrc: 1,
                    id: self.next,
                    rtp_sequence_number: self.next as u16,
                    is_twcc: true,
                    twcc_sequence_number: self.next as u16,
                    size: 1200,
                    arrived: true,
                    departure,
                    arrival: Some(self.free_at),
                    ecn: Ecn::default(),
                });
            }
            self.now += Duration::from_millis(50);
            let passed = self.now - self.start;
            let arrived = self
                .under_way
                .iter()
                .take_while(|report| report.arrival.is_some_and(|at| at <= passed))
                .count();
            let reports: Vec<PacketReport> = self.under_way.drain(..arrived).collect();
            self.estimate.on_reports(self.now, &reports);
        }

        fn rate(&self) -> f64 {
            self.estimate.target_bitrate()
        }
    }

    #[test]
    fn a_quiet_screen_does_not_move_the_estimate() {
        let mut link = Simulation::new();
        (0..600).for_each(|_| link.step(20e3, 50e6));
        assert!(
            (INITIAL * 0.99..=INITIAL * 1.01).contains(&link.rate()),
            "{}",
            link.rate()
        );
    }

    #[test]
    fn a_used_link_climbs() {
        let mut link = Simulation::new();
        for _ in 0..200 {
            let rate = link.rate();
            link.step(rate, 60e6);
        }
        assert!(link.rate() > INITIAL * 1.5, "{}", link.rate());
    }

    #[test]
    fn an_overused_link_falls_to_about_what_it_carries() {
        let mut link = Simulation::new();
        for _ in 0..200 {
            let rate = link.rate();
            link.step(rate, 2e6);
        }
        assert!((0.4e6..3e6).contains(&link.rate()), "{}", link.rate());
    }

    #[test]
    fn a_burst_that_came_through_raises_the_estimate() {
        let mut link = Simulation::new();
        (0..3).for_each(|_| link.step(INITIAL * 2.5, 100e6));
        assert!(link.rate() > INITIAL * 1.2, "{}", link.rate());
    }

    #[test]
    fn a_tunnel_that_is_behind_lowers_the_estimate() {
        let (tunnel, _queue) = TunnelSender::new();
        let link = Arc::new(Link::new(INITIAL, tunnel.clone()));
        let mut link = Simulation::over(link);
        assert!(tunnel.send(vec![0; 400_000], Priority::Media));
        (0..3).for_each(|_| link.step(1e6, 50e6));
        assert!(link.rate() < INITIAL * 0.5, "{}", link.rate());
    }

    #[test]
    fn the_link_learns_the_rate() {
        let mut link = Simulation::new();
        (0..3).for_each(|_| link.step(INITIAL * 2.5, 100e6));
        assert_eq!(link.estimate.link.rate(), link.rate());
    }

    proptest! {
        #[test]
        fn the_estimate_stays_within_its_bounds(steps in prop::collection::vec((1e3f64..2e8, 1e4f64..2e8), 1..100)) {
            let mut link = Simulation::new();
            for (rate, capacity) in steps {
                link.step(rate, capacity);
                prop_assert!((LOWEST..=HIGHEST).contains(&link.rate()));
            }
        }
    }
}
