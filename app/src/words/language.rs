//! The languages of the portal, and which one a browser asks for.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A language that everything is said in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    #[default]
    English,
    German,
    French,
    Spanish,
    Japanese,
}

/// The text names no language of the portal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a language of the portal: en, de, fr, es or ja")]
pub struct UnknownLanguage;

impl Language {
    pub const ALL: [Self; 5] = [Self::English, Self::German, Self::French, Self::Spanish, Self::Japanese];

    /// BCP 47 tag, as in `lang` and in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Japanese => "ja",
        }
    }

    /// What its speakers call it.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::French => "Français",
            Self::Spanish => "Español",
            Self::Japanese => "日本語",
        }
    }

    /// Which form of a counted sentence `count` takes (CLDR plural rules for whole numbers).
    pub fn plural_form(self, count: i64) -> usize {
        match self {
            Self::English | Self::German | Self::Spanish => usize::from(count != 1),
            Self::French => usize::from(!(0..=1).contains(&count)),
            Self::Japanese => 0,
        }
    }

    /// How many forms [`Language::plural_form`] chooses from.
    pub fn plural_forms(self) -> usize {
        match self {
            Self::Japanese => 1,
            _ => 2,
        }
    }

    /// The best of ours for an `Accept-Language` header (RFC 9110, section 12.5.4); `None` when it asks for none.
    pub fn asked_for(header: &str) -> Option<Self> {
        let mut best: Option<(u16, Self)> = None;
        for range in header.split(',').take(32) {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default();
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1000, thousandths);
            let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
            let Ok(language) = primary.parse::<Self>() else {
                continue;
            };
            if weight > 0 && best.is_none_or(|(known, _)| weight > known) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

/// A weight from `0` to `1.000` in thousandths; 0 for what is none.
fn thousandths(text: &str) -> u16 {
    match text.parse::<f32>() {
        Ok(weight) if (0.0..=1.0).contains(&weight) => (weight * 1000.0).round() as u16,
        _ => 0,
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        let mut all = Self::ALL.into_iter();
        all.find(|language| language.code() == text).ok_or(UnknownLanguage)
    }
}

#[cfg(test)]
mod tests {
    use super::Language::{self, *};
    use proptest::prelude::*;

    #[test]
    fn the_heaviest_language_of_ours_is_taken() {
        assert_eq!(Language::asked_for("de-AT,de;q=0.9,en;q=0.8"), Some(German));
        assert_eq!(Language::asked_for("pt-BR, fr;q=0.5, ja;q=0.7"), Some(Japanese));
        assert_eq!(Language::asked_for("EN-us"), Some(English));
    }

    #[test]
    fn what_we_do_not_speak_or_is_refused_is_passed_over() {
        assert_eq!(Language::asked_for("pt, zh-CN;q=0.9, *;q=0.1"), None);
        assert_eq!(Language::asked_for("de;q=0, es;q=0.001"), Some(Spanish));
        assert_eq!(Language::asked_for("de;q=7, fr;q=nan"), None);
        assert_eq!(Language::asked_for(""), None);
    }

    #[test]
    fn of_equals_the_first_is_taken() {
        assert_eq!(Language::asked_for("fr, de"), Some(French));
    }

    #[test]
    fn none_is_singular_in_french_only() {
        assert_eq!(French.plural_form(0), 0);
        assert_eq!(German.plural_form(0), 1);
        assert_eq!(Japanese.plural_form(7), 0);
    }

    #[test]
    fn codes_are_read_back() {
        for language in Language::ALL {
            assert_eq!(language.code().parse(), Ok(language));
        }
    }

    proptest! {
        #[test]
        fn no_header_breaks_it(header in "[a-zA-Z0-9;=,.* -]{0,200}") {
            let _ = Language::asked_for(&header);
        }

        #[test]
        fn every_form_is_one_of_the_forms(count in any::<i64>(), which in 0..5_usize) {
            let language = Language::ALL[which];
            prop_assert!(language.plural_form(count) < language.plural_forms());
        }
    }
}
