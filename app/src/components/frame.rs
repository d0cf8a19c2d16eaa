//! The frame of every page: title, skip link, bar with the navigation, and the landmark for the content.

use super::{icon, notice, raw::PageTitle, reader::Reader};
use crate::server::access::{Action, Actor, Subject};
use crate::words::{t, tc};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// How wide the content may grow.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Width {
    /// Text and forms.
    #[default]
    Narrow,
    /// Tables, and pages with a side column.
    Wide,
}

/// A page with bar and heading area.
#[component]
pub fn Frame(#[prop(into)] title: String, #[prop(optional)] width: Width, children: Children) -> impl IntoView {
    let class = match width {
        Width::Narrow => "page page-narrow",
        Width::Wide => "page",
    };
    view! {
        <PageTitle text=title />
        <a class="skip" href="#content">{t("Skip to content")}</a>
        <TopBar />
        <main id="content" class=class tabindex="-1">
            <notice::Flash />
            {children()}
        </main>
    }
    .into_any()
}

#[component]
fn TopBar() -> impl IntoView {
    let reader = Reader::current();
    view! {
        <header class="top">
            <div class="top-in">
                <a class="brand" href="/">{icon::mark()} "Deskside"</a>
                {reader.actor.map(|actor| view! { <Navigation actor=actor.clone() /> <WhoIsIn actor=actor /> })}
            </div>
        </header>
    }
    .into_any()
}

#[component]
fn Navigation(actor: Actor) -> impl IntoView {
    let path = use_location().pathname.get_untracked();
    let links = [
        ("/my-requests", t("My requests"), true),
        ("/requests", t("Requests"), actor.is_staff()),
        ("/overview", t("Overview"), actor.is_staff()),
        ("/devices", t("Devices"), true),
        ("/help", t("Help"), true),
        ("/mail", t("Mail"), super::page::mail_is_readable()),
        (
            "/administration",
            t("Administration"),
            actor.may(Action::ListPeople, Subject::NONE) || actor.may(Action::ListDeviceGroups, Subject::NONE),
        ),
        ("/account", t("Account"), true),
    ];
    let current = place(&path, actor.is_staff());
    let items = links
        .into_iter()
        .filter(|(.., shown)| *shown)
        .map(|(href, label, _)| {
            let mark = (current == Some(href)).then_some(if path == href { "page" } else { "true" });
            view! { <li><a href=href aria-current=mark>{label}</a></li> }
        })
        .collect_view();
    view! {
        <nav aria-label=tc("navigation", "Main")>
            <ul>{items}</ul>
        </nav>
    }
    .into_any()
}

/// The navigation entry that `path` belongs to. One request belongs to the list that its reader comes from.
fn place(path: &str, staff: bool) -> Option<&'static str> {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    match first {
        "my-requests" => Some("/my-requests"),
        "requests" if path == "/requests/new" || !staff => Some("/my-requests"),
        "requests" | "sessions" => Some("/requests"),
        "devices" => Some("/devices"),
        "help" => Some("/help"),
        "overview" => Some("/overview"),
        "mail" => Some("/mail"),
        "administration" | "people" | "roles" | "directories" | "articles" | "device-groups" => Some("/administration"),
        "account" => Some("/account"),
        _ => None,
    }
}

#[component]
fn WhoIsIn(actor: Actor) -> impl IntoView {
    view! {
        <div class="who">
            <span class="who-name">{actor.user.name} <small>{actor.rights.title()}</small></span>
            <form method="post" action="/sign-out">
                <button class="bar-button" type="submit">{t("Sign out")}</button>
            </form>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_request_belongs_to_the_list_that_its_reader_has() {
        assert_eq!(place("/requests/018f", true), Some("/requests"));
        assert_eq!(place("/requests/018f", false), Some("/my-requests"));
        assert_eq!(place("/requests/new", true), Some("/my-requests"));
    }

    #[test]
    fn an_unknown_path_belongs_nowhere() {
        assert_eq!(place("/", true), None);
        assert_eq!(place("/sign-in", false), None);
    }
}
