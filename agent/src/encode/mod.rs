//! Pixels to H.264: colour conversion where the desktop changed, the encoder, and how fine each frame is.

mod convert;
mod h264;
mod picture;
pub mod quality;

pub use h264::H264;
pub use picture::Picture;
pub use quality::Purpose;

/// What to make of the next picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Order {
    /// H.264's QP: 0 is finest, 51 coarsest.
    pub quantiser: u8,
    /// A frame that can be decoded without any earlier one.
    pub keyframe: bool,
    /// When the picture was taken, milliseconds since any fixed instant.
    pub millis: i64,
}

/// One frame.
pub struct Encoded<'a> {
    /// NAL units with start codes.
    pub bytes: &'a [u8],
    pub keyframe: bool,
}

/// Anything that turns pictures into H.264. One instance takes pictures of one size.
pub trait Encoder: Send {
    fn encode(&mut self, picture: &Picture, order: Order) -> Result<Encoded<'_>, EncodeError>;
}

/// Why the encoder failed.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    #[error("the encoder refused: {0}")]
    Refused(String),
    #[error("a picture of {0}×{1} cannot be encoded")]
    Size(usize, usize),
}
