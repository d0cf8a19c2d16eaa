//! What comes next, in a sentence: for the owner, and for staff.
//!
//! Invariant: pure; it reads what the page knows and nothing else.

use crate::{
    preconsents::page::launch_words,
    requests::{
        help::Waiting,
        model::{Person, RequestDetail, RequestDevice, RequestRow, Status},
    },
    sessions::model::SessionStatus,
    tf, tn,
    words::t,
};

fn device_name(row: &RequestRow) -> Option<&str> {
    row.device.as_ref().map(|device| device.name.as_str())
}

fn assistant_name(row: &RequestRow) -> &str {
    row.assistant
        .as_ref()
        .map_or_else(|| t("The helpdesk"), |person| person.name.as_str())
}

/// Who else looks at the request now; nothing when nobody does.
pub fn looking(people: &[Person]) -> Option<String> {
    match people {
        [] => None,
        [one] => Some(tf!("{name} is looking at this as well.", name = one.name)),
        [one, other] => Some(tf!(
            "{name} and {other} are looking at this as well.",
            name = one.name,
            other = other.name
        )),
        [one, rest @ ..] => Some(tn!(
            rest.len(),
            "{name} and {n} other are looking at this as well.",
            "{name} and {n} others are looking at this as well.",
            name = one.name
        )),
    }
}

/// What the owner of `row` can expect.
pub fn for_owner(row: &RequestRow) -> String {
    let assistant = assistant_name(row);
    match row.status {
        Status::New => t("The helpdesk has your request. You get an e-mail as soon as somebody takes it.").into(),
        Status::Assigned if row.scheduled.is_some() => {
            tf!(
                "{assistant} has taken your request and will ask to connect at the scheduled time.",
                assistant = assistant
            )
        }
        Status::Assigned if row.available_from.is_some() => {
            tf!(
                "{assistant} has taken your request and will ask to connect at one of your times.",
                assistant = assistant
            )
        }
        Status::Assigned => tf!(
            "{assistant} has taken your request and will ask to connect.",
            assistant = assistant
        ),
        Status::WaitingForConnection => wants_to_connect(row, assistant),
        Status::InProgress => match device_name(row) {
            Some(device) => tf!(
                "{assistant} is connected to {device}.",
                assistant = assistant,
                device = device
            ),
            None => tf!("{assistant} is connected to your device.", assistant = assistant),
        },
        Status::Inactive => t("The last session is over. The request stays here for further sessions.").into(),
        Status::Closed => t("Done. The request stays in your history.").into(),
        Status::Cancelled => t("You took this request back.").into(),
    }
}

fn wants_to_connect(row: &RequestRow, assistant: &str) -> String {
    match &row.device {
        Some(device) if !device.online => tf!(
            "{assistant} wants to connect, but {device} is offline. Start it, and you are asked there and here.",
            assistant = assistant,
            device = device.name
        ),
        Some(device) => tf!(
            "{assistant} wants to connect. Answer here or on {device}.",
            assistant = assistant,
            device = device.name
        ),
        None => tf!(
            "{assistant} wants to connect. Answer here or on your device.",
            assistant = assistant
        ),
    }
}

/// What staff who read `detail` can do or wait for.
pub fn for_staff(detail: &RequestDetail) -> String {
    let row = &detail.row;
    let (assistant, owner) = (assistant_name(row), &row.owner.name);
    match row.status {
        Status::New => t("Nobody has taken this request yet.").into(),
        Status::Assigned | Status::Inactive if detail.may.launch => for_launch(detail),
        Status::Assigned | Status::Inactive if row.device.is_none() => {
            tf!(
                "{assistant} has this request. No device is named, so no session can be launched.",
                assistant = assistant
            )
        }
        Status::Assigned | Status::Inactive => tf!("{assistant} has this request.", assistant = assistant),
        Status::WaitingForConnection if waits_for_device(detail) => {
            tf!(
                "The device is offline. {owner} is asked as soon as it comes online.",
                owner = owner
            )
        }
        Status::WaitingForConnection => tf!("{owner} is being asked.", owner = owner),
        Status::InProgress if is_interrupted(detail) => {
            t("The connection was interrupted. It resumes by itself if the device comes back within a minute.").into()
        }
        Status::InProgress => tf!("{assistant} is connected.", assistant = assistant),
        Status::Closed => t("This request is closed.").into(),
        Status::Cancelled => tf!("{owner} took this request back.", owner = owner),
    }
}

/// How long the owner of a new request may have to wait.
pub fn queue(waiting: Waiting) -> String {
    let place = match waiting.before {
        0 => t("You are next.").to_owned(),
        before => tn!(before, "One request is before yours.", "{n} requests are before yours."),
    };
    match waiting.usually {
        Some(usually) => tf!(
            "{place} Somebody usually takes a request within {time}.",
            place = place,
            time = span(usually)
        ),
        None => place,
    }
}

/// A span of time in round words.
fn span(millis: i64) -> String {
    let minutes = (millis / 60_000).max(0) + 1;
    match minutes {
        1..=59 => tn!(minutes, "{n} min", "{n} min"),
        60..=1439 => tn!((minutes + 59) / 60, "{n} h", "{n} h"),
        _ => tn!((minutes + 1439) / 1440, "{n} day", "{n} days"),
    }
}

fn for_launch(detail: &RequestDetail) -> String {
    let row = &detail.row;
    let owner = &row.owner.name;
    let unasked = launch_words(&detail.allowance);
    match (&row.device, unasked) {
        (Some(device), Some(unasked)) if device.online => unasked.to_owned(),
        (device, _) => for_question(device.as_ref(), owner),
    }
}

fn for_question(device: Option<&RequestDevice>, owner: &str) -> String {
    match device {
        Some(device) if device.online => tf!(
            "Launch asks {owner} to let you connect to {device}.",
            owner = owner,
            device = device.name
        ),
        Some(device) => tf!(
            "{device} is offline. Launch waits up to 15 minutes for it, then asks {owner}.",
            device = device.name,
            owner = owner
        ),
        None => tf!(
            "No device is named. Ask {owner} to edit the request and choose one.",
            owner = owner
        ),
    }
}

fn waits_for_device(detail: &RequestDetail) -> bool {
    detail
        .session
        .as_ref()
        .is_some_and(|session| session.device_by.is_some())
}

/// True while a running session has lost its connection.
pub fn is_interrupted(detail: &RequestDetail) -> bool {
    detail
        .session
        .as_ref()
        .is_some_and(|session| session.status == SessionStatus::Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        directories::model::LOCAL,
        preconsents::model::Allowance,
        requests::model::{Allowed, Person, Priority, Window},
    };
    use deskside_protocol::ids::{DeviceId, RequestId, UserId};

    fn person(name: &str) -> Person {
        Person {
            id: UserId(uuid::Uuid::nil()),
            name: name.into(),
        }
    }

    fn row(status: Status, online: bool) -> RequestRow {
        RequestRow {
            id: RequestId(uuid::Uuid::nil()),
            reference: "R-1001".into(),
            subject: "VPN is slow".into(),
            owner: person("Emma"),
            device: Some(RequestDevice {
                id: DeviceId(uuid::Uuid::nil()),
                name: "PC-1".into(),
                online,
            }),
            status,
            assistant: Some(person("Oscar")),
            available_from: None,
            available_now: true,
            scheduled: None,
            priority: Priority::Normal,
            created_at: 0,
            version: 1,
        }
    }

    fn detail(row: RequestRow, launch: bool) -> RequestDetail {
        RequestDetail {
            row,
            directory: LOCAL,
            filed_by: None,
            owner_zone: "UTC".into(),
            team: None,
            tags: Vec::new(),
            rating: None,
            description: String::new(),
            windows: Vec::new(),
            allowance: Default::default(),
            one_time: true,
            looking: Vec::new(),
            timeline: Vec::new(),
            messages: Vec::new(),
            attachments: Vec::new(),
            session: None,
            may: Allowed {
                launch,
                ..Allowed::default()
            },
        }
    }

    #[test]
    fn an_owner_who_is_asked_learns_where_to_answer() {
        assert_eq!(
            for_owner(&row(Status::WaitingForConnection, true)),
            "Oscar wants to connect. Answer here or on PC-1."
        );
    }

    #[test]
    fn an_owner_whose_device_is_off_is_told_to_start_it() {
        assert!(for_owner(&row(Status::WaitingForConnection, false)).contains("PC-1 is offline. Start it"));
    }

    #[test]
    fn an_owner_with_times_is_told_that_they_count() {
        let with_times = RequestRow {
            available_from: Some(1),
            ..row(Status::Assigned, true)
        };
        assert!(for_owner(&with_times).ends_with("at one of your times."));
        assert!(for_owner(&row(Status::Assigned, true)).ends_with("will ask to connect."));
    }

    #[test]
    fn who_waits_learns_their_place_and_what_is_usual() {
        let queue = |before, usually| queue(Waiting { before, usually });
        assert_eq!(queue(0, None), "You are next.");
        let hour = 3_600_000;
        assert_eq!(
            queue(2, Some(hour)),
            "2 requests are before yours. Somebody usually takes a request within 2 h."
        );
        assert_eq!(
            [span(0), span(59 * 60_000), span(30 * hour)],
            ["1 min", "1 h", "2 days"]
        );
    }

    #[test]
    fn staff_learn_before_a_launch_whether_the_device_is_there() {
        let here = for_staff(&detail(row(Status::Assigned, true), true));
        assert_eq!(here, "Launch asks Emma to let you connect to PC-1.");
        let away = for_staff(&detail(row(Status::Assigned, false), true));
        assert!(away.starts_with("PC-1 is offline."), "{away}");
    }

    #[test]
    fn staff_learn_before_a_launch_that_nobody_is_asked() {
        let allowed = |shown| RequestDetail {
            allowance: Allowance {
                windows: Vec::new(),
                now: Some(Window {
                    starts_at: 0,
                    ends_at: 1,
                }),
                shown,
            },
            ..detail(row(Status::Assigned, true), true)
        };
        assert_eq!(
            for_staff(&allowed(true)),
            "The owner allowed you to connect now without asking."
        );
        assert!(for_staff(&allowed(false)).ends_with("so it may ask."));
    }

    #[test]
    fn staff_learn_why_a_request_without_a_device_cannot_be_launched() {
        let nameless = RequestRow {
            device: None,
            ..row(Status::Assigned, true)
        };
        assert!(for_staff(&detail(nameless, false)).contains("No device is named"));
    }
}
