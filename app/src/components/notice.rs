//! Messages above a page's content: what was just done, and what is wrong with a form.

use super::icon::Icon;
use crate::{server::forms::FormState, words::t};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// What kind of message it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Done,
    Note,
    Problem,
}

impl Kind {
    fn class(self) -> &'static str {
        match self {
            Self::Done => "notice notice-done",
            Self::Note => "notice notice-note",
            Self::Problem => "notice notice-problem",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Done => Icon::Check,
            Self::Note => Icon::Note,
            Self::Problem => Icon::Problem,
        }
    }
}

/// One message.
#[component]
pub fn Notice(kind: Kind, children: Children) -> impl IntoView {
    view! {
        <div class=kind.class() role="status">
            {kind.icon().draw()} <div>{children()}</div>
        </div>
    }
}

/// What was just done, as the address of the next page carries it: `?done=…`.
///
/// Invariant: only these words can be shown, so that a forged address can show nothing else.
fn done_words(code: &str) -> Option<&'static str> {
    Some(match code {
        "password" => t("Your password is changed. Your other sign-ins have ended."),
        "language" => t("Your language is saved."),
        "time-zone" => t("Your time zone is saved."),
        "hours" => t("The hours are saved."),
        "notices" => t("Your choice of notices is saved."),
        "notices-here" => t("This browser shows your notices from now on."),
        "notices-stopped" => t("The notices are stopped."),
        "article" => t("The article is saved."),
        "article-deleted" => t("The article is deleted."),
        "reply" => t("The reply is saved."),
        "reply-deleted" => t("The reply is deleted."),
        "placed" => t("The devices are in their group."),
        "person" => t("The details are saved."),
        "password-set" => t("The new password is set. All sign-ins of this person have ended."),
        _ => return None,
    })
}

/// Says what was just done; nothing otherwise.
#[component]
pub fn Flash() -> impl IntoView {
    let done = use_query_map().get_untracked().get("done")?;
    let words = done_words(&done)?;
    Some(view! { <Notice kind=Kind::Done>{words}</Notice> })
}

/// The summary of a form that was not accepted: takes the focus and leads to each field. Nothing on a first visit.
#[component]
pub fn ErrorSummary(form: FormState) -> impl IntoView {
    let message = form.message.clone().filter(|_| form.is_posted())?;
    let fields = form.errors.iter().filter(|error| !error.field.is_empty());
    let links = fields
        .map(|error| view! { <li><a href=format!("#{}", error.field)>{error.message.clone()}</a></li> })
        .collect::<Vec<_>>();
    let list = (!links.is_empty()).then(|| view! { <ul>{links}</ul> });
    Some(view! {
        <div class="notice notice-problem" role="alert" id="problems" tabindex="-1" autofocus>
            {Icon::Problem.draw()} <div><strong>{message}</strong> {list}</div>
        </div>
    })
}
