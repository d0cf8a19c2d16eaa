//! The picture of the desktop: damage in, pixels out.
//!
//! Invariant: nobody polls the screen where the system tells what changed; pixels are only read where it says so.

mod dirty;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(windows, test))]
mod pointer_bits;
#[cfg(windows)]
mod windows;

pub use dirty::Dirty;
#[cfg(target_os = "linux")]
pub use linux::{Capturer, Waker};
#[cfg(windows)]
pub use windows::{Capturer, InputDesktop, Waker};

/// Whether the system gives no notice of drawing, so that a look right after input pays.
pub const LOOKS_AFTER_INPUT: bool = cfg!(windows);

/// Which desktop to show and to control.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum DisplayTarget {
    /// The one this process belongs to: `$DISPLAY`, or the input desktop on Windows.
    #[default]
    Own,
    /// An X display by name, such as `:7`.
    Named(String),
}

/// Width and height of the desktop, pixels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    pub width: u16,
    pub height: u16,
}

/// A rectangle of the desktop, pixels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Area {
    pub x: u16,
    pub y: u16,
    pub width: u16,
    pub height: u16,
}

/// Pixels of one area.
pub struct Block<'a> {
    pub area: Area,
    /// Four bytes a pixel: blue, green, red, and one that means nothing.
    pub bgra: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
}

/// What [`Capturer::wait`] saw.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Notices {
    /// Something was drawn; [`Capturer::grab`] has work.
    pub damaged: bool,
    /// The desktop has another size; all of it counts as damaged.
    pub resized: bool,
    /// The pointer has another shape.
    pub shape: bool,
    /// The pointer moved, perhaps by the operator.
    pub moved: bool,
    /// Somebody called [`Waker::wake`].
    pub woken: bool,
}

impl Notices {
    /// Whether there is anything to do.
    pub fn any(self) -> bool {
        self != Self::default()
    }
}

/// The pointer's image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PointerImage {
    pub width: u16,
    pub height: u16,
    pub hot_x: u16,
    pub hot_y: u16,
    /// Red, green, blue, alpha; colours are not multiplied with alpha.
    pub rgba: Vec<u8>,
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
