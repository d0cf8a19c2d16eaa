//! Times as people read them: in the reader's own zone, and for machines in `datetime`.
//!
//! Invariant: the text functions are pure; zone and now come from [`super::reader::Reader`].

use super::reader::Reader;
use crate::{
    requests::model::Window,
    tf, tn,
    words::{dates, t},
};
use deskside_protocol::UnixMillis;
use jiff::{Timestamp, Zoned, tz::TimeZone};
use leptos::prelude::*;

const MINUTE: i64 = 60_000;

fn zoned(at: UnixMillis, zone: &TimeZone) -> Zoned {
    Timestamp::from_millisecond(at)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned(zone.clone())
}

fn day_words(at: &Zoned, now: &Zoned) -> String {
    let days = at.date().since(now.date()).map_or(i32::MAX, |span| span.get_days());
    match days {
        0 => t("Today").into(),
        1 => t("Tomorrow").into(),
        -1 => t("Yesterday").into(),
        _ if at.year() == now.year() => dates::day(at),
        _ => dates::day_of_year(at),
    }
}

/// `Today, 14:30`, `Tue 24 Nov, 09:00`, `Mon 4 Jan 2027, 09:00`.
pub fn moment_words(at: UnixMillis, now: UnixMillis, zone: &TimeZone) -> String {
    let (at, now) = (zoned(at, zone), zoned(now, zone));
    tf!("{day}, {time}", day = day_words(&at, &now), time = dates::time(&at))
}

/// `Today, 14:30 – 16:00`; the second day is named only when it is another one.
pub fn window_words(window: Window, now: UnixMillis, zone: &TimeZone) -> String {
    let (from, until) = (zoned(window.starts_at, zone), zoned(window.ends_at, zone));
    let start = moment_words(window.starts_at, now, zone);
    if from.date() == until.date() {
        format!("{start} – {}", dates::time(&until))
    } else {
        format!("{start} – {}", moment_words(window.ends_at, now, zone))
    }
}

/// How long ago: `just now`, `5 min`, `3 h`, `2 days`.
pub fn age_words(since: UnixMillis, now: UnixMillis) -> String {
    let minutes = (now - since).max(0) / MINUTE;
    match minutes {
        0 => t("just now").into(),
        1..60 => tf!("{n} min", n = minutes),
        60..1440 => tf!("{n} h", n = minutes / 60),
        _ => tn!(minutes / 1440, "{n} day", "{n} days"),
    }
}

/// A value for `datetime`: UTC with milliseconds.
fn machine(at: UnixMillis) -> String {
    Timestamp::from_millisecond(at)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

/// A point in time.
#[component]
pub fn Moment(at: UnixMillis) -> impl IntoView {
    let reader = Reader::current();
    view! { <time datetime=machine(at)>{moment_words(at, reader.now, &reader.zone)}</time> }
}

/// How long ago something was.
#[component]
pub fn Age(since: UnixMillis) -> impl IntoView {
    let reader = Reader::current();
    let title = moment_words(since, reader.now, &reader.zone);
    view! { <time datetime=machine(since) title=title>{age_words(since, reader.now)}</time> }
}

/// An availability window.
#[component]
pub fn WindowTime(window: Window) -> impl IntoView {
    let reader = Reader::current();
    view! { <time datetime=machine(window.starts_at)>{window_words(window, reader.now, &reader.zone)}</time> }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday, 23 November 2026, 12:00 in Berlin.
    const NOW: UnixMillis = 1_795_431_600_000;
    const HOUR: i64 = 60 * MINUTE;

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").expect("the time zone is known")
    }

    #[test]
    fn near_days_have_names() {
        assert_eq!(moment_words(NOW, NOW, &berlin()), "Today, 12:00");
        assert_eq!(moment_words(NOW + 20 * HOUR, NOW, &berlin()), "Tomorrow, 08:00");
        assert_eq!(moment_words(NOW - 13 * HOUR, NOW, &berlin()), "Yesterday, 23:00");
    }

    #[test]
    fn other_days_have_dates_and_other_years_a_year() {
        assert_eq!(moment_words(NOW + 72 * HOUR, NOW, &berlin()), "Thu 26 Nov, 12:00");
        assert_eq!(
            moment_words(NOW + 60 * 24 * HOUR, NOW, &berlin()),
            "Fri 22 Jan 2027, 12:00"
        );
    }

    #[test]
    fn the_same_moment_reads_differently_in_another_zone() {
        let tokyo = TimeZone::get("Asia/Tokyo").expect("the time zone is known");
        assert_eq!(moment_words(NOW, NOW, &tokyo), "Today, 20:00");
    }

    #[test]
    fn a_window_names_its_second_day_only_when_it_is_another() {
        let short = Window {
            starts_at: NOW,
            ends_at: NOW + 2 * HOUR,
        };
        let night = Window {
            starts_at: NOW,
            ends_at: NOW + 20 * HOUR,
        };
        assert_eq!(window_words(short, NOW, &berlin()), "Today, 12:00 – 14:00");
        assert_eq!(window_words(night, NOW, &berlin()), "Today, 12:00 – Tomorrow, 08:00");
    }

    #[test]
    fn ages_grow_from_minutes_to_days() {
        let words = |passed: i64| age_words(NOW - passed, NOW);
        assert_eq!(words(59_000), "just now");
        assert_eq!(words(59 * MINUTE), "59 min");
        assert_eq!(words(60 * MINUTE), "1 h");
        assert_eq!(words(24 * HOUR), "1 day");
        assert_eq!(words(48 * HOUR), "2 days");
        assert_eq!(words(-HOUR), "just now");
    }
}
