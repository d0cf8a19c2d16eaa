//! A sentence with an element in it, such as a time or a link, which every language puts where it wants to.

use leptos::prelude::*;

/// Stands in a sentence for the element; of the private use area (Unicode, section 23.5), so nobody types it.
pub const HERE: char = '\u{e000}';

/// What is said before and after [`HERE`]; a sentence without it is all before.
pub fn cut(sentence: &str) -> (Option<String>, Option<String>) {
    let (before, after) = sentence.split_once(HERE).unwrap_or((sentence, ""));
    let said = |words: &str| (!words.is_empty()).then(|| words.to_owned());
    (said(before), said(after))
}

/// `sentence` with the children in the place of [`HERE`].
#[component]
pub fn Around(sentence: String, children: Children) -> impl IntoView {
    let (before, after) = cut(&sentence);
    view! { {before} {children()} {after} }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(before: &str, after: &str) -> (Option<String>, Option<String>) {
        (Some(before.to_owned()), Some(after.to_owned()))
    }

    #[test]
    fn the_element_stands_where_the_sentence_says() {
        assert_eq!(
            cut(&format!("It is there again: {HERE}.")),
            owned("It is there again: ", ".")
        );
        assert_eq!(cut(&format!("{HERE} by Oscar")), (None, Some(" by Oscar".to_owned())));
    }

    #[test]
    fn a_sentence_that_forgot_the_element_is_still_said() {
        assert_eq!(cut("Filed"), (Some("Filed".to_owned()), None));
    }
}
