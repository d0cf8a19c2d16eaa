//! What the portal says, in the reader's language.
//!
//! English is in the source, at the place where it is said; `app/words/{de,fr,es,ja}.po` have the rest. A test compares
//! them. [`t()`] says a sentence, [`tf!`](crate::tf) one with values in it, [`tn!`](crate::tn) one that counts.
//!
//! Invariant: a sentence without a translation is said in English, never left out.

mod language;
mod say;

pub use language::Language;
pub use say::{filled, plural, said, t, tc};
