//! People: who they are, how they sign in, and what they may set themselves.

pub mod model;
