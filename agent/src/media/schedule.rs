//! When to encode: the moment something was drawn, unless the link is behind.
//!
//! Invariant: pure; it never asks for a frame without damage, a wanted keyframe or something left to refine, and it
//! never asks for a keyframe twice within [`KEYFRAME_EVERY`].

use crate::encode::quality::Purpose;
use std::time::{Duration, Instant};

/// Shortest time between two keyframes.
pub const KEYFRAME_EVERY: Duration = Duration::from_secs(1);
/// Stillness after which the picture is refined.
pub const STILL: Duration = Duration::from_millis(300);
/// Time between two refinements.
pub const REFINE_EVERY: Duration = Duration::from_millis(250);
/// Frames are skipped while more than this waits to be sent.
pub const MOST_BACKLOG: Duration = Duration::from_millis(50);
/// Shortest time between two frames.
pub const FRAME_EVERY: Duration = Duration::from_millis(16);
/// The backlog is looked at again no sooner than after this.
const LOOK_AGAIN: Duration = Duration::from_millis(4);

/// What to do now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    Encode(Purpose),
    /// Nothing until this time, or until something happens.
    Wait(Option<Instant>),
}

/// The state that decides.
#[derive(Debug, Default)]
pub struct Schedule {
    shown: bool,
    damaged: bool,
    /// When something was last drawn.
    drawn: Option<Instant>,
    keyframe: bool,
    last_keyframe: Option<Instant>,
    last_frame: Option<Instant>,
    last_refined: Option<Instant>,
    refinable: bool,
    /// Time that the last frame took.
    spent: Duration,
}

impl Schedule {
    /// Whether anybody may and can see the picture. Shown again, it starts with a keyframe.
    pub fn show(&mut self, shown: bool) {
        if shown && !self.shown {
            self.damaged = true;
            self.keyframe = true;
            self.last_keyframe = None;
        }
        self.shown = shown;
    }

    /// Something was drawn.
    pub fn drawn(&mut self, now: Instant) {
        self.damaged = true;
        self.drawn = Some(now);
    }

    /// The browser asks for a keyframe.
    pub fn want_keyframe(&mut self) {
        self.keyframe = true;
    }

    /// A frame was encoded from `start` to `end`; `refinable` tells whether a still picture could get finer.
    pub fn encoded(&mut self, purpose: Purpose, start: Instant, end: Instant, refinable: bool) {
        self.damaged = false;
        self.last_frame = Some(start);
        self.spent = end.saturating_duration_since(start);
        self.refinable = refinable;
        match purpose {
            Purpose::Keyframe => {
                self.keyframe = false;
                self.last_keyframe = Some(start);
            }
            Purpose::Refine => self.last_refined = Some(end),
            Purpose::Change => {}
        }
    }

    /// What to do now, while `backlog` waits to be sent.
    pub fn next(&self, now: Instant, backlog: Duration) -> Step {
        if !self.shown {
            return Step::Wait(None);
        }
        let keyframe_at = self.last_keyframe.map_or(now, |last| last + KEYFRAME_EVERY);
        let wanted = if self.keyframe && keyframe_at <= now {
            Purpose::Keyframe
        } else if self.damaged {
            Purpose::Change
        } else {
            return self.at_rest(now, backlog, keyframe_at);
        };
        if backlog > MOST_BACKLOG {
            return Step::Wait(Some(now + (backlog - MOST_BACKLOG).clamp(LOOK_AGAIN, MOST_BACKLOG)));
        }
        // Leave a fifth of the processor to the programs that draw.
        let pause = FRAME_EVERY.max(self.spent + self.spent / 4);
        match self.last_frame.map(|last| last + pause) {
            Some(next) if next > now => Step::Wait(Some(next)),
            _ => Step::Encode(wanted),
        }
    }

    fn at_rest(&self, now: Instant, backlog: Duration, keyframe_at: Instant) -> Step {
        let keyframe_at = self.keyframe.then_some(keyframe_at);
        if !self.refinable {
            return Step::Wait(keyframe_at);
        }
        let still = self.drawn.or(self.last_keyframe).map(|drawn| drawn + STILL);
        let paused = self.last_refined.map(|last| last + REFINE_EVERY);
        let refine_at = still.into_iter().chain(paused).max().unwrap_or(now);
        let refine_at = if backlog > MOST_BACKLOG / 2 {
            refine_at.max(now + MOST_BACKLOG)
        } else {
            refine_at
        };
        if refine_at <= now {
            return Step::Encode(Purpose::Refine);
        }
        Step::Wait(Some(keyframe_at.map_or(refine_at, |at| at.min(refine_at))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NONE: Duration = Duration::ZERO;
    const TOOK: Duration = Duration::from_millis(8);

    fn ms(value: u64) -> Duration {
        Duration::from_millis(value)
    }

    /// Shown, and its first keyframe is out.
    fn running(start: Instant) -> Schedule {
        let mut schedule = Schedule::default();
        schedule.show(true);
        schedule.encoded(Purpose::Keyframe, start, start + TOOK, false);
        schedule
    }

    #[test]
    fn nothing_is_encoded_while_nobody_sees_it() {
        let now = Instant::now();
        let mut schedule = Schedule::default();
        schedule.drawn(now);
        schedule.want_keyframe();
        assert_eq!(schedule.next(now, NONE), Step::Wait(None));
    }

    #[test]
    fn the_first_frame_shown_is_a_keyframe() {
        let now = Instant::now();
        let mut schedule = running(now);
        schedule.show(false);
        schedule.show(true);
        assert_eq!(schedule.next(now + ms(100), NONE), Step::Encode(Purpose::Keyframe));
    }

    #[test]
    fn damage_is_encoded_at_once() {
        let start = Instant::now();
        let mut schedule = running(start);
        let now = start + ms(40);
        schedule.drawn(now);
        assert_eq!(schedule.next(now, NONE), Step::Encode(Purpose::Change));
    }

    #[test]
    fn without_damage_it_waits_for_ever() {
        let start = Instant::now();
        assert_eq!(running(start).next(start + ms(60_000), NONE), Step::Wait(None));
    }

    #[test]
    fn frames_keep_their_distance() {
        let start = Instant::now();
        let mut schedule = running(start);
        schedule.drawn(start + ms(10));
        assert_eq!(
            schedule.next(start + ms(10), NONE),
            Step::Wait(Some(start + FRAME_EVERY))
        );
        assert_eq!(schedule.next(start + FRAME_EVERY, NONE), Step::Encode(Purpose::Change));
    }

    #[test]
    fn a_slow_encoder_leaves_time_to_others() {
        let start = Instant::now();
        let mut schedule = running(start);
        schedule.encoded(Purpose::Change, start, start + ms(40), false);
        schedule.drawn(start + ms(40));
        assert_eq!(schedule.next(start + ms(40), NONE), Step::Wait(Some(start + ms(50))));
    }

    #[test]
    fn frames_are_skipped_while_the_link_is_behind() {
        let start = Instant::now();
        let mut schedule = running(start);
        let now = start + ms(100);
        schedule.drawn(now);
        assert_eq!(schedule.next(now, ms(51)), Step::Wait(Some(now + ms(4))));
        assert_eq!(schedule.next(now, ms(80)), Step::Wait(Some(now + ms(30))));
        assert_eq!(schedule.next(now, ms(900)), Step::Wait(Some(now + ms(50))));
        assert_eq!(schedule.next(now, MOST_BACKLOG), Step::Encode(Purpose::Change));
    }

    #[test]
    fn keyframes_come_at_most_once_a_second() {
        let start = Instant::now();
        let mut schedule = running(start);
        schedule.want_keyframe();
        assert_eq!(schedule.next(start + ms(999), NONE), Step::Wait(Some(start + ms(1000))));
        assert_eq!(schedule.next(start + ms(1000), NONE), Step::Encode(Purpose::Keyframe));
    }

    #[test]
    fn a_still_picture_is_refined_until_it_is_exact() {
        let start = Instant::now();
        let mut schedule = running(start);
        schedule.drawn(start + ms(20));
        schedule.encoded(Purpose::Change, start + ms(20), start + ms(28), true);
        assert_eq!(schedule.next(start + ms(30), NONE), Step::Wait(Some(start + ms(320))));
        assert_eq!(schedule.next(start + ms(320), NONE), Step::Encode(Purpose::Refine));
        schedule.encoded(Purpose::Refine, start + ms(320), start + ms(330), true);
        assert_eq!(schedule.next(start + ms(330), NONE), Step::Wait(Some(start + ms(580))));
        schedule.encoded(Purpose::Refine, start + ms(580), start + ms(590), false);
        assert_eq!(schedule.next(start + ms(9000), NONE), Step::Wait(None));
    }

    #[test]
    fn refining_waits_for_a_free_link() {
        let start = Instant::now();
        let mut schedule = running(start);
        schedule.encoded(Purpose::Change, start, start + TOOK, true);
        let now = start + ms(500);
        assert_eq!(schedule.next(now, ms(26)), Step::Wait(Some(now + MOST_BACKLOG)));
        assert_eq!(schedule.next(now, ms(25)), Step::Encode(Purpose::Refine));
    }

    proptest! {
        /// Whatever happens, a wait ends in the future and keyframes keep their distance.
        #[test]
        fn no_busy_loop_and_no_keyframe_storm(moves in prop::collection::vec((0u8..5, 0u64..400, 0u64..200), 1..200)) {
            let mut now = Instant::now();
            let mut schedule = Schedule::default();
            schedule.show(true);
            let mut last_keyframe: Option<Instant> = None;
            for (kind, pass, backlog) in moves {
                now += ms(pass);
                match kind {
                    0 => schedule.drawn(now),
                    1 => schedule.want_keyframe(),
                    _ => {}
                }
                match schedule.next(now, ms(backlog)) {
                    Step::Wait(Some(until)) => prop_assert!(until > now),
                    Step::Wait(None) => {}
                    Step::Encode(purpose) => {
                        if purpose == Purpose::Keyframe {
                            prop_assert!(last_keyframe.is_none_or(|last| now - last >= KEYFRAME_EVERY));
                            last_keyframe = Some(now);
                        }
                        schedule.encoded(purpose, now, now + ms(5), kind == 2);
                    }
                }
            }
        }
    }
}
