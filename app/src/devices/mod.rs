//! Enrolled machines: who owns them, which key proves them, whether their agent is connected.

pub mod model;
