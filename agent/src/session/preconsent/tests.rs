//! One sentence each about what a device holds.

use super::*;
use deskside_protocol::{ids::DeviceId, limits::PRECONSENT_WINDOWS};
use uuid::Uuid;

const NOW: UnixMillis = 1_800_000_000_000;
const HOUR: UnixMillis = 3_600_000;
const DEVICE: DeviceId = DeviceId(Uuid::from_u128(1));
const ALL: [Scope; 3] = [Scope::View, Scope::Control, Scope::Chat];

fn request(number: u128) -> RequestId {
    RequestId(Uuid::from_u128(number))
}

fn window(starts_at: UnixMillis, ends_at: UnixMillis) -> AllowedWindow {
    AllowedWindow { starts_at, ends_at }
}

fn stated(number: u128, version: i64, windows: &[AllowedWindow]) -> PreConsent {
    PreConsent {
        request: request(number),
        version,
        owner: "Emma\u{202E} Example".into(),
        subject: "Printer".into(),
        reference: "R-12".into(),
        scopes: ALL.to_vec(),
        windows: windows.to_vec(),
    }
}

/// Holds request 1 from now for an hour, seen.
fn holding() -> PreConsents {
    let mut allowed = PreConsents::default();
    assert_eq!(
        allowed.take(stated(1, 1, &[window(NOW, NOW + HOUR)]), NOW),
        Taken::Unseen
    );
    assert_eq!(allowed.show(request(1), NOW), Some(1));
    allowed
}

fn allows(allowed: &PreConsents, number: u128, at: UnixMillis) -> bool {
    allowed.allows(request(number), &ALL, at, at).is_some()
}

#[test]
fn within_its_window_a_request_is_allowed_and_another_is_not() {
    let allowed = holding();
    assert!(allows(&allowed, 1, NOW) && !allows(&allowed, 2, NOW));
}

#[test]
fn before_and_after_the_window_nothing_is_allowed() {
    let allowed = holding();
    assert!(!allows(&allowed, 1, NOW - 1));
    assert!(allows(&allowed, 1, NOW + HOUR - 1));
    assert!(!allows(&allowed, 1, NOW + HOUR));
}

#[test]
fn nothing_counts_before_somebody_saw_it_on_the_device() {
    let mut allowed = PreConsents::default();
    allowed.take(stated(1, 1, &[window(NOW, NOW + HOUR)]), NOW);
    assert!(!allows(&allowed, 1, NOW));
}

#[test]
fn both_clocks_have_to_be_within_the_window() {
    let allowed = holding();
    let at = |now, own| allowed.allows(request(1), &ALL, now, own).is_some();
    assert!(at(NOW, NOW + 1) && !at(NOW, NOW - 1) && !at(NOW + HOUR, NOW));
}

#[test]
fn who_wants_more_than_was_allowed_has_to_ask() {
    let mut allowed = PreConsents::default();
    let view_only = PreConsent {
        scopes: vec![Scope::View],
        ..stated(1, 1, &[window(NOW, NOW + HOUR)])
    };
    allowed.take(view_only, NOW);
    allowed.show(request(1), NOW);
    let asks = |scopes: &[Scope]| allowed.allows(request(1), scopes, NOW, NOW).is_none();
    assert!(!asks(&[Scope::View]) && asks(&[Scope::View, Scope::Control]));
}

#[test]
fn a_grant_that_is_replayed_after_it_was_taken_back_changes_nothing() {
    let mut allowed = holding();
    assert_eq!(allowed.take(stated(1, 2, &[]), NOW), Taken::Ended);
    for version in [1, 2] {
        let replayed = stated(1, version, &[window(NOW, NOW + HOUR)]);
        assert_eq!(allowed.take(replayed, NOW), Taken::Known);
    }
    assert!(!allows(&allowed, 1, NOW));
}

#[test]
fn a_grant_that_comes_after_its_end_for_the_first_time_changes_nothing() {
    let mut allowed = PreConsents::default();
    assert_eq!(allowed.take(stated(1, 2, &[]), NOW), Taken::Ended);
    let kept_back = stated(1, 1, &[window(NOW, NOW + HOUR)]);
    let still = NOW + millis(COMMAND_LIFETIME + CLOCK_SKEW);
    assert_eq!(allowed.take(kept_back, still), Taken::Known);
}

#[test]
fn what_was_taken_back_on_the_device_stays_so_when_the_portal_repeats_it() {
    let mut allowed = holding();
    assert_eq!(allowed.take_back(request(1)), Some(1));
    let repeated = stated(1, 1, &[window(NOW, NOW + HOUR)]);
    assert_eq!(allowed.take(repeated, NOW + HOUR / 2), Taken::Known);
    assert!(!allows(&allowed, 1, NOW + HOUR / 2));
    assert_eq!(allowed.taken_back().collect::<Vec<_>>(), [(request(1), 1)]);
}

#[test]
fn a_newer_grant_after_a_taking_back_has_to_be_seen_again() {
    let mut allowed = holding();
    allowed.take_back(request(1));
    assert_eq!(
        allowed.take(stated(1, 3, &[window(NOW, NOW + HOUR)]), NOW),
        Taken::Unseen
    );
    assert!(!allows(&allowed, 1, NOW));
    assert_eq!(allowed.unseen(NOW), Some(request(1)));
    assert_eq!(allowed.show(request(1), NOW), Some(3));
    assert!(allows(&allowed, 1, NOW));
    assert_eq!(allowed.taken_back().count(), 0);
}

#[test]
fn taking_back_twice_is_told_once() {
    let mut allowed = holding();
    assert_eq!(allowed.take_back(request(1)), Some(1));
    assert_eq!(allowed.take_back(request(1)), None);
}

#[test]
fn windows_over_a_limit_are_left_out() {
    let mut allowed = PreConsents::default();
    let long = window(NOW, NOW + 15 * 24 * HOUR);
    let far = window(NOW + 15 * 24 * HOUR, NOW + 15 * 24 * HOUR + 1);
    assert_eq!(allowed.take(stated(1, 1, &[long, far]), NOW), Taken::Ended);
    let good = window(NOW, NOW + HOUR);
    assert_eq!(allowed.take(stated(1, 2, &[long, good, far]), NOW), Taken::Unseen);
    assert_eq!(
        allowed.get(request(1)).map(|held| held.windows.clone()),
        Some(vec![good])
    );
}

#[test]
fn more_windows_than_a_request_may_have_are_none() {
    let windows = |count: usize| vec![window(NOW, NOW + HOUR); count];
    let mut allowed = PreConsents::default();
    assert_eq!(
        allowed.take(stated(1, 1, &windows(PRECONSENT_WINDOWS)), NOW),
        Taken::Unseen
    );
    assert_eq!(
        allowed.take(stated(1, 2, &windows(PRECONSENT_WINDOWS + 1)), NOW),
        Taken::Ended
    );
}

#[test]
fn at_the_limit_a_grant_is_refused_and_an_end_takes_the_place_of_a_grant() {
    let mut allowed = PreConsents::default();
    let good = [window(NOW, NOW + HOUR)];
    for number in 0..REQUESTS as u128 {
        assert_eq!(allowed.take(stated(number, 1, &good), NOW), Taken::Unseen);
    }
    let over = REQUESTS as u128;
    assert_eq!(allowed.take(stated(over, 1, &good), NOW), Taken::Full);
    assert_eq!(allowed.take(stated(over, 2, &[]), NOW), Taken::Ended);
    assert_eq!(allowed.len(), REQUESTS);
    assert_eq!(allowed.take(stated(over, 1, &good), NOW), Taken::Known);
}

#[test]
fn what_is_over_is_forgotten_when_the_next_comes() {
    let mut allowed = holding();
    allowed.take(stated(2, 1, &[window(NOW + 2 * HOUR, NOW + 3 * HOUR)]), NOW + 2 * HOUR);
    assert_eq!(allowed.get(request(1)), None);
}

#[test]
fn an_end_is_remembered_until_every_window_that_was_ever_allowed_is_over() {
    let mut allowed = holding();
    allowed.take(stated(1, 2, &[]), NOW);
    allowed.take(stated(2, 1, &[]), NOW + HOUR - 1);
    assert_eq!(allowed.get(request(1)).map(|held| held.version), Some(2));
}

#[test]
fn names_are_cleaned_before_they_are_kept() {
    let allowed = holding();
    assert_eq!(
        allowed.get(request(1)).map(|held| held.owner.as_str()),
        Some("Emma Example")
    );
}

#[test]
fn what_was_stored_survives_a_restart_of_the_same_device_only() {
    let state = std::env::temp_dir().join(format!("deskside-allowed-{}", Uuid::now_v7()));
    crate::identity::make_dir(&state).unwrap();
    assert!(load(&state, DEVICE).is_empty());
    let mut allowed = holding();
    store(&state, DEVICE, &allowed).unwrap();
    assert!(allows(&load(&state, DEVICE), 1, NOW));
    allowed.take_back(request(1));
    store(&state, DEVICE, &allowed).unwrap();
    assert!(!allows(&load(&state, DEVICE), 1, NOW));
    assert_eq!(load(&state, DEVICE), allowed);
    assert!(load(&state, DeviceId(Uuid::from_u128(2))).is_empty());
    std::fs::write(path(&state), "{").unwrap();
    assert!(load(&state, DEVICE).is_empty());
    std::fs::remove_dir_all(state).unwrap();
}

#[test]
fn a_file_over_the_limit_is_not_believed() {
    let state = std::env::temp_dir().join(format!("deskside-allowed-{}", Uuid::now_v7()));
    crate::identity::make_dir(&state).unwrap();
    store(&state, DEVICE, &holding()).unwrap();
    let mut bytes = std::fs::read(path(&state)).unwrap();
    bytes.resize(file::FILE_BYTES as usize, b' ');
    assert!(parse(&bytes, DEVICE).is_some());
    bytes.push(b' ');
    assert!(parse(&bytes, DEVICE).is_none());
    std::fs::remove_dir_all(state).unwrap();
}

#[test]
fn a_little_before_each_window_its_notice_is_due_again_once() {
    let mut allowed = PreConsents::default();
    let windows = [
        window(NOW + HOUR, NOW + 2 * HOUR),
        window(NOW + 3 * HOUR, NOW + 4 * HOUR),
    ];
    allowed.take(stated(1, 1, &windows), NOW);
    assert_eq!(allowed.remind_at(), None, "nobody has seen it yet");
    allowed.show(request(1), NOW);
    for window in windows {
        let due = window.starts_at - millis(REMINDER);
        assert_eq!(allowed.remind_at(), Some((due, request(1))));
        allowed.reminded(request(1), due);
    }
    assert_eq!(allowed.remind_at(), None);
}

#[test]
fn a_window_that_begins_soon_after_it_was_shown_needs_no_second_notice() {
    for (more, again) in [(0, false), (1, true)] {
        let mut allowed = PreConsents::default();
        let starts_at = NOW + millis(REMINDER) + more;
        allowed.take(stated(1, 1, &[window(starts_at, starts_at + HOUR)]), NOW);
        allowed.show(request(1), NOW);
        assert_eq!(allowed.remind_at().is_some(), again, "{more}");
    }
}

#[test]
fn of_what_was_taken_back_nobody_is_reminded() {
    let mut allowed = PreConsents::default();
    allowed.take(stated(1, 1, &[window(NOW + HOUR, NOW + 2 * HOUR)]), NOW);
    allowed.show(request(1), NOW);
    allowed.take_back(request(1));
    assert_eq!(allowed.remind_at(), None);
}
