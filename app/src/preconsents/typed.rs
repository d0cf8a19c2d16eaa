//! The ticks beside the times of a request's form.
//!
//! Invariant: pure; what comes out is among the windows of the form, for a device, within the device's own limits.

use crate::{
    error::FieldError,
    requests::{
        model::{RequestForm, WINDOWS, Window},
        parse::parse_window,
    },
    tf,
    words::t,
};
use deskside_protocol::{
    UnixMillis,
    limits::{PRECONSENT_AHEAD, PRECONSENT_WINDOWS},
    preconsent::AllowedWindow,
};
use jiff::tz::TimeZone;

// A device that is told of more than it keeps keeps none.
const _: () = assert!(WINDOWS <= PRECONSENT_WINDOWS);

/// Name of the tick in the row `number`.
pub fn input(number: usize) -> String {
    format!("allow-{number}")
}

/// The windows in which nobody is to be asked. `windows` are those of the form; rows that cannot be read have their
/// complaint at the times already.
pub fn parse(
    form: &RequestForm,
    windows: &[Window],
    now: UnixMillis,
    tz: &TimeZone,
    errors: &mut Vec<FieldError>,
) -> Vec<Window> {
    let mut allowed = Vec::new();
    if form.any_time {
        return allowed;
    }
    for (index, row) in form.windows.iter().enumerate().filter(|(_, row)| row.allow) {
        let names = ["from", "until"];
        let Ok(window) = parse_window(row.from.trim(), row.until.trim(), names, now, tz) else {
            continue;
        };
        if !windows.contains(&window) {
            continue;
        }
        match check(form, window, now) {
            Ok(()) => allowed.push(window),
            Err(message) => errors.push(FieldError {
                field: input(index + 1),
                message,
            }),
        }
    }
    allowed.sort_unstable();
    allowed
}

fn check(form: &RequestForm, window: Window, now: UnixMillis) -> Result<(), String> {
    if form.device.trim().is_empty() {
        return Err(t("Choose the device first: this is allowed for one device only.").to_owned());
    }
    let days = PRECONSENT_AHEAD.as_secs() / (24 * 3600);
    let ahead = UnixMillis::try_from(PRECONSENT_AHEAD.as_millis()).unwrap_or(UnixMillis::MAX);
    let kept = AllowedWindow {
        starts_at: window.starts_at,
        ends_at: window.ends_at,
    }
    .may_be_kept(now);
    if window.starts_at > now.saturating_add(ahead) || !kept {
        return Err(tf!(
            "This can be allowed at most {days} days ahead. Take the tick away, or come back later.",
            days = days
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requests::model::WindowForm;
    use proptest::prelude::*;

    /// Tuesday, 24 November 2026, 08:00 UTC.
    const NOW: UnixMillis = 1_795_507_200_000;
    const DAY: UnixMillis = 24 * 3_600_000;

    fn read(form: &RequestForm) -> (Vec<Window>, Vec<String>) {
        let row = |row: &WindowForm| parse_window(&row.from, &row.until, ["f", "u"], NOW, &TimeZone::UTC).ok();
        let windows: Vec<_> = form.windows.iter().filter_map(row).collect();
        let mut errors = Vec::new();
        let allowed = parse(form, &windows, NOW, &TimeZone::UTC, &mut errors);
        (allowed, errors.into_iter().map(|error| error.field).collect())
    }

    fn form(rows: &[(&str, &str, bool)]) -> RequestForm {
        let row = |&(from, until, allow): &(&str, &str, bool)| WindowForm {
            from: from.into(),
            until: until.into(),
            allow,
        };
        RequestForm {
            device: "some".into(),
            any_time: false,
            windows: rows.iter().map(row).collect(),
            ..RequestForm::default()
        }
    }

    #[test]
    fn only_rows_with_a_tick_are_allowed() {
        let (allowed, errors) = read(&form(&[
            ("2026-11-24T14:00", "2026-11-24T16:00", false),
            ("2026-11-25T14:00", "2026-11-25T16:00", true),
            ("", "", true),
        ]));
        let window = Window {
            starts_at: NOW + DAY + 6 * 3_600_000,
            ends_at: NOW + DAY + 8 * 3_600_000,
        };
        assert_eq!((allowed, errors), (vec![window], vec![]));
    }

    #[test]
    fn ticks_beside_any_time_do_not_count() {
        let form = RequestForm {
            any_time: true,
            ..form(&[("2026-11-24T14:00", "2026-11-24T16:00", true)])
        };
        assert_eq!(read(&form), (vec![], vec![]));
    }

    #[test]
    fn without_a_device_the_complaint_is_at_the_tick() {
        let form = RequestForm {
            device: String::new(),
            ..form(&[
                ("2026-11-24T10:00", "2026-11-24T11:00", false),
                ("2026-11-24T14:00", "2026-11-24T16:00", true),
            ])
        };
        assert_eq!(read(&form), (vec![], vec!["allow-2".to_owned()]));
    }

    #[test]
    fn a_time_may_begin_14_days_ahead_and_not_a_minute_later() {
        let errors = |from| read(&form(&[(from, "2026-12-08T12:00", true)])).1;
        assert!(errors("2026-12-08T08:00").is_empty());
        assert_eq!(errors("2026-12-08T08:01"), ["allow-1"]);
    }

    #[test]
    fn a_row_that_cannot_be_read_is_complained_about_at_its_times_only() {
        assert_eq!(read(&form(&[("soon", "2026-11-24T16:00", true)])), (vec![], vec![]));
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_allowed_for_a_window_of_the_form_or_not_at_all(
            rows in prop::collection::vec(("(2026-1[12]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]|.{0,20})", "(2026-1[12]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]|.{0,20})", any::<bool>()), 0..6),
            device in "[a-z]{0,3}",
        ) {
            let rows: Vec<_> = rows.iter().map(|(from, until, allow)| (from.as_str(), until.as_str(), *allow)).collect();
            let form = RequestForm { device, ..form(&rows) };
            let (allowed, errors) = read(&form);
            prop_assert!(allowed.len() + errors.len() <= form.windows.iter().filter(|row| row.allow).count());
            prop_assert!(!form.device.is_empty() || allowed.is_empty());
            prop_assert!(allowed.iter().all(|window| window.starts_at <= NOW + 14 * DAY && window.ends_at > NOW));
        }
    }
}
