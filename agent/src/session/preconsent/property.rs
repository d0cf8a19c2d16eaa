//! Arbitrary statements in arbitrary order never allow more than the newest of them that somebody saw.

use super::*;
use deskside_protocol::ids::DeviceId;
use proptest::prelude::*;
use std::collections::BTreeMap;
use uuid::Uuid;

const START: UnixMillis = 1_800_000_000_000;

#[derive(Clone, Debug)]
enum Step {
    /// The portal, or a relay that kept it back, says something.
    Stated {
        request: u128,
        version: i64,
        windows: Vec<(i64, i64)>,
    },
    Shown(u128),
    TakenBack(u128),
    Restarted,
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let request = 0..3u128;
    let window = (-2_000..20_000i64, 1..10_000i64);
    let step = prop_oneof![
        4 => (request.clone(), 0..6i64, prop::collection::vec(window, 0..3))
            .prop_map(|(request, version, windows)| Step::Stated { request, version, windows }),
        4 => request.clone().prop_map(Step::Shown),
        1 => request.prop_map(Step::TakenBack),
        1 => Just(Step::Restarted),
        3 => (0..5_000i64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..60)
}

/// What a careful person would have written down about one request.
#[derive(Default)]
struct Known {
    version: Option<i64>,
    windows: Vec<AllowedWindow>,
    counts: bool,
}

fn id(number: u128) -> RequestId {
    RequestId(Uuid::from_u128(number))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_allowed_outside_a_held_seen_and_unrevoked_window(steps in steps(), ask in 0..4u128, own in -3_000..3_000i64) {
        let mut allowed = PreConsents::default();
        let mut known: BTreeMap<u128, Known> = BTreeMap::new();
        let mut now = START;
        for step in steps {
            match step {
                Step::Stated { request, version, windows } => {
                    let windows: Vec<_> = windows
                        .into_iter()
                        .map(|(from, length)| AllowedWindow { starts_at: now + from, ends_at: now + from + length })
                        .collect();
                    let entry = known.entry(request).or_default();
                    if entry.version.is_none_or(|known| known < version) {
                        *entry = Known { version: Some(version), windows: windows.clone(), counts: false };
                    }
                    let stated = PreConsent {
                        request: id(request),
                        version,
                        owner: String::new(),
                        subject: String::new(),
                        reference: String::new(),
                        scopes: vec![Scope::View],
                        windows,
                    };
                    allowed.take(stated, now);
                }
                Step::Shown(request) => {
                    if allowed.show(id(request), now).is_some() {
                        known.entry(request).or_default().counts = true;
                    }
                }
                Step::TakenBack(request) => {
                    allowed.take_back(id(request));
                    if let Some(entry) = known.get_mut(&request) {
                        entry.windows.clear();
                    }
                }
                Step::Restarted => {
                    let bytes = serde_json::to_vec(&allowed).unwrap();
                    allowed = serde_json::from_slice(&bytes).unwrap();
                }
                Step::Wait(millis) => now += millis,
            }
            if allowed.allows(id(ask), &[Scope::View], now, now + own).is_some() {
                let entry = known.get(&ask);
                let fits = entry.is_some_and(|entry| {
                    entry.counts && entry.windows.iter().any(|w| w.contains(now) && w.contains(now + own))
                });
                prop_assert!(fits, "request {ask} at {now}");
                prop_assert!(allowed.allows(id(ask), &[Scope::View, Scope::Control], now, now + own).is_none());
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        let _ = parse(&bytes, DeviceId(Uuid::nil()));
    }

    #[test]
    fn what_is_remembered_is_bounded(numbers in prop::collection::vec((0..200u128, any::<bool>()), 0..300)) {
        let mut allowed = PreConsents::default();
        for (number, end) in numbers {
            let window = AllowedWindow { starts_at: START, ends_at: START + 1_000 };
            let stated = PreConsent {
                request: id(number),
                version: 1,
                owner: String::new(),
                subject: String::new(),
                reference: String::new(),
                scopes: vec![],
                windows: if end { vec![] } else { vec![window] },
            };
            allowed.take(stated, START);
            prop_assert!(allowed.len() <= REQUESTS);
        }
    }
}
