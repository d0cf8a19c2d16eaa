//! When the helpdesk of a directory is there.
//!
//! Invariant: pure; hours are local times of the directory's zone, so they stay when the clocks change.

use crate::{error::FieldError, tf, words::t};
use deskside_protocol::UnixMillis;
use jiff::{
    Timestamp, ToSpan, Zoned,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};
use std::collections::BTreeMap;

/// Days looked ahead for the next opening.
const AHEAD_DAYS: i32 = 60;
/// Most holidays of a directory.
pub const HOLIDAYS: usize = 200;
/// Longest name of a holiday, characters.
const HOLIDAY_CHARS: usize = 60;
/// The end of a day, in minutes since midnight.
const MIDNIGHT: i64 = 24 * 60;

/// The days of a week, from Monday on.
pub fn week() -> [(Weekday, &'static str); 7] {
    [
        (Weekday::Monday, t("Monday")),
        (Weekday::Tuesday, t("Tuesday")),
        (Weekday::Wednesday, t("Wednesday")),
        (Weekday::Thursday, t("Thursday")),
        (Weekday::Friday, t("Friday")),
        (Weekday::Saturday, t("Saturday")),
        (Weekday::Sunday, t("Sunday")),
    ]
}

/// From when until when, in minutes since midnight.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    pub opens_at: i64,
    pub closes_at: i64,
}

/// The hours of a helpdesk.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Hours {
    /// From Monday on; `None` is closed all day.
    pub week: [Option<Span>; 7],
    pub holidays: BTreeMap<Date, String>,
}

/// Whether somebody is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presence {
    /// The helpdesk keeps no hours: nobody can say.
    Unsaid,
    Open,
    /// Opens then, if it does within two months.
    Closed(Option<UnixMillis>),
}

impl Hours {
    /// True when nothing was set.
    pub fn is_unset(&self) -> bool {
        self.week.iter().all(Option::is_none)
    }

    /// Whether somebody is there at `now`.
    pub fn presence(&self, now: UnixMillis, zone: &TimeZone) -> Presence {
        if self.is_unset() {
            return Presence::Unsaid;
        }
        let here = zoned(now, zone);
        let minute = i64::from(here.hour()) * 60 + i64::from(here.minute());
        let open = self
            .on(here.date())
            .is_some_and(|span| (span.opens_at..span.closes_at).contains(&minute));
        if open {
            return Presence::Open;
        }
        Presence::Closed((0..AHEAD_DAYS).find_map(|days| {
            let date = here.date().checked_add(days.days()).ok()?;
            let span = self.on(date)?;
            let opens = at_minute(date, span.opens_at, zone)?;
            (opens > now).then_some(opens)
        }))
    }

    fn on(&self, date: Date) -> Option<Span> {
        if self.holidays.contains_key(&date) {
            return None;
        }
        let index = usize::try_from(date.weekday().to_monday_zero_offset()).ok()?;
        self.week.get(index).copied().flatten()
    }
}

fn zoned(at: UnixMillis, zone: &TimeZone) -> Zoned {
    Timestamp::from_millisecond(at)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned(zone.clone())
}

/// A local time that the clocks jump over means the first moment after the jump.
fn at_minute(date: Date, minute: i64, zone: &TimeZone) -> Option<UnixMillis> {
    let time = Time::new(i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?, 0, 0).ok()?;
    let at = zone.to_ambiguous_timestamp(date.to_datetime(time)).compatible().ok()?;
    Some(at.as_millisecond())
}

/// Reads a form: `opens-1`, `closes-1` (Monday) to `opens-7`, `closes-7` as `08:00`, and holidays, one a line, each a
/// date and a name.
pub fn parse(value: impl Fn(&str) -> String) -> Result<Hours, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut hours = Hours::default();
    for (index, span) in hours.week.iter_mut().enumerate() {
        let (opens, closes) = (format!("opens-{}", index + 1), format!("closes-{}", index + 1));
        let (from, until) = (value(&opens), value(&closes));
        if from.trim().is_empty() && until.trim().is_empty() {
            continue;
        }
        match (minutes(&from), minutes(&until)) {
            (None, _) => errors.push(FieldError::new(
                opens,
                t("Write a time like 08:00, or leave both empty."),
            )),
            (_, None) => errors.push(FieldError::new(
                closes,
                t("Write a time like 17:30, or leave both empty."),
            )),
            (Some(from), Some(until)) => {
                // Midnight at the end of a day is written 00:00.
                let until = if until == 0 { MIDNIGHT } else { until };
                if until <= from {
                    errors.push(FieldError::new(closes, t("The end must be after the beginning.")));
                } else {
                    *span = Some(Span {
                        opens_at: from,
                        closes_at: until,
                    });
                }
            }
        }
    }
    match holidays(&value("holidays")) {
        Ok(holidays) => hours.holidays = holidays,
        Err(error) => errors.push(error),
    }
    if errors.is_empty() { Ok(hours) } else { Err(errors) }
}

/// Reads `08:00`, with seconds that some browsers add.
fn minutes(text: &str) -> Option<i64> {
    let time = Time::strptime("%H:%M", text.trim().get(..5)?).ok()?;
    Some(i64::from(time.hour()) * 60 + i64::from(time.minute()))
}

/// Writes minutes since midnight as `08:00`.
pub fn clock_words(minute: i64) -> String {
    let minute = minute % MIDNIGHT;
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn holidays(text: &str) -> Result<BTreeMap<Date, String>, FieldError> {
    let mut holidays = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (day, name) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let Ok(date) = Date::strptime("%Y-%m-%d", day) else {
            let message = tf!("“{line}” does not begin with a date like 2026-12-25.", line = line);
            return Err(FieldError::new("holidays", message));
        };
        holidays.insert(
            date,
            name.trim()
                .chars()
                .filter(|c| !c.is_control())
                .take(HOLIDAY_CHARS)
                .collect(),
        );
    }
    if holidays.len() > HOLIDAYS {
        return Err(FieldError::new(
            "holidays",
            tf!("Use at most {most} days.", most = HOLIDAYS),
        ));
    }
    Ok(holidays)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Monday, 23 November 2026, 12:00 in Berlin.
    const NOW: UnixMillis = 1_795_431_600_000;
    const HOUR: i64 = 3_600_000;

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").expect("the time zone is known")
    }

    /// Monday to Friday, 8 to 17.
    fn office() -> Hours {
        let span = Some(Span {
            opens_at: 8 * 60,
            closes_at: 17 * 60,
        });
        Hours {
            week: [span, span, span, span, span, None, None],
            holidays: BTreeMap::new(),
        }
    }

    #[test]
    fn the_helpdesk_is_there_from_its_first_minute_to_before_its_last() {
        let presence = |at| office().presence(at, &berlin());
        assert_eq!(presence(NOW), Presence::Open);
        assert_eq!(presence(NOW - 4 * HOUR), Presence::Open);
        assert_eq!(presence(NOW - 4 * HOUR - 1), Presence::Closed(Some(NOW - 4 * HOUR)));
        assert_eq!(presence(NOW + 5 * HOUR), Presence::Closed(Some(NOW + 20 * HOUR)));
    }

    #[test]
    fn after_friday_comes_monday_and_not_a_holiday() {
        let friday_night = NOW + 4 * 24 * HOUR + 8 * HOUR;
        let monday = NOW + 7 * 24 * HOUR - 4 * HOUR;
        let mut hours = office();
        assert_eq!(hours.presence(friday_night, &berlin()), Presence::Closed(Some(monday)));
        hours.holidays.insert(Date::constant(2026, 11, 30), "Day off".into());
        assert_eq!(
            hours.presence(friday_night, &berlin()),
            Presence::Closed(Some(monday + 24 * HOUR))
        );
    }

    #[test]
    fn hours_are_local_when_the_clocks_change() {
        // The night to Sunday, 28 March 2027, is an hour shorter; Monday still begins at eight.
        let saturday = 1_806_141_600_000;
        let monday = Date::constant(2027, 3, 29).at(8, 0, 0, 0);
        let opens = berlin().to_timestamp(monday).expect("a time").as_millisecond();
        assert_eq!(office().presence(saturday, &berlin()), Presence::Closed(Some(opens)));
    }

    #[test]
    fn without_hours_nobody_can_say() {
        assert_eq!(Hours::default().presence(NOW, &berlin()), Presence::Unsaid);
    }

    fn typed(fields: &[(&str, &str)]) -> Result<Hours, Vec<FieldError>> {
        parse(|name| {
            fields
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
                .unwrap_or_default()
        })
    }

    #[test]
    fn a_form_with_a_day_and_a_holiday_is_read() {
        let hours = typed(&[
            ("opens-1", "08:00"),
            ("closes-1", "00:00"),
            ("holidays", "2026-12-25 Christmas\n"),
        ]);
        let hours = hours.expect("good");
        assert_eq!(
            hours.week[0],
            Some(Span {
                opens_at: 480,
                closes_at: MIDNIGHT
            })
        );
        assert_eq!(hours.holidays[&Date::constant(2026, 12, 25)], "Christmas");
        assert_eq!(
            (clock_words(480), clock_words(MIDNIGHT)),
            ("08:00".into(), "00:00".into())
        );
    }

    #[test]
    fn mistakes_are_told_at_their_fields() {
        let wrong = |fields: &[(&str, &str)]| typed(fields).expect_err("refused")[0].field.clone();
        assert_eq!(wrong(&[("opens-1", "08:00")]), "closes-1");
        assert_eq!(wrong(&[("closes-2", "08:00")]), "opens-2");
        assert_eq!(wrong(&[("opens-3", "18:00"), ("closes-3", "17:00")]), "closes-3");
        assert_eq!(wrong(&[("holidays", "Christmas")]), "holidays");
    }

    #[test]
    fn two_hundred_holidays_are_fine_and_one_more_is_not() {
        let days = |count: usize| {
            let day = |n| {
                Date::constant(2026, 1, 1)
                    .checked_add(i32::try_from(n).expect("few").days())
                    .expect("a day")
            };
            (0..count).map(|n| format!("{}\n", day(n))).collect::<String>()
        };
        assert!(typed(&[("holidays", &days(HOLIDAYS))]).is_ok());
        assert!(typed(&[("holidays", &days(HOLIDAYS + 1))]).is_err());
    }

    proptest! {
        #[test]
        fn any_form_is_read_or_refused(opens in ".{0,8}", closes in ".{0,8}", holidays in ".{0,40}") {
            let _ = typed(&[("opens-1", &opens), ("closes-1", &closes), ("holidays", &holidays)]);
        }

        #[test]
        fn the_next_opening_is_always_ahead(at in 0i64..4_000_000_000_000) {
            if let Presence::Closed(Some(opens)) = office().presence(at, &berlin()) {
                prop_assert!(opens > at);
                prop_assert_eq!(office().presence(opens, &berlin()), Presence::Open);
            }
        }
    }
}
