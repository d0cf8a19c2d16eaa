//! From a request as typed to a request that can be stored, with every complaint at its field.
//!
//! Invariant: pure; the result is `Ok` only when everything is within its limits, and then the windows are sorted and
//! do not overlap. Local times that do not exist are refused and ambiguous ones mean the earlier of the two.

use super::model::{
    DESCRIPTION_CHARS, NewRequest, RequestForm, SUBJECT_CHARS, WINDOW_DAYS, WINDOW_ROWS, WINDOWS, Window, WindowForm,
};
use crate::{error::FieldError, preconsents::typed, tf, words::t};
use deskside_protocol::UnixMillis;
use jiff::{
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};

/// Furthest end of a window from now.
const AHEAD_DAYS: i64 = 366;
/// Rows of times that are read of a form: more than there may be, so that those over the limit are told and not lost.
const ROWS_READ: usize = 90;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Checks `form` as typed at `now` by somebody whose clock shows the zone `tz`.
pub fn parse(form: &RequestForm, now: UnixMillis, tz: &TimeZone) -> Result<NewRequest, Vec<FieldError>> {
    let mut errors = Vec::new();
    let subject = parse_line(&form.subject, &mut errors);
    let description = parse_text(&form.description, &mut errors);
    let device = match form.device.trim() {
        "" => None,
        text => match text.parse() {
            Ok(id) => Some(id),
            Err(_) => {
                errors.push(field("device", t("Choose one of the devices in the list.")));
                None
            }
        },
    };
    let windows = if form.any_time {
        Vec::new()
    } else {
        parse_windows(&form.windows, now, tz, &mut errors)
    };
    let allowed = typed::parse(form, &windows, now, tz, &mut errors);
    if errors.is_empty() {
        Ok(NewRequest {
            subject,
            description,
            device,
            windows,
            allowed,
            one_time: form.one_time,
        })
    } else {
        Err(errors)
    }
}

impl RequestForm {
    /// Collects the inputs of a posted form. `extra_rows` adds empty availability rows (the button "Add another time").
    pub fn from_pairs(pairs: &[(String, String)], extra_rows: usize) -> Self {
        let value = |name: &str| {
            pairs
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
        };
        let mut windows = Vec::new();
        for row in 1..=ROWS_READ {
            let from = value(&format!("from-{row}"));
            let until = value(&format!("until-{row}"));
            if from.is_none() && until.is_none() {
                break;
            }
            windows.push(WindowForm {
                from: from.unwrap_or_default(),
                until: until.unwrap_or_default(),
                allow: value(&typed::input(row)).is_some(),
            });
        }
        let rows = (windows.len() + extra_rows)
            .clamp(WINDOW_ROWS, WINDOWS)
            .max(windows.len());
        windows.resize(rows, WindowForm::default());
        Self {
            subject: value("subject").unwrap_or_default(),
            description: value("description").unwrap_or_default(),
            device: value("device").unwrap_or_default(),
            any_time: value("availability").as_deref() != Some("windows"),
            windows,
            one_time: value("one_time").is_some(),
            version: value("version").unwrap_or_default(),
        }
    }
}

/// The value of a `datetime-local` input for `at`, as somebody in `tz` would type it.
pub fn local_input(at: UnixMillis, tz: &TimeZone) -> String {
    match jiff::Timestamp::from_millisecond(at) {
        Ok(at) => at.to_zoned(tz.clone()).strftime("%Y-%m-%dT%H:%M").to_string(),
        Err(_) => String::new(),
    }
}

fn field(name: impl Into<String>, message: impl Into<String>) -> FieldError {
    FieldError {
        field: name.into(),
        message: message.into(),
    }
}

fn parse_line(raw: &str, errors: &mut Vec<FieldError>) -> String {
    let subject = raw.trim();
    let chars = subject.chars().count();
    if chars == 0 {
        errors.push(field("subject", t("Say in a few words what you need help with.")));
    } else if chars > SUBJECT_CHARS {
        errors.push(field(
            "subject",
            tf!(
                "Use at most {max} characters; these are {n}.",
                max = SUBJECT_CHARS,
                n = chars
            ),
        ));
    } else if subject.chars().any(char::is_control) {
        errors.push(field(
            "subject",
            t("Write the subject on one line, without control characters."),
        ));
    }
    subject.to_owned()
}

fn parse_text(raw: &str, errors: &mut Vec<FieldError>) -> String {
    let text = raw.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim();
    let chars = text.chars().count();
    if chars > DESCRIPTION_CHARS {
        errors.push(field(
            "description",
            tf!(
                "Use at most {max} characters; these are {n}.",
                max = DESCRIPTION_CHARS,
                n = chars
            ),
        ));
    } else if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        errors.push(field(
            "description",
            t("Remove the control characters; only text, tabs and new lines can be stored."),
        ));
    }
    text.to_owned()
}

fn parse_windows(rows: &[WindowForm], now: UnixMillis, tz: &TimeZone, errors: &mut Vec<FieldError>) -> Vec<Window> {
    let before = errors.len();
    let is_empty = |row: &WindowForm| row.from.trim().is_empty() && row.until.trim().is_empty();
    let given = rows.iter().filter(|row| !is_empty(row)).count();
    if given > WINDOWS {
        let words = tf!(
            "Give at most {most} times; these are {given}.",
            most = WINDOWS,
            given = given
        );
        errors.push(field("availability", words));
        return Vec::new();
    }
    let mut windows = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let row_number = index + 1;
        if is_empty(row) {
            continue;
        }
        let from = local_time(&row.from, format!("from-{row_number}"), tz, errors);
        let until = local_time(&row.until, format!("until-{row_number}"), tz, errors);
        let (Some(starts_at), Some(ends_at)) = (from, until) else {
            continue;
        };
        match check_window(starts_at, ends_at, now) {
            Ok(()) => windows.push((row_number, Window { starts_at, ends_at })),
            Err((input, why)) => errors.push(field(format!("{input}-{row_number}"), why)),
        }
    }
    if windows.is_empty() && errors.len() == before {
        errors.push(field(
            "availability",
            t("Give at least one time, or choose “Any time”."),
        ));
    }
    windows.sort_by_key(|(_, window)| *window);
    for pair in windows.windows(2) {
        let [(earlier, first), (later, second)] = pair else {
            continue;
        };
        if second.starts_at < first.ends_at {
            let (row, other) = (later.max(earlier), later.min(earlier));
            errors.push(field(
                format!("from-{row}"),
                tf!("This time overlaps time {other}; change one of them.", other = other),
            ));
        }
    }
    windows.into_iter().map(|(_, window)| window).collect()
}

/// Checks one window as typed into the inputs of these names.
pub fn parse_window(
    from: &str,
    until: &str,
    [from_name, until_name]: [&str; 2],
    now: UnixMillis,
    tz: &TimeZone,
) -> Result<Window, Vec<FieldError>> {
    let mut errors = Vec::new();
    let starts_at = local_time(from, from_name.to_owned(), tz, &mut errors);
    let ends_at = local_time(until, until_name.to_owned(), tz, &mut errors);
    let (Some(starts_at), Some(ends_at)) = (starts_at, ends_at) else {
        return Err(errors);
    };
    match check_window(starts_at, ends_at, now) {
        Ok(()) => Ok(Window { starts_at, ends_at }),
        Err((input, why)) => {
            let name = if input == "from" { from_name } else { until_name };
            Err(vec![field(name, why)])
        }
    }
}

fn check_window(starts_at: UnixMillis, ends_at: UnixMillis, now: UnixMillis) -> Result<(), (&'static str, String)> {
    if ends_at <= starts_at {
        return Err(("until", t("The end must be after the start.").to_owned()));
    }
    if ends_at <= now {
        return Err(("until", t("This time has passed already.").to_owned()));
    }
    if ends_at - starts_at > WINDOW_DAYS * DAY {
        return Err((
            "until",
            tf!("One time can last at most {days} days.", days = WINDOW_DAYS),
        ));
    }
    if ends_at > now + AHEAD_DAYS * DAY {
        return Err(("until", t("This is more than a year ahead.").to_owned()));
    }
    Ok(())
}

fn local_time(raw: &str, name: String, tz: &TimeZone, errors: &mut Vec<FieldError>) -> Option<UnixMillis> {
    match read_local_time(raw.trim(), tz) {
        Ok(at) => Some(at),
        Err(why) => {
            errors.push(field(name, why));
            None
        }
    }
}

fn read_local_time(text: &str, tz: &TimeZone) -> Result<UnixMillis, String> {
    if text.is_empty() {
        return Err(t("Give both a start and an end, or leave both empty.").to_owned());
    }
    let time = civil(text).ok_or(t("Write date and time like 2026-11-23 14:30."))?;
    let ambiguous = tz.to_ambiguous_timestamp(time);
    if let AmbiguousOffset::Gap { .. } = ambiguous.offset() {
        return Err(
            t("This time does not exist: the clocks go forward over it. Choose one before or after.").to_owned(),
        );
    }
    match ambiguous.earlier() {
        Ok(at) => Ok(at.as_millisecond()),
        Err(_) => Err(t("This date is too far away.").to_owned()),
    }
}

/// Reads `YYYY-MM-DDTHH:MM[:SS]`, with a space allowed for the `T`: nothing else, in particular no zone.
fn civil(text: &str) -> Option<DateTime> {
    let seconds = match text.len() {
        16 => "",
        19 => ":%S",
        _ => return None,
    };
    if !text.is_ascii() {
        return None;
    }
    let separator = match text.as_bytes()[10] {
        b'T' => 'T',
        b' ' => ' ',
        _ => return None,
    };
    DateTime::strptime(format!("%Y-%m-%d{separator}%H:%M{seconds}"), text).ok()
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
