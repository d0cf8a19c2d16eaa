//! Sessions step by step, without anything around them.

use super::*;
use proptest::prelude::*;

const NOW: UnixMillis = 1_000_000;
const SECOND: i64 = 1000;

fn asking() -> Life {
    Life::launch(NOW, true, true).life
}

fn waiting_for_device() -> Life {
    Life::launch(NOW, false, true).life
}

fn accepted() -> Life {
    step(&asking(), answer(ConsentAnswer::Accepted), NOW + SECOND).life
}

fn connected() -> Life {
    let life = Life {
        attempt: 1,
        ..accepted()
    };
    step(
        &life,
        Input::Connected {
            attempt: 1,
            path: MediaPath::Direct,
        },
        NOW + 2 * SECOND,
    )
    .life
}

fn interrupted() -> Life {
    step(&connected(), Input::Interrupted, NOW + 10 * SECOND).life
}

fn answer(answer: ConsentAnswer) -> Input {
    Input::Answered {
        answer,
        by: AnsweredBy::Device,
    }
}

fn owner_answers(answer: ConsentAnswer) -> Input {
    Input::Answered {
        answer,
        by: AnsweredBy::Owner,
    }
}

fn end(reason: EndReason) -> Input {
    Input::End {
        reason,
        by: EndedBy::Portal,
    }
}

fn step(life: &Life, input: Input, now: UnixMillis) -> Step {
    life.step(input, now).expect("the input must be taken")
}

#[test]
fn a_launch_with_the_device_online_asks_at_once_for_30_seconds() {
    let step = Life::launch(NOW, true, true);
    assert!(step.effects.contains(&Effect::Ask));
    assert_eq!(step.life.answer_by, Some(NOW + 30 * SECOND));
}

#[test]
fn a_closed_viewer_ends_the_session_after_15_seconds_as_if_end_was_pressed() {
    let left = step(&connected(), Input::ViewerLeft, NOW).life;
    assert_eq!(left.deadline(), Some(NOW + 15 * SECOND));
    assert!(step(&left, Input::Tick, NOW + 15 * SECOND - 1).effects.is_empty());
    let over = step(&left, Input::Tick, NOW + 15 * SECOND);
    assert_eq!(
        (over.life.status, over.life.end_reason),
        (SessionStatus::Ended, Some(EndReason::Operator))
    );
    let happened = Happened::SessionEnded(EndReason::Operator);
    assert!(
        over.effects
            .contains(&Effect::Request(StatusEvent::EndOneTime, happened))
    );
    assert!(over.effects.contains(&Effect::SendEnd(EndReason::Operator)));
}

#[test]
fn a_viewer_that_is_opened_again_in_time_goes_on() {
    let left = step(&connected(), Input::ViewerLeft, NOW).life;
    let back = step(&left, Input::ViewerSeen, NOW + 14 * SECOND).life;
    assert_eq!(back, connected());
}

#[test]
fn leaving_twice_ends_it_no_later() {
    let left = step(&connected(), Input::ViewerLeft, NOW).life;
    let again = step(&left, Input::ViewerLeft, NOW + 10 * SECOND).life;
    assert_eq!(again.deadline(), Some(NOW + 15 * SECOND));
}

#[test]
fn a_viewer_closed_while_the_owner_is_asked_changes_nothing() {
    assert_eq!(step(&asking(), Input::ViewerLeft, NOW).life, asking());
}

#[test]
fn a_closed_viewer_that_was_interrupted_first_ends_and_is_not_lost() {
    let left = step(&interrupted(), Input::ViewerLeft, NOW + 11 * SECOND).life;
    let over = step(&left, Input::Tick, NOW + 26 * SECOND).life;
    assert_eq!(over.end_reason, Some(EndReason::Operator));
}

#[test]
fn a_launch_with_the_device_away_asks_nobody_and_waits_15_minutes() {
    let step = Life::launch(NOW, false, true);
    assert!(!step.effects.contains(&Effect::Ask));
    assert_eq!(step.life.deadline(), Some(NOW + 15 * 60 * SECOND));
}

#[test]
fn the_device_that_comes_online_is_asked_from_then_on() {
    let later = NOW + 14 * 60 * SECOND;
    let step = step(&waiting_for_device(), Input::DeviceOnline, later);
    assert_eq!(step.life.answer_by, Some(later + 30 * SECOND));
    assert_eq!(step.effects, [Effect::Ask, Effect::Note(Happened::Asked)]);
}

#[test]
fn a_device_that_does_not_come_in_time_ends_the_session() {
    let life = waiting_for_device();
    assert_eq!(step(&life, Input::Tick, NOW + 15 * 60 * SECOND - 1), life.unchanged());
    let step = step(&life, Input::Tick, NOW + 15 * 60 * SECOND);
    assert!(
        step.effects
            .contains(&Effect::Request(StatusEvent::NotConnected, Happened::DeviceAway))
    );
}

#[test]
fn a_device_that_comes_back_while_asked_is_asked_again_until_the_same_time() {
    let step = step(&asking(), Input::DeviceOnline, NOW + 20 * SECOND);
    assert_eq!(step.effects, [Effect::Ask]);
    assert_eq!(step.life, asking());
}

#[test]
fn accepting_starts_the_session_and_gives_it_a_minute_to_connect() {
    let life = accepted();
    assert_eq!(
        (life.status, life.started_at),
        (SessionStatus::Active, Some(NOW + SECOND))
    );
    assert_eq!(life.deadline(), Some(NOW + 61 * SECOND));
}

#[test]
fn declining_ends_it_and_says_so() {
    let step = step(&asking(), answer(ConsentAnswer::Declined), NOW);
    assert_eq!(
        (step.life.end_reason, step.life.unanswered),
        (Some(EndReason::NoConsent), false)
    );
    assert!(
        step.effects
            .contains(&Effect::Request(StatusEvent::NotConnected, Happened::Declined))
    );
}

#[test]
fn silence_ends_it_after_the_grace_for_answers_under_way() {
    let deadline = NOW + 32 * SECOND;
    assert_eq!(step(&asking(), Input::Tick, deadline - 1), asking().unchanged());
    let step = step(&asking(), Input::Tick, deadline);
    assert!(step.life.unanswered);
    assert!(step.effects.contains(&Effect::SendEnd(EndReason::NoConsent)));
}

#[test]
fn the_device_may_answer_in_the_grace_and_the_owner_in_the_portal_may_not() {
    let late = NOW + 31 * SECOND;
    assert!(asking().step(answer(ConsentAnswer::Accepted), late).is_ok());
    assert_eq!(
        asking().step(owner_answers(ConsentAnswer::Accepted), late),
        Err(NotNow::TooLate)
    );
}

#[test]
fn the_device_is_told_what_the_owner_answered_in_the_portal() {
    for (answer, accepted) in [(ConsentAnswer::Accepted, true), (ConsentAnswer::Declined, false)] {
        let step = step(&asking(), owner_answers(answer), NOW);
        assert_eq!(step.effects[0], Effect::TellAnswer { accepted });
    }
}

#[test]
fn nobody_can_accept_while_the_device_is_away() {
    assert_eq!(
        waiting_for_device().step(owner_answers(ConsentAnswer::Accepted), NOW),
        Err(NotNow::DeviceAway)
    );
}

#[test]
fn a_second_answer_changes_nothing() {
    assert_eq!(
        accepted().step(answer(ConsentAnswer::Declined), NOW),
        Err(NotNow::Answered)
    );
}

#[test]
fn media_before_consent_is_refused() {
    let input = Input::Connected {
        attempt: 0,
        path: MediaPath::Direct,
    };
    assert_eq!(asking().step(input, NOW), Err(NotNow::NoConsent));
}

#[test]
fn media_of_an_attempt_without_a_ticket_changes_nothing() {
    let input = Input::Connected {
        attempt: 2,
        path: MediaPath::Direct,
    };
    assert_eq!(step(&interrupted(), input, NOW), interrupted().unchanged());
}

#[test]
fn media_that_outlived_a_newer_attempt_counts() {
    let life = Life {
        attempt: 2,
        ..interrupted()
    };
    let input = Input::Connected {
        attempt: 1,
        path: MediaPath::Direct,
    };
    assert_eq!(step(&life, input, NOW).life.status, SessionStatus::Active);
}

#[test]
fn connected_media_stops_the_clock_and_names_its_path() {
    assert_eq!(
        (connected().deadline(), connected().path),
        (None, Some(MediaPath::Direct))
    );
}

#[test]
fn an_interruption_may_last_60_seconds() {
    let life = interrupted();
    assert_eq!(
        (life.status, life.deadline()),
        (SessionStatus::Interrupted, Some(NOW + 70 * SECOND))
    );
    assert_eq!(step(&life, Input::Tick, NOW + 70 * SECOND - 1), life.unchanged());
    let step = step(&life, Input::Tick, NOW + 70 * SECOND);
    assert_eq!(step.life.end_reason, Some(EndReason::Lost));
    let effect = Effect::Request(StatusEvent::BreakOff, Happened::SessionEnded(EndReason::Lost));
    assert!(step.effects.contains(&effect));
}

#[test]
fn interruptions_on_top_of_each_other_do_not_prolong_it() {
    for input in [Input::Interrupted, Input::DeviceOffline, Input::PortalRestarted] {
        assert_eq!(
            step(&interrupted(), input, NOW + 50 * SECOND),
            interrupted().unchanged()
        );
        assert_eq!(step(&accepted(), input, NOW + 50 * SECOND), accepted().unchanged());
    }
}

#[test]
fn the_device_that_comes_back_may_resume_without_asking() {
    assert_eq!(
        step(&interrupted(), Input::DeviceOnline, NOW + 20 * SECOND).effects,
        [Effect::SendResume]
    );
}

#[test]
fn resumed_media_makes_it_active_again() {
    let input = Input::Connected {
        attempt: 1,
        path: MediaPath::RelayTcp,
    };
    let step = step(&interrupted(), input, NOW + 20 * SECOND);
    assert_eq!(
        (step.life.status, step.life.path),
        (SessionStatus::Active, Some(MediaPath::RelayTcp))
    );
    assert_eq!(step.effects, [Effect::Note(Happened::Resumed)]);
}

#[test]
fn ending_closes_a_one_time_request_and_keeps_a_reusable_one() {
    for (one_time, event) in [(true, StatusEvent::EndOneTime), (false, StatusEvent::EndReusable)] {
        let step = step(
            &Life {
                one_time,
                ..connected()
            },
            end(EndReason::Employee),
            NOW,
        );
        assert!(
            step.effects
                .contains(&Effect::Request(event, Happened::SessionEnded(EndReason::Employee)))
        );
        assert!(step.effects.contains(&Effect::CloseBrowser));
    }
}

#[test]
fn an_end_from_the_device_is_not_sent_back_to_it() {
    let step = step(
        &connected(),
        Input::End {
            reason: EndReason::Employee,
            by: EndedBy::Device,
        },
        NOW,
    );
    assert!(!step.effects.iter().any(|effect| matches!(effect, Effect::SendEnd(_))));
}

#[test]
fn an_operator_who_ends_while_asking_withdraws_the_question() {
    let step = step(&asking(), end(EndReason::Operator), NOW);
    assert!(
        step.effects
            .contains(&Effect::Request(StatusEvent::NotConnected, Happened::Withdrawn))
    );
    assert!(step.effects.contains(&Effect::SendEnd(EndReason::Operator)));
}

#[test]
fn a_device_that_fails_gives_the_request_back_to_its_assistant() {
    let step = step(
        &connected(),
        Input::End {
            reason: EndReason::Failed,
            by: EndedBy::Device,
        },
        NOW,
    );
    let effect = Effect::Request(StatusEvent::BreakOff, Happened::SessionEnded(EndReason::Failed));
    assert!(step.effects.contains(&effect));
}

#[test]
fn closing_the_request_ends_its_session_without_touching_its_status_again() {
    for life in [asking(), connected(), interrupted()] {
        let step = step(&life, end(EndReason::RequestClosed), NOW);
        assert!(!step.effects.iter().any(|effect| matches!(effect, Effect::Request(..))));
        assert_eq!(step.life.end_reason, Some(EndReason::RequestClosed));
    }
}

#[test]
fn nothing_reaches_an_ended_session() {
    let ended = step(&connected(), end(EndReason::Operator), NOW).life;
    for input in [
        Input::Tick,
        Input::DeviceOnline,
        Input::Interrupted,
        end(EndReason::Employee),
    ] {
        assert_eq!(ended.step(input, NOW), Err(NotNow::Ended));
    }
}

fn any_input() -> impl Strategy<Value = Input> {
    use EndReason::*;
    let reason = prop_oneof![
        Just(Employee),
        Just(Operator),
        Just(NoConsent),
        Just(Lost),
        Just(RequestClosed),
        Just(Failed)
    ];
    let answer = prop_oneof![
        Just(ConsentAnswer::Accepted),
        Just(ConsentAnswer::Declined),
        Just(ConsentAnswer::Ignored)
    ];
    prop_oneof![
        Just(Input::DeviceOnline),
        Just(Input::DeviceOffline),
        Just(Input::Interrupted),
        Just(Input::PortalRestarted),
        Just(Input::Tick),
        (0u32..3).prop_map(|attempt| Input::Connected {
            attempt,
            path: MediaPath::RelayUdp
        }),
        (answer, any::<bool>()).prop_map(|(answer, owner)| Input::Answered {
            answer,
            by: if owner { AnsweredBy::Owner } else { AnsweredBy::Device }
        }),
        (reason, any::<bool>()).prop_map(|(reason, device)| Input::End {
            reason,
            by: if device { EndedBy::Device } else { EndedBy::Portal }
        }),
    ]
}

proptest! {
    /// Whatever happens in whatever order, the request's status machine takes every change that a session asks for.
    #[test]
    fn a_session_never_asks_its_request_for_an_impossible_change(
        inputs in proptest::collection::vec((any_input(), 0i64..40_000), 0..30),
        online in any::<bool>(),
        one_time in any::<bool>(),
    ) {
        let mut now = NOW;
        let first = Life::launch(now, online, one_time);
        let mut life = first.life;
        life.attempt = 1;
        let mut status = crate::requests::model::Status::WaitingForConnection;
        for (input, later) in inputs {
            now += later;
            let Ok(step) = life.step(input, now) else { continue };
            for effect in &step.effects {
                if let Effect::Request(event, _) = effect {
                    status = crate::requests::model::transition(status, *event).expect("a possible change");
                }
            }
            life = step.life;
            prop_assert_eq!(life.status == SessionStatus::Ended, life.ended_at.is_some());
            prop_assert_eq!(life.status == SessionStatus::Asking, life.deadline().is_some() && life.started_at.is_none());
        }
    }
}
