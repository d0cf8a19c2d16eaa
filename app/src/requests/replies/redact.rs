//! Takes out of an answer what only its writer may use: addresses and links that work without signing in.
//!
//! Invariant: pure. Mail programs quote what they answer, and a conversation is read by more people than a mail.

use super::letter;
use crate::server::config::{Config, InboxConfig};
use mail_parser::{Message, MessageParser, PartType};

/// Mails within an attached mail that are looked into; what is deeper counts as something that has a secret in it.
const DEPTH: usize = 4;

/// What may not be shown to others: how links that answer without signing in begin, and addresses for answers. Each also
/// as it stands within another address, because mail programs wrap links, and in HTML.
pub struct Secrets {
    words: Vec<String>,
    /// From which the portal's own mails come, in small letters.
    sender: String,
}

impl Secrets {
    pub fn of(config: &Config, inbox: &InboxConfig) -> Self {
        let local = inbox.address.rsplit_once('@').map_or("", |(local, _)| local);
        Self::made(config.origin(), local, config.mail_address())
    }

    fn made(origin: &str, local: &str, sender: &str) -> Self {
        let plain = [format!("{origin}/answer/"), format!("{local}+")];
        let wrapped = plain.iter().map(|secret| percent(secret));
        let in_html = ["&#x2f;", "&#47;"].map(|slash| plain[0].replace('/', slash));
        let words = plain.iter().cloned().chain(wrapped).chain(in_html).collect();
        Self {
            words,
            sender: sender.to_lowercase(),
        }
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
        self.words.iter().any(has)
    }

    /// Whether one of them is in an attached mail, as it is or encoded, or the portal wrote that mail: then it is for its
    /// recipient alone.
    pub fn are_in_mail(&self, bytes: &[u8]) -> bool {
        self.are_within(bytes, DEPTH)
    }

    fn are_within(&self, bytes: &[u8], depth: usize) -> bool {
        self.are_in(bytes)
            || MessageParser::default()
                .parse(bytes)
                .is_some_and(|mail| self.are_in_parts(&mail, depth))
    }

    fn are_in_parts(&self, mail: &Message<'_>, depth: usize) -> bool {
        let Some(deeper) = depth.checked_sub(1) else {
            return true;
        };
        // One that was cut off may have no parts, and with them no headers.
        let headed = (!mail.parts.is_empty()).then_some(mail);
        let senders = headed
            .and_then(|mail| mail.from())
            .into_iter()
            .flat_map(|list| list.iter());
        let own = |address: &str| address.eq_ignore_ascii_case(&self.sender);
        if senders.filter_map(|one| one.address()).any(own) {
            return true;
        }
        mail.parts.iter().any(|part| {
            let bytes: &[u8] = match &part.body {
                PartType::Text(text) | PartType::Html(text) => text.as_bytes(),
                PartType::Binary(bytes) | PartType::InlineBinary(bytes) => bytes,
                PartType::Message(within) => {
                    return self.are_in(within.raw_message()) || self.are_in_parts(within, deeper);
                }
                PartType::Multipart(_) => return false,
            };
            self.are_in(bytes) || (letter::is_mail(part) && self.are_within(bytes, deeper))
        })
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
        Secrets::made("https://help.example.org", "help", "portal@example.org")
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

    const LINK: &str = "https://help.example.org/answer/time.1?accept";

    /// A mail with `body` as base64.
    fn encoded(kind: &str, body: &str) -> String {
        let body = data_encoding::BASE64.encode(body.as_bytes());
        format!("From: eve@example.net\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n{body}\r\n")
    }

    fn forwarded(mail: &str) -> String {
        let line = format!("line{:06}", mail.len());
        format!(
            "From: eve@example.net\r\nContent-Type: multipart/mixed; boundary={line}\r\n\r\n\
             --{line}\r\nContent-Type: message/rfc822\r\n\r\n{mail}\r\n--{line}--\r\n"
        )
    }

    #[test]
    fn a_link_that_is_encoded_in_an_attached_mail_is_found() {
        let mail = encoded("text/plain", LINK);
        assert!(!secrets().are_in(mail.as_bytes()), "it is not to be seen");
        assert!(secrets().are_in_mail(mail.as_bytes()));
        let quoted = LINK.replace("/answer/", "/ans=\r\nwer/").replace("?accept", "");
        let quoted = format!("From: eve@example.net\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{quoted}");
        assert!(!secrets().are_in(quoted.as_bytes()) && secrets().are_in_mail(quoted.as_bytes()));
    }

    #[test]
    fn a_link_that_is_encoded_in_a_mail_within_a_mail_is_found() {
        let mail = forwarded(&forwarded(&encoded("text/html", &LINK.replace('/', "&#x2f;"))));
        assert!(secrets().are_in_mail(mail.as_bytes()));
    }

    #[test]
    fn a_mail_that_holds_none_is_not_suspected_down_to_the_last_depth() {
        let nested = |depth: usize| (1..depth).fold(encoded("text/plain", "Hello."), |mail, _| forwarded(&mail));
        assert!(!secrets().are_in_mail(nested(DEPTH).as_bytes()));
        assert!(secrets().are_in_mail(nested(DEPTH + 1).as_bytes()), "nobody looked");
    }

    #[test]
    fn a_mail_that_the_portal_wrote_is_for_its_recipient_alone() {
        let mail = "From: Deskside <Portal@example.org>\r\n\r\nHello.";
        assert!(secrets().are_in_mail(mail.as_bytes()));
        assert!(!secrets().are_in_mail(mail.replace("Portal@", "eve@").as_bytes()));
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_into(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = secrets().are_in_mail(&bytes);
        }

        #[test]
        fn no_secret_stays(before in "\\PC{0,20}", after in "\\PC{0,20}") {
            let text = format!("{before}https://help.example.org/answer/{after} help+{after}");
            prop_assert!(!secrets().are_in(secrets().removed_from(&text).as_bytes()));
        }
    }
}
