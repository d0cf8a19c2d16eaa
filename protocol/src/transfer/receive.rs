//! The receiving side of one file.

use super::{
    CancelFile, FileHash, FileMessage, FileOffer, FilePolicy, FileResult, RefuseFile, WIRE_NAME_BYTES, chunk_length,
    safe_name,
};
use crate::{bytes::Fixed, ids::TransferId};
use sha2::{Digest, Sha256};

/// What a receiver has to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    Nothing,
    Say(FileMessage),
    /// Write these bytes at the end, then [`Receiving::wrote`].
    Write(Vec<u8>),
    /// All is written and right: give it its name, then [`Receiving::finished`].
    Finish,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Somebody is asked.
    Asking,
    /// Accepted; `said` on this connection.
    Going {
        said: bool,
    },
    /// Complete and right, and about to get its name.
    Complete,
    Over(FileResult),
}

/// One file on its way in.
#[derive(Clone, Debug)]
pub struct Receiving {
    offer: FileOffer,
    name: String,
    policy: FilePolicy,
    state: State,
    /// Not offered on this connection.
    apart: bool,
    hash: Sha256,
    written: u64,
}

impl Receiving {
    /// An offered file, about which somebody is to be asked; one that the policy forbids is over already.
    pub fn new(offer: FileOffer, policy: &FilePolicy) -> Self {
        let checked = match policy.check(&offer) {
            Ok(()) if offer.name.len() > WIRE_NAME_BYTES => Err(RefuseFile::Blocked),
            checked => checked,
        };
        Self {
            name: safe_name(&offer.name),
            offer,
            policy: policy.clone(),
            state: match checked {
                Ok(()) => State::Asking,
                Err(why) => State::Over(FileResult::Refused(why)),
            },
            apart: false,
            hash: Sha256::new(),
            written: 0,
        }
    }

    pub fn id(&self) -> TransferId {
        self.offer.id
    }

    /// The name to keep it under, if it is free.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bytes, once it is complete.
    pub fn size(&self) -> u64 {
        self.offer.size
    }

    /// Bytes written.
    pub fn progress(&self) -> u64 {
        self.written
    }

    /// How it ended, once it has.
    pub fn result(&self) -> Option<FileResult> {
        match self.state {
            State::Over(result) => Some(result),
            _ => None,
        }
    }

    /// True while somebody is asked.
    pub fn is_asking(&self) -> bool {
        self.state == State::Asking
    }

    /// True while it is accepted and not offered again after an interruption.
    pub fn is_interrupted(&self) -> bool {
        self.state == State::Going { said: false }
    }

    /// The hash of the whole, once all of it was written.
    pub fn sha256(&self) -> Option<FileHash> {
        (self.written == self.offer.size).then(|| Fixed(self.hash.clone().finalize().into()))
    }

    /// What to answer to the offer now, if it is not open.
    pub fn answer(&self) -> Option<FileMessage> {
        let id = self.id();
        Some(match self.state {
            State::Asking => return None,
            State::Going { .. } | State::Complete => FileMessage::Accept {
                id,
                offset: self.written,
            },
            State::Over(FileResult::Sent) => FileMessage::Finished { id, verified: true },
            State::Over(FileResult::Corrupt) => FileMessage::Finished { id, verified: false },
            State::Over(FileResult::Refused(why)) => FileMessage::Refuse { id, why },
            State::Over(FileResult::Cancelled(why)) => FileMessage::Cancel { id, why },
        })
    }

    /// The person said yes.
    pub fn accept(&mut self) -> Option<FileMessage> {
        if self.state != State::Asking {
            return None;
        }
        self.state = State::Going { said: !self.apart };
        // After an interruption it is said when the sender offers it again.
        self.answer().filter(|_| !self.apart)
    }

    /// It is not taken.
    pub fn refuse(&mut self, why: RefuseFile) -> Option<FileMessage> {
        if self.state != State::Asking {
            return None;
        }
        self.state = State::Over(FileResult::Refused(why));
        self.answer()
    }

    /// The connection is gone; what is written stays.
    pub fn disconnect(&mut self) {
        self.apart = true;
        if let State::Going { said } = &mut self.state {
            *said = false;
        }
    }

    /// Takes what the sender said.
    pub fn take(&mut self, message: FileMessage) -> Step {
        if message.id() != self.id() {
            return Step::Nothing;
        }
        if let FileMessage::Offer(offer) = message {
            return self.offered_again(&offer);
        }
        match (message, self.state) {
            (_, State::Over(_)) => Step::Nothing,
            (FileMessage::Cancel { why, .. }, _) => {
                self.state = State::Over(FileResult::Cancelled(why));
                Step::Nothing
            }
            (FileMessage::Chunk { offset, bytes, .. }, State::Going { said: true }) => self.chunk(offset, bytes),
            (FileMessage::Done { sha256, .. }, State::Going { said: true }) => {
                if self.sha256() == Some(sha256) {
                    self.state = State::Complete;
                    return Step::Finish;
                }
                self.state = State::Over(FileResult::Corrupt);
                self.answer().map_or(Step::Nothing, Step::Say)
            }
            _ => self.broken(),
        }
    }

    /// The bytes of [`Step::Write`] are written.
    pub fn wrote(&mut self, bytes: &[u8]) -> FileMessage {
        self.hash.update(bytes);
        self.written += bytes.len() as u64;
        FileMessage::Ack {
            id: self.id(),
            offset: self.written,
        }
    }

    /// It has its name.
    pub fn finished(&mut self) -> Option<FileMessage> {
        if self.state != State::Complete {
            return None;
        }
        self.state = State::Over(FileResult::Sent);
        self.answer()
    }

    /// This side does not go on; what to say of it.
    pub fn cancel(&mut self, why: CancelFile) -> Option<FileMessage> {
        if self.result().is_some() {
            return None;
        }
        self.state = State::Over(FileResult::Cancelled(why));
        self.answer()
    }

    fn offered_again(&mut self, offer: &FileOffer) -> Step {
        if self.result().is_none() && *offer != self.offer {
            return self.cancel(CancelFile::Changed).map_or(Step::Nothing, Step::Say);
        }
        self.apart = false;
        if let State::Going { said } = &mut self.state {
            *said = true;
        }
        self.answer().map_or(Step::Nothing, Step::Say)
    }

    fn chunk(&mut self, offset: u64, bytes: Vec<u8>) -> Step {
        let due = chunk_length(self.written, self.offer.size);
        if offset != self.written || bytes.is_empty() || bytes.len() != due {
            return self.broken();
        }
        if offset == 0
            && let Err(why) = self.policy.check_beginning(&bytes)
        {
            self.state = State::Over(FileResult::Refused(why));
            return self.answer().map_or(Step::Nothing, Step::Say);
        }
        Step::Write(bytes)
    }

    fn broken(&mut self) -> Step {
        self.cancel(CancelFile::Broken).map_or(Step::Nothing, Step::Say)
    }
}
