//! Windows: SendInput presses keys and buttons; characters are typed as Unicode, whatever the layout.

use super::{InputError, held::Stroke, keys::Key};
use crate::{
    capture::{DisplayTarget, InputDesktop, Size},
    ui::WINDOW_CLASS,
};
use deskside_protocol::channel::{Button, Position};
use std::mem;
use windows::Win32::{
    Foundation::POINT,
    UI::{
        Input::KeyboardAndMouse::{
            GetKeyboardLayout, INPUT, INPUT_0, INPUT_KEYBOARD, INPUT_MOUSE, KEYBD_EVENT_FLAGS, KEYBDINPUT,
            KEYEVENTF_EXTENDEDKEY, KEYEVENTF_KEYUP, KEYEVENTF_UNICODE, MAPVK_VSC_TO_VK_EX, MOUSE_EVENT_FLAGS,
            MOUSEEVENTF_ABSOLUTE, MOUSEEVENTF_HWHEEL, MOUSEEVENTF_LEFTDOWN, MOUSEEVENTF_LEFTUP, MOUSEEVENTF_MIDDLEDOWN,
            MOUSEEVENTF_MIDDLEUP, MOUSEEVENTF_MOVE, MOUSEEVENTF_RIGHTDOWN, MOUSEEVENTF_RIGHTUP,
            MOUSEEVENTF_VIRTUALDESK, MOUSEEVENTF_WHEEL, MOUSEEVENTF_XDOWN, MOUSEEVENTF_XUP, MOUSEINPUT,
            MapVirtualKeyExW, SendInput, VIRTUAL_KEY,
        },
        WindowsAndMessaging::{
            GA_ROOT, GetAncestor, GetClassNameW, GetCursorPos, GetForegroundWindow, GetSystemMetrics,
            GetWindowThreadProcessId, SM_SWAPBUTTON, WindowFromPoint,
        },
    },
};

/// Marks our own events in `dwExtraInfo`: "DESK".
const MARK: usize = 0x4445_534B;

/// Injects into the input desktop.
#[derive(Default)]
pub struct Injector {
    desktop: InputDesktop,
}

impl Injector {
    pub fn open(target: &DisplayTarget) -> Result<Self, InputError> {
        match target {
            DisplayTarget::Own => Ok(Self::default()),
            DisplayTarget::Named(name) => Err(InputError::NoDisplay(format!("Windows has no display {name}"))),
        }
    }

    /// Injects one stroke. Windows takes positions as shares of the whole desktop.
    pub fn inject(&mut self, stroke: Stroke, _: Size) -> Result<(), InputError> {
        match stroke {
            Stroke::Press(key) => self.send(&[physical(key, KEYBD_EVENT_FLAGS(0))]),
            Stroke::Release(key) => self.send(&[physical(key, KEYEVENTF_KEYUP)]),
            Stroke::Type('\n') => self.tap("Enter"),
            Stroke::Type('\t') => self.tap("Tab"),
            Stroke::Type(character) => self.send(&unicode(character)),
            Stroke::Move(at) => self.send(&[moved(at)]),
            Stroke::ButtonDown(button) => self.send(&[click(button, true)]),
            Stroke::ButtonUp(button) => self.send(&[click(button, false)]),
            Stroke::Wheel { dx, dy } => {
                // Windows counts turns away from the user as positive.
                let turns = [(MOUSEEVENTF_WHEEL, -i32::from(dy)), (MOUSEEVENTF_HWHEEL, i32::from(dx))];
                let inputs: Vec<INPUT> = turns
                    .into_iter()
                    .filter(|(_, by)| *by != 0)
                    .map(|(flags, by)| mouse(flags, 0, 0, by))
                    .collect();
                self.send(&inputs)
            }
        }
    }

    /// Whether a press now would land in a window of the agent.
    pub fn is_own(&mut self, stroke: Stroke) -> Result<bool, InputError> {
        // SAFETY: the pointers are to local values of the sizes told; a window that is gone has no class.
        let class = unsafe {
            let window = match stroke {
                Stroke::Press(_) | Stroke::Type(_) => GetForegroundWindow(),
                Stroke::ButtonDown(_) => {
                    let mut at = POINT::default();
                    if GetCursorPos(&mut at).is_err() {
                        return Ok(false);
                    }
                    GetAncestor(WindowFromPoint(at), GA_ROOT)
                }
                _ => return Ok(false),
            };
            let mut name = [0; 64];
            let length = usize::try_from(GetClassNameW(window, &mut name)).unwrap_or(0);
            String::from_utf16_lossy(name.get(..length).unwrap_or_default())
        };
        Ok(class == WINDOW_CLASS)
    }

    /// SendInput keeps nothing back.
    pub fn flush(&mut self) -> Result<(), InputError> {
        Ok(())
    }

    fn tap(&mut self, code: &str) -> Result<(), InputError> {
        let Some(key) = super::keys::find(code) else {
            return Ok(());
        };
        self.send(&[physical(key, KEYBD_EVENT_FLAGS(0)), physical(key, KEYEVENTF_KEYUP)])
    }

    fn send(&mut self, inputs: &[INPUT]) -> Result<(), InputError> {
        if inputs.is_empty() {
            return Ok(());
        }
        let size = mem::size_of::<INPUT>() as i32;
        // SAFETY: a slice of complete structures of the size told.
        let sent = || unsafe { SendInput(inputs, size) } as usize;
        if sent() == inputs.len() {
            return Ok(());
        }
        // Perhaps another desktop has the input now.
        if self.desktop.follow() && sent() == inputs.len() {
            return Ok(());
        }
        Err(InputError::Lost(
            "Windows refused it; a protected window may be in front".into(),
        ))
    }
}

fn keyboard(virtual_key: u16, scan: u16, flags: KEYBD_EVENT_FLAGS) -> INPUT {
    let ki = KEYBDINPUT {
        wVk: VIRTUAL_KEY(virtual_key),
        wScan: scan,
        dwFlags: flags,
        time: 0,
        dwExtraInfo: MARK,
    };
    INPUT {
        r#type: INPUT_KEYBOARD,
        Anonymous: INPUT_0 { ki },
    }
}

fn mouse(flags: MOUSE_EVENT_FLAGS, dx: i32, dy: i32, data: i32) -> INPUT {
    let mi = MOUSEINPUT {
        dx,
        dy,
        mouseData: data as u32,
        dwFlags: flags,
        time: 0,
        dwExtraInfo: MARK,
    };
    INPUT {
        r#type: INPUT_MOUSE,
        Anonymous: INPUT_0 { mi },
    }
}

/// A physical key: with its scan code, and with the virtual key that the layout in use gives it.
fn physical(key: &Key, mut flags: KEYBD_EVENT_FLAGS) -> INPUT {
    if key.scan >= 0xE000 {
        flags |= KEYEVENTF_EXTENDEDKEY;
    }
    keyboard(virtual_key(key), key.scan & 0xFF, flags)
}

fn virtual_key(key: &Key) -> u16 {
    let fixed = key.modifier.is_some() || key.scan >= 0xE000 || key.code.starts_with("Numpad") || key.code == "Pause";
    if fixed {
        return key.virtual_key;
    }
    // SAFETY: no pointers that outlive the calls; a window that is gone gives layout 0, the default one.
    let mapped = unsafe {
        let layout = GetKeyboardLayout(GetWindowThreadProcessId(GetForegroundWindow(), None));
        MapVirtualKeyExW(key.scan.into(), MAPVK_VSC_TO_VK_EX, Some(layout))
    };
    u16::try_from(mapped)
        .ok()
        .filter(|mapped| *mapped != 0)
        .unwrap_or(key.virtual_key)
}

fn unicode(character: char) -> Vec<INPUT> {
    let mut units = [0; 2];
    let units = character.encode_utf16(&mut units);
    let down = units.iter().map(|unit| keyboard(0, *unit, KEYEVENTF_UNICODE));
    let up = units
        .iter()
        .map(|unit| keyboard(0, *unit, KEYEVENTF_UNICODE | KEYEVENTF_KEYUP));
    down.chain(up).collect()
}

fn moved(at: Position) -> INPUT {
    let flags = MOUSEEVENTF_MOVE | MOUSEEVENTF_ABSOLUTE | MOUSEEVENTF_VIRTUALDESK;
    mouse(flags, at.x.into(), at.y.into(), 0)
}

fn click(button: Button, down: bool) -> INPUT {
    // SAFETY: no pointers.
    let swapped = unsafe { GetSystemMetrics(SM_SWAPBUTTON) } != 0;
    let button = match button {
        Button::Left if swapped => Button::Right,
        Button::Right if swapped => Button::Left,
        other => other,
    };
    let (press, release, data) = match button {
        Button::Left => (MOUSEEVENTF_LEFTDOWN, MOUSEEVENTF_LEFTUP, 0),
        Button::Middle => (MOUSEEVENTF_MIDDLEDOWN, MOUSEEVENTF_MIDDLEUP, 0),
        Button::Right => (MOUSEEVENTF_RIGHTDOWN, MOUSEEVENTF_RIGHTUP, 0),
        Button::Back => (MOUSEEVENTF_XDOWN, MOUSEEVENTF_XUP, 1),
        Button::Forward => (MOUSEEVENTF_XDOWN, MOUSEEVENTF_XUP, 2),
    };
    mouse(if down { press } else { release }, 0, 0, data)
}
