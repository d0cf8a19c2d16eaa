//! What comes next, in a sentence: for the owner, and for staff.
//!
//! Invariant: pure; it reads what the page knows and nothing else.

use crate::{
    requests::model::{RequestDetail, RequestRow, Status},
    sessions::model::SessionStatus,
};

fn device_name(row: &RequestRow) -> &str {
    row.device.as_ref().map_or("your device", |device| device.name.as_str())
}

fn assistant_name(row: &RequestRow) -> &str {
    row.assistant.as_ref().map_or("The helpdesk", |person| person.name.as_str())
}

/// What the owner of `row` can expect.
pub fn for_owner(row: &RequestRow) -> String {
    let (assistant, device) = (assistant_name(row), device_name(row));
    match row.status {
        Status::New => "The helpdesk has your request. You get an e-mail as soon as somebody takes it.".into(),
        Status::Assigned if row.available_from.is_some() => {
            format!("{assistant} has taken your request and will ask to connect at one of your times.")
        }
        Status::Assigned => format!("{assistant} has taken your request and will ask to connect."),
        Status::WaitingForConnection => format!("{assistant} wants to connect. Answer here or on {device}."),
        Status::InProgress => format!("{assistant} is connected to {device}."),
        Status::Inactive => "The last session is over. The request stays here for further sessions.".into(),
        Status::Closed => "Done. The request stays in your history.".into(),
        Status::Cancelled => "You took this request back.".into(),
    }
}

/// What staff who read `detail` can do or wait for.
pub fn for_staff(detail: &RequestDetail) -> String {
    let row = &detail.row;
    let (assistant, owner) = (assistant_name(row), &row.owner.name);
    match row.status {
        Status::New => "Nobody has taken this request yet.".into(),
        Status::Assigned | Status::Inactive if detail.may.launch => for_launch(row),
        Status::Assigned | Status::Inactive if row.device.is_none() => {
            format!("{assistant} has this request. No device is named, so no session can be launched.")
        }
        Status::Assigned | Status::Inactive => format!("{assistant} has this request."),
        Status::WaitingForConnection if waits_for_device(detail) => {
            format!("The device is offline. {owner} is asked as soon as it comes online.")
        }
        Status::WaitingForConnection => format!("{owner} is being asked."),
        Status::InProgress if is_interrupted(detail) => {
            "The connection was interrupted. It resumes by itself if the device comes back within a minute.".into()
        }
        Status::InProgress => format!("{assistant} is connected."),
        Status::Closed => "This request is closed.".into(),
        Status::Cancelled => format!("{owner} took this request back."),
    }
}

fn for_launch(row: &RequestRow) -> String {
    let owner = &row.owner.name;
    match &row.device {
        Some(device) if device.online => format!("Launch asks {owner} to let you connect to {}.", device.name),
        Some(device) => {
            format!("{} is offline. Launch waits up to 15 minutes for it, then asks {owner}.", device.name)
        }
        None => format!("No device is named. Ask {owner} to edit the request and choose one."),
    }
}

fn waits_for_device(detail: &RequestDetail) -> bool {
    detail.session.as_ref().is_some_and(|session| session.device_by.is_some())
}

/// True while a running session has lost its connection.
pub fn is_interrupted(detail: &RequestDetail) -> bool {
    detail.session.as_ref().is_some_and(|session| session.status == SessionStatus::Interrupted)
}
