//! One change of one request: its row, timeline, audit and mails in one transaction, notices and commands after it.
//!
//! Invariant: [`Changing::commit`] writes all of them or none, and nothing leaves the portal before the commit.

use super::{
    mails::{self, Home, News},
    model::{Change, Happened, Status, StatusEvent, transition},
    record::RequestRecord,
    store::{self, NewEvent},
};
use crate::{
    accounts,
    audit::{self, Entry},
    error::AppError,
    feedback,
    notices::{self, service::Occasion},
    preconsents,
    roles::model::Right,
    server::{access::Actor, clock::millis, db::Tx, live::Topic, mail, portal::Portal, random, reference::internal},
    sessions, tf,
    words::t,
};
use deskside_protocol::{
    UnixMillis,
    command::{Command, Order},
    ids::{DeviceId, Nonce, RequestId, SessionId, UserId},
    limits::COMMAND_LIFETIME,
    link::PortalToRelay,
    signed::Signed,
};
use serde_json::json;

/// Who changes something.
#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    Person(&'a Actor),
    /// Whoever sits at the device of this name.
    Device(&'a str),
    /// Deskside itself, because a time passed.
    Clock,
}

impl<'a> By<'a> {
    /// The person, where it was one who is signed in.
    pub fn person(self) -> Option<&'a Actor> {
        match self {
            Self::Person(actor) => Some(actor),
            Self::Device(_) | Self::Clock => None,
        }
    }
}

/// A request under change. Dropped without [`Self::commit`] nothing has happened.
pub struct Changing<'a> {
    pub portal: &'a Portal,
    pub tx: Tx,
    pub now: UnixMillis,
    /// As it will be; change its fields, then [`Self::record`].
    pub request: RequestRecord,
    saved: RequestRecord,
    audits: Vec<Audit>,
    sessions: Vec<SessionId>,
    /// What the next record tells although nothing of the request has changed.
    mentioned: Vec<Change>,
    /// Where the owner can answer, in the mail of the next record.
    offer: Option<String>,
    /// Who knows already, and gets no mail.
    left_out: Option<UserId>,
    /// Something that lists show has changed.
    listed: bool,
    to_relay: Vec<Outgoing>,
}

struct Audit {
    actor: Option<Actor>,
    machine: String,
    action: &'static str,
    subject: String,
    detail: serde_json::Value,
}

enum Outgoing {
    Order(DeviceId, Order),
    Plain(PortalToRelay),
}

impl<'a> Changing<'a> {
    /// Locks the request `id`; until the end nobody else can change it.
    pub async fn begin(portal: &'a Portal, id: RequestId) -> Result<Self, AppError> {
        let mut tx = portal.db.begin().await?;
        if !store::lock_request(&mut tx, id).await? {
            return Err(AppError::NotFound);
        }
        let request = store::find_request(tx.on(), id).await?.ok_or(AppError::NotFound)?;
        Ok(Self::over(portal, tx, request))
    }

    /// Begins with a request that this transaction adds.
    pub fn over(portal: &'a Portal, tx: Tx, request: RequestRecord) -> Self {
        let saved = request.clone();
        let now = portal.clock.now();
        Self {
            portal,
            tx,
            now,
            request,
            saved,
            audits: Vec::new(),
            sessions: Vec::new(),
            mentioned: Vec::new(),
            offer: None,
            left_out: None,
            listed: false,
            to_relay: Vec::new(),
        }
    }

    /// Refuses when the request is no longer the `version` that the person saw, and says who changed it.
    pub async fn check_version(&mut self, version: i64) -> Result<(), AppError> {
        if self.request.version == version {
            return Ok(());
        }
        let events = store::list_events(self.tx.on(), self.request.id).await?;
        let what = match events.last() {
            Some(event) => event.what.sentence(event.by.as_ref().map(|by| by.name.as_str())),
            None => t("Somebody changed the request.").to_owned(),
        };
        Err(AppError::Overtaken {
            message: tf!(
                "{what} That was after you opened this page, so nothing was done. Look again.",
                what = what
            ),
        })
    }

    /// Moves the request's status.
    pub fn apply(&mut self, event: StatusEvent) -> Result<(), AppError> {
        self.request.status =
            transition(self.request.status, event).map_err(|refused| AppError::conflict(refused.to_string()))?;
        Ok(())
    }

    /// Writes down what happened, with every difference since the last record, and mails those whom it concerns.
    pub async fn record(&mut self, by: By<'_>, happened: Happened) -> Result<(), AppError> {
        self.record_with(by, happened, None).await
    }

    /// Like [`Self::record`], with a text that the mails carry.
    pub async fn record_with(&mut self, by: By<'_>, happened: Happened, text: Option<&str>) -> Result<(), AppError> {
        self.request.settle_allowed();
        let mut changes = self.request.changes_since(&self.saved);
        // Only these make what somebody typed over an older page out of date.
        let changed = !changes.is_empty();
        changes.append(&mut self.mentioned);
        self.request.last_seq += 1;
        self.listed |= matches!(happened, Happened::Filed | Happened::FiledForOwner) || !changes.is_empty();
        if changed {
            self.note_milestones();
            self.request.version += 1;
            self.request.changed_at = self.now;
            self.request.changed_by = by.person().map(Actor::id);
        }
        self.save(&changes, by, happened).await?;
        let assistants = [&self.saved.assistant, &self.request.assistant];
        let assistants: Vec<UserId> = assistants.into_iter().flatten().map(|person| person.id).collect();
        let directory = self.request.directory;
        let mut shut_out = accounts::people::without(self.tx.on(), &assistants, Right::RequestsView, directory).await?;
        shut_out.extend(self.left_out);
        let closed = self.saved.status.is_open() && self.request.status == Status::Closed;
        let closing = closed.then(|| feedback::service::address(self.portal, &self.request));
        let mut concerned = vec![self.request.owner.id];
        concerned.extend(&assistants);
        concerned.sort_unstable();
        concerned.dedup();
        let mut wishes = Vec::with_capacity(concerned.len());
        for person in concerned {
            wishes.push((person, notices::service::wishes(self.tx.on(), person).await?));
        }
        let news = News {
            before: &self.saved,
            after: &self.request,
            happened,
            by: by.person().map(|actor| &actor.user),
            changes: &changes,
            shut_out: &shut_out,
            wishes: &wishes,
            text,
            offer: self.offer.take(),
            closing: closing.flatten(),
            now: self.now,
        };
        for mail in mails::about(&news, Home::from(self.portal))? {
            mail::enqueue(&mut self.tx, mail, self.now).await?;
        }
        let occasion = Occasion {
            request: self.request.id,
            reference: &self.request.reference(),
            seq: self.request.last_seq,
            by: by.person().map(|actor| actor.user.name.as_str()),
            now: self.now,
        };
        for hearer in mails::hearers(&news) {
            notices::service::hear(self.portal, &mut self.tx, occasion, &hearer).await?;
        }
        self.audit(
            by,
            audit_action(happened),
            self.request_subject(),
            json!({
                "seq": self.request.last_seq,
                "happened": happened,
                "changes": changes,
            }),
        );
        self.saved = self.request.clone();
        Ok(())
    }

    /// The times that waiting and handling are counted from.
    fn note_milestones(&mut self) {
        let (before, after) = (&self.saved, &mut self.request);
        if after.assistant.is_some() && after.claimed_at.is_none() {
            after.claimed_at = Some(self.now);
        }
        if before.status.is_open() && !after.status.is_open() {
            after.finished_at = Some(self.now);
        }
        let guests = |request: &RequestRecord| {
            request
                .calendar_time()
                .map(|time| (time, request.assistant.as_ref().map(|person| person.id)))
        };
        if guests(before) != guests(after) {
            after.calendar_sequence += 1;
        }
    }

    async fn save(&mut self, changes: &[Change], by: By<'_>, happened: Happened) -> Result<(), AppError> {
        if !store::save_request(&mut self.tx, &self.request, self.saved.version).await? {
            return Err(internal("saving a locked request", &"its version moved"));
        }
        if self.request.windows != self.saved.windows || self.request.allowed != self.saved.allowed {
            let (windows, allowed) = (&self.request.windows, &self.request.allowed);
            store::replace_windows(&mut self.tx, self.request.id, windows, allowed).await?;
        }
        let scopes = sessions::service::scopes(self.portal);
        let (before, after) = (&self.saved, &self.request);
        for (device, order) in preconsents::service::settle(&mut self.tx, before, after, &scopes, self.now).await? {
            self.order(device, order);
        }
        if self.request.tags != self.saved.tags {
            store::replace_tags(&mut self.tx, self.request.id, &self.request.tags).await?;
        }
        if happened.changes_words() {
            let words = self.request.words();
            store::index_words(&mut self.tx, self.request.id, false, &words).await?;
        }
        let event = NewEvent {
            seq: self.request.last_seq,
            at: self.now,
            actor: by.person().map(Actor::id),
            happened,
            changes,
        };
        store::add_event(&mut self.tx, self.request.id, event).await?;
        Ok(())
    }

    /// Tells `change` with the next record, although nothing of the request itself changes.
    pub fn mention(&mut self, change: Change) {
        self.mentioned.push(change);
    }

    /// Gives the owner an address at which to answer, in the mail of the next record.
    pub fn offer(&mut self, address: String) {
        self.offer = Some(address);
    }

    /// Mails nothing of this change to `person`.
    pub fn leave_out(&mut self, person: UserId) {
        self.left_out = Some(person);
    }

    /// Notes an audit entry, written at the end of the transaction.
    pub fn audit(&mut self, by: By<'_>, action: &'static str, subject: String, detail: serde_json::Value) {
        let machine = match by {
            By::Person(_) => String::new(),
            By::Device(name) => format!("device {name}"),
            By::Clock => "deskside".to_owned(),
        };
        self.audits.push(Audit {
            actor: by.person().cloned(),
            machine,
            action,
            subject,
            detail,
        });
    }

    /// The name of the request in the audit log.
    pub fn request_subject(&self) -> String {
        format!("request:{}", self.request.id)
    }

    /// Sends `order` to `device`, signed, after the commit.
    pub fn order(&mut self, device: DeviceId, order: Order) {
        self.to_relay.push(Outgoing::Order(device, order));
    }

    /// Closes the session's signalling after the commit.
    pub fn close_signalling(&mut self, session: SessionId) {
        self.to_relay
            .push(Outgoing::Plain(PortalToRelay::CloseSession { session }));
    }

    /// Tells the open pages that show `session` after the commit.
    pub fn touch_session(&mut self, session: SessionId) {
        self.sessions.push(session);
    }

    /// Makes it lasting, then tells open pages and the relay.
    pub async fn commit(mut self) -> Result<RequestRecord, AppError> {
        for entry in &self.audits {
            let by = match &entry.actor {
                Some(actor) => audit::By::Actor(actor),
                None => audit::By::Machine(&entry.machine),
            };
            let entry = Entry {
                by,
                action: entry.action,
                subject: &entry.subject,
                detail: entry.detail.clone(),
            };
            audit::append(&mut self.tx, entry, self.now).await?;
        }
        self.tx.commit().await?;
        let mut topics = vec![Topic::Request(self.request.id)];
        topics.extend(self.sessions.iter().copied().map(Topic::Session));
        if self.listed {
            topics.extend([Topic::Requests, Topic::Mine(self.request.owner.id)]);
        }
        for topic in topics {
            self.portal.live.publish(topic, self.now);
        }
        for outgoing in self.to_relay {
            let message = match outgoing {
                Outgoing::Plain(message) => message,
                Outgoing::Order(device, order) => PortalToRelay::Command {
                    device,
                    command: seal(self.portal, device, order, self.now)?,
                },
            };
            self.portal.tell_relay(message).await;
        }
        Ok(self.request)
    }
}

/// Sends `order` to `device`, signed, outside of any change: for repeating what was decided before.
pub async fn repeat_order(portal: &Portal, device: DeviceId, order: Order) -> Result<(), AppError> {
    let command = seal(portal, device, order, portal.clock.now())?;
    portal.tell_relay(PortalToRelay::Command { device, command }).await;
    Ok(())
}

fn seal(portal: &Portal, device: DeviceId, order: Order, now: UnixMillis) -> Result<Signed, AppError> {
    let command = Command {
        nonce: Nonce(random::uuid(now)),
        device,
        issued_at: now,
        expires_at: now + millis(COMMAND_LIFETIME),
        order,
    };
    Signed::seal(&command, &portal.key).map_err(|error| internal("signing a command", &error))
}

/// The stable name of an event in the audit log.
fn audit_action(happened: Happened) -> &'static str {
    match happened {
        Happened::Filed | Happened::FiledForOwner => "request.filed",
        Happened::Edited => "request.edited",
        Happened::Cancelled => "request.cancelled",
        Happened::Claimed => "request.claimed",
        Happened::Released => "request.released",
        Happened::Closed => "request.closed",
        Happened::Managed => "request.managed",
        Happened::TimeProposed => "request.time_proposed",
        Happened::TimeAccepted => "request.time_accepted",
        Happened::TimeDeclined => "request.time_declined",
        Happened::Reminded => "request.reminded",
        Happened::Reopened => "request.reopened",
        Happened::Rated => "request.rated",
        Happened::NotePosted => "note.posted",
        Happened::Launched => "session.launched",
        Happened::Asked => "session.asked",
        Happened::Accepted => "session.accepted",
        Happened::AcceptedInAdvance => "session.accepted_in_advance",
        Happened::AllowanceTakenBack => "preconsent.taken_back",
        Happened::AllowanceLapsed => "preconsent.lapsed",
        Happened::Declined => "session.declined",
        Happened::NoAnswer => "session.unanswered",
        Happened::DeviceAway => "session.device_away",
        Happened::Withdrawn => "session.withdrawn",
        Happened::Interrupted => "session.interrupted",
        Happened::Resumed => "session.resumed",
        Happened::SessionEnded(_) => "session.ended",
        Happened::MessagePosted | Happened::ChatPosted => "message.posted",
        Happened::FileToDevice | Happened::FileToAssistant => "file.sent",
        Happened::FileNotSent => "file.not_sent",
        Happened::FileUnconfirmed => "file.unconfirmed",
    }
}
