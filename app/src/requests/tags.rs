//! Tags: short words by which staff sort requests.
//!
//! Invariant: pure; a tag is lower case, without blanks at its ends, commas or control characters.

use crate::error::FieldError;
use crate::tf;

/// Most tags of one request.
pub const TAGS: usize = 10;
/// Longest tag, characters.
pub const TAG_CHARS: usize = 30;

/// Reads tags typed with commas between them: sorted, each once.
pub fn parse(text: &str) -> Result<Vec<String>, FieldError> {
    let mut tags: Vec<String> = text.split(',').filter_map(one).collect();
    tags.sort_unstable();
    tags.dedup();
    if tags.len() > TAGS {
        return Err(FieldError::new(
            "tags",
            tf!("Use at most {max} tags; these are {n}.", max = TAGS, n = tags.len()),
        ));
    }
    if let Some(long) = tags.iter().find(|tag| tag.chars().count() > TAG_CHARS) {
        let start: String = long.chars().take(TAG_CHARS).collect();
        return Err(FieldError::new(
            "tags",
            tf!(
                "A tag has at most {max} characters: “{start}…” is longer.",
                max = TAG_CHARS,
                start = start
            ),
        ));
    }
    Ok(tags)
}

/// One tag as it is stored; `None` when nothing is left of it.
pub fn one(text: &str) -> Option<String> {
    let tag: String = text.chars().filter(|c| !c.is_control() && *c != ',').collect();
    let tag = tag.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    (!tag.is_empty()).then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tags_are_sorted_and_each_stands_once() {
        assert_eq!(
            parse(" Printer, vpn,,PRINTER ,  two   words ").expect("good"),
            ["printer", "two words", "vpn"]
        );
        assert!(parse("").expect("good").is_empty());
    }

    #[test]
    fn ten_tags_of_thirty_characters_are_fine_and_one_more_is_not() {
        let tags = |count: usize| (0..count).map(|n| format!("t{n}")).collect::<Vec<_>>().join(",");
        assert_eq!(parse(&tags(TAGS)).expect("good").len(), TAGS);
        assert!(parse(&tags(TAGS + 1)).is_err());
        assert!(parse(&"ß".repeat(TAG_CHARS)).is_ok());
        assert!(parse(&"ß".repeat(TAG_CHARS + 1)).is_err());
    }

    proptest! {
        #[test]
        fn what_was_read_reads_the_same_again(text in ".{0,120}") {
            if let Ok(tags) = parse(&text) {
                prop_assert_eq!(parse(&tags.join(", ")).expect("good"), tags);
            }
        }
    }
}
