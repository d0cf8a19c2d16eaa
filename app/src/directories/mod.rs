//! Directories: user databases. Requests, people and rights belong to one.
//!
//! Only local ones exist: their people are the accounts of this portal. What another kind has to bring is in [`model::Kind`].

pub mod model;

#[cfg(feature = "ssr")]
pub mod forms;
#[cfg(feature = "ssr")]
pub mod hours;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod places;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
mod store;
