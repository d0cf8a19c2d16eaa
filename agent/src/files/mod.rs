//! Files that are sent during a session, in both directions, as the person who runs the agent.
//!
//! Invariant: nothing is written before somebody at this device said yes, never over something that is there, and what
//! did not arrive whole is removed. The desk works in a thread of its own, so that a slow disk holds nobody up.

mod courier;
mod desk;
mod part;
mod place;
mod sentences;
mod source;
mod transfer;

#[cfg(test)]
mod courier_tests;
#[cfg(test)]
mod desk_tests;
#[cfg(test)]
mod scratch;

pub use courier::{Courier, Out, Rules};
pub use desk::{Desk, FileChannel, Line, Order, channel};
pub use place::downloads;
