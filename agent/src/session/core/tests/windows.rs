use crate::session::core::{
    Action, WindowNotice,
    fixture::session,
    rig::{REQUEST, Rig, chat, ended, reports},
};
use deskside_protocol::{
    command::Order,
    ids::MessageId,
    limits::CHAT_CHARS,
    report::Event,
    session::{ConsentAnswer, EndReason, Scope},
};
use uuid::Uuid;

fn show_chat(text: String) -> Order {
    let message = MessageId(Uuid::from_u128(9));
    Order::ShowChat {
        session: session(1),
        message,
        from: "Oscar".into(),
        text,
        sent_at: 5,
    }
}

#[test]
fn stop_ends_everything_at_once() {
    let mut rig = Rig::live(session(1));
    let actions = rig.window(session(1), WindowNotice::Stop);
    assert_eq!(
        actions[0],
        Action::CloseMedia {
            session: session(1),
            reason: Some(EndReason::Employee)
        }
    );
    assert_eq!(actions[1], Action::CloseWindow { session: session(1) });
    assert_eq!(reports(&actions), [&ended(session(1), EndReason::Employee)]);
}

#[test]
fn stop_works_before_media_flows_too() {
    let mut rig = Rig::accepted(session(1));
    assert_eq!(
        reports(&rig.window(session(1), WindowNotice::Stop)),
        [&ended(session(1), EndReason::Employee)]
    );
}

#[test]
fn a_bar_that_dies_is_shown_again_once() {
    let mut rig = Rig::live(session(1));
    assert!(matches!(
        rig.window(session(1), WindowNotice::Died)[..],
        [Action::ShowBar { .. }]
    ));
    let actions = rig.window(session(1), WindowNotice::Died);
    assert_eq!(reports(&actions), [&ended(session(1), EndReason::Failed)]);
}

#[test]
fn nobody_is_controlled_without_a_bar() {
    let mut rig = Rig::live(session(1));
    rig.window(session(1), WindowNotice::Died);
    let actions = rig.window(session(1), WindowNotice::Unavailable);
    assert!(actions.contains(&Action::CloseMedia {
        session: session(1),
        reason: Some(EndReason::Failed)
    }));
}

#[test]
fn chat_from_the_device_goes_to_the_portal() {
    let mut rig = Rig::live(session(1));
    let actions = rig.window(session(1), chat("  hello ß€  "));
    let message = MessageId(Uuid::from_u128(8));
    assert_eq!(
        reports(&actions),
        [&Event::Chat {
            session: session(1),
            message,
            text: "hello ß€".into()
        }]
    );
}

#[test]
fn chat_may_be_as_long_as_allowed_and_neither_longer_nor_empty() {
    let mut rig = Rig::live(session(1));
    assert_eq!(rig.window(session(1), chat(&"ß".repeat(CHAT_CHARS))).len(), 1);
    assert_eq!(rig.window(session(1), chat(&"ß".repeat(CHAT_CHARS + 1))), []);
    assert_eq!(rig.window(session(1), chat(" \n ")), []);
}

#[test]
fn chat_from_the_operator_is_shown_and_cut_to_its_limit() {
    let mut rig = Rig::live(session(1));
    let actions = rig.order(show_chat("ß".repeat(CHAT_CHARS + 5)));
    let [Action::ShowChat { text, .. }] = &actions[..] else {
        panic!("{actions:?}")
    };
    assert_eq!(text.chars().count(), CHAT_CHARS);
}

#[test]
fn without_consent_nobody_chats() {
    let mut rig = Rig::asking(session(1));
    assert_eq!(rig.order(show_chat("psst".into())), []);
    assert_eq!(rig.window(session(1), chat("hello")), []);
}

#[test]
fn without_the_scope_nobody_chats() {
    let mut rig = Rig::new();
    let answer_by = rig.now + 30_000;
    rig.order(Order::AskConsent {
        session: session(1),
        request: REQUEST,
        operator: "Oscar".into(),
        subject: "S".into(),
        reference: "R".into(),
        scopes: vec![Scope::View],
        files: deskside_protocol::transfer::FilePolicy::default(),
        answer_by,
    });
    rig.window(session(1), WindowNotice::Answered { accepted: true });
    assert_eq!(rig.order(show_chat("psst".into())), []);
    assert_eq!(rig.window(session(1), chat("hello")), []);
}

#[test]
fn an_answer_after_the_answer_changes_nothing() {
    let mut rig = Rig::live(session(1));
    assert_eq!(rig.window(session(1), WindowNotice::Answered { accepted: false }), []);
}

#[test]
fn stop_at_the_prompt_is_a_no() {
    let mut rig = Rig::asking(session(1));
    let answer = ConsentAnswer::Declined;
    assert_eq!(
        reports(&rig.window(session(1), WindowNotice::Stop)),
        [&Event::Consent {
            session: session(1),
            answer
        }]
    );
}

#[test]
fn a_window_of_a_session_that_is_gone_is_not_heard() {
    let mut rig = Rig::new();
    for notice in [
        WindowNotice::Shown,
        WindowNotice::Answered { accepted: true },
        WindowNotice::Stop,
        chat("x"),
        WindowNotice::Died,
    ] {
        assert_eq!(rig.window(session(1), notice), []);
    }
}
