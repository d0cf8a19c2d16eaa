//! Mouse and wheel: which events are sent, pure.
//!
//! Invariant: the last position is always sent in the end, and no wheel movement is lost to rounding.

use super::core::Millis;
use deskside_protocol::channel::{Button, InputAction, Pointer, Position};

/// Closest that two pointer messages follow each other.
pub const POINTER_EVERY: Millis = 4;
/// Bytes waiting in the channel above which positions are held back.
pub const POINTER_BACKLOG: u32 = 2048;
/// One wheel notch in protocol units.
const NOTCH: f64 = 120.0;
/// CSS pixels that browsers scroll for one notch.
const NOTCH_PIXELS: f64 = 100.0;
/// Lines that browsers scroll for one notch.
const NOTCH_LINES: f64 = 3.0;

/// Thins out pointer positions.
#[derive(Default, Debug)]
pub struct PointerGate {
    number: u32,
    sent_at: Millis,
    sent: Option<Position>,
    held: Option<Position>,
}

impl PointerGate {
    /// A new position. `waiting` is what the channel has not sent yet.
    pub fn moved(&mut self, at: Position, waiting: u32, now: Millis) -> Option<Pointer> {
        self.held = Some(at);
        if waiting > POINTER_BACKLOG || now < self.sent_at + POINTER_EVERY {
            None
        } else {
            self.flush(now)
        }
    }

    /// What was held back, if it says anything new.
    pub fn flush(&mut self, now: Millis) -> Option<Pointer> {
        let at = self.held.take().filter(|at| self.sent != Some(*at))?;
        self.number += 1;
        self.sent = Some(at);
        self.sent_at = now;
        Some(Pointer {
            number: self.number,
            at,
        })
    }

    /// The position was sent by other means (with a button), or the pointer was moved on the device.
    pub fn settle(&mut self, at: Option<Position>) {
        self.held = None;
        self.sent = at;
    }
}

/// The DOM's button number.
pub fn button(number: i16) -> Option<Button> {
    [
        Button::Left,
        Button::Middle,
        Button::Right,
        Button::Back,
        Button::Forward,
    ]
    .get(usize::try_from(number).ok()?)
    .copied()
}

/// Unit of `WheelEvent.deltaX` and `deltaY`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WheelUnit {
    Pixels,
    Lines,
    Pages,
}

/// Adds up wheel movement below one unit.
#[derive(Default, Debug)]
pub struct Wheel {
    rest_x: f64,
    rest_y: f64,
}

impl Wheel {
    /// Movement as the event names it; `None` while less than one unit came together.
    pub fn turned(&mut self, dx: f64, dy: f64, unit: WheelUnit, at: Position) -> Option<InputAction> {
        let scale = match unit {
            WheelUnit::Pixels => NOTCH / NOTCH_PIXELS,
            WheelUnit::Lines => NOTCH / NOTCH_LINES,
            WheelUnit::Pages => NOTCH * 8.0,
        };
        let (dx, dy) = (whole(&mut self.rest_x, dx * scale), whole(&mut self.rest_y, dy * scale));
        (dx != 0 || dy != 0).then_some(InputAction::Wheel { dx, dy, at })
    }
}

fn whole(rest: &mut f64, movement: f64) -> i16 {
    // A turn in the other direction starts afresh.
    if movement * *rest < 0.0 {
        *rest = 0.0;
    }
    let sum = *rest + if movement.is_finite() { movement } else { 0.0 };
    let units = sum.trunc().clamp(-32767.0, 32767.0);
    *rest = (sum - units).clamp(-1.0, 1.0);
    units as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HERE: Position = Position { x: 1, y: 2 };
    const THERE: Position = Position { x: 3, y: 4 };

    #[test]
    fn a_position_goes_out_at_once() {
        assert_eq!(
            PointerGate::default().moved(HERE, 0, 100),
            Some(Pointer { number: 1, at: HERE })
        );
    }

    #[test]
    fn positions_within_four_milliseconds_are_held_and_flushed() {
        let mut gate = PointerGate::default();
        gate.moved(HERE, 0, 100);
        assert_eq!(gate.moved(THERE, 0, 103), None);
        assert_eq!(gate.flush(110), Some(Pointer { number: 2, at: THERE }));
        assert_eq!(gate.flush(120), None);
    }

    #[test]
    fn positions_wait_while_the_channel_is_full() {
        let mut gate = PointerGate::default();
        assert_eq!(gate.moved(HERE, POINTER_BACKLOG + 1, 100), None);
        assert!(gate.moved(THERE, POINTER_BACKLOG, 101).is_some());
    }

    #[test]
    fn a_position_sent_with_a_button_is_not_repeated() {
        let mut gate = PointerGate::default();
        gate.settle(Some(HERE));
        assert_eq!(gate.moved(HERE, 0, 100), None);
    }

    #[test]
    fn a_notch_is_120_units() {
        let notch = Some(InputAction::Wheel {
            dx: 0,
            dy: 120,
            at: HERE,
        });
        assert_eq!(Wheel::default().turned(0.0, 100.0, WheelUnit::Pixels, HERE), notch);
        assert_eq!(Wheel::default().turned(0.0, 3.0, WheelUnit::Lines, HERE), notch);
    }

    #[test]
    fn an_unknown_button_is_none() {
        assert_eq!(button(2), Some(Button::Right));
        assert_eq!(button(5), None);
        assert_eq!(button(-1), None);
    }

    proptest! {
        #[test]
        fn small_wheel_movements_add_up(steps in proptest::collection::vec(0.0f64..3.0, 1..200)) {
            let mut wheel = Wheel::default();
            let mut sent = 0.0;
            for step in &steps {
                if let Some(InputAction::Wheel { dy, .. }) = wheel.turned(0.0, *step, WheelUnit::Pixels, HERE) {
                    sent += f64::from(dy);
                }
            }
            prop_assert!((steps.iter().sum::<f64>() * 1.2 - sent).abs() <= 1.0 + 1e-6);
        }

        #[test]
        fn no_wheel_event_breaks_the_sum(dx in any::<f64>(), dy in any::<f64>()) {
            let mut wheel = Wheel::default();
            wheel.turned(dx, dy, WheelUnit::Pages, HERE);
            wheel.turned(1.0, 1.0, WheelUnit::Pages, HERE);
            prop_assert!(wheel.rest_x.abs() <= 1.0 && wheel.rest_y.abs() <= 1.0);
        }
    }
}
