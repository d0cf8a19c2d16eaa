//! What the operator holds down, and what each of his actions means for the device.
//!
//! Invariant: pure. Presses and releases in the output pair up; after [`Held::release_all`] nothing is held.

use super::keys::{self, Key, Modifier};
use deskside_protocol::{
    channel::{Button, InputAction, Modifiers, Position},
    limits::INPUT_TEXT_BYTES,
};

/// One thing to inject.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stroke {
    Press(&'static Key),
    Release(&'static Key),
    /// Type a character, whatever key it is on; no shortcut modifier is held.
    Type(char),
    Move(Position),
    ButtonDown(Button),
    ButtonUp(Button),
    /// In units of 1/120 notch, positive is down and right.
    Wheel {
        dx: i16,
        dy: i16,
    },
}

/// The keys and buttons held down.
#[derive(Debug, Default)]
pub struct Held {
    keys: Vec<&'static Key>,
    buttons: Vec<Button>,
}

impl Held {
    /// What an action of the operator means.
    pub fn apply(&mut self, action: &InputAction) -> Vec<Stroke> {
        let mut strokes = Vec::new();
        match action {
            InputAction::KeyDown {
                code,
                key,
                modifiers,
                repeat,
            } => {
                self.key_down(code, key, *modifiers, *repeat, &mut strokes);
            }
            InputAction::KeyUp { code } => self.key_up(code, &mut strokes),
            InputAction::Text { text } if text.len() <= INPUT_TEXT_BYTES => {
                self.lift(Modifiers::default(), None, &mut strokes);
                strokes.extend(text.chars().filter_map(typed));
            }
            InputAction::Text { .. } => {}
            InputAction::ButtonDown { button, at } => {
                strokes.push(Stroke::Move(*at));
                if !self.buttons.contains(button) {
                    self.buttons.push(*button);
                    strokes.push(Stroke::ButtonDown(*button));
                }
            }
            InputAction::ButtonUp { button, at } => {
                strokes.push(Stroke::Move(*at));
                if let Some(index) = self.buttons.iter().position(|held| held == button) {
                    self.buttons.remove(index);
                    strokes.push(Stroke::ButtonUp(*button));
                }
            }
            InputAction::Wheel { dx, dy, at } => {
                strokes.push(Stroke::Move(*at));
                strokes.push(Stroke::Wheel { dx: *dx, dy: *dy });
            }
            InputAction::ReleaseAll => strokes = self.release_all(),
        }
        strokes
    }

    /// Lets go of everything, the last pressed first.
    pub fn release_all(&mut self) -> Vec<Stroke> {
        let keys = self.keys.drain(..).rev().map(Stroke::Release);
        let mut strokes: Vec<Stroke> = keys.collect();
        strokes.extend(self.buttons.drain(..).rev().map(Stroke::ButtonUp));
        strokes
    }

    /// Whether anything is held.
    pub fn any(&self) -> bool {
        !self.keys.is_empty() || !self.buttons.is_empty()
    }

    fn key_down(&mut self, code: &str, name: &str, now: Modifiers, repeat: bool, strokes: &mut Vec<Stroke>) {
        // Names of keys that only help to make characters, which arrive as such; and of what is no key at all.
        if matches!(
            name,
            "AltGraph" | "CapsLock" | "Dead" | "Process" | "Unidentified" | "Compose" | ""
        ) {
            return;
        }
        let shortcut = (now.control || now.alt || now.meta) && !now.alt_graph;
        if let (false, Some(character)) = (shortcut, single(name)) {
            self.lift(now, None, strokes);
            strokes.push(Stroke::Type(character));
            return;
        }
        let key = keys::find(code);
        self.lift(now, key.and_then(|key| key.modifier), strokes);
        let Some(key) = key else { return };
        if self.keys.contains(&key) {
            // The device's own repetition would run on when the network is slow.
            if repeat && key.modifier.is_none() {
                strokes.extend([Stroke::Release(key), Stroke::Press(key)]);
            }
            return;
        }
        self.keys.push(key);
        strokes.push(Stroke::Press(key));
    }

    fn key_up(&mut self, code: &str, strokes: &mut Vec<Stroke>) {
        if let Some(index) = self.keys.iter().position(|key| key.code == code) {
            strokes.push(Stroke::Release(self.keys.remove(index)));
        }
    }

    /// Releases modifiers that the browser says are up: it lost their release to another window, or the control key
    /// is half of Windows' AltGr.
    fn lift(&mut self, now: Modifiers, except: Option<Modifier>, strokes: &mut Vec<Stroke>) {
        self.keys.retain(|key| {
            let Some(modifier) = key.modifier else { return true };
            let down = match modifier {
                Modifier::Shift => now.shift,
                Modifier::Control => now.control && !now.alt_graph,
                Modifier::Alt => now.alt && !now.alt_graph,
                Modifier::Meta => now.meta && !now.alt_graph,
            };
            let stays = down || except == Some(modifier);
            if !stays {
                strokes.push(Stroke::Release(key));
            }
            stays
        });
    }
}

/// The character, if the name is just one.
fn single(name: &str) -> Option<char> {
    let mut characters = name.chars();
    let first = characters.next()?;
    (characters.next().is_none() && !first.is_control()).then_some(first)
}

fn typed(character: char) -> Option<Stroke> {
    match character {
        '\r' => None,
        '\n' => Some(Stroke::Type('\n')),
        '\t' => Some(Stroke::Type('\t')),
        character if character.is_control() => None,
        character => Some(Stroke::Type(character)),
    }
}

/// Drops mouse positions that were overtaken on the way.
#[derive(Debug, Default)]
pub struct PointerOrder(Option<u32>);

impl PointerOrder {
    /// Whether this position is newer than all before.
    pub fn accept(&mut self, number: u32) -> bool {
        let newer = self.0.is_none_or(|last| number > last);
        if newer {
            self.0 = Some(number);
        }
        newer
    }
}

/// Adds up wheel movements to whole notches.
#[derive(Debug, Default)]
pub struct Notches(i32);

/// One notch, as the protocol and Windows count.
pub const NOTCH: i32 = 120;

impl Notches {
    /// Whole notches after this movement; the rest is kept. Turning back forgets the rest.
    pub fn turn(&mut self, units: i16) -> i32 {
        let units = i32::from(units);
        if units.signum() * self.0.signum() < 0 {
            self.0 = 0;
        }
        self.0 += units;
        let whole = self.0 / NOTCH;
        self.0 -= whole * NOTCH;
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AT: Position = Position { x: 1, y: 2 };

    fn down(code: &str, key: &str, modifiers: Modifiers) -> InputAction {
        InputAction::KeyDown {
            code: code.into(),
            key: key.into(),
            modifiers,
            repeat: false,
        }
    }

    fn up(code: &str) -> InputAction {
        InputAction::KeyUp { code: code.into() }
    }

    fn show(strokes: &[Stroke]) -> String {
        let word = |stroke: &Stroke| match stroke {
            Stroke::Press(key) => format!("+{}", key.code),
            Stroke::Release(key) => format!("-{}", key.code),
            Stroke::Type(character) => format!("'{character}'"),
            other => format!("{other:?}"),
        };
        strokes.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    fn control() -> Modifiers {
        Modifiers {
            control: true,
            ..Default::default()
        }
    }

    fn shift() -> Modifiers {
        Modifiers {
            shift: true,
            ..Default::default()
        }
    }

    fn alt_graph() -> Modifiers {
        Modifiers {
            alt_graph: true,
            ..Default::default()
        }
    }

    #[test]
    fn keys_mean_what_the_table_says() {
        let none = Modifiers::default();
        let windows_alt_gr = Modifiers {
            control: true,
            alt: true,
            alt_graph: true,
            ..none
        };
        let table: [(Vec<InputAction>, &str); 12] = [
            (vec![down("KeyA", "a", none), up("KeyA")], "'a'"),
            (vec![down("Minus", "ß", none)], "'ß'"),
            (
                vec![
                    down("ShiftLeft", "Shift", shift()),
                    down("Digit2", "\"", shift()),
                    up("ShiftLeft"),
                ],
                "+ShiftLeft '\"' -ShiftLeft",
            ),
            (
                vec![
                    down("ControlLeft", "Control", control()),
                    down("KeyC", "c", control()),
                    up("KeyC"),
                ],
                "+ControlLeft +KeyC -KeyC",
            ),
            (
                vec![
                    down("AltRight", "AltGraph", alt_graph()),
                    down("KeyE", "€", alt_graph()),
                    up("AltRight"),
                ],
                "'€'",
            ),
            (
                vec![
                    down("ControlLeft", "Control", control()),
                    down("AltRight", "AltGraph", windows_alt_gr),
                    down("KeyQ", "@", windows_alt_gr),
                ],
                "+ControlLeft -ControlLeft '@'",
            ),
            (vec![down("Enter", "Enter", none), up("Enter")], "+Enter -Enter"),
            (vec![down("BracketLeft", "Dead", none), down("KeyE", "é", none)], "'é'"),
            (vec![down("", "Process", none), down("KeyX", "Unidentified", none)], ""),
            (vec![down("CapsLock", "CapsLock", none)], ""),
            (
                vec![InputAction::Text {
                    text: "ä\u{1F600}\n".into(),
                }],
                "'ä' '\u{1F600}' '\n'",
            ),
            (vec![up("KeyB"), down("NoSuchKey", "F99", none)], ""),
        ];
        for (actions, want) in table {
            let mut held = Held::default();
            let strokes: Vec<Stroke> = actions.iter().flat_map(|action| held.apply(action)).collect();
            assert_eq!(show(&strokes), want, "{actions:?}");
        }
    }

    #[test]
    fn a_modifier_whose_release_was_lost_is_released() {
        let mut held = Held::default();
        held.apply(&down(
            "AltLeft",
            "Alt",
            Modifiers {
                alt: true,
                ..Default::default()
            },
        ));
        assert_eq!(
            show(&held.apply(&down("KeyA", "a", Modifiers::default()))),
            "-AltLeft 'a'"
        );
        assert!(!held.any());
    }

    #[test]
    fn a_repeated_key_is_pressed_again_and_a_repeated_modifier_is_not() {
        let mut held = Held::default();
        held.apply(&down("ArrowDown", "ArrowDown", Modifiers::default()));
        let again = InputAction::KeyDown {
            code: "ArrowDown".into(),
            key: "ArrowDown".into(),
            modifiers: Modifiers::default(),
            repeat: true,
        };
        assert_eq!(show(&held.apply(&again)), "-ArrowDown +ArrowDown");
        held.apply(&down("ShiftLeft", "Shift", shift()));
        let again = InputAction::KeyDown {
            code: "ShiftLeft".into(),
            key: "Shift".into(),
            modifiers: shift(),
            repeat: true,
        };
        assert_eq!(show(&held.apply(&again)), "");
    }

    #[test]
    fn releasing_all_lets_go_in_reverse_order() {
        let mut held = Held::default();
        held.apply(&down("ControlLeft", "Control", control()));
        held.apply(&down("KeyC", "c", control()));
        held.apply(&InputAction::ButtonDown {
            button: Button::Left,
            at: AT,
        });
        assert_eq!(
            show(&held.apply(&InputAction::ReleaseAll)),
            "-KeyC -ControlLeft ButtonUp(Left)"
        );
        assert!(!held.any() && held.release_all().is_empty());
    }

    #[test]
    fn buttons_go_where_they_were_pressed() {
        let mut held = Held::default();
        let down = InputAction::ButtonDown {
            button: Button::Right,
            at: AT,
        };
        assert_eq!(held.apply(&down), [Stroke::Move(AT), Stroke::ButtonDown(Button::Right)]);
        assert_eq!(held.apply(&down), [Stroke::Move(AT)]);
        let up = InputAction::ButtonUp {
            button: Button::Right,
            at: AT,
        };
        assert_eq!(held.apply(&up), [Stroke::Move(AT), Stroke::ButtonUp(Button::Right)]);
        assert_eq!(held.apply(&up), [Stroke::Move(AT)]);
    }

    #[test]
    fn text_over_the_limit_is_dropped() {
        let text = |length| InputAction::Text {
            text: "x".repeat(length),
        };
        assert_eq!(Held::default().apply(&text(INPUT_TEXT_BYTES)).len(), INPUT_TEXT_BYTES);
        assert!(Held::default().apply(&text(INPUT_TEXT_BYTES + 1)).is_empty());
    }

    #[test]
    fn overtaken_positions_are_dropped() {
        let mut order = PointerOrder::default();
        let accepted: Vec<bool> = [0, 1, 3, 2, 3, 4]
            .into_iter()
            .map(|number| order.accept(number))
            .collect();
        assert_eq!(accepted, [true, true, true, false, false, true]);
    }

    #[test]
    fn wheel_movements_add_up_to_notches() {
        let mut notches = Notches::default();
        let turned: Vec<i32> = [60, 59, 1, 240, -30, 119, 1, -120]
            .into_iter()
            .map(|units| notches.turn(units))
            .collect();
        assert_eq!(turned, [0, 0, 1, 2, 0, 0, 1, -1]);
    }

    fn action() -> impl Strategy<Value = InputAction> {
        let code = prop::sample::select(vec![
            "KeyA",
            "ShiftLeft",
            "ControlLeft",
            "AltRight",
            "Enter",
            "MetaLeft",
            "x",
        ]);
        let key = prop::sample::select(vec![
            "a", "ß", "Shift", "Control", "AltGraph", "Enter", "Meta", "Dead", "",
        ]);
        let button = prop::sample::select(vec![Button::Left, Button::Middle, Button::Right]);
        prop_oneof![
            (code.clone(), key, any::<[bool; 5]>(), any::<bool>()).prop_map(|(code, key, flags, repeat)| {
                let [shift, control, alt, meta, alt_graph] = flags;
                let modifiers = Modifiers {
                    shift,
                    control,
                    alt,
                    meta,
                    alt_graph,
                    ..Default::default()
                };
                InputAction::KeyDown {
                    code: code.into(),
                    key: key.into(),
                    modifiers,
                    repeat,
                }
            }),
            code.prop_map(|code| InputAction::KeyUp { code: code.into() }),
            button
                .clone()
                .prop_map(|button| InputAction::ButtonDown { button, at: AT }),
            button.prop_map(|button| InputAction::ButtonUp { button, at: AT }),
            Just(InputAction::ReleaseAll),
            ".{0,8}".prop_map(|text| InputAction::Text { text }),
        ]
    }

    proptest! {
        #[test]
        fn presses_and_releases_pair_up(actions in prop::collection::vec(action(), 0..60)) {
            let mut held = Held::default();
            let mut strokes: Vec<Stroke> = actions.iter().flat_map(|action| held.apply(action)).collect();
            strokes.extend(held.release_all());
            let (mut keys, mut buttons) = (Vec::new(), Vec::new());
            for stroke in strokes {
                match stroke {
                    Stroke::Press(key) => { prop_assert!(!keys.contains(&key.code)); keys.push(key.code); }
                    Stroke::Release(key) => { prop_assert!(keys.contains(&key.code)); keys.retain(|held| *held != key.code); }
                    Stroke::ButtonDown(button) => { prop_assert!(!buttons.contains(&button)); buttons.push(button); }
                    Stroke::ButtonUp(button) => { prop_assert!(buttons.contains(&button)); buttons.retain(|held| *held != button); }
                    Stroke::Type(_) => prop_assert!(keys.iter().all(|code| matches!(*code, "ShiftLeft" | "Enter" | "KeyA"))),
                    _ => {}
                }
            }
            prop_assert!(keys.is_empty() && buttons.is_empty());
        }
    }
}
