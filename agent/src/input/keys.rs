//! The physical keys by the DOM's names, with the numbers that X11 and Windows know them by.
//!
//! Invariant: names and numbers are unique, so that a key that goes down is the key that comes up.

/// A modifier that a key stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Modifier {
    Shift,
    Control,
    Alt,
    Meta,
}

/// One physical key.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// `KeyboardEvent.code`.
    pub code: &'static str,
    /// Linux's number; X11's keycode is 8 more.
    pub evdev: u8,
    /// Windows' scan code; keys with the prefix E0 have 0xE000 added.
    pub scan: u16,
    /// Windows' virtual key on a US layout.
    pub virtual_key: u16,
    pub modifier: Option<Modifier>,
}

/// The key of this name.
pub fn find(code: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.code == code)
}

const fn key(code: &'static str, evdev: u8, scan: u16, virtual_key: u16) -> Key {
    Key {
        code,
        evdev,
        scan,
        virtual_key,
        modifier: None,
    }
}

const fn modifier(code: &'static str, evdev: u8, scan: u16, virtual_key: u16, modifier: Modifier) -> Key {
    Key {
        code,
        evdev,
        scan,
        virtual_key,
        modifier: Some(modifier),
    }
}

/// All keys of a PC keyboard with 105 keys, and some more.
pub static KEYS: &[Key] = &[
    key("Escape", 1, 0x01, 0x1B),
    key("Digit1", 2, 0x02, 0x31),
    key("Digit2", 3, 0x03, 0x32),
    key("Digit3", 4, 0x04, 0x33),
    key("Digit4", 5, 0x05, 0x34),
    key("Digit5", 6, 0x06, 0x35),
    key("Digit6", 7, 0x07, 0x36),
    key("Digit7", 8, 0x08, 0x37),
    key("Digit8", 9, 0x09, 0x38),
    key("Digit9", 10, 0x0A, 0x39),
    key("Digit0", 11, 0x0B, 0x30),
    key("Minus", 12, 0x0C, 0xBD),
    key("Equal", 13, 0x0D, 0xBB),
    key("Backspace", 14, 0x0E, 0x08),
    key("Tab", 15, 0x0F, 0x09),
    key("KeyQ", 16, 0x10, 0x51),
    key("KeyW", 17, 0x11, 0x57),
    key("KeyE", 18, 0x12, 0x45),
    key("KeyR", 19, 0x13, 0x52),
    key("KeyT", 20, 0x14, 0x54),
    key("KeyY", 21, 0x15, 0x59),
    key("KeyU", 22, 0x16, 0x55),
    key("KeyI", 23, 0x17, 0x49),
    key("KeyO", 24, 0x18, 0x4F),
    key("KeyP", 25, 0x19, 0x50),
    key("BracketLeft", 26, 0x1A, 0xDB),
    key("BracketRight", 27, 0x1B, 0xDD),
    key("Enter", 28, 0x1C, 0x0D),
    modifier("ControlLeft", 29, 0x1D, 0xA2, Modifier::Control),
    key("KeyA", 30, 0x1E, 0x41),
    key("KeyS", 31, 0x1F, 0x53),
    key("KeyD", 32, 0x20, 0x44),
    key("KeyF", 33, 0x21, 0x46),
    key("KeyG", 34, 0x22, 0x47),
    key("KeyH", 35, 0x23, 0x48),
    key("KeyJ", 36, 0x24, 0x4A),
    key("KeyK", 37, 0x25, 0x4B),
    key("KeyL", 38, 0x26, 0x4C),
    key("Semicolon", 39, 0x27, 0xBA),
    key("Quote", 40, 0x28, 0xDE),
    key("Backquote", 41, 0x29, 0xC0),
    modifier("ShiftLeft", 42, 0x2A, 0xA0, Modifier::Shift),
    key("Backslash", 43, 0x2B, 0xDC),
    key("KeyZ", 44, 0x2C, 0x5A),
    key("KeyX", 45, 0x2D, 0x58),
    key("KeyC", 46, 0x2E, 0x43),
    key("KeyV", 47, 0x2F, 0x56),
    key("KeyB", 48, 0x30, 0x42),
    key("KeyN", 49, 0x31, 0x4E),
    key("KeyM", 50, 0x32, 0x4D),
    key("Comma", 51, 0x33, 0xBC),
    key("Period", 52, 0x34, 0xBE),
    key("Slash", 53, 0x35, 0xBF),
    modifier("ShiftRight", 54, 0x36, 0xA1, Modifier::Shift),
    key("NumpadMultiply", 55, 0x37, 0x6A),
    modifier("AltLeft", 56, 0x38, 0xA4, Modifier::Alt),
    key("Space", 57, 0x39, 0x20),
    key("CapsLock", 58, 0x3A, 0x14),
    key("F1", 59, 0x3B, 0x70),
    key("F2", 60, 0x3C, 0x71),
    key("F3", 61, 0x3D, 0x72),
    key("F4", 62, 0x3E, 0x73),
    key("F5", 63, 0x3F, 0x74),
    key("F6", 64, 0x40, 0x75),
    key("F7", 65, 0x41, 0x76),
    key("F8", 66, 0x42, 0x77),
    key("F9", 67, 0x43, 0x78),
    key("F10", 68, 0x44, 0x79),
    key("NumLock", 69, 0xE045, 0x90),
    key("ScrollLock", 70, 0x46, 0x91),
    key("Numpad7", 71, 0x47, 0x67),
    key("Numpad8", 72, 0x48, 0x68),
    key("Numpad9", 73, 0x49, 0x69),
    key("NumpadSubtract", 74, 0x4A, 0x6D),
    key("Numpad4", 75, 0x4B, 0x64),
    key("Numpad5", 76, 0x4C, 0x65),
    key("Numpad6", 77, 0x4D, 0x66),
    key("NumpadAdd", 78, 0x4E, 0x6B),
    key("Numpad1", 79, 0x4F, 0x61),
    key("Numpad2", 80, 0x50, 0x62),
    key("Numpad3", 81, 0x51, 0x63),
    key("Numpad0", 82, 0x52, 0x60),
    key("NumpadDecimal", 83, 0x53, 0x6E),
    key("IntlBackslash", 86, 0x56, 0xE2),
    key("F11", 87, 0x57, 0x7A),
    key("F12", 88, 0x58, 0x7B),
    key("IntlRo", 89, 0x73, 0xC1),
    key("Convert", 92, 0x79, 0x1C),
    key("KanaMode", 93, 0x70, 0x15),
    key("NonConvert", 94, 0x7B, 0x1D),
    key("NumpadEnter", 96, 0xE01C, 0x0D),
    modifier("ControlRight", 97, 0xE01D, 0xA3, Modifier::Control),
    key("NumpadDivide", 98, 0xE035, 0x6F),
    key("PrintScreen", 99, 0xE037, 0x2C),
    modifier("AltRight", 100, 0xE038, 0xA5, Modifier::Alt),
    key("Home", 102, 0xE047, 0x24),
    key("ArrowUp", 103, 0xE048, 0x26),
    key("PageUp", 104, 0xE049, 0x21),
    key("ArrowLeft", 105, 0xE04B, 0x25),
    key("ArrowRight", 106, 0xE04D, 0x27),
    key("End", 107, 0xE04F, 0x23),
    key("ArrowDown", 108, 0xE050, 0x28),
    key("PageDown", 109, 0xE051, 0x22),
    key("Insert", 110, 0xE052, 0x2D),
    key("Delete", 111, 0xE053, 0x2E),
    key("AudioVolumeMute", 113, 0xE020, 0xAD),
    key("AudioVolumeDown", 114, 0xE02E, 0xAE),
    key("AudioVolumeUp", 115, 0xE030, 0xAF),
    key("NumpadEqual", 117, 0x59, 0x92),
    key("Pause", 119, 0x45, 0x13),
    key("NumpadComma", 121, 0x7E, 0xC2),
    key("IntlYen", 124, 0x7D, 0xDC),
    modifier("MetaLeft", 125, 0xE05B, 0x5B, Modifier::Meta),
    modifier("MetaRight", 126, 0xE05C, 0x5C, Modifier::Meta),
    key("ContextMenu", 127, 0xE05D, 0x5D),
    key("F13", 183, 0x64, 0x7C),
    key("F14", 184, 0x65, 0x7D),
    key("F15", 185, 0x66, 0x7E),
    key("F16", 186, 0x67, 0x7F),
    key("F17", 187, 0x68, 0x80),
    key("F18", 188, 0x69, 0x81),
    key("F19", 189, 0x6A, 0x82),
    key("F20", 190, 0x6B, 0x83),
    key("F21", 191, 0x6C, 0x84),
    key("F22", 192, 0x6D, 0x85),
    key("F23", 193, 0x6E, 0x86),
    key("F24", 194, 0x76, 0x87),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_and_numbers_are_unique() {
        let unique = |numbers: Vec<u32>| numbers.iter().collect::<HashSet<_>>().len() == KEYS.len();
        assert_eq!(
            KEYS.iter().map(|key| key.code).collect::<HashSet<_>>().len(),
            KEYS.len()
        );
        assert!(unique(KEYS.iter().map(|key| key.evdev.into()).collect()));
        assert!(unique(KEYS.iter().map(|key| key.scan.into()).collect()));
    }

    #[test]
    fn well_known_keys_have_their_numbers() {
        let table = [
            ("KeyA", 30, 0x1E, 0x41),
            ("Enter", 28, 0x1C, 0x0D),
            ("NumpadEnter", 96, 0xE01C, 0x0D),
            ("ArrowLeft", 105, 0xE04B, 0x25),
            ("Delete", 111, 0xE053, 0x2E),
            ("MetaLeft", 125, 0xE05B, 0x5B),
            ("F12", 88, 0x58, 0x7B),
        ];
        for (code, evdev, scan, virtual_key) in table {
            let key = find(code).unwrap();
            assert_eq!(
                (key.evdev, key.scan, key.virtual_key),
                (evdev, scan, virtual_key),
                "{code}"
            );
        }
    }

    #[test]
    fn an_unknown_name_is_no_key() {
        assert_eq!(find(""), None);
        assert_eq!(find("keya"), None);
        assert_eq!(find("BrowserBack; rm"), None);
    }

    #[test]
    fn x11_keycodes_fit_a_byte() {
        assert!(KEYS.iter().all(|key| key.evdev.checked_add(8).is_some()));
    }
}
