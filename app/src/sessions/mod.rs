//! Remote assistance sessions: consent, connection, interruption and end of one operator helping on one device.

pub mod model;
