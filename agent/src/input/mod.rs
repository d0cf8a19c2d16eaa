//! The operator's keys and mouse, injected into the device.

/// Why input cannot be injected.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    #[error("no display: {0}")]
    NoDisplay(String),
    #[error("the display lacks {0}")]
    Lacks(&'static str),
    #[error("the display was lost: {0}")]
    Lost(String),
}
