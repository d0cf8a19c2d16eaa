//! Where received files go, and how one gets its name without taking another's.

#[cfg(not(windows))]
mod linux;
#[cfg(windows)]
mod windows;

#[cfg(not(windows))]
use linux as system;
#[cfg(windows)]
use windows as system;

pub use system::{create, downloads, mark_as_foreign, rename_new};
