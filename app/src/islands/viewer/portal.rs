//! What the viewer asks the portal, in the words of [`super::core`].

use super::core::{Failure, Seen};
use crate::islands::browser::window;
use crate::{
    error::AppError,
    requests::model::Message,
    sessions::{
        island_api::{end_session, list_messages, send_message, session_state, session_ticket},
        model::{SessionStatus, TicketGrant},
    },
};
use deskside_protocol::{
    fingerprint::Fingerprint,
    ids::{MessageId, RequestId, SessionId},
};
use web_sys::UrlSearchParams;

/// The session's state.
pub async fn look(session: SessionId) -> Seen {
    match session_state(session).await {
        Ok(state) if state.session.status == SessionStatus::Ended => Seen::Ended {
            reason: state.session.end_reason,
            unanswered: state.session.unanswered,
        },
        Ok(state) => Seen::Open(state.session.status),
        Err(AppError::SignedOut) => Seen::SignedOut,
        Err(AppError::NotFound | AppError::Denied) => Seen::Gone,
        Err(_) => Seen::Unreachable,
    }
}

/// Permission for the certificate with this fingerprint to signal once.
pub async fn ticket(session: SessionId, fingerprint: Fingerprint) -> Result<TicketGrant, Failure> {
    session_ticket(session, fingerprint)
        .await
        .map_err(|_| Failure::NoTicket)
}

/// Says that the viewer is being closed. The browser sends it even though the page is going.
pub fn leave(session: SessionId) {
    let Ok(fields) = UrlSearchParams::new() else { return };
    fields.append("session", &session.to_string());
    let _ = window()
        .navigator()
        .send_beacon_with_opt_url_search_params("/api/island/leave_session", Some(&fields));
}

/// Ends the session; that it ended meanwhile is no error. The error is a sentence.
pub async fn end(session: SessionId) -> Result<(), String> {
    match end_session(session).await {
        Ok(()) | Err(AppError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// Writes into the request's conversation; the error is a sentence.
pub async fn send(request: RequestId, text: String) -> Result<(), String> {
    send_message(request, text)
        .await
        .map(drop)
        .map_err(|error| error.to_string())
}

/// The messages after a known one, oldest first.
pub async fn messages(request: RequestId, after: Option<MessageId>) -> Result<Vec<Message>, AppError> {
    list_messages(request, after).await
}
