//! What becomes of an event by what its reader chose.

use super::*;
use proptest::prelude::*;

const PARTS: [Part; 4] = [Part::Owner, Part::Assistant, Part::NewAssistant, Part::FormerAssistant];

fn meeting(happened: Happened, part: Part) -> Meeting {
    Meeting {
        happened,
        part,
        own: false,
        calendar: false,
        closing: false,
    }
}

fn meetings() -> impl Iterator<Item = Meeting> {
    Happened::ALL
        .into_iter()
        .flat_map(|happened| PARTS.map(|part| meeting(happened, part)))
}

#[test]
fn who_chose_nothing_gets_a_mail_about_every_modification_at_once() {
    for meeting in meetings() {
        assert_eq!(way(Wishes::default().mail, meeting), Way::AtOnce, "{meeting:?}");
        let own = Meeting { own: true, ..meeting };
        assert_eq!(way(Wishes::default().mail, own), Way::AtOnce, "{own:?}");
        assert!(!is_pushed(Wishes::default().push, meeting), "{meeting:?}");
    }
}

#[test]
fn who_wants_only_what_needs_them_gets_exactly_that() {
    let needed = |part| {
        let of = |happened: &Happened| way(MailWish::Needed, meeting(*happened, part)) == Way::AtOnce;
        Happened::ALL.into_iter().filter(of).collect::<Vec<_>>()
    };
    assert_eq!(
        needed(Part::Owner),
        [
            Happened::FiledForOwner,
            Happened::TimeProposed,
            Happened::TimeDeclined,
            Happened::Reminded,
            Happened::Launched,
            Happened::AcceptedInAdvance,
            Happened::NoAnswer,
            Happened::DeviceAway,
            Happened::Closed,
            Happened::MessagePosted,
        ]
    );
    assert_eq!(
        needed(Part::Assistant),
        [
            Happened::TimeProposed,
            Happened::TimeDeclined,
            Happened::Reminded,
            Happened::Accepted,
            Happened::AcceptedInAdvance,
            Happened::AllowanceTakenBack,
            Happened::AllowanceLapsed,
            Happened::Declined,
            Happened::NoAnswer,
            Happened::DeviceAway,
            Happened::SessionEnded(EndReason::Lost),
            Happened::SessionEnded(EndReason::Failed),
            Happened::NotePosted,
            Happened::MessagePosted,
        ]
    );
    assert_eq!(needed(Part::FormerAssistant), [Happened::Claimed, Happened::Managed]);
}

#[test]
fn the_documentation_says_what_needs_whom() {
    let documented: Vec<&str> = include_str!("../../../docs/mails.md")
        .lines()
        .filter(|line| line.starts_with("- `"))
        .collect();
    let words = |part| match part {
        Part::Owner => "owner",
        Part::Assistant => "assistant",
        Part::NewAssistant => "new assistant",
        Part::FormerAssistant => "former assistant",
    };
    let line = |happened: Happened| {
        let event = match serde_json::to_value(happened).expect("a name") {
            serde_json::Value::String(name) => name,
            other => other.to_string().replace(['{', '}', '"'], "").replace(':', ": "),
        };
        let whom = PARTS.into_iter().filter(|part| needs(happened, *part)).map(words);
        let whom = whom.collect::<Vec<_>>().join(", ");
        (!whom.is_empty()).then(|| format!("- `{event}`: {whom}"))
    };
    let lines: Vec<String> = Happened::ALL.into_iter().filter_map(line).collect();
    assert_eq!(documented, lines);
}

#[test]
fn whatever_closes_a_request_needs_its_owner_and_nobody_else() {
    for happened in Happened::ALL {
        for part in PARTS {
            let closing = Meeting {
                closing: true,
                ..meeting(happened, part)
            };
            let needed = part == Part::Owner || needs(happened, part);
            assert_eq!(concerns(closing), needed, "{closing:?}");
        }
    }
    assert!(
        include_str!("../../../docs/mails.md").contains("An event by which a request becomes *Closed* needs its owner")
    );
}

#[test]
fn who_wants_only_what_needs_them_hears_that_the_session_of_a_one_time_request_closed_it() {
    for reason in [EndReason::Employee, EndReason::Operator] {
        let ended = meeting(Happened::SessionEnded(reason), Part::Owner);
        let closing = Meeting { closing: true, ..ended };
        assert_eq!(way(MailWish::Needed, closing), Way::AtOnce);
        assert!(is_pushed(PushWish::Needed, closing));
        assert_eq!(way(MailWish::Needed, ended), Way::Nowhere);
    }
}

#[test]
fn what_somebody_did_themselves_does_not_need_them() {
    for meeting in meetings().filter(|meeting| !cannot_be_declined(*meeting)) {
        let own = Meeting { own: true, ..meeting };
        assert_eq!(way(MailWish::Needed, own), Way::Nowhere, "{own:?}");
        assert_ne!(way(MailWish::Digest, own), Way::Digest, "{own:?}");
        assert!(!is_pushed(PushWish::Every, own), "{own:?}");
    }
}

#[test]
fn nobody_can_decline_the_question_whether_somebody_may_connect() {
    for wish in MailWish::ALL {
        assert_eq!(way(wish, meeting(Happened::Launched, Part::Owner)), Way::AtOnce);
    }
    assert_eq!(
        way(MailWish::None, meeting(Happened::Launched, Part::Assistant)),
        Way::Nowhere
    );
}

#[test]
fn nobody_can_decline_what_goes_into_their_calendar_or_out_of_it() {
    for wish in MailWish::ALL {
        for meeting in meetings() {
            let calendar = Meeting {
                calendar: true,
                ..meeting
            };
            assert_eq!(way(wish, calendar), Way::AtOnce, "{wish:?} {calendar:?}");
        }
    }
}

#[test]
fn a_reminder_does_not_wait_for_the_digest() {
    assert_eq!(
        way(MailWish::Digest, meeting(Happened::Reminded, Part::Owner)),
        Way::AtOnce
    );
    assert_eq!(
        way(MailWish::Digest, meeting(Happened::Edited, Part::Owner)),
        Way::Digest
    );
}

#[test]
fn who_wants_no_mail_gets_only_what_cannot_be_declined() {
    for meeting in meetings() {
        let expected = if cannot_be_declined(meeting) {
            Way::AtOnce
        } else {
            Way::Nowhere
        };
        assert_eq!(way(MailWish::None, meeting), expected, "{meeting:?}");
    }
}

#[test]
fn a_time_is_read_as_it_is_written_up_to_the_last_minute_of_the_day() {
    assert_eq!(read_time("00:00"), Some(0));
    assert_eq!(read_time("23:59"), Some(DAY_MINUTES - 1));
    for wrong in ["24:00", "12:60", "8:00", "08:0", "0800", "+8:00", "", "08:00:00"] {
        assert_eq!(read_time(wrong), None, "{wrong}");
    }
}

proptest! {
    #[test]
    fn every_minute_is_read_as_it_was_written(minutes in 0..DAY_MINUTES) {
        prop_assert_eq!(read_time(&time_text(minutes)), Some(minutes));
    }

    #[test]
    fn no_text_breaks_the_reading(text in ".{0,12}") {
        if let Some(minutes) = read_time(&text) {
            prop_assert!((0..DAY_MINUTES).contains(&minutes));
        }
    }
}
