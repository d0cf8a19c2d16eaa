//! What can be done with requests: one function per use case.
//!
//! Invariant: each is one transaction through [`Changing`]; what its status does not allow is a conflict with a
//! sentence that says why.

use super::{
    change::{By, Changing},
    model::{
        COMMENT_CHARS, Happened, NewRequest, Person, Priority, REOPEN_DAYS, Rating, RequestForm, Status, StatusEvent,
        WINDOW_ROWS, WindowForm,
    },
    parse::{local_input, parse},
    rating::MOST_STARS,
    record::{NamedDevice, RequestRecord},
    store,
};
use crate::{
    accounts::{self, model::UserSummary},
    device_groups::model::GroupId,
    devices,
    error::AppError,
    proposals,
    server::{
        access::{Action, Actor, Permit, Subject, authorize},
        db::{DbError, On, Tx},
        portal::Portal,
        random,
    },
    sessions, tf,
    words::t,
};
use deskside_protocol::{
    UnixMillis,
    ids::{DeviceId, DirectoryId, RequestId, UserId},
    session::EndReason,
};
use jiff::tz::TimeZone;

/// How long before a scheduled time people are reminded of it.
const REMIND_BEFORE: UnixMillis = 15 * 60 * 1000;

/// The zone in which `user` types and reads times.
pub fn zone_of(user: &UserSummary) -> TimeZone {
    TimeZone::get(&user.time_zone).unwrap_or(TimeZone::UTC)
}

/// Files a request for the actor.
pub async fn file(portal: &Portal, actor: &Actor, form: &RequestForm) -> Result<RequestId, AppError> {
    let _permit = authorize(actor, Action::FileRequest, Subject::of(&actor.user))?;
    file_for(portal, actor, actor.user.clone(), form).await
}

/// Files a request that belongs to `owner`, who is told by whom. Times are read in the owner's zone.
pub async fn file_for_other(
    portal: &Portal,
    actor: &Actor,
    owner: UserId,
    form: &RequestForm,
) -> Result<RequestId, AppError> {
    let owner = find_owner(portal, actor, owner).await?;
    file_for(portal, actor, owner, form).await
}

/// The person for whom the actor may file.
pub async fn find_owner(portal: &Portal, actor: &Actor, owner: UserId) -> Result<UserSummary, AppError> {
    let owner = accounts::people::find_active(portal.db.on(), owner)
        .await?
        .ok_or(AppError::NotFound)?;
    let _permit = authorize(actor, Action::FileForOther, Subject::of(&owner))?;
    Ok(owner)
}

async fn file_for(
    portal: &Portal,
    actor: &Actor,
    owner: UserSummary,
    form: &RequestForm,
) -> Result<RequestId, AppError> {
    let now = portal.clock.now();
    let mut new = parse(form, now, &zone_of(&owner)).map_err(|fields| AppError::Invalid { fields })?;
    let own = owner.id == actor.id();
    // Told with the first record, as a difference; and nobody can allow it in somebody else's name.
    let allowed = std::mem::take(&mut new.allowed);
    let mut tx = portal.db.begin().await?;
    let device = named_device(&mut tx, &new, owner.id, None).await?;
    let mut request = RequestRecord {
        id: RequestId(random::uuid(now)),
        number: store::take_number(&mut tx).await?,
        directory: owner.directory,
        filed_by: (!own).then(|| Person {
            id: actor.id(),
            name: actor.user.name.clone(),
        }),
        owner,
        team: None,
        scheduled: None,
        priority: Priority::default(),
        tags: Vec::new(),
        rating: None,
        claimed_at: None,
        finished_at: None,
        calendar_sequence: 0,
        reminded_for: None,
        device: None,
        subject: String::new(),
        description: String::new(),
        windows: Vec::new(),
        allowed: Vec::new(),
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
    if own {
        changing.request.allowed = allowed;
    }
    let happened = if own { Happened::Filed } else { Happened::FiledForOwner };
    changing.record(By::Person(actor), happened).await?;
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
            allow: request.allowed.contains(window),
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
    let device = named_device(&mut changing.tx, &new, actor.id(), changing.request.device.as_ref()).await?;
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
        return Err(AppError::conflict(if assistant.id == actor.id() {
            t("You have claimed this request already.").to_owned()
        } else {
            tf!("{name} has claimed this request already.", name = assistant.name)
        }));
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
    proposals::service::replace_open(&mut changing).await?;
    changing.record(By::Person(actor), Happened::Released).await?;
    changing.commit().await?;
    Ok(())
}

/// True while a finished request can be opened again.
pub fn may_reopen(request: &RequestRecord, now: UnixMillis) -> bool {
    request.status.allows(StatusEvent::Reopen)
        && request
            .finished_at
            .is_some_and(|finished| now - finished <= REOPEN_DAYS * 24 * 3600 * 1000)
}

/// Opens a finished request again; it is new, and whoever assisted is no longer asked to.
pub async fn reopen(portal: &Portal, actor: &Actor, id: RequestId, version: i64) -> Result<(), AppError> {
    portal.budgets.spend_message(actor.id(), portal.clock.now())?;
    let mut changing = begin(portal, actor, Action::ReopenRequest, id).await?;
    changing.check_version(version).await?;
    open_again(changing, actor).await
}

/// Opens a finished request again, if it is not too late.
pub(super) async fn open_again(mut changing: Changing<'_>, actor: &Actor) -> Result<(), AppError> {
    if changing.request.status.allows(StatusEvent::Reopen) && !may_reopen(&changing.request, changing.now) {
        return Err(AppError::conflict(tf!(
            "This request was finished more than {days} days ago. File a new one instead.",
            days = REOPEN_DAYS
        )));
    }
    changing.apply(StatusEvent::Reopen)?;
    changing.request.assistant = None;
    changing.request.scheduled = None;
    changing.request.rating = None;
    proposals::service::replace_open(&mut changing).await?;
    changing.record(By::Person(actor), Happened::Reopened).await?;
    changing.commit().await?;
    Ok(())
}

/// The owner says how content they were. Once said, it can be said again.
pub async fn rate(portal: &Portal, actor: &Actor, id: RequestId, stars: &str, comment: &str) -> Result<(), AppError> {
    portal.budgets.spend_message(actor.id(), portal.clock.now())?;
    let changing = begin(portal, actor, Action::RateRequest, id).await?;
    set_rating(changing, actor, stars, comment).await
}

/// Keeps how content the owner was with a closed request.
pub(super) async fn set_rating(
    mut changing: Changing<'_>,
    actor: &Actor,
    stars: &str,
    comment: &str,
) -> Result<(), AppError> {
    if changing.request.status != Status::Closed {
        return Err(AppError::conflict(t("Only a request that is closed can be rated.")));
    }
    let stars: i64 = stars
        .parse()
        .ok()
        .filter(|stars| (1..=MOST_STARS).contains(stars))
        .ok_or_else(|| AppError::invalid("stars", t("Choose how content you were, from 1 to 5.")))?;
    let comment = comment.trim();
    if comment.chars().count() > COMMENT_CHARS {
        let message = tf!("Use at most {max} characters.", max = COMMENT_CHARS);
        return Err(AppError::invalid("comment", message));
    }
    let rating = Some(Rating {
        stars,
        comment: comment.to_owned(),
    });
    if changing.request.rating == rating {
        return Ok(());
    }
    changing.request.rating = rating;
    changing.record(By::Person(actor), Happened::Rated).await?;
    changing.commit().await?;
    Ok(())
}

/// Reminds owner and assistant of the times that begin within [`REMIND_BEFORE`]; says of how many.
pub async fn remind(portal: &Portal) -> Result<usize, AppError> {
    let now = portal.clock.now();
    let due = store::list_unreminded(portal.db.on(), now, now + REMIND_BEFORE).await?;
    for id in &due {
        let mut changing = Changing::begin(portal, *id).await?;
        let starts = changing.request.calendar_time().map(|window| window.starts_at);
        // Moved meanwhile, or another portal was quicker.
        if starts.is_none_or(|starts| starts <= now) || changing.request.reminded_for == starts {
            continue;
        }
        changing.request.reminded_for = starts;
        changing.record(By::Clock, Happened::Reminded).await?;
        changing.commit().await?;
    }
    Ok(due.len())
}

/// A person's open requests move with them to another directory; who assisted keeps those that they may see there.
pub async fn follow_owner(tx: &mut Tx, owner: UserId, directory: DirectoryId) -> Result<(), DbError> {
    store::move_open(tx, owner, directory).await
}

/// A device is in another group from now on, and its requests with it. Nothing of the requests themselves changes, so
/// nobody is told.
pub async fn follow_device(tx: &mut Tx, device: DeviceId, group: Option<GroupId>) -> Result<(), DbError> {
    store::set_group(tx, device, group).await
}

/// The devices of a group are in none from now on, and their requests with them.
pub async fn leave_group(tx: &mut Tx, group: GroupId) -> Result<(), DbError> {
    store::leave_group(tx, group).await
}

/// Makes requests findable that were filed before there was a search; says how many.
pub async fn index_some(portal: &Portal) -> Result<usize, AppError> {
    const ROUND: i64 = 200;
    let ids = store::list_unindexed(portal.db.on(), ROUND).await?;
    for id in &ids {
        let mut tx = portal.db.begin().await?;
        store::lock_request(&mut tx, *id).await?;
        let Some(request) = store::find_request(tx.on(), *id).await? else {
            continue;
        };
        store::index_words(&mut tx, *id, false, &request.words()).await?;
        tx.commit().await?;
    }
    Ok(ids.len())
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
pub fn version(text: &str) -> Result<i64, AppError> {
    text.trim()
        .parse()
        .map_err(|_| AppError::conflict(t("This page is incomplete. Open the request again.")))
}

async fn finish(mut changing: Changing<'_>, actor: &Actor, happened: Happened) -> Result<(), AppError> {
    let by = By::Person(actor);
    proposals::service::replace_open(&mut changing).await?;
    changing.record(by, happened).await?;
    sessions::service::end_with_request(&mut changing, by, EndReason::RequestClosed).await?;
    changing.commit().await?;
    Ok(())
}

/// The device that the form names: one of the owner's, or the one that the request has already.
async fn named_device(
    tx: &mut Tx,
    new: &NewRequest,
    owner: UserId,
    present: Option<&NamedDevice>,
) -> Result<Option<NamedDevice>, AppError> {
    let Some(id) = new.device else { return Ok(None) };
    if let Some(present) = present.filter(|present| present.id == id) {
        return Ok(Some(present.clone()));
    }
    match devices::service::lock_owned(tx, id, owner).await? {
        Some(name) => Ok(Some(NamedDevice { id, name })),
        None => Err(AppError::invalid("device", t("Choose one of your devices."))),
    }
}

/// One request, for other features' services; whoever calls this decides who may see it.
pub async fn get(on: On<'_>, id: RequestId) -> Result<RequestRecord, AppError> {
    store::find_request(on, id).await?.ok_or(AppError::NotFound)
}

/// The owner of a request, and its assistant.
pub async fn people(portal: &Portal, id: RequestId) -> Result<Vec<UserSummary>, AppError> {
    let request = get(portal.db.on(), id).await?;
    Ok(std::iter::once(request.owner).chain(request.assistant).collect())
}

/// Whom a request concerns, for deciding who may watch it.
pub async fn subject(portal: &Portal, id: RequestId) -> Result<Subject, AppError> {
    Ok(get(portal.db.on(), id).await?.subject_of_access())
}
