//! Machinery that knows no feature: access, storage, configuration, mail, live updates, HTTP.

pub mod access;
pub mod budget;
pub mod clock;
pub mod config;
pub mod db;
pub mod features;
pub mod forms;
pub mod http;
pub mod key;
mod keyed;
pub mod links;
pub mod live;
pub mod lookers;
pub mod mail;
pub mod page;
pub mod portal;
pub mod push;
pub mod random;
pub mod reference;
