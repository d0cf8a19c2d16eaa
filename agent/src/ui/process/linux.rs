//! Starting a window process on Linux.

use tokio::process::Command;

/// There is no console to hide.
pub fn without_console(_command: &mut Command) {}
