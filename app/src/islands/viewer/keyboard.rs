//! Keyboard events of the browser → key messages, pure.
//!
//! Invariant: every key that went down at the device goes up again: with its own event, or with `ReleaseAll`.

use super::core::Millis;
use deskside_protocol::{
    channel::{InputAction, Modifiers},
    limits::INPUT_TEXT_BYTES,
};

/// Windows reports AltGr as ControlLeft and AltRight at the same moment; a ControlLeft is held back this long.
pub const ALT_GRAPH_WITHIN: Millis = 20;
/// Longest key name that is passed on.
const NAME_BYTES: usize = 32;

/// The operator's own system, where keyboards differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum System {
    #[default]
    Other,
    Windows,
    Mac,
}

/// A key event.
#[derive(Clone, PartialEq, Debug)]
pub struct Key {
    pub code: String,
    pub key: String,
    pub modifiers: Modifiers,
    pub repeat: bool,
    /// Part of an input method's composition.
    pub composing: bool,
}

/// What to do with a key event.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Verdict {
    pub send: Vec<InputAction>,
    /// The browser must not act on the event itself.
    pub prevent: bool,
    /// The operator asked for the keyboard back.
    pub leave: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Escape {
    #[default]
    Idle,
    /// Control, Alt and Shift are down and nothing else was pressed since.
    Armed,
}

/// The keyboard's state.
#[derive(Debug, Default)]
pub struct Keyboard {
    system: System,
    held: Vec<String>,
    pending_control: Option<(Key, Millis)>,
    escape: Escape,
}

impl Keyboard {
    pub fn new(system: System) -> Self {
        Self {
            system,
            ..Self::default()
        }
    }

    pub fn down(&mut self, key: Key, now: Millis) -> Verdict {
        let mut verdict = Verdict::default();
        let pending = self.pending_control.take();
        if let Some((control, since)) = pending {
            let alt_graph = key.code == "AltRight" && now.saturating_sub(since) < ALT_GRAPH_WITHIN;
            if !alt_graph {
                self.press(control, &mut verdict);
            }
        }
        if key.composing || matches!(key.key.as_str(), "Dead" | "Process" | "Unidentified") {
            return verdict;
        }
        // A right Alt that chooses third-level characters is no key of its own: its characters come with `key`.
        if key.key == "AltGraph" {
            verdict.prevent = true;
            return verdict;
        }
        if key.code.is_empty() && key.key.chars().count() != 1 {
            return verdict;
        }
        self.escape = match (is_modifier(&key.code), key.modifiers) {
            (
                true,
                Modifiers {
                    shift: true,
                    control: true,
                    alt: true,
                    ..
                },
            ) => Escape::Armed,
            _ => Escape::Idle,
        };
        verdict.prevent = true;
        if self.system == System::Windows && key.code == "ControlLeft" && !key.repeat {
            self.pending_control = Some((key, now));
        } else {
            self.press(key, &mut verdict);
        }
        verdict
    }

    pub fn up(&mut self, code: &str, now: Millis) -> Verdict {
        let mut verdict = Verdict {
            prevent: true,
            ..self.flush(now, true)
        };
        if std::mem::take(&mut self.escape) == Escape::Armed {
            verdict.leave = true;
            verdict.send.extend(self.release_all());
            return verdict;
        }
        if let Some(index) = self.held.iter().position(|held| held == code) {
            self.held.swap_remove(index);
            verdict.send.push(InputAction::KeyUp { code: code.into() });
        }
        // macOS tells nothing of keys that go up while Command is down.
        if self.system == System::Mac && code.starts_with("Meta") {
            let (keep, gone) = std::mem::take(&mut self.held)
                .into_iter()
                .partition(|code| is_modifier(code));
            self.held = keep;
            verdict
                .send
                .extend(gone.into_iter().map(|code| InputAction::KeyUp { code }));
        }
        verdict
    }

    /// Sends a held-back ControlLeft whose time is over, or now.
    pub fn flush(&mut self, now: Millis, at_once: bool) -> Verdict {
        let mut verdict = Verdict::default();
        let due = |(_, since): &mut (Key, Millis)| at_once || now >= *since + ALT_GRAPH_WITHIN;
        if let Some((control, _)) = self.pending_control.take_if(due) {
            self.press(control, &mut verdict);
        }
        verdict
    }

    /// True while [`Keyboard::flush`] has to be called soon.
    pub fn is_pending(&self) -> bool {
        self.pending_control.is_some()
    }

    /// The keyboard leaves the device.
    pub fn release_all(&mut self) -> Option<InputAction> {
        self.pending_control = None;
        self.escape = Escape::Idle;
        self.held.clear();
        Some(InputAction::ReleaseAll)
    }

    fn press(&mut self, key: Key, verdict: &mut Verdict) {
        if key.code.len() > NAME_BYTES || key.key.len() > NAME_BYTES {
            return;
        }
        if !key.code.is_empty() && !self.held.contains(&key.code) {
            self.held.push(key.code.clone());
        }
        let mut modifiers = key.modifiers;
        // Option is the third level on a Mac.
        if self.system == System::Mac && modifiers.alt && !modifiers.control && !modifiers.meta && !key.key.is_ascii() {
            modifiers.alt = false;
            modifiers.alt_graph = true;
        }
        verdict.send.push(match key.code.is_empty() {
            true => InputAction::Text { text: key.key },
            false => InputAction::KeyDown {
                code: key.code,
                key: key.key,
                modifiers,
                repeat: key.repeat,
            },
        });
    }
}

/// Cuts text into messages that the protocol takes.
pub fn text_messages(text: &str) -> Vec<InputAction> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut rest = text.as_str();
    let mut messages = Vec::new();
    while !rest.is_empty() {
        let mut end = rest.len().min(INPUT_TEXT_BYTES);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (head, tail) = rest.split_at(end);
        messages.push(InputAction::Text { text: head.into() });
        rest = tail;
    }
    messages
}

fn is_modifier(code: &str) -> bool {
    ["Control", "Alt", "Shift", "Meta"]
        .iter()
        .any(|name| code.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(code: &str, key: &str) -> Key {
        Key {
            code: code.into(),
            key: key.into(),
            modifiers: Modifiers::default(),
            repeat: false,
            composing: false,
        }
    }

    fn with(code: &str, name: &str, modifiers: Modifiers) -> Key {
        Key {
            modifiers,
            ..key(code, name)
        }
    }

    fn codes(verdict: &Verdict) -> Vec<&str> {
        verdict
            .send
            .iter()
            .map(|action| match action {
                InputAction::KeyDown { code, .. } | InputAction::KeyUp { code } => code.as_str(),
                InputAction::ReleaseAll => "ReleaseAll",
                _ => "other",
            })
            .collect()
    }

    #[test]
    fn a_key_is_passed_on_and_kept_from_the_browser() {
        let verdict = Keyboard::default().down(key("KeyA", "a"), 0);
        assert_eq!(codes(&verdict), ["KeyA"]);
        assert!(verdict.prevent);
    }

    #[test]
    fn a_key_goes_up_only_if_it_went_down() {
        let mut keyboard = Keyboard::default();
        assert!(keyboard.up("KeyA", 0).send.is_empty());
        keyboard.down(key("KeyA", "a"), 0);
        assert_eq!(codes(&keyboard.up("KeyA", 1)), ["KeyA"]);
    }

    #[test]
    fn composition_and_dead_keys_stay_with_the_browser() {
        let mut keyboard = Keyboard::default();
        for event in [
            key("BracketLeft", "Dead"),
            Key {
                composing: true,
                ..key("KeyA", "a")
            },
        ] {
            assert_eq!(keyboard.down(event, 0), Verdict::default());
        }
    }

    #[test]
    fn alt_graph_on_windows_does_not_hold_control() {
        let mut keyboard = Keyboard::new(System::Windows);
        assert!(codes(&keyboard.down(key("ControlLeft", "Control"), 100)).is_empty());
        assert!(codes(&keyboard.down(key("AltRight", "AltGraph"), 101)).is_empty());
        let modifiers = Modifiers {
            control: true,
            alt: true,
            alt_graph: true,
            ..Modifiers::default()
        };
        assert_eq!(codes(&keyboard.down(with("KeyE", "€", modifiers), 150)), ["KeyE"]);
        assert!(keyboard.up("ControlLeft", 200).send.is_empty());
    }

    #[test]
    fn control_on_windows_arrives_before_the_key_that_follows() {
        let mut keyboard = Keyboard::new(System::Windows);
        keyboard.down(key("ControlLeft", "Control"), 100);
        assert_eq!(codes(&keyboard.down(key("KeyC", "c"), 105)), ["ControlLeft", "KeyC"]);
    }

    #[test]
    fn control_alone_on_windows_arrives_after_its_wait() {
        let mut keyboard = Keyboard::new(System::Windows);
        keyboard.down(key("ControlLeft", "Control"), 100);
        assert!(keyboard.flush(100 + ALT_GRAPH_WITHIN - 1, false).send.is_empty());
        assert_eq!(codes(&keyboard.flush(100 + ALT_GRAPH_WITHIN, false)), ["ControlLeft"]);
    }

    #[test]
    fn control_alt_shift_gives_the_keyboard_back() {
        let mut keyboard = Keyboard::default();
        let all = Modifiers {
            control: true,
            alt: true,
            shift: true,
            ..Modifiers::default()
        };
        keyboard.down(key("ControlLeft", "Control"), 0);
        keyboard.down(key("AltLeft", "Alt"), 1);
        assert!(!keyboard.down(with("ShiftLeft", "Shift", all), 2).leave);
        let verdict = keyboard.up("ShiftLeft", 3);
        assert!(verdict.leave);
        assert_eq!(codes(&verdict), ["ReleaseAll"]);
    }

    #[test]
    fn control_alt_shift_with_another_key_is_a_shortcut_of_the_device() {
        let mut keyboard = Keyboard::default();
        let all = Modifiers {
            control: true,
            alt: true,
            shift: true,
            ..Modifiers::default()
        };
        keyboard.down(with("ShiftLeft", "Shift", all), 0);
        keyboard.down(with("KeyX", "X", all), 1);
        assert!(!keyboard.up("KeyX", 2).leave);
        assert!(!keyboard.up("ShiftLeft", 3).leave);
    }

    #[test]
    fn a_mac_releases_what_was_pressed_with_command() {
        let mut keyboard = Keyboard::new(System::Mac);
        keyboard.down(key("MetaLeft", "Meta"), 0);
        keyboard.down(key("KeyC", "c"), 1);
        assert_eq!(codes(&keyboard.up("MetaLeft", 2)), ["MetaLeft", "KeyC"]);
    }

    #[test]
    fn text_is_cut_at_the_limit_and_between_characters() {
        let text = ["a".repeat(INPUT_TEXT_BYTES - 1), "ß".into()].concat();
        let messages = text_messages(&text);
        assert_eq!(messages.len(), 2);
        assert_eq!(messages[1], InputAction::Text { text: "ß".into() });
        assert_eq!(text_messages(&"a".repeat(INPUT_TEXT_BYTES)).len(), 1);
    }

    proptest! {
        #[test]
        fn text_messages_lose_nothing(text in "[^\r]{0,9000}") {
            let joined: String = text_messages(&text).into_iter().map(|message| match message {
                InputAction::Text { text } if text.len() <= INPUT_TEXT_BYTES => text,
                _ => String::new(),
            }).collect();
            prop_assert_eq!(joined, text);
        }

        #[test]
        fn whatever_goes_down_goes_up(events in proptest::collection::vec((0usize..6, any::<bool>()), 0..60)) {
            let names = ["KeyA", "KeyB", "ControlLeft", "AltRight", "ShiftLeft", "MetaLeft"];
            let mut keyboard = Keyboard::new(System::Windows);
            let mut device: Vec<String> = Vec::new();
            let mut apply = |verdict: Verdict| for action in verdict.send {
                match action {
                    InputAction::KeyDown { code, .. } => device.push(code),
                    InputAction::KeyUp { code } => device.retain(|held| *held != code),
                    InputAction::ReleaseAll => device.clear(),
                    _ => {}
                }
            };
            for (now, (which, down)) in events.into_iter().enumerate() {
                let now = now as Millis * 10;
                apply(if down { keyboard.down(key(names[which], names[which]), now) } else { keyboard.up(names[which], now) });
            }
            for name in names {
                apply(keyboard.up(name, 10_000));
            }
            prop_assert!(device.is_empty(), "{:?}", device);
        }
    }
}
