//! What is allowed in advance: its texts on the wire, and the edges of its limits.

use deskside_protocol::{
    command::Order,
    ids::RequestId,
    limits::{CLOCK_SKEW, PRECONSENT_AHEAD, PRECONSENT_LONGEST},
    preconsent::{AllowedWindow, PreConsent},
    report::Event,
    session::{ConsentAnswer, Scope},
};
use uuid::Uuid;

const NOW: i64 = 1_800_000_000_000;

fn window(starts_at: i64, ends_at: i64) -> AllowedWindow {
    AllowedWindow { starts_at, ends_at }
}

#[test]
fn an_order_of_what_is_allowed_reads_and_writes_as_in_version_1() {
    let order = Order::PreConsent(PreConsent {
        request: RequestId(Uuid::nil()),
        version: 2,
        owner: "Emma".into(),
        subject: "Printer".into(),
        reference: "R-1".into(),
        scopes: vec![Scope::View],
        windows: vec![window(1, 2)],
    });
    let text = r#"{"do":"pre_consent","request":"00000000-0000-0000-0000-000000000000","version":2,"owner":"Emma","subject":"Printer","reference":"R-1","scopes":["view"],"windows":[{"starts_at":1,"ends_at":2}]}"#;
    assert_eq!(serde_json::to_string(&order).expect("encodes"), text);
    assert_eq!(serde_json::from_str::<Order>(text).expect("decodes"), order);
}

#[test]
fn an_order_with_an_unknown_field_is_refused() {
    let text = r#"{"do":"pre_consent","request":"00000000-0000-0000-0000-000000000000","version":2,"owner":"","subject":"","reference":"","scopes":[],"windows":[],"more":1}"#;
    assert!(serde_json::from_str::<Order>(text).is_err());
}

#[test]
fn a_report_of_taking_back_reads_and_writes_as_in_version_1() {
    let event = Event::PreConsentTakenBack {
        request: RequestId(Uuid::nil()),
        version: 2,
    };
    let text = r#"{"event":"pre_consent_taken_back","request":"00000000-0000-0000-0000-000000000000","version":2}"#;
    assert_eq!(serde_json::to_string(&event).expect("encodes"), text);
    assert_eq!(event.session(), None);
}

#[test]
fn only_a_yes_is_a_yes() {
    let yes = [ConsentAnswer::Accepted, ConsentAnswer::AllowedInAdvance];
    assert!(yes.iter().all(|answer| answer.is_yes()));
    assert!(
        ![ConsentAnswer::Declined, ConsentAnswer::Ignored]
            .iter()
            .any(|answer| answer.is_yes())
    );
}

#[test]
fn a_window_contains_its_start_and_not_its_end() {
    let window = window(10, 20);
    assert_eq!(
        [9, 10, 19, 20].map(|at| window.contains(at)),
        [false, true, true, false]
    );
}

#[test]
fn a_window_may_last_14_days_and_not_a_millisecond_more() {
    let longest = PRECONSENT_LONGEST.as_millis() as i64;
    assert!(window(NOW, NOW + longest).may_be_kept(NOW));
    assert!(!window(NOW, NOW + longest + 1).may_be_kept(NOW));
}

#[test]
fn a_window_may_begin_14_days_and_the_skew_ahead_and_not_a_millisecond_later() {
    let latest = NOW + (PRECONSENT_AHEAD + CLOCK_SKEW).as_millis() as i64;
    assert!(window(latest, latest + 1).may_be_kept(NOW));
    assert!(!window(latest + 1, latest + 2).may_be_kept(NOW));
}

#[test]
fn a_window_that_is_over_or_empty_is_not_kept() {
    assert!(window(NOW - 1, NOW + 1).may_be_kept(NOW));
    assert!(!window(NOW - 1, NOW).may_be_kept(NOW));
    assert!(!window(NOW + 5, NOW + 5).may_be_kept(NOW));
    assert!(!window(i64::MAX, i64::MIN).may_be_kept(NOW));
}
