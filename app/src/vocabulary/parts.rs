//! The parts of a word, by which it is found.
//!
//! Invariant: pure; whatever [`is_inside`] says is looked for inside words begins a part of every word that holds it,
//! unless that is a word without ends (see [`parts`]), which is found by its beginnings only.

use crate::requests::search::is_packed;

/// What is looked for inside words has so many characters at least; shorter texts are found where a word begins so.
/// Scripts without blanks between words are cut into pairs, inside which a single character is looked for.
pub const LEAST_CHARS: usize = 3;

/// Longer words have no ends.
pub const LONGEST_WITH_ENDS: usize = 24;
/// Parts of one word at most.
pub const MOST_PARTS: usize = 24;

/// The word itself, first, and its ends of at least [`LEAST_CHARS`] characters. Very long words, and those of digits and
/// letters, have none: most are numbers and keys that stand in one place only, and nobody knows the middle of one.
pub fn parts(word: &str) -> Vec<&str> {
    if !has_ends(word) {
        return vec![word];
    }
    let least = least(word);
    let chars = word.chars().count();
    let long_enough = chars.saturating_sub(least);
    every_end(word).take(1 + long_enough).collect()
}

/// The word itself, first, and all its ends, of which [`parts`] are some.
pub fn every_end(word: &str) -> impl Iterator<Item = &str> {
    let ends = word.char_indices().skip(1).map(move |(at, _)| &word[at..]);
    std::iter::once(word).chain(ends)
}

fn has_ends(word: &str) -> bool {
    let mixed = word.chars().any(char::is_numeric) && word.chars().any(char::is_alphabetic);
    word.chars().count() <= LONGEST_WITH_ENDS && (!mixed || word.starts_with(is_packed))
}

/// True for what is looked for inside words, not only where they begin.
pub fn is_inside(searched: &str) -> bool {
    searched.chars().count() >= least(searched)
}

fn least(word: &str) -> usize {
    if word.starts_with(is_packed) { 1 } else { LEAST_CHARS }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requests::search::{WORD_CHARS, searched, words};
    use proptest::prelude::*;

    /// Whether `text` leads to the stored words, as the tables are asked.
    fn is_found(text: &str, stored: &[String]) -> bool {
        searched(text).iter().all(|wanted| {
            stored.iter().any(|word| {
                if is_inside(wanted) {
                    parts(word).iter().any(|part| part.starts_with(wanted.as_str()))
                } else {
                    word.starts_with(wanted.as_str())
                }
            })
        })
    }

    #[test]
    fn a_word_has_itself_and_its_ends() {
        assert_eq!(parts("print"), ["print", "rint", "int"]);
        assert_eq!(parts("pc"), ["pc"]);
        assert_eq!(parts("größe"), ["größe", "röße", "öße"]);
    }

    #[test]
    fn a_pair_of_characters_has_both() {
        assert_eq!(parts("印刷"), ["印刷", "刷"]);
    }

    #[test]
    fn three_characters_are_looked_for_inside_and_two_are_not() {
        assert!(is_inside("ing") && !is_inside("in"));
        assert!(is_inside("刷"));
    }

    #[test]
    fn a_word_of_24_characters_has_ends_and_a_longer_one_has_none() {
        assert_eq!(
            parts(&"x".repeat(LONGEST_WITH_ENDS)).len(),
            LONGEST_WITH_ENDS - LEAST_CHARS + 1
        );
        assert_eq!(parts(&"x".repeat(LONGEST_WITH_ENDS + 1)).len(), 1);
        assert_eq!(parts(&"x".repeat(WORD_CHARS)).len(), 1);
    }

    #[test]
    fn numbers_have_ends_and_what_mixes_digits_and_letters_has_none() {
        assert_eq!(parts("10015"), ["10015", "0015", "015"]);
        assert_eq!(parts("kb50344"), ["kb50344"]);
        assert_eq!(parts("ก๑"), ["ก๑", "๑"]);
    }

    #[test]
    fn japanese_is_found_anywhere_inside() {
        let stored = words(["印刷機が動かない"]);
        for text in ["刷", "い", "機が動", "動かない", "印刷機が動かない"] {
            assert!(is_found(text, &stored), "{text}");
        }
        assert!(!is_found("画", &stored));
    }

    proptest! {
        #[test]
        fn every_piece_of_every_indexed_word_finds_it_and_every_beginning_one_without_ends(text in "\\PC{0,80}") {
            let stored = words([text.as_str()]);
            for word in &stored {
                let least = least(word);
                let bounds: Vec<usize> = word.char_indices().map(|(at, _)| at).chain([word.len()]).collect();
                let starts = if has_ends(word) { bounds.len() } else { 1 };
                for (from, start) in bounds.iter().enumerate().take(starts) {
                    for end in bounds.iter().skip(from + least) {
                        let piece = &word[*start..*end];
                        prop_assert!(is_found(piece, &stored), "{piece} of {word}");
                    }
                }
            }
        }

        #[test]
        fn every_part_is_an_end_of_its_word_and_stands_once(word in "\\PC{1,40}") {
            let parts = parts(&word);
            prop_assert!(parts.len() <= MOST_PARTS);
            prop_assert_eq!(parts[0], word.as_str());
            for pair in parts.windows(2) {
                prop_assert!(pair[1].len() < pair[0].len() && word.ends_with(pair[1]));
            }
        }
    }
}
