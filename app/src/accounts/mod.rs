//! People: who they are, how they sign in, and what they may set themselves.

pub mod model;

#[cfg(feature = "ssr")]
mod account;
#[cfg(feature = "ssr")]
pub mod forms;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod password;
#[cfg(feature = "ssr")]
pub mod people;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
mod store;
#[cfg(feature = "ssr")]
pub mod throttle;
#[cfg(feature = "ssr")]
pub mod token;

#[cfg(feature = "ssr")]
pub use account::{NewAccount, check_time_zone, normal_login};
