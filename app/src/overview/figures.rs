//! From the lives of requests to the figures of the overview.
//!
//! Invariant: pure; days are those of the reader's time zone.

use deskside_protocol::UnixMillis;
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

/// Days that the overview shows.
pub const DAYS: usize = 14;

/// When things happened to one request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Life {
    pub created_at: UnixMillis,
    pub claimed_at: Option<UnixMillis>,
    /// When it was closed; not set for a cancelled one.
    pub closed_at: Option<UnixMillis>,
    pub rating: Option<i64>,
}

/// One day of the helpdesk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Day {
    pub date: Date,
    pub filed: i64,
    pub closed: i64,
    /// Median of how long those who were helped first on this day had waited, milliseconds.
    pub waited: Option<i64>,
    /// Median from the first claim to the end, of those closed on this day, milliseconds.
    pub handled: Option<i64>,
}

/// What is collected of one day.
#[derive(Default)]
struct Collected {
    filed: i64,
    closed: i64,
    waited: Vec<i64>,
    handled: Vec<i64>,
}

/// The last [`DAYS`] days, the latest last.
pub fn days(lives: &[Life], now: UnixMillis, zone: &TimeZone) -> Vec<Day> {
    let dates = dates(now, zone);
    let mut starts: Vec<UnixMillis> = dates.iter().map(|date| start(*date, zone, now)).collect();
    let tomorrow = date(now, zone)
        .tomorrow()
        .map_or(i64::MAX, |date| start(date, zone, now));
    starts.push(tomorrow);
    // The number of the day in which something happened.
    let on = |at: UnixMillis| {
        let day = starts.partition_point(|start| *start <= at).checked_sub(1)?;
        (day < DAYS).then_some(day)
    };
    let mut collected: Vec<Collected> = (0..DAYS).map(|_| Collected::default()).collect();
    for life in lives {
        if let Some(day) = on(life.created_at) {
            collected[day].filed += 1;
        }
        if let Some(day) = life.claimed_at.and_then(on) {
            collected[day].waited.extend(waited(life));
        }
        if let Some(day) = life.closed_at.and_then(on) {
            collected[day].closed += 1;
            collected[day].handled.extend(handled(life));
        }
    }
    let days = dates.into_iter().zip(collected);
    days.map(|(date, day)| Day {
        date,
        filed: day.filed,
        closed: day.closed,
        waited: median(day.waited),
        handled: median(day.handled),
    })
    .collect()
}

/// The dates that are shown.
fn dates(now: UnixMillis, zone: &TimeZone) -> Vec<Date> {
    let today = date(now, zone);
    let back = |days: usize| today.checked_sub(i64::try_from(days).unwrap_or(0).days());
    (0..DAYS).rev().map(|days| back(days).unwrap_or(today)).collect()
}

/// When a day begins; `now` for one that is beyond every calendar.
fn start(date: Date, zone: &TimeZone, now: UnixMillis) -> UnixMillis {
    let start = date.to_zoned(zone.clone());
    start.map_or(now, |start| start.timestamp().as_millisecond())
}

/// The beginning of the first shown day.
pub fn since(now: UnixMillis, zone: &TimeZone) -> UnixMillis {
    dates(now, zone).first().map_or(now, |date| start(*date, zone, now))
}

/// How many ratings there are, and their mean in hundredths.
pub fn ratings(lives: &[Life]) -> Option<(i64, i64)> {
    let stars: Vec<i64> = lives.iter().filter_map(|life| life.rating).collect();
    let count = i64::try_from(stars.len()).ok().filter(|count| *count > 0)?;
    Some((count, stars.iter().sum::<i64>() * 100 / count))
}

fn date(at: UnixMillis, zone: &TimeZone) -> Date {
    let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
    at.to_zoned(zone.clone()).date()
}

fn waited(life: &Life) -> Option<i64> {
    Some(life.claimed_at? - life.created_at)
}

fn handled(life: &Life) -> Option<i64> {
    Some(life.closed_at? - life.claimed_at?)
}

fn median(mut values: Vec<i64>) -> Option<i64> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday, 23 November 2026, 12:00 in Berlin.
    const NOW: UnixMillis = 1_795_431_600_000;
    const HOUR: i64 = 3_600_000;

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").expect("the time zone is known")
    }

    fn life(created: i64, claimed: Option<i64>, closed: Option<i64>) -> Life {
        let at = |hours: i64| NOW + hours * HOUR;
        Life {
            created_at: at(created),
            claimed_at: claimed.map(at),
            closed_at: closed.map(at),
            rating: None,
        }
    }

    #[test]
    fn each_thing_counts_on_the_day_it_happened() {
        let lives = [
            life(-13, Some(-1), Some(0)),
            life(-2, None, None),
            life(-2, Some(0), None),
        ];
        let days = days(&lives, NOW, &berlin());
        assert_eq!(days.len(), DAYS);
        let [.., yesterday, today] = &days[..] else {
            panic!("two days")
        };
        assert_eq!((yesterday.filed, yesterday.closed), (1, 0));
        assert_eq!((today.filed, today.closed), (2, 1));
        assert_eq!((today.waited, today.handled), (Some(12 * HOUR), Some(HOUR)));
        assert_eq!(yesterday.waited, None);
    }

    #[test]
    fn the_first_day_begins_at_its_local_midnight() {
        assert_eq!(since(NOW, &berlin()), NOW - 12 * HOUR - 13 * 24 * HOUR);
    }

    #[test]
    fn the_mean_of_the_ratings_is_in_hundredths() {
        let rated = |stars| Life {
            rating: Some(stars),
            ..life(0, None, None)
        };
        assert_eq!(ratings(&[rated(5), rated(4), rated(4)]), Some((3, 433)));
        assert_eq!(ratings(&[life(0, None, None)]), None);
    }
}
