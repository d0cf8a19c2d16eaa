//! Every word that requests and help articles are found by, with its parts, so that a search finds what stands inside.
//!
//! Invariant: a word that leads anywhere has all its parts here; one that no longer does is forgotten after a while.

pub mod parts;
pub mod service;
mod store;

pub use store::{MOST_WORDS, Wanted, beginning, narrow, narrow_each, wanted};
