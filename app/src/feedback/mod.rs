//! What an owner says of a request that was closed, through the links of the mail about it.

pub mod forms;
pub mod page;
pub mod service;
