//! A mail that arrived, as far as it matters here.
//!
//! Invariant: pure; any bytes give a letter or nothing, and everything in it is what a stranger says.

use super::quote;
use crate::attachments::service::Upload;
use mail_parser::{Address, Message, MessageParser, MimeHeaders, PartType};

/// Headers that name where a mail was delivered, when `To` names somebody else.
const DELIVERED: [&str; 3] = ["Delivered-To", "X-Original-To", "Envelope-To"];
/// Headers that only programs write which answer by themselves.
const ROBOTS: [&str; 4] = ["X-Autoreply", "X-Autorespond", "X-Autoresponder", "List-Id"];

/// What is read of a mail.
pub struct Letter {
    /// From its Message-ID.
    pub id: Option<String>,
    /// Address of the sender, in small letters.
    pub from: String,
    /// Every address that it was sent to.
    pub to: Vec<String>,
    /// Written by a program: an out-of-office note, a bounce, a mailing list.
    pub automatic: bool,
    /// What was written, without quotes and signature.
    pub text: String,
    pub files: Vec<Upload>,
}

/// Reads a mail (RFC 5322); `None` when it is none or has no sender.
pub fn read(bytes: &[u8]) -> Option<Letter> {
    let message = MessageParser::default().parse(bytes)?;
    let from = addresses(message.from()).into_iter().next()?;
    let mut to = addresses(message.to());
    to.extend(addresses(message.cc()));
    for name in DELIVERED {
        let raw = message.header_raw(name).unwrap_or_default();
        let address = raw.trim().trim_start_matches('<').trim_end_matches('>').trim();
        to.extend((!address.is_empty()).then(|| address.to_lowercase()));
    }
    Some(Letter {
        id: message.message_id().map(str::to_owned),
        automatic: is_automatic(&message, &from),
        from,
        to,
        text: quote::answer(&message.body_text(0).unwrap_or_default()),
        files: message.attachments().filter_map(file).collect(),
    })
}

fn addresses(from: Option<&Address<'_>>) -> Vec<String> {
    let Some(list) = from else { return Vec::new() };
    list.iter()
        .filter_map(|one| one.address())
        .map(str::to_lowercase)
        .collect()
}

/// RFC 3834, section 2, and the habits of programs that are older.
fn is_automatic(message: &Message<'_>, from: &str) -> bool {
    let header = |name: &str| message.header_raw(name).map(|raw| raw.trim().to_lowercase());
    let submitted = header("Auto-Submitted").is_some_and(|value| !value.is_empty() && !value.starts_with("no"));
    let precedence =
        header("Precedence").is_some_and(|value| ["bulk", "junk", "list", "auto_reply"].contains(&value.as_str()));
    let bounce = header("Return-Path").is_some_and(|value| value == "<>");
    let report = message
        .content_type()
        .is_some_and(|kind| kind.ctype() == "multipart" && kind.subtype() == Some("report"));
    let robot = ROBOTS.iter().any(|name| header(name).is_some());
    let local = from.split('@').next().unwrap_or_default();
    let daemon = ["mailer-daemon", "postmaster", "noreply", "no-reply"].contains(&local);
    submitted || precedence || bounce || report || robot || daemon
}

fn file(part: &mail_parser::MessagePart<'_>) -> Option<Upload> {
    let kind = part.content_type();
    let subtype = kind.and_then(|kind| kind.subtype()).unwrap_or("bin").to_lowercase();
    // Answers to invitations and signatures are for programs.
    if [
        "calendar",
        "ics",
        "pkcs7-signature",
        "x-pkcs7-signature",
        "pgp-signature",
    ]
    .contains(&subtype.as_str())
    {
        return None;
    }
    if matches!(part.body, PartType::Multipart(_)) || part.contents().is_empty() {
        return None;
    }
    let name = match part.attachment_name() {
        Some(name) => name.to_owned(),
        None if part.is_message() => "mail.eml".to_owned(),
        None => format!("attachment.{subtype}"),
    };
    Some(Upload {
        name,
        bytes: part.contents().to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mail(headers: &str, body: &str) -> Letter {
        let text = format!("From: Emma <Emma@Example.org>\r\nTo: help+abc@example.org\r\n{headers}\r\n{body}");
        read(text.as_bytes()).expect("a mail")
    }

    #[test]
    fn a_plain_answer_is_read() {
        let letter = mail("Message-ID: <1@pc>\r\n", "Yes!\r\n\r\n> Is it on?\r\n");
        assert_eq!(letter.from, "emma@example.org");
        assert_eq!(letter.to, ["help+abc@example.org"]);
        assert_eq!(letter.id.as_deref(), Some("1@pc"));
        assert_eq!(letter.text, "Yes!");
        assert!(!letter.automatic && letter.files.is_empty());
    }

    #[test]
    fn an_out_of_office_note_is_automatic() {
        assert!(mail("Auto-Submitted: auto-replied\r\n", "I am away.").automatic);
    }

    #[test]
    fn a_mail_that_says_it_is_not_automatic_is_not() {
        assert!(!mail("Auto-Submitted: no\r\n", "Hello.").automatic);
    }

    #[test]
    fn a_bounce_is_automatic() {
        assert!(mail("Return-Path: <>\r\n", "Undeliverable.").automatic);
    }

    #[test]
    fn a_mailing_list_is_automatic() {
        assert!(mail("List-Id: <all.example.org>\r\n", "News.").automatic);
    }

    #[test]
    fn words_only_in_html_are_read_as_text() {
        let letter = mail(
            "Content-Type: text/html; charset=utf-8\r\n",
            "<p>It is <b>red</b> &amp; blinks</p>",
        );
        assert_eq!(letter.text, "It is red & blinks");
    }

    #[test]
    fn a_file_comes_with_its_name() {
        let letter = mail(
            "Content-Type: multipart/mixed; boundary=x\r\n",
            "--x\r\nContent-Type: text/plain\r\n\r\nSee the log.\r\n--x\r\nContent-Type: text/plain\r\n\
             Content-Disposition: attachment; filename=\"error.log\"\r\n\r\nE42\r\n--x--\r\n",
        );
        assert_eq!(letter.text, "See the log.");
        let files: Vec<(&str, &[u8])> = letter
            .files
            .iter()
            .map(|file| (file.name.as_str(), &*file.bytes))
            .collect();
        assert_eq!(files, [("error.log", b"E42".as_slice())]);
    }

    #[test]
    fn a_mail_without_a_sender_is_none() {
        assert!(read(b"To: help@example.org\r\n\r\nHello").is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(&bytes);
        }

        #[test]
        fn any_mail_is_read_or_refused(text in "(From|To|Content-Type|Message-ID|MIME-Version|x)?(: ?[ -~]{0,40}\r\n){0,6}\r\n[ -~\r\n]{0,200}") {
            let _ = read(text.as_bytes());
        }
    }
}
