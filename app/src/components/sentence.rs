//! Sentences with an element in them, which stay whole for those who translate them.

use leptos::prelude::*;

/// `sentence` with `element` at `place`, such as `{link}`; at its end where a translation has lost the place.
pub fn with_element(sentence: &'static str, place: &str, element: impl IntoView) -> impl IntoView {
    let (before, after) = around(sentence, place);
    (before, element, after)
}

/// What stands before `place` and after it.
fn around<'s>(sentence: &'s str, place: &str) -> (&'s str, &'s str) {
    sentence.split_once(place).unwrap_or((sentence, ""))
}

#[cfg(test)]
mod tests {
    use super::around;

    #[test]
    fn a_sentence_goes_around_its_element() {
        assert_eq!(around("See {link} for more.", "{link}"), ("See ", " for more."));
    }

    #[test]
    fn a_lost_place_loses_no_words() {
        assert_eq!(around("See for more.", "{link}"), ("See for more.", ""));
    }
}
