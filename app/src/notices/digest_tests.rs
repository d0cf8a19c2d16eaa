//! When a digest comes, over the days on which clocks are changed.

use super::*;
use proptest::prelude::*;

const BERLIN: &str = "Europe/Berlin";
const HOUR: UnixMillis = 3_600_000;
const DAY: UnixMillis = 24 * HOUR;

fn at(text: &str) -> UnixMillis {
    text.parse::<Timestamp>().expect("a time").as_millisecond()
}

#[test]
fn an_event_before_the_minute_is_told_in_it_and_one_in_it_the_next_day() {
    let eight = at("2026-11-23T07:00:00Z");
    assert_eq!(next(eight - 1, 8 * 60, BERLIN), eight);
    assert_eq!(next(eight, 8 * 60, BERLIN), eight + DAY);
}

#[test]
fn it_is_in_the_time_zone_of_its_reader() {
    let now = at("2026-11-23T20:00:00Z");
    assert_eq!(next(now, 8 * 60, "Asia/Tokyo"), at("2026-11-23T23:00:00Z"));
    assert_eq!(next(now, 8 * 60, "America/New_York"), at("2026-11-24T13:00:00Z"));
}

#[test]
fn it_stays_at_its_hour_when_clocks_are_put_forward_and_back() {
    assert_eq!(
        next(at("2026-03-28T08:00:00Z"), 8 * 60, BERLIN),
        at("2026-03-29T06:00:00Z")
    );
    assert_eq!(
        next(at("2026-10-24T08:00:00Z"), 8 * 60, BERLIN),
        at("2026-10-25T07:00:00Z")
    );
}

#[test]
fn a_time_that_a_day_does_not_have_comes_an_hour_later() {
    // 02:30 does not exist on 29 March 2026; 03:30 is 01:30 in UTC.
    assert_eq!(
        next(at("2026-03-28T12:00:00Z"), 150, BERLIN),
        at("2026-03-29T01:30:00Z")
    );
    assert_eq!(
        next(at("2026-03-29T01:30:00Z"), 150, BERLIN),
        at("2026-03-30T00:30:00Z")
    );
}

#[test]
fn a_time_that_a_day_has_twice_comes_once() {
    let first = at("2026-10-25T00:30:00Z");
    assert_eq!(next(at("2026-10-24T12:00:00Z"), 150, BERLIN), first);
    assert_eq!(next(first, 150, BERLIN), at("2026-10-26T01:30:00Z"));
    // Between the two.
    assert_eq!(next(first + HOUR / 2, 150, BERLIN), at("2026-10-26T01:30:00Z"));
}

#[test]
fn an_unknown_time_zone_counts_as_utc() {
    assert_eq!(
        next(at("2026-11-23T07:00:00Z"), 8 * 60, "Nowhere/Else"),
        at("2026-11-23T08:00:00Z")
    );
}

proptest! {
    #[test]
    fn it_is_always_later_and_within_a_little_more_than_a_day(
        now in 0i64..4_000_000_000_000,
        minutes in 0i64..1440,
        zone in prop::sample::select(vec!["UTC", BERLIN, "America/St_Johns", "Pacific/Chatham", "Australia/Lord_Howe"]),
    ) {
        let due = next(now, minutes, zone);
        prop_assert!(due > now && due <= now + DAY + 2 * HOUR, "{}", due - now);
    }
}
