//! One file on its way, with where its bytes come from or go to.

use super::{part::Part, source::Source};
use deskside_protocol::{
    ids::TransferId,
    transfer::{CancelFile, Due, FileMessage, FilePolicy, FileResult, Receiving, Sending},
};
use std::time::Instant;

/// A file that the assistant sends.
pub(super) struct Incoming {
    pub(super) machine: Receiving,
    pub(super) part: Option<Part>,
    pub(super) ask_until: Option<Instant>,
    pub(super) place: Option<String>,
    pub(super) told: bool,
}

/// A file that the person at the device sends.
pub(super) struct Outgoing {
    pub(super) machine: Sending,
    pub(super) source: Option<Source>,
    pub(super) told: bool,
    /// It was refused at once, and is not reported.
    pub(super) untold: bool,
}

impl Outgoing {
    /// Takes the step that is due, and gives what is to be said of it; `None`: there is none.
    pub(super) fn next(&mut self, policy: &FilePolicy) -> Option<Option<FileMessage>> {
        Some(match self.machine.due() {
            Due::Wait => return None,
            Due::Say(done) => match &self.source {
                Some(source) if source.is_unchanged() => Some(done),
                _ => self.machine.cancel(CancelFile::Changed),
            },
            Due::Read { offset, length } => match self.source.as_mut().map(|source| source.read(offset, length)) {
                // It was allowed with another beginning.
                Some(Ok(bytes)) if offset == 0 && policy.check_beginning(&bytes).is_err() => {
                    self.machine.cancel(CancelFile::Changed)
                }
                Some(Ok(bytes)) => self.machine.chunk(offset, bytes),
                Some(Err(_)) | None => self.machine.cancel(CancelFile::Unreadable),
            },
        })
    }
}

/// One file on its way.
pub(super) enum Transfer {
    In(Incoming),
    Out(Outgoing),
}

impl Transfer {
    pub(super) fn id(&self) -> TransferId {
        match self {
            Self::In(transfer) => transfer.machine.id(),
            Self::Out(transfer) => transfer.machine.id(),
        }
    }

    pub(super) fn result(&self) -> Option<FileResult> {
        match self {
            Self::In(transfer) => transfer.machine.result(),
            Self::Out(transfer) => transfer.machine.result(),
        }
    }
}

/// Ends a transfer that nobody was told of.
pub(super) fn unreadable(machine: &mut Sending) {
    // As if it was offered, so that no connection hears of it.
    machine.connect();
    machine.cancel(CancelFile::Unreadable);
}
