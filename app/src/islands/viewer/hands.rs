//! Shell of [`super::pointing`], [`super::touch`] and [`super::keyboard`]: what the operator does on the picture.

use super::{
    cursor::DeviceCursor,
    keyboard::{Key, Keyboard, System, Verdict, text_messages},
    line::Line,
    peer::get,
    pointing::{POINTER_BACKLOG, POINTER_EVERY, PointerGate, Wheel, WheelUnit, button},
    screen::Screen,
    touch::{Gesture, Point, Touch},
};
use crate::islands::browser::{Alarm, Listener, Shared, now, shared, window};
use deskside_protocol::channel::{Button, InputAction, Modifiers, Position};
use std::rc::Rc;
use web_sys::{Event, InputEvent, KeyboardEvent, PointerEvent, WheelEvent};

/// How often a position is tried again while the channel is full.
const RETRY: u64 = 8;

/// Everything that can be held or half done.
#[derive(Default)]
struct State {
    keyboard: Keyboard,
    gate: PointerGate,
    wheel: Wheel,
    touch: Touch,
    /// Buttons that are down, as in `PointerEvent.buttons`.
    buttons: u16,
}

/// The operator's hands: listeners on the picture.
pub struct Hands {
    state: Shared<State>,
    screen: Rc<Screen>,
    line: Rc<Line>,
    cursor: Shared<DeviceCursor>,
    alarm: Shared<Option<Alarm>>,
    listeners: Shared<Vec<Listener>>,
}

impl Hands {
    pub fn new(screen: Rc<Screen>, line: Rc<Line>, cursor: Shared<DeviceCursor>) -> Rc<Self> {
        let state = State {
            keyboard: Keyboard::new(system()),
            ..State::default()
        };
        let hands = Rc::new(Self {
            state: shared(state),
            screen,
            line,
            cursor,
            alarm: shared(None),
            listeners: shared(Vec::new()),
        });
        *hands.alarm.borrow_mut() = Some(Alarm::new(hands.hears(Self::ring)));
        hands.listen();
        hands
    }

    /// Types text on the device.
    pub fn type_text(&self, text: &str) {
        for message in text_messages(text) {
            self.line.input(message);
        }
    }

    /// Lets go of everything: the picture lost the focus, or the connection is new.
    pub fn let_go(&self) {
        let mut state = self.state.borrow_mut();
        state.buttons = 0;
        state.touch = Touch::default();
        let release = state.keyboard.release_all();
        drop(state);
        release.into_iter().for_each(|action| self.line.input(action));
    }

    fn hears(self: &Rc<Self>, heard: fn(&Self)) -> impl FnMut() + 'static {
        let hands = Rc::downgrade(self);
        move || {
            if let Some(hands) = hands.upgrade() {
                heard(&hands);
            }
        }
    }

    fn listen(self: &Rc<Self>) {
        let (surface, keys) = (&self.screen.surface, &self.screen.keys);
        let mut listeners = Vec::new();
        for (event, heard) in [
            ("pointerdown", Self::pointer_down as fn(&Self, &PointerEvent)),
            ("pointermove", Self::pointer_moved),
            ("pointerrawupdate", Self::pointer_moved_early),
            ("pointerup", Self::pointer_up),
            ("pointercancel", Self::pointer_cancelled),
        ] {
            let hands = self.clone();
            listeners.push(Listener::new(surface, event, move |event: PointerEvent| {
                heard(&hands, &event)
            }));
        }
        for event in [
            "mousedown",
            "mouseup",
            "auxclick",
            "contextmenu",
            "dragstart",
            "selectstart",
        ] {
            listeners.push(Listener::new(surface, event, |event: Event| event.prevent_default()));
        }
        let hands = self.clone();
        listeners.push(Listener::new(surface, "wheel", move |event: WheelEvent| {
            hands.wheel_turned(&event)
        }));
        let hands = self.clone();
        listeners.push(Listener::new(keys, "keydown", move |event: KeyboardEvent| {
            hands.key_down(&event)
        }));
        let hands = self.clone();
        listeners.push(Listener::new(keys, "keyup", move |event: KeyboardEvent| {
            hands.key_up(&event)
        }));
        let hands = self.clone();
        listeners.push(Listener::new(keys, "beforeinput", move |event: InputEvent| {
            hands.editing(&event)
        }));
        let hands = self.clone();
        listeners.push(Listener::new(keys, "input", move |event: InputEvent| {
            if !event.is_composing() {
                hands.take_text();
            }
        }));
        listeners.push(Listener::plain(keys, "compositionend", self.hears(Self::take_text)));
        listeners.push(Listener::plain(
            keys,
            "focus",
            self.hears(|hands| hands.mark_focus(true)),
        ));
        listeners.push(Listener::plain(
            keys,
            "blur",
            self.hears(|hands| {
                hands.mark_focus(false);
                hands.let_go();
            }),
        ));
        if let Some(document) = window().document() {
            listeners.push(Listener::plain(&document, "visibilitychange", self.hears(Self::let_go)));
        }
        *self.listeners.borrow_mut() = listeners;
    }

    fn position(&self, event: &web_sys::MouseEvent) -> Option<Position> {
        let Point { x, y } = point(event);
        self.screen.position(x, y)
    }

    fn pointer_down(&self, event: &PointerEvent) {
        event.prevent_default();
        let _ = self.screen.surface.set_pointer_capture(event.pointer_id());
        if event.pointer_type() == "touch" {
            let gestures = self
                .state
                .borrow_mut()
                .touch
                .down(event.pointer_id(), point(event), now());
            return self.gestures(gestures);
        }
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = self.screen.keys.focus_with_options(&options);
        self.pressed(event);
    }

    fn pointer_moved(&self, event: &PointerEvent) {
        if event.pointer_type() == "touch" {
            let gestures = self.state.borrow_mut().touch.moved(event.pointer_id(), point(event));
            return self.gestures(gestures);
        }
        self.pressed(event);
        self.pointer_moved_early(event);
        self.flush_pointer();
    }

    /// The same position sooner than the browser's next frame, where the browser tells it.
    fn pointer_moved_early(&self, event: &PointerEvent) {
        if event.pointer_type() == "touch" {
            return;
        }
        if let Some(at) = self.position(event) {
            self.point_at(at);
        }
    }

    fn pointer_up(&self, event: &PointerEvent) {
        if event.pointer_type() == "touch" {
            let gestures = self.state.borrow_mut().touch.up(event.pointer_id(), false);
            return self.gestures(gestures);
        }
        self.pressed(event);
    }

    fn pointer_cancelled(&self, event: &PointerEvent) {
        let gestures = self.state.borrow_mut().touch.up(event.pointer_id(), true);
        self.gestures(gestures);
        self.buttons_are(0, self.position(event));
    }

    fn point_at(&self, at: Position) {
        let (waiting, now) = (self.line.pointer_waiting(), now());
        let pointer = self.state.borrow_mut().gate.moved(at, waiting, now);
        self.cursor.borrow().take_over();
        match pointer {
            Some(pointer) => self.line.pointer(pointer),
            None => self.wake_at(now + POINTER_EVERY),
        }
    }

    fn flush_pointer(&self) {
        let now = now();
        if self.line.pointer_waiting() > POINTER_BACKLOG {
            return self.wake_at(now + RETRY);
        }
        let pointer = self.state.borrow_mut().gate.flush(now);
        pointer.into_iter().for_each(|pointer| self.line.pointer(pointer));
    }

    fn pressed(&self, event: &PointerEvent) {
        self.buttons_are(event.buttons(), self.position(event));
    }

    /// Sends what changed since the last event; so a lost event is made good by the next.
    fn buttons_are(&self, buttons: u16, at: Option<Position>) {
        let before = std::mem::replace(&mut self.state.borrow_mut().buttons, buttons);
        let Some(at) = at.filter(|_| before != buttons) else {
            return;
        };
        self.state.borrow_mut().gate.settle(Some(at));
        // The mask's bits are in another order than the numbers of `button`.
        for (bit, number) in [(0, 0), (1, 2), (2, 1), (3, 3), (4, 4)] {
            let (was, is) = (before >> bit & 1 == 1, buttons >> bit & 1 == 1);
            if let Some(button) = button(number).filter(|_| was != is) {
                self.press(button, is, at);
            }
        }
    }

    fn press(&self, button: Button, down: bool, at: Position) {
        self.line.input(match down {
            true => InputAction::ButtonDown { button, at },
            false => InputAction::ButtonUp { button, at },
        });
    }

    fn wheel_turned(&self, event: &WheelEvent) {
        event.prevent_default();
        let unit = match event.delta_mode() {
            WheelEvent::DOM_DELTA_LINE => WheelUnit::Lines,
            WheelEvent::DOM_DELTA_PAGE => WheelUnit::Pages,
            _ => WheelUnit::Pixels,
        };
        let Some(at) = self.position(event) else { return };
        let turned = self
            .state
            .borrow_mut()
            .wheel
            .turned(event.delta_x(), event.delta_y(), unit, at);
        turned.into_iter().for_each(|action| self.line.input(action));
    }

    fn gestures(&self, gestures: Vec<Gesture>) {
        for gesture in gestures {
            let place = |at: Point| self.screen.position(at.x, at.y);
            match gesture {
                Gesture::Move(at) => place(at).into_iter().for_each(|at| self.point_at(at)),
                Gesture::Press(button, at) => place(at).into_iter().for_each(|at| self.press(button, true, at)),
                Gesture::Release(button, at) => place(at).into_iter().for_each(|at| self.press(button, false, at)),
                Gesture::Scroll { dx, dy, at } => {
                    let Some(at) = place(at) else { continue };
                    let turned = self.state.borrow_mut().wheel.turned(-dx, -dy, WheelUnit::Pixels, at);
                    turned.into_iter().for_each(|action| self.line.input(action));
                }
            }
        }
        let due = self.state.borrow().touch.next_timeout();
        due.into_iter().for_each(|at| self.wake_at(at));
    }

    fn key_down(&self, event: &KeyboardEvent) {
        let state = |name| event.get_modifier_state(name);
        let key = Key {
            code: event.code(),
            key: event.key(),
            modifiers: Modifiers {
                shift: event.shift_key(),
                control: event.ctrl_key(),
                alt: event.alt_key(),
                meta: event.meta_key(),
                alt_graph: state("AltGraph"),
                caps_lock: state("CapsLock"),
                num_lock: state("NumLock"),
            },
            repeat: event.repeat(),
            // 229: an input method has the key, although Safari does not call it composing.
            composing: event.is_composing() || event.key_code() == 229,
        };
        let verdict = self.state.borrow_mut().keyboard.down(key, now());
        self.obey(verdict, event);
    }

    fn key_up(&self, event: &KeyboardEvent) {
        let verdict = self.state.borrow_mut().keyboard.up(&event.code(), now());
        self.obey(verdict, event);
    }

    fn obey(&self, verdict: Verdict, event: &KeyboardEvent) {
        if verdict.prevent {
            event.prevent_default();
        }
        verdict.send.into_iter().for_each(|action| self.line.input(action));
        if verdict.leave
            && let Some(button) = self.screen.button("keyboard")
        {
            let _ = button.focus();
        }
        if self.state.borrow().keyboard.is_pending() {
            self.wake_at(now() + super::keyboard::ALT_GRAPH_WITHIN);
        }
    }

    /// Keys of phones that come as edits only.
    fn editing(&self, event: &InputEvent) {
        let code = match event.input_type().as_str() {
            "deleteContentBackward" => "Backspace",
            "insertLineBreak" | "insertParagraph" => "Enter",
            _ => return,
        };
        if event.is_composing() {
            return;
        }
        event.prevent_default();
        let (code, key, modifiers) = (code.to_string(), code.to_string(), Modifiers::default());
        self.line.input(InputAction::KeyDown {
            code: code.clone(),
            key,
            modifiers,
            repeat: false,
        });
        self.line.input(InputAction::KeyUp { code });
    }

    /// Sends what an input method, a phone's keyboard or a paste put into the text field.
    fn take_text(&self) {
        let text = self.screen.keys.value();
        self.screen.keys.set_value("");
        self.type_text(&text);
    }

    fn mark_focus(&self, has_keyboard: bool) {
        let _ = self
            .screen
            .root
            .toggle_attribute_with_force("data-keyboard", has_keyboard);
    }

    fn wake_at(&self, at: u64) {
        if let Some(alarm) = &*self.alarm.borrow() {
            alarm.set(Some(at));
        }
    }

    fn ring(&self) {
        let mut state = self.state.borrow_mut();
        let now = now();
        let (verdict, gestures) = (state.keyboard.flush(now, false), state.touch.tick(now));
        let again = state.keyboard.is_pending();
        drop(state);
        verdict.send.into_iter().for_each(|action| self.line.input(action));
        self.gestures(gestures);
        if again {
            self.wake_at(now + 1);
        }
        self.flush_pointer();
    }
}

/// Where it happened, with the fractions that the typed interface rounds away.
fn point(event: &web_sys::MouseEvent) -> Point {
    let coordinate = |name| get(event, name).as_f64().unwrap_or_default();
    Point {
        x: coordinate("clientX"),
        y: coordinate("clientY"),
    }
}

fn system() -> System {
    let platform = window().navigator().platform().unwrap_or_default();
    match platform {
        name if name.starts_with("Win") => System::Windows,
        name if name.starts_with("Mac") || name.starts_with("iP") => System::Mac,
        _ => System::Other,
    }
}
