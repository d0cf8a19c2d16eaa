//! The operator's keys and mouse, injected into the device.
//!
//! Invariant: whatever is pressed is released: when the operator lets go, leaves, loses the right to control, or when
//! the session ends in any way.

mod hands;
pub mod held;
pub mod keys;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod spare;
#[cfg(windows)]
mod windows;

pub use hands::{Hands, Touch};
#[cfg(target_os = "linux")]
pub use linux::Injector;
#[cfg(windows)]
pub use windows::Injector;

/// Why input cannot be injected.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    #[error("no display: {0}")]
    NoDisplay(String),
    #[error("the display lacks {0}")]
    Lacks(&'static str),
    #[error("the display was lost: {0}")]
    Lost(String),
}
