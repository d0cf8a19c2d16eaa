//! The one outbound connection of the device.

pub mod queue;
pub mod tunnel;
