//! The operator's viewer: shows and controls the device's screen over an encrypted peer connection.
//!
//! Invariant: nothing of the device is shown, and nothing is sent to it, before its signed fingerprint was verified.

mod core;
mod keyboard;
mod path;
mod placement;
mod pointing;
mod rates;
mod status;
mod touch;
mod view;

#[cfg(feature = "hydrate")]
mod attempt;
#[cfg(feature = "hydrate")]
mod chat;
#[cfg(feature = "hydrate")]
mod cursor;
#[cfg(feature = "hydrate")]
mod hands;
#[cfg(feature = "hydrate")]
mod identity;
#[cfg(feature = "hydrate")]
mod line;
#[cfg(feature = "hydrate")]
mod peer;
#[cfg(feature = "hydrate")]
mod portal;
#[cfg(feature = "hydrate")]
mod screen;
#[cfg(feature = "hydrate")]
mod shell;
#[cfg(feature = "hydrate")]
mod signalling;
#[cfg(feature = "hydrate")]
mod statistics;

pub use view::Viewer;
