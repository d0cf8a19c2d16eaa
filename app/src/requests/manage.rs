//! What staff change about a request: assistant, team, scheduled time, priority, tags, status.
//!
//! Invariant: every status comes from [`transition`](super::status::transition); a session that runs is never pulled
//! away from under its operator.

use super::{
    change::By,
    model::{Happened, Priority, Status, StatusEvent, Team, Window},
    parse::{local_input, parse_window},
    record::RequestRecord,
    service, tags,
};
use crate::{
    accounts::{self, model::UserSummary},
    error::{AppError, FieldError},
    proposals,
    roles::{self, model::Right},
    server::{
        access::{Action, Actor, authorize},
        db::On,
        portal::Portal,
    },
    sessions, tf,
    words::t,
};
use deskside_protocol::{
    ids::{RequestId, RoleId, UserId},
    session::EndReason,
};

/// A request's management form as typed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ManageForm {
    /// An id, or empty for nobody.
    pub assistant: String,
    /// An id, or empty for none.
    pub team: String,
    pub status: String,
    pub priority: String,
    /// With commas between them.
    pub tags: String,
    /// `datetime-local` values in the zone of whoever types; both empty: nothing is scheduled.
    pub scheduled_from: String,
    pub scheduled_until: String,
    pub version: String,
}

/// The form that shows the request as it is, with what can be chosen in it.
#[derive(Clone, PartialEq, Debug)]
pub struct Managed {
    pub form: ManageForm,
    pub reference: String,
    pub subject: String,
    pub owner: UserSummary,
    pub windows: Vec<Window>,
    pub assistants: Vec<UserSummary>,
    pub teams: Vec<Team>,
    /// The present one first.
    pub statuses: Vec<Status>,
}

/// Reads the request for the form.
pub async fn open(portal: &Portal, actor: &Actor, id: RequestId) -> Result<Managed, AppError> {
    let request = service::get(portal.db.on(), id).await?;
    let subject = request.subject_of_access();
    let _permit = authorize(actor, Action::ManageRequest, subject)?;
    let zone = service::zone_of(&actor.user);
    let time = |pick: fn(Window) -> i64| {
        request
            .scheduled
            .map(|window| local_input(pick(window), &zone))
            .unwrap_or_default()
    };
    let form = ManageForm {
        assistant: request
            .assistant
            .as_ref()
            .map(|person| person.id.to_string())
            .unwrap_or_default(),
        team: request
            .team
            .as_ref()
            .map(|team| team.id.to_string())
            .unwrap_or_default(),
        status: request.status.code().to_owned(),
        priority: request.priority.code().to_owned(),
        tags: request.tags.join(", "),
        scheduled_from: time(|window| window.starts_at),
        scheduled_until: time(|window| window.ends_at),
        version: request.version.to_string(),
    };
    Ok(Managed {
        form,
        reference: request.reference(),
        assistants: accounts::people::list_with(portal.db.on(), Right::RequestsView, request.directory).await?,
        teams: teams(portal.db.on()).await?,
        statuses: choices(&request, actor.may(Action::CloseRequest, subject)),
        subject: request.subject,
        owner: request.owner,
        windows: request.windows,
    })
}

/// The roles whose people see requests.
async fn teams(on: On<'_>) -> Result<Vec<Team>, AppError> {
    let roles = roles::service::list_all(on).await?;
    let sees = |role: &roles::model::Role| role.rights.contains(&Right::RequestsView);
    let team = |role: roles::model::Role| Team {
        id: role.id,
        name: role.name,
    };
    Ok(roles.into_iter().filter(sees).map(team).collect())
}

/// The statuses that the form offers: the present one and those that staff may set.
fn choices(request: &RequestRecord, may_close: bool) -> Vec<Status> {
    let settable = Status::ALL.into_iter().filter(|&status| {
        status != request.status
            && event_to(status).is_some_and(|event| request.status.allows(event))
            && (status != Status::Closed || may_close)
    });
    std::iter::once(request.status).chain(settable).collect()
}

/// What sets a request to `status`; `None` where only a session or its owner can.
fn event_to(status: Status) -> Option<StatusEvent> {
    match status {
        Status::New => Some(StatusEvent::Release),
        Status::Assigned => Some(StatusEvent::Activate),
        Status::Inactive => Some(StatusEvent::Deactivate),
        Status::Closed => Some(StatusEvent::Close),
        Status::WaitingForConnection | Status::InProgress | Status::Cancelled => None,
    }
}

/// Saves the form. One without a difference changes nothing and is no error.
pub async fn save(portal: &Portal, actor: &Actor, id: RequestId, form: &ManageForm) -> Result<(), AppError> {
    let mut changing = service::begin(portal, actor, Action::ManageRequest, id).await?;
    changing.check_version(service::version(&form.version)?).await?;
    let before = changing.request.clone();
    let mut errors = Vec::new();

    let status = match form.status.parse::<Status>() {
        Ok(status) => status,
        Err(_) => {
            errors.push(FieldError::new("status", t("Choose one of the statuses.")));
            before.status
        }
    };
    let assistant = match find_assistant(changing.tx.on(), &before, &form.assistant).await? {
        Some(assistant) => assistant,
        None => {
            errors.push(FieldError::new("assistant", t("Choose somebody who may assist here.")));
            before.assistant.clone()
        }
    };
    let team = match find_team(changing.tx.on(), &form.team).await? {
        Some(team) => team,
        None => {
            errors.push(FieldError::new("team", t("Choose one of the teams.")));
            before.team.clone()
        }
    };
    let scheduled = match scheduled(form, &before, changing.now, actor) {
        Ok(scheduled) => scheduled,
        Err(wrong) => {
            errors.extend(wrong);
            None
        }
    };
    let tags = match tags::parse(&form.tags) {
        Ok(tags) => tags,
        Err(error) => {
            errors.push(error);
            Vec::new()
        }
    };
    if !errors.is_empty() {
        return Err(AppError::Invalid { fields: errors });
    }

    let person = |record: &Option<UserSummary>| record.as_ref().map(|person| person.id);
    let reassigned = person(&assistant) != person(&before.assistant);
    let request = &mut changing.request;
    request.team = team;
    request.scheduled = scheduled;
    request.priority = Priority::from_code(&form.priority).unwrap_or(before.priority);
    request.tags = tags;
    request.assistant = assistant;
    if reassigned {
        let event = match changing.request.assistant {
            Some(_) => StatusEvent::Assign,
            None => StatusEvent::Release,
        };
        changing.apply(event)?;
    }
    // Taking the assistant away, or giving one to a new request, has moved the status already.
    if status != before.status && status != changing.request.status {
        if status == Status::Closed {
            let _permit = authorize(actor, Action::CloseRequest, before.subject_of_access())?;
        }
        let event = event_to(status).ok_or_else(|| {
            AppError::invalid(
                "status",
                tf!(
                    "“{status}” comes from a session or from the owner alone.",
                    status = status
                ),
            )
        })?;
        changing.apply(event)?;
        if status == Status::New {
            changing.request.assistant = None;
        }
    }
    if changing.request.changes_since(&before).is_empty() {
        return Ok(());
    }
    if changing.request.scheduled != before.scheduled || changing.request.assistant.is_none() {
        proposals::service::replace_open(&mut changing).await?;
    }
    let by = By::Person(actor);
    let closed = before.status.is_open() && !changing.request.status.is_open();
    let happened = if closed { Happened::Closed } else { Happened::Managed };
    changing.record(by, happened).await?;
    if closed {
        sessions::service::end_with_request(&mut changing, by, EndReason::RequestClosed).await?;
    }
    changing.commit().await?;
    Ok(())
}

/// Whom the form means: `Some(None)` is nobody, `None` somebody who may not assist.
async fn find_assistant(
    on: On<'_>,
    request: &RequestRecord,
    chosen: &str,
) -> Result<Option<Option<UserSummary>>, AppError> {
    if chosen.is_empty() {
        return Ok(Some(None));
    }
    let Ok(id) = chosen.parse::<UserId>() else {
        return Ok(None);
    };
    if let Some(present) = request.assistant.as_ref().filter(|present| present.id == id) {
        return Ok(Some(Some(present.clone())));
    }
    let able = accounts::people::list_with(on, Right::RequestsView, request.directory).await?;
    Ok(able.into_iter().find(|person| person.id == id).map(Some))
}

async fn find_team(on: On<'_>, chosen: &str) -> Result<Option<Option<Team>>, AppError> {
    if chosen.is_empty() {
        return Ok(Some(None));
    }
    let Ok(id) = chosen.parse::<RoleId>() else {
        return Ok(None);
    };
    Ok(teams(on).await?.into_iter().find(|team| team.id == id).map(Some))
}

/// The typed time; one that was there before may have begun already.
fn scheduled(
    form: &ManageForm,
    before: &RequestRecord,
    now: i64,
    actor: &Actor,
) -> Result<Option<Window>, Vec<FieldError>> {
    let zone = service::zone_of(&actor.user);
    let (from, until) = (form.scheduled_from.trim(), form.scheduled_until.trim());
    if from.is_empty() && until.is_empty() {
        return Ok(None);
    }
    if let Some(window) = before.scheduled
        && local_input(window.starts_at, &zone) == from
        && local_input(window.ends_at, &zone) == until
    {
        return Ok(Some(window));
    }
    parse_window(from, until, ["scheduled_from", "scheduled_until"], now, &zone).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sessions_and_owners_set_the_other_statuses() {
        let by_hand: Vec<Status> = Status::ALL
            .into_iter()
            .filter(|status| event_to(*status).is_some())
            .collect();
        assert_eq!(
            by_hand,
            [Status::New, Status::Assigned, Status::Inactive, Status::Closed]
        );
    }
}
