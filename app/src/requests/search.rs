//! The words of a text, by which requests are found.
//!
//! Invariant: pure; what is typed into the search is cut into words exactly as what was stored. Scripts that put no
//! blanks between words (Chinese, Japanese, Korean, Thai) are cut into pairs of neighbouring characters.

use std::fmt::Write;

/// Words kept of one text at most; the first ones.
pub const WORDS: usize = 400;
/// Longest word kept, characters; a longer one is found by these.
pub const WORD_CHARS: usize = 40;
/// Words of a search at most; further ones are not looked at.
pub const SEARCHED: usize = 6;

/// The words of the texts, each once, sorted.
pub fn words<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<String> {
    let mut words: Vec<String> = texts.into_iter().flat_map(cut).take(WORDS).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// What a search looks for: things that have, for each of these, a word that holds it (see [`crate::vocabulary`]).
pub fn searched(text: &str) -> Vec<String> {
    let mut words = cut(text).collect::<Vec<_>>();
    words.sort_unstable();
    words.dedup();
    words.truncate(SEARCHED);
    words
}

/// A word as it is stored: the hexadecimal digits of its bytes, which every collation sorts alike.
pub fn stored(word: &str) -> String {
    word.bytes()
        .fold(String::with_capacity(word.len() * 2), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// A word from the digits that [`stored`] writes; `None` for anything else.
pub fn read(stored: &str) -> Option<String> {
    let digits = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    if stored.len() % 2 == 1 || !stored.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let bytes: Option<Vec<u8>> = stored.as_bytes().chunks(2).map(digits).collect();
    String::from_utf8(bytes?).ok()
}

fn cut(text: &str) -> impl Iterator<Item = String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut packed: Vec<char> = Vec::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if is_packed(c) {
            finish(&mut word, &mut words);
            packed.push(c);
            continue;
        }
        unpack(&mut packed, &mut words);
        if c.is_alphanumeric() {
            word.push(c);
        } else {
            finish(&mut word, &mut words);
        }
    }
    finish(&mut word, &mut words);
    unpack(&mut packed, &mut words);
    words.into_iter()
}

fn finish(word: &mut String, words: &mut Vec<String>) {
    if !word.is_empty() {
        words.push(word.chars().take(WORD_CHARS).collect());
        word.clear();
    }
}

fn unpack(packed: &mut Vec<char>, words: &mut Vec<String>) {
    match packed.as_slice() {
        [] => {}
        [alone] => words.push(alone.to_string()),
        run => words.extend(run.windows(2).map(|pair| pair.iter().collect())),
    }
    packed.clear();
}

/// Letters of scripts without blanks between words.
pub fn is_packed(c: char) -> bool {
    matches!(u32::from(c), 0x0E00..=0x0E7F | 0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xAC00..=0xD7AF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_lower_case_and_stand_once() {
        assert_eq!(
            words(["The printer, the PRINTER!", "R-1001"]),
            ["1001", "printer", "r", "the"]
        );
    }

    #[test]
    fn japanese_is_found_by_any_two_neighbours() {
        let stored = words(["印刷機が動かない"]);
        assert!(searched("印刷機").iter().all(|word| stored.contains(word)));
        assert!(!stored.contains(&"機動".to_owned()));
    }

    #[test]
    fn long_words_and_long_texts_are_cut() {
        assert_eq!(words(["x".repeat(WORD_CHARS + 1).as_str()]), ["x".repeat(WORD_CHARS)]);
        let many: String = (0..WORDS + 1).map(|n| format!("w{n} ")).collect();
        assert_eq!(words([many.as_str()]).len(), WORDS);
        assert_eq!(searched("a b c d e f g").len(), SEARCHED);
    }

    #[test]
    fn what_begins_so_is_stored_beginning_so() {
        assert!(stored("drucker").starts_with(&stored("druck")));
        assert_eq!(stored("ä1"), "c3a431");
    }

    proptest! {
        #[test]
        fn what_is_stored_is_read_back(word in "\\PC{0,40}") {
            prop_assert_eq!(read(&stored(&word)), Some(word));
        }

        #[test]
        fn whatever_stands_there_is_read_or_not(text in "\\PC{0,20}|[0-9a-f]{0,9}") {
            let _ = read(&text);
        }

        #[test]
        fn every_word_of_a_text_is_searched_as_it_is_stored(text in "\\PC{0,80}") {
            let found = words([text.as_str()]);
            for word in searched(&text) {
                prop_assert!(found.contains(&word), "{word}");
            }
        }
    }
}
