//! Holds the agents' connections, carries signalling between operators' browsers and agents, and bridges their
//! datagrams where no direct path exists.
//!
//! Invariant: the relay decides nothing about people. It has no database and no keys but the portal's public one; it
//! cannot read media, and cannot make a command or a report. What it holds is bounded by [`Limits`].

pub mod bridge;
mod budget;
pub mod config;
pub mod core;
pub mod link;
pub mod shell;
pub mod standalone;
pub mod stun;

pub use config::{Limits, RelayConfig, TurnServer};
pub use link::PortalEnd;
pub use shell::{Relay, RelayError, TunedAcceptor, tune_socket};
