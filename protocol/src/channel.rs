//! Messages on the data channels between the operator's browser and the agent, in postcard's encoding.
//!
//! The browser opens five channels:
//!
//! | label | order | direction | carries |
//! |---|---|---|---|
//! | `input` | ordered, reliable | browser → agent | [`Input`]: keys, buttons, wheel, text |
//! | `pointer` | unordered, no retransmits | browser → agent | [`Pointer`] |
//! | `cursor` | ordered, reliable | agent → browser | [`Cursor`] |
//! | `control` | ordered, reliable | both | [`BrowserControl`], [`AgentControl`] |
//! | `files` | ordered, reliable | both | [`crate::transfer::FileMessage`] |

use crate::{limits::CHANNEL_MESSAGE_BYTES, session::Scope};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub const INPUT: &str = "input";
pub const POINTER: &str = "pointer";
pub const CURSOR: &str = "cursor";
pub const CONTROL: &str = "control";
pub const FILES: &str = "files";

/// A position on the shared desktop as a fraction of its width and height: 0 is the first pixel, 65535 the last.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Position {
    pub x: u16,
    pub y: u16,
}

/// A mouse button, numbered as in the DOM's `MouseEvent.button`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Button {
    Left,
    Middle,
    Right,
    Back,
    Forward,
}

/// Modifier keys held in the browser when a key went down.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Modifiers {
    pub shift: bool,
    pub control: bool,
    pub alt: bool,
    pub meta: bool,
    /// `getModifierState("AltGraph")`.
    pub alt_graph: bool,
    pub caps_lock: bool,
    pub num_lock: bool,
}

/// What the operator does. Each carries a number that grows by one, so that the agent can say up to where a frame
/// shows the effects ([`AgentControl::Frame`]).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Input {
    pub number: u32,
    pub action: InputAction,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum InputAction {
    /// `code` is the DOM's `KeyboardEvent.code` (the physical key, such as `KeyQ`), `key` its `KeyboardEvent.key`
    /// (the produced character, or a name such as `Enter`). The agent types the character where `key` is one
    /// character and no shortcut modifier is held, else it presses the physical key.
    KeyDown {
        code: String,
        key: String,
        modifiers: Modifiers,
        repeat: bool,
    },
    KeyUp {
        code: String,
    },
    /// Text from an input method or a phone's keyboard.
    Text {
        text: String,
    },
    ButtonDown {
        button: Button,
        at: Position,
    },
    ButtonUp {
        button: Button,
        at: Position,
    },
    /// Wheel movement in units of 1/120 notch, positive is down and right.
    Wheel {
        dx: i16,
        dy: i16,
        at: Position,
    },
    /// Release everything that is held: the browser lost focus.
    ReleaseAll,
}

/// The mouse moved. Positions with a lower number than the last one are dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pointer {
    pub number: u32,
    pub at: Position,
}

/// The device's mouse pointer; drawn by the browser, not part of the picture.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Cursor {
    /// A new shape under a number; the browser keeps it for later. `rgba` has width × height × 4 bytes, straight alpha.
    Shape {
        id: u32,
        width: u16,
        height: u16,
        hot_x: u16,
        hot_y: u16,
        rgba: Vec<u8>,
    },
    /// Show this shape.
    Use {
        id: u32,
    },
    Hidden,
    /// The pointer was moved on the device, not by the operator.
    Moved {
        at: Position,
    },
}

/// Browser → agent on `control`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum BrowserControl {
    /// Answered at once with `Pong`.
    Ping { number: u32 },
    /// Ask for frame timings ([`AgentControl::Frame`]); off at first.
    Timings { on: bool },
    /// The operator ends the session.
    End,
    /// The path as the browser sees it from its selected candidate pair.
    Path { path: crate::session::MediaPath },
}

/// Agent → browser on `control`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum AgentControl {
    Pong {
        number: u32,
    },
    /// Size of the shared desktop, pixels; sent first and on every change.
    Desktop {
        width: u16,
        height: u16,
    },
    /// The scopes now granted; sent first and on every change.
    Scopes {
        granted: Vec<Scope>,
    },
    /// One encoded frame: its RTP timestamp, the last input applied before it was captured, and where its time went.
    Frame {
        rtp_timestamp: u32,
        after_input: u32,
        timing: FrameTiming,
    },
    /// The desktop cannot be seen now (for example a lock screen); a sentence for the operator.
    Blind {
        why: String,
    },
    /// The session is over; the connection closes.
    Ended {
        reason: crate::session::EndReason,
    },
}

/// Microseconds spent on one frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct FrameTiming {
    /// From the damage notice to the start of capture.
    pub wait: u32,
    pub capture: u32,
    /// Colour conversion.
    pub convert: u32,
    pub encode: u32,
    /// Bytes after encoding.
    pub bytes: u32,
}

/// Why a data channel message was refused.
#[derive(Debug, thiserror::Error)]
pub enum BadMessage {
    #[error("the message is longer than {CHANNEL_MESSAGE_BYTES} bytes")]
    Long,
    #[error("the message cannot be read")]
    Unreadable,
}

/// Encodes a data channel message.
pub fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    postcard::to_allocvec(message).unwrap_or_default()
}

/// Decodes a data channel message; bytes left over are an error.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BadMessage> {
    if bytes.len() > CHANNEL_MESSAGE_BYTES {
        return Err(BadMessage::Long);
    }
    match postcard::take_from_bytes(bytes) {
        Ok((message, [])) => Ok(message),
        _ => Err(BadMessage::Unreadable),
    }
}
