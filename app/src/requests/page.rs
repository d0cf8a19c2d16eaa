//! The pages of requests: lists, form, and one request with everything about it.

mod conversation;
mod detail;
mod edit;
mod list;
mod timeline;
mod words;
