//! Canned replies: texts that administrators keep and staff insert into messages and notes.

pub mod model;

#[cfg(feature = "ssr")]
mod choose;
#[cfg(feature = "ssr")]
pub mod forms;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod picker;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
mod store;
