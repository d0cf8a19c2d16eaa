//! What the person at the device sees: the prompt, the bar and the chat of one session.
//!
//! Invariant: the windows live in a child process, one for each session, and only while they are needed. It decides
//! nothing: it shows [`words::ToWindow`] and tells [`words::FromWindow`].

pub mod process;
mod times;
pub mod window;
pub mod words;
