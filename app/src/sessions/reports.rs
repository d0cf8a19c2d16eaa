//! What agents report: checked, taken once, and turned into steps of their session.
//!
//! Invariant: a report counts only with the device's signature, for a session of that device, within its time, and
//! once. Everything else changes nothing and is logged.

use super::{
    core::{AnsweredBy, EndedBy, Input},
    files,
    model::SessionStatus,
    service::apply,
    store,
};
use crate::{
    devices,
    error::AppError,
    preconsents,
    requests::{
        change::{By, Changing},
        conversation,
    },
    server::{budget::Spent, clock::millis, portal::Portal},
};
use deskside_protocol::{
    UnixMillis,
    command::Order,
    ids::DeviceId,
    limits::CLOCK_SKEW,
    report::{Event, Report},
    session::{ConsentAnswer, EndReason},
    signed::Signed,
};
use std::time::Duration;

/// How old a report may be: an agent that was cut off sends what it could not send before.
pub const REPORT_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// What became of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Taken {
    /// It changed something, or confirmed what was known.
    Yes,
    /// The device is not enrolled.
    UnknownDevice,
    /// The signature does not fit the device's key, or the text is no report.
    Forged,
    /// Too old, or from the future.
    Untimely,
    /// There is no such session on this device, or nothing that it was told about the request.
    ForeignSession,
    /// Taken before.
    Replayed,
    /// The session is not in a state for it.
    NotNow,
    /// The device sent too many within a minute; `first` of those that were ignored for it.
    TooMany { first: bool },
}

/// Takes a report that the relay carried for `device`.
pub async fn take(portal: &Portal, device: DeviceId, signed: &Signed) -> Result<Taken, AppError> {
    let Some(key) = devices::service::find_key(portal.db.on(), device).await? else {
        return Ok(Taken::UnknownDevice);
    };
    let Ok(report) = signed.open::<Report>(&key) else {
        return Ok(Taken::Forged);
    };
    let now = portal.clock.now();
    match portal.budgets.spend_report(device, &report.event, now) {
        Spent::Within => {}
        Spent::Over { first, .. } => return Ok(Taken::TooMany { first }),
    }
    if !is_timely(report.at, now) {
        return Ok(Taken::Untimely);
    }
    let Some(id) = report.event.session() else {
        return about_request(portal, device, &report).await;
    };
    let session = store::find_session(portal.db.on(), id).await?;
    let Some(session) = session.filter(|session| session.device == device) else {
        return Ok(Taken::ForeignSession);
    };

    let mut changing = Changing::begin(portal, session.request).await?;
    let expires_at = report.at + millis(REPORT_LIFETIME) + millis(CLOCK_SKEW);
    if !store::remember_report(&mut changing.tx, report.nonce, device, expires_at).await? {
        return Ok(Taken::Replayed);
    }
    let mut session = store::find_session(changing.tx.on(), id)
        .await?
        .ok_or(AppError::NotFound)?;
    let name = devices::service::presence(changing.tx.on(), device).await?.name;
    let by = By::Device(&name);
    let in_advance = matches!(
        report.event,
        Event::Consent {
            answer: ConsentAnswer::AllowedInAdvance,
            ..
        }
    );
    let unfounded = in_advance
        && session.life.status == SessionStatus::Asking
        && !preconsents::service::may_be_claimed(changing.tx.on(), &changing.request, device, now).await?;
    let input = match report.event {
        Event::ConsentShown { .. } => {
            let asked = session.life.status == SessionStatus::Asking;
            let noted = asked && store::set_prompt_shown(&mut changing.tx, id, now).await?;
            if noted {
                let detail = serde_json::json!({ "at": report.at });
                changing.audit(by, "session.prompt_shown", format!("session:{id}"), detail);
            } else if let Some(reason) = session.life.end_reason {
                changing.order(device, Order::EndSession { session: id, reason });
            }
            changing.commit().await?;
            return Ok(if noted { Taken::Yes } else { Taken::NotNow });
        }
        Event::Chat { message, ref text, .. } => {
            let taken = session.life.may_connect()
                && conversation::post_from_device(&mut changing, by, &session, message, text).await?;
            changing.commit().await?;
            return Ok(if taken { Taken::Yes } else { Taken::NotNow });
        }
        // It was taken back in the same moment: less access wins.
        Event::Consent { .. } if unfounded => Input::End {
            reason: EndReason::NoConsent,
            by: EndedBy::Portal,
        },
        Event::PreConsentShown { .. } | Event::PreConsentTakenBack { .. } => return Ok(Taken::NotNow),
        Event::File { .. } => {
            let taken = files::record(&mut changing, by, &session, &report.event).await?;
            changing.commit().await?;
            return Ok(if taken { Taken::Yes } else { Taken::NotNow });
        }
        Event::Consent { answer, .. } => Input::Answered {
            answer,
            by: AnsweredBy::Device,
        },
        Event::Connected { attempt, path, .. } => Input::Connected { attempt, path },
        Event::Interrupted { .. } => Input::Interrupted,
        Event::Ended { reason, .. } => Input::End {
            reason: believable(reason),
            by: EndedBy::Device,
        },
    };
    let taken = match session.life.step(input, changing.now) {
        Ok(step) => {
            apply(&mut changing, &mut session, step, by).await?;
            Taken::Yes
        }
        Err(_) => {
            if let Some(reason) = session.life.end_reason.filter(|_| goes_on(&report.event)) {
                changing.order(device, Order::EndSession { session: id, reason });
            }
            Taken::NotNow
        }
    };
    changing.commit().await?;
    Ok(taken)
}

/// Takes a report that is about what was allowed in advance for a request.
async fn about_request(portal: &Portal, device: DeviceId, report: &Report) -> Result<Taken, AppError> {
    let (Event::PreConsentShown { request, version } | Event::PreConsentTakenBack { request, version }) = report.event
    else {
        return Ok(Taken::NotNow);
    };
    if preconsents::service::find_told(portal.db.on(), request, device)
        .await?
        .is_none()
    {
        return Ok(Taken::ForeignSession);
    }
    let mut changing = Changing::begin(portal, request).await?;
    let expires_at = report.at + millis(REPORT_LIFETIME) + millis(CLOCK_SKEW);
    if !store::remember_report(&mut changing.tx, report.nonce, device, expires_at).await? {
        return Ok(Taken::Replayed);
    }
    let changed = match report.event {
        Event::PreConsentTakenBack { .. } => {
            preconsents::service::taken_back_on(&mut changing, device, version).await?
        }
        _ => preconsents::service::shown(&mut changing, device, version).await?,
    };
    changing.commit().await?;
    Ok(if changed { Taken::Yes } else { Taken::NotNow })
}

/// The device believes that the session is open. Where it is not, the device has to hear so again.
fn goes_on(event: &Event) -> bool {
    match event {
        Event::ConsentShown { .. } | Event::Connected { .. } | Event::Interrupted { .. } | Event::Chat { .. } => true,
        Event::Consent { answer, .. } => answer.is_yes(),
        // What is told after the end of a session may well be about its last files.
        Event::Ended { .. }
        | Event::File { .. }
        | Event::PreConsentShown { .. }
        | Event::PreConsentTakenBack { .. } => false,
    }
}

/// A device cannot know that a request was closed unless the portal told it, and then the session is over here.
fn believable(reason: EndReason) -> EndReason {
    match reason {
        EndReason::RequestClosed => EndReason::Failed,
        other => other,
    }
}

fn is_timely(at: UnixMillis, now: UnixMillis) -> bool {
    let skew = millis(CLOCK_SKEW);
    (now - millis(REPORT_LIFETIME) - skew..=now + skew).contains(&at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_may_be_10_minutes_and_the_skew_old_and_not_a_millisecond_more() {
        let now = 10_000_000;
        assert!(is_timely(now - 630_000, now));
        assert!(!is_timely(now - 630_001, now));
    }

    #[test]
    fn a_report_may_come_from_a_clock_that_is_30_seconds_fast() {
        assert!(is_timely(30_000, 0));
        assert!(!is_timely(30_001, 0));
    }
}
