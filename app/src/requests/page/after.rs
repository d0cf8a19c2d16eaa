//! What can be done with a finished request: say how content one was, open it again.

use crate::{
    components::{
        field::{TextArea, problem},
        form::PostButton,
    },
    requests::model::{REOPEN_DAYS, Rating, RequestDetail},
    server::forms::FormState,
};
use leptos::prelude::*;

const STARS: [(i64, &str); 5] = [
    (5, "Very content"),
    (4, "Content"),
    (3, "So so"),
    (2, "Not content"),
    (1, "Not at all"),
];

/// The words for a number of stars.
fn words(stars: i64) -> &'static str {
    STARS
        .iter()
        .find(|(number, _)| *number == stars)
        .map_or("", |(_, words)| words)
}

/// Nothing while the request is open.
#[component]
pub fn After(detail: RequestDetail) -> impl IntoView {
    let base = format!("/requests/{}", detail.row.id);
    let rating = match (&detail.rating, detail.may.rate) {
        (None, true) => Some(view! { <Ask base=base.clone() /> }.into_any()),
        (Some(rating), _) => Some(view! { <Said rating=rating.clone() /> }.into_any()),
        (None, false) => None,
    };
    let reopen = detail.may.reopen.then(|| {
        view! {
            <p class="muted">{format!("Not solved after all? It can be opened again for {REOPEN_DAYS} days.")}</p>
            <PostButton action=format!("{base}/reopen") label="Open again" version=detail.row.version />
        }
    });
    if rating.is_none() && reopen.is_none() {
        return None;
    }
    Some(view! { <section class="sheet after" aria-label="After the request">{rating} {reopen}</section> })
}

#[component]
fn Said(rating: Rating) -> impl IntoView {
    let comment = (!rating.comment.is_empty()).then(|| view! { <p class="prose">{rating.comment}</p> });
    view! {
        <div>
            <p>"How content the owner was: " <strong>{words(rating.stars)}</strong></p>
            {comment}
        </div>
    }
    .into_any()
}

#[component]
fn Ask(base: String) -> impl IntoView {
    let form = FormState::current();
    let choices = STARS
        .map(|(number, words)| {
            let id = format!("stars-{number}");
            view! {
                <div class="choice">
                    <input class="radio" type="radio" id=id.clone() name="stars" value=number.to_string() />
                    <label for=id>{words}</label>
                </div>
            }
        })
        .collect_view();
    view! {
        <form class="form" method="post" action=format!("{base}/rating") novalidate>
            <fieldset class="group" id="stars" tabindex="-1">
                <legend>"How content are you with this help?"</legend>
                {problem("stars", form.error("stars"))}
                <div class="choices choices-row">{choices}</div>
            </fieldset>
            <TextArea name="comment" label="What should we know? (optional)" rows=2 form=form />
            <div class="form-end">
                <button class="btn btn-quiet" type="submit">"Send"</button>
            </div>
        </form>
    }
    .into_any()
}
