//! Live pages: hears that a topic changed, fetches the page again and updates its `[data-live]` elements in place.
//!
//! Invariant: content comes only from the page itself, so what a person may see is decided in one place; without
//! JavaScript the page is the same, only not live.

pub mod refresh;

#[cfg(feature = "hydrate")]
mod morph;
#[cfg(feature = "hydrate")]
mod page;
#[cfg(feature = "hydrate")]
pub mod watch;

use leptos::prelude::*;

/// Keeps the page's `[data-live]` elements (each with an `id`) up to date. `topics` as in `/live?topics=…`, separated
/// by commas. Shows a line only while the connection is lost.
#[island]
pub fn LiveRegion(topics: String) -> impl IntoView {
    let (notice, set_notice) = signal(None::<&'static str>);
    #[cfg(feature = "hydrate")]
    watch::Watch::new(topics, page::fetch_again, move |notice| set_notice.set(notice)).keep();
    #[cfg(not(feature = "hydrate"))]
    let _ = (topics, set_notice);
    view! { <p class="live-notice" role="status">{move || notice.get()}</p> }
}
