//! Takes out of an answer what only its writer may use: addresses and links that work without signing in.
//!
//! Invariant: pure. Mail programs quote what they answer, and a conversation is read by more people than a mail.

use crate::server::config::{Config, InboxConfig};

/// What may not be shown to others: how links that answer without signing in begin, and addresses for answers. Each also
/// as it stands within another address, because mail programs wrap links.
pub struct Secrets(Vec<String>);

impl Secrets {
    pub fn of(config: &Config, inbox: &InboxConfig) -> Self {
        let local = inbox.address.rsplit_once('@').map_or("", |(local, _)| local);
        Self::made(config.origin(), local)
    }

    fn made(origin: &str, local: &str) -> Self {
        let plain = [format!("{origin}/answer/"), format!("{local}+")];
        let wrapped = plain.iter().map(|secret| percent(secret)).collect::<Vec<_>>();
        Self(plain.into_iter().chain(wrapped).collect())
    }

    /// The text, with something harmless in the place of each word that has a secret in it.
    pub fn removed_from(&self, text: &str) -> String {
        text.split_inclusive(char::is_whitespace)
            .map(|word| {
                let blank = word.trim_end().len();
                match self.are_in(word.as_bytes()) {
                    true => format!("[removed]{}", &word[blank..]),
                    false => word.to_owned(),
                }
            })
            .collect()
    }

    /// Whether one of them is in `bytes`.
    pub fn are_in(&self, bytes: &[u8]) -> bool {
        let has = |secret: &String| {
            bytes
                .windows(secret.len())
                .any(|at| at.eq_ignore_ascii_case(secret.as_bytes()))
        };
        self.0.iter().any(has)
    }
}

/// RFC 3986, section 2.1.
fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn secrets() -> Secrets {
        Secrets::made("https://help.example.org", "help")
    }

    #[test]
    fn a_link_that_answers_is_removed() {
        let text = "Fine.\nAccept this time: https://help.example.org/answer/time.1?accept\nBye";
        assert_eq!(secrets().removed_from(text), "Fine.\nAccept this time: [removed]\nBye");
    }

    #[test]
    fn an_address_for_answers_is_removed() {
        assert_eq!(secrets().removed_from("To: <Help+abc@example.org>"), "To: [removed]");
    }

    #[test]
    fn a_link_that_a_mail_program_wrapped_is_removed() {
        let text = "Accept: https://safe.example.net/?url=https%3a%2f%2fhelp.example.org%2Fanswer%2Ftime.1&data=2";
        assert_eq!(secrets().removed_from(text), "Accept: [removed]");
    }

    #[test]
    fn other_links_stay() {
        let text = "See https://help.example.org/requests/1 or ask help@example.org";
        assert_eq!(secrets().removed_from(text), text);
    }

    proptest! {
        #[test]
        fn no_secret_stays(before in "\\PC{0,20}", after in "\\PC{0,20}") {
            let text = format!("{before}https://help.example.org/answer/{after} help+{after}");
            prop_assert!(!secrets().are_in(secrets().removed_from(&text).as_bytes()));
        }
    }
}
