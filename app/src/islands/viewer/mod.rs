//! The operator's viewer: shows and controls the device's screen over an encrypted peer connection.
//!
//! Invariant: nothing of the device is shown, and nothing is sent to it, before its signed fingerprint was verified.

// Tests compile the pure parts without the shell that uses them.
#![cfg_attr(not(feature = "viewer"), allow(dead_code))]

pub mod status;
mod view;

#[cfg(any(test, feature = "viewer"))]
mod core;
#[cfg(any(test, feature = "viewer"))]
mod file_words;
#[cfg(any(test, feature = "viewer"))]
mod keyboard;
#[cfg(any(test, feature = "viewer"))]
mod path;
#[cfg(any(test, feature = "viewer"))]
mod placement;
#[cfg(any(test, feature = "viewer"))]
mod pointing;
#[cfg(any(test, feature = "viewer"))]
mod rates;
#[cfg(any(test, feature = "viewer"))]
mod touch;

#[cfg(feature = "viewer")]
mod attempt;
#[cfg(feature = "viewer")]
mod chat;
#[cfg(feature = "viewer")]
mod cursor;
#[cfg(feature = "viewer")]
mod file_row;
#[cfg(feature = "viewer")]
mod file_transfer;
#[cfg(feature = "viewer")]
mod files;
#[cfg(feature = "viewer")]
mod hands;
#[cfg(feature = "viewer")]
mod identity;
#[cfg(feature = "viewer")]
mod line;
#[cfg(feature = "viewer")]
mod peer;
#[cfg(feature = "viewer")]
mod portal;
#[cfg(feature = "viewer")]
mod screen;
#[cfg(feature = "viewer")]
mod shell;
#[cfg(feature = "viewer")]
mod signalling;
#[cfg(feature = "viewer")]
mod statistics;

pub use view::Viewer;
