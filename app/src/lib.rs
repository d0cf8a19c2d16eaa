//! The portal: accounts, devices, requests and sessions, for browser and server.

pub mod accounts;
pub mod devices;
pub mod error;
pub mod islands;
pub mod requests;
pub mod sessions;

#[cfg(feature = "ssr")]
pub mod app;
#[cfg(feature = "ssr")]
pub mod audit;
#[cfg(feature = "ssr")]
pub mod components;
#[cfg(feature = "ssr")]
pub mod server;
