//! The console that a system may open for a new process.

#[cfg(not(windows))]
mod linux;
#[cfg(windows)]
mod windows;

#[cfg(not(windows))]
pub use linux::hide;
#[cfg(windows)]
pub use windows::hide;
