//! Assistance requests: what an employee files, what staff do with it, and everything that happened to it.

pub mod model;
pub mod status;
