//! Pixels to H.264.

/// Why the encoder failed.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    #[error("the encoder refused: {0}")]
    Refused(String),
    #[error("a picture of {0}×{1} cannot be encoded")]
    Size(usize, usize),
}
