//! Which services have enough to do.

use super::*;
use proptest::prelude::*;

#[test]
fn a_service_is_its_address_without_the_path_whatever_its_letters() {
    assert_eq!(
        service_of("https://Push.example.net/send/AbC"),
        "https://push.example.net/"
    );
    assert_eq!(service_of("http://127.0.0.1:8080/send/a"), "http://127.0.0.1:8080/");
    assert_ne!(
        service_of("https://push.example.net.evil.org/a"),
        service_of("https://push.example.net/a")
    );
}

#[test]
fn a_service_is_busy_with_four_at_once_and_not_with_three() {
    let of = |times: usize| vec!["https://push.example.net/".to_owned(); times];
    assert!(busy(of(PER_SERVICE - 1).iter()).is_empty());
    assert_eq!(busy(of(PER_SERVICE).iter()), ["https://push.example.net/"]);
}

proptest! {
    #[test]
    fn every_service_is_how_its_endpoint_begins(endpoint in "\\PC{0,40}") {
        prop_assert!(endpoint.to_ascii_lowercase().starts_with(&service_of(&endpoint)));
    }
}
