//! The portal: accounts, devices, requests and sessions, for browser and server.

// The type of a view is as deep as its HTML.
#![recursion_limit = "256"]

pub mod accounts;
pub mod administration;
pub mod articles;
pub mod attachments;
pub mod canned;
pub mod device_groups;
pub mod devices;
pub mod directories;
pub mod error;
pub mod islands;
pub mod notices;
pub mod overview;
pub mod preconsents;
pub mod proposals;
pub mod requests;
pub mod roles;
pub mod sessions;
pub mod words;

#[cfg(feature = "ssr")]
pub mod app;
#[cfg(feature = "ssr")]
pub mod assembly;
#[cfg(feature = "ssr")]
pub mod audit;
#[cfg(feature = "ssr")]
pub mod components;
#[cfg(feature = "ssr")]
pub mod feedback;
#[cfg(feature = "ssr")]
pub mod mail;
#[cfg(feature = "ssr")]
pub mod serve;
#[cfg(feature = "ssr")]
pub mod server;
#[cfg(feature = "ssr")]
pub mod vocabulary;
