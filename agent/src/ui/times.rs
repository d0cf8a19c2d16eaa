//! Times as the person at the device reads them.
//!
//! Invariant: pure; zone and now come from whoever calls.

use deskside_protocol::{UnixMillis, preconsent::AllowedWindow};
use jiff::{Timestamp, Zoned, tz::TimeZone};

fn zoned(at: UnixMillis, zone: &TimeZone) -> Zoned {
    Timestamp::from_millisecond(at)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned(zone.clone())
}

fn day(at: &Zoned, now: &Zoned) -> String {
    let days = at.date().since(now.date()).map_or(i32::MAX, |span| span.get_days());
    match days {
        0 => "Today".into(),
        1 => "Tomorrow".into(),
        _ => at.strftime("%a %-d %b").to_string(),
    }
}

/// `Today 14:00 – 16:00`; the second day is named only when it is another one.
pub fn window(window: AllowedWindow, now: UnixMillis, zone: &TimeZone) -> String {
    let (from, until, now) = (
        zoned(window.starts_at, zone),
        zoned(window.ends_at, zone),
        zoned(now, zone),
    );
    let start = format!("{} {}", day(&from, &now), from.strftime("%H:%M"));
    if from.date() == until.date() {
        format!("{start} – {}", until.strftime("%H:%M"))
    } else {
        format!("{start} – {} {}", day(&until, &now), until.strftime("%H:%M"))
    }
}

/// `14:00 – 16:00` on the day of now, else as [`window`].
pub fn short(allowed: AllowedWindow, now: UnixMillis, zone: &TimeZone) -> String {
    let words = window(allowed, now, zone);
    match words.strip_prefix("Today ") {
        Some(short) if zoned(allowed.ends_at, zone).date() == zoned(now, zone).date() => short.to_owned(),
        _ => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tuesday, 24 November 2026, 08:00 UTC.
    const NOW: UnixMillis = 1_795_507_200_000;
    const HOUR: UnixMillis = 3_600_000;

    fn allowed(from: UnixMillis, hours: UnixMillis) -> AllowedWindow {
        AllowedWindow {
            starts_at: NOW + from * HOUR,
            ends_at: NOW + (from + hours) * HOUR,
        }
    }

    #[test]
    fn near_days_have_names_and_others_a_date() {
        let words = |from| window(allowed(from, 2), NOW, &TimeZone::UTC);
        assert_eq!(
            [words(6), words(24), words(72)],
            [
                "Today 14:00 – 16:00",
                "Tomorrow 08:00 – 10:00",
                "Fri 27 Nov 08:00 – 10:00"
            ]
        );
    }

    #[test]
    fn the_second_day_is_named_when_it_is_another_one() {
        assert_eq!(
            window(allowed(0, 24), NOW, &TimeZone::UTC),
            "Today 08:00 – Tomorrow 08:00"
        );
    }

    #[test]
    fn on_the_same_day_the_bar_needs_no_day() {
        assert_eq!(short(allowed(6, 2), NOW, &TimeZone::UTC), "14:00 – 16:00");
        assert_eq!(
            short(allowed(0, 24), NOW, &TimeZone::UTC),
            "Today 08:00 – Tomorrow 08:00"
        );
    }

    #[test]
    fn no_number_is_too_large_for_words() {
        let edge = AllowedWindow {
            starts_at: i64::MIN,
            ends_at: i64::MAX,
        };
        assert!(!window(edge, i64::MAX, &TimeZone::UTC).is_empty());
    }
}
