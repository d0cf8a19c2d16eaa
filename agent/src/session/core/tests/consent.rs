use crate::session::core::{
    Action, FINISHED, Input, SESSIONS, WindowNotice,
    fixture::{NOW, Portal, session},
    rig::{Rig, ask, ended, reports, starts_media},
};
use deskside_protocol::{
    command::Order,
    limits::CONSENT_WAIT,
    report::Event,
    session::{ConsentAnswer, EndReason},
};

fn consent(number: u128, answer: ConsentAnswer) -> Event {
    Event::Consent {
        session: session(number),
        answer,
    }
}

fn prompts(actions: &[Action]) -> Vec<u32> {
    let seconds = |action: &Action| match action {
        Action::ShowPrompt { seconds, .. } => Some(*seconds),
        _ => None,
    };
    actions.iter().filter_map(seconds).collect()
}

#[test]
fn a_question_shows_a_prompt_for_thirty_seconds() {
    assert_eq!(prompts(&Rig::new().ask(session(1))), [30]);
}

#[test]
fn a_question_that_closes_earlier_has_a_shorter_prompt() {
    let mut rig = Rig::new();
    let order = ask(session(1), NOW + 12_000);
    assert_eq!(prompts(&rig.order(order)), [12]);
    assert_eq!(rig.core.next_timeout(), Some(NOW + 12_000));
}

#[test]
fn a_question_that_closes_later_still_waits_thirty_seconds() {
    let mut rig = Rig::new();
    let order = ask(session(1), NOW + 600_000);
    rig.order(order);
    assert_eq!(rig.core.next_timeout(), Some(NOW + CONSENT_WAIT.as_millis() as i64));
}

#[test]
fn a_question_that_is_over_is_answered_without_a_prompt() {
    let mut rig = Rig::new();
    let order = ask(session(1), NOW);
    assert_eq!(rig.order(order), [Action::Report(consent(1, ConsentAnswer::Ignored))]);
}

#[test]
fn the_portal_hears_when_the_prompt_is_on_the_screen() {
    let mut rig = Rig::new();
    rig.ask(session(1));
    let shown = rig.window(session(1), WindowNotice::Shown);
    assert_eq!(reports(&shown), [&Event::ConsentShown { session: session(1) }]);
    assert_eq!(rig.window(session(1), WindowNotice::Shown), []);
}

#[test]
fn accepting_is_reported_and_shows_the_bar() {
    let mut rig = Rig::asking(session(1));
    let actions = rig.window(session(1), WindowNotice::Answered { accepted: true });
    assert_eq!(reports(&actions), [&consent(1, ConsentAnswer::Accepted)]);
    assert!(actions.iter().any(|action| matches!(action, Action::ShowBar { .. })));
}

#[test]
fn declining_is_reported_and_closes_the_prompt() {
    let mut rig = Rig::asking(session(1));
    let actions = rig.window(session(1), WindowNotice::Answered { accepted: false });
    assert_eq!(reports(&actions), [&consent(1, ConsentAnswer::Declined)]);
    assert!(actions.contains(&Action::CloseWindow { session: session(1) }));
    assert_eq!(rig.core.next_timeout(), None);
}

#[test]
fn silence_is_no() {
    let mut rig = Rig::asking(session(1));
    assert_eq!(rig.wait(29_999), []);
    let actions = rig.wait(1);
    assert_eq!(reports(&actions), [&consent(1, ConsentAnswer::Ignored)]);
    assert!(actions.contains(&Action::CloseWindow { session: session(1) }));
}

#[test]
fn an_answer_after_the_time_is_no_consent() {
    let mut rig = Rig::asking(session(1));
    rig.now += 30_000;
    let actions = rig.window(session(1), WindowNotice::Answered { accepted: true });
    assert_eq!(reports(&actions), [&consent(1, ConsentAnswer::Ignored)]);
    assert!(!starts_media(&rig.offer(session(1), 1)));
}

#[test]
fn a_prompt_that_dies_is_no() {
    let mut rig = Rig::asking(session(1));
    assert_eq!(
        reports(&rig.window(session(1), WindowNotice::Died)),
        [&consent(1, ConsentAnswer::Ignored)]
    );
}

#[test]
fn without_a_display_the_owner_can_still_answer_in_the_portal() {
    let mut rig = Rig::new();
    rig.ask(session(1));
    assert_eq!(
        reports(&rig.window(session(1), WindowNotice::Unavailable)),
        [] as [&Event; 0]
    );
    rig.order(Order::ConsentAnswered {
        session: session(1),
        accepted: true,
    });
    assert!(starts_media(&rig.offer(session(1), 1)));
}

#[test]
fn a_yes_in_the_portal_replaces_the_prompt_by_the_bar() {
    let mut rig = Rig::asking(session(1));
    let actions = rig.order(Order::ConsentAnswered {
        session: session(1),
        accepted: true,
    });
    assert!(matches!(actions[0], Action::ShowBar { .. }));
    assert_eq!(reports(&actions), [] as [&Event; 0], "the portal knows already");
}

#[test]
fn a_no_in_the_portal_closes_the_prompt() {
    let mut rig = Rig::asking(session(1));
    let actions = rig.order(Order::ConsentAnswered {
        session: session(1),
        accepted: false,
    });
    assert_eq!(actions, [Action::CloseWindow { session: session(1) }]);
    assert!(!starts_media(&rig.offer(session(1), 1)));
}

#[test]
fn a_yes_in_the_portal_to_something_never_asked_here_is_nothing() {
    let mut rig = Rig::new();
    assert_eq!(
        rig.order(Order::ConsentAnswered {
            session: session(1),
            accepted: true
        }),
        []
    );
    assert!(!starts_media(&rig.offer(session(1), 1)));
}

#[test]
fn asking_again_shows_no_second_prompt() {
    let mut rig = Rig::asking(session(1));
    assert_eq!(
        rig.ask(session(1)),
        [Action::Report(Event::ConsentShown { session: session(1) })]
    );
}

#[test]
fn asking_again_after_the_answer_repeats_the_answer() {
    let mut rig = Rig::accepted(session(1));
    assert_eq!(reports(&rig.ask(session(1))), [&consent(1, ConsentAnswer::Accepted)]);
    let mut rig = Rig::asking(session(1));
    rig.window(session(1), WindowNotice::Answered { accepted: false });
    assert_eq!(
        rig.ask(session(1)),
        [Action::Report(consent(1, ConsentAnswer::Declined))]
    );
}

#[test]
fn asking_again_after_the_end_repeats_the_end() {
    let mut rig = Rig::live(session(1));
    rig.window(session(1), WindowNotice::Stop);
    assert_eq!(
        rig.ask(session(1)),
        [Action::Report(ended(session(1), EndReason::Employee))]
    );
}

#[test]
fn the_memory_for_finished_sessions_is_bounded() {
    let mut rig = Rig::new();
    for number in 0..=FINISHED as u128 {
        rig.ask(session(number));
        rig.window(session(number), WindowNotice::Answered { accepted: false });
    }
    assert_eq!(rig.core.finished.len(), FINISHED);
    assert_eq!(reports(&rig.ask(session(1))), [&consent(1, ConsentAnswer::Declined)]);
    assert_eq!(prompts(&rig.ask(session(0))), [30]);
}

#[test]
fn only_so_many_sessions_are_asked_about_at_once() {
    let mut rig = Rig::new();
    for number in 0..SESSIONS as u128 {
        assert_eq!(prompts(&rig.ask(session(number))), [30]);
    }
    let over = SESSIONS as u128;
    assert_eq!(
        reports(&rig.ask(session(over))),
        [&consent(over, ConsentAnswer::Ignored)]
    );
}

#[test]
fn a_forged_question_shows_nothing() {
    let mut rig = Rig::new();
    let forged = Portal::forger().command(ask(session(1), NOW + 30_000), NOW);
    assert!(matches!(rig.give(Input::Command(forged))[..], [Action::Log(_)]));
}

#[test]
fn a_replayed_question_shows_nothing() {
    let mut rig = Rig::new();
    let command = rig.portal.command(ask(session(1), NOW + 30_000), NOW);
    rig.give(Input::Command(command.clone()));
    rig.window(session(1), WindowNotice::Answered { accepted: false });
    assert!(matches!(rig.give(Input::Command(command))[..], [Action::Log(_)]));
}

#[test]
fn the_portal_ends_a_question() {
    let mut rig = Rig::asking(session(1));
    let actions = rig.order(Order::EndSession {
        session: session(1),
        reason: EndReason::RequestClosed,
    });
    assert!(actions.contains(&Action::CloseWindow { session: session(1) }));
    assert_eq!(reports(&actions), [&ended(session(1), EndReason::RequestClosed)]);
}
