//! Fingers → mouse gestures, pure: tap is a click, a long press a right click, one moving finger drags, two scroll.
//!
//! Invariant: a button that was pressed is released when its finger leaves.

use super::core::Millis;
use deskside_protocol::channel::Button;

/// How long a resting finger takes to become a right click.
pub const LONG_PRESS: Millis = 500;
/// How far a finger may move, CSS pixels, and still tap.
pub const SLOP: f64 = 10.0;

/// A point of the picture's element, CSS pixels.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

/// What fingers ask for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Gesture {
    Press(Button, Point),
    Move(Point),
    Release(Button, Point),
    /// Content follows the fingers by this many CSS pixels.
    Scroll {
        dx: f64,
        dy: f64,
        at: Point,
    },
}

#[derive(Clone, Copy, PartialEq, Debug, Default)]
enum State {
    #[default]
    Idle,
    /// One finger, not yet known what for.
    Resting {
        finger: i32,
        at: Point,
        since: Millis,
    },
    Dragging {
        finger: i32,
        at: Point,
    },
    Scrolling {
        fingers: [(i32, Point); 2],
    },
    /// The gesture is over; fingers still on the glass do nothing.
    Spent,
}

/// The fingers on the picture.
#[derive(Debug, Default)]
pub struct Touch {
    state: State,
    fingers: Vec<i32>,
}

impl Touch {
    pub fn down(&mut self, finger: i32, at: Point, now: Millis) -> Vec<Gesture> {
        self.fingers.push(finger);
        let (state, gestures) = match self.state {
            State::Idle => (State::Resting { finger, at, since: now }, Vec::new()),
            State::Resting {
                finger: first,
                at: first_at,
                ..
            } => (
                State::Scrolling {
                    fingers: [(first, first_at), (finger, at)],
                },
                Vec::new(),
            ),
            State::Dragging { at, .. } => (State::Spent, vec![Gesture::Release(Button::Left, at)]),
            State::Scrolling { .. } | State::Spent => (State::Spent, Vec::new()),
        };
        self.state = state;
        gestures
    }

    pub fn moved(&mut self, finger: i32, to: Point) -> Vec<Gesture> {
        match &mut self.state {
            State::Resting { finger: first, at, .. } if *first == finger && distance(*at, to) > SLOP => {
                let start = *at;
                self.state = State::Dragging { finger, at: to };
                vec![
                    Gesture::Move(start),
                    Gesture::Press(Button::Left, start),
                    Gesture::Move(to),
                ]
            }
            State::Dragging { finger: first, at } if *first == finger => {
                *at = to;
                vec![Gesture::Move(to)]
            }
            State::Scrolling { fingers } => {
                let at = fingers[0].1;
                let Some((_, from)) = fingers.iter_mut().find(|(known, _)| *known == finger) else {
                    return Vec::new();
                };
                // Each finger moves the content by half of its own way.
                let (dx, dy) = ((to.x - from.x) / 2.0, (to.y - from.y) / 2.0);
                *from = to;
                vec![Gesture::Scroll { dx, dy, at }]
            }
            _ => Vec::new(),
        }
    }

    /// The finger left the glass; `cancelled`: the system took the gesture away.
    pub fn up(&mut self, finger: i32, cancelled: bool) -> Vec<Gesture> {
        if !self.fingers.contains(&finger) {
            return Vec::new();
        }
        self.fingers.retain(|known| *known != finger);
        let gestures = match self.state {
            State::Resting { finger: first, at, .. } if first == finger && !cancelled => {
                vec![
                    Gesture::Move(at),
                    Gesture::Press(Button::Left, at),
                    Gesture::Release(Button::Left, at),
                ]
            }
            State::Dragging { finger: first, at } if first == finger => vec![Gesture::Release(Button::Left, at)],
            _ => Vec::new(),
        };
        self.state = if self.fingers.is_empty() {
            State::Idle
        } else {
            State::Spent
        };
        gestures
    }

    /// When [`Touch::tick`] is due.
    pub fn next_timeout(&self) -> Option<Millis> {
        match self.state {
            State::Resting { since, .. } => Some(since + LONG_PRESS),
            _ => None,
        }
    }

    pub fn tick(&mut self, now: Millis) -> Vec<Gesture> {
        match self.state {
            State::Resting { at, since, .. } if now >= since + LONG_PRESS => {
                self.state = State::Spent;
                vec![
                    Gesture::Move(at),
                    Gesture::Press(Button::Right, at),
                    Gesture::Release(Button::Right, at),
                ]
            }
            _ => Vec::new(),
        }
    }
}

fn distance(a: Point, b: Point) -> f64 {
    (a.x - b.x).hypot(a.y - b.y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point(x: f64, y: f64) -> Point {
        Point { x, y }
    }

    #[test]
    fn a_tap_clicks_left() {
        let mut touch = Touch::default();
        touch.down(1, point(5.0, 5.0), 0);
        touch.moved(1, point(9.0, 9.0));
        let here = point(5.0, 5.0);
        let click = [
            Gesture::Move(here),
            Gesture::Press(Button::Left, here),
            Gesture::Release(Button::Left, here),
        ];
        assert_eq!(touch.up(1, false), click);
    }

    #[test]
    fn a_long_press_clicks_right_once() {
        let mut touch = Touch::default();
        touch.down(1, point(5.0, 5.0), 0);
        assert!(touch.tick(LONG_PRESS - 1).is_empty());
        assert!(
            touch
                .tick(LONG_PRESS)
                .contains(&Gesture::Press(Button::Right, point(5.0, 5.0)))
        );
        assert!(touch.up(1, false).is_empty());
    }

    #[test]
    fn a_moving_finger_drags_from_where_it_started() {
        let mut touch = Touch::default();
        touch.down(1, point(0.0, 0.0), 0);
        assert!(
            touch
                .moved(1, point(20.0, 0.0))
                .contains(&Gesture::Press(Button::Left, point(0.0, 0.0)))
        );
        assert_eq!(touch.up(1, false), [Gesture::Release(Button::Left, point(20.0, 0.0))]);
    }

    #[test]
    fn two_fingers_scroll_by_their_common_way() {
        let mut touch = Touch::default();
        touch.down(1, point(0.0, 0.0), 0);
        touch.down(2, point(50.0, 0.0), 10);
        let scroll = |dy| Gesture::Scroll {
            dx: 0.0,
            dy,
            at: point(0.0, 0.0),
        };
        assert_eq!(touch.moved(1, point(0.0, 10.0)), [scroll(5.0)]);
    }

    proptest! {
        #[test]
        fn every_press_has_its_release(events in proptest::collection::vec((0u8..4, 0i32..3, 0.0..100.0f64), 0..80)) {
            let mut touch = Touch::default();
            let (mut down, mut now) = (0i32, 0);
            let mut gestures = Vec::new();
            for (what, finger, x) in events {
                now += 100;
                gestures.extend(match what {
                    0 if !touch.fingers.contains(&finger) => touch.down(finger, point(x, x), now),
                    1 => touch.moved(finger, point(x, x)),
                    2 => touch.up(finger, false),
                    _ => touch.tick(now),
                });
            }
            for finger in 0..3 {
                gestures.extend(touch.up(finger, true));
            }
            for gesture in gestures {
                match gesture {
                    Gesture::Press(..) => down += 1,
                    Gesture::Release(..) => down -= 1,
                    _ => {}
                }
                prop_assert!((0..=1).contains(&down));
            }
            prop_assert_eq!(down, 0);
        }
    }
}
