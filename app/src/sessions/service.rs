//! What can be done with sessions: one function per use case.
//!
//! Invariant: only [`apply`] writes a session's life, always while its request is locked.

use super::{
    core::{AnsweredBy, Effect, EndedBy, Input, Life, NotNow, Step},
    model::{SessionState, SessionStatus, SessionSummary, TicketGrant},
    presence,
    record::SessionRecord,
    store,
};
use crate::{
    devices,
    error::AppError,
    preconsents::service::{allowed_now, take_back_in},
    requests::{
        change::{By, Changing},
        model::Person,
        service::begin,
    },
    server::{
        access::{Action, Actor, Subject, authorize},
        clock::millis,
        db::{DbError, On},
        portal::Portal,
        random,
        reference::internal,
    },
    tf,
    words::t,
};
use deskside_protocol::{
    command::Order,
    fingerprint::Fingerprint,
    ids::{DeviceId, Nonce, RequestId, SessionId},
    limits::TICKET_LIFETIME,
    session::{ConsentAnswer, EndReason, Scope},
    signed::Signed,
    ticket::Ticket,
};
use serde_json::json;

/// What an operator may always do once the owner agreed; see [`scopes`].
const SCOPES: [Scope; 3] = [Scope::View, Scope::Control, Scope::Chat];

/// The assistant asks the owner for a session.
pub async fn launch(portal: &Portal, actor: &Actor, id: RequestId, version: i64) -> Result<SessionId, AppError> {
    let mut changing = begin(portal, actor, Action::LaunchRequest, id).await?;
    changing.check_version(version).await?;
    let Some(device) = changing.request.device.clone() else {
        return Err(AppError::conflict(t(
            "The request names no device, so there is nothing to connect to.",
        )));
    };
    let Some(online) = devices::service::lock_online(&mut changing.tx, device.id).await? else {
        return Err(AppError::conflict(tf!(
            "{device} was removed from the devices, so there is nothing to connect to.",
            device = device.name
        )));
    };
    if let Some(other) = store::list_open_of_device(changing.tx.on(), device.id).await?.first() {
        let who = &other.operator.name;
        return Err(AppError::conflict(tf!(
            "{who} has a session with {device} already.",
            who = who,
            device = device.name
        )));
    }
    let step = Life::launch(changing.now, online, changing.request.one_time);
    let mut session = SessionRecord {
        id: SessionId(random::uuid(changing.now)),
        request: id,
        device: device.id,
        operator: Person {
            id: actor.id(),
            name: actor.user.name.clone(),
        },
        launched_at: changing.now,
        life: step.life.clone(),
    };
    store::add_session(&mut changing.tx, &session).await?;
    apply(&mut changing, &mut session, step, By::Person(actor)).await?;
    changing.commit().await?;
    Ok(session.id)
}

/// The owner answers in the portal: to the question of the session `shown`, and to no later one.
pub async fn answer(
    portal: &Portal,
    actor: &Actor,
    id: RequestId,
    shown: Option<SessionId>,
    accepted: bool,
) -> Result<(), AppError> {
    let mut changing = begin(portal, actor, Action::AnswerConsent, id).await?;
    let mut session = open_session(&mut changing).await?;
    if shown != Some(session.id) {
        return Err(AppError::conflict(t(
            "Somebody else is asking now: read who before you answer.",
        )));
    }
    let answer = if accepted {
        ConsentAnswer::Accepted
    } else {
        ConsentAnswer::Declined
    };
    let input = Input::Answered {
        answer,
        by: AnsweredBy::Owner,
    };
    let step = session.life.step(input, changing.now).map_err(conflict)?;
    apply(&mut changing, &mut session, step, By::Person(actor)).await?;
    changing.commit().await?;
    Ok(())
}

/// Owner, operator or administrator ends the session `shown` of a request, and no later one.
pub async fn end_of_request(
    portal: &Portal,
    actor: &Actor,
    id: RequestId,
    shown: Option<SessionId>,
) -> Result<(), AppError> {
    let mut changing = begin(portal, actor, Action::EndSession, id).await?;
    let mut session = open_session(&mut changing).await?;
    if shown != Some(session.id) {
        return Err(AppError::conflict(t(
            "This is another session than the one that you saw: read whose before you stop it.",
        )));
    }
    let reason = if changing.request.owner.id == actor.id() {
        EndReason::Employee
    } else {
        EndReason::Operator
    };
    // An owner who stops it does not want the next one to begin by itself.
    let began = session
        .life
        .started_at
        .and_then(|at| allowed_now(&changing.request, at));
    if reason == EndReason::Employee && began.is_some() {
        take_back_in(&mut changing, By::Person(actor)).await?;
    }
    let input = Input::End {
        reason,
        by: EndedBy::Portal,
    };
    let step = session.life.step(input, changing.now).map_err(conflict)?;
    apply(&mut changing, &mut session, step, By::Person(actor)).await?;
    changing.commit().await?;
    Ok(())
}

/// Ends the session `id`, from the viewer. A session that is over already is no error.
pub async fn end(portal: &Portal, actor: &Actor, id: SessionId) -> Result<(), AppError> {
    let session = operated(portal, actor, id).await?;
    if session.life.status == SessionStatus::Ended {
        return Ok(());
    }
    end_of_request(portal, actor, session.request, Some(id)).await
}

/// Ends whatever session the request under change has.
pub async fn end_with_request(changing: &mut Changing<'_>, by: By<'_>, reason: EndReason) -> Result<(), AppError> {
    let Some(mut session) = find_open(changing.tx.on(), changing.request.id).await? else {
        return Ok(());
    };
    let input = Input::End {
        reason,
        by: EndedBy::Portal,
    };
    let step = session.life.step(input, changing.now).map_err(conflict)?;
    apply(changing, &mut session, step, by).await
}

/// Lets one browser signal once: the operator of this session, with the certificate of this fingerprint.
pub async fn grant_ticket(
    portal: &Portal,
    actor: &Actor,
    id: SessionId,
    fingerprint: Fingerprint,
) -> Result<TicketGrant, AppError> {
    let request = operated(portal, actor, id).await?.request;
    let mut changing = Changing::begin(portal, request).await?;
    let mut session = store::find_session(changing.tx.on(), id)
        .await?
        .ok_or(AppError::NotFound)?;
    if !session.life.may_connect() {
        let why = if session.life.status == SessionStatus::Ended {
            NotNow::Ended
        } else {
            NotNow::NoConsent
        };
        return Err(conflict(why));
    }
    let device_key = devices::service::find_key(changing.tx.on(), session.device)
        .await?
        .ok_or(AppError::NotFound)?;
    session.life.attempt += 1;
    store::save_session(&mut changing.tx, &session).await?;
    let now = changing.now;
    let ticket = Ticket {
        nonce: Nonce(random::uuid(now)),
        session: id,
        device: session.device,
        operator: actor.id(),
        attempt: session.life.attempt,
        fingerprint,
        paths: portal.config.relay.paths,
        issued_at: now,
        expires_at: now + millis(TICKET_LIFETIME),
    };
    let sealed = Signed::seal(&ticket, &portal.key).map_err(|error| internal("signing a ticket", &error))?;
    let detail = json!({ "attempt": ticket.attempt, "fingerprint": fingerprint });
    changing.audit(By::Person(actor), "session.ticket", format!("session:{id}"), detail);
    changing.commit().await?;
    Ok(TicketGrant {
        ticket: sealed,
        attempt: session.life.attempt,
        signal_url: portal.config.signal_url(),
        device_key,
    })
}

/// The operator closed the viewer, or reloads it. A session that is over is no error.
pub async fn viewer_left(portal: &Portal, actor: &Actor, id: SessionId) -> Result<(), AppError> {
    operated(portal, actor, id).await?;
    presence::viewer(portal, id, Input::ViewerLeft).await
}

/// What the viewer shows; for the operator of this session only. Whoever looks has not closed it.
pub async fn state(portal: &Portal, actor: &Actor, id: SessionId) -> Result<SessionState, AppError> {
    let mut session = operated(portal, actor, id).await?;
    if session.life.leave_by.is_some() {
        presence::viewer(portal, id, Input::ViewerSeen).await?;
        session = operated(portal, actor, id).await?;
    }
    let request = crate::requests::service::get(portal.db.on(), session.request).await?;
    let device = devices::service::presence(portal.db.on(), session.device).await?;
    Ok(SessionState {
        request: session.request,
        reference: request.reference(),
        subject: request.subject.clone(),
        owner: Person {
            id: request.owner.id,
            name: request.owner.name.clone(),
        },
        device_name: device.name,
        device_online: device.online,
        now: portal.clock.now(),
        session: summary(&session),
    })
}

/// Whom a session concerns, for deciding who may watch it.
pub async fn subject(portal: &Portal, id: SessionId) -> Result<Subject, AppError> {
    let session = store::find_session(portal.db.on(), id)
        .await?
        .ok_or(AppError::NotFound)?;
    let request = crate::requests::service::get(portal.db.on(), session.request).await?;
    Ok(request.operated_by(session.operator.id))
}

/// The session, if the actor operates it.
async fn operated(portal: &Portal, actor: &Actor, id: SessionId) -> Result<SessionRecord, AppError> {
    let session = store::find_session(portal.db.on(), id)
        .await?
        .ok_or(AppError::NotFound)?;
    let request = crate::requests::service::get(portal.db.on(), session.request).await?;
    let _permit = authorize(actor, Action::OperateSession, request.operated_by(session.operator.id))?;
    Ok(session)
}

/// The latest session of a request.
pub async fn find_latest(on: On<'_>, request: RequestId) -> Result<Option<SessionRecord>, DbError> {
    store::find_latest(on, request).await
}

/// The session of a request that is not over.
pub async fn find_open(on: On<'_>, request: RequestId) -> Result<Option<SessionRecord>, DbError> {
    Ok(store::find_latest(on, request)
        .await?
        .filter(|session| session.life.status != SessionStatus::Ended))
}

/// The request whose session with this device is not over.
pub async fn find_open_of_device(on: On<'_>, device: DeviceId) -> Result<Option<RequestId>, DbError> {
    let open = store::list_open_of_device(on, device).await?;
    Ok(open.first().map(|session| session.request))
}

/// The session of a request that the owner has agreed to and that is not over.
pub async fn find_running(on: On<'_>, request: RequestId) -> Result<Option<SessionRecord>, DbError> {
    Ok(find_open(on, request)
        .await?
        .filter(|session| session.life.may_connect()))
}

/// A session as pages show it.
pub fn summary(session: &SessionRecord) -> SessionSummary {
    let life = &session.life;
    SessionSummary {
        id: session.id,
        operator: session.operator.clone(),
        status: life.status,
        launched_at: session.launched_at,
        answer_by: life.answer_by,
        device_by: life.device_by,
        started_at: life.started_at,
        ended_at: life.ended_at,
        end_reason: life.end_reason,
        unanswered: life.unanswered,
        path: life.path,
        resume_by: life.resume_by,
    }
}

/// Makes a step of the session lasting, with everything that follows from it.
pub async fn apply(
    changing: &mut Changing<'_>,
    session: &mut SessionRecord,
    step: Step,
    by: By<'_>,
) -> Result<(), AppError> {
    session.life = step.life;
    store::save_session(&mut changing.tx, session).await?;
    for effect in step.effects {
        match effect {
            Effect::Ask => {
                if let Some(answer_by) = session.life.answer_by {
                    changing.order(session.device, ask(changing, session, answer_by));
                }
            }
            Effect::SendResume => changing.order(session.device, resume(changing, session)),
            Effect::TellAnswer { accepted } => {
                changing.order(
                    session.device,
                    Order::ConsentAnswered {
                        session: session.id,
                        accepted,
                    },
                );
            }
            Effect::SendEnd(reason) => {
                changing.order(
                    session.device,
                    Order::EndSession {
                        session: session.id,
                        reason,
                    },
                );
            }
            Effect::CloseBrowser => changing.close_signalling(session.id),
            Effect::Note(happened) => changing.record(by, happened).await?,
            Effect::Request(event, happened) => {
                changing.apply(event)?;
                changing.record(by, happened).await?;
            }
        }
    }
    changing.touch_session(session.id);
    Ok(())
}

/// What an operator may do once the owner agreed, as it is configured.
pub fn scopes(portal: &Portal) -> Vec<Scope> {
    SCOPES.into_iter().chain(portal.config.files.scopes()).collect()
}

fn ask(changing: &Changing<'_>, session: &SessionRecord, answer_by: i64) -> Order {
    Order::AskConsent {
        session: session.id,
        request: session.request,
        operator: session.operator.name.clone(),
        subject: changing.request.subject.clone(),
        reference: changing.request.reference(),
        scopes: scopes(changing.portal),
        files: changing.portal.config.files.policy(),
        answer_by,
    }
}

/// Media that flows without interruption may lose its signalling for as long as an interruption may last.
fn resume(changing: &Changing<'_>, session: &SessionRecord) -> Order {
    let resume_by = session
        .life
        .resume_by
        .unwrap_or(changing.now + millis(deskside_protocol::limits::RESUME_WITHIN));
    Order::Resume {
        session: session.id,
        operator: session.operator.name.clone(),
        subject: changing.request.subject.clone(),
        reference: changing.request.reference(),
        scopes: scopes(changing.portal),
        files: changing.portal.config.files.policy(),
        resume_by,
    }
}

async fn open_session(changing: &mut Changing<'_>) -> Result<SessionRecord, AppError> {
    match find_open(changing.tx.on(), changing.request.id).await? {
        Some(session) => Ok(session),
        None => Err(conflict(NotNow::Ended)),
    }
}

fn conflict(why: NotNow) -> AppError {
    AppError::conflict(why.to_string())
}
