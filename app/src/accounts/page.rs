//! The sign-in page and the account page; the pages about other people are in `people`.

mod language;
mod people;

use language::LanguageChoice;
pub use people::{NewPersonPage, PeoplePage, PersonPage};

use crate::{
    accounts::{model::UserSummary, service},
    components::{
        field::{SelectField, TextField},
        form::PostButton,
        frame::Frame,
        icon,
        notice::ErrorSummary,
        page::page,
        raw::PageTitle,
        zone::zone_choices,
    },
    notices::page::{Notices, shown},
    server::{self, access::Actor, forms::FormState},
    words::t,
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// `/sign-in`.
#[component]
pub fn SignInPage() -> impl IntoView {
    let form = FormState::current();
    let next = form
        .value("next")
        .map(str::to_owned)
        .or_else(|| use_query_map().get_untracked().get("next"));
    view! {
        <PageTitle text=t("Sign in") />
        <div class="welcome">
            <header class="welcome-side">
                <span class="brand">{icon::mark()} "Deskside"</span>
                <p class="promise">{t("Help at your desk, when it suits you.")}</p>
                <p>{t("Say what is wrong and when you have time. Nobody sees your screen unless you agree.")}</p>
                <span class="welcome-art">{icon::mark()}</span>
            </header>
            <main class="welcome-main" id="content">
                <h1>{t("Sign in")}</h1>
                <ErrorSummary form=form.clone() />
                <form class="form" method="post" action="/sign-in" novalidate>
                    {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
                    <TextField name="login" label=t("Login") autocomplete="username" autofocus=true form=form.clone() />
                    <TextField
                        name="password"
                        label=t("Password")
                        kind="password"
                        autocomplete="current-password"
                        form=form
                    />
                    <button class="btn btn-primary" type="submit">{t("Sign in")}</button>
                </form>
                <p class="hint mt-6">{t("No login, or a forgotten password? Your helpdesk sets it for you.")}</p>
            </main>
        </div>
    }
    .into_any()
}

/// `/account`.
#[component]
pub fn AccountPage() -> impl IntoView {
    let form = FormState::current();
    page(async move {
        let actor = server::page::actor()?;
        let user = actor.user.clone();
        let chosen = service::chosen_language(&server::page::portal()?, &actor).await?;
        let notices = shown(&server::page::portal()?, &actor).await?;
        let zone = user.time_zone.clone();
        Ok(view! {
            <Frame title=t("Account")>
                <div class="page-head">
                    <h1>{t("Account")}</h1>
                </div>
                <ErrorSummary form=form.clone() />
                <div class="stack">
                    <WhoYouAre actor=actor />
                    <LanguageChoice chosen=chosen form=form.clone() />
                    <TimeZone user=user form=form.clone() />
                    <Notices shown=notices zone=zone form=form.clone() />
                    <Password form=form />
                    <section class="sheet" aria-labelledby="everywhere-heading">
                        <h2 id="everywhere-heading" class="mb-1">{t("Sign out everywhere")}</h2>
                        <p class="muted mb-4">
                            {t("Ends every sign-in of yours, on this device and on all others. Use it when you left one open somewhere.")}
                        </p>
                        <PostButton action="/account/sign-out-everywhere" label=t("Sign out everywhere") />
                    </section>
                </div>
            </Frame>
        }
        .into_any())
    })
}

#[component]
fn WhoYouAre(actor: Actor) -> impl IntoView {
    let (user, title) = (actor.user, actor.rights.title());
    view! {
        <section class="sheet" aria-labelledby="who-heading">
            <h2 id="who-heading" class="mb-3">{t("Who you are")}</h2>
            <dl class="facts">
                <dt>{t("Name")}</dt>
                <dd>{user.name}</dd>
                <dt>{t("Login")}</dt>
                <dd>{user.login}</dd>
                <dt>{t("E-mail")}</dt>
                <dd>{user.email}</dd>
                <dt>{t("Role")}</dt>
                <dd>{title}</dd>
            </dl>
        </section>
    }
    .into_any()
}

#[component]
fn TimeZone(user: UserSummary, form: FormState) -> impl IntoView {
    let choices = zone_choices(&user.time_zone);
    view! {
        <section class="sheet" aria-labelledby="zone-heading">
            <h2 id="zone-heading" class="mb-3">{t("Time zone")}</h2>
            <form class="form" method="post" action="/account/time-zone" novalidate>
                <SelectField
                    name="time_zone"
                    label=t("Your time zone")
                    hint=t("All times in the portal are shown, and read, in this zone.")
                    value=user.time_zone
                    choices=choices
                    form=form
                />
                <div class="form-end">
                    <button class="btn btn-quiet" type="submit">{t("Save time zone")}</button>
                </div>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn Password(form: FormState) -> impl IntoView {
    view! {
        <section class="sheet" aria-labelledby="password-heading">
            <h2 id="password-heading" class="mb-3">{t("Password")}</h2>
            <form class="form" method="post" action="/account/password" novalidate>
                <TextField
                    name="current_password"
                    label=t("Current password")
                    kind="password"
                    autocomplete="current-password"
                    form=form.clone()
                />
                <TextField
                    name="new_password"
                    label=t("New password")
                    kind="password"
                    autocomplete="new-password"
                    hint=t("At least 10 characters. Your other sign-ins end.")
                    form=form.clone()
                />
                <TextField
                    name="repeat_password"
                    label=t("New password, again")
                    kind="password"
                    autocomplete="new-password"
                    form=form
                />
                <div class="form-end">
                    <button class="btn btn-quiet" type="submit">{t("Change password")}</button>
                </div>
            </form>
        </section>
    }
    .into_any()
}
