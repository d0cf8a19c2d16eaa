//! Whose language it is right now.
//!
//! Three things can say so, the nearest first: a mail that is being written for somebody ([`speak`]), the request that is
//! being answered ([`scope`]), and the page of which a piece is still being rendered ([`Current`] in the context).
//!
//! Invariant: the context comes last. A page that waits leaves its own behind on its thread, where another request may
//! be answered meanwhile; the other two belong to the task that runs.

use super::Language;
use std::{cell::Cell, future::Future};

tokio::task_local! {
    static REQUEST: Language;
}

thread_local! {
    static SPOKEN: Cell<Option<Language>> = const { Cell::new(None) };
}

/// The language of the page, in the context of its components.
#[derive(Clone, Copy, Debug)]
pub struct Current(pub Language);

/// Answers a request in `language`.
pub async fn scope<F: Future>(language: Language, answer: F) -> F::Output {
    REQUEST.scope(language, answer).await
}

/// Says everything within `saying` in `language`, whoever is reading the page.
pub fn speak<T>(language: Language, saying: impl FnOnce() -> T) -> T {
    struct Back(Option<Language>);
    impl Drop for Back {
        fn drop(&mut self) {
            SPOKEN.set(self.0);
        }
    }
    let _back = Back(SPOKEN.replace(Some(language)));
    saying()
}

/// The language that counts here; English where nobody is spoken to.
pub(super) fn language() -> Language {
    SPOKEN
        .get()
        .or_else(|| REQUEST.try_with(|language| *language).ok())
        .or_else(|| leptos::context::use_context::<Current>().map(|current| current.0))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_page_that_waits_on_the_same_thread_leaves_its_language_to_nobody() {
        let owner = leptos::prelude::Owner::new();
        owner.set();
        leptos::context::provide_context(Current(Language::Japanese));
        assert_eq!(scope(Language::German, async { language() }).await, Language::German);
        assert_eq!(language(), Language::Japanese);
    }

    #[tokio::test]
    async fn a_mail_is_in_its_readers_language_inside_of_any_request() {
        let inside = scope(Language::French, async {
            (language(), speak(Language::Japanese, language), language())
        });
        assert_eq!(inside.await, (Language::French, Language::Japanese, Language::French));
        assert_eq!(language(), Language::English);
    }
}
