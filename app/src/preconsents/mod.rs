//! What owners allow in advance: an operator may connect within a time without asking again.
//!
//! Invariant: only the owner gives it, with a form of their own; the owner, whoever may see the request and the person
//! at the device can take it back. The device decides at a launch, by what it holds and has shown.

pub mod model;

#[cfg(feature = "ssr")]
pub mod forms;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
mod store;
#[cfg(feature = "ssr")]
pub mod typed;
