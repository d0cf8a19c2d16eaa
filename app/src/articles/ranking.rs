//! Which articles fit what somebody types.
//!
//! Invariant: pure; a word counts where a word of the article begins so, and double where that is one of the title.

use super::model::{ArticleId, ArticleLink};
use crate::requests::search::{self, SEARCHED};
use std::{cmp::Reverse, collections::HashMap};

/// Shorter words of the Latin alphabet begin too many others to say anything.
const LEAST_CHARS: usize = 3;

/// One article in which a typed word was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hit {
    pub article: ArticleLink,
    pub in_title: bool,
}

/// The words of a subject that are looked for: the longest ones, which say most.
pub fn telling(subject: &str) -> Vec<String> {
    let mut words = search::words([subject]);
    words.retain(|word| !word.is_ascii() || word.len() >= LEAST_CHARS);
    words.sort_by_key(|word| Reverse(word.chars().count()));
    words.truncate(SEARCHED);
    words
}

/// The articles of the hits, the best first, at most `most`. A word gives one hit for each article that has it.
pub fn ranked(hits: Vec<Hit>, most: usize) -> Vec<ArticleLink> {
    let mut scores: HashMap<ArticleId, (String, u32)> = HashMap::new();
    for hit in hits {
        let entry = scores.entry(hit.article.id).or_insert((hit.article.title, 0));
        entry.1 += if hit.in_title { 2 } else { 1 };
    }
    let mut found: Vec<(ArticleLink, u32)> = scores
        .into_iter()
        .map(|(id, (title, score))| (ArticleLink { id, title }, score))
        .collect();
    found.sort_by(|(one, high), (other, low)| {
        low.cmp(high)
            .then_with(|| one.title.cmp(&other.title))
            .then_with(|| one.id.cmp(&other.id))
    });
    found.into_iter().map(|(article, _)| article).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn hit(number: u128, title: &str, in_title: bool) -> Hit {
        let article = ArticleLink {
            id: ArticleId(Uuid::from_u128(number)),
            title: title.to_owned(),
        };
        Hit { article, in_title }
    }

    fn titles(hits: Vec<Hit>, most: usize) -> Vec<String> {
        ranked(hits, most).into_iter().map(|article| article.title).collect()
    }

    #[test]
    fn a_word_of_the_title_counts_double() {
        let hits = vec![hit(1, "Body", false), hit(2, "Title", true)];
        assert_eq!(titles(hits, 3), ["Title", "Body"]);
    }

    #[test]
    fn more_words_count_more_than_one_of_the_title() {
        let three = || hit(1, "Three", false);
        let hits = vec![three(), hit(2, "One", true), three(), three()];
        assert_eq!(titles(hits, 3), ["Three", "One"]);
    }

    #[test]
    fn equals_are_in_the_order_of_their_titles() {
        let hits = vec![hit(1, "B", false), hit(2, "A", false)];
        assert_eq!(titles(hits, 3), ["A", "B"]);
    }

    #[test]
    fn no_more_are_offered_than_asked_for() {
        let hits = (1..9).map(|number| hit(number, "Same", false)).collect();
        assert_eq!(titles(hits, 3).len(), 3);
    }

    #[test]
    fn short_words_are_left_out_and_the_longest_come_first() {
        assert_eq!(telling("My printer is on fire"), ["printer", "fire"]);
        assert_eq!(telling("印刷"), ["印刷"]);
    }

    proptest! {
        #[test]
        fn never_more_words_are_looked_for_than_a_search_may_have(text in "\\PC{0,200}") {
            prop_assert!(telling(&text).len() <= SEARCHED);
        }
    }
}
