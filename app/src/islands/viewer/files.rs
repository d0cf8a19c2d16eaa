//! The files of a session in the operator's browser: offers, sends and receives them over the current connection.
//!
//! Invariant: a received file is handed to the browser only when it is whole and its hash is the sender's; what the
//! policy forbids is refused here too, though it is the device that enforces it.

use super::{
    file_row::{Press, Row, Shown},
    file_transfer::{Machine, Transfer, gather, new_id, read},
    file_words::{policy_words, result_words},
    peer::Peer,
    screen::{Screen, piece},
};
use crate::{
    islands::browser::{Listener, now},
    tf,
    words::t,
};
use deskside_protocol::{
    channel::{decode, encode},
    ids::TransferId,
    session::Scope,
    transfer::{
        AGAIN_SECONDS, BEGINNING_BYTES, CancelFile, Due, FileMessage, FileOffer, FilePolicy, OFFER_SECONDS,
        OPEN_TRANSFERS, REFUSALS_TOLD, Receiving, RefuseFile, Sending, Step, TRANSFERS,
    },
};
use js_sys::{Array, Uint8Array};
use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, DragEvent, Event, File, FileList, HtmlElement, HtmlInputElement, Url};

/// Bytes that may wait in the browser when another chunk is put there: input goes beside them.
const WAITING_BYTES: u32 = 64 * 1024;

/// All files of the session.
pub struct Files {
    me: Weak<Self>,
    screen: Rc<Screen>,
    owner: String,
    policy: FilePolicy,
    may_send: Cell<bool>,
    may_receive: Cell<bool>,
    peer: RefCell<Option<Rc<Peer>>>,
    transfers: RefCell<Vec<Transfer>>,
    /// Until when what was interrupted may be offered again.
    again_by: Cell<Option<u64>>,
    /// A piece is being read; one at a time.
    reading: Cell<bool>,
    listeners: RefCell<Vec<Listener>>,
}

impl Files {
    pub fn new(screen: Rc<Screen>, owner: String, policy: FilePolicy) -> Rc<Self> {
        let files = Rc::new_cyclic(|me| Self {
            me: me.clone(),
            screen,
            owner,
            policy,
            may_send: Cell::new(false),
            may_receive: Cell::new(false),
            peer: RefCell::default(),
            transfers: RefCell::default(),
            again_by: Cell::new(None),
            reading: Cell::new(false),
            listeners: RefCell::default(),
        });
        if let Some(line) = piece::<HtmlElement>(&files.screen.root, ".viewer-files-policy") {
            line.set_text_content(Some(&policy_words(&files.policy)));
        }
        files.listen();
        files
    }

    /// What the employee granted.
    pub fn allow(&self, granted: &[Scope]) {
        self.may_send.set(granted.contains(&Scope::SendFiles));
        self.may_receive.set(granted.contains(&Scope::ReceiveFiles));
        if let Some(button) = self.screen.button("files") {
            button.set_hidden(!self.may_send.get());
        }
    }

    /// Goes on over this connection, whose channel for files has opened.
    pub fn connect(&self, peer: Rc<Peer>) {
        self.disconnect();
        *self.peer.borrow_mut() = Some(peer);
        self.again_by.set(Some(now() + u64::from(AGAIN_SECONDS) * 1_000));
        let mut said = Vec::new();
        for transfer in self.transfers.borrow_mut().iter_mut() {
            if let Machine::Out { sending, .. } = &mut transfer.machine {
                said.extend(sending.connect());
            }
        }
        said.iter().for_each(|message| self.say(message));
        self.refresh();
    }

    /// The connection is gone.
    pub fn disconnect(&self) {
        self.peer.borrow_mut().take();
        self.again_by.set(None);
        for transfer in self.transfers.borrow_mut().iter_mut() {
            match &mut transfer.machine {
                Machine::Out { sending, .. } => sending.disconnect(),
                Machine::In { receiving, .. } => receiving.disconnect(),
            }
        }
        self.refresh();
    }

    /// The session is over: what is not complete will not be.
    pub fn finish(&self) {
        for transfer in self.transfers.borrow_mut().iter_mut() {
            match &mut transfer.machine {
                Machine::Out { sending, .. } => drop(sending.cancel(CancelFile::SessionOver)),
                Machine::In { receiving, .. } => drop(receiving.cancel(CancelFile::SessionOver)),
            }
        }
        self.may_send.set(false);
        self.disconnect();
    }

    /// Takes what the device said.
    pub fn took(&self, bytes: &[u8]) {
        let Ok(message) = decode::<FileMessage>(bytes) else {
            return;
        };
        let id = message.id();
        let known = self.transfers.borrow().iter().any(|transfer| transfer.id == id);
        match message {
            FileMessage::Offer(offer) if !known => self.offered(offer),
            message => self.take_known(message),
        }
        self.refresh();
        self.pump();
    }

    /// Opens the browser's own choice of files.
    pub fn choose(&self) {
        if let Some(input) = self.input() {
            input.set_value("");
            input.click();
        }
    }

    /// Hides the list until there is something new.
    pub fn close(&self) {
        if let Some(panel) = self.panel() {
            panel.set_hidden(true);
        }
        if let Some(button) = self.screen.button("files") {
            let _ = button.focus();
        }
    }

    /// Renews speeds and lets questions run out; once a second.
    pub fn each_second(&self) {
        let mut said = Vec::new();
        let given_up = self.again_by.get().is_some_and(|by| by <= now());
        if given_up {
            self.again_by.set(None);
        }
        for transfer in self.transfers.borrow_mut().iter_mut() {
            let (done, _) = transfer.progress();
            transfer.speed = transfer.before.map(|before| done.saturating_sub(before));
            transfer.before = Some(done);
            if let Machine::In {
                receiving, answer_by, ..
            } = &mut transfer.machine
                && receiving.is_asking()
                && *answer_by <= now()
            {
                said.extend(receiving.refuse(RefuseFile::NoAnswer));
            }
            if let Machine::In { receiving, .. } = &mut transfer.machine
                && given_up
                && receiving.is_interrupted()
            {
                said.extend(receiving.cancel(CancelFile::NotContinued));
            }
        }
        said.iter().for_each(|message| self.say(message));
        self.refresh();
    }

    /// Sends what can be sent now, one piece at a time.
    pub fn pump(&self) {
        if self.reading.get() {
            return;
        }
        let Some(peer) = self.peer.borrow().clone() else { return };
        let mut wanted = None;
        let mut said = None;
        if peer.files_waiting() <= WAITING_BYTES {
            let mut transfers = self.transfers.borrow_mut();
            for transfer in transfers.iter_mut() {
                let Machine::Out { sending, file } = &mut transfer.machine else {
                    continue;
                };
                match sending.due() {
                    Due::Wait => continue,
                    Due::Say(message) => said = Some(message),
                    Due::Read { offset, length } => wanted = Some((sending.id(), file.clone(), offset, length)),
                }
                break;
            }
        }
        if let Some(message) = said {
            self.say(&message);
            return self.pump();
        }
        let Some((id, file, offset, length)) = wanted else {
            return;
        };
        self.reading.set(true);
        let me = self.me.clone();
        spawn_local(async move {
            let bytes = read(&file, offset as f64, length as f64).await;
            let Some(files) = me.upgrade() else { return };
            files.reading.set(false);
            files.was_read(id, offset, bytes);
            files.pump();
        });
    }

    fn was_read(&self, id: TransferId, offset: u64, bytes: Option<Vec<u8>>) {
        let said = self.with(id, |transfer| match (&mut transfer.machine, bytes) {
            // It was allowed with another beginning.
            (Machine::Out { sending, .. }, Some(bytes))
                if offset == 0 && self.policy.check_beginning(&bytes).is_err() =>
            {
                sending.cancel(CancelFile::Changed)
            }
            (Machine::Out { sending, .. }, Some(bytes)) => sending.chunk(offset, bytes),
            (Machine::Out { sending, .. }, None) => sending.cancel(CancelFile::Unreadable),
            (Machine::In { .. }, _) => None,
        });
        if let Some(message) = said.flatten() {
            self.say(&message);
        }
    }

    fn offered(&self, offer: FileOffer) {
        let (id, size) = (offer.id, offer.size);
        let open = self
            .transfers
            .borrow()
            .iter()
            .filter(|transfer| transfer.result().is_none())
            .count();
        let refusal = if !self.may_receive.get() {
            Some(RefuseFile::NotAllowed)
        } else if self.taken(false) >= TRANSFERS {
            Some(RefuseFile::SessionFull)
        } else if open >= 2 * OPEN_TRANSFERS {
            Some(RefuseFile::Busy)
        } else {
            None
        };
        if let Some(why) = refusal {
            return self.say(&FileMessage::Refuse { id, why });
        }
        let receiving = Receiving::new(offer, &self.policy);
        let name = receiving.name().to_owned();
        let (answer, asking) = (receiving.answer(), receiving.is_asking());
        if !asking && self.refused_offers() >= REFUSALS_TOLD {
            answer.iter().for_each(|message| self.say(message));
            return;
        }
        let machine = Machine::In {
            receiving,
            pieces: Array::new(),
            answer_by: now() + u64::from(OFFER_SECONDS) * 1_000,
        };
        self.add(id, name.clone(), machine);
        if let Some(message) = answer {
            self.say(&message);
        } else if asking {
            let size = deskside_protocol::transfer::size_words(size);
            self.announce(&tf!(
                "{owner} wants to send you {name} ({size}).",
                owner = self.owner,
                name = name,
                size = size
            ));
        }
    }

    fn take_known(&self, message: FileMessage) {
        let id = message.id();
        let mut finished = false;
        let said = self.with(id, |transfer| match &mut transfer.machine {
            Machine::Out { sending, .. } => sending.take(&message),
            Machine::In { receiving, pieces, .. } => match receiving.take(message) {
                Step::Nothing => None,
                Step::Say(message) => Some(message),
                Step::Write(bytes) => {
                    pieces.push(&Uint8Array::from(bytes.as_slice()));
                    gather(pieces);
                    Some(receiving.wrote(&bytes))
                }
                Step::Finish => {
                    finished = true;
                    None
                }
            },
        });
        if let Some(message) = said.flatten() {
            self.say(&message);
        }
        if finished {
            self.hand_over(id);
        }
    }

    /// Gives a complete file to the browser.
    fn hand_over(&self, id: TransferId) {
        let said = self.with(id, |transfer| {
            let Machine::In { receiving, pieces, .. } = &mut transfer.machine else {
                return None;
            };
            let whole = Blob::new_with_u8_array_sequence(pieces).ok();
            let address = whole.and_then(|whole| Url::create_object_url_with_blob(&whole).ok());
            pieces.set_length(0);
            match address {
                Some(address) => {
                    transfer.row.offer_download(&address, receiving.name());
                    receiving.finished()
                }
                None => receiving.cancel(CancelFile::Unwritable),
            }
        });
        if let Some(message) = said.flatten() {
            self.say(&message);
        }
    }

    fn offer(&self, list: &FileList) {
        for file in (0..list.length()).filter_map(|at| list.get(at)) {
            let me = self.me.clone();
            spawn_local(async move {
                let first = read(&file, 0.0, BEGINNING_BYTES as f64).await;
                if let Some(files) = me.upgrade() {
                    files.offer_one(file, first);
                }
            });
        }
    }

    fn offer_one(&self, file: File, first: Option<Vec<u8>>) {
        let (Some(id), true) = (new_id(), self.may_send.get()) else {
            return;
        };
        let offer = FileOffer {
            id,
            name: file.name(),
            size: file.size() as u64,
            modified: file.last_modified() as i64,
        };
        let open = |transfer: &&Transfer| transfer.is_outgoing() && transfer.result().is_none();
        let busy = self.transfers.borrow().iter().filter(open).count() >= OPEN_TRANSFERS;
        let checked = match &first {
            _ if self.taken(true) >= TRANSFERS => Err(RefuseFile::SessionFull),
            _ if busy => Err(RefuseFile::Busy),
            Some(first) => self
                .policy
                .check(&offer)
                .and_then(|()| self.policy.check_beginning(first)),
            None => Ok(()),
        };
        let name = offer.name.clone();
        let mut sending = Sending::new(offer);
        let mut said = None;
        match checked {
            Err(why) => sending.refuse(why),
            // A folder that was dropped, for example.
            Ok(()) if first.is_none() => drop(sending.cancel(CancelFile::Unreadable)),
            Ok(()) if self.peer.borrow().is_some() => said = sending.connect(),
            Ok(()) => {}
        }
        self.add(id, name, Machine::Out { sending, file });
        if let Some(message) = said {
            self.say(&message);
        }
        self.refresh();
    }

    /// Files of one direction that were not refused at once.
    fn taken(&self, outgoing: bool) -> usize {
        let transfers = self.transfers.borrow();
        let counts = |transfer: &&Transfer| transfer.is_outgoing() == outgoing && !transfer.refused;
        transfers.iter().filter(counts).count()
    }

    /// Files of the device that are in the list although they were refused at once.
    fn refused_offers(&self) -> usize {
        let transfers = self.transfers.borrow();
        let counts = |transfer: &&Transfer| transfer.refused && !transfer.is_outgoing();
        transfers.iter().filter(counts).count()
    }

    fn add(&self, id: TransferId, name: String, machine: Machine) {
        let me = self.me.clone();
        let press = move |what| {
            if let Some(files) = me.upgrade() {
                files.pressed(id, what);
            }
        };
        let outgoing = matches!(machine, Machine::Out { .. });
        let Some(row) = Row::new(&self.screen.root, &name, outgoing, press) else {
            return;
        };
        let refused = match &machine {
            Machine::Out { sending, .. } => sending.result().is_some(),
            Machine::In { receiving, .. } => receiving.result().is_some(),
        };
        self.transfers.borrow_mut().push(Transfer {
            id,
            name,
            machine,
            row,
            before: None,
            speed: None,
            told: false,
            refused,
        });
        if let Some(panel) = self.panel() {
            panel.set_hidden(false);
        }
    }

    fn pressed(&self, id: TransferId, what: Press) {
        let said = self.with(id, |transfer| match (&mut transfer.machine, what) {
            (Machine::In { receiving, .. }, Press::Save) => receiving.accept(),
            (Machine::In { receiving, .. }, Press::Refuse) => receiving.refuse(RefuseFile::Declined),
            (Machine::In { receiving, .. }, Press::Cancel) => receiving.cancel(CancelFile::Person),
            (Machine::Out { sending, .. }, Press::Cancel) => sending.cancel(CancelFile::Person),
            (Machine::Out { .. }, _) => None,
        });
        if let Some(message) = said.flatten() {
            self.say(&message);
        }
        self.refresh();
        self.pump();
    }

    /// Shows how everything stands, and says what has ended.
    fn refresh(&self) {
        let online = self.peer.borrow().is_some();
        let mut news = Vec::new();
        for transfer in self.transfers.borrow_mut().iter_mut() {
            let (done, size) = transfer.progress();
            let outgoing = transfer.is_outgoing();
            let asking = matches!(&transfer.machine, Machine::In { receiving, .. } if receiving.is_asking());
            let says = match (transfer.result(), &transfer.machine) {
                (Some(result), _) => result_words(result, outgoing, &self.owner, &transfer.name, &self.policy),
                (None, _) if asking => tf!("{owner} wants to send you this file.", owner = self.owner),
                (None, Machine::In { receiving, .. }) if receiving.is_interrupted() => {
                    t("Interrupted. It goes on when the connection is back.").into()
                }
                (None, _) if !online => t("Interrupted. It goes on when the connection is back.").into(),
                (None, Machine::Out { sending, .. }) if sending.is_accepted() => t("Sending…").into(),
                (None, Machine::Out { .. }) => tf!("Waiting for {owner} to accept it…", owner = self.owner),
                (None, Machine::In { .. }) => t("Receiving…").into(),
            };
            let open = transfer.result().is_none();
            if !open && !std::mem::replace(&mut transfer.told, true) {
                if let Machine::In { pieces, .. } = &transfer.machine {
                    pieces.set_length(0);
                }
                news.push(tf!("{name}: {result}", name = transfer.name, result = says));
            }
            transfer.row.show(Shown {
                done,
                size,
                speed: transfer.speed,
                says,
                asking,
                open,
            });
        }
        if !news.is_empty() {
            self.announce(&news.join(" "));
        }
    }

    fn say(&self, message: &FileMessage) {
        if let Some(peer) = self.peer.borrow().as_ref() {
            peer.send_files(&encode(message));
        }
    }

    fn with<T>(&self, id: TransferId, change: impl FnOnce(&mut Transfer) -> T) -> Option<T> {
        let mut transfers = self.transfers.borrow_mut();
        transfers.iter_mut().find(|transfer| transfer.id == id).map(change)
    }

    fn announce(&self, text: &str) {
        if let Some(line) = piece::<HtmlElement>(&self.screen.root, ".viewer-files-said") {
            line.set_text_content(Some(text));
        }
    }

    fn listen(self: &Rc<Self>) {
        let (Some(input), Some(body)) = (self.input(), piece::<HtmlElement>(&self.screen.root, ".viewer-body")) else {
            return;
        };
        let (files, field) = (self.clone(), input.clone());
        let chosen = Listener::new(&input, "change", move |_: Event| {
            if let Some(list) = field.files() {
                files.offer(&list);
            }
        });
        let files = self.clone();
        let over = Listener::new(&body, "dragover", move |event: DragEvent| {
            if has_files(&event) {
                // Without this the browser would open a dropped file in place of the session.
                event.prevent_default();
                files.show_target(files.may_send.get());
            }
        });
        let files = self.clone();
        let left = Listener::plain(&body, "dragleave", move || files.show_target(false));
        let files = self.clone();
        let dropped = Listener::new(&body, "drop", move |event: DragEvent| {
            files.show_target(false);
            event.prevent_default();
            if let Some(list) = event.data_transfer().and_then(|data| data.files()) {
                files.offer(&list);
            }
        });
        *self.listeners.borrow_mut() = vec![chosen, over, left, dropped];
    }

    fn show_target(&self, shown: bool) {
        if let Some(target) = piece::<HtmlElement>(&self.screen.root, ".viewer-drop") {
            target.set_hidden(!shown);
        }
    }

    fn input(&self) -> Option<HtmlInputElement> {
        piece(&self.screen.root, ".viewer-file-input")
    }

    fn panel(&self) -> Option<HtmlElement> {
        piece(&self.screen.root, ".viewer-files")
    }
}

fn has_files(event: &DragEvent) -> bool {
    event
        .data_transfer()
        .is_some_and(|data| data.types().includes(&"Files".into(), 0))
}
