//! Lists of names: a list in the file, or one text with commas, as environment variables have it.

use serde::{Deserialize, Deserializer};

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    List(Vec<String>),
}

pub fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let texts = match Written::deserialize(deserializer)? {
        Written::Text(text) => text.split(',').map(str::to_owned).collect(),
        Written::List(texts) => texts,
    };
    let trimmed = texts.into_iter().map(|text: String| text.trim().to_owned());
    Ok(trimmed.filter(|text| !text.is_empty()).collect())
}
