//! The first moment of a question, in which it takes no answer: somebody was clicking or typing elsewhere when it
//! appeared under their hands.
//!
//! Invariant: while it is fresh no mouse, key or shortcut presses a button of its window, and the window is not closed.

use super::button;
use fltk::{
    app,
    button::Button,
    enums::{Event, Key},
    prelude::*,
    widget::Widget,
    window::DoubleWindow,
};
use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

/// How long a question takes no answer after it appeared.
pub const FRESH: Duration = Duration::from_millis(1000);

/// Since when a window takes answers.
#[derive(Clone)]
pub struct Fresh(Rc<State>);

struct State {
    mouse_since: Cell<Instant>,
    keys_since: Cell<Instant>,
    /// Whether the mouse was over the window when we last looked, and where it was.
    seen: Cell<(bool, (i32, i32))>,
}

impl Fresh {
    /// Of a window that appears now.
    pub fn new() -> Self {
        let now = Instant::now();
        Self(Rc::new(State {
            mouse_since: Cell::new(now),
            keys_since: Cell::new(now),
            seen: Cell::new((false, app::get_mouse())),
        }))
    }

    /// The window appeared again.
    pub fn renew(&self) {
        self.0.mouse_since.set(Instant::now());
        self.0.keys_since.set(Instant::now());
    }

    /// True while the window takes no answer at all.
    pub fn is_now(&self) -> bool {
        self.mouse() || self.keys()
    }

    fn mouse(&self) -> bool {
        self.0.mouse_since.get().elapsed() < FRESH
    }

    fn keys(&self) -> bool {
        self.0.keys_since.get().elapsed() < FRESH
    }

    /// Looks whether the window came under a mouse that lay still: what covered it is gone.
    pub fn look(&self, window: &DoubleWindow) {
        let over = app::belowmouse::<Widget>()
            .and_then(|widget| widget.window())
            .is_some_and(|other| other.as_widget_ptr() == window.as_widget_ptr());
        self.looked(over, app::get_mouse());
    }

    fn looked(&self, over: bool, mouse: (i32, i32)) {
        let (was_over, was) = self.0.seen.replace((over, mouse));
        if over && !was_over && mouse == was {
            self.0.mouse_since.set(Instant::now());
        }
    }

    /// Makes a button of the window deaf while it is fresh.
    pub fn guard(&self, button: &mut Button, window: &DoubleWindow) {
        let (fresh, window) = (self.clone(), window.clone());
        // What follows a press that was not heard is not heard either.
        let unheard = Cell::new(false);
        button.handle(move |button, event| match event {
            Event::Push => {
                fresh.look(&window);
                unheard.set(fresh.mouse());
                unheard.get() || button::handle(button, event)
            }
            Event::Drag | Event::Released if unheard.get() => true,
            Event::Shortcut if fresh.keys() => true,
            Event::KeyDown if fresh.keys() && presses() => true,
            Event::Focus => {
                // The window has the keyboard now, and had not before.
                if app::focus().is_none() {
                    fresh.0.keys_since.set(Instant::now());
                }
                button::handle(button, event)
            }
            _ => button::handle(button, event),
        });
    }
}

fn presses() -> bool {
    let key = app::event_key();
    matches!(key, Key::Enter | Key::KPEnter) || key.to_char() == Some(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn old() -> Fresh {
        let long_ago = Instant::now().checked_sub(FRESH).unwrap();
        Fresh(Rc::new(State {
            mouse_since: Cell::new(long_ago),
            keys_since: Cell::new(long_ago),
            seen: Cell::new((false, (5, 5))),
        }))
    }

    #[test]
    fn a_window_is_fresh_for_its_time_and_then_no_longer() {
        let fresh = old();
        assert!(!fresh.is_now());
        fresh.renew();
        assert!(fresh.mouse() && fresh.keys());
    }

    #[test]
    fn a_window_that_is_uncovered_under_a_still_mouse_is_fresh_to_it() {
        let fresh = old();
        fresh.looked(true, (5, 5));
        assert!(fresh.mouse() && !fresh.keys());
    }

    #[test]
    fn a_window_that_the_mouse_was_moved_into_is_not_fresh() {
        let fresh = old();
        fresh.looked(true, (6, 5));
        fresh.looked(true, (6, 5));
        assert!(!fresh.is_now());
    }
}
