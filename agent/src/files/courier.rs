//! All transfers of one session: takes messages, answers and wishes, reads and writes the files.
//!
//! Invariant: it reads no clock and has no threads; it says what is to be sent, shown and reported, in order. Every
//! transfer that was asked about is reported once, when its end is known; of those that this device refuses at once, the
//! first [`REFUSALS_TOLD`].

use super::{
    part::Part,
    sentences,
    source::Source,
    transfer::{Incoming, Outgoing, Transfer, unreadable},
};
use crate::ui::words::{FileLine, ToWindow, clean};
use deskside_protocol::{
    ids::{SessionId, TransferId},
    report::Event,
    transfer::{
        AGAIN_SECONDS, CancelFile, FileDirection, FileMessage, FileOffer, FilePolicy, FileResult, OFFER_SECONDS,
        OPEN_TRANSFERS, REFUSALS_TOLD, Receiving, RefuseFile, Sending, Step, TRANSFERS, safe_name,
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

#[derive(Default)]
struct Taken {
    incoming: usize,
    outgoing: usize,
}

/// All transfers of one session.
pub struct Courier {
    rules: Rules,
    downloads: Option<PathBuf>,
    online: bool,
    /// In the order in which they began.
    transfers: Vec<Transfer>,
    /// Those of each direction that were not refused at once.
    taken: Taken,
    /// Those that were.
    refused: usize,
    /// Until when what was interrupted may be offered again.
    again_until: Option<Instant>,
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
            taken: Taken::default(),
            refused: 0,
            again_until: None,
            shown: Vec::new(),
            shown_at: None,
            out: Vec::new(),
        }
    }

    /// What there is to do, in order.
    pub fn take_out(&mut self) -> Vec<Out> {
        std::mem::take(&mut self.out)
    }

    /// What the portal allows from now on.
    pub fn follow(&mut self, rules: Rules) {
        self.rules = rules;
        let mut said = Vec::new();
        for transfer in &mut self.transfers {
            if let Transfer::In(transfer) = transfer
                && !self.rules.to_device
            {
                said.extend(transfer.machine.refuse(RefuseFile::NotAllowed));
            }
        }
        said.into_iter().for_each(|message| self.say(message));
    }

    /// A new connection to the assistant's browser.
    pub fn connect(&mut self, now: Instant) {
        self.disconnect();
        self.online = true;
        self.again_until = Some(now + Duration::from_secs(AGAIN_SECONDS.into()));
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
        self.again_until = None;
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
        let refusal = self.open_for_sending();
        let (mut machine, source) = match Source::open(path, id) {
            Ok((mut source, offer)) => {
                let policy = &self.rules.policy;
                let checked = refusal.map_or(Ok(()), Err).and_then(|()| policy.check(&offer));
                let mut machine = Sending::new(offer);
                match checked.map(|()| source.check_beginning(policy)) {
                    Ok(Ok(Ok(()))) => {}
                    Err(why) | Ok(Ok(Err(why))) => machine.refuse(why),
                    Ok(Err(error)) => {
                        tracing::warn!("a file cannot be sent: {error}");
                        unreadable(&mut machine);
                    }
                }
                (machine, Some(source))
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
                unreadable(&mut machine);
                (machine, None)
            }
        };
        let refused = machine.result().is_some();
        if refused {
            self.refused += 1;
        } else {
            self.taken.outgoing += 1;
            if self.online {
                machine.connect().into_iter().for_each(|message| self.say(message));
            }
        }
        let untold = refused && self.refused > REFUSALS_TOLD;
        if untold {
            self.forget_refused();
        }
        self.transfers.push(Transfer::Out(Outgoing {
            machine,
            source,
            told: false,
            untold,
        }));
    }

    /// Makes room for another line that is only shown.
    fn forget_refused(&mut self) {
        let untold = |transfer: &Transfer| matches!(transfer, Transfer::Out(Outgoing { untold: true, .. }));
        if self.transfers.iter().filter(|transfer| untold(transfer)).count() >= SHOWN_LINES
            && let Some(oldest) = self.transfers.iter().position(untold)
        {
            self.transfers.remove(oldest);
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

    /// Reads and sends the next piece of the first file for which one is due; false when none is.
    pub fn pump(&mut self) -> bool {
        if !self.online {
            return false;
        }
        let policy = &self.rules.policy;
        let said = self.transfers.iter_mut().find_map(|transfer| match transfer {
            Transfer::Out(sending) => sending.next(policy),
            Transfer::In(_) => None,
        });
        let Some(said) = said else {
            return false;
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
        let again = self.again_until.filter(|_| self.has_interrupted());
        asks.chain(show.map(|at| at + SHOW_EVERY)).chain(again).min()
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
        if self.again_until.is_some_and(|until| until <= now) {
            self.again_until = None;
            for transfer in &mut self.transfers {
                if let Transfer::In(transfer) = transfer
                    && transfer.machine.is_interrupted()
                {
                    said.extend(transfer.machine.cancel(CancelFile::NotContinued));
                }
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
        let busy = self.transfers.iter().filter(open).count() >= OPEN_TRANSFERS;
        let mut machine = Receiving::new(offer, &self.rules.policy);
        if !self.rules.to_device {
            machine.refuse(RefuseFile::NotAllowed);
        } else if self.taken.incoming >= TRANSFERS {
            machine.refuse(RefuseFile::SessionFull);
        } else if busy {
            machine.refuse(RefuseFile::Busy);
        }
        if let Some(answer) = machine.answer() {
            self.say(answer);
            self.refused += 1;
            if self.refused > REFUSALS_TOLD {
                return;
            }
        } else {
            self.taken.incoming += 1;
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
            let (event, untold) = match transfer {
                Transfer::In(transfer) => {
                    if std::mem::replace(&mut transfer.told, true) {
                        continue;
                    }
                    transfer.part = None;
                    if transfer.ask_until.take().is_some() {
                        self.out.push(Out::Show(ToWindow::FileGone { id }));
                    }
                    let machine = &transfer.machine;
                    // The hash of what never came, or was thrown away, says nothing.
                    let kept = matches!(result, FileResult::Sent | FileResult::Corrupt);
                    let event = Event::File {
                        session: self.rules.session,
                        transfer: id,
                        direction: FileDirection::ToDevice,
                        name: machine.name().to_owned(),
                        size: machine.size(),
                        sha256: machine.sha256().filter(|_| kept),
                        result,
                        handed: machine.progress(),
                    };
                    (event, false)
                }
                Transfer::Out(transfer) => {
                    if std::mem::replace(&mut transfer.told, true) {
                        continue;
                    }
                    transfer.source = None;
                    let (machine, offer) = (&transfer.machine, transfer.machine.offer());
                    let event = Event::File {
                        session: self.rules.session,
                        transfer: id,
                        direction: FileDirection::ToAssistant,
                        name: offer.name.clone(),
                        size: offer.size,
                        // Whatever the other side says of it: that much can be there.
                        sha256: machine.sha256(),
                        result,
                        handed: machine.handed(),
                    };
                    (event, transfer.untold)
                }
            };
            decided = true;
            if !untold {
                self.out.push(Out::Report(event));
            }
        }
        decided
    }

    fn has_interrupted(&self) -> bool {
        let interrupted =
            |transfer: &Transfer| matches!(transfer, Transfer::In(transfer) if transfer.machine.is_interrupted());
        self.transfers.iter().any(interrupted)
    }

    fn open_for_sending(&self) -> Option<RefuseFile> {
        let open = |transfer: &&Transfer| matches!(transfer, Transfer::Out(_)) && transfer.result().is_none();
        if !self.rules.to_assistant {
            Some(RefuseFile::NotAllowed)
        } else if self.taken.outgoing >= TRANSFERS {
            Some(RefuseFile::SessionFull)
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
        let interrupted = match transfer {
            Transfer::In(transfer) => !self.online || transfer.machine.is_interrupted(),
            Transfer::Out(_) => !self.online,
        };
        let says = |incoming: bool, name: &str, place: Option<&str>, going: &str| match transfer.result() {
            Some(result) => {
                let mut says = sentences::result(result, incoming, name, &self.rules.policy, place);
                if let Transfer::Out(Outgoing { machine, .. }) = transfer {
                    says.extend(sentences::may_have_arrived(result, machine.handed()));
                }
                clean(&says, SAYS_CHARS)
            }
            None if interrupted => "Interrupted. It goes on when the connection is back.".into(),
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
