//! Request forms as people and machines really send them.

use super::*;
use proptest::prelude::*;

const NOW: &str = "2026-11-23T12:00:00Z";

fn now() -> UnixMillis {
    millis(NOW)
}

fn millis(text: &str) -> UnixMillis {
    text.parse::<jiff::Timestamp>().expect("a timestamp").as_millisecond()
}

fn vienna() -> TimeZone {
    TimeZone::get("Europe/Vienna").expect("a known zone")
}

fn form() -> RequestForm {
    RequestForm {
        subject: "Printer".into(),
        ..RequestForm::default()
    }
}

fn at_times(times: &[(&str, &str)]) -> RequestForm {
    let windows = times.iter().map(|(from, until)| WindowForm {
        from: (*from).into(),
        until: (*until).into(),
        allow: false,
    });
    RequestForm {
        any_time: false,
        windows: windows.collect(),
        ..form()
    }
}

fn read(form: &RequestForm) -> Result<NewRequest, Vec<FieldError>> {
    parse(form, now(), &vienna())
}

/// The one complaint about `form`: its field and message.
fn complaint(form: &RequestForm) -> (String, String) {
    let mut errors = read(form).expect_err("the form must be refused");
    assert_eq!(errors.len(), 1, "{errors:?}");
    let error = errors.remove(0);
    (error.field, error.message)
}

#[test]
fn a_subject_is_enough_and_means_any_time() {
    let request = read(&form()).expect("fine");
    assert_eq!(
        (request.subject.as_str(), request.windows.len(), request.device),
        ("Printer", 0, None)
    );
}

#[test]
fn blanks_are_no_subject() {
    assert_eq!(
        complaint(&RequestForm {
            subject: " \t ".into(),
            ..form()
        })
        .0,
        "subject"
    );
}

#[test]
fn the_subject_may_have_200_characters_and_not_one_more() {
    let subject = |chars| RequestForm {
        subject: "ß".repeat(chars),
        ..form()
    };
    assert!(read(&subject(SUBJECT_CHARS)).is_ok());
    assert_eq!(
        complaint(&subject(SUBJECT_CHARS + 1)).1,
        "Use at most 200 characters; these are 201."
    );
}

#[test]
fn a_subject_cannot_smuggle_a_second_line() {
    assert_eq!(
        complaint(&RequestForm {
            subject: "a\r\nBcc: b@c".into(),
            ..form()
        })
        .0,
        "subject"
    );
}

#[test]
fn the_description_may_have_20000_characters_and_not_one_more() {
    let description = |chars| RequestForm {
        description: "€".repeat(chars),
        ..form()
    };
    assert!(read(&description(DESCRIPTION_CHARS)).is_ok());
    assert_eq!(complaint(&description(DESCRIPTION_CHARS + 1)).0, "description");
}

#[test]
fn the_description_keeps_its_lines_and_loses_carriage_returns() {
    let request = read(&RequestForm {
        description: "a\r\n\tb\r\n".into(),
        ..form()
    })
    .expect("fine");
    assert_eq!(request.description, "a\n\tb");
}

#[test]
fn a_zero_byte_in_the_description_is_refused() {
    assert_eq!(
        complaint(&RequestForm {
            description: "a\0b".into(),
            ..form()
        })
        .0,
        "description"
    );
}

#[test]
fn a_device_that_is_no_id_is_refused() {
    assert_eq!(
        complaint(&RequestForm {
            device: "1 OR 1".into(),
            ..form()
        })
        .0,
        "device"
    );
}

#[test]
fn times_are_read_in_the_zone_of_the_person() {
    let request = read(&at_times(&[("2026-11-24T09:00", "2026-11-24T10:30")])).expect("fine");
    let window = Window {
        starts_at: millis("2026-11-24T08:00:00Z"),
        ends_at: millis("2026-11-24T09:30:00Z"),
    };
    assert_eq!(request.windows, [window]);
}

#[test]
fn seconds_and_a_space_are_understood() {
    assert!(read(&at_times(&[("2026-11-24 09:00:00", "2026-11-24T10:30:59")])).is_ok());
}

#[test]
fn empty_rows_between_are_skipped_and_the_rest_is_sorted() {
    let request = read(&at_times(&[
        ("2026-11-26T09:00", "2026-11-26T10:00"),
        ("", ""),
        ("2026-11-24T09:00", "2026-11-24T10:00"),
    ]))
    .expect("fine");
    assert!(request.windows.is_sorted());
    assert_eq!(request.windows.len(), 2);
}

#[test]
fn times_without_any_time_are_refused() {
    assert_eq!(complaint(&at_times(&[("", "")])).0, "availability");
}

#[test]
fn a_row_with_only_a_start_is_refused_at_its_end() {
    assert_eq!(complaint(&at_times(&[("2026-11-24T09:00", "")])).0, "until-1");
}

#[test]
fn an_end_before_the_start_is_refused() {
    assert_eq!(
        complaint(&at_times(&[("2026-11-24T09:00", "2026-11-24T09:00")])).1,
        "The end must be after the start."
    );
}

#[test]
fn a_window_that_has_begun_is_fine_and_one_that_has_passed_is_not() {
    assert!(read(&at_times(&[("2026-11-23T12:00", "2026-11-23T13:01")])).is_ok());
    assert_eq!(
        complaint(&at_times(&[("2026-11-23T12:00", "2026-11-23T13:00")])).0,
        "until-1"
    );
}

#[test]
fn a_window_may_last_14_days_and_not_a_minute_more() {
    assert!(read(&at_times(&[("2026-11-24T09:00", "2026-12-08T09:00")])).is_ok());
    assert_eq!(
        complaint(&at_times(&[("2026-11-24T09:00", "2026-12-08T09:01")])).0,
        "until-1"
    );
}

#[test]
fn a_window_more_than_a_year_ahead_is_refused() {
    assert_eq!(
        complaint(&at_times(&[("2028-01-01T09:00", "2028-01-01T10:00")])).0,
        "until-1"
    );
}

#[test]
fn windows_that_touch_are_fine_and_windows_that_overlap_are_not() {
    let first = ("2026-11-24T09:00", "2026-11-24T10:00");
    assert!(read(&at_times(&[first, ("2026-11-24T10:00", "2026-11-24T11:00")])).is_ok());
    let (input, why) = complaint(&at_times(&[first, ("2026-11-24T09:59", "2026-11-24T11:00")]));
    assert_eq!(
        (input.as_str(), why.as_str()),
        ("from-2", "This time overlaps time 1; change one of them.")
    );
}

#[test]
fn twenty_windows_are_fine_and_twenty_one_are_not() {
    let rows = |count: u32| {
        let row = |day: u32| WindowForm {
            from: format!("2026-12-{:02}T{:02}:00", 1 + day / 10, day % 10),
            until: format!("2026-12-{:02}T{:02}:30", 1 + day / 10, day % 10),
            allow: false,
        };
        RequestForm {
            any_time: false,
            windows: (0..count).map(row).collect(),
            ..form()
        }
    };
    assert_eq!(read(&rows(20)).expect("fine").windows.len(), 20);
    assert_eq!(complaint(&rows(21)).1, "Give at most 20 times; these are 21.");
}

#[test]
fn a_time_that_the_clocks_jump_over_is_explained() {
    let (input, why) = complaint(&at_times(&[("2027-03-28T02:30", "2027-03-28T04:00")]));
    assert_eq!(input, "from-1");
    assert!(why.contains("does not exist"), "{why}");
}

#[test]
fn a_time_that_happens_twice_means_the_first() {
    let request = read(&at_times(&[("2027-10-31T02:30", "2027-10-31T04:00")])).expect("fine");
    assert_eq!(request.windows[0].starts_at, millis("2027-10-31T00:30:00Z"));
}

#[test]
fn dates_that_do_not_exist_are_refused() {
    assert_eq!(
        complaint(&at_times(&[("2027-02-30T09:00", "2027-03-01T09:00")])).0,
        "from-1"
    );
}

#[test]
fn a_zone_in_the_value_is_refused() {
    assert_eq!(
        complaint(&at_times(&[("2026-11-24T09:00Z", "2026-11-24T10:00")])).0,
        "from-1"
    );
}

#[test]
fn hidden_rows_do_not_matter_for_any_time() {
    let form = RequestForm {
        any_time: true,
        ..at_times(&[("nonsense", "")])
    };
    assert!(read(&form).is_ok());
}

#[test]
fn all_complaints_come_at_once() {
    let form = RequestForm {
        subject: String::new(),
        device: "x".into(),
        ..at_times(&[("a", "b")])
    };
    let fields: Vec<_> = read(&form)
        .expect_err("refused")
        .into_iter()
        .map(|error| error.field)
        .collect();
    assert_eq!(fields, ["subject", "device", "from-1", "until-1"]);
}

#[test]
fn a_posted_form_keeps_every_typed_value() {
    let pairs = [
        ("subject", "S"),
        ("availability", "windows"),
        ("from-1", "x"),
        ("until-1", "y"),
        ("version", "7"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let form = RequestForm::from_pairs(&pairs, 0);
    assert_eq!(
        form.windows[0],
        WindowForm {
            from: "x".into(),
            until: "y".into(),
            allow: false
        }
    );
    assert_eq!(
        (form.windows.len(), form.any_time, form.one_time),
        (WINDOW_ROWS, false, false)
    );
    assert_eq!(form.version, "7");
}

#[test]
fn times_over_the_limit_are_read_so_that_they_come_back() {
    let pairs: Vec<_> = (1..=25).map(|row| (format!("from-{row}"), row.to_string())).collect();
    let form = RequestForm::from_pairs(&pairs, 1);
    assert_eq!((form.windows.len(), form.windows[24].from.as_str()), (25, "25"));
}

#[test]
fn more_rows_are_added_up_to_the_limit() {
    let row = |n: usize| {
        [
            (format!("from-{n}"), String::new()),
            (format!("until-{n}"), String::new()),
        ]
    };
    let pairs: Vec<_> = (1..=WINDOWS).flat_map(row).collect();
    assert_eq!(RequestForm::from_pairs(&pairs[..6], 1).windows.len(), 4);
    assert_eq!(RequestForm::from_pairs(&pairs, 1).windows.len(), WINDOWS);
}

#[test]
fn a_stored_time_is_shown_as_it_was_typed() {
    let typed = "2026-11-24T09:00";
    let at = read_local_time(typed, &vienna()).expect("fine");
    assert_eq!(local_input(at, &vienna()), typed);
}

proptest! {
    #[test]
    fn whatever_is_typed_gives_a_result_within_the_limits(
        subject in ".{0,210}",
        description in ".{0,50}",
        device in ".{0,40}",
        rows in proptest::collection::vec(("[0-9T: -]{0,20}", "[0-9T: -]{0,20}"), 0..25),
    ) {
        let windows = rows.into_iter().map(|(from, until)| WindowForm { from, until, allow: false }).collect();
        let form = RequestForm { subject, description, device, any_time: false, windows, ..RequestForm::default() };
        match read(&form) {
            Ok(request) => {
                prop_assert!(request.subject.chars().count() <= SUBJECT_CHARS);
                prop_assert!(request.windows.len() <= WINDOWS);
                prop_assert!(request.windows.windows(2).all(|pair| pair[0].ends_at <= pair[1].starts_at));
            }
            Err(errors) => prop_assert!(!errors.is_empty()),
        }
    }

    #[test]
    fn real_times_always_give_sorted_windows_or_complaints(
        starts in proptest::collection::vec((0u32..28, 0u32..24, 1u32..72), 1..20),
    ) {
        let rows = starts.into_iter().map(|(day, hour, hours)| {
            let from = jiff::civil::date(2026, 12, 1 + day as i8).at(hour as i8, 0, 0, 0);
            let until = from + jiff::Span::new().hours(i64::from(hours));
            WindowForm { from: from.strftime("%Y-%m-%dT%H:%M").to_string(), until: until.strftime("%Y-%m-%dT%H:%M").to_string(), allow: false }
        });
        let form = RequestForm { any_time: false, windows: rows.collect(), ..form() };
        if let Ok(request) = read(&form) {
            prop_assert!(request.windows.windows(2).all(|pair| pair[0].ends_at <= pair[1].starts_at));
        }
    }
}
