//! The portal: accounts, devices, requests and sessions, for browser and server.

pub mod accounts;
pub mod devices;
pub mod error;
pub mod requests;
pub mod sessions;

#[cfg(feature = "ssr")]
pub mod audit;
#[cfg(feature = "ssr")]
pub mod server;
