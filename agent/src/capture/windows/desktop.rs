//! Which desktop of Windows a thread works on.

use std::mem;
use windows::Win32::{
    Foundation::HANDLE,
    System::StationsAndDesktops::{
        CloseDesktop, DESKTOP_ACCESS_FLAGS, DESKTOP_CONTROL_FLAGS, GetUserObjectInformationW, HDESK, OpenInputDesktop,
        SetThreadDesktop, UOI_NAME,
    },
};

/// Rights on a desktop: to read, draw, and inject.
const RIGHTS: DESKTOP_ACCESS_FLAGS = DESKTOP_ACCESS_FLAGS(0x0001 | 0x0002 | 0x0004 | 0x0008 | 0x0040 | 0x0080 | 0x0100);

/// Makes the calling thread work on the desktop that has the input now. A thread of the session's own user cannot
/// reach the protected ones.
#[derive(Default)]
pub struct InputDesktop {
    current: Option<(HDESK, String)>,
}

// SAFETY: a desktop handle may be used and closed by any thread of the process.
unsafe impl Send for InputDesktop {}

impl InputDesktop {
    /// Whether the input desktop can be reached; the calling thread then works on it.
    pub fn follow(&mut self) -> bool {
        // SAFETY: no pointers; the handle is closed below or in drop.
        let Ok(desktop) = (unsafe { OpenInputDesktop(DESKTOP_CONTROL_FLAGS(0), false, RIGHTS) }) else {
            return false;
        };
        let name = name_of(desktop);
        if self.current.as_ref().is_some_and(|(_, known)| *known == name) {
            close(desktop);
            return true;
        }
        // SAFETY: the handle is open; the threads that call this own no windows.
        if unsafe { SetThreadDesktop(desktop) }.is_err() {
            close(desktop);
            return false;
        }
        if let Some((old, _)) = self.current.replace((desktop, name)) {
            close(old);
        }
        true
    }
}

impl Drop for InputDesktop {
    fn drop(&mut self) {
        if let Some((desktop, _)) = self.current.take() {
            // Fails while it is a thread's desktop; the process's end closes it then.
            close(desktop);
        }
    }
}

fn close(desktop: HDESK) {
    // SAFETY: opened by us and not used afterwards.
    let _ = unsafe { CloseDesktop(desktop) };
}

fn name_of(desktop: HDESK) -> String {
    let mut name = [0u16; 128];
    let bytes = mem::size_of_val(&name) as u32;
    // SAFETY: the buffer is as long as told.
    let read =
        unsafe { GetUserObjectInformationW(HANDLE(desktop.0), UOI_NAME, Some(name.as_mut_ptr().cast()), bytes, None) };
    let length = name.iter().position(|unit| *unit == 0).unwrap_or(name.len());
    if read.is_ok() {
        String::from_utf16_lossy(&name[..length])
    } else {
        String::new()
    }
}
