//! The portal's HTTP side, put together.
//!
//! Invariant: whatever is not on the short public list of `login` needs a signed-in person before any handler runs.

pub mod client;
mod harden;
mod health;
mod live_stream;
pub mod login;
pub mod pages;
mod router;
pub mod site;

pub use router::{BODY_BYTES, router};
