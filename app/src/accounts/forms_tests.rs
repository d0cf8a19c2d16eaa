use super::safe_next;
use proptest::prelude::*;

#[test]
fn a_path_of_the_portal_is_followed() {
    for next in ["/", "/requests", "/requests/018f?done=filed", "/devices?page=2#top"] {
        assert_eq!(safe_next(next), Some(next));
    }
}

#[test]
fn everything_else_is_not() {
    for next in [
        "",
        "requests",
        "//evil.test",
        "/\\evil.test",
        "https://evil.test",
        "/a b",
        "/a\r\nb",
        "/sign-in",
    ] {
        assert_eq!(safe_next(next), None, "{next:?}");
    }
}

#[test]
fn the_longest_path_has_1024_bytes() {
    let longest = format!("/{}", "a".repeat(1023));
    assert!(safe_next(&longest).is_some());
    assert!(safe_next(&(longest + "a")).is_none());
}

proptest! {
    #[test]
    fn what_is_followed_stays_on_the_portal(next in "\\PC{0,60}") {
        if let Some(path) = safe_next(&next) {
            prop_assert!(path.starts_with('/') && !path[1..].starts_with(['/', '\\']));
        }
    }
}
