//! The translations: on the server from the `.po` files in the binary, in the browser from what the page brings.

use super::Language;
use std::collections::HashMap;

/// A message in one language: the forms of a counted one, else exactly one.
type Forms = Vec<&'static str>;

/// Between context and message in a key, as in GNU gettext's own files.
const CONTEXT_END: char = '\u{4}';

/// The key of a message.
fn key(context: Option<&str>, english: &str) -> String {
    match context {
        Some(context) => format!("{context}{CONTEXT_END}{english}"),
        None => english.to_owned(),
    }
}

#[cfg(feature = "ssr")]
mod server {
    use super::{Forms, HashMap, Language, key};
    use polib::po_file;
    use std::sync::LazyLock;

    /// All messages of one language.
    #[derive(Default)]
    pub struct Catalogue {
        messages: HashMap<String, Forms>,
        /// Keys and where they are said.
        places: Vec<(String, String)>,
    }

    static GERMAN: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(include_str!("../../words/de.po")));
    static FRENCH: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(include_str!("../../words/fr.po")));
    static SPANISH: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(include_str!("../../words/es.po")));
    static JAPANESE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(include_str!("../../words/ja.po")));

    fn catalogue(language: Language) -> Option<&'static Catalogue> {
        match language {
            Language::English => None,
            Language::German => Some(&GERMAN),
            Language::French => Some(&FRENCH),
            Language::Spanish => Some(&SPANISH),
            Language::Japanese => Some(&JAPANESE),
        }
    }

    impl Catalogue {
        /// Read once per process and language: its texts stay for as long as the process does.
        fn read(text: &'static str) -> Self {
            let mut catalogue = Self::default();
            let Ok(parsed) = po_file::parse_from_reader(text.as_bytes()) else {
                tracing::error!("a file of translations cannot be read; its language is shown in English");
                return catalogue;
            };
            for message in parsed.messages().filter(|message| message.is_translated()) {
                let keep = |form: &str| -> &'static str { form.to_owned().leak() };
                let forms = match message.is_plural() {
                    true => message
                        .msgstr_plural()
                        .into_iter()
                        .flatten()
                        .map(|form| keep(form))
                        .collect(),
                    false => vec![keep(message.msgstr().unwrap_or_default())],
                };
                let key = key(message.msgctxt(), message.msgid());
                catalogue.places.push((key.clone(), message.source().to_owned()));
                catalogue.messages.insert(key, forms);
            }
            catalogue
        }
    }

    /// The forms of a message.
    pub fn find(language: Language, context: Option<&str>, english: &str) -> Option<&'static [&'static str]> {
        let catalogue = catalogue(language)?;
        let forms = match context {
            None => catalogue.messages.get(english),
            Some(_) => catalogue.messages.get(&key(context, english)),
        };
        forms.map(Vec::as_slice)
    }

    /// What the islands of a page say, as JSON for its dictionary element: the language's code, and by key the forms
    /// of all messages that are said below one of the folders `places`.
    pub fn dictionary(language: Language, places: &[&str]) -> String {
        let mut words: HashMap<&str, &Forms> = HashMap::new();
        if let Some(catalogue) = catalogue(language) {
            let wanted = |said: &str| {
                said.split_whitespace()
                    .any(|place| places.iter().any(|folder| place.starts_with(folder)))
            };
            for (key, said) in &catalogue.places {
                if wanted(said)
                    && let Some(forms) = catalogue.messages.get(key)
                {
                    words.insert(key, forms);
                }
            }
        }
        let json = serde_json::json!({ "language": language.code(), "words": words }).to_string();
        // An element with a script's rules ends at the first `</script`.
        json.replace('<', "\\u003c")
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use crate::words::catalogue::CONTEXT_END;

        const FILE: &str = "msgid \"\"\nmsgstr \"Language: de\\n\"\n\n#: app/src/islands/live.rs\nmsgid \"Now </b>\"\n\
             msgstr \"Jetzt </script>\"\n\n#: app/src/app.rs\nmsgctxt \"button\"\nmsgid \"Close\"\nmsgstr \"Schließen\"\n\n\
             #: app/src/app.rs\nmsgid \"{n} day\"\nmsgid_plural \"{n} days\"\nmsgstr[0] \"{n} Tag\"\nmsgstr[1] \"{n} Tage\"\n\n\
             msgid \"Later\"\nmsgstr \"\"\n";

        #[test]
        fn a_file_of_translations_is_read() {
            let read = Catalogue::read(FILE);
            assert_eq!(read.messages["Now </b>"], ["Jetzt </script>"]);
            assert_eq!(read.messages[&format!("button{CONTEXT_END}Close")], ["Schließen"]);
            assert_eq!(read.messages["{n} day"], ["{n} Tag", "{n} Tage"]);
        }

        #[test]
        fn what_is_not_translated_is_not_there() {
            assert!(!Catalogue::read(FILE).messages.contains_key("Later"));
        }

        #[test]
        fn every_embedded_file_can_be_read() {
            for language in Language::ALL
                .into_iter()
                .filter(|language| *language != Language::English)
            {
                assert!(
                    !catalogue(language).expect("there is one").messages.is_empty(),
                    "{language}"
                );
            }
        }

        #[test]
        fn a_dictionary_cannot_end_its_element() {
            assert!(!dictionary(Language::German, &["app/src"]).contains('<'));
        }
    }
}

#[cfg(feature = "ssr")]
pub use server::{dictionary, find};

#[cfg(not(feature = "ssr"))]
mod browser {
    use super::{Forms, HashMap, Language, key};
    use std::cell::OnceCell;

    /// What the page's dictionary elements hold.
    #[derive(Default)]
    struct Dictionary {
        language: Language,
        words: HashMap<String, Forms>,
    }

    thread_local! {
        static DICTIONARY: OnceCell<Dictionary> = const { OnceCell::new() };
    }

    fn with<T>(use_it: impl FnOnce(&Dictionary) -> T) -> T {
        DICTIONARY.with(|cell| use_it(cell.get_or_init(read)))
    }

    #[cfg(feature = "pages")]
    fn read() -> Dictionary {
        #[derive(serde::Deserialize)]
        struct Element {
            language: String,
            words: HashMap<String, Vec<String>>,
        }
        let mut dictionary = Dictionary::default();
        let document = web_sys::window().and_then(|window| window.document());
        let Some(Ok(elements)) = document.map(|document| document.query_selector_all("script[data-words]")) else {
            return dictionary;
        };
        for at in 0..elements.length() {
            let text = elements
                .item(at)
                .and_then(|element| element.text_content())
                .unwrap_or_default();
            let Ok(element) = serde_json::from_str::<Element>(&text) else {
                continue;
            };
            dictionary.language = element.language.parse().unwrap_or_default();
            for (key, forms) in element.words {
                // They stay for as long as the page does.
                let forms = forms.into_iter().map(|form| &*form.leak()).collect();
                dictionary.words.insert(key, forms);
            }
        }
        dictionary
    }

    #[cfg(not(feature = "pages"))]
    fn read() -> Dictionary {
        Dictionary::default()
    }

    /// The page's language.
    pub fn language() -> Language {
        with(|dictionary| dictionary.language)
    }

    /// The forms of a message.
    pub fn find(_: Language, context: Option<&str>, english: &str) -> Option<Forms> {
        with(|dictionary| dictionary.words.get(&key(context, english)).cloned())
    }
}

#[cfg(not(feature = "ssr"))]
pub use browser::{find, language};
