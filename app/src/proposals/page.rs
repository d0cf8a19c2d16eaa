//! Proposed times on a request's page, and the page behind the link of a mail.

use super::{
    model::{Proposal, State},
    service::{self, Opened},
};
use crate::{
    components::{
        field::TimeField, frame::Frame, notice::ErrorSummary, page::page, reader::Reader, time::window_words,
    },
    requests::{model::RequestDetail, page::BothTimes},
    server::{self, forms::FormState},
    tf,
    words::{t, tc},
};
use jiff::tz::TimeZone;
use leptos::{nonce::use_nonce, prelude::*};
use leptos_router::hooks::{use_params_map, use_query_map};

/// The open proposal of a request, with the buttons to answer it for whoever may.
#[component]
pub fn Proposed(detail: RequestDetail, proposal: Proposal, may_answer: bool) -> impl IntoView {
    let base = format!("/requests/{}/proposals", detail.row.id);
    let heading = tf!("{name} proposes a time", name = proposal.by.name);
    let buttons = may_answer.then(|| {
        view! {
            <form class="buttons" method="post" action=format!("{base}/answer")>
                <input type="hidden" name="proposal" value=proposal.id.to_string() />
                <button class="btn btn-primary" type="submit" name="answer" value="accept">{tc("button", "Accept")}</button>
                <button class="btn btn-quiet" type="submit" name="answer" value="decline">{tc("button", "Decline")}</button>
            </form>
        }
    });
    let waits = (!may_answer).then(|| view! { <p class="muted">{t("Not answered yet.")}</p> });
    view! {
        <section class="ask" aria-labelledby="proposal-heading">
            <h2 id="proposal-heading">{heading}</h2>
            <p>
                <strong><BothTimes window=proposal.window zone=detail.owner_zone /></strong>
            </p>
            {buttons}
            {waits}
        </section>
    }
    .into_any()
}

/// The form for proposing a time, folded away.
#[component]
pub fn Propose(detail: RequestDetail) -> impl IntoView {
    let form = FormState::current();
    let open = form.error("proposed_from").is_some() || form.error("proposed_until").is_some();
    view! {
        <details class="note-form" open=open>
            <summary>{t("Propose a time")}</summary>
            <form class="form mt-3" method="post" action=format!("/requests/{}/proposals", detail.row.id) novalidate>
                <Times form=form />
                <div class="form-end">
                    <button class="btn btn-quiet" type="submit">{tc("button", "Propose")}</button>
                </div>
            </form>
        </details>
    }
    .into_any()
}

#[component]
fn Times(form: FormState) -> impl IntoView {
    view! {
        <div class="pair">
            <TimeField name="proposed_from" label=tc("time", "From") form=form.clone() />
            <TimeField name="proposed_until" label=tc("time", "Until") form=form />
        </div>
    }
}

/// `/answer/{token}`: for whoever got the mail, signed in or not.
#[component]
pub fn AnswerPage() -> impl IntoView {
    let form = FormState::current();
    let token = use_params_map().get_untracked().get("token").unwrap_or_default();
    // The mail's "Accept" answers by itself; its other links, and programs that only look at addresses, do not.
    let at_once = use_query_map().get_untracked().get("accept").is_some() && !form.is_posted();
    page(async move {
        let portal = server::page::portal()?;
        let opened = service::open_link(&portal, &token).await?;
        let zone = TimeZone::get(&opened.time_zone).unwrap_or(TimeZone::UTC);
        let words = window_words(opened.proposal.window, portal.clock.now(), &zone);
        let content = if opened.open {
            view! { <Open opened=opened.clone() words=words token=token at_once=at_once form=form /> }.into_any()
        } else {
            view! { <Decided opened=opened.clone() words=words /> }.into_any()
        };
        Ok(view! {
            <Frame title=opened.subject.clone()>
                <p class="reference">{opened.reference}</p>
                <h1>{opened.subject}</h1>
                {content}
            </Frame>
        }
        .into_any())
    })
}

/// Accepts with the first sign of a person: programs that look through mails open addresses, too, and may run scripts.
const ACCEPT_AT_ONCE: &str = "(() => { const form = document.getElementById('accept'); \
    const signs = ['pointermove', 'pointerdown', 'touchstart', 'keydown']; \
    const accept = (event) => { if (!event.isTrusted) return; \
    signs.forEach((sign) => removeEventListener(sign, accept)); form.requestSubmit(); }; \
    signs.forEach((sign) => addEventListener(sign, accept)); })();";

#[component]
fn Open(opened: Opened, words: String, token: String, at_once: bool, form: FormState) -> impl IntoView {
    let action = format!("/answer/{token}");
    let script = at_once.then(|| {
        let nonce = use_nonce();
        view! { <script nonce=nonce>{ACCEPT_AT_ONCE}</script> }
    });
    let open = form.error("proposed_from").is_some() || form.error("proposed_until").is_some();
    view! {
        <ErrorSummary form=form.clone() />
        <section class="ask mt-4" aria-labelledby="proposal-heading">
            <h2 id="proposal-heading">{tf!("{name} proposes a time", name = opened.proposal.by.name)}</h2>
            <p>
                <strong>{words}</strong>
                <span class="muted">{format!(" ({})", opened.time_zone)}</span>
            </p>
            <div class="buttons">
                <form method="post" action=action.clone() id="accept">
                    <input type="hidden" name="answer" value="accept" />
                    <button class="btn btn-primary" type="submit">{tc("button", "Accept")}</button>
                </form>
                <form method="post" action=action.clone()>
                    <input type="hidden" name="answer" value="decline" />
                    <button class="btn btn-quiet" type="submit">{tc("button", "Decline")}</button>
                </form>
            </div>
            <details class="note-form" open=open>
                <summary>{t("Propose another time")}</summary>
                <form class="form mt-3" method="post" action=action novalidate>
                    <input type="hidden" name="answer" value="counter" />
                    <Times form=form />
                    <div class="form-end">
                        <button class="btn btn-quiet" type="submit">{tc("button", "Propose")}</button>
                    </div>
                </form>
            </details>
        </section>
        {script}
    }
    .into_any()
}

#[component]
fn Decided(opened: Opened, words: String) -> impl IntoView {
    let sentence = match opened.proposal.state {
        State::Accepted => t("This time is agreed on. It is in the mail that you get now, for your calendar."),
        State::Declined => t("This time was declined."),
        State::Replaced => t("Another time was proposed since. Look into your mail, or open the request."),
        State::Open => t("The request is no longer open."),
    };
    let link = Reader::current()
        .actor
        .map(|_| view! { <a class="btn btn-quiet" href=format!("/requests/{}", opened.proposal.request)>{t("Open the request")}</a> });
    view! {
        <section class="ask mt-4" aria-labelledby="proposal-heading">
            <h2 id="proposal-heading">{words}</h2>
            <p>{sentence}</p>
            {link}
        </section>
    }
    .into_any()
}
