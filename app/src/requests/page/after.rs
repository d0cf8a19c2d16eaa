//! What can be done with a finished request: say how content one was, open it again.

use crate::{
    components::{
        around::{Around, HERE},
        field::{TextArea, problem},
        form::PostButton,
    },
    requests::{
        model::{REOPEN_DAYS, Rating, RequestDetail},
        rating::{MOST_STARS, words},
    },
    server::forms::FormState,
    tf,
    words::t,
};
use leptos::prelude::*;

/// Nothing while the request is open.
#[component]
pub fn After(detail: RequestDetail) -> impl IntoView {
    let base = format!("/requests/{}", detail.row.id);
    let rating = match (&detail.rating, detail.may.rate) {
        (None, true) => Some(view! { <RatingForm action=format!("{base}/rating") chosen=None /> }.into_any()),
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

/// Asks the owner how content they are. `chosen` is what the link of a mail has chosen; what was posted wins.
#[component]
pub fn RatingForm(action: String, #[prop(optional_no_strip)] chosen: Option<i64>) -> impl IntoView {
    let form = FormState::current();
    let chosen = match form.is_posted() {
        true => form.value("stars").and_then(|stars| stars.parse().ok()),
        false => chosen,
    };
    let choices = (1..=MOST_STARS)
        .rev()
        .map(|stars| {
            let id = format!("stars-{stars}");
            view! {
                <div class="choice">
                    <input
                        class="radio"
                        type="radio"
                        id=id.clone()
                        name="stars"
                        value=stars.to_string()
                        checked=chosen == Some(stars)
                    />
                    <label for=id>{words(stars)}</label>
                </div>
            }
        })
        .collect_view();
    view! {
        <form class="form" method="post" action=action novalidate>
            <input type="hidden" name="answer" value="rate" />
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
