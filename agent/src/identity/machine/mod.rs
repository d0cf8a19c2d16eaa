//! What the operating system calls this machine.

#[cfg(not(windows))]
mod linux;
#[cfg(windows)]
mod windows;

#[cfg(not(windows))]
pub use linux::name;
#[cfg(windows)]
pub use windows::name;
