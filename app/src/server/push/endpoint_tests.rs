//! Which addresses are posted to.

use super::*;
use proptest::prelude::*;

fn read(text: &str) -> Result<Endpoint, BadEndpoint> {
    Endpoint::read(text, &[])
}

#[test]
fn the_services_of_browsers_are_taken() {
    for text in [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://web.push.apple.com/QGuQyavXutnMH",
        "https://wns2-par02p.notify.windows.com/w/?token=BQYAAAD%2b",
    ] {
        let endpoint = read(text).expect(text);
        assert!(endpoint.is_secure() && endpoint.port() == 443, "{text}");
    }
}

#[test]
fn the_path_keeps_its_query() {
    let endpoint = read("https://push.example.net/w/?token=a%2b").expect("an endpoint");
    assert_eq!(endpoint.path(), "/w/?token=a%2b");
    assert_eq!(endpoint.origin(), "https://push.example.net");
}

#[test]
fn a_lying_address_is_refused() {
    for (text, why) in [
        ("http://push.example.net/a", BadEndpoint::NotSecure),
        ("ftp://push.example.net/a", BadEndpoint::NotSecure),
        ("file:///etc/passwd", BadEndpoint::Address),
        ("/account", BadEndpoint::Address),
        ("", BadEndpoint::Address),
        ("https://user@push.example.net/a", BadEndpoint::Address),
        ("https://push.example.net:22/a", BadEndpoint::Port),
        ("https://push.example.net:/a", BadEndpoint::Address),
        ("https://127.0.0.1/a", BadEndpoint::Host),
        ("https://2130706433/a", BadEndpoint::Host),
        ("https://127.1/a", BadEndpoint::Host),
        ("https://1.0x7f/a", BadEndpoint::Host),
        ("https://[::1]/a", BadEndpoint::Host),
        ("https://localhost/a", BadEndpoint::Host),
        ("https://a.localhost/a", BadEndpoint::Host),
        ("https://db.internal/a", BadEndpoint::Host),
        ("https://printer/a", BadEndpoint::Host),
        ("https://push.example.net./a", BadEndpoint::Host),
        ("https://push.example.net/a b", BadEndpoint::Address),
        ("https://push.example.net/a\r\nHost: x", BadEndpoint::Address),
    ] {
        assert_eq!(read(text).err(), Some(why), "{text}");
    }
}

#[test]
fn the_longest_address_is_taken_and_a_longer_one_refused() {
    let of = |bytes: usize| {
        let start = "https://push.example.net/";
        format!("{start}{}", "a".repeat(bytes - start.len()))
    };
    assert!(read(&of(ENDPOINT_BYTES)).is_ok());
    assert_eq!(read(&of(ENDPOINT_BYTES + 1)), Err(BadEndpoint::Address));
}

#[test]
fn a_host_that_the_configuration_names_may_be_anywhere() {
    let allowed = ["127.0.0.1".to_owned(), "[::1]".to_owned()];
    let endpoint = Endpoint::read("http://127.0.0.1:9000/a", &allowed).expect("allowed");
    assert_eq!((endpoint.host(), endpoint.port()), ("127.0.0.1", 9000));
    assert_eq!(endpoint.origin(), "http://127.0.0.1:9000");
    assert!(endpoint.may_be_at(Ipv4Addr::LOCALHOST.into()));
    let six = Endpoint::read("http://[::1]/a", &allowed).expect("allowed");
    assert_eq!((six.host(), six.port()), ("::1", 80));
    assert!(Endpoint::read("http://127.0.0.2:9000/a", &allowed).is_err());
}

#[test]
fn a_public_name_that_leads_into_our_network_is_not_followed() {
    let endpoint = read("https://push.example.net/a").expect("an endpoint");
    for inside in [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "::1",
        "::",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "fd00::1",
        "fe80::1",
        "ff02::1",
        "2001:db8::1",
        "2002:a00:1::",
    ] {
        assert!(!endpoint.may_be_at(inside.parse().expect(inside)), "{inside}");
    }
    for outside in ["142.250.185.74", "2a00:1450:4001:80b::200a", "64:ff9b::8efa:b94a"] {
        assert!(endpoint.may_be_at(outside.parse().expect(outside)), "{outside}");
    }
}

proptest! {
    #[test]
    fn no_text_breaks_it_and_what_is_taken_is_https_by_name(text in "(https?://)?[a-z0-9.:@\\[\\]/-]{0,40}") {
        if let Ok(endpoint) = read(&text) {
            prop_assert!(endpoint.is_secure() && endpoint.port() == 443);
            prop_assert!(endpoint.host().parse::<IpAddr>().is_err());
        }
    }
}
