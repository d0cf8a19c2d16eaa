//! The picture of the desktop: damage in, pixels out.

/// Which desktop to show and to control.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum DisplayTarget {
    /// The one this process belongs to: `$DISPLAY`, or the input desktop on Windows.
    #[default]
    Own,
    /// An X display by name, such as `:7`.
    Named(String),
}

/// Why the screen cannot be captured.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// No such display, or it refused us.
    #[error("no display: {0}")]
    NoDisplay(String),
    /// The display lacks something that capture needs.
    #[error("the display lacks {0}")]
    Lacks(&'static str),
    /// It was there and is gone, or a call failed.
    #[error("the display was lost: {0}")]
    Lost(String),
}
