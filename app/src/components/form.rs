//! Forms without fields: a button that changes something, as a classic post.

use deskside_protocol::ids::SessionId;
use leptos::prelude::*;

/// How a button looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Weight {
    /// The one thing to do next.
    Main,
    #[default]
    Quiet,
    /// Ends or takes back something.
    Danger,
}

impl Weight {
    pub fn class(self) -> &'static str {
        match self {
            Self::Main => "btn btn-primary",
            Self::Quiet => "btn btn-quiet",
            Self::Danger => "btn btn-danger",
        }
    }
}

/// A button that posts to `action`, with the version of the row that the page was made from.
#[component]
pub fn PostButton(
    #[prop(into)] action: String,
    label: &'static str,
    #[prop(optional)] weight: Weight,
    #[prop(optional)] version: Option<i64>,
    /// A further field, as name and value.
    #[prop(optional)]
    field: Option<(&'static str, &'static str)>,
    /// The session that the page shows, for a button that is about that one and no other.
    #[prop(optional)]
    session: Option<SessionId>,
) -> impl IntoView {
    view! {
        <form method="post" action=action>
            {version.map(|version| view! { <input type="hidden" name="version" value=version.to_string() /> })}
            {field.map(|(name, value)| view! { <input type="hidden" name=name value=value /> })}
            {session.map(|session| view! { <input type="hidden" name="session" value=session.to_string() /> })}
            <button class=weight.class() type="submit">{label}</button>
        </form>
    }
}
