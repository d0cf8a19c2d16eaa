//! The way to everything that administrators set.

#[cfg(feature = "ssr")]
pub mod page;
