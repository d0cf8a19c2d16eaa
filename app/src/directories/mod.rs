//! Directories: user databases. Requests, people and rights belong to one.
//!
//! Only local ones exist: their people are the accounts of this portal. What another kind has to bring is in [`source`].

pub mod model;

#[cfg(feature = "ssr")]
pub mod forms;
#[cfg(feature = "ssr")]
pub mod hours;
#[cfg(feature = "ssr")]
mod local;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod places;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod sign_in;
#[cfg(feature = "ssr")]
pub mod source;
#[cfg(feature = "ssr")]
mod store;
