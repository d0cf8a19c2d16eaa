//! The line to the device: numbers what the operator does and sends it over the current connection.
//!
//! Invariant: while the line is closed nothing is sent and nothing is kept for later.

use super::{
    peer::Peer,
    screen::{Screen, detail},
};
use deskside_protocol::channel::{BrowserControl, Input, InputAction, Pointer, encode};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// The line.
pub struct Line {
    peer: RefCell<Option<Rc<Peer>>>,
    number: Cell<u32>,
    /// The employee granted control.
    control: Cell<bool>,
    /// The page was opened with `?timings=1`: every input and frame is told as an event of the video element.
    timings: Option<Rc<Screen>>,
}

impl Line {
    pub fn new(timings: Option<Rc<Screen>>) -> Rc<Self> {
        Rc::new(Self {
            peer: RefCell::default(),
            number: Cell::new(0),
            control: Cell::new(true),
            timings,
        })
    }

    /// Sends over this connection from now on; `None`: nothing.
    pub fn connect(&self, peer: Option<Rc<Peer>>) {
        *self.peer.borrow_mut() = peer;
    }

    pub fn allow_control(&self, allowed: bool) {
        self.control.set(allowed);
    }

    pub fn input(&self, action: InputAction) {
        let Some(peer) = self.peer.borrow().clone().filter(|_| self.control.get()) else {
            return;
        };
        let number = self.number.get() + 1;
        self.number.set(number);
        if peer.send_input(&encode(&Input { number, action }))
            && let Some(screen) = &self.timings
        {
            screen.tell("deskside-input", &detail(&[("number", number)]));
        }
    }

    pub fn pointer(&self, pointer: Pointer) {
        if let Some(peer) = self.peer.borrow().as_ref().filter(|_| self.control.get()) {
            peer.send_pointer(&encode(&pointer));
        }
    }

    /// Bytes of pointer messages that wait in the browser.
    pub fn pointer_waiting(&self) -> u32 {
        self.peer.borrow().as_ref().map_or(0, |peer| peer.pointer_waiting())
    }

    pub fn control(&self, message: &BrowserControl) -> bool {
        self.peer
            .borrow()
            .as_ref()
            .is_some_and(|peer| peer.send_control(&encode(message)))
    }
}
