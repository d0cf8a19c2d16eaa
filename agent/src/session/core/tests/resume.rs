use crate::{
    session::core::{
        Action, Core, Input, MediaNotice, WindowNotice,
        fixture::{NOW, session},
        rig::{Rig, ended, reports, starts_media},
    },
    session::saved::Saved,
    ui::words::BarState,
};
use deskside_protocol::{
    report::Event,
    session::{ConsentAnswer, EndReason, MediaPath},
};

fn saved(actions: &[Action]) -> Option<&Vec<Saved>> {
    actions.iter().rev().find_map(|action| match action {
        Action::Save(saved) => Some(saved),
        _ => None,
    })
}

/// The agent is killed `millis` after `actions` and starts anew at once.
fn restarted(rig: &Rig, kept: Vec<Saved>, millis: i64) -> (Rig, Vec<Action>) {
    let mut rig = Rig {
        core: Core::new(rig.portal.device, rig.portal.public()),
        now: rig.now + millis,
        ..Rig::new()
    };
    let actions = rig.give(Input::Restored(kept));
    (rig, actions)
}

#[test]
fn lost_media_is_reported_and_may_come_back_within_a_minute() {
    let mut rig = Rig::live(session(1));
    let actions = rig.media(session(1), 1, MediaNotice::Disconnected);
    assert_eq!(reports(&actions), [&Event::Interrupted { session: session(1) }]);
    assert!(actions.iter().any(|action| matches!(
        action,
        Action::ShowBar {
            state: BarState::Interrupted,
            ..
        }
    )));
    rig.wait(59_999);
    assert!(starts_media(&rig.offer(session(1), 2)));
}

#[test]
fn lost_media_that_stays_away_ends_the_session() {
    let mut rig = Rig::live(session(1));
    rig.media(session(1), 1, MediaNotice::Disconnected);
    let actions = rig.wait(60_000);
    assert_eq!(reports(&actions), [&ended(session(1), EndReason::Lost)]);
    assert!(!starts_media(&rig.offer(session(1), 2)));
}

#[test]
fn what_is_over_is_not_restored() {
    let mut rig = Rig::live(session(1));
    let interrupted = rig.media(session(1), 1, MediaNotice::Disconnected);
    let kept = saved(&interrupted).expect("an interrupted session is kept").clone();
    rig.wait(60_000);
    rig.now -= 60_000;
    rig.give(Input::Restored(kept));
    assert!(!starts_media(&rig.offer(session(1), 2)));
}

#[test]
fn media_that_comes_back_by_itself_is_live_again() {
    let mut rig = Rig::live(session(1));
    rig.media(session(1), 1, MediaNotice::Disconnected);
    let actions = rig.media(session(1), 1, MediaNotice::Connected(MediaPath::Direct));
    assert_eq!(
        reports(&actions),
        [&Event::Connected {
            session: session(1),
            attempt: 1,
            path: MediaPath::Direct
        }]
    );
    assert_eq!(reports(&rig.wait(120_000)), [] as [&Event; 0]);
}

#[test]
fn failed_media_lets_go_at_once_and_may_be_replaced() {
    let mut rig = Rig::live(session(1));
    let actions = rig.media(session(1), 1, MediaNotice::Failed("gone".into()));
    assert!(actions.contains(&Action::CloseMedia {
        session: session(1),
        reason: None
    }));
    assert_eq!(reports(&actions), [&Event::Interrupted { session: session(1) }]);
    assert!(starts_media(&rig.offer(session(1), 2)));
}

#[test]
fn a_lost_line_takes_tunnelled_media_along_and_leaves_direct_media_alone() {
    let mut rig = Rig::live(session(1));
    assert_eq!(rig.give(Input::LineDown), []);
    rig.media(session(1), 1, MediaNotice::Connected(MediaPath::RelayTcp));
    let actions = rig.give(Input::LineDown);
    assert_eq!(
        actions[0],
        Action::CloseMedia {
            session: session(1),
            reason: None
        }
    );
    assert_eq!(reports(&actions), [&Event::Interrupted { session: session(1) }]);
}

#[test]
fn a_new_line_hears_how_everything_stands() {
    let stands = |mut rig: Rig| {
        reports(&rig.give(Input::LineUp))
            .into_iter()
            .cloned()
            .collect::<Vec<_>>()
    };
    let session = session(1);
    assert_eq!(stands(Rig::asking(session)), [Event::ConsentShown { session }]);
    let accepted = Event::Consent {
        session,
        answer: ConsentAnswer::Accepted,
    };
    assert_eq!(stands(Rig::accepted(session)), [accepted]);
    let connected = Event::Connected {
        session,
        attempt: 1,
        path: MediaPath::Direct,
    };
    assert_eq!(stands(Rig::live(session)), [connected]);
    let mut rig = Rig::live(session);
    rig.media(session, 1, MediaNotice::Disconnected);
    assert_eq!(stands(rig), [Event::Interrupted { session }]);
}

#[test]
fn a_killed_agent_resumes_without_a_new_consent() {
    let mut rig = Rig::accepted(session(1));
    rig.offer(session(1), 1);
    let actions = rig.media(session(1), 1, MediaNotice::Connected(MediaPath::Direct));
    let kept = saved(&actions).unwrap().clone();
    let (mut rig, actions) = restarted(&rig, kept, 60_000);
    assert!(matches!(
        actions[0],
        Action::ShowBar {
            state: BarState::Interrupted,
            ..
        }
    ));
    let resume_by = rig.now + 5_000;
    rig.resume(session(1), resume_by);
    assert!(starts_media(&rig.offer(session(1), 2)));
}

#[test]
fn a_killed_agent_refuses_the_attempts_it_had_seen() {
    let mut rig = Rig::accepted(session(1));
    let kept = saved(&rig.offer(session(1), 4)).unwrap().clone();
    let (mut rig, _) = restarted(&rig, kept, 1_000);
    assert!(!starts_media(&rig.offer(session(1), 4)));
    assert!(starts_media(&rig.offer(session(1), 5)));
}

#[test]
fn an_agent_that_comes_back_too_late_ends_the_session() {
    let mut rig = Rig::live(session(1));
    let kept = saved(&rig.wait(10_000)).unwrap().clone();
    let (mut rig, actions) = restarted(&rig, kept, 70_000);
    assert_eq!(reports(&actions), [&ended(session(1), EndReason::Lost)]);
    assert!(!starts_media(&rig.offer(session(1), 2)));
}

#[test]
fn a_file_that_promises_too_much_is_not_believed() {
    let rig = Rig::new();
    let about = crate::ui::words::About::new("O", "S", "R", vec![]);
    let kept = vec![Saved {
        session: session(1),
        about,
        files: deskside_protocol::transfer::FilePolicy::default(),
        attempt: 1,
        resume_until: i64::MAX,
    }];
    let (rig, _) = restarted(&rig, kept, 0);
    assert!(rig.core.next_timeout().unwrap() <= NOW + 70_000);
}

#[test]
fn a_question_leaves_nothing_behind() {
    let mut rig = Rig::asking(session(1));
    assert_eq!(saved(&rig.give(Input::Stopping)), Some(&vec![]));
}

#[test]
fn while_media_flows_the_file_says_every_ten_seconds_that_the_agent_lives() {
    let mut rig = Rig::live(session(1));
    let saves = |actions: Vec<Action>| {
        actions
            .iter()
            .filter(|action| matches!(action, Action::Save(_)))
            .count()
    };
    assert_eq!(saves(rig.wait(9_999)), 0);
    assert_eq!(saves(rig.wait(1)), 1);
    assert_eq!(saves(rig.wait(100_000)), 10);
}

#[test]
fn stopping_the_agent_interrupts_and_keeps_the_consent() {
    let mut rig = Rig::live(session(1));
    let actions = rig.give(Input::Stopping);
    assert!(actions.contains(&Action::CloseMedia {
        session: session(1),
        reason: None
    }));
    assert!(actions.contains(&Action::CloseWindow { session: session(1) }));
    assert_eq!(reports(&actions), [&Event::Interrupted { session: session(1) }]);
    assert_eq!(saved(&actions).unwrap().len(), 1);
}

#[test]
fn resuming_what_flows_reports_that_it_flows() {
    let mut rig = Rig::live(session(1));
    let resume_by = rig.now + 60_000;
    let actions = rig.resume(session(1), resume_by);
    assert_eq!(
        reports(&actions),
        [&Event::Connected {
            session: session(1),
            attempt: 1,
            path: MediaPath::Direct
        }]
    );
}

#[test]
fn resuming_says_when_the_time_is_over() {
    let mut rig = Rig::live(session(1));
    rig.media(session(1), 1, MediaNotice::Disconnected);
    let resume_by = rig.now + 5_000;
    rig.resume(session(1), resume_by);
    assert_eq!(reports(&rig.wait(5_000)), [&ended(session(1), EndReason::Lost)]);
}

#[test]
fn resuming_never_lengthens_the_time() {
    let mut rig = Rig::live(session(1));
    rig.media(session(1), 1, MediaNotice::Disconnected);
    let resume_by = rig.now + 600_000;
    rig.resume(session(1), resume_by);
    assert_eq!(reports(&rig.wait(60_000)), [&ended(session(1), EndReason::Lost)]);
}

#[test]
fn resuming_too_late_is_the_end() {
    let now = NOW;
    assert_eq!(
        reports(&Rig::live(session(1)).resume(session(1), now)),
        [&ended(session(1), EndReason::Lost)]
    );
    assert_eq!(
        reports(&Rig::new().resume(session(1), now)),
        [&ended(session(1), EndReason::Lost)]
    );
}

#[test]
fn resuming_what_is_being_asked_means_that_the_owner_said_yes_elsewhere() {
    let mut rig = Rig::asking(session(1));
    rig.resume(session(1), NOW + 60_000);
    assert!(starts_media(&rig.offer(session(1), 1)));
}

#[test]
fn resuming_without_a_consent_on_record_asks_for_one() {
    let mut rig = Rig::new();
    let actions = rig.resume(session(1), NOW + 60_000);
    assert!(matches!(actions[..], [Action::ShowPrompt { .. }]));
    assert!(!starts_media(&rig.offer(session(1), 1)));
}

#[test]
fn resuming_what_the_employee_stopped_says_so() {
    let mut rig = Rig::live(session(1));
    rig.window(session(1), WindowNotice::Stop);
    let actions = rig.resume(session(1), NOW + 60_000);
    assert_eq!(actions, [Action::Report(ended(session(1), EndReason::Employee))]);
}

/// What a live session reports within ten minutes after its line was lost, and `then` happened.
fn after_a_lost_line(then: impl FnOnce(&mut Rig)) -> (i64, Vec<Event>) {
    let mut rig = Rig::live(session(1));
    rig.give(Input::LineDown);
    let lost_at = rig.now;
    then(&mut rig);
    let mut told = Vec::new();
    while told.is_empty() && rig.now < lost_at + 600_000 {
        told = reports(&rig.wait(1)).into_iter().cloned().collect();
    }
    (rig.now - lost_at, told)
}

#[test]
fn direct_media_outlives_a_lost_line_by_a_minute_unless_the_portal_lets_it_go_on() {
    let lost = vec![ended(session(1), EndReason::Lost)];
    assert_eq!(after_a_lost_line(|_| ()), (60_000, lost.clone()));
    // A line alone is no word of the portal's.
    let line_is_back = |rig: &mut Rig| {
        rig.wait(5_000);
        rig.give(Input::LineUp);
    };
    assert_eq!(after_a_lost_line(line_is_back), (60_000, lost.clone()));
    // Neither does losing it again begin a new minute.
    let comes_and_goes = |rig: &mut Rig| {
        rig.wait(30_000);
        rig.give(Input::LineUp);
        rig.give(Input::LineDown);
    };
    assert_eq!(after_a_lost_line(comes_and_goes), (60_000, lost.clone()));
    // Nor does media that goes and comes by itself.
    let ice_restarts = |rig: &mut Rig| {
        rig.wait(50_000);
        rig.media(session(1), 1, MediaNotice::Disconnected);
        rig.media(session(1), 1, MediaNotice::Connected(MediaPath::Direct));
    };
    assert_eq!(after_a_lost_line(ice_restarts), (60_000, lost.clone()));
    let resumed = |rig: &mut Rig| {
        rig.wait(59_999);
        rig.give(Input::LineUp);
        let resume_by = rig.now + 60_000;
        rig.resume(session(1), resume_by);
    };
    assert_eq!(after_a_lost_line(resumed), (600_000, vec![]));
    let resumed_and_lost_again = |rig: &mut Rig| {
        resumed(rig);
        rig.wait(10_001);
        rig.give(Input::LineDown);
    };
    assert_eq!(after_a_lost_line(resumed_and_lost_again), (130_000, lost));
}

#[test]
fn direct_media_that_nobody_can_end_from_afar_is_closed_when_its_minute_is_over() {
    let mut rig = Rig::live(session(1));
    rig.give(Input::LineDown);
    let actions = rig.wait(60_000);
    assert!(actions.contains(&Action::CloseMedia {
        session: session(1),
        reason: Some(EndReason::Lost)
    }));
    assert!(actions.contains(&Action::CloseWindow { session: session(1) }));
}
