//! Lists of IP addresses: a list in the file, or one text with commas, as environment variables have it.

use serde::{Deserialize, Deserializer, de::Error};
use std::net::IpAddr;

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    List(Vec<String>),
}

pub fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpAddr>, D::Error> {
    let texts = match Written::deserialize(deserializer)? {
        Written::Text(text) => text.split(',').map(str::to_owned).collect(),
        Written::List(texts) => texts,
    };
    let read = |text: String| {
        text.trim()
            .parse()
            .map_err(|_| D::Error::custom(format!("\"{}\" is not an IP address", text.trim())))
    };
    texts
        .into_iter()
        .filter(|text| !text.trim().is_empty())
        .map(read)
        .collect()
}
