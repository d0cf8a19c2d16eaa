//! Days as people write them, in the language of the reader.

use super::tc;
use crate::tf;
use jiff::{Zoned, civil::Weekday};

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => tc("weekday", "Mon"),
        Weekday::Tuesday => tc("weekday", "Tue"),
        Weekday::Wednesday => tc("weekday", "Wed"),
        Weekday::Thursday => tc("weekday", "Thu"),
        Weekday::Friday => tc("weekday", "Fri"),
        Weekday::Saturday => tc("weekday", "Sat"),
        Weekday::Sunday => tc("weekday", "Sun"),
    }
}

fn month(month: i8) -> &'static str {
    match month {
        1 => tc("month", "Jan"),
        2 => tc("month", "Feb"),
        3 => tc("month", "Mar"),
        4 => tc("month", "Apr"),
        5 => tc("month", "May"),
        6 => tc("month", "Jun"),
        7 => tc("month", "Jul"),
        8 => tc("month", "Aug"),
        9 => tc("month", "Sep"),
        10 => tc("month", "Oct"),
        11 => tc("month", "Nov"),
        _ => tc("month", "Dec"),
    }
}

/// `Tue 24 Nov`.
pub fn day(at: &Zoned) -> String {
    tf!(
        "{weekday} {day} {month}",
        weekday = weekday(at.weekday()),
        day = at.day(),
        month = month(at.month())
    )
}

/// `Mon 4 Jan 2027`.
pub fn day_of_year(at: &Zoned) -> String {
    tf!(
        "{weekday} {day} {month} {year}",
        weekday = weekday(at.weekday()),
        day = at.day(),
        month = month(at.month()),
        year = at.year()
    )
}

/// `24 Nov`, as under a chart.
pub fn short(day: jiff::civil::Date) -> String {
    tf!("{day} {month}", day = day.day(), month = month(day.month()))
}

/// `14:30`.
pub fn time(at: &Zoned) -> String {
    at.strftime("%H:%M").to_string()
}
