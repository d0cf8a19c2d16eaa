//! The mail that tells somebody why their answer was not added.

use super::Taken;
use crate::{
    accounts::model::UserSummary,
    error::AppError,
    requests::mails,
    server::{
        mail::{self, Mail},
        portal::Portal,
        reference::internal,
    },
    words::t,
};
use deskside_protocol::ids::RequestId;

/// Tells `person`, at the address that the portal has of them, some times a day at most. The same mail is told of under
/// the same Message-ID.
pub async fn tell(
    portal: &Portal,
    person: &UserSummary,
    request: RequestId,
    why: &str,
    digest: [u8; 16],
) -> Result<Taken, AppError> {
    if portal.budgets.spend_refusal(person.id, portal.clock.now()).is_err() {
        return Ok(Taken::Ignored("its writer was told often enough today"));
    }
    let failed = |error| internal("telling of an answer that was not added", &error);
    let config = &portal.config;
    let link = format!("{}/requests/{request}", config.origin());
    let text = format!(
        "{}\n\n{why}\n\n{}\n{link}\n",
        t("Your answer by mail was not added to the request."),
        t("Write on the request's page instead:")
    );
    let mark = digest
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let mail = Mail {
        recipient: Some(person.id),
        name: person.name.clone(),
        email: person.email.clone(),
        subject: t("Your answer was not added").to_owned(),
        html: mails::as_html(&text),
        text,
        message_id: format!("{request}.{mark}.{}@{}", person.id, config.host()),
        references: vec![mails::message_id(request, 1, person.id, config.host())],
        calendar: None,
        reply_to: None,
    };
    let mut tx = portal.db.begin().await.map_err(failed)?;
    mail::enqueue(&mut tx, mail, portal.clock.now()).await.map_err(failed)?;
    tx.commit().await.map_err(failed)?;
    Ok(Taken::Refused)
}
