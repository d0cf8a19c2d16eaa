//! Remote assistance sessions on this device: who asked, who consented, what runs.
//!
//! Invariant: [`core`] decides, [`shell`] does. The core reads no clock and does no I/O.

pub mod core;
pub mod gate;
mod media;
pub mod newest;
pub mod preconsent;
pub mod saved;
pub mod shell;
