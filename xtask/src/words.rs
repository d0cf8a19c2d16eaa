//! The catalogues of translations in `app/words`: takes in what the portal newly says, and finds what is missing.

#[cfg(test)]
mod bare;
mod catalogue;
mod said;

use crate::places::Places;
use anyhow::{Context, Result};
use said::Said;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Problems shown for each language.
const SHOWN: usize = 20;

/// The languages besides English, which is in the source.
const LANGUAGES: [&str; 4] = ["de", "fr", "es", "ja"];

/// Everything that is said below `app/src`, by its key, with the files in which it is.
fn everything(root: &Path) -> Result<BTreeMap<Said, Vec<String>>> {
    let mut all: BTreeMap<Said, Vec<String>> = BTreeMap::new();
    for file in files(&root.join("app/src"))? {
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let found = match file.extension().and_then(|extension| extension.to_str()) {
            Some("rs") => said::in_source(&text).with_context(|| file.display().to_string())?,
            Some("txt" | "html") => said::in_template(&text),
            _ => continue,
        };
        let place = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        for said in found {
            let places = all.entry(said).or_default();
            if !places.contains(&place) {
                places.push(place.clone());
            }
        }
    }
    Ok(all)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Takes into every catalogue what is said and not yet there, without a translation, and takes out what is said no
/// longer.
pub fn collect(places: &Places) -> Result<()> {
    let all = everything(&places.root)?;
    for language in LANGUAGES {
        let path = places.root.join(format!("app/words/{language}.po"));
        let missing = catalogue::update(&path, &all)?;
        eprintln!("{language}: {} messages, {missing} not translated", all.len());
        for problem in catalogue::problems(&path, &all)?.iter().take(SHOWN) {
            eprintln!("  {problem}");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    #[test]
    fn every_sentence_is_translated_into_every_language() {
        let all = everything(&root()).expect("the source can be read");
        assert!(all.len() > 100, "hardly anything was found");
        for language in LANGUAGES {
            let path = root().join(format!("app/words/{language}.po"));
            let wrong = catalogue::problems(&path, &all).expect("the catalogue can be read");
            assert!(wrong.is_empty(), "{language}: {}", wrong.join("\n"));
        }
    }

    #[test]
    fn no_page_says_anything_past_the_catalogues() {
        let mut bare = Vec::new();
        for file in files(&root().join("app/src")).expect("the source can be read") {
            if file.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&file).expect("the file can be read");
                let found = bare::in_views(&text).expect("the file is Rust");
                bare.extend(found.into_iter().map(|text| format!("{}: {text}", file.display())));
            }
        }
        assert!(bare.is_empty(), "say these with t():\n{}", bare.join("\n"));
    }
}
