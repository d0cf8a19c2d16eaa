//! The agent on an employee's device: consent, capture, input.

pub mod capture;
pub mod connection;
pub mod cursor;
pub mod encode;
pub mod input;
pub mod media;
