//! Everything that happened to a request, newest first. Messages are left to the conversation.

use super::file::file_words;
use crate::{
    components::{
        around::{Around, HERE},
        reader::Reader,
        time::{Moment, window_words},
    },
    requests::model::{Change, ChangedField, Priority, TimelineEntry, Value},
    tf,
    words::t,
};
use leptos::prelude::*;

/// Longest value that a change shows, characters.
const VALUE_CHARS: usize = 80;

/// The list of what happened.
#[component]
pub fn Timeline(entries: Vec<TimelineEntry>) -> impl IntoView {
    let lines = entries
        .into_iter()
        .rev()
        .map(|entry| view! { <Line entry=entry /> })
        .collect_view();
    view! { <ol class="happened">{lines}</ol> }
}

#[component]
fn Line(entry: TimelineEntry) -> impl IntoView {
    let here = HERE.to_string();
    let sentence = entry.what.sentence(entry.by.as_ref().map(|_| here.as_str()));
    // In a list it stands without its full stop.
    let sentence = sentence.trim_end_matches(['.', '。']).to_owned();
    // What Deskside notices by itself names nobody, whoever did it.
    let name = entry
        .by
        .filter(|_| sentence.contains(HERE))
        .map(|person| view! { <strong>{person.name}</strong> });
    let reader = Reader::current();
    let changes = entry
        .changes
        .iter()
        .map(|change| view! { <li>{change_words(change, &reader)}</li> })
        .collect_view();
    let changes = (!entry.changes.is_empty()).then_some(view! { <ul class="changes">{changes}</ul> });
    view! {
        <li>
            <Around sentence=sentence>{name}</Around> <Moment at=entry.at /> {changes}
        </li>
    }
    .into_any()
}

fn change_words(change: &Change, reader: &Reader) -> String {
    let field = change.field.label();
    let words = |value: &Value| match (change.field, value) {
        (ChangedField::Priority, Value::Text(recorded)) => Priority::label_of(recorded).to_owned(),
        _ => value_words(value, reader),
    };
    match change.field {
        ChangedField::Description => return t("Description changed").to_owned(),
        ChangedField::File => return value_words(&change.to, reader),
        ChangedField::ProposedTime => return tf!("{field}: {value}", field = field, value = words(&change.to)),
        _ => {}
    }
    tf!(
        "{field}: {from} → {to}",
        field = field,
        from = words(&change.from),
        to = words(&change.to)
    )
}

fn value_words(value: &Value, reader: &Reader) -> String {
    match value {
        Value::Nothing => t("none").into(),
        Value::Text(text) => shortened(text),
        Value::Windows(windows) if windows.is_empty() => t("any time").into(),
        Value::Windows(windows) => {
            let words: Vec<_> = windows
                .iter()
                .map(|window| window_words(*window, reader.now, &reader.zone))
                .collect();
            words.join("; ")
        }
        Value::Status(status) => status.label().into(),
        Value::YesNo(true) => t("yes").into(),
        Value::YesNo(false) => t("no").into(),
        Value::File(facts) => file_words(facts),
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= VALUE_CHARS {
        return text.into();
    }
    text.chars().take(VALUE_CHARS - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_at_the_limit_is_shown_whole_and_one_more_is_cut() {
        let whole = "ä".repeat(VALUE_CHARS);
        assert_eq!(shortened(&whole), whole);
        let cut = shortened(&"ä".repeat(VALUE_CHARS + 1));
        assert_eq!(cut.chars().count(), VALUE_CHARS);
        assert!(cut.ends_with('…'));
    }
}
