use super::*;
use proptest::prelude::*;

fn due() -> Due {
    Due {
        id: "id".into(),
        recipient_name: "Emma Employee".into(),
        recipient_email: "emma@example.org".into(),
        subject: "[R-1001] Printer".into(),
        text_body: "Text".into(),
        html_body: "<p>Text</p>".into(),
        message_id: "request.2@portal.test".into(),
        thread_ids: "request.1@portal.test".into(),
        created_at: 1_795_420_800_000,
        attempts: 1,
        calendar: None,
        calendar_method: None,
        reply_to: None,
    }
}

#[test]
fn answers_go_where_the_mail_says() {
    let due = Due {
        reply_to: Some("help+abc@portal.test".into()),
        ..due()
    };
    assert!(
        built(&due).contains("Reply-To: Deskside <help+abc@portal.test>"),
        "{}",
        built(&due)
    );
}

fn built(due: &Due) -> String {
    let from = "Deskside <help@portal.test>".parse().expect("a sender");
    String::from_utf8(build(&from, due).expect("a message").formatted()).expect("ASCII")
}

#[test]
fn the_date_is_that_of_the_change() {
    assert!(
        built(&due()).contains("Date: Mon, 23 Nov 2026 08:00:00 +0000"),
        "{}",
        built(&due())
    );
}

#[test]
fn a_machine_says_that_it_is_one() {
    assert!(built(&due()).contains("Auto-Submitted: auto-generated"));
}

#[test]
fn text_and_html_are_alternatives() {
    let mail = built(&due());
    assert!(mail.contains("multipart/alternative") && mail.contains("text/plain") && mail.contains("text/html"));
}

#[test]
fn the_first_mail_of_a_thread_answers_nothing() {
    let mail = built(&Due {
        thread_ids: String::new(),
        ..due()
    });
    assert!(!mail.contains("In-Reply-To") && !mail.contains("References"));
}

#[test]
fn a_message_id_that_is_none_is_refused() {
    let from = "help@portal.test".parse().expect("a sender");
    let due = Due {
        message_id: "a>\r\nBcc: x".into(),
        ..due()
    };
    assert!(matches!(build(&from, &due), Err(Unsendable::MessageId)));
}

proptest! {
    #[test]
    fn no_text_adds_a_header(subject in "(?s).{0,120}", name in "(?s).{0,60}") {
        let mail = built(&Due { subject: format!("{subject}\r\nBcc: evil@example.org"), recipient_name: name, ..due() });
        let head = mail.split("\r\n\r\n").next().unwrap_or_default();
        for line in head.split("\r\n") {
            let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
            prop_assert!(line.starts_with(' ') || [
                "from", "to", "subject", "date", "message-id", "auto-submitted", "in-reply-to", "references",
                "mime-version", "content-type",
            ].contains(&name.as_str()), "{}", line);
        }
    }
}
