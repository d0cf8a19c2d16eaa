//! Who gets which mail, and what it says.

use super::*;
use crate::{
    directories::model::LOCAL,
    requests::{
        model::{ChangedField, Status},
        record::NamedDevice,
    },
};
use deskside_protocol::ids::{DeviceId, RequestId, UserId};
use uuid::Uuid;

fn person(number: u128, name: &str, time_zone: &str) -> UserSummary {
    let login = name.to_lowercase();
    UserSummary {
        id: UserId(Uuid::from_u128(number)),
        email: format!("{login}@example.org"),
        login,
        name: name.to_owned(),
        directory: LOCAL,
        time_zone: time_zone.to_owned(),
        language: Default::default(),
    }
}

fn emma() -> UserSummary {
    person(1, "Emma", "Europe/Vienna")
}

fn oscar() -> UserSummary {
    person(2, "Oscar", "America/New_York")
}

fn request() -> RequestRecord {
    RequestRecord {
        id: RequestId(Uuid::from_u128(7)),
        number: 1001,
        directory: LOCAL,
        filed_by: None,
        team: None,
        scheduled: None,
        priority: crate::requests::model::Priority::Normal,
        tags: Vec::new(),
        rating: None,
        claimed_at: None,
        finished_at: None,
        calendar_sequence: 0,
        reminded_for: None,
        owner: emma(),
        device: Some(NamedDevice {
            id: DeviceId(Uuid::from_u128(8)),
            name: "PC-1".into(),
        }),
        subject: "Printer <jams>".into(),
        description: "It & everything".into(),
        windows: vec![Window {
            starts_at: 1_795_507_200_000,
            ends_at: 1_795_510_800_000,
        }],
        allowed: Vec::new(),
        one_time: true,
        status: Status::New,
        assistant: None,
        created_at: 0,
        changed_at: 0,
        changed_by: None,
        version: 1,
        last_seq: 1,
    }
}

fn claimed() -> RequestRecord {
    RequestRecord {
        status: Status::Assigned,
        assistant: Some(oscar()),
        last_seq: 2,
        version: 2,
        ..request()
    }
}

const HOME: Home<'static> = Home {
    origin: "https://help.example.org",
    host: "help.example.org",
    sender: "help@example.org",
    inbox: None,
};

fn mails(before: &RequestRecord, after: &RequestRecord, happened: Happened, text: Option<&str>) -> Vec<Mail> {
    let changes = after.changes_since(before);
    let oscar = oscar();
    let news = News {
        before,
        after,
        happened,
        by: Some(&oscar),
        changes: &changes,
        text,
        shut_out: &[],
        wishes: &[],
        offer: None,
        closing: None,
        now: 0,
    };
    about(&news, HOME).expect("the mails can be written")
}

fn recipients(mails: &[Mail]) -> Vec<&str> {
    mails.iter().map(|mail| mail.email.as_str()).collect()
}

#[test]
fn every_event_is_mailed_or_says_why_not() {
    let silent: Vec<Happened> = Happened::ALL
        .into_iter()
        .filter(|happened| matches!(rule(*happened), Rule::Silent(_)))
        .collect();
    let expected = [
        Happened::Asked,
        Happened::Interrupted,
        Happened::Resumed,
        Happened::SessionEnded(EndReason::RequestClosed),
        Happened::ChatPosted,
        Happened::FileToDevice,
        Happened::FileToAssistant,
        Happened::FileNotSent,
        Happened::FileUnconfirmed,
    ];
    assert_eq!(silent, expected);
    for happened in Happened::ALL {
        match rule(happened) {
            Rule::Mail => assert_eq!(mails(&request(), &claimed(), happened, None).len(), 2, "{happened:?}"),
            Rule::MailAssistant => assert!(mails(&request(), &claimed(), happened, None).is_empty(), "{happened:?}"),
            Rule::Silent(why) => assert!(why.len() > 20, "{happened:?} has no reason"),
        }
    }
}

#[test]
fn the_table_in_the_documentation_says_what_happens() {
    let documented: Vec<&str> = include_str!("../../../docs/mails.md")
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    let lines = Happened::ALL.map(|happened| {
        let event = match serde_json::to_value(happened).expect("a name") {
            serde_json::Value::String(name) => name,
            other => other.to_string().replace(['{', '}', '"'], "").replace(':', ": "),
        };
        let mail = match rule(happened) {
            Rule::Mail => "owner and assistant".to_owned(),
            Rule::MailAssistant => "the assistant, unless they did it".to_owned(),
            Rule::Silent(why) => format!("none: {why}"),
        };
        format!("| `{event}` | {mail} |")
    });
    assert_eq!(documented, lines);
}

#[test]
fn an_assistant_is_told_of_a_note_unless_they_wrote_it() {
    let others = RequestRecord {
        assistant: Some(person(3, "Otto", "UTC")),
        ..request()
    };
    assert_eq!(
        recipients(&mails(&others, &others, Happened::NotePosted, Some("x"))),
        ["otto@example.org"]
    );
    assert!(mails(&claimed(), &claimed(), Happened::NotePosted, Some("x")).is_empty());
}

#[test]
fn an_owner_who_assists_themselves_gets_no_note() {
    let own = RequestRecord {
        assistant: Some(emma()),
        ..request()
    };
    assert!(mails(&own, &own, Happened::NotePosted, Some("x")).is_empty());
}

#[test]
fn a_new_request_is_mailed_to_its_owner_only() {
    let mails = mails(&request(), &request(), Happened::Filed, None);
    assert_eq!(recipients(&mails), ["emma@example.org"]);
    assert!(mails[0].text.contains("It & everything"));
}

#[test]
fn a_change_is_mailed_to_owner_and_assistant_once_each() {
    let mails = mails(&claimed(), &claimed(), Happened::Launched, None);
    assert_eq!(recipients(&mails), ["emma@example.org", "oscar@example.org"]);
}

#[test]
fn who_assists_themselves_gets_one_mail() {
    let own = RequestRecord {
        owner: oscar(),
        ..claimed()
    };
    assert_eq!(
        recipients(&mails(&own, &own, Happened::Launched, None)),
        ["oscar@example.org"]
    );
}

#[test]
fn the_assistant_who_released_is_still_told() {
    let released = RequestRecord {
        last_seq: 3,
        ..request()
    };
    let mails = mails(&claimed(), &released, Happened::Released, None);
    assert_eq!(recipients(&mails), ["emma@example.org", "oscar@example.org"]);
}

#[test]
fn the_subject_names_reference_and_request() {
    assert_eq!(
        mails(&request(), &claimed(), Happened::Claimed, None)[0].subject,
        "[R-1001] Printer <jams>"
    );
}

#[test]
fn what_changed_is_told_from_and_to() {
    let text = &mails(&request(), &claimed(), Happened::Claimed, None)[0].text;
    assert!(text.contains("Status: New → Assigned"), "{text}");
    assert!(text.contains("Assistant: – → Oscar"), "{text}");
}

#[test]
fn a_plain_mail_reads_like_this() {
    let expected = "\
Oscar claimed the request.

R-1001: Printer <jams>

Status: New → Assigned
Assistant: – → Oscar

https://help.example.org/requests/00000000-0000-0000-0000-000000000007

-- \n\
You get this mail because this request is yours. Times are in Europe/Vienna.
Choose which mails you get: https://help.example.org/account#notices";
    assert_eq!(mails(&request(), &claimed(), Happened::Claimed, None)[0].text, expected);
}

#[test]
fn html_escapes_what_people_wrote() {
    let html = &mails(&request(), &request(), Happened::Filed, None)[0].html;
    assert!(
        html.contains("Printer &lt;jams&gt;") && html.contains("It &amp; everything"),
        "{html}"
    );
}

#[test]
fn plain_text_escapes_nothing() {
    assert!(
        mails(&request(), &request(), Happened::Filed, None)[0]
            .text
            .contains("Printer <jams>")
    );
}

#[test]
fn times_are_in_the_zone_of_each_recipient() {
    let moved = RequestRecord {
        windows: Vec::new(),
        ..claimed()
    };
    let mails = mails(&moved, &claimed(), Happened::Edited, None);
    assert!(
        mails[0]
            .text
            .contains("Available: any time → Tue 24 Nov 2026, 09:00 – 10:00"),
        "{}",
        mails[0].text
    );
    assert!(
        mails[1].text.contains("Tue 24 Nov 2026, 03:00 – 04:00"),
        "{}",
        mails[1].text
    );
}

#[test]
fn a_window_over_midnight_names_both_days() {
    let window = Window {
        starts_at: 1_795_507_200_000,
        ends_at: 1_795_507_200_000 + 86_400_000,
    };
    let words = window_words(window, &TimeZone::UTC);
    assert_eq!(words, "Tue 24 Nov 2026, 08:00 – Wed 25 Nov 2026, 08:00");
}

#[test]
fn later_mails_refer_to_the_first_of_the_same_reader() {
    let first = &mails(&request(), &request(), Happened::Filed, None)[0];
    let second = &mails(&request(), &claimed(), Happened::Claimed, None)[0];
    assert!(first.references.is_empty());
    assert_eq!(second.references, std::slice::from_ref(&first.message_id));
    assert_ne!(second.message_id, first.message_id);
}

#[test]
fn the_same_event_always_gets_the_same_message_id() {
    let id = |happened| mails(&request(), &claimed(), happened, None)[0].message_id.clone();
    assert_eq!(id(Happened::Claimed), id(Happened::Claimed));
}

#[test]
fn the_link_leads_to_the_request_on_the_public_address() {
    let link = format!("https://help.example.org/requests/{}", request().id);
    let mail = &mails(&request(), &claimed(), Happened::Launched, None)[0];
    // A slash may be escaped in HTML; it means the same.
    let html = mail.html.replace("&#x2f;", "/");
    assert!(
        mail.text.contains(&link) && html.contains(&format!("href=\"{link}\"")),
        "{html}"
    );
}

#[test]
fn a_message_is_told_in_full() {
    let mail = &mails(&claimed(), &claimed(), Happened::MessagePosted, Some("Is 3 pm\nfine?"))[0];
    assert!(mail.text.contains("Is 3 pm\nfine?"));
}

#[test]
fn long_values_are_cut_in_changes() {
    let change = Change {
        field: ChangedField::Description,
        from: Value::Nothing,
        to: Value::Text("x".repeat(VALUE_CHARS + 1)),
    };
    assert_eq!(line(&change, &TimeZone::UTC).to.chars().count(), VALUE_CHARS + 1);
    assert!(line(&change, &TimeZone::UTC).to.ends_with('…'));
}

/// The mails about closing, with the owner's page for saying how content they are.
fn closing_mails() -> Vec<Mail> {
    let (before, after) = (claimed(), claimed());
    let news = News {
        before: &before,
        after: &after,
        happened: Happened::Closed,
        by: None,
        changes: &[],
        shut_out: &[],
        text: None,
        offer: None,
        wishes: &[],
        closing: Some("https://help.example.org/answer/closed/token".to_owned()),
        now: 0,
    };
    about(&news, HOME).expect("the mails can be written")
}

#[test]
fn the_owner_is_asked_with_a_link_for_each_answer() {
    let mail = &closing_mails()[0];
    let asked = "
How content are you with this help?
★★★★★ Very content: https://help.example.org/answer/closed/token?stars=5
★★★★☆ Content: https://help.example.org/answer/closed/token?stars=4
★★★☆☆ So so: https://help.example.org/answer/closed/token?stars=3
★★☆☆☆ Not content: https://help.example.org/answer/closed/token?stars=2
★☆☆☆☆ Not at all: https://help.example.org/answer/closed/token?stars=1
Not solved? Open the request again: https://help.example.org/answer/closed/token?reopen
";
    assert!(mail.text.contains(asked), "{}", mail.text);
    let html = mail.html.replace("&#x2f;", "/");
    assert_eq!(html.matches("answer/closed/token?stars=").count(), 5, "{html}");
    assert!(
        html.contains("href=\"https://help.example.org/answer/closed/token?reopen\""),
        "{html}"
    );
}

#[test]
fn the_assistant_is_not_asked() {
    let mails = closing_mails();
    assert_eq!(recipients(&mails), ["emma@example.org", "oscar@example.org"]);
    assert!(!mails[1].text.contains("answer/closed") && !mails[1].html.contains("How content"));
}
