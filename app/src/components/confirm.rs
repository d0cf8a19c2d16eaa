//! The question before something is deleted for good.

use super::notice::ErrorSummary;
use crate::{server::forms::FormState, words::t};
use leptos::prelude::*;

/// Asks before `action` is posted; `children` say what is lost by it. The version is that of the row that is shown, so
/// that nobody deletes what they have not seen.
#[component]
pub fn Confirm(
    #[prop(into)] action: String,
    /// The words of the button.
    label: &'static str,
    version: i64,
    /// Where one gets without deleting.
    #[prop(into)]
    back: String,
    children: Children,
) -> impl IntoView {
    view! {
        <ErrorSummary form=FormState::current() />
        <form class="form sheet" method="post" action=action>
            <input type="hidden" name="version" value=version.to_string() />
            {children()}
            <div class="form-end">
                <button class="btn btn-danger" type="submit">{label}</button>
                <a class="btn btn-ghost" href=back>{t("Keep it")}</a>
            </div>
        </form>
    }
    .into_any()
}
