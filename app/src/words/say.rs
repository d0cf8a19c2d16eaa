//! Saying a sentence.

use super::{catalogue, language};

/// `english` in the reader's language.
pub fn t(english: &'static str) -> &'static str {
    found(None, english)
}

/// Like [`t`], where English uses one word for two things: `context` says which.
pub fn tc(context: &'static str, english: &'static str) -> &'static str {
    found(Some(context), english)
}

/// Like [`t`], for a sentence that stands in a template of a mail.
pub fn said(english: &str) -> String {
    let forms = catalogue::find(language(), None, english);
    forms
        .and_then(|forms| forms.first().copied())
        .unwrap_or(english)
        .to_owned()
}

fn found(context: Option<&str>, english: &'static str) -> &'static str {
    let forms = catalogue::find(language(), context, english);
    forms.and_then(|forms| forms.first().copied()).unwrap_or(english)
}

/// The form of a counted sentence for `count` in the reader's language.
pub fn plural(count: i64, one: &'static str, many: &'static str) -> &'static str {
    let language = language();
    let forms = catalogue::find(language, None, one);
    match forms.and_then(|forms| forms.get(language.plural_form(count)).copied()) {
        Some(form) => form,
        None if count == 1 => one,
        None => many,
    }
}

/// `pattern` with its `{names}` replaced by the values, in one pass.
pub fn filled(pattern: &str, values: &[(&str, &dyn std::fmt::Display)]) -> String {
    let mut text = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let known = after.split_once('}').and_then(|(name, tail)| {
            let value = values.iter().find(|(known, _)| *known == name)?.1;
            Some((value, tail))
        });
        match known {
            Some((value, tail)) => {
                text.push_str(&value.to_string());
                rest = tail;
            }
            None => {
                text.push('{');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

/// A sentence with values: `tf!("Changed by {name}", name = person.name)`.
#[macro_export]
macro_rules! tf {
    ($english:literal $(, $name:ident = $value:expr)+ $(,)?) => {
        $crate::words::filled($crate::words::t($english), &[$((stringify!($name), &$value as &dyn ::std::fmt::Display)),+])
    };
}

/// A counted sentence: `tn!(days, "{n} day", "{n} days")`; `{n}` is the count, other names as in [`tf!`](crate::tf).
#[macro_export]
macro_rules! tn {
    ($count:expr, $one:literal, $many:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        let count = $count as i64;
        $crate::words::filled(
            $crate::words::plural(count, $one, $many),
            &[("n", &count as &dyn ::std::fmt::Display) $(, (stringify!($name), &$value as &dyn ::std::fmt::Display))*],
        )
    }};
}

#[cfg(test)]
mod tests {
    use super::filled;
    use proptest::prelude::*;

    #[test]
    fn values_take_the_place_of_their_names() {
        let (a, b) = ("Emma", 3);
        assert_eq!(
            filled("{who} has {n} of {n}, {other}", &[("who", &a), ("n", &b)]),
            "Emma has 3 of 3, {other}"
        );
    }

    #[test]
    fn a_value_is_not_looked_into() {
        assert_eq!(filled("{a} {b}", &[("a", &"{b}"), ("b", &"x")]), "{b} x");
    }

    proptest! {
        #[test]
        fn no_pattern_breaks_it(pattern in ".{0,60}") {
            prop_assert_eq!(filled(&pattern, &[]), pattern);
        }
    }
}
