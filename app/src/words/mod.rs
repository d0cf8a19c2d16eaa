//! What the portal says, in the reader's language.
//!
//! English is in the source, at the place where it is said; `app/words/{de,fr,es,ja}.po` have the rest, in the format of
//! GNU gettext, which translators' tools know. `xtask words` collects what is new, and a test fails while something is
//! not translated. [`t()`] says a sentence, [`tf!`](crate::tf) one with values in it, [`tn!`](crate::tn) one that counts.
//!
//! Invariant: a sentence without a translation is said in English, never left out.

mod catalogue;
#[cfg(feature = "ssr")]
mod current;
#[cfg(feature = "ssr")]
pub mod dates;
mod language;
mod say;

#[cfg(feature = "ssr")]
pub use catalogue::dictionary;
#[cfg(feature = "ssr")]
pub use current::{Current, scope, speak};
pub use language::Language;
pub use say::{filled, plural, said, t, tc};

/// The language in which something is said now.
pub fn language() -> Language {
    #[cfg(feature = "ssr")]
    return current::language();
    #[cfg(not(feature = "ssr"))]
    catalogue::language()
}
