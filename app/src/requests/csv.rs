//! Lists as comma-separated values (RFC 4180), for spreadsheets.
//!
//! Invariant: no value begins so that a spreadsheet takes it for a formula.

use super::model::{RequestRow, Window};
use crate::{
    articles::model::Answered, error::AppError, overview::figures::Day, server::reference::internal, words::t,
};
use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use deskside_protocol::UnixMillis;
use jiff::{Timestamp, tz::TimeZone};

fn head() -> [&'static str; 12] {
    [
        t("Reference"),
        t("Subject"),
        t("Owner"),
        t("Device"),
        t("Status"),
        t("Assistant"),
        t("Priority"),
        t("Available from"),
        t("Scheduled from"),
        t("Scheduled until"),
        t("Filed"),
        t("Link"),
    ]
}

/// The lines of a list; times in `zone`, as `2026-11-23 14:30`.
pub fn requests(rows: &[RequestRow], zone: &TimeZone) -> Result<String, AppError> {
    let head = head().map(str::to_owned).to_vec();
    let lines = rows.iter().map(|row| {
        let time = |at: Option<UnixMillis>| at.map(|at| moment(at, zone)).unwrap_or_default();
        let scheduled = |pick: fn(Window) -> UnixMillis| time(row.scheduled.map(pick));
        vec![
            row.reference.clone(),
            row.subject.clone(),
            row.owner.name.clone(),
            row.device
                .as_ref()
                .map(|device| device.name.clone())
                .unwrap_or_default(),
            row.status.label().to_owned(),
            row.assistant
                .as_ref()
                .map(|person| person.name.clone())
                .unwrap_or_default(),
            row.priority.label().to_owned(),
            row.available_from.map_or_else(|| "*".to_owned(), |at| moment(at, zone)),
            scheduled(|window| window.starts_at),
            scheduled(|window| window.ends_at),
            moment(row.created_at, zone),
            format!("/requests/{}", row.id),
        ]
    });
    table(std::iter::once(head).chain(lines)).map_err(|error| internal("writing a table", &error))
}

/// The figures of the overview by day; spans of time in minutes.
pub fn days(days: &[Day]) -> Result<String, AppError> {
    let head = [
        t("Day"),
        t("Filed"),
        t("Closed"),
        t("Minutes until taken"),
        t("Minutes until closed"),
    ]
    .map(str::to_owned);
    let minutes = |millis: Option<i64>| millis.map(|millis| (millis / 60_000).to_string()).unwrap_or_default();
    let lines = days.iter().map(|day| {
        vec![
            day.date.to_string(),
            day.filed.to_string(),
            day.closed.to_string(),
            minutes(day.waited),
            minutes(day.handled),
        ]
    });
    table(std::iter::once(head.to_vec()).chain(lines)).map_err(|error| internal("writing a table", &error))
}

/// What people said of help articles, an article a line.
pub fn self_help(answered: &[Answered]) -> Result<String, AppError> {
    let head = [t("Article"), t("Solved by the article"), t("Not solved")].map(str::to_owned);
    let lines = answered.iter().map(|article| {
        vec![
            article.title.clone(),
            article.solved.to_string(),
            article.unsolved.to_string(),
        ]
    });
    table(std::iter::once(head.to_vec()).chain(lines)).map_err(|error| internal("writing a table", &error))
}

/// A download of this name.
pub fn answer(name: &'static str, text: &str) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let mut response = (
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8")],
        // Spreadsheets take a text for UTF-8 by this mark.
        format!("\u{feff}{text}"),
    )
        .into_response();
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

fn moment(at: UnixMillis, zone: &TimeZone) -> String {
    let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// Lines of values; what a spreadsheet would calculate is made text.
pub fn table(lines: impl Iterator<Item = Vec<String>>) -> Result<String, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(Vec::new());
    for line in lines {
        writer.write_record(line.iter().map(|value| harmless(value)))?;
    }
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Spreadsheets calculate what begins so (OWASP, CSV Injection); the quote makes it text.
fn harmless(value: &str) -> String {
    match value.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{value}"),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_commas_are_kept_as_text() {
        let values = ["a", "b,c", "say \"hi\""].map(str::to_owned).to_vec();
        let text = table(std::iter::once(values)).expect("a table");
        assert_eq!(text, "a,\"b,c\",\"say \"\"hi\"\"\"\r\n");
    }

    #[test]
    fn nothing_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"] {
            assert!(harmless(text).starts_with('\''), "{text}");
        }
        assert_eq!(harmless("1-1"), "1-1");
    }
}
