//! The sending side of one file.

use super::{CancelFile, FileHash, FileMessage, FileOffer, FileResult, RefuseFile, WINDOW_BYTES, chunk_length};
use crate::{bytes::Fixed, ids::TransferId};
use sha2::{Digest, Sha256};

/// What a sender has to do next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Due {
    /// Read so many bytes there, then [`Sending::chunk`].
    Read {
        offset: u64,
        length: usize,
    },
    Say(FileMessage),
    /// Nothing until the other side says something.
    Wait,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Not offered on this connection.
    Apart,
    Offered,
    Going {
        next: u64,
        acked: u64,
        done: bool,
    },
    Over(FileResult),
}

/// One file on its way out.
#[derive(Clone, Debug)]
pub struct Sending {
    offer: FileOffer,
    state: State,
    /// The other side said yes once, perhaps on an earlier connection.
    accepted: bool,
    acked: u64,
    hash: Sha256,
    hashed: u64,
    /// Cancelled while there was no connection to say it on.
    untold: Option<CancelFile>,
}

impl Sending {
    /// A file that is to be offered as soon as there is a connection.
    pub fn new(offer: FileOffer) -> Self {
        Self {
            offer,
            state: State::Apart,
            accepted: false,
            acked: 0,
            hash: Sha256::new(),
            hashed: 0,
            untold: None,
        }
    }

    pub fn offer(&self) -> &FileOffer {
        &self.offer
    }

    pub fn id(&self) -> TransferId {
        self.offer.id
    }

    /// How it ended, once it has.
    pub fn result(&self) -> Option<FileResult> {
        match self.state {
            State::Over(result) => Some(result),
            _ => None,
        }
    }

    /// Bytes that the receiver has.
    pub fn progress(&self) -> u64 {
        self.acked
    }

    /// True while the other side takes it, on this connection.
    pub fn is_accepted(&self) -> bool {
        matches!(self.state, State::Going { .. })
    }

    /// Bytes of its content that were given away, whether or not they arrived.
    pub fn handed(&self) -> u64 {
        self.hashed
    }

    /// The hash of the whole, once somebody wanted it and all of it was read.
    pub fn sha256(&self) -> Option<FileHash> {
        (self.accepted && self.hashed == self.offer.size).then(|| Fixed(self.hash.clone().finalize().into()))
    }

    /// A new connection is there: what to say on it.
    pub fn connect(&mut self) -> Option<FileMessage> {
        if self.result().is_some() {
            let id = self.id();
            return self.untold.take().map(|why| FileMessage::Cancel { id, why });
        }
        self.state = State::Offered;
        Some(FileMessage::Offer(self.offer.clone()))
    }

    /// The connection is gone.
    pub fn disconnect(&mut self) {
        if self.result().is_none() {
            self.state = State::Apart;
        }
    }

    /// What to do next. While something is due to be read, its chunk has to come before this is asked again.
    pub fn due(&mut self) -> Due {
        let State::Going { next, acked, done } = &mut self.state else {
            return Due::Wait;
        };
        let size = self.offer.size;
        if *next < size {
            if *next - *acked >= WINDOW_BYTES {
                return Due::Wait;
            }
            return Due::Read {
                offset: *next,
                length: chunk_length(*next, size),
            };
        }
        if std::mem::replace(done, true) {
            return Due::Wait;
        }
        match self.sha256() {
            Some(sha256) => Due::Say(FileMessage::Done { id: self.id(), sha256 }),
            None => Due::Wait,
        }
    }

    /// The bytes that were due, read at `offset`. Fewer than were asked for mean that the file was changed.
    pub fn chunk(&mut self, offset: u64, bytes: Vec<u8>) -> Option<FileMessage> {
        let id = self.id();
        let size = self.offer.size;
        let State::Going { next, .. } = &mut self.state else {
            return None;
        };
        if *next != offset || offset >= size {
            return None;
        }
        if bytes.len() != chunk_length(offset, size) {
            return self.cancel(CancelFile::Changed);
        }
        *next += bytes.len() as u64;
        let end = *next;
        if end > self.hashed {
            // Offsets lie on the bounds of chunks, so that a chunk is new as a whole or not at all.
            self.hash.update(&bytes);
            self.hashed = end;
        }
        Some(FileMessage::Chunk { id, offset, bytes })
    }

    /// Takes what the receiver said; perhaps there is an answer.
    pub fn take(&mut self, message: &FileMessage) -> Option<FileMessage> {
        if self.result().is_some() || message.id() != self.id() {
            return None;
        }
        match (message, &mut self.state) {
            (FileMessage::Accept { offset, .. }, State::Offered) => {
                let (offset, size) = (*offset, self.offer.size);
                let whole = offset == size || offset % super::CHUNK_BYTES as u64 == 0;
                // What this side never read cannot be at the other.
                if offset > self.hashed || !whole {
                    return self.cancel(CancelFile::Broken);
                }
                self.accepted = true;
                self.acked = offset;
                self.state = State::Going {
                    next: offset,
                    acked: offset,
                    done: false,
                };
                None
            }
            (FileMessage::Refuse { why, .. }, State::Offered) => self.over(FileResult::Refused(*why)),
            // A receiver looks at the first bytes before it takes any.
            (FileMessage::Refuse { why, .. }, State::Going { acked: 0, .. }) => self.over(FileResult::Refused(*why)),
            (FileMessage::Ack { offset, .. }, State::Going { next, acked, .. })
                if *offset >= *acked && *offset <= *next =>
            {
                *acked = *offset;
                self.acked = *offset;
                None
            }
            // It may have finished before the connection was lost.
            (FileMessage::Finished { verified, .. }, State::Going { .. } | State::Offered)
                if self.hashed == self.offer.size && self.accepted =>
            {
                if *verified {
                    self.acked = self.offer.size;
                    self.over(FileResult::Sent)
                } else {
                    self.over(FileResult::Corrupt)
                }
            }
            (FileMessage::Cancel { why, .. }, _) => self.over(FileResult::Cancelled(*why)),
            // Said on the connection before.
            (_, State::Apart) => None,
            _ => self.cancel(CancelFile::Broken),
        }
    }

    /// This side does not go on; what to say of it.
    pub fn cancel(&mut self, why: CancelFile) -> Option<FileMessage> {
        if self.result().is_some() {
            return None;
        }
        if self.state == State::Apart {
            self.untold = Some(why);
        }
        self.state = State::Over(FileResult::Cancelled(why));
        Some(FileMessage::Cancel { id: self.id(), why })
    }

    /// It is not sent, for a reason that this side knows itself.
    pub fn refuse(&mut self, why: RefuseFile) {
        if self.result().is_none() {
            self.state = State::Over(FileResult::Refused(why));
        }
    }

    fn over(&mut self, result: FileResult) -> Option<FileMessage> {
        self.state = State::Over(result);
        None
    }
}
