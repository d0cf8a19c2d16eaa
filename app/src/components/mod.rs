//! Server-rendered pieces that pages are put together from. None of them needs JavaScript.

pub mod around;
pub mod badge;
pub mod confirm;
pub mod empty;
pub mod field;
pub mod form;
pub mod frame;
pub mod icon;
pub mod list;
pub mod notice;
pub mod overtaken;
pub mod page;
pub mod raw;
pub mod reader;
pub mod search;
pub mod time;
pub mod zone;
