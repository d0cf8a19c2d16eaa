//! X11: XTest presses keys and buttons. A character is typed on the key that has it on the current layout; one that
//! the layout lacks is put on a spare key first.

use super::{
    InputError,
    held::{NOTCH, Notches, Stroke},
    keys::{Key, Modifier},
    spare::{Placed, Spare},
};
use crate::{
    capture::{DisplayTarget, Size},
    cursor::pixel,
    ui::WINDOW_CLASS,
};
use deskside_protocol::channel::Button;
use std::{
    collections::HashMap,
    thread,
    time::{Duration, Instant},
};
use x11rb::{
    connection::{Connection, RequestConnection},
    errors::{ConnectionError, ReplyError},
    protocol::{
        Event,
        xkb::{self, ConnectionExt as _},
        xproto::{self, ConnectionExt as _, KeyButMask, Keycode, Keysym, Window},
        xtest::{self, ConnectionExt as _},
    },
    rust_connection::RustConnection,
};

/// How long programs get to notice a new key before it is pressed.
const SETTLE: Duration = Duration::from_millis(25);

macro_rules! lost {
    ($($error:ty),*) => {$(
        impl From<$error> for InputError {
            fn from(error: $error) -> Self {
                Self::Lost(error.to_string())
            }
        }
    )*};
}
lost!(ConnectionError, ReplyError);

/// Windows within windows that are looked at.
const DEPTH: usize = 32;

/// What the server said, unless the window is gone; then no press lands in it.
fn found<T>(reply: Result<T, ReplyError>) -> Result<Option<T>, InputError> {
    match reply {
        Ok(reply) => Ok(Some(reply)),
        Err(ReplyError::X11Error(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Where a character is on the layout.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Place {
    keycode: Keycode,
    shifted: bool,
}

/// The keyboard's mapping, as the core protocol tells it.
struct Layout {
    first: Keycode,
    columns: usize,
    keysyms: Vec<Keysym>,
}

impl Layout {
    fn read(connection: &RustConnection) -> Result<Self, InputError> {
        let setup = connection.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let reply = connection.get_keyboard_mapping(first, last - first + 1)?.reply()?;
        Ok(Self {
            first,
            columns: reply.keysyms_per_keycode.into(),
            keysyms: reply.keysyms,
        })
    }

    fn rows(&self) -> impl Iterator<Item = (Keycode, &[Keysym])> {
        let rows = self.keysyms.chunks_exact(self.columns.max(1)).enumerate();
        rows.map(|(index, row)| (self.first + index as u8, row))
    }

    /// Characters on the plain and shifted levels of a group (the first two groups are in columns 0 to 3).
    fn characters(&self, group: u8) -> HashMap<Keysym, Place> {
        let mut places = HashMap::new();
        let column = usize::from(group.min(1)) * 2;
        for shifted in [false, true] {
            for (keycode, row) in self.rows() {
                let plain = row.get(column).copied().unwrap_or(0);
                let keysym = match row.get(column + usize::from(shifted)).copied().unwrap_or(0) {
                    // A lone letter stands for both of its cases.
                    0 if shifted => match single_case(plain) {
                        Some(upper) => upper,
                        None => continue,
                    },
                    keysym => keysym,
                };
                if keysym != 0 {
                    places.entry(keysym).or_insert(Place { keycode, shifted });
                }
            }
        }
        places
    }

    /// Keys without any character.
    fn free(&self) -> Vec<Keycode> {
        self.rows()
            .filter(|(_, row)| row.iter().all(|keysym| *keysym == 0))
            .map(|(keycode, _)| keycode)
            .collect()
    }
}

fn single_case(keysym: Keysym) -> Option<Keysym> {
    matches!(keysym, 0x61..=0x7A).then(|| keysym - 0x20)
}

/// The keysyms that stand for a character: its own, or the older one.
fn keysyms(character: char) -> [Keysym; 2] {
    let code = u32::from(character);
    match code {
        0x0A => [0xFF0D, 0],
        0x09 => [0xFF09, 0],
        0x20..=0x7E | 0xA0..=0xFF => [code, 0],
        // EuroSign has the number of its character without the prefix.
        0x20AC => [0x20AC, 0x0100_20AC],
        _ => [0x0100_0000 | code, 0],
    }
}

/// Injects into one X display.
pub struct Injector {
    connection: RustConnection,
    root: Window,
    layout: Layout,
    group: u8,
    places: HashMap<Keysym, Place>,
    spare: Spare,
    shift: Keycode,
    /// Modifier keys that the operator holds.
    down: Vec<(Keycode, Modifier)>,
    wheel: [Notches; 2],
}

impl Injector {
    pub fn open(target: &DisplayTarget) -> Result<Self, InputError> {
        let name = match target {
            DisplayTarget::Own => None,
            DisplayTarget::Named(name) => Some(name.as_str()),
        };
        let (connection, screen) =
            RustConnection::connect(name).map_err(|error| InputError::NoDisplay(error.to_string()))?;
        let root = connection
            .setup()
            .roots
            .get(screen)
            .ok_or(InputError::Lacks("a screen"))?
            .root;
        connection
            .extension_information(xtest::X11_EXTENSION_NAME)?
            .ok_or(InputError::Lacks("XTest"))?;
        connection.xtest_get_version(2, 2)?.reply()?;
        // Input goes on while a program has the server to itself, such as an open menu.
        connection.xtest_grab_control(true)?.check()?;
        if connection.extension_information(xkb::X11_EXTENSION_NAME)?.is_some() {
            connection.xkb_use_extension(1, 0)?.reply()?;
        }
        let layout = Layout::read(&connection)?;
        let spare = Spare::new(layout.free());
        let places = layout.characters(0);
        let shift = places_of(&layout, 0xFFE1).ok_or(InputError::Lacks("a shift key"))?;
        Ok(Self {
            connection,
            root,
            layout,
            group: 0,
            places,
            spare,
            shift,
            down: Vec::new(),
            wheel: Default::default(),
        })
    }

    /// Injects one stroke; positions are on a desktop of this size.
    pub fn inject(&mut self, stroke: Stroke, size: Size) -> Result<(), InputError> {
        match stroke {
            Stroke::Press(key) => self.key(key, true),
            Stroke::Release(key) => self.key(key, false),
            Stroke::Type(character) => self.type_character(character),
            Stroke::Move(at) => {
                let (x, y) = pixel(at, size);
                self.fake(xproto::MOTION_NOTIFY_EVENT, 0, x as i16, y as i16)
            }
            Stroke::ButtonDown(button) => self.fake(xproto::BUTTON_PRESS_EVENT, number(button), 0, 0),
            Stroke::ButtonUp(button) => self.fake(xproto::BUTTON_RELEASE_EVENT, number(button), 0, 0),
            Stroke::Wheel { dx, dy } => {
                let (across, along) = (self.wheel[0].turn(dx), self.wheel[1].turn(dy));
                debug_assert!(across.abs() <= i32::from(i16::MAX) / NOTCH + 1);
                self.clicks(if along < 0 { 4 } else { 5 }, along)?;
                self.clicks(if across < 0 { 6 } else { 7 }, across)
            }
        }
    }

    /// Whether a press now would land in a window of the agent.
    pub fn is_own(&mut self, stroke: Stroke) -> Result<bool, InputError> {
        match stroke {
            Stroke::ButtonDown(_) => self.pointer_is_in_own(),
            Stroke::Press(_) | Stroke::Type(_) => match self.connection.get_input_focus()?.reply()?.focus {
                // The keyboard follows the pointer.
                focus if focus == u32::from(xproto::InputFocus::POINTER_ROOT) => self.pointer_is_in_own(),
                focus => self.is_in_own(focus),
            },
            _ => Ok(false),
        }
    }

    fn pointer_is_in_own(&self) -> Result<bool, InputError> {
        let mut window = self.root;
        for _ in 0..DEPTH {
            let under = found(self.connection.query_pointer(window)?.reply())?;
            window = match under.map(|under| under.child) {
                None | Some(x11rb::NONE) => return Ok(false),
                Some(child) => child,
            };
            if self.is_of_agent(window)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_in_own(&self, mut window: Window) -> Result<bool, InputError> {
        for _ in 0..DEPTH {
            if window == x11rb::NONE || window == self.root {
                return Ok(false);
            }
            if self.is_of_agent(window)? {
                return Ok(true);
            }
            let tree = found(self.connection.query_tree(window)?.reply())?;
            window = tree.map_or(x11rb::NONE, |tree| tree.parent);
        }
        Ok(false)
    }

    fn is_of_agent(&self, window: Window) -> Result<bool, InputError> {
        let (name, kind) = (xproto::AtomEnum::WM_CLASS, xproto::AtomEnum::STRING);
        let class = found(self.connection.get_property(false, window, name, kind, 0, 64)?.reply())?;
        Ok(class.is_some_and(|class| {
            let mut names = class.value.split(|byte| *byte == 0);
            names.any(|name| name == WINDOW_CLASS.as_bytes())
        }))
    }

    /// Hands everything to the server.
    pub fn flush(&mut self) -> Result<(), InputError> {
        Ok(self.connection.flush()?)
    }

    fn fake(&self, kind: u8, detail: u8, x: i16, y: i16) -> Result<(), InputError> {
        self.connection
            .xtest_fake_input(kind, detail, x11rb::CURRENT_TIME, self.root, x, y, 0)?;
        Ok(())
    }

    fn clicks(&self, button: u8, count: i32) -> Result<(), InputError> {
        for _ in 0..count.unsigned_abs() {
            self.fake(xproto::BUTTON_PRESS_EVENT, button, 0, 0)?;
            self.fake(xproto::BUTTON_RELEASE_EVENT, button, 0, 0)?;
        }
        Ok(())
    }

    fn key(&mut self, key: &Key, press: bool) -> Result<(), InputError> {
        let keycode = key.evdev + 8;
        if let Some(modifier) = key.modifier {
            self.down.retain(|(held, _)| *held != keycode);
            if press {
                self.down.push((keycode, modifier));
            }
        }
        self.press(keycode, press)
    }

    fn press(&self, keycode: Keycode, press: bool) -> Result<(), InputError> {
        self.fake(
            if press {
                xproto::KEY_PRESS_EVENT
            } else {
                xproto::KEY_RELEASE_EVENT
            },
            keycode,
            0,
            0,
        )
    }

    fn type_character(&mut self, character: char) -> Result<(), InputError> {
        self.follow_layout()?;
        let symbols = keysyms(character);
        let found = symbols
            .iter()
            .filter(|symbol| **symbol != 0)
            .find_map(|symbol| self.places.get(symbol))
            .copied();
        let place = match found {
            Some(place) => self.with_caps_lock(place, character)?,
            None => match self.place(symbols[0])? {
                Some(keycode) => Place {
                    keycode,
                    shifted: false,
                },
                None => return Ok(()),
            },
        };
        let held: Vec<Keycode> = self
            .down
            .iter()
            .filter(|(_, modifier)| *modifier == Modifier::Shift)
            .map(|(keycode, _)| *keycode)
            .collect();
        let bring = place.shifted && held.is_empty();
        let lift = !place.shifted;
        if bring {
            self.press(self.shift, true)?;
        }
        for keycode in held.iter().filter(|_| lift) {
            self.press(*keycode, false)?;
        }
        self.press(place.keycode, true)?;
        self.press(place.keycode, false)?;
        for keycode in held.iter().filter(|_| lift) {
            self.press(*keycode, true)?;
        }
        if bring {
            self.press(self.shift, false)?;
        }
        Ok(())
    }

    /// With caps lock on, the shift key means the opposite for letters.
    fn with_caps_lock(&self, place: Place, character: char) -> Result<Place, InputError> {
        if !character.is_alphabetic() {
            return Ok(place);
        }
        let mask = self.connection.query_pointer(self.root)?.reply()?.mask;
        let locked = u16::from(mask) & u16::from(KeyButMask::LOCK) != 0;
        Ok(Place {
            shifted: place.shifted != locked,
            ..place
        })
    }

    /// Reads the layout again when it was changed, or another one was chosen.
    fn follow_layout(&mut self) -> Result<(), InputError> {
        let mut changed = false;
        while let Some(event) = self.connection.poll_for_event()? {
            // Our own changes come back too; they leave all but spare keys as they are.
            if let Event::MappingNotify(event) = event {
                changed |= event.request == xproto::Mapping::KEYBOARD && !self.spare.owns(event.first_keycode);
            }
        }
        let group = match self.connection.extension_information(xkb::X11_EXTENSION_NAME)? {
            Some(_) => u8::from(
                self.connection
                    .xkb_get_state(xkb::ID::USE_CORE_KBD.into())?
                    .reply()?
                    .group,
            ),
            None => 0,
        };
        if changed {
            self.layout = Layout::read(&self.connection)?;
            // A new layout took the spare keys' characters away.
            self.spare = Spare::new(self.layout.free());
        }
        if changed || group != self.group {
            self.group = group;
            // The core protocol tells two groups; on a third, every character goes to a spare key.
            self.places = if group < 2 {
                self.layout.characters(group)
            } else {
                HashMap::new()
            };
            self.places.retain(|_, place| !self.spare.owns(place.keycode));
        }
        Ok(())
    }

    /// Puts a keysym on a spare key and waits until programs know.
    fn place(&mut self, keysym: Keysym) -> Result<Option<Keycode>, InputError> {
        match self.spare.place(keysym, Instant::now()) {
            Placed::Nowhere => Ok(None),
            Placed::Already(keycode) => Ok(Some(keycode)),
            Placed::New { keycode, wait } => {
                self.connection.flush()?;
                thread::sleep(wait);
                self.map(keycode, keysym)?;
                thread::sleep(SETTLE);
                Ok(Some(keycode))
            }
        }
    }

    fn map(&self, keycode: Keycode, keysym: Keysym) -> Result<(), InputError> {
        let row = vec![keysym; self.layout.columns.clamp(1, 8)];
        self.connection
            .change_keyboard_mapping(1, keycode, row.len() as u8, &row)?
            .check()?;
        Ok(())
    }
}

fn places_of(layout: &Layout, keysym: Keysym) -> Option<Keycode> {
    layout
        .rows()
        .find(|(_, row)| row.contains(&keysym))
        .map(|(keycode, _)| keycode)
}

fn number(button: Button) -> u8 {
    match button {
        Button::Left => 1,
        Button::Middle => 2,
        Button::Right => 3,
        Button::Back => 8,
        Button::Forward => 9,
    }
}

impl Drop for Injector {
    fn drop(&mut self) {
        let used = self.spare.used();
        if !used.is_empty() {
            // Programs may still be reading what was typed last.
            let _ = self.connection.flush();
            thread::sleep(super::spare::REST);
        }
        for keycode in used {
            if let Err(error) = self.map(keycode, 0) {
                tracing::warn!("a spare key could not be cleared: {error}");
            }
        }
        // The server forgets what it has not read yet when a connection closes on unread events: wait until it has.
        let _ = self.connection.get_input_focus().map(x11rb::cookie::Cookie::reply);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Layout {
        // Two keys of a US layout with a second, Greek group, a key with a lone letter and one free key.
        let keysyms = vec![
            0x61, 0x41, 0x7E1, 0x7C1, 0x32, 0x40, 0x32, 0x22, 0x62, 0, 0, 0, 0, 0, 0, 0,
        ];
        Layout {
            first: 8,
            columns: 4,
            keysyms,
        }
    }

    #[test]
    fn characters_are_found_on_their_level() {
        let places = layout().characters(0);
        assert_eq!(
            places[&0x61],
            Place {
                keycode: 8,
                shifted: false
            }
        );
        assert_eq!(
            places[&0x41],
            Place {
                keycode: 8,
                shifted: true
            }
        );
        assert_eq!(
            places[&0x40],
            Place {
                keycode: 9,
                shifted: true
            }
        );
        assert!(!places.contains_key(&0x22));
    }

    #[test]
    fn the_second_group_has_its_own_characters() {
        let places = layout().characters(1);
        assert_eq!(
            places[&0x22],
            Place {
                keycode: 9,
                shifted: true
            }
        );
        assert!(!places.contains_key(&0x61));
    }

    #[test]
    fn a_lone_letter_has_both_cases() {
        let places = layout().characters(0);
        assert_eq!(
            places[&0x62],
            Place {
                keycode: 10,
                shifted: false
            }
        );
        assert_eq!(
            places[&0x42],
            Place {
                keycode: 10,
                shifted: true
            }
        );
    }

    #[test]
    fn free_keys_have_no_character_at_all() {
        assert_eq!(layout().free(), [11]);
    }

    #[test]
    fn characters_have_their_keysyms() {
        let table = [
            ('a', 0x61),
            ('ß', 0xDF),
            ('€', 0x20AC),
            ('Ω', 0x0100_03A9),
            ('\u{1F600}', 0x0101_F600),
            ('\n', 0xFF0D),
        ];
        for (character, keysym) in table {
            assert_eq!(keysyms(character)[0], keysym, "{character}");
        }
    }
}
