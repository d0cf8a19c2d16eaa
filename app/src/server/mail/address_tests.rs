use super::*;
use proptest::prelude::*;

#[test]
fn ordinary_addresses_are_good() {
    for address in ["emma@example.org", "emma.o'neil+help@sub.example.org", "emma@localhost"] {
        assert!(is_good(address), "{address}");
    }
}

#[test]
fn what_could_be_two_headers_is_no_address() {
    for address in [
        "",
        "emma",
        "emma@",
        "@example.org",
        "emma@example.org\r\nBcc: all@example.org",
        "a b@example.org",
    ] {
        assert!(!is_good(address), "{address:?}");
    }
}

#[test]
fn the_longest_address_has_254_bytes() {
    let domain = format!("{}.{}.{}", "a".repeat(63), "b".repeat(63), "c".repeat(61));
    let address = |local: usize| format!("{}@{domain}", "l".repeat(local));
    assert_eq!(address(64).len(), 254);
    assert!(is_good(&address(64)));
    assert!(!is_good(&address(65)));
}

#[test]
fn a_header_text_is_one_line() {
    assert_eq!(one_line("a\r\nBcc: x@y\tb  c\0"), "a Bcc: x@y b c");
}

#[test]
fn a_message_id_has_one_at_and_nothing_that_ends_it() {
    assert!(is_message_id("018f-1.7@portal.test"));
    for id in ["a@b>c", "a b@c", "<a@b>", "a", "a@b@c", "a@b\r\nX: y"] {
        assert!(!is_message_id(id), "{id:?}");
    }
}

proptest! {
    #[test]
    fn a_header_text_never_has_a_line_break(text in "(?s).{0,400}") {
        let line = one_line(&text);
        prop_assert!(!line.chars().any(char::is_control));
        prop_assert!(line.chars().count() <= 250);
    }

    #[test]
    fn a_good_address_is_one_word(text in "(?s).{0,60}") {
        if is_good(&text) {
            prop_assert!(!text.chars().any(|c| c.is_whitespace() || c.is_control()));
        }
    }
}
