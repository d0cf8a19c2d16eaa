//! Arbitrary inputs in arbitrary order never start media that nobody consented to.

use super::{
    Action, BAR_LOSSES, FINISHED, Input, MediaNotice, NoticeTold, Offer, SESSIONS, WindowNotice,
    fixture::{Portal, fingerprint, sdp, session},
    rig::{REQUEST, Rig, ask, chat},
};
use crate::{session::saved::Saved, ui::words::About};
use deskside_protocol::{
    agent::DeclineOffer,
    command::Order,
    fingerprint::Fingerprint,
    ids::SessionId,
    preconsent::{AllowedWindow, PreConsent},
    report::Event,
    session::{ConsentAnswer, EndReason, MediaPath, Scope},
};
use proptest::prelude::*;
use std::collections::HashSet;

#[derive(Clone, Debug)]
enum Step {
    Order {
        session: u128,
        which: u8,
        forged: bool,
        age: i64,
        life: i64,
    },
    Offer {
        session: u128,
        attempt: u32,
        forged: bool,
        stranger: bool,
        age: i64,
    },
    Window {
        session: u128,
        which: u8,
    },
    Media {
        session: u128,
        attempt: u32,
        which: u8,
    },
    BrowserLeft {
        session: u128,
        attempt: u32,
    },
    Line(bool),
    Restored {
        session: u128,
        left: i64,
    },
    /// What the portal allows in advance, or, without a length, no longer does.
    Allowed {
        version: i64,
        from: i64,
        length: i64,
        forged: bool,
    },
    Notice(u8),
    Stopping,
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let session = 0..6u128;
    let age = prop_oneof![4 => Just(0i64), 1 => -60_000..200_000i64];
    let forged = prop::bool::weighted(0.2);
    let step = prop_oneof![
        8 => (session.clone(), 0..8u8, forged, age.clone(), -1_000..90_000i64)
            .prop_map(|(session, which, forged, age, life)| Step::Order { session, which, forged, age, life }),
        8 => (session.clone(), 0..5u32, forged, prop::bool::weighted(0.1), age)
            .prop_map(|(session, attempt, forged, stranger, age)| Step::Offer { session, attempt, forged, stranger, age }),
        8 => (session.clone(), 0..8u8).prop_map(|(session, which)| Step::Window { session, which }),
        6 => (session.clone(), 0..5u32, 0..6u8).prop_map(|(session, attempt, which)| Step::Media { session, attempt, which }),
        1 => (session.clone(), 0..5u32).prop_map(|(session, attempt)| Step::BrowserLeft { session, attempt }),
        1 => any::<bool>().prop_map(Step::Line),
        1 => (session, -10_000..100_000i64).prop_map(|(session, left)| Step::Restored { session, left }),
        4 => (0..6i64, -40_000..40_000i64, 0..3i64, forged_rarely())
            .prop_map(|(version, from, length, forged)| Step::Allowed { version, from, length: length * 40_000, forged }),
        4 => (0..4u8).prop_map(Step::Notice),
        1 => Just(Step::Stopping),
        4 => prop_oneof![0..2_000i64, 0..80_000i64].prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..80)
}

fn forged_rarely() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.2)
}

/// What a careful person would know of what is allowed.
#[derive(Default)]
struct Known {
    version: Option<i64>,
    window: Option<AllowedWindow>,
    seen: bool,
}

impl Known {
    fn note(&mut self, step: &Step, actions: &[Action], now: i64) {
        if let Step::Allowed {
            version,
            from,
            length,
            forged: false,
        } = *step
            && self.version.is_none_or(|known| known < version)
        {
            let window = (length > 0).then_some(allowed_window(now, from, length));
            *self = Self {
                version: Some(version),
                window,
                seen: false,
            };
        }
        for action in actions {
            match action {
                Action::Report(Event::PreConsentShown { .. }) => self.seen = matches!(step, Step::Notice(0)),
                Action::Report(Event::PreConsentTakenBack { .. }) => self.window = None,
                _ => {}
            }
        }
    }
}

fn allowed_window(now: i64, from: i64, length: i64) -> AllowedWindow {
    AllowedWindow {
        starts_at: now + from,
        ends_at: now + from + length,
    }
}

fn allowed(version: i64, windows: Vec<AllowedWindow>) -> Order {
    Order::PreConsent(PreConsent {
        request: REQUEST,
        version,
        owner: "E".into(),
        subject: "S".into(),
        reference: "R".into(),
        scopes: vec![Scope::View, Scope::Control, Scope::Chat],
        windows,
    })
}

fn order(session: SessionId, which: u8, until: i64) -> Order {
    match which {
        0..=2 => ask(session, until),
        3 => Order::ConsentAnswered {
            session,
            accepted: true,
        },
        4 => Order::ConsentAnswered {
            session,
            accepted: false,
        },
        5 => Order::EndSession {
            session,
            reason: EndReason::Operator,
        },
        6 => Order::ShowChat {
            session,
            message: deskside_protocol::ids::MessageId(uuid::Uuid::from_u128(4)),
            from: "O".into(),
            text: "t".into(),
            sent_at: 0,
        },
        _ => Order::Resume {
            session,
            operator: "O".into(),
            subject: "S".into(),
            reference: "R".into(),
            scopes: vec![Scope::View],
            files: deskside_protocol::transfer::FilePolicy::default(),
            resume_by: until,
        },
    }
}

fn window(which: u8) -> WindowNotice {
    match which {
        0 => WindowNotice::Shown,
        1 | 2 => WindowNotice::Answered { accepted: true },
        3 => WindowNotice::Answered { accepted: false },
        4 => WindowNotice::Stop,
        5 => chat("hello"),
        6 => WindowNotice::Unavailable,
        _ => WindowNotice::Died,
    }
}

fn media(which: u8) -> MediaNotice {
    match which {
        0 => MediaNotice::Connected(MediaPath::Direct),
        1 => MediaNotice::Connected(MediaPath::RelayTcp),
        2 => MediaNotice::Disconnected,
        3 => MediaNotice::EndedByOperator,
        4 => MediaNotice::Refused(DeclineOffer::NoScreen, "no".into()),
        _ => MediaNotice::Failed("no".into()),
    }
}

fn input(rig: &Rig, step: &Step) -> Input {
    let portal = |forged| if forged { Portal::forger() } else { Portal::pinned() };
    match *step {
        Step::Order {
            session: number,
            which,
            forged,
            age,
            life,
        } => Input::Command(portal(forged).command(order(session(number), which, rig.now + life), rig.now - age)),
        Step::Offer {
            session: number,
            attempt,
            forged,
            stranger,
            age,
        } => {
            let browser = if stranger { Fingerprint([9; 32]) } else { fingerprint() };
            let ticket = portal(forged).ticket(session(number), attempt, rig.now - age);
            Input::Offer(Offer {
                session: session(number),
                attempt,
                sdp: sdp(browser),
                ticket,
                tunnel: 1,
            })
        }
        Step::Window { session: number, which } => Input::Window(session(number), window(which)),
        Step::Media {
            session: number,
            attempt,
            which,
        } => Input::Media(session(number), attempt, media(which)),
        Step::BrowserLeft {
            session: number,
            attempt,
        } => Input::BrowserLeft {
            session: session(number),
            attempt,
        },
        Step::Line(true) => Input::LineUp,
        Step::Line(false) => Input::LineDown,
        Step::Restored { session: number, left } => {
            let about = About::new("O", "S", "R", vec![]);
            let resume_until = rig.now + left;
            Input::Restored(vec![Saved {
                session: session(number),
                about,
                files: deskside_protocol::transfer::FilePolicy::default(),
                attempt: 0,
                resume_until,
            }])
        }
        Step::Allowed {
            version,
            from,
            length,
            forged,
        } => {
            let windows = (length > 0).then(|| allowed_window(rig.now, from, length));
            Input::Command(portal(forged).command(allowed(version, windows.into_iter().collect()), rig.now))
        }
        Step::Notice(which) => Input::Notice(
            REQUEST,
            match which {
                0 => NoticeTold::Shown,
                1 => NoticeTold::Read,
                2 => NoticeTold::TakenBack,
                _ => NoticeTold::Gone,
            },
        ),
        Step::Stopping => Input::Stopping,
        Step::Wait(_) => Input::Time,
    }
}

/// Whether this step alone could make a consent, whatever came before.
fn could_consent(step: &Step) -> Option<u128> {
    match *step {
        Step::Window { session, which: 1 | 2 } | Step::Restored { session, .. } => Some(session),
        Step::Order {
            session,
            which: 3 | 7,
            forged: false,
            ..
        } => Some(session),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_media_without_a_consent(steps in steps()) {
        let mut rig = Rig::new();
        // Sessions with a prompt that was asked for, and those that somebody then said yes to.
        let (mut asked, mut consented) = (HashSet::new(), HashSet::new());
        let mut known = Known::default();
        for step in &steps {
            if let Step::Wait(millis) = step {
                rig.now += millis;
            }
            let mut yes = could_consent(step).map(session);
            if !matches!(step, Step::Restored { .. }) {
                yes = yes.filter(|id| asked.contains(id));
            }
            consented.extend(yes);
            let actions = rig.give(input(&rig, step));
            known.note(step, &actions, rig.now);
            for action in &actions {
                match action {
                    Action::Report(Event::Consent { session, answer: ConsentAnswer::AllowedInAdvance }) => {
                        // What is repeated was decided before.
                        let within = known.seen && known.window.is_some_and(|window| window.contains(rig.now));
                        prop_assert!(within || consented.contains(session), "{step:?} {actions:?}");
                        consented.insert(*session);
                    }
                    Action::ShowPrompt { session, .. } => { asked.insert(*session); }
                    Action::StartMedia { session, .. } => prop_assert!(consented.contains(session), "{actions:?}"),
                    Action::Report(Event::Ended { session, .. }) | Action::CloseWindow { session }
                        if !matches!(step, Step::Stopping) =>
                    {
                        consented.remove(session);
                        asked.remove(session);
                    }
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn without_anybody_saying_yes_no_media_starts(steps in steps()) {
        let mut rig = Rig::new();
        let says_yes = |step: &&Step| could_consent(step).is_some() || matches!(step, Step::Notice(0));
        for step in steps.iter().filter(|step| !says_yes(step)) {
            if let Step::Wait(millis) = step {
                rig.now += millis;
            }
            let actions = rig.give(input(&rig, step));
            let starts = actions.iter().any(|action| matches!(action, Action::StartMedia { .. }));
            prop_assert!(!starts);
        }
    }

    #[test]
    fn nothing_grows_without_bound_and_no_timeout_is_missed(steps in steps()) {
        let mut rig = Rig::new();
        for step in &steps {
            if let Step::Wait(millis) = step {
                rig.now += millis;
            }
            rig.give(input(&rig, step));
            prop_assert!(rig.core.sessions.len() <= SESSIONS + 1);
            prop_assert!(rig.core.finished.len() <= FINISHED);
            prop_assert!(rig.core.sessions.values().all(|state| state.bar_losses < BAR_LOSSES));
            prop_assert!(rig.core.next_timeout().is_none_or(|next| next > rig.now));
        }
    }
}
