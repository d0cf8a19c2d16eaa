//! Starting a window process on Windows.

use std::{os::windows::process::CommandExt, process::Command};
use windows::Win32::System::Threading::CREATE_NO_WINDOW;

/// Keeps Windows from opening a console beside the prompt.
pub fn hide(command: &mut Command) {
    command.creation_flags(CREATE_NO_WINDOW.0);
}
