//! References that tie what a person sees ("Reference: k3v9…") to the log line that says what happened.

use crate::error::AppError;
use std::fmt;

/// A new reference: ten characters that are easy to read out.
pub fn new() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789x";
    super::random::bytes::<10>()
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .collect()
}

/// Logs `error` under a new reference and returns what may be shown.
pub fn internal(doing: &'static str, error: &dyn fmt::Display) -> AppError {
    let reference = new();
    tracing::error!(%reference, doing, %error, "internal error");
    AppError::Internal { reference }
}
