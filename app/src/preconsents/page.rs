//! What is allowed in advance: the tick of a form's row, and the lines among a request's facts.

use super::{model::Allowance, typed};
use crate::{
    components::{
        field::{described_by, problem},
        form::{PostButton, Weight},
        reader::Reader,
        time::moment_words,
    },
    requests::model::{RequestDetail, Window},
    server::forms::FormState,
    tf,
    words::t,
};
use leptos::prelude::*;

/// The tick in the row `number` of the form's times.
#[component]
pub fn AllowTick(number: usize, checked: bool, form: FormState) -> impl IntoView {
    let name = typed::input(number);
    let error = form.error(&name).map(str::to_owned);
    view! {
        <div class="tick window-tick">
            <input
                class="checkbox"
                type="checkbox"
                id=name.clone()
                name=name.clone()
                value="yes"
                checked=checked
                aria-invalid=error.is_some().then_some("true")
                aria-describedby=described_by(&name, false, error.is_some())
            />
            <label for=name.clone()>{t("You may connect in this time without asking me again")}</label>
            {problem(&name, error.as_deref())}
        </div>
    }
    .into_any()
}

/// What the reader of a request can expect at a launch within its windows.
pub fn launch_words(allowance: &Allowance) -> Option<&'static str> {
    allowance.now?;
    Some(if allowance.shown {
        t("The owner allowed you to connect now without asking.")
    } else {
        t("The owner allowed you to connect now without asking, but the device has not shown that yet, so it may ask.")
    })
}

/// Beside a window: nobody is asked in it.
#[component]
pub fn AllowedMark(window: Window) -> impl IntoView {
    let reader = Reader::current();
    let now = (window.starts_at..window.ends_at).contains(&reader.now);
    let words = if now {
        let until = moment_words(window.ends_at, reader.now, &reader.zone);
        tf!("may connect without asking until {time}", time = until)
    } else {
        t("may connect without asking").to_owned()
    };
    view! { <span class="chip">{words}</span> }
}

/// Whether the device knows, and the button that takes it back.
#[component]
pub fn Allowed(detail: RequestDetail) -> impl IntoView {
    if detail.allowance.windows.is_empty() {
        return None;
    }
    let reader = Reader::current();
    let owner = &detail.row.owner;
    let owns = reader.actor.as_ref().is_some_and(|actor| actor.id() == owner.id);
    let who = if owns {
        t("You allowed the helpdesk to connect without asking in the times that are marked. A session that runs goes on when its time is over.").to_owned()
    } else {
        tf!(
            "{owner} allowed the helpdesk to connect without asking in the times that are marked.",
            owner = owner.name
        )
    };
    let shown = if detail.allowance.shown {
        t("The device has shown this.")
    } else {
        t("The device has not shown this yet; until then it asks.")
    };
    let label = if owns { t("Take it back") } else { t("Withdraw it") };
    Some(view! {
        <dt>{t("Without asking")}</dt>
        <dd>
            <p>{who}</p>
            <p class="muted">{shown}</p>
            <PostButton action=format!("/requests/{}/take-back", detail.row.id) label=label weight=Weight::Danger />
        </dd>
    })
}
