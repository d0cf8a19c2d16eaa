//! What can be done with a finished request: say how content one was, open it again.

use crate::tf;
use crate::words::{t, tc};
use crate::{
    components::{
        around::{Around, HERE},
        field::{TextArea, problem},
        form::PostButton,
    },
    requests::model::{REOPEN_DAYS, Rating, RequestDetail},
    server::forms::FormState,
};
use leptos::prelude::*;

fn stars() -> [(i64, &'static str); 5] {
    [
        (5, t("Very content")),
        (4, tc("rating", "Content")),
        (3, t("So so")),
        (2, t("Not content")),
        (1, tc("rating", "Not at all")),
    ]
}

/// The words for a number of stars.
fn words(stars: i64) -> &'static str {
    self::stars()
        .into_iter()
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
            <p class="muted">{tf!("Not solved after all? It can be opened again for {days} days.", days = REOPEN_DAYS)}</p>
            <PostButton action=format!("{base}/reopen") label=t("Open again") version=detail.row.version />
        }
    });
    if rating.is_none() && reopen.is_none() {
        return None;
    }
    Some(view! { <section class="sheet after" aria-label=t("After the request")>{rating} {reopen}</section> })
}

#[component]
fn Said(rating: Rating) -> impl IntoView {
    let comment = (!rating.comment.is_empty()).then(|| view! { <p class="prose">{rating.comment}</p> });
    view! {
        <div>
            <p>
                <Around sentence=tf!("How content the owner was: {answer}", answer = HERE)>
                    <strong>{words(rating.stars)}</strong>
                </Around>
            </p>
            {comment}
        </div>
    }
    .into_any()
}

#[component]
fn Ask(base: String) -> impl IntoView {
    let form = FormState::current();
    let choices = stars()
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
                <legend>{t("How content are you with this help?")}</legend>
                {problem("stars", form.error("stars"))}
                <div class="choices choices-row">{choices}</div>
            </fieldset>
            <TextArea name="comment" label=t("What should we know? (optional)") rows=2 form=form />
            <div class="form-end">
                <button class="btn btn-quiet" type="submit">{t("Send")}</button>
            </div>
        </form>
    }
    .into_any()
}
