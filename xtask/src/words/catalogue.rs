//! One language's file of translations.

use super::said::Said;
use anyhow::{Context, Result, anyhow};
use polib::{
    catalog::Catalog,
    message::{Message, MessageView},
    po_file,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

fn read(path: &Path) -> Result<Catalog> {
    po_file::parse(path)
        .map_err(|error| anyhow!("{error}"))
        .with_context(|| path.display().to_string())
}

fn key(message: &dyn MessageView) -> Said {
    Said {
        context: message.msgctxt().map(str::to_owned),
        english: message.msgid().to_owned(),
        many: message.msgid_plural().ok().map(str::to_owned),
    }
}

/// The translations of a message: one, or one for each form.
fn forms(message: &dyn MessageView) -> Vec<String> {
    match message.msgstr_plural() {
        Ok(forms) => forms.clone(),
        Err(_) => message.msgstr().map(str::to_owned).into_iter().collect(),
    }
}

/// Makes the file have exactly `all`; what is there already keeps its translation. Says how many have none.
pub fn update(path: &Path, all: &BTreeMap<Said, Vec<String>>) -> Result<usize> {
    let before = read(path)?;
    let known: BTreeMap<Said, Vec<String>> = before
        .messages()
        .map(|message| (key(message), forms(message)))
        .collect();
    let count = before.metadata.plural_rules.nplurals;
    let mut after = Catalog::new(before.metadata.clone());
    let mut missing = 0;
    for (said, places) in all {
        let translated = known.get(said).cloned().unwrap_or_default();
        missing += usize::from(translated.iter().all(String::is_empty));
        after.append_or_update(message(said, places, translated, count));
    }
    po_file::write_to_file(&after, path).with_context(|| path.display().to_string())?;
    Ok(missing)
}

fn message(said: &Said, places: &[String], mut translated: Vec<String>, forms: usize) -> Message {
    let mut builder = match &said.many {
        Some(many) => {
            translated.resize(forms, String::new());
            let mut builder = Message::build_plural();
            builder.with_msgid_plural(many.clone()).with_msgstr_plural(translated);
            builder
        }
        None => {
            let mut builder = Message::build_singular();
            builder.with_msgstr(translated.into_iter().next().unwrap_or_default());
            builder
        }
    };
    builder.with_msgid(said.english.clone()).with_source(places.join("\n"));
    if let Some(context) = &said.context {
        builder.with_msgctxt(context.clone());
    }
    builder.done()
}

/// What is wrong with the file: sentences that are missing, said no longer, or whose `{values}` differ.
pub fn problems(path: &Path, all: &BTreeMap<Said, Vec<String>>) -> Result<Vec<String>> {
    let catalogue = read(path)?;
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for message in catalogue.messages() {
        let said = key(message);
        if !all.contains_key(&said) {
            wrong.push(format!("is said no longer: {:?}", said.english));
        }
        for form in forms(message) {
            if form.trim().is_empty() {
                wrong.push(format!("not translated: {:?}", said.english));
            } else if names(&form) != names(&said.english) && !counts_without_number(&said, &form) {
                wrong.push(format!("other values than in {:?}: {form:?}", said.english));
            }
        }
        seen.insert(said);
    }
    let missing = all.keys().filter(|said| !seen.contains(said));
    wrong.extend(missing.map(|said| format!("missing: {:?}", said.english)));
    Ok(wrong)
}

/// "One day" may stand for "{n} day", the other way round not.
fn counts_without_number(said: &Said, form: &str) -> bool {
    let mut wanted = names(said.many.as_deref().unwrap_or(&said.english));
    said.many.is_some() && (names(form) == wanted || (wanted.remove("n") && names(form) == wanted))
}

/// The names in braces.
fn names(text: &str) -> BTreeSet<&str> {
    text.split('{')
        .skip(1)
        .filter_map(|part| Some(part.split_once('}')?.0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "msgid \"\"\nmsgstr \"\"\n\"Language: de\\n\"\n\"Plural-Forms: nplurals=2; plural=(n != 1);\\n\"\n\n";

    fn all(texts: &[&str]) -> BTreeMap<Said, Vec<String>> {
        texts
            .iter()
            .map(|text| {
                let said = Said {
                    context: None,
                    english: (*text).to_owned(),
                    many: None,
                };
                (said, vec!["app/src/a.rs".to_owned()])
            })
            .collect()
    }

    fn file(name: &str, body: &str) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("deskside-words-{}-{name}.po", std::process::id()));
        std::fs::write(&path, format!("{HEAD}{body}")).expect("a file can be written");
        path
    }

    #[test]
    fn a_missing_a_wrong_and_a_forgotten_message_are_named() {
        let path = file(
            "wrong",
            "msgid \"Hello {a}\"\nmsgstr \"Hallo {b}\"\n\nmsgid \"Old\"\nmsgstr \"Alt\"\n",
        );
        let wrong = problems(&path, &all(&["Hello {a}", "New"])).expect("it can be read");
        std::fs::remove_file(path).expect("it is there");
        assert_eq!(wrong.len(), 3, "{wrong:?}");
    }

    #[test]
    fn an_update_keeps_translations_and_takes_in_and_out() {
        let path = file(
            "update",
            "msgid \"Keep\"\nmsgstr \"Behalte\"\n\nmsgid \"Old\"\nmsgstr \"Alt\"\n",
        );
        let missing = update(&path, &all(&["Keep", "New"])).expect("it can be written");
        let after = read(&path).expect("it can be read");
        std::fs::remove_file(path).expect("it is there");
        let texts: Vec<_> = after
            .messages()
            .map(|message| (message.msgid().to_owned(), forms(message)))
            .collect();
        assert_eq!(missing, 1);
        assert_eq!(
            texts,
            [
                ("Keep".to_owned(), vec!["Behalte".to_owned()]),
                ("New".to_owned(), vec![String::new()])
            ]
        );
    }
}
