//! What the person at the device sees: the prompt, the bar and the chat of one session.
//!
//! Invariant: the windows live in a child process, one for each session, and only while they are needed. It decides
//! nothing: it shows [`words::ToWindow`] and tells [`words::FromWindow`].

/// Class of all these windows, by which the system's other programs know them.
pub const WINDOW_CLASS: &str = "deskside-agent";

pub mod process;
mod times;
pub mod window;
pub mod words;
