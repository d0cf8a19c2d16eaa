use crate::session::{
    core::{
        Action, Input, NoticeTold, WindowNotice,
        fixture::{NOW, Portal, session},
        rig::{REQUEST, Rig, ask, reports, starts_media},
    },
    preconsent::REMINDER,
};
use deskside_protocol::{
    command::Order,
    ids::RequestId,
    preconsent::{AllowedWindow, PreConsent},
    report::Event,
    session::{ConsentAnswer, EndReason, Scope},
};
use uuid::Uuid;

const HOUR: i64 = 3_600_000;

fn stated(request: RequestId, version: i64, hours: &[(i64, i64)]) -> Order {
    let window = |&(from, until): &(i64, i64)| AllowedWindow {
        starts_at: NOW + from * HOUR,
        ends_at: NOW + until * HOUR,
    };
    Order::PreConsent(PreConsent {
        request,
        version,
        owner: "Emma".into(),
        subject: "Printer".into(),
        reference: "R-1001".into(),
        scopes: vec![Scope::View, Scope::Control, Scope::Chat],
        windows: hours.iter().map(window).collect(),
    })
}

fn told(rig: &mut Rig, told: NoticeTold) -> Vec<Action> {
    rig.give(Input::Notice(REQUEST, told))
}

/// A rig that was allowed the next hour, seen on the device.
fn allowed() -> Rig {
    let mut rig = Rig::new();
    rig.order(stated(REQUEST, 1, &[(0, 1)]));
    told(&mut rig, NoticeTold::Shown);
    told(&mut rig, NoticeTold::Read);
    rig
}

fn by_itself(actions: &[Action]) -> bool {
    reports(actions).iter().any(|event| {
        matches!(
            event,
            Event::Consent {
                answer: ConsentAnswer::AllowedInAdvance,
                ..
            }
        )
    })
}

fn asks(actions: &[Action]) -> bool {
    actions.iter().any(|action| matches!(action, Action::ShowPrompt { .. }))
}

/// The request whose notice is opened.
fn shows(actions: &[Action]) -> Option<RequestId> {
    let request = |action: &Action| match action {
        Action::ShowNotice { request, .. } => Some(*request),
        _ => None,
    };
    actions.iter().find_map(request)
}

fn taken_back(version: i64) -> Event {
    Event::PreConsentTakenBack {
        request: REQUEST,
        version,
    }
}

#[test]
fn a_launch_within_the_window_begins_without_a_prompt_and_with_the_bar() {
    let mut rig = allowed();
    let actions = rig.ask(session(1));
    assert!(by_itself(&actions) && !asks(&actions));
    let bar = actions.iter().find_map(|action| match action {
        Action::ShowBar { about, .. } => about.in_advance.clone(),
        _ => None,
    });
    assert_eq!(bar.map(|bar| (bar.request, bar.owner)), Some((REQUEST, "Emma".into())));
    assert!(starts_media(&rig.offer(session(1), 1)));
}

#[test]
fn what_is_allowed_is_shown_and_the_portal_hears_when_it_was() {
    let mut rig = Rig::new();
    let actions = rig.order(stated(REQUEST, 1, &[(0, 1)]));
    assert!(actions.iter().any(|action| matches!(action, Action::ShowNotice { .. })));
    assert!(asks(&rig.ask(session(1))), "nobody has seen it yet");
    let shown = Event::PreConsentShown {
        request: REQUEST,
        version: 1,
    };
    assert_eq!(reports(&told(&mut rig, NoticeTold::Shown)), [&shown]);
    assert_eq!(told(&mut rig, NoticeTold::Shown), []);
    assert!(by_itself(&rig.ask(session(2))));
}

#[test]
fn outside_the_window_it_asks_as_ever() {
    let mut rig = Rig::new();
    rig.order(stated(REQUEST, 1, &[(1, 2)]));
    told(&mut rig, NoticeTold::Shown);
    assert!(asks(&rig.ask(session(1))));
    rig.now = NOW + HOUR;
    assert!(by_itself(&rig.ask(session(2))));
    rig.now = NOW + 2 * HOUR;
    assert!(asks(&rig.ask(session(3))));
}

#[test]
fn for_another_request_it_asks() {
    let mut rig = Rig::new();
    let other = RequestId(Uuid::from_u128(13));
    rig.order(stated(other, 1, &[(0, 1)]));
    rig.give(Input::Notice(other, NoticeTold::Shown));
    assert!(asks(&rig.ask(session(1))));
}

#[test]
fn an_operator_who_wants_more_than_was_allowed_asks() {
    let mut rig = Rig::new();
    let Order::PreConsent(all) = stated(REQUEST, 1, &[(0, 1)]) else {
        unreachable!("it is one")
    };
    rig.order(Order::PreConsent(PreConsent {
        scopes: vec![Scope::View],
        ..all
    }));
    told(&mut rig, NoticeTold::Shown);
    assert!(asks(&rig.ask(session(1))));
}

#[test]
fn a_machine_whose_own_clock_is_outside_the_window_asks() {
    let mut rig = allowed();
    rig.core.set_own_clock(HOUR);
    assert!(asks(&rig.ask(session(1))));
    rig.core.set_own_clock(HOUR - 1);
    assert!(by_itself(&rig.ask(session(2))));
}

#[test]
fn a_forged_statement_allows_nothing() {
    let mut rig = Rig::new();
    let forged = Portal::forger().command(stated(REQUEST, 1, &[(0, 1)]), NOW);
    assert!(matches!(rig.give(Input::Command(forged))[..], [Action::Log(_)]));
    told(&mut rig, NoticeTold::Shown);
    assert!(asks(&rig.ask(session(1))));
}

#[test]
fn a_grant_that_comes_again_after_it_was_withdrawn_allows_nothing() {
    let mut rig = allowed();
    rig.order(stated(REQUEST, 2, &[]));
    assert!(asks(&rig.ask(session(1))));
    assert_eq!(rig.order(stated(REQUEST, 1, &[(0, 1)])), []);
    told(&mut rig, NoticeTold::Shown);
    assert!(asks(&rig.ask(session(2))));
}

#[test]
fn taking_it_back_on_the_device_counts_at_once_and_is_told() {
    let mut rig = Rig::new();
    rig.order(stated(REQUEST, 1, &[(0, 1)]));
    told(&mut rig, NoticeTold::Shown);
    let actions = told(&mut rig, NoticeTold::TakenBack);
    assert_eq!(reports(&actions), [&taken_back(1)]);
    assert!(actions.contains(&Action::CloseNotice));
    assert!(asks(&rig.ask(session(1))));
}

#[test]
fn a_taking_back_is_told_again_with_the_next_line_until_the_portal_says_something_newer() {
    let mut rig = Rig::new();
    rig.order(stated(REQUEST, 1, &[(0, 1)]));
    told(&mut rig, NoticeTold::Shown);
    told(&mut rig, NoticeTold::TakenBack);
    assert_eq!(reports(&rig.give(Input::LineUp)), [&taken_back(1)]);
    rig.order(stated(REQUEST, 2, &[]));
    assert_eq!(reports(&rig.give(Input::LineUp)), [] as [&Event; 0]);
}

#[test]
fn stop_in_a_session_that_began_by_itself_takes_it_back() {
    let mut rig = allowed();
    rig.ask(session(1));
    let actions = rig.window(session(1), WindowNotice::Stop);
    let ended = Event::Ended {
        session: session(1),
        reason: EndReason::Employee,
    };
    assert_eq!(reports(&actions), [&taken_back(1), &ended]);
    assert!(asks(&rig.ask(session(2))));
}

#[test]
fn a_running_session_outlives_its_window_and_the_next_one_asks() {
    let mut rig = allowed();
    rig.ask(session(1));
    rig.offer(session(1), 1);
    rig.media(
        session(1),
        1,
        crate::session::core::MediaNotice::Connected(deskside_protocol::session::MediaPath::Direct),
    );
    rig.wait(HOUR + 1);
    assert_eq!(
        reports(&rig.give(Input::LineUp)).last().map(|event| event.session()),
        Some(Some(session(1)))
    );
    assert!(asks(&rig.ask(session(2))));
}

#[test]
fn the_answer_that_is_repeated_says_that_nobody_was_asked() {
    let mut rig = allowed();
    rig.ask(session(1));
    assert!(by_itself(&rig.give(Input::LineUp)));
    assert!(by_itself(&rig.ask(session(1))));
}

#[test]
fn what_is_held_survives_a_restart() {
    let rig = allowed();
    let mut next = Rig::new();
    next.core.hold(rig.core.allowed.clone());
    next.give(Input::LineUp);
    assert!(by_itself(&next.ask(session(1))));
}

#[test]
fn a_session_without_a_bar_ends_even_if_it_was_allowed() {
    let mut rig = allowed();
    rig.ask(session(1));
    rig.window(session(1), WindowNotice::Unavailable);
    let actions = rig.window(session(1), WindowNotice::Unavailable);
    assert!(!starts_media(&rig.offer(session(1), 1)));
    assert!(matches!(reports(&actions)[..], [Event::Ended { .. }]));
}

#[test]
fn one_notice_is_shown_at_a_time_and_the_next_follows() {
    let mut rig = Rig::new();
    let other = RequestId(Uuid::from_u128(13));
    assert_eq!(shows(&rig.order(stated(REQUEST, 1, &[(0, 1)]))), Some(REQUEST));
    assert_eq!(shows(&rig.order(stated(other, 1, &[(0, 1)]))), None);
    told(&mut rig, NoticeTold::Shown);
    assert_eq!(shows(&told(&mut rig, NoticeTold::Read)), Some(other));
}

#[test]
fn a_notice_that_cannot_be_shown_is_tried_again_with_the_next_line() {
    let mut rig = Rig::new();
    rig.order(stated(REQUEST, 1, &[(0, 1)]));
    assert_eq!(told(&mut rig, NoticeTold::Gone), []);
    assert!(asks(&rig.ask(session(1))));
    let again = rig.give(Input::LineUp);
    assert!(again.iter().any(|action| matches!(action, Action::ShowNotice { .. })));
}

#[test]
fn a_resume_without_a_consent_on_record_asks_even_within_the_window() {
    let mut rig = allowed();
    let until = rig.now + 30_000;
    assert!(asks(&rig.resume(session(1), until)));
}

#[test]
fn a_question_that_is_over_is_not_answered_by_what_was_allowed() {
    let mut rig = allowed();
    let order = ask(session(1), NOW);
    assert!(!by_itself(&rig.order(order)));
}

#[test]
fn the_notice_says_who_allowed_what_and_when() {
    let mut rig = Rig::new();
    let hours: Vec<_> = (0..20).map(|hour| (2 * hour, 2 * hour + 1)).collect();
    let actions = rig.order(stated(REQUEST, 1, &hours));
    let notice = actions.iter().find_map(|action| match action {
        Action::ShowNotice { notice, .. } => Some(notice),
        _ => None,
    });
    let said = notice.map(|notice| (notice.owner.as_str(), notice.scopes.len(), notice.windows.len()));
    assert_eq!(said, Some(("Emma", 3, 20)));
}

#[test]
fn while_an_operator_may_control_no_notice_is_shown_and_it_comes_afterwards() {
    let mut rig = Rig::accepted(session(1));
    assert_eq!(shows(&rig.order(stated(REQUEST, 1, &[(0, 1)]))), None);
    assert_eq!(reports(&told(&mut rig, NoticeTold::Shown)), [] as [&Event; 0]);
    assert_eq!(shows(&rig.window(session(1), WindowNotice::Stop)), Some(REQUEST));
}

#[test]
fn a_notice_that_nobody_closed_makes_room_for_a_session_and_comes_back() {
    let mut rig = Rig::new();
    rig.order(stated(REQUEST, 1, &[(0, 1)]));
    told(&mut rig, NoticeTold::Shown);
    assert!(rig.ask(session(1)).contains(&Action::CloseNotice));
    let ended = rig.order(Order::EndSession {
        session: session(1),
        reason: EndReason::Employee,
    });
    assert_eq!(shows(&ended), Some(REQUEST));
}

#[test]
fn a_session_that_only_looks_leaves_the_notice_alone() {
    let mut rig = Rig::new();
    rig.order(stated(REQUEST, 1, &[(0, 1)]));
    told(&mut rig, NoticeTold::Shown);
    let Order::AskConsent {
        session,
        request,
        operator,
        subject,
        reference,
        files,
        answer_by,
        ..
    } = ask(session(1), NOW + 30_000)
    else {
        unreachable!("it is one")
    };
    let looks = rig.order(Order::AskConsent {
        session,
        request,
        operator,
        subject,
        reference,
        scopes: vec![Scope::View],
        files,
        answer_by,
    });
    assert!(by_itself(&looks) && !looks.contains(&Action::CloseNotice));
}

#[test]
fn a_little_before_the_window_the_notice_comes_again_and_takes_back() {
    let mut rig = Rig::new();
    rig.order(stated(REQUEST, 1, &[(1, 2)]));
    told(&mut rig, NoticeTold::Shown);
    told(&mut rig, NoticeTold::Read);
    let before = HOUR - REMINDER.as_millis() as i64;
    assert_eq!(shows(&rig.wait(before - 1)), None);
    assert_eq!(shows(&rig.wait(1)), Some(REQUEST));
    assert_eq!(reports(&told(&mut rig, NoticeTold::TakenBack)), [&taken_back(1)]);
    rig.now = NOW + HOUR;
    assert!(asks(&rig.ask(session(1))));
}

#[test]
fn a_reminder_that_cannot_be_shown_is_not_tried_for_ever() {
    let mut rig = Rig::new();
    rig.order(stated(REQUEST, 1, &[(1, 2)]));
    told(&mut rig, NoticeTold::Shown);
    told(&mut rig, NoticeTold::Read);
    rig.wait(HOUR);
    assert_eq!(told(&mut rig, NoticeTold::Gone), []);
    assert_eq!(rig.core.next_timeout(), None);
}
