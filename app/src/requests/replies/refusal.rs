//! The mail that tells somebody why their answer was not added.

use crate::{
    accounts::model::UserSummary,
    error::AppError,
    requests::mails,
    server::{
        mail::{self, Mail},
        portal::Portal,
        reference::internal,
    },
};
use deskside_protocol::ids::RequestId;

/// Tells `person`, at the address that the portal has of them. The same mail is told of under the same Message-ID.
pub async fn tell(
    portal: &Portal,
    person: &UserSummary,
    request: RequestId,
    why: &str,
    digest: [u8; 16],
) -> Result<(), AppError> {
    let failed = |error| internal("telling of an answer that was not added", &error);
    let config = &portal.config;
    let link = format!("{}/requests/{request}", config.origin());
    let text = format!(
        "Your answer by mail was not added to the request.\n\n{why}\n\nWrite on the request's page instead:\n{link}\n"
    );
    let mark = digest
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let mail = Mail {
        recipient: Some(person.id),
        name: person.name.clone(),
        email: person.email.clone(),
        subject: "Your answer was not added".to_owned(),
        html: mails::as_html(&text),
        text,
        message_id: format!("{request}.{mark}.{}@{}", person.id, config.host()),
        references: vec![mails::message_id(request, 1, person.id, config.host())],
        calendar: None,
        reply_to: None,
    };
    let mut tx = portal.db.begin().await.map_err(failed)?;
    mail::enqueue(&mut tx, mail, portal.clock.now()).await.map_err(failed)?;
    tx.commit().await.map_err(failed)
}
