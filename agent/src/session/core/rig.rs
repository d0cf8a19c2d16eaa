//! A core with a portal and a clock, for tests.

use super::{
    Action, Core, Input, MediaNotice, Offer, WindowNotice,
    fixture::{NOW, Portal, fingerprint, sdp},
};
use deskside_protocol::{
    UnixMillis,
    command::Order,
    ids::{MessageId, RequestId, SessionId},
    report::Event,
    session::{EndReason, MediaPath, Scope},
    transfer::FilePolicy,
};
use uuid::Uuid;

/// The request that every question of these tests is about.
pub const REQUEST: RequestId = RequestId(Uuid::from_u128(12));

pub struct Rig {
    pub core: Core,
    pub portal: Portal,
    pub now: UnixMillis,
}

impl Rig {
    pub fn new() -> Self {
        let portal = Portal::pinned();
        Self {
            core: Core::new(portal.device, portal.public()),
            portal,
            now: NOW,
        }
    }

    /// A rig whose core is asking about `session`, with the prompt on the screen.
    pub fn asking(session: SessionId) -> Self {
        let mut rig = Self::new();
        rig.ask(session);
        rig.window(session, WindowNotice::Shown);
        rig
    }

    /// A rig where somebody accepted `session`.
    pub fn accepted(session: SessionId) -> Self {
        let mut rig = Self::asking(session);
        rig.window(session, WindowNotice::Answered { accepted: true });
        rig
    }

    /// A rig where media of attempt 1 flows for `session`.
    pub fn live(session: SessionId) -> Self {
        let mut rig = Self::accepted(session);
        rig.offer(session, 1);
        rig.media(session, 1, MediaNotice::Connected(MediaPath::Direct));
        rig
    }

    pub fn give(&mut self, input: Input) -> Vec<Action> {
        self.core.handle(input, self.now)
    }

    pub fn order(&mut self, order: Order) -> Vec<Action> {
        let command = self.portal.command(order, self.now);
        self.give(Input::Command(command))
    }

    pub fn ask(&mut self, session: SessionId) -> Vec<Action> {
        let answer_by = self.now + 30_000;
        self.order(ask(session, answer_by))
    }

    pub fn resume(&mut self, session: SessionId, resume_by: UnixMillis) -> Vec<Action> {
        self.order(Order::Resume {
            session,
            operator: "Oscar Operator".into(),
            subject: "Printer".into(),
            reference: "R-1001".into(),
            scopes: vec![Scope::View, Scope::Control, Scope::Chat],
            files: FilePolicy::default(),
            resume_by,
        })
    }

    pub fn window(&mut self, session: SessionId, notice: WindowNotice) -> Vec<Action> {
        self.give(Input::Window(session, notice))
    }

    pub fn media(&mut self, session: SessionId, attempt: u32, notice: MediaNotice) -> Vec<Action> {
        self.give(Input::Media(session, attempt, notice))
    }

    /// A good offer.
    pub fn offer(&mut self, session: SessionId, attempt: u32) -> Vec<Action> {
        let ticket = self.portal.ticket(session, attempt, self.now);
        let sdp = sdp(fingerprint());
        self.give(Input::Offer(Offer {
            session,
            attempt,
            sdp,
            ticket,
            tunnel: 7,
        }))
    }

    /// Lets time pass, waking the core only when it asked for it.
    pub fn wait(&mut self, millis: UnixMillis) -> Vec<Action> {
        let end = self.now + millis;
        let mut actions = Vec::new();
        while let Some(next) = self.core.next_timeout().filter(|next| *next <= end) {
            self.now = next.max(self.now);
            actions.extend(self.give(Input::Time));
        }
        self.now = end;
        actions
    }
}

pub fn ask(session: SessionId, answer_by: UnixMillis) -> Order {
    Order::AskConsent {
        session,
        request: REQUEST,
        operator: "Oscar Operator".into(),
        subject: "Printer".into(),
        reference: "R-1001".into(),
        scopes: vec![Scope::View, Scope::Control, Scope::Chat],
        files: FilePolicy::default(),
        answer_by,
    }
}

pub fn chat(text: &str) -> WindowNotice {
    WindowNotice::Chat {
        message: MessageId(Uuid::from_u128(8)),
        text: text.into(),
    }
}

/// What the portal is told.
pub fn reports(actions: &[Action]) -> Vec<&Event> {
    let mut reports = Vec::new();
    for action in actions {
        if let Action::Report(event) = action {
            reports.push(event);
        }
    }
    reports
}

pub fn starts_media(actions: &[Action]) -> bool {
    actions.iter().any(|action| matches!(action, Action::StartMedia { .. }))
}

pub fn ended(session: SessionId, reason: EndReason) -> Event {
    Event::Ended { session, reason }
}
