//! The signalling core, driven without sockets or clocks.

mod agents;
mod browsers;
mod hostile;
mod portal;
mod routing;
mod world;
