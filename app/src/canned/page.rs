//! The pages on which administrators keep canned replies.

use super::{
    model::{Reply, ReplyId, ReplyRow},
    service,
};
use crate::{
    components::{
        confirm::Confirm,
        empty::Empty,
        field::{Choice, SelectField, TextArea, TextField},
        frame::{Frame, Width},
        icon::Icon,
        list::TableFrame,
        notice::ErrorSummary,
        overtaken::{Difference, Overtaken, version_typed_over},
        page::page,
        search::SearchForm,
    },
    directories::places,
    error::AppError,
    server::{
        self,
        access::{Action, Actor, Subject, authorize},
        forms::FormState,
        portal::Portal,
    },
    tf,
    words::t,
};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

const PATH: &str = "/replies";
/// Where one gets after saving a reply.
pub const SAVED: &str = "/replies?done=reply";
/// Where one gets after deleting one.
pub const DELETED: &str = "/replies?done=reply-deleted";

/// `/replies`.
#[component]
pub fn RepliesPage() -> impl IntoView {
    let text = use_query_map().get_untracked().get("q").unwrap_or_default();
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let replies = service::list(&portal, &actor, &text).await?;
        let list = match (replies.is_empty(), text.trim().is_empty()) {
            (true, true) => view! {
                <Empty icon=Icon::Note title=t("There are no replies yet")>
                    <p>{t("Write down what the helpdesk answers again and again.")}</p>
                </Empty>
            }
            .into_any(),
            (true, false) => view! {
                <Empty icon=Icon::Search title=t("No reply fits")>
                    <p>{t("Try fewer or other words of the title.")}</p>
                </Empty>
            }
            .into_any(),
            (false, _) => {
                let lines = replies.into_iter().map(line).collect_view();
                view! { <TableFrame label=t("Replies") columns=vec![t("Reply"), t("For")]>{lines}</TableFrame> }
                    .into_any()
            }
        };
        Ok(view! {
            <Frame title=t("Replies") width=Width::Wide>
                <a class="back" href="/administration">{Icon::Back.draw()} {t("Administration")}</a>
                <div class="page-head">
                    <div>
                        <h1>{t("Replies")}</h1>
                        <p class="lead">{t("Texts that staff insert into messages and notes, so that nobody writes them twice.")}</p>
                    </div>
                    <a class="btn btn-primary" href="/replies/new">{Icon::Add.draw()} {t("New reply")}</a>
                </div>
                <SearchForm path=PATH text=text label=t("Search the titles") />
                {list}
            </Frame>
        }
        .into_any())
    })
}

fn line(reply: ReplyRow) -> impl IntoView {
    let whose = reply.directory_name.unwrap_or_else(|| places::all().to_owned());
    view! {
        <tr role="row">
            <td role="cell" data-label=t("Reply") class="main-cell">
                <a class="row-link" href=format!("{PATH}/{}/edit", reply.id)>{reply.title}</a>
            </td>
            <td role="cell" data-label=t("For")>{whose}</td>
        </tr>
    }
    .into_any()
}

async fn choices(portal: &Portal, actor: &Actor) -> Result<Vec<Choice>, AppError> {
    places::choices(portal, actor, service::may_place(actor, None)).await
}

/// `/replies/new`.
#[component]
pub fn NewReplyPage() -> impl IntoView {
    let form = FormState::current();
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let _permit = authorize(&actor, Action::ListReplies, Subject::NONE)?;
        let places = choices(&portal, &actor).await?;
        Ok(view! {
            <Frame title=t("New reply")>
                <a class="back" href=PATH>{Icon::Back.draw()} {t("Replies")}</a>
                <div class="page-head">
                    <h1>{t("New reply")}</h1>
                </div>
                <Fields reply=None places=places form=form />
            </Frame>
        }
        .into_any())
    })
}

fn id_in_address() -> Result<ReplyId, AppError> {
    let id = use_params_map().get_untracked().get("id");
    id.and_then(|id| id.parse().ok()).ok_or(AppError::NotFound)
}

/// `/replies/{id}/edit`.
#[component]
pub fn EditReplyPage() -> impl IntoView {
    let form = FormState::current();
    let id = id_in_address();
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let reply = service::open(&portal, &actor, id?).await?;
        let places = choices(&portal, &actor).await?;
        let delete = format!("{PATH}/{}/delete", reply.id);
        Ok(view! {
            <Frame title=t("Edit reply")>
                <a class="back" href=PATH>{Icon::Back.draw()} {t("Replies")}</a>
                <div class="page-head">
                    <h1>{t("Edit reply")}</h1>
                    <a class="btn btn-quiet" href=delete>{t("Delete reply")}</a>
                </div>
                <Fields reply=Some(reply) places=places form=form />
            </Frame>
        }
        .into_any())
    })
}

/// `/replies/{id}/delete`.
#[component]
pub fn DeleteReplyPage() -> impl IntoView {
    let id = id_in_address();
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let reply = service::open(&portal, &actor, id?).await?;
        let base = format!("{PATH}/{}", reply.id);
        let title = reply.content.title;
        Ok(view! {
            <Frame title=t("Delete reply")>
                <a class="back" href=PATH>{Icon::Back.draw()} {t("Replies")}</a>
                <div class="page-head">
                    <h1>{t("Delete reply")}</h1>
                </div>
                <Confirm
                    action=format!("{base}/delete")
                    label=t("Delete reply")
                    version=reply.version
                    back=format!("{base}/edit")
                >
                    <p>{tf!("“{title}” is deleted for everybody and cannot be brought back.", title = title)}</p>
                    <p class="muted">{t("Messages into which it was inserted stay as they are.")}</p>
                </Confirm>
            </Frame>
        }
        .into_any())
    })
}

/// Where what is stored now differs from what was typed over an older version.
fn differences(stored: &Reply, choices: &[Choice], form: &FormState) -> Vec<Difference> {
    let content = &stored.content;
    let typed = |name: &str| form.value(name).unwrap_or_default();
    let here = places::words(choices, &places::value(content.directory));
    let there = places::words(choices, typed("directory"));
    [
        Difference::between(t("Title"), content.title.as_str(), typed("title")),
        Difference::between(t("Text"), content.text.as_str(), typed("body")),
        Difference::between(t("For requests of"), here, there),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[component]
fn Fields(reply: Option<Reply>, places: Vec<Choice>, form: FormState) -> impl IntoView {
    let action = match &reply {
        Some(reply) => format!("{PATH}/{}/edit", reply.id),
        None => format!("{PATH}/new"),
    };
    let overtaken = reply.as_ref().filter(|_| form.overtaken).map(|stored| {
        let differences = differences(stored, &places, &form);
        view! { <Overtaken differences=differences /> }
    });
    let version = reply.as_ref().map(|reply| {
        let version = version_typed_over(&form, reply.version);
        view! { <input type="hidden" name="version" value=version /> }
    });
    let (title, text, place) = match reply.map(|reply| reply.content) {
        Some(content) => (content.title, content.text, places::value(content.directory)),
        None => {
            let first = places.first().map(|choice| choice.value.clone()).unwrap_or_default();
            (String::new(), String::new(), first)
        }
    };
    view! {
        <ErrorSummary form=form.clone() />
        {overtaken}
        <form class="form sheet" method="post" action=action novalidate>
            {version}
            <TextField
                name="title"
                label=t("Title")
                hint=t("By which staff find it.")
                value=title
                autocomplete="off"
                form=form.clone()
            />
            <TextArea
                name="body"
                label=t("Text")
                hint=t("{name} becomes the name of the request's owner, {request} its number, {assistant} the name of whoever assists.")
                rows=10
                required=true
                value=text
                form=form.clone()
            />
            <SelectField name="directory" label=t("For requests of") value=place choices=places form=form />
            <div class="form-end">
                <button class="btn btn-primary" type="submit">{t("Save reply")}</button>
                <a class="btn btn-ghost" href=PATH>{t("Back")}</a>
            </div>
        </form>
    }
    .into_any()
}
