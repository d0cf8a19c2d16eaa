//! Remote assistance sessions: consent, connection, interruption and end of one operator helping on one device.

pub mod island_api;
pub mod model;

#[cfg(feature = "ssr")]
pub mod core;
#[cfg(feature = "ssr")]
mod files;
#[cfg(feature = "ssr")]
pub mod forms;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod presence;
#[cfg(feature = "ssr")]
pub mod record;
#[cfg(feature = "ssr")]
pub mod relay_link;
#[cfg(feature = "ssr")]
pub mod reports;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
mod store;
