use super::*;
use proptest::prelude::*;

const PROXY: &str = "10.0.0.1";

fn seen(peer: &str, forwarded: &[&str]) -> String {
    let mut headers = HeaderMap::new();
    for value in forwarded {
        headers.append("x-forwarded-for", value.parse().expect("a header"));
    }
    let trusted = [
        PROXY.parse().expect("an address"),
        "10.0.0.2".parse().expect("an address"),
    ];
    address(peer.parse().expect("an address"), &headers, &trusted).to_string()
}

#[test]
fn without_a_proxy_the_connection_counts() {
    assert_eq!(seen("192.0.2.1", &[]), "192.0.2.1");
}

#[test]
fn a_stranger_cannot_say_who_he_is() {
    assert_eq!(seen("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
}

#[test]
fn a_trusted_proxy_is_believed() {
    assert_eq!(seen(PROXY, &["198.51.100.7"]), "198.51.100.7");
}

#[test]
fn what_a_client_wrote_before_the_proxy_is_not_believed() {
    assert_eq!(seen(PROXY, &["1.2.3.4, 198.51.100.7"]), "198.51.100.7");
    assert_eq!(seen(PROXY, &["1.2.3.4", "198.51.100.7, 10.0.0.2"]), "198.51.100.7");
}

#[test]
fn an_unreadable_hop_ends_the_search() {
    assert_eq!(seen(PROXY, &["198.51.100.7, nonsense"]), PROXY);
}

#[test]
fn an_address_in_its_v6_form_is_the_same_address() {
    assert_eq!(seen("::ffff:192.0.2.1", &[]), "192.0.2.1");
}

proptest! {
    #[test]
    fn any_header_gives_an_address(value in "[ -~]{0,100}") {
        seen(PROXY, &[&value]);
    }
}
