//! What is stored now beside what somebody typed over an older version of it.

use crate::{server::forms::FormState, words::t};
use leptos::prelude::*;

/// One field that differs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    pub label: &'static str,
    pub stored: String,
    pub typed: String,
}

impl Difference {
    /// Nothing where both are the same.
    pub fn between(label: &'static str, stored: impl Into<String>, typed: impl Into<String>) -> Option<Self> {
        let (stored, typed) = (stored.into(), typed.into());
        (stored.trim() != typed.trim()).then_some(Self { label, stored, typed })
    }
}

/// The version that a form sends. The one that was typed over stays, so that a change of somebody else is not lost
/// unseen; once both were shown, saving again is meant.
pub fn version_typed_over(form: &FormState, stored: i64) -> String {
    match form.value("version").filter(|_| !form.overtaken) {
        Some(version) => version.to_owned(),
        None => stored.to_string(),
    }
}

/// Both versions, field by field. The form below has the typed one and saves it over the other.
#[component]
pub fn Overtaken(differences: Vec<Difference>) -> impl IntoView {
    let words = if differences.is_empty() {
        t("In these fields nothing differs from what you typed. Save again to go on.")
    } else {
        t("What you typed is kept below. Change it where you need to; saving again puts it over what is stored now.")
    };
    let shown = |text: String| if text.trim().is_empty() { "–".to_owned() } else { text };
    let lines = differences
        .into_iter()
        .map(|difference| {
            view! {
                <tr>
                    <th scope="row">{difference.label}</th>
                    <td>{shown(difference.stored)}</td>
                    <td>{shown(difference.typed)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="sheet overtaken" aria-labelledby="overtaken-heading">
            <h2 id="overtaken-heading">{t("Stored now, and yours")}</h2>
            <p class="muted">{words}</p>
            <div class="scrolled" tabindex="0" role="region" aria-labelledby="overtaken-heading">
                <table class="numbers">
                    <thead>
                        <tr>
                            <td></td>
                            <th scope="col">{t("Stored now")}</th>
                            <th scope="col">{t("Yours")}</th>
                        </tr>
                    </thead>
                    <tbody>{lines}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_around_a_text_are_no_difference() {
        assert_eq!(Difference::between("Subject", "Printer", " Printer\n"), None);
        assert!(Difference::between("Subject", "Printer", "Scanner").is_some());
    }
}
