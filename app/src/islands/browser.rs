//! What the islands need of the browser: a clock, timers, listeners.
//!
//! Invariant: a timer or listener lives exactly as long as its owner; dropping it takes it off.

use std::{cell::RefCell, rc::Rc};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, convert::FromWasmAbi};
use web_sys::{AddEventListenerOptions, Event, EventTarget, Window};

/// The window. Islands run nowhere else.
pub fn window() -> Window {
    web_sys::window().expect("islands run in a window")
}

/// Milliseconds since the page was loaded; only goes forward.
pub fn now() -> u64 {
    window().performance().map_or(0, |clock| clock.now() as u64)
}

/// An alarm that can be set again and again; only the last setting counts.
pub struct Alarm {
    ring: Closure<dyn FnMut()>,
    handle: RefCell<Option<i32>>,
}

impl Alarm {
    pub fn new(ring: impl FnMut() + 'static) -> Self {
        Self {
            ring: Closure::new(ring),
            handle: RefCell::new(None),
        }
    }

    /// Rings at `at` on the clock of [`now`]; `None`: not at all.
    pub fn set(&self, at: Option<u64>) {
        if let Some(handle) = self.handle.borrow_mut().take() {
            window().clear_timeout_with_handle(handle);
        }
        let Some(at) = at else { return };
        let wait = at.saturating_sub(now()).min(i32::MAX as u64) as i32;
        let ring = self.ring.as_ref().unchecked_ref();
        *self.handle.borrow_mut() = window()
            .set_timeout_with_callback_and_timeout_and_arguments_0(ring, wait)
            .ok();
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.set(None);
    }
}

/// A listener that is taken off when dropped.
pub struct Listener {
    target: EventTarget,
    event: &'static str,
    closure: JsValue,
    _keep: Box<dyn std::any::Any>,
}

impl Listener {
    /// Calls `heard` for each `event` at `target`; `heard` may prevent the default.
    pub fn new<E: FromWasmAbi + 'static>(
        target: &EventTarget,
        event: &'static str,
        heard: impl FnMut(E) + 'static,
    ) -> Self {
        let closure = Closure::<dyn FnMut(E)>::new(heard);
        let options = AddEventListenerOptions::new();
        options.set_passive(false);
        let function = closure.as_ref().clone();
        let _ = target.add_event_listener_with_callback_and_add_event_listener_options(
            event,
            function.unchecked_ref(),
            &options,
        );
        Self {
            target: target.clone(),
            event,
            closure: function,
            _keep: Box::new(closure),
        }
    }

    /// Calls `heard` without the event.
    pub fn plain(target: &EventTarget, event: &'static str, mut heard: impl FnMut() + 'static) -> Self {
        Self::new(target, event, move |_: Event| heard())
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self
            .target
            .remove_event_listener_with_callback(self.event, self.closure.unchecked_ref());
    }
}

/// A value that closures share.
pub type Shared<T> = Rc<RefCell<T>>;

/// Makes a [`Shared`] value.
pub fn shared<T>(value: T) -> Shared<T> {
    Rc::new(RefCell::new(value))
}
