//! What tells the agent to stop: the person at the terminal, or the system.

#[cfg(not(windows))]
mod linux;
#[cfg(windows)]
mod windows;

#[cfg(not(windows))]
pub use linux::interrupted;
#[cfg(windows)]
pub use windows::interrupted;
