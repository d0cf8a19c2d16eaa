//! All transfers of one session: takes messages, answers and wishes, reads and writes the files.
//!
//! Invariant: it reads no clock and has no threads; it says what is to be sent, shown and reported, in order. Every
//! transfer is reported once, when its end is known.

use super::{part::Part, sentences, source::Source};
use crate::ui::words::{FileLine, ToWindow, clean};
use deskside_protocol::{
    ids::{SessionId, TransferId},
    report::Event,
    transfer::{
        CancelFile, Due, FileDirection, FileHash, FileMessage, FileOffer, FilePolicy, FileResult, OFFER_SECONDS,
        OPEN_TRANSFERS, Receiving, RefuseFile, Sending, Step, TRANSFERS, safe_name,
    },
};
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How often progress is shown.
const SHOW_EVERY: Duration = Duration::from_millis(250);
/// Transfers that the window shows: the last ones.
const SHOWN_LINES: usize = 20;
/// Longest sentence beside one, characters: a place in the file system may be long.
const SAYS_CHARS: usize = 300;

/// What a session allows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rules {
    pub session: SessionId,
    /// Who the assistant is.
    pub operator: String,
    pub policy: FilePolicy,
    /// The assistant may offer files.
    pub to_device: bool,
    /// The person at the device may.
    pub to_assistant: bool,
}

/// Something to do for whoever runs a courier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Out {
    Say(FileMessage),
    Show(ToWindow),
    Report(Event),
}

struct Incoming {
    machine: Receiving,
    part: Option<Part>,
    ask_until: Option<Instant>,
    place: Option<String>,
    told: bool,
}

struct Outgoing {
    machine: Sending,
    source: Option<Source>,
    told: bool,
}

enum Transfer {
    In(Incoming),
    Out(Outgoing),
}

impl Transfer {
    fn id(&self) -> TransferId {
        match self {
            Self::In(transfer) => transfer.machine.id(),
            Self::Out(transfer) => transfer.machine.id(),
        }
    }

    fn result(&self) -> Option<FileResult> {
        match self {
            Self::In(transfer) => transfer.machine.result(),
            Self::Out(transfer) => transfer.machine.result(),
        }
    }
}

/// All transfers of one session.
pub struct Courier {
    rules: Rules,
    downloads: Option<PathBuf>,
    online: bool,
    /// In the order in which they began.
    transfers: Vec<Transfer>,
    shown: Vec<FileLine>,
    shown_at: Option<Instant>,
    out: Vec<Out>,
}

impl Courier {
    /// `downloads` is where files go unless the person chooses another folder.
    pub fn new(rules: Rules, downloads: Option<PathBuf>) -> Self {
        Self {
            rules,
            downloads,
            online: false,
            transfers: Vec::new(),
            shown: Vec::new(),
            shown_at: None,
            out: Vec::new(),
        }
    }

    /// What there is to do, in order.
    pub fn take_out(&mut self) -> Vec<Out> {
        std::mem::take(&mut self.out)
    }

    /// A new connection to the assistant's browser.
    pub fn connect(&mut self) {
        self.disconnect();
        self.online = true;
        let mut said = Vec::new();
        for transfer in &mut self.transfers {
            if let Transfer::Out(transfer) = transfer {
                if transfer.source.as_ref().is_some_and(|source| !source.is_unchanged()) {
                    transfer.machine.cancel(CancelFile::Changed);
                }
                said.extend(transfer.machine.connect());
            }
        }
        said.into_iter().for_each(|message| self.say(message));
    }

    /// The connection is gone. What was received stays, and goes on with the next one.
    pub fn disconnect(&mut self) {
        self.online = false;
        for transfer in &mut self.transfers {
            match transfer {
                Transfer::In(transfer) => transfer.machine.disconnect(),
                Transfer::Out(transfer) => transfer.machine.disconnect(),
            }
        }
    }

    /// Takes what the browser said.
    pub fn take(&mut self, message: FileMessage, now: Instant) {
        let id = message.id();
        match self.transfers.iter().position(|transfer| transfer.id() == id) {
            Some(at) => self.take_for(at, message),
            None => match message {
                FileMessage::Offer(offer) => self.offered(offer, now),
                // Nothing is known of it, so nothing is left to cancel.
                FileMessage::Cancel { .. } | FileMessage::Refuse { .. } => {}
                _ => self.say(FileMessage::Cancel {
                    id,
                    why: CancelFile::Broken,
                }),
            },
        }
    }

    /// The person answered the question about an offered file: where to save it (`None`: the usual place), or no.
    pub fn answered(&mut self, id: TransferId, save: Option<Option<PathBuf>>) {
        let usual = self.downloads.clone();
        let Some(Transfer::In(transfer)) = self.find(id) else {
            return;
        };
        if !transfer.machine.is_asking() {
            return;
        }
        let said = match save {
            None => transfer.machine.refuse(RefuseFile::Declined),
            Some(chosen) => match chosen
                .or(usual)
                .map(|folder| Part::create(&folder, transfer.machine.name()))
            {
                Some(Ok(part)) => {
                    transfer.part = Some(part);
                    transfer.machine.accept()
                }
                Some(Err(error)) => {
                    tracing::warn!("a file cannot be saved where it should go: {error}");
                    transfer.machine.refuse(RefuseFile::Unwritable)
                }
                None => transfer.machine.refuse(RefuseFile::Unwritable),
            },
        };
        said.into_iter().for_each(|message| self.say(message));
    }

    /// The person wants to send a file.
    pub fn send(&mut self, path: &Path, id: TransferId) {
        if self.transfers.len() >= TRANSFERS {
            return;
        }
        let refusal = self.open_for_sending();
        match Source::open(path, id) {
            Ok((mut source, offer)) => {
                let policy = &self.rules.policy;
                let checked = refusal
                    .map_or(Ok(()), Err)
                    .and_then(|()| policy.check(&offer))
                    .and_then(|()| source.check_beginning(policy).unwrap_or(Ok(())));
                let mut machine = Sending::new(offer);
                if let Err(why) = checked {
                    machine.refuse(why);
                } else if self.online {
                    machine.connect().into_iter().for_each(|message| self.say(message));
                }
                self.transfers.push(Transfer::Out(Outgoing {
                    machine,
                    source: Some(source),
                    told: false,
                }));
            }
            Err(error) => {
                tracing::warn!("a file cannot be sent: {error}");
                let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
                let mut machine = Sending::new(FileOffer {
                    id,
                    name: safe_name(&name),
                    size: 0,
                    modified: 0,
                });
                machine.connect();
                machine.cancel(CancelFile::Unreadable);
                self.transfers.push(Transfer::Out(Outgoing {
                    machine,
                    source: None,
                    told: false,
                }));
            }
        }
    }

    /// The person cancels a transfer.
    pub fn cancel(&mut self, id: TransferId, why: CancelFile) {
        let said = match self.transfers.iter_mut().find(|transfer| transfer.id() == id) {
            Some(Transfer::In(transfer)) => transfer.machine.cancel(why),
            Some(Transfer::Out(transfer)) => transfer.machine.cancel(why),
            None => None,
        };
        said.into_iter().for_each(|message| self.say(message));
    }

    /// The session is over.
    pub fn finish(&mut self) {
        let ids: Vec<TransferId> = self.transfers.iter().map(Transfer::id).collect();
        for id in ids {
            self.cancel(id, CancelFile::SessionOver);
        }
        self.settle();
    }

    /// Reads and sends the next piece of the first file that can go on; false when nothing can.
    pub fn pump(&mut self) -> bool {
        let sending = self.transfers.iter_mut().find_map(|transfer| match transfer {
            Transfer::Out(sending) if sending.machine.is_accepted() && sending.machine.result().is_none() => {
                Some(sending)
            }
            _ => None,
        });
        let (Some(sending), true) = (sending, self.online) else {
            return false;
        };
        let said = match sending.machine.due() {
            Due::Wait => return false,
            Due::Say(message) => Some(message),
            Due::Read { offset, length } => match sending.source.as_mut().map(|source| source.read(offset, length)) {
                Some(Ok(bytes)) => sending.machine.chunk(offset, bytes),
                Some(Err(_)) | None => sending.machine.cancel(CancelFile::Unreadable),
            },
        };
        said.into_iter().for_each(|message| self.say(message));
        true
    }

    /// When [`Self::tick`] is due.
    pub fn next_timeout(&self) -> Option<Instant> {
        let asks = self.transfers.iter().filter_map(|transfer| match transfer {
            Transfer::In(transfer) if transfer.machine.is_asking() => transfer.ask_until,
            _ => None,
        });
        let show = (self.lines() != self.shown).then_some(self.shown_at).flatten();
        asks.chain(show.map(|at| at + SHOW_EVERY)).min()
    }

    /// Lets time pass, reports what is decided and shows what changed.
    pub fn tick(&mut self, now: Instant) {
        let mut said = Vec::new();
        for transfer in &mut self.transfers {
            if let Transfer::In(transfer) = transfer
                && transfer.ask_until.is_some_and(|until| until <= now)
            {
                said.extend(transfer.machine.refuse(RefuseFile::NoAnswer));
            }
        }
        said.into_iter().for_each(|message| self.say(message));
        let decided = self.settle();
        let lines = self.lines();
        let due = self.shown_at.is_none_or(|at| at + SHOW_EVERY <= now);
        if lines != self.shown && (due || decided) {
            self.out.push(Out::Show(ToWindow::Files { lines: lines.clone() }));
            self.shown = lines;
            self.shown_at = Some(now);
        }
    }

    fn say(&mut self, message: FileMessage) {
        if self.online {
            self.out.push(Out::Say(message));
        }
    }

    fn find(&mut self, id: TransferId) -> Option<&mut Transfer> {
        self.transfers.iter_mut().find(|transfer| transfer.id() == id)
    }

    fn offered(&mut self, offer: FileOffer, now: Instant) {
        let id = offer.id;
        let open = |transfer: &&Transfer| matches!(transfer, Transfer::In(_)) && transfer.result().is_none();
        if self.transfers.len() >= TRANSFERS {
            return self.say(FileMessage::Refuse {
                id,
                why: RefuseFile::Busy,
            });
        }
        let busy = self.transfers.iter().filter(open).count() >= OPEN_TRANSFERS;
        let mut machine = Receiving::new(offer, &self.rules.policy);
        if !self.rules.to_device {
            machine.refuse(RefuseFile::NotAllowed);
        } else if busy {
            machine.refuse(RefuseFile::Busy);
        }
        if let Some(answer) = machine.answer() {
            self.say(answer);
        } else {
            self.out.push(Out::Show(ToWindow::FileOffer {
                id,
                operator: clean(&self.rules.operator, crate::ui::words::SHOWN_CHARS),
                name: machine.name().to_owned(),
                size: machine.size(),
                folder: self
                    .downloads
                    .as_deref()
                    .map(Path::to_string_lossy)
                    .unwrap_or_default()
                    .into(),
                seconds: OFFER_SECONDS,
            }));
        }
        let ask_until = machine
            .is_asking()
            .then(|| now + Duration::from_secs(OFFER_SECONDS.into()));
        self.transfers.push(Transfer::In(Incoming {
            machine,
            part: None,
            ask_until,
            place: None,
            told: false,
        }));
    }

    fn take_for(&mut self, at: usize, message: FileMessage) {
        let said = match &mut self.transfers[at] {
            Transfer::Out(transfer) => transfer.machine.take(&message),
            Transfer::In(transfer) => match transfer.machine.take(message) {
                Step::Nothing => None,
                Step::Say(message) => Some(message),
                Step::Write(bytes) => match transfer.part.as_mut().map(|part| part.write(&bytes)) {
                    Some(Ok(())) => Some(transfer.machine.wrote(&bytes)),
                    Some(Err(error)) => {
                        tracing::warn!("a received file cannot be written: {error}");
                        transfer.machine.cancel(CancelFile::Unwritable)
                    }
                    None => transfer.machine.cancel(CancelFile::Unwritable),
                },
                Step::Finish => match transfer.part.take().map(Part::finish) {
                    Some(Ok(path)) => {
                        transfer.place = Some(path.display().to_string());
                        transfer.machine.finished()
                    }
                    Some(Err(error)) => {
                        tracing::warn!("a received file cannot get its name: {error}");
                        transfer.machine.cancel(CancelFile::Unwritable)
                    }
                    None => transfer.machine.cancel(CancelFile::Unwritable),
                },
            },
        };
        said.into_iter().for_each(|message| self.say(message));
    }

    /// Lets go of what is over and reports it; true when there was something.
    fn settle(&mut self) -> bool {
        let mut decided = false;
        for transfer in &mut self.transfers {
            let (id, Some(result)) = (transfer.id(), transfer.result()) else {
                continue;
            };
            let (direction, name, size, sha256): (_, String, _, Option<FileHash>) = match transfer {
                Transfer::In(transfer) => {
                    if std::mem::replace(&mut transfer.told, true) {
                        continue;
                    }
                    transfer.part = None;
                    if transfer.ask_until.take().is_some() {
                        self.out.push(Out::Show(ToWindow::FileGone { id }));
                    }
                    let machine = &transfer.machine;
                    (
                        FileDirection::ToDevice,
                        machine.name().to_owned(),
                        machine.size(),
                        machine.sha256(),
                    )
                }
                Transfer::Out(transfer) => {
                    if std::mem::replace(&mut transfer.told, true) {
                        continue;
                    }
                    transfer.source = None;
                    let (machine, offer) = (&transfer.machine, transfer.machine.offer());
                    (
                        FileDirection::ToAssistant,
                        offer.name.clone(),
                        offer.size,
                        machine.sha256(),
                    )
                }
            };
            decided = true;
            self.out.push(Out::Report(Event::File {
                session: self.rules.session,
                transfer: id,
                direction,
                name,
                size,
                // The hash of an empty rest says nothing of a file that never came.
                sha256: sha256.filter(|_| matches!(result, FileResult::Sent | FileResult::Corrupt)),
                result,
            }));
        }
        decided
    }

    fn open_for_sending(&self) -> Option<RefuseFile> {
        let open = |transfer: &&Transfer| matches!(transfer, Transfer::Out(_)) && transfer.result().is_none();
        if !self.rules.to_assistant {
            Some(RefuseFile::NotAllowed)
        } else if self.transfers.iter().filter(open).count() >= OPEN_TRANSFERS {
            Some(RefuseFile::Busy)
        } else {
            None
        }
    }

    /// What the window of files shows; questions have a window of their own.
    fn lines(&self) -> Vec<FileLine> {
        let newest = self.transfers.iter().rev();
        let mut lines: Vec<FileLine> = newest
            .filter_map(|transfer| self.line(transfer))
            .take(SHOWN_LINES)
            .collect();
        lines.reverse();
        lines
    }

    fn line(&self, transfer: &Transfer) -> Option<FileLine> {
        let says = |incoming: bool, name: &str, place: Option<&str>, going: &str| match transfer.result() {
            Some(result) => {
                let says = sentences::result(result, incoming, name, &self.rules.policy, place);
                clean(&says, SAYS_CHARS)
            }
            None if !self.online => "Interrupted. It goes on when the connection is back.".into(),
            None => going.into(),
        };
        let line = match transfer {
            Transfer::In(Incoming { machine, .. }) if machine.is_asking() => return None,
            Transfer::In(Incoming { machine, place, .. }) => FileLine {
                id: machine.id(),
                name: machine.name().to_owned(),
                incoming: true,
                size: machine.size(),
                done: machine.progress(),
                says: says(true, machine.name(), place.as_deref(), "Receiving…"),
                open: machine.result().is_none(),
            },
            Transfer::Out(Outgoing { machine, .. }) => {
                let going = if machine.is_accepted() {
                    "Sending…"
                } else {
                    "Waiting for the assistant's answer…"
                };
                FileLine {
                    id: machine.id(),
                    name: machine.offer().name.clone(),
                    incoming: false,
                    size: machine.offer().size,
                    done: machine.progress(),
                    says: says(false, &machine.offer().name, None, going),
                    open: machine.result().is_none(),
                }
            }
        };
        Some(line)
    }
}
