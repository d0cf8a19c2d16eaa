//! Look of a Linux desktop.

/// FLTK's names: a letter for the weight, then what fontconfig knows.
pub const FONTS: (&str, &str) = (" sans", "Bsans");

/// GTK's own variable is all that every desktop without a settings service shares.
pub fn prefers_dark() -> bool {
    std::env::var("GTK_THEME").is_ok_and(|theme| theme.to_lowercase().contains("dark"))
}
