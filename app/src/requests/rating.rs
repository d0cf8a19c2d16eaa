//! How content an owner was, in words.

use crate::words::t;

/// The most stars.
pub const MOST_STARS: i64 = 5;

/// The words for a number of stars; empty for one that nobody can give.
pub fn words(stars: i64) -> &'static str {
    match stars {
        5 => t("Very content"),
        4 => t("Content"),
        3 => t("So so"),
        2 => t("Not content"),
        1 => t("Not at all"),
        _ => "",
    }
}

/// Such as `★★★★☆`.
pub fn drawn(stars: i64) -> String {
    (1..=MOST_STARS)
        .map(|star| if star <= stars { '★' } else { '☆' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_stars_has_words_and_no_other() {
        for stars in -1..=MOST_STARS + 1 {
            assert_eq!(words(stars).is_empty(), !(1..=MOST_STARS).contains(&stars), "{stars}");
        }
    }

    #[test]
    fn there_are_always_five_stars_to_see() {
        assert_eq!((drawn(1).as_str(), drawn(5).as_str()), ("★☆☆☆☆", "★★★★★"));
    }
}
