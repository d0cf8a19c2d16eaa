//! Every word that requests and help articles are found by, with its parts, so that a search finds what stands inside.
//!
//! Invariant: a word that leads anywhere has all its parts here; a word that no longer leads anywhere does no harm.

pub mod parts;
pub mod service;
mod store;

pub use store::{beginning, narrow, narrow_each};
