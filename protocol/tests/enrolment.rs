use deskside_protocol::{
    bytes::Fixed,
    enrolment::{BadToken, EnrolmentToken, TOKEN_BYTES},
};
use proptest::prelude::*;

fn token(secret: &str) -> EnrolmentToken {
    EnrolmentToken {
        secret: secret.to_owned(),
        portal_key: Fixed([7; 32]),
    }
}

#[test]
fn a_token_reads_back_with_blanks_around_it() {
    let token = token("a_Secret-1");
    assert_eq!(format!(" {token}\n").parse(), Ok(token));
}

#[test]
fn a_token_without_the_portals_key_is_not_whole() {
    for text in ["", " ", ".", "secret", "secret.", "secret.short", "two words.AAAA"] {
        assert_eq!(text.parse::<EnrolmentToken>(), Err(BadToken), "{text}");
    }
}

#[test]
fn the_longest_token_is_read_and_one_byte_more_is_refused() {
    let rest = token("").to_string().len();
    assert!(
        token(&"x".repeat(TOKEN_BYTES - rest))
            .to_string()
            .parse::<EnrolmentToken>()
            .is_ok()
    );
    let long = token(&"x".repeat(TOKEN_BYTES - rest + 1)).to_string();
    assert_eq!(long.parse::<EnrolmentToken>(), Err(BadToken));
}

#[test]
fn a_token_does_not_print_its_secret() {
    assert!(!format!("{:?}", token("hidden")).contains("hidden"));
}

proptest! {
    #[test]
    fn any_text_is_a_token_or_refused(text in ".{0,220}") {
        if let Ok(token) = text.parse::<EnrolmentToken>() {
            prop_assert_eq!(token.to_string().parse(), Ok(token));
        }
    }

    #[test]
    fn every_token_reads_back(secret in "[A-Za-z0-9_-]{1,60}", key: [u8; 32]) {
        let token = EnrolmentToken { secret, portal_key: Fixed(key) };
        prop_assert_eq!(token.to_string().parse(), Ok(token));
    }
}
