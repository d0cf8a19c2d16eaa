//! Mails that were written to files instead of being sent, readable in the portal.

pub mod page;
