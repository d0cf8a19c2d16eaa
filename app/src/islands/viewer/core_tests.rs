use super::*;
use deskside_protocol::agent::DeclineOffer;
use proptest::prelude::*;

const OPEN: Input = Input::Seen(Seen::Open(SessionStatus::Active));

fn progress(attempt: u32, what: Progress) -> Input {
    Input::Progress { attempt, what }
}

/// A viewer whose session was accepted at 1,000; its first attempt is under way.
fn attempting() -> Core {
    let mut core = Core::default();
    assert_eq!(
        core.handle(Input::Started, 0),
        [Command::AskPortal, Command::Show(Status::Waiting)]
    );
    core.handle(Input::Seen(Seen::Open(SessionStatus::Asking)), 100);
    core.handle(Input::Changed, 990);
    assert_eq!(
        core.handle(OPEN, 1_000),
        [Command::Start { attempt: 1 }, Command::Show(Status::Connecting(None))]
    );
    core
}

fn connected(path: MediaPath) -> Core {
    let mut core = attempting();
    assert_eq!(
        core.handle(progress(1, Progress::Joined { device_online: true }), 1_010),
        [Command::Offer]
    );
    core.handle(progress(1, Progress::Answered { relay_after: 500 }), 1_020);
    let commands = core.handle(progress(1, Progress::Connected { path }), 1_200);
    assert_eq!(commands, [Command::Show(Status::Connected(path))]);
    core
}

/// Lets time pass until `until`, waking the machine as it asks.
fn run(core: &mut Core, from: Millis, until: Millis) -> Vec<(Millis, Command)> {
    let (mut now, mut all) = (from, Vec::new());
    while let Some(at) = core.next_timeout().filter(|at| *at <= until) {
        now = now.max(at);
        all.extend(core.handle(Input::Tick, now).into_iter().map(|command| (now, command)));
    }
    all
}

#[test]
fn the_portal_is_asked_again_while_the_owner_decides() {
    let mut core = Core::default();
    core.handle(Input::Started, 0);
    core.handle(Input::Seen(Seen::Open(SessionStatus::Asking)), 100);
    assert_eq!(core.next_timeout(), Some(100 + ASK_WHILE_WAITING));
    assert_eq!(core.handle(Input::Tick, 100 + ASK_WHILE_WAITING), [Command::AskPortal]);
}

#[test]
fn a_change_during_a_question_asks_once_more() {
    let mut core = Core::default();
    core.handle(Input::Started, 0);
    assert!(core.handle(Input::Changed, 10).is_empty());
    assert_eq!(
        core.handle(Input::Seen(Seen::Open(SessionStatus::Asking)), 20),
        [Command::AskPortal]
    );
}

#[test]
fn a_question_that_is_never_answered_is_asked_again() {
    let mut core = Core::default();
    core.handle(Input::Started, 0);
    assert_eq!(run(&mut core, 0, ANSWER), [(ANSWER, Command::AskPortal)]);
}

#[test]
fn declined_and_unanswered_are_told_apart() {
    for (unanswered, words) in [(false, "Declined"), (true, "No answer")] {
        let mut core = Core::default();
        core.handle(Input::Started, 0);
        let ended = Seen::Ended {
            reason: Some(EndReason::NoConsent),
            unanswered,
        };
        let commands = core.handle(Input::Seen(ended), 100);
        assert!(matches!(commands[..], [Command::Drop, Command::Show(status)] if status.words("Emma") == words));
        assert_eq!(core.next_timeout(), None);
    }
}

#[test]
fn the_relay_gets_its_turn_only_when_nothing_direct_came_up() {
    let mut core = attempting();
    core.handle(progress(1, Progress::Joined { device_online: true }), 1_010);
    core.handle(progress(1, Progress::Answered { relay_after: 500 }), 1_020);
    assert!(core.handle(Input::Tick, 1_519).is_empty());
    assert_eq!(core.handle(Input::Tick, 1_520), [Command::AddRelay]);
    assert!(core.handle(Input::Tick, 1_521).is_empty());
    assert!(
        !run(&mut connected(MediaPath::Direct), 1_200, 60_000)
            .iter()
            .any(|(_, c)| *c == Command::AddRelay)
    );
}

#[test]
fn no_offer_is_sent_before_the_device_is_there() {
    let mut core = attempting();
    let commands = core.handle(progress(1, Progress::Joined { device_online: false }), 1_010);
    assert_eq!(
        commands,
        [Command::Show(Status::Connecting(Some(Obstacle::DeviceAway)))]
    );
    assert!(
        !run(&mut core, 1_010, 30_000)
            .iter()
            .any(|(_, c)| matches!(c, Command::Start { .. }))
    );
    assert!(
        core.handle(progress(1, Progress::DeviceOnline), 30_000)
            .contains(&Command::Offer)
    );
}

#[test]
fn a_lost_connection_is_tried_again_with_a_new_attempt() {
    let mut core = connected(MediaPath::Direct);
    let commands = core.handle(progress(1, Progress::Failed(Failure::Passing)), 5_000);
    assert_eq!(commands, [Command::Drop, Command::Show(Status::Interrupted)]);
    let commands = core.handle(Input::Tick, 5_000 + BACKOFF[0]);
    assert_eq!(commands, [Command::Start { attempt: 2 }]);
    assert!(
        core.handle(
            progress(
                1,
                Progress::Connected {
                    path: MediaPath::Direct
                }
            ),
            5_200
        )
        .is_empty()
    );
}

#[test]
fn trouble_that_passes_within_its_time_costs_nothing() {
    let mut core = connected(MediaPath::Direct);
    core.handle(progress(1, Progress::Weak), 5_000);
    assert_eq!(core.next_timeout(), Some(5_000 + RECOVER));
    core.handle(
        progress(
            1,
            Progress::Connected {
                path: MediaPath::Direct,
            },
        ),
        5_000 + RECOVER - 1,
    );
    assert!(core.is_connected());
    core.handle(progress(1, Progress::Weak), 9_000);
    assert!(core.handle(Input::Tick, 9_000 + RECOVER).contains(&Command::Drop));
}

#[test]
fn a_device_that_leaves_the_relay_ends_relayed_media_but_not_direct_media() {
    let mut direct = connected(MediaPath::Direct);
    direct.handle(progress(1, Progress::DeviceOffline), 5_000);
    assert!(direct.is_connected());
    let mut relayed = connected(MediaPath::RelayTcp);
    relayed.handle(progress(1, Progress::DeviceOffline), 5_000);
    assert!(!relayed.is_connected());
}

#[test]
fn an_interrupted_session_is_given_up_after_sixty_seconds() {
    let mut core = connected(MediaPath::Direct);
    core.handle(progress(1, Progress::Failed(Failure::Passing)), 5_000);
    let all = run(&mut core, 5_000, 200_000);
    let (at, last) = *all.last().expect("something happened");
    let lost = Ending::Ended {
        reason: Some(EndReason::Lost),
        unanswered: false,
    };
    assert_eq!((at, last), (5_000 + GIVE_UP, Command::Show(Status::Over(lost))));
}

#[test]
fn a_step_that_takes_too_long_fails_the_attempt() {
    let mut core = attempting();
    core.handle(progress(1, Progress::Joined { device_online: true }), 1_010);
    let all = run(&mut core, 1_010, 1_010 + STEP + BACKOFF[0]);
    assert!(all.contains(&(1_010 + STEP, Command::Drop)));
    assert!(all.contains(&(1_010 + STEP + BACKOFF[0], Command::Start { attempt: 2 })));
}

#[test]
fn an_impostor_is_refused_and_never_tried_again() {
    let mut core = attempting();
    core.handle(progress(1, Progress::Joined { device_online: true }), 1_010);
    let commands = core.handle(progress(1, Progress::Failed(Failure::Final(Obstacle::Impostor))), 1_020);
    let refused = Status::Over(Ending::Refused(Obstacle::Impostor));
    assert_eq!(commands, [Command::Drop, Command::Show(refused)]);
    assert_eq!((core.next_timeout(), refused.may_retry()), (None, false));
    assert!(refused.words("Emma").contains("Do not go on"));
}

#[test]
fn a_page_loaded_during_an_interruption_resumes() {
    let mut core = Core::default();
    core.handle(Input::Started, 0);
    let commands = core.handle(Input::Seen(Seen::Open(SessionStatus::Interrupted)), 50);
    assert_eq!(
        commands,
        [Command::Start { attempt: 1 }, Command::Show(Status::Interrupted)]
    );
}

#[test]
fn the_operator_ends_the_session() {
    let mut core = connected(MediaPath::Direct);
    let commands = core.handle(Input::EndPressed, 5_000);
    assert_eq!(commands[..2], [Command::TellEnd, Command::Drop]);
    assert!(matches!(commands[2], Command::Show(status) if status.words("Emma") == "Session ended: you ended it"));
}

#[test]
fn trying_again_starts_from_the_portals_word() {
    let mut core = attempting();
    run(&mut core, 1_000, 200_000);
    assert!(core.handle(Input::RetryPressed, 300_000).contains(&Command::AskPortal));
    assert!(
        core.handle(OPEN, 300_100)
            .contains(&Command::Start { attempt: core.attempt })
    );
}

fn any_input() -> impl Strategy<Value = Input> {
    let what = prop_oneof![
        any::<bool>().prop_map(|device_online| Progress::Joined { device_online }),
        Just(Progress::DeviceOnline),
        Just(Progress::DeviceOffline),
        Just(Progress::Answered { relay_after: 500 }),
        Just(Progress::Connected {
            path: MediaPath::RelayUdp
        }),
        Just(Progress::Weak),
        Just(Progress::Failed(Failure::Passing)),
        Just(Progress::Failed(Failure::NoTicket)),
        Just(Progress::Failed(Failure::Declined(DeclineOffer::NoConsent))),
    ];
    prop_oneof![
        1 => Just(Input::Changed),
        2 => prop_oneof![Just(SessionStatus::Asking), Just(SessionStatus::Active), Just(SessionStatus::Interrupted)]
            .prop_map(|status| Input::Seen(Seen::Open(status))),
        1 => Just(Input::Seen(Seen::Unreachable)),
        8 => (0u32..6, what).prop_map(|(attempt, what)| Input::Progress { attempt, what }),
        4 => Just(Input::Tick),
    ]
}

proptest! {
    #[test]
    fn it_always_wakes_or_is_over_and_no_attempt_overlaps_another(
        inputs in proptest::collection::vec((any_input(), 0u64..3_000), 0..120),
    ) {
        let mut core = Core::default();
        let (mut now, mut running) = (0, false);
        let mut over = false;
        for (input, wait) in std::iter::once((Input::Started, 0)).chain(inputs) {
            now += wait;
            for command in core.handle(input, now) {
                prop_assert!(!over, "a command after the end: {:?}", command);
                match command {
                    Command::Start { .. } => {
                        prop_assert!(!running);
                        running = true;
                    }
                    Command::Drop => running = false,
                    Command::Offer | Command::AddRelay => prop_assert!(running),
                    _ => {}
                }
            }
            over = core.phase == Phase::Over;
            prop_assert_eq!(core.next_timeout().is_none(), over);
        }
    }

    #[test]
    fn time_alone_never_spins(inputs in proptest::collection::vec((any_input(), 0u64..3_000), 0..40)) {
        let mut core = Core::default();
        let mut now = 0;
        core.handle(Input::Started, now);
        for (input, wait) in inputs {
            now += wait;
            core.handle(input, now);
        }
        for _ in 0..10 {
            let Some(at) = core.next_timeout() else { return Ok(()) };
            now = now.max(at);
            core.handle(Input::Tick, now);
            prop_assert!(core.next_timeout().is_none_or(|next| next > now), "due at {:?}, now {}", core.next_timeout(), now);
        }
    }
}
