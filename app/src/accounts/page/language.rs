//! The choice of the language on the account page.

use crate::{
    components::field::{Choice, SelectField},
    server::forms::FormState,
    words::{Language, t},
};
use leptos::prelude::*;

/// In which language the portal speaks to its reader, in pages and in mails.
#[component]
pub fn LanguageChoice(chosen: Option<Language>, form: FormState) -> impl IntoView {
    let browser = Choice {
        value: String::new(),
        label: t("The language of my browser").to_owned(),
    };
    let named = Language::ALL.into_iter().map(|language| Choice {
        value: language.code().to_owned(),
        label: language.own_name().to_owned(),
    });
    view! {
        <section class="sheet" aria-labelledby="language-heading">
            <h2 id="language-heading" class="mb-3">{t("Language")}</h2>
            <form class="form" method="post" action="/account/language" novalidate>
                <SelectField
                    name="language"
                    label=t("Your language")
                    hint=t("Pages and mails are in this language.")
                    value=chosen.map(Language::code).unwrap_or_default()
                    choices=std::iter::once(browser).chain(named).collect()
                    form=form
                />
                <div class="form-end">
                    <button class="btn btn-quiet" type="submit">{t("Save language")}</button>
                </div>
            </form>
        </section>
    }
    .into_any()
}
