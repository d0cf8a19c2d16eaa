//! Choosing a canned reply beside the field that it goes into.

use super::{forms::INSERT, model::Offered};
use crate::{
    components::field::{described_by, problem},
    islands::insert_reply::InsertReply,
    server::forms::FormState,
    words::t,
};
use deskside_protocol::ids::RequestId;
use leptos::prelude::*;

/// The list of titles, once a page.
const TITLES: &str = "reply-titles";

/// The name of the input in which a reply for `field` is chosen.
pub fn input_of(field: &str) -> &'static str {
    match field {
        "note" => "note_reply",
        _ => "reply",
    }
}

/// The titles that [`Picker`]s offer while somebody types; nothing where there are no replies.
#[component]
pub fn Titles(replies: Vec<Offered>) -> impl IntoView {
    let options = replies
        .into_iter()
        .map(|reply| view! { <option value=reply.title></option> })
        .collect_view();
    view! { <datalist id=TITLES>{options}</datalist> }
}

/// The input and the button. The button posts the form to `action`, which shows the page again with the reply in it;
/// a script inserts it at once instead.
#[component]
pub fn Picker(request: RequestId, field: &'static str, action: String) -> impl IntoView {
    let form = FormState::current();
    let input = input_of(field);
    let button = format!("{input}-insert");
    let said = format!("{input}-said");
    let failed = form.error(input).is_some();
    view! {
        <div class="field">
            <label for=input>{t("Reply to insert")}</label>
            <div class="insert-row">
                <input
                    class="input"
                    id=input
                    name=input
                    list=TITLES
                    value=form.value(input).unwrap_or_default().to_owned()
                    placeholder=t("A part of its title")
                    autocomplete="off"
                    maxlength="100"
                    aria-invalid=failed.then_some("true")
                    aria-describedby=described_by(input, false, failed)
                />
                // The page that comes back is shown at the field.
                <button
                    class="btn btn-quiet"
                    type="submit"
                    id=button.clone()
                    name=INSERT
                    value="yes"
                    formaction=format!("{action}#{field}")
                >
                    {t("Insert")}
                </button>
            </div>
            {problem(input, form.error(input))}
            <p class="hint" id=said.clone() role="status"></p>
        </div>
        <InsertReply
            input=input.to_owned()
            field=field.to_owned()
            button=button
            said=said
            address=format!("/requests/{request}/reply")
        />
    }
    .into_any()
}
