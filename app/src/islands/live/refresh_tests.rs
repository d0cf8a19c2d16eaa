use super::*;
use proptest::prelude::*;

fn open() -> Refresh {
    let mut refresh = Refresh::new(0.0);
    assert_eq!(refresh.handle(Input::Started, 0), [Command::Connect]);
    refresh.handle(Input::Opened, 10);
    assert_eq!(refresh.handle(Input::Tick, 10 + GATHER), [Command::Fetch]);
    refresh.handle(Input::Fetched(Fetched::Done), 70);
    refresh
}

#[test]
fn opening_fetches_because_the_page_may_be_older_than_the_connection() {
    open();
}

#[test]
fn changes_within_fifty_milliseconds_cause_one_fetch() {
    let mut refresh = open();
    refresh.handle(Input::Changed, 1_000);
    refresh.handle(Input::Changed, 1_040);
    assert_eq!(refresh.next_timeout(), Some(1_000 + GATHER));
    assert_eq!(refresh.handle(Input::Tick, 1_000 + GATHER), [Command::Fetch]);
    refresh.handle(Input::Fetched(Fetched::Done), 1_100);
    assert_eq!(refresh.next_timeout(), None);
}

#[test]
fn a_change_during_a_fetch_causes_another() {
    let mut refresh = open();
    refresh.handle(Input::Changed, 1_000);
    refresh.handle(Input::Tick, 1_050);
    refresh.handle(Input::Changed, 1_060);
    refresh.handle(Input::Fetched(Fetched::Done), 1_070);
    assert_eq!(refresh.handle(Input::Tick, 1_070 + GATHER), [Command::Fetch]);
}

#[test]
fn a_short_loss_is_not_mentioned() {
    let mut refresh = open();
    assert_eq!(refresh.handle(Input::Closed, 1_000), [Command::Disconnect]);
    assert_eq!(refresh.handle(Input::Tick, 1_500), [Command::Connect]);
    assert!(refresh.handle(Input::Opened, 1_600).is_empty());
}

#[test]
fn a_longer_loss_is_mentioned_and_its_end_too() {
    let mut refresh = open();
    refresh.handle(Input::Closed, 1_000);
    refresh.handle(Input::Tick, 1_500);
    refresh.handle(Input::Closed, 1_510);
    assert!(
        refresh
            .handle(Input::Tick, 1_000 + SAY_LOST_AFTER)
            .contains(&Command::Say(Some(Notice::Lost)))
    );
    assert!(refresh.handle(Input::Opened, 4_100).contains(&Command::Say(None)));
}

#[test]
fn every_reconnection_fetches() {
    let mut refresh = open();
    refresh.handle(Input::Closed, 1_000);
    refresh.handle(Input::Tick, 1_500);
    refresh.handle(Input::Opened, 1_510);
    assert!(refresh.handle(Input::Tick, 1_600).contains(&Command::Fetch));
}

#[test]
fn a_page_in_the_background_gives_its_connection_back() {
    let mut refresh = open();
    refresh.handle(Input::Hidden, 1_000);
    assert!(refresh.handle(Input::Tick, 999 + SLEEP_AFTER).is_empty());
    assert_eq!(refresh.handle(Input::Tick, 1_000 + SLEEP_AFTER), [Command::Disconnect]);
    assert_eq!(refresh.next_timeout(), None);
    assert_eq!(refresh.handle(Input::Shown, 90_000), [Command::Connect]);
}

#[test]
fn a_reader_who_is_signed_out_is_told_and_nothing_more_happens() {
    let mut refresh = open();
    refresh.handle(Input::Changed, 1_000);
    refresh.handle(Input::Tick, 1_050);
    let commands = refresh.handle(Input::Fetched(Fetched::SignedOut), 1_100);
    assert_eq!(commands, [Command::Disconnect, Command::Say(Some(Notice::SignedOut))]);
    assert_eq!(refresh.next_timeout(), None);
}

fn any_input() -> impl Strategy<Value = Input> {
    prop_oneof![
        Just(Input::Opened),
        Just(Input::Closed),
        Just(Input::Changed),
        Just(Input::Fetched(Fetched::Done)),
        Just(Input::Fetched(Fetched::Failed)),
        Just(Input::Hidden),
        Just(Input::Shown),
        Just(Input::Tick),
    ]
}

proptest! {
    #[test]
    fn every_change_is_followed_by_a_fetch_while_the_page_is_seen(
        inputs in proptest::collection::vec((any_input(), 0u64..5_000), 0..60), spread in 0.0..1.0f64,
    ) {
        let mut refresh = Refresh::new(spread);
        let mut now = 0;
        refresh.handle(Input::Started, now);
        for (input, wait) in inputs {
            now += wait;
            refresh.handle(input, now);
        }
        refresh.handle(Input::Shown, now);
        refresh.handle(Input::Fetched(Fetched::Done), now);
        refresh.handle(Input::Changed, now);
        let mut fetched = false;
        for _ in 0..20 {
            let Some(at) = refresh.next_timeout() else { break };
            now = now.max(at);
            fetched |= refresh.handle(Input::Tick, now).contains(&Command::Fetch);
        }
        prop_assert!(fetched);
    }
}
