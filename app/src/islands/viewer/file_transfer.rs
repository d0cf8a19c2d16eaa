//! One file on its way in the operator's browser, and its bytes there.

use super::{file_row::Row, peer::get};
use crate::islands::browser::window;
use deskside_protocol::{
    ids::TransferId,
    transfer::{FileResult, Receiving, Sending},
};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File};

/// Received pieces that are put together, so that the browser can move them out of memory.
const PIECES: u32 = 256;

/// Which way a file goes, and how far it is.
pub(super) enum Machine {
    Out {
        sending: Sending,
        file: File,
    },
    In {
        receiving: Receiving,
        pieces: Array,
        answer_by: u64,
    },
}

/// One file and its line in the list.
pub(super) struct Transfer {
    pub(super) id: TransferId,
    pub(super) name: String,
    pub(super) machine: Machine,
    pub(super) row: Row,
    /// Bytes a second ago.
    pub(super) before: Option<u64>,
    pub(super) speed: Option<u64>,
    pub(super) told: bool,
    /// It was refused before anybody was asked.
    pub(super) refused: bool,
}

impl Transfer {
    pub(super) fn result(&self) -> Option<FileResult> {
        match &self.machine {
            Machine::Out { sending, .. } => sending.result(),
            Machine::In { receiving, .. } => receiving.result(),
        }
    }

    pub(super) fn progress(&self) -> (u64, u64) {
        match &self.machine {
            Machine::Out { sending, .. } => (sending.progress(), sending.offer().size),
            Machine::In { receiving, .. } => (receiving.progress(), receiving.size()),
        }
    }

    pub(super) fn is_outgoing(&self) -> bool {
        matches!(self.machine, Machine::Out { .. })
    }
}

/// Puts many pieces into one that the browser may keep outside of memory.
pub(super) fn gather(pieces: &Array) {
    if pieces.length() >= PIECES
        && let Ok(blob) = Blob::new_with_u8_array_sequence(pieces)
    {
        pieces.set_length(0);
        pieces.push(&blob);
    }
}

/// The bytes of a file there; `None` when it cannot be read any longer.
pub(super) async fn read(file: &File, from: f64, length: f64) -> Option<Vec<u8>> {
    let part = file.slice_with_f64_and_f64(from, from + length).ok()?;
    let buffer = JsFuture::from(part.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

/// A new random id; browsers give one on the pages that the viewer accepts.
pub(super) fn new_id() -> Option<TransferId> {
    let crypto: JsValue = get(&window(), "crypto");
    let make: js_sys::Function = get(&crypto, "randomUUID").dyn_into().ok()?;
    make.call0(&crypto).ok()?.as_string()?.parse().ok()
}
