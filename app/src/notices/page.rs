//! The section of the account page about notices.

use super::{
    browser, forms,
    model::{MailWish, PushWish, Wishes, time_text},
    service::{self, Shown},
};
use crate::{
    components::{
        field::{TextField, described_by, problem},
        form::PostButton,
    },
    error::AppError,
    server::{access::Actor, forms::FormState, portal::Portal},
    tf, tn,
    words::t,
};
use axum::http::request::Parts;
use leptos::{nonce::use_nonce, prelude::*};

/// What the section shows in this browser.
pub async fn shown(portal: &Portal, actor: &Actor) -> Result<Shown, AppError> {
    let browser = use_context::<Parts>().and_then(|parts| browser::of(&portal.config, &parts.headers));
    service::open(portal, actor, browser.as_ref()).await
}

/// What somebody wants to hear of, and where.
#[component]
pub fn Notices(shown: Shown, zone: String, form: FormState) -> impl IntoView {
    let Shown {
        wishes,
        browsers,
        here,
        key,
    } = shown;
    let pushes = key.is_some();
    view! {
        <section class="sheet" id="notices" aria-labelledby="notices-heading">
            <h2 id="notices-heading" class="mb-3">{t("Notices")}</h2>
            <form class="form" method="post" action="/account/notices" novalidate>
                <Mails wishes=wishes form=form.clone() />
                <TextField
                    name="digest_at"
                    label=t("Time of the daily mail")
                    kind="time"
                    value=time_text(wishes.digest_at)
                    required=false
                    form=form.clone()
                />
                <p class="hint">{tf!("In your time zone: {zone}.", zone = zone)}</p>
                {pushes.then(|| view! { <Pushes wishes=wishes form=form /> })}
                <div class="form-end">
                    <button class="btn btn-quiet" type="submit">{t("Save notices")}</button>
                </div>
            </form>
            {key.map(|key| view! { <Browsers key_text=key browsers=browsers here=here /> })}
        </section>
    }
    .into_any()
}

fn mail_words(wish: MailWish) -> (&'static str, &'static str) {
    match wish {
        MailWish::Every => (
            t("Every modification"),
            t("A mail at once for everything that happens to your requests."),
        ),
        MailWish::Needed => (
            t("Only what needs me"),
            t("Questions, messages, reminders, and what waits for you."),
        ),
        MailWish::Digest => (
            t("One mail a day"),
            t("Everything together at a time that you choose; no mail when nothing happened."),
        ),
        MailWish::None => (t("No mails"), t("You look at the portal by yourself.")),
    }
}

fn push_words(wish: PushWish) -> (&'static str, &'static str) {
    match wish {
        PushWish::Off => (t("Nothing"), t("No browser shows a notice.")),
        PushWish::Needed => (
            t("Only what needs me"),
            t("In the browsers in which you turn notices on."),
        ),
        PushWish::Every => (
            t("Every modification"),
            t("Everything that others do to your requests."),
        ),
    }
}

#[component]
fn Mails(wishes: Wishes, form: FormState) -> impl IntoView {
    let chosen = form.value("mail").unwrap_or(wishes.mail.code()).to_owned();
    let choices = MailWish::ALL.map(|wish| (wish.code(), mail_words(wish)));
    view! { <Choices name="mail" question=t("Which mails do you want?") choices=choices.to_vec() chosen=chosen form=form /> }
    .into_any()
}

#[component]
fn Pushes(wishes: Wishes, form: FormState) -> impl IntoView {
    let chosen = form.value("push").unwrap_or(wishes.push.code()).to_owned();
    let choices = PushWish::ALL.map(|wish| (wish.code(), push_words(wish)));
    view! {
        <Choices
            name="push"
            question=t("What do your browsers show?")
            choices=choices.to_vec()
            chosen=chosen
            form=form
        />
    }
    .into_any()
}

/// A value, with its label and hint.
type Described = (&'static str, (&'static str, &'static str));

#[component]
fn Choices(
    name: &'static str,
    question: &'static str,
    choices: Vec<Described>,
    chosen: String,
    form: FormState,
) -> impl IntoView {
    let failed = form.error(name).is_some();
    let choices = choices
        .into_iter()
        .map(|(value, (label, hint))| {
            let (id, hint_id) = (format!("{name}-{value}"), format!("{name}-{value}-hint"));
            view! {
                <div class="choice">
                    <input
                        class="radio"
                        type="radio"
                        id=id.clone()
                        name=name
                        value=value
                        checked=value == chosen
                        aria-describedby=hint_id.clone()
                    />
                    <label for=id>{label}</label>
                    <p class="hint" id=hint_id>{hint}</p>
                </div>
            }
        })
        .collect_view();
    view! {
        <fieldset class="group" id=name tabindex="-1" aria-describedby=described_by(name, false, failed)>
            <legend>{question}</legend>
            {problem(name, form.error(name))}
            <div class="choices">{choices}</div>
        </fieldset>
    }
    .into_any()
}

/// Notices in this browser, and in the others.
#[component]
fn Browsers(key_text: String, browsers: usize, here: bool) -> impl IntoView {
    let this = if here {
        view! {
            <p class="muted mb-3">{t("This browser shows your notices.")}</p>
            <PostButton action="/account/push/stop" label=t("Stop notices in this browser") />
        }
        .into_any()
    } else {
        view! { <Start key_text=key_text /> }.into_any()
    };
    let all = (browsers > usize::from(here)).then(|| {
        view! {
            <p class="muted mt-4 mb-3">
                {tn!(browsers, "{n} browser shows your notices.", "{n} browsers show your notices.")}
            </p>
            <PostButton action="/account/push/stop" label=t("Stop notices in all browsers") field=("all", "yes") />
        }
    });
    view! {
        <h3 class="mt-6 mb-1">{t("Notices in browsers")}</h3>
        {this}
        {all}
    }
    .into_any()
}

/// What the script of the page needs: the form that it fills, and the sentences of which it shows one.
#[component]
fn Start(key_text: String) -> impl IntoView {
    let nonce = use_nonce().map(|nonce| nonce.to_string());
    view! {
        <div id="push-here" data-key=key_text>
            <p class="muted mb-3" data-say="offer">
                {t("This browser can show notices, also while the portal is not open. They say what happened to which request, and nothing of what people wrote. Turn this on only on a device of your own.")}
            </p>
            <p class="muted mb-3" data-say="asking" role="status" hidden>{t("Answer the question of your browser.")}</p>
            <p class="muted mb-3" data-say="unable" hidden>{t("This browser cannot show notices here. They need https, and on a phone that the portal is on the home screen.")}</p>
            <p class="muted mb-3" data-say="denied" role="status" hidden>
                {t("This browser may not show notices of the portal. Allow them in its settings for this address, then reload the page.")}
            </p>
            <p class="muted mb-3" data-say="failed" role="status" hidden>
                {t("The browser could not reach its push service. Try again later.")}
            </p>
            <noscript>
                <p class="muted mb-3">{t("This needs JavaScript.")}</p>
            </noscript>
            <form id="push-form" method="post" action="/account/push">
                <input type="hidden" name="endpoint" />
                <input type="hidden" name="p256dh" />
                <input type="hidden" name="auth" />
                <button class="btn btn-quiet" type="button" id="push-start" hidden>
                    {t("Show notices in this browser")}
                </button>
            </form>
            <script type="module" src=forms::SCRIPT nonce=nonce></script>
        </div>
    }
    .into_any()
}
