//! Which articles fit what somebody types.
//!
//! Invariant: pure; a word counts where the article has it, less where only a word begins so, least inside of one, and
//! double in the title.

use super::model::{ArticleId, ArticleLink};
use crate::requests::search::{self, SEARCHED};
use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
};

/// Shorter words of the Latin alphabet begin too many others to say anything.
const LEAST_CHARS: usize = 3;

/// One article in which a typed word was found, and how well it fits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hit {
    pub article: ArticleLink,
    pub weight: i64,
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
    let mut scores: HashMap<ArticleId, (String, i64)> = HashMap::new();
    for hit in hits {
        let entry = scores.entry(hit.article.id).or_insert((hit.article.title, 0));
        entry.1 += hit.weight;
    }
    let mut found: Vec<(ArticleLink, i64)> = scores
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

/// Only the hits of articles that all of so many words were found in.
pub fn with_all(hits: Vec<Hit>, words: usize) -> Vec<Hit> {
    let mut counts: HashMap<ArticleId, usize> = HashMap::new();
    for hit in &hits {
        *counts.entry(hit.article.id).or_default() += 1;
    }
    let whole: HashSet<ArticleId> = counts
        .into_iter()
        .filter(|(_, count)| *count == words)
        .map(|(id, _)| id)
        .collect();
    hits.into_iter().filter(|hit| whole.contains(&hit.article.id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn hit(number: u128, title: &str, weight: i64) -> Hit {
        let article = ArticleLink {
            id: ArticleId(Uuid::from_u128(number)),
            title: title.to_owned(),
        };
        Hit { article, weight }
    }

    fn titles(hits: Vec<Hit>, most: usize) -> Vec<String> {
        ranked(hits, most).into_iter().map(|article| article.title).collect()
    }

    #[test]
    fn what_fits_better_comes_first() {
        let hits = vec![hit(1, "Inside", 1), hit(2, "Whole", 3), hit(3, "Beginning", 2)];
        assert_eq!(titles(hits, 3), ["Whole", "Beginning", "Inside"]);
    }

    #[test]
    fn more_words_count_more_than_a_better_one() {
        let two = || hit(1, "Two", 2);
        let hits = vec![two(), hit(2, "One", 3), two()];
        assert_eq!(titles(hits, 3), ["Two", "One"]);
    }

    #[test]
    fn an_article_without_one_of_the_words_is_none_that_has_all() {
        let hits = vec![hit(1, "Both", 1), hit(2, "One", 6), hit(1, "Both", 1)];
        assert_eq!(titles(with_all(hits, 2), 3), ["Both"]);
    }

    #[test]
    fn equals_are_in_the_order_of_their_titles() {
        let hits = vec![hit(1, "B", 1), hit(2, "A", 1)];
        assert_eq!(titles(hits, 3), ["A", "B"]);
    }

    #[test]
    fn no_more_are_offered_than_asked_for() {
        let hits = (1..9).map(|number| hit(number, "Same", 1)).collect();
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
