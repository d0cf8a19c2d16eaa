//! What islands call: server functions, thin; each asks the service, which decides who may.

use super::model::{SessionState, TicketGrant};
use crate::{error::AppError, requests::model::Message};
use deskside_protocol::{
    fingerprint::Fingerprint,
    ids::{MessageId, RequestId, SessionId},
};
use leptos::prelude::*;

/// Lets this browser, with the certificate of this fingerprint, signal once for the session.
#[server(prefix = "/api/island", endpoint = "session_ticket")]
pub async fn session_ticket(session: SessionId, fingerprint: Fingerprint) -> Result<TicketGrant, AppError> {
    use crate::server::page;
    super::service::grant_ticket(&page::portal()?, &page::actor()?, session, fingerprint).await
}

/// Where the session stands.
#[server(name = ReadSessionState, prefix = "/api/island", endpoint = "session_state")]
pub async fn session_state(session: SessionId) -> Result<SessionState, AppError> {
    use crate::server::page;
    super::service::state(&page::portal()?, &page::actor()?, session).await
}

/// The viewer is being closed.
#[server(prefix = "/api/island", endpoint = "leave_session")]
pub async fn leave_session(session: SessionId) -> Result<(), AppError> {
    use crate::server::page;
    super::service::viewer_left(&page::portal()?, &page::actor()?, session).await
}

/// Ends the session.
#[server(prefix = "/api/island", endpoint = "end_session")]
pub async fn end_session(session: SessionId) -> Result<(), AppError> {
    use crate::server::page;
    super::service::end(&page::portal()?, &page::actor()?, session).await
}

/// Writes into the conversation of a request.
#[server(prefix = "/api/island", endpoint = "send_message")]
pub async fn send_message(request: RequestId, text: String) -> Result<Message, AppError> {
    use crate::{requests::conversation, server::page};
    conversation::post(&page::portal()?, &page::actor()?, request, &text).await
}

/// The messages after `after`, the latest 200 of them, oldest first.
#[server(prefix = "/api/island", endpoint = "list_messages")]
pub async fn list_messages(request: RequestId, after: Option<MessageId>) -> Result<Vec<Message>, AppError> {
    use crate::{requests::conversation, server::page};
    conversation::list(&page::portal()?, &page::actor()?, request, after).await
}
