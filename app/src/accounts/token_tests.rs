use super::*;
use proptest::prelude::*;

fn config(public_url: &str) -> Config {
    Config {
        public_url: public_url.to_owned(),
        ..crate::server::config::defaults()
    }
}

#[test]
fn two_tokens_differ() {
    assert_ne!(Token::new(), Token::new());
}

#[test]
fn a_token_is_read_back_from_the_cookie_it_was_given_in() {
    for url in ["http://portal.test", "https://portal.test"] {
        let config = config(url);
        let token = Token::new();
        let cookie = token.set_cookie(&config);
        let pair = cookie.split(';').next().expect("name=value");
        assert_eq!(Token::from_cookies(&config, &format!("other=1; {pair}")), Some(token));
    }
}

#[test]
fn over_https_the_cookie_is_bound_to_host_and_tls() {
    let cookie = Token::new().set_cookie(&config("https://portal.test"));
    assert!(
        cookie.starts_with("__Host-deskside=") && cookie.ends_with("; Secure"),
        "{cookie}"
    );
    assert!(cookie.contains("; Path=/;") && !cookie.contains("Domain"));
}

#[test]
fn over_https_a_cookie_that_was_set_without_tls_is_ignored() {
    let token = Token::new();
    let plain = token.set_cookie(&config("http://portal.test"));
    assert_eq!(Token::from_cookies(&config("https://portal.test"), &plain), None);
}

#[test]
fn a_token_never_shows_in_a_log() {
    let token = Token::new();
    assert!(!format!("{token:?}").contains(&token.0));
}

#[test]
fn the_database_holds_something_else_than_the_browser() {
    let token = Token::new();
    assert_ne!(token.hash().as_str(), token.0);
}

proptest! {
    #[test]
    fn hostile_cookies_give_no_token(text in "\\PC{0,200}") {
        let config = config("http://portal.test");
        if let Some(token) = Token::from_cookies(&config, &text) {
            prop_assert_eq!(token.0.len(), 43);
        }
    }
}
