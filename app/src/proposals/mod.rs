//! Proposed times: staff propose, the owner accepts or proposes another; on the request's page or from the mail.

pub mod model;

#[cfg(feature = "ssr")]
pub mod forms;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
mod store;
