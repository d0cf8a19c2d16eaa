//! The page behind the links of a mail about a closed request, for whoever got it, signed in or not.
//!
//! Programs that look through mails open links, too; so nothing happens until a button is pressed.

use super::service::{self, Opened};
use crate::{
    components::{
        frame::Frame,
        notice::{ErrorSummary, Kind, Notice},
        page::page,
        reader::Reader,
    },
    requests::{page::RatingForm, rating},
    server::{self, forms::FormState},
    tf,
    words::t,
};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// `/answer/closed/{token}`: `?stars=4` has chosen an answer, `?reopen` asks about that first.
#[component]
pub fn FeedbackPage() -> impl IntoView {
    let form = FormState::current();
    let token = use_params_map().get_untracked().get("token").unwrap_or_default();
    let query = use_query_map().get_untracked();
    let chosen = query.get("stars").and_then(|stars| stars.parse().ok());
    let reopen_first = query.get("reopen").is_some();
    page(async move {
        let portal = server::page::portal()?;
        let opened = service::open(&portal, &token).await?;
        let action = format!("/answer/closed/{token}");
        let content = if opened.closed {
            let question = view! { <Question opened=opened.clone() action=action.clone() chosen=chosen /> }.into_any();
            let reopen = opened.may_reopen.then(|| view! { <Reopen action=action /> }.into_any());
            match reopen_first {
                true => view! { {reopen} {question} }.into_any(),
                false => view! { {question} {reopen} }.into_any(),
            }
        } else {
            view! { <Over /> }.into_any()
        };
        let link = Reader::current().actor.map(|_| {
            view! { <a class="btn btn-quiet mt-4" href=format!("/requests/{}", opened.request)>{t("Open the request")}</a> }
        });
        Ok(view! {
            <Frame title=opened.subject.clone()>
                <p class="reference">{opened.reference}</p>
                <h1>{opened.subject}</h1>
                <ErrorSummary form=form />
                {content}
                {link}
            </Frame>
        }
        .into_any())
    })
}

#[component]
fn Question(opened: Opened, action: String, chosen: Option<i64>) -> impl IntoView {
    let Some(said) = opened.rating else {
        return view! {
            <section class="sheet mt-4" aria-label=t("How content you are")>
                <RatingForm action=action chosen=chosen />
            </section>
        }
        .into_any();
    };
    let words = tf!("How content you were: {words}", words = rating::words(said.stars));
    let comment = (!said.comment.is_empty()).then(|| view! { <p class="prose">{said.comment}</p> });
    view! {
        <div class="mt-4">
            <Notice kind=Kind::Done>
                <p>{t("Thank you. Your answer is kept.")}</p>
                <p>{words}</p>
                {comment}
            </Notice>
        </div>
    }
    .into_any()
}

#[component]
fn Reopen(action: String) -> impl IntoView {
    view! {
        <section class="sheet mt-4" aria-labelledby="reopen-heading">
            <h2 id="reopen-heading">{t("Not solved after all?")}</h2>
            <p class="muted mb-4">{t("Open the request again, and the helpdesk takes it up once more.")}</p>
            <form method="post" action=action>
                <button class="btn btn-quiet" type="submit" name="answer" value="reopen">{t("Open again")}</button>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn Over() -> impl IntoView {
    view! {
        <div class="mt-4">
            <Notice kind=Kind::Note>
                {t("The request was opened again since this mail was sent. When it is closed again, you get another mail.")}
            </Notice>
        </div>
    }
    .into_any()
}
