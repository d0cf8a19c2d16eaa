//! A mail that arrived, as far as it matters here.
//!
//! Invariant: pure; any bytes give a letter or nothing, and everything in it is what a stranger says. The body is read
//! only when its sender is known: [`Envelope::read`] looks at the headers alone.

use super::quote;
use crate::{
    attachments::{model::ATTACHMENTS, service::Upload},
    server::mail::address,
};
use mail_parser::{
    Address, ContentType, Message, MessageParser, MessagePart, MimeHeaders, PartType, decoders::html::html_to_text,
};

/// Headers that name where a mail was delivered, when `To` names somebody else.
const DELIVERED: [&str; 3] = ["Delivered-To", "X-Original-To", "Envelope-To"];
/// Headers that only programs write which answer by themselves.
const ROBOTS: [&str; 5] = ["X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Loop", "List-Id"];
/// Addresses that are looked at.
const ADDRESSES: usize = 50;
/// Mails within a mail at most, and parts; each costs memory and depth to read.
const NESTED: usize = 20;
const PARTS: usize = 500;
/// Where programs begin the quote in a mail of HTML.
const QUOTES: [&str; 6] = [
    "<blockquote",
    "gmail_quote",
    "divrplyfwdmsg",
    "appendonsend",
    "moz-cite-prefix",
    "yahoo_quoted",
];

/// What the headers of a mail say.
pub struct Envelope {
    /// From its Message-ID.
    pub id: Option<String>,
    /// Address of the sender, in small letters.
    pub from: String,
    /// The addresses that it was sent to.
    pub to: Vec<String>,
    /// Written by a program: an out-of-office note, a bounce, a mailing list.
    pub automatic: bool,
    /// What mail servers found out about it, the last one's words first.
    pub authentication: Vec<String>,
}

/// What was written.
pub struct Letter {
    /// Without quotes and signature.
    pub text: String,
    /// One more than a message may have, if there are as many.
    pub files: Vec<Attached>,
}

/// A file of a mail.
pub struct Attached {
    pub upload: Upload,
    /// It is a mail itself.
    pub is_mail: bool,
}

impl Envelope {
    /// Reads the headers of a mail (RFC 5322); `None` when it is none or has not exactly one sender: of several, mail
    /// servers may have checked another than the one that is believed here.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let message = MessageParser::default().parse_headers(bytes)?;
        let senders = message.header_values("From").count();
        let listed = message.from().into_iter().flat_map(|list| list.iter());
        let listed = listed
            .filter(|one| one.address().is_some_and(|one| one.contains('@')))
            .count();
        let from = addresses(message.from()).into_iter().next()?;
        if senders != 1 || listed != 1 {
            return None;
        }
        let mut to = addresses(message.to());
        to.extend(addresses(message.cc()));
        for name in DELIVERED {
            let raw = message.header_raw(name).unwrap_or_default();
            let address = raw.trim().trim_start_matches('<').trim_end_matches('>').trim();
            to.extend((!address.is_empty()).then(|| address.to_lowercase()));
        }
        to.truncate(ADDRESSES);
        Some(Self {
            id: message.message_id().map(str::to_owned),
            automatic: is_automatic(&message, &from),
            authentication: values(&message, "Authentication-Results"),
            from,
            to,
        })
    }
}

/// The values of all headers of this name as they came, the topmost first.
fn values(message: &Message<'_>, name: &str) -> Vec<String> {
    let named = message
        .headers()
        .iter()
        .filter(|header| header.name().eq_ignore_ascii_case(name));
    let raw = |from: u32, to: u32| message.raw_message.get(from as usize..to as usize).unwrap_or_default();
    named
        .map(|header| String::from_utf8_lossy(raw(header.offset_start(), header.offset_end())).into_owned())
        .collect()
}

/// Reads the body of a mail; `None` when it has more parts than people send.
pub fn read(bytes: &[u8]) -> Option<Letter> {
    if count(bytes, b"message/") > NESTED || count(bytes, b"\n--") > PARTS {
        return None;
    }
    let message = MessageParser::default().parse(bytes)?;
    let texts = (0..u32::try_from(message.text_body_count()).unwrap_or(0)).filter_map(|at| message.text_part(at));
    let text = texts.map(words).collect::<Vec<_>>().join("\n");
    Some(Letter {
        text: quote::answer(&text),
        files: message.attachments().filter_map(file).take(ATTACHMENTS + 1).collect(),
    })
}

/// How often `wanted`, in small letters, stands in `bytes`, in letters of any case.
fn count(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes
        .windows(wanted.len())
        .filter(|at| at.eq_ignore_ascii_case(wanted))
        .count()
}

fn words(part: &MessagePart<'_>) -> String {
    match &part.body {
        PartType::Text(text) => text.to_string(),
        PartType::Html(html) => {
            // As long as the text itself, unlike in letters that are not ASCII.
            let small = html.to_ascii_lowercase();
            let quote = QUOTES.iter().filter_map(|mark| small.find(mark)).min();
            let end = quote.map_or(html.len(), |at| html[..=at].rfind('<').unwrap_or(at));
            let before = html_to_text(&html[..end]);
            if before.trim().is_empty() {
                html_to_text(html)
            } else {
                before
            }
        }
        _ => String::new(),
    }
}

fn addresses(from: Option<&Address<'_>>) -> Vec<String> {
    let Some(list) = from else { return Vec::new() };
    list.iter()
        .filter_map(|one| one.address())
        .take(ADDRESSES)
        .filter(|one| address::is_good(one))
        .map(str::to_lowercase)
        .collect()
}

/// RFC 3834, section 2, and the habits of programs that are older.
fn is_automatic(message: &Message<'_>, from: &str) -> bool {
    let header = |name: &str| message.header_raw(name).map(|raw| raw.trim().to_lowercase());
    let by_hand = |value: &str| matches!(value.split([';', ' ']).next(), Some("" | "no"));
    let submitted = header("Auto-Submitted").is_some_and(|value| !by_hand(&value));
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

/// Whether a part is a mail, by what is said of it.
pub fn is_mail(part: &MessagePart<'_>) -> bool {
    let named = |name: &str| {
        let name = name.to_ascii_lowercase();
        [".eml", ".mht", ".mhtml"].iter().any(|end| name.ends_with(end))
    };
    let message = |kind: &ContentType<'_>| kind.ctype().eq_ignore_ascii_case("message");
    part.is_message() || part.content_type().is_some_and(message) || part.attachment_name().is_some_and(named)
}

fn file(part: &MessagePart<'_>) -> Option<Attached> {
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
    Some(Attached {
        upload: Upload {
            name,
            bytes: part.contents().to_vec(),
        },
        is_mail: is_mail(part),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn raw(headers: &str, body: &str) -> Vec<u8> {
        format!("From: Emma <Emma@Example.org>\r\nTo: help+abc@example.org\r\n{headers}\r\n{body}").into_bytes()
    }

    fn envelope(headers: &str) -> Envelope {
        Envelope::read(&raw(headers, "Hello.")).expect("a mail")
    }

    fn letter(headers: &str, body: &str) -> Letter {
        read(&raw(headers, body)).expect("a mail")
    }

    #[test]
    fn the_headers_say_who_and_where_to() {
        let envelope = envelope("Message-ID: <1@pc>\r\n");
        assert_eq!(envelope.from, "emma@example.org");
        assert_eq!(envelope.to, ["help+abc@example.org"]);
        assert_eq!(envelope.id.as_deref(), Some("1@pc"));
        assert!(!envelope.automatic);
    }

    #[test]
    fn a_plain_answer_is_read() {
        let letter = letter("", "Yes!\r\n\r\n> Is it on?\r\n");
        assert_eq!(letter.text, "Yes!");
        assert!(letter.files.is_empty());
    }

    #[test]
    fn words_before_and_after_a_picture_are_read() {
        let letter = letter(
            "Content-Type: multipart/mixed; boundary=x\r\n",
            "--x\r\nContent-Type: text/plain\r\n\r\nBefore.\r\n--x\r\nContent-Type: image/png\r\n\r\nPNG\r\n\
             --x\r\nContent-Type: text/plain\r\n\r\nAfter.\r\n--x--\r\n",
        );
        assert!(
            letter.text.contains("Before.") && letter.text.contains("After."),
            "{}",
            letter.text
        );
    }

    #[test]
    fn a_quote_in_html_goes() {
        let letter = letter(
            "Content-Type: text/html\r\n",
            "<p>Yes.</p><div class=\"gmail_quote\">Oscar wrote:<blockquote>Is it on?</blockquote></div>",
        );
        assert_eq!(letter.text, "Yes.");
    }

    #[test]
    fn twenty_mails_within_a_mail_are_read_and_not_one_more() {
        let nested = |depth: usize| "Content-Type: message/rfc822\r\n\r\n".repeat(depth);
        assert!(read(&raw("", &nested(NESTED))).is_some());
        assert!(read(&raw("", &nested(NESTED + 1))).is_none());
    }

    #[test]
    fn a_mail_of_500_parts_is_read_and_not_one_more() {
        let parts = |parts: usize| "\n--x\n\n".repeat(parts);
        assert!(read(&raw("Content-Type: multipart/mixed; boundary=x\r\n", &parts(PARTS))).is_some());
        assert!(read(&raw("Content-Type: multipart/mixed; boundary=x\r\n", &parts(PARTS + 1))).is_none());
    }

    #[test]
    fn an_out_of_office_note_is_automatic() {
        assert!(envelope("Auto-Submitted: auto-replied\r\n").automatic);
    }

    #[test]
    fn a_mail_that_says_it_is_not_automatic_is_not() {
        assert!(!envelope("Auto-Submitted: no\r\n").automatic);
    }

    #[test]
    fn a_bounce_is_automatic() {
        assert!(envelope("Return-Path: <>\r\n").automatic);
    }

    #[test]
    fn a_mailing_list_is_automatic() {
        assert!(envelope("List-Id: <all.example.org>\r\n").automatic);
    }

    #[test]
    fn words_only_in_html_are_read_as_text() {
        let letter = letter(
            "Content-Type: text/html; charset=utf-8\r\n",
            "<p>It is <b>red</b> &amp; blinks</p>",
        );
        assert_eq!(letter.text, "It is red & blinks");
    }

    #[test]
    fn a_file_comes_with_its_name() {
        let letter = letter(
            "Content-Type: multipart/mixed; boundary=x\r\n",
            "--x\r\nContent-Type: text/plain\r\n\r\nSee the log.\r\n--x\r\nContent-Type: text/plain\r\n\
             Content-Disposition: attachment; filename=\"error.log\"\r\n\r\nE42\r\n--x--\r\n",
        );
        assert_eq!(letter.text, "See the log.");
        let files: Vec<(&str, &[u8])> = letter
            .files
            .iter()
            .map(|file| (file.upload.name.as_str(), &*file.upload.bytes))
            .collect();
        assert_eq!(files, [("error.log", b"E42".as_slice())]);
    }

    #[test]
    fn a_sender_with_control_characters_is_none() {
        assert!(Envelope::read(b"From: <a\0b@example.org>\r\nTo: help@example.org\r\n\r\nHello").is_none());
    }

    #[test]
    fn a_mail_with_two_senders_is_none() {
        let mail = b"From: Emma <emma@example.org>, Eve <eve@example.org>\r\nTo: help@example.org\r\n\r\nHello";
        assert!(Envelope::read(mail).is_none());
    }

    #[test]
    fn a_mail_with_two_headers_of_its_sender_is_none() {
        let mail = b"From: eve@evil.org\r\nFrom: emma@example.org\r\nTo: help@example.org\r\n\r\nHello";
        assert!(Envelope::read(mail).is_none());
    }

    #[test]
    fn what_mail_servers_found_out_is_read_from_the_top_whatever_its_bytes() {
        let mail = b"authentication-results: mx; dmarc=fail\r\n reason=\xff\r\nAuthentication-Results: other; none\r\n\
                     From: emma@example.org\r\n\r\nHello";
        let found = Envelope::read(mail).expect("a mail").authentication;
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found[0].contains("dmarc=fail") && found[1].contains("other"),
            "{found:?}"
        );
    }

    #[test]
    fn a_mail_without_a_sender_is_none() {
        assert!(Envelope::read(b"To: help@example.org\r\n\r\nHello").is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = (Envelope::read(&bytes), read(&bytes));
        }

        #[test]
        fn any_mail_is_read_or_refused(text in "(From|To|Content-Type|Message-ID|MIME-Version|x)?(: ?[ -~]{0,40}\r\n){0,6}\r\n[ -~\r\n]{0,200}") {
            let _ = (Envelope::read(text.as_bytes()), read(text.as_bytes()));
        }
    }
}
