//! The agent on an employee's device: consent, capture, input.
//!
//! Invariant: nothing is shown or controlled without a consent that [`session::core`] has on record.

pub mod capture;
pub mod cli;
pub mod connection;
pub mod cursor;
pub mod encode;
pub mod enrol;
pub mod files;
pub mod identity;
pub mod input;
pub mod interrupt;
pub mod media;
pub mod session;
pub mod ui;
