//! `/administration`: where what is set.

use crate::{
    components::{
        frame::Frame,
        notice::{Kind, Notice},
        page::page,
    },
    error::AppError,
    requests::replies,
    server::{
        self,
        access::{Action, Actor, Subject, authorize},
    },
    tf, tn,
    words::t,
};
use leptos::prelude::*;

/// `/administration`.
#[component]
pub fn AdministrationPage() -> impl IntoView {
    page(async move {
        let actor = server::page::actor()?;
        // Who manages devices only finds nothing but their groups here.
        let _permit = authorize(&actor, Action::ListPeople, Subject::NONE)
            .or_else(|_| authorize(&actor, Action::ListDeviceGroups, Subject::NONE))?;
        let places = [
            (
                Action::ListPeople,
                "/people",
                t("People"),
                t("Accounts, the roles they have, passwords, who may sign in."),
            ),
            (
                Action::ManageRoles,
                "/roles",
                t("Roles"),
                t("Sets of rights that people are given."),
            ),
            (
                Action::ManageDirectories,
                "/directories",
                t("Directories"),
                t("User databases, to which requests, people and rights belong."),
            ),
            (
                Action::ListDeviceGroups,
                "/device-groups",
                t("Device groups"),
                t("Devices that are looked after alike."),
            ),
            (
                Action::ListArticles,
                "/articles",
                t("Help articles"),
                t("What people are offered while they write a request."),
            ),
            (
                Action::ListReplies,
                "/replies",
                t("Replies"),
                t("Texts that staff insert into messages and notes."),
            ),
        ];
        let cards = places
            .into_iter()
            .filter(|(action, ..)| actor.may(*action, Subject::NONE))
            .map(|(_, href, title, words)| {
                view! {
                    <li class="card-row">
                        <h2>
                            <a class="row-link" href=href>{title}</a>
                        </h2>
                        <p class="next">{words}</p>
                    </li>
                }
            })
            .collect_view();
        let aside = mails_set_aside(&actor).await?;
        Ok(view! {
            <Frame title=t("Administration")>
                <div class="page-head">
                    <h1>{t("Administration")}</h1>
                </div>
                {aside}
                <ul class="cards">{cards}</ul>
            </Frame>
        }
        .into_any())
    })
}

/// Says which answers by mail need a person; nothing when there are none, or to those who cannot see them.
async fn mails_set_aside(actor: &Actor) -> Result<Option<impl IntoView + use<>>, AppError> {
    let portal = server::page::portal()?;
    let Some(inbox) = portal.config.mail.inbox.as_ref() else {
        return Ok(None);
    };
    let aside = match replies::list_set_aside(&portal, actor).await {
        Err(AppError::NotFound) => return Ok(None),
        aside => aside?,
    };
    if aside.is_empty() {
        return Ok(None);
    }
    let count = tn!(
        aside.len(),
        "{n} mail to {address} could not be read and was set aside.",
        "{n} mails to {address} could not be read and were set aside.",
        address = inbox.address
    );
    let references: Vec<String> = aside.into_iter().map(|mail| mail.reference).collect();
    let why = tf!(
        "It is flagged in the mailbox; whoever marks it as unread there has it tried again. The portal's log says why, under the reference: {references}",
        references = references.join(", ")
    );
    Ok(Some(view! {
        <Notice kind=Kind::Problem>
            <p>{count}</p>
            <p>{why}</p>
        </Notice>
    }))
}
