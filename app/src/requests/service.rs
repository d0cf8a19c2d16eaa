//! What can be done with requests: one function per use case.
//!
//! Invariant: each is one transaction through [`Changing`]; what its status does not allow is a conflict with a
//! sentence that says why.

use super::{
    change::{By, Changing},
    model::{Happened, NewRequest, RequestForm, Status, StatusEvent, WINDOW_ROWS, WindowForm},
    parse::{local_input, parse},
    record::{NamedDevice, RequestRecord},
    store,
};
use crate::{
    accounts::model::UserSummary,
    devices,
    error::AppError,
    server::{
        access::{Action, Actor, Permit, Subject, authorize},
        db::On,
        portal::Portal,
        random,
    },
    sessions,
};
use deskside_protocol::{
    ids::{RequestId, UserId},
    session::EndReason,
};
use jiff::tz::TimeZone;

/// The zone in which `user` types and reads times.
pub fn zone_of(user: &UserSummary) -> TimeZone {
    TimeZone::get(&user.time_zone).unwrap_or(TimeZone::UTC)
}

/// Files a request for the actor.
pub async fn file(portal: &Portal, actor: &Actor, form: &RequestForm) -> Result<RequestId, AppError> {
    let _permit = authorize(actor, Action::FileRequest, Subject::of(actor.id()))?;
    let now = portal.clock.now();
    let new = parse(form, now, &zone_of(&actor.user)).map_err(|fields| AppError::Invalid { fields })?;
    let mut tx = portal.db.begin().await?;
    let device = named_device(tx.on(), &new, actor.id(), None).await?;
    let mut request = RequestRecord {
        id: RequestId(random::uuid(now)),
        number: store::take_number(&mut tx).await?,
        owner: actor.user.clone(),
        device: None,
        subject: String::new(),
        description: String::new(),
        windows: Vec::new(),
        one_time: true,
        status: Status::New,
        assistant: None,
        created_at: now,
        changed_at: now,
        changed_by: Some(actor.id()),
        version: 1,
        last_seq: 0,
    };
    request.fill(new, device);
    store::add_request(&mut tx, &request).await?;
    let mut changing = Changing::over(portal, tx, request);
    changing.record(By::Person(actor), Happened::Filed).await?;
    Ok(changing.commit().await?.id)
}

/// The form that shows the request as it is, for changing it.
pub async fn edit_form(portal: &Portal, actor: &Actor, id: RequestId) -> Result<RequestForm, AppError> {
    let request = store::find_request(portal.db.on(), id)
        .await?
        .ok_or(AppError::NotFound)?;
    let _permit = authorize(actor, Action::EditRequest, request.subject_of_access())?;
    let zone = zone_of(&actor.user);
    let mut windows: Vec<WindowForm> = request
        .windows
        .iter()
        .map(|window| WindowForm {
            from: local_input(window.starts_at, &zone),
            until: local_input(window.ends_at, &zone),
        })
        .collect();
    windows.resize(windows.len().max(WINDOW_ROWS), WindowForm::default());
    Ok(RequestForm {
        subject: request.subject,
        description: request.description,
        device: request.device.map(|device| device.id.to_string()).unwrap_or_default(),
        any_time: request.windows.is_empty(),
        windows,
        one_time: request.one_time,
        version: request.version.to_string(),
    })
}

/// Changes what the owner filed. A form without a difference changes nothing and is no error.
pub async fn edit(portal: &Portal, actor: &Actor, id: RequestId, form: &RequestForm) -> Result<(), AppError> {
    let mut changing = begin(portal, actor, Action::EditRequest, id).await?;
    changing.check_version(version(&form.version)?).await?;
    changing.apply(StatusEvent::Edit)?;
    let zone = zone_of(&actor.user);
    let new = parse(form, changing.now, &zone).map_err(|fields| AppError::Invalid { fields })?;
    let device = named_device(changing.tx.on(), &new, actor.id(), changing.request.device.as_ref()).await?;
    let before = changing.request.clone();
    changing.request.fill(new, device);
    if changing.request.changes_since(&before).is_empty() && changing.request.device == before.device {
        return Ok(());
    }
    changing.record(By::Person(actor), Happened::Edited).await?;
    changing.commit().await?;
    Ok(())
}

/// The owner takes the request back.
pub async fn cancel(portal: &Portal, actor: &Actor, id: RequestId, version: i64) -> Result<(), AppError> {
    let mut changing = begin(portal, actor, Action::CancelRequest, id).await?;
    changing.check_version(version).await?;
    changing.apply(StatusEvent::Cancel)?;
    finish(changing, actor, Happened::Cancelled).await
}

/// Staff close the request; a session that runs ends with it.
pub async fn close(portal: &Portal, actor: &Actor, id: RequestId, version: i64) -> Result<(), AppError> {
    let mut changing = begin(portal, actor, Action::CloseRequest, id).await?;
    changing.check_version(version).await?;
    changing.apply(StatusEvent::Close)?;
    finish(changing, actor, Happened::Closed).await
}

/// An operator takes the request; the second of two at once is told who was first.
pub async fn claim(portal: &Portal, actor: &Actor, id: RequestId, version: i64) -> Result<(), AppError> {
    let mut changing = begin(portal, actor, Action::ClaimRequest, id).await?;
    if let Some(assistant) = &changing.request.assistant {
        let who = if assistant.id == actor.id() {
            "You have".to_owned()
        } else {
            format!("{} has", assistant.name)
        };
        return Err(AppError::conflict(format!("{who} claimed this request already.")));
    }
    changing.check_version(version).await?;
    changing.apply(StatusEvent::Claim)?;
    changing.request.assistant = Some(actor.user.clone());
    changing.record(By::Person(actor), Happened::Claimed).await?;
    changing.commit().await?;
    Ok(())
}

/// The assistant gives the request back.
pub async fn release(portal: &Portal, actor: &Actor, id: RequestId, version: i64) -> Result<(), AppError> {
    let mut changing = begin(portal, actor, Action::ReleaseRequest, id).await?;
    changing.check_version(version).await?;
    changing.apply(StatusEvent::Release)?;
    changing.request.assistant = None;
    changing.record(By::Person(actor), Happened::Released).await?;
    changing.commit().await?;
    Ok(())
}

/// Locks the request `id` for `action` of `actor`.
pub async fn begin<'a>(
    portal: &'a Portal,
    actor: &Actor,
    action: Action,
    id: RequestId,
) -> Result<Changing<'a>, AppError> {
    // Decided before the lock, so that nobody without rights can hold up others; and again under it.
    let request = store::find_request(portal.db.on(), id)
        .await?
        .ok_or(AppError::NotFound)?;
    let _early: Permit = authorize(actor, action, request.subject_of_access())?;
    let changing = Changing::begin(portal, id).await?;
    let _permit: Permit = authorize(actor, action, changing.request.subject_of_access())?;
    Ok(changing)
}

/// Reads the hidden field `version`.
fn version(text: &str) -> Result<i64, AppError> {
    text.trim()
        .parse()
        .map_err(|_| AppError::conflict("This page is incomplete. Open the request again."))
}

async fn finish(mut changing: Changing<'_>, actor: &Actor, happened: Happened) -> Result<(), AppError> {
    let by = By::Person(actor);
    changing.record(by, happened).await?;
    sessions::service::end_with_request(&mut changing, by, EndReason::RequestClosed).await?;
    changing.commit().await?;
    Ok(())
}

/// The device that the form names: one of the owner's, or the one that the request has already.
async fn named_device(
    on: On<'_>,
    new: &NewRequest,
    owner: UserId,
    present: Option<&NamedDevice>,
) -> Result<Option<NamedDevice>, AppError> {
    let Some(id) = new.device else { return Ok(None) };
    if let Some(present) = present.filter(|present| present.id == id) {
        return Ok(Some(present.clone()));
    }
    match devices::service::find_owned(on, id, owner).await? {
        Some(name) => Ok(Some(NamedDevice { id, name })),
        None => Err(AppError::invalid("device", "Choose one of your devices.")),
    }
}

/// One request, for other features' services; whoever calls this decides who may see it.
pub async fn get(on: On<'_>, id: RequestId) -> Result<RequestRecord, AppError> {
    store::find_request(on, id).await?.ok_or(AppError::NotFound)
}

/// Whom a request concerns, for deciding who may watch it.
pub async fn subject(portal: &Portal, id: RequestId) -> Result<Subject, AppError> {
    Ok(get(portal.db.on(), id).await?.subject_of_access())
}
