//! Live pages: hears that a topic changed, fetches the page again and updates its `[data-live]` elements in place.
//!
//! Invariant: content comes only from the page itself, so what a person may see is decided in one place; without
//! JavaScript the page is the same, only not live.

pub mod refresh;

#[cfg(feature = "pages")]
mod morph;
#[cfg(feature = "pages")]
mod page;
#[cfg(feature = "pages")]
pub mod watch;

use leptos::prelude::*;

/// Keeps the page's `[data-live]` elements (each with an `id`) up to date. `topics` as in `/live?topics=…`, separated
/// by commas. Shows a line only while the connection is lost.
#[island]
pub fn LiveRegion(topics: String) -> impl IntoView {
    #[cfg(feature = "pages")]
    watch::Watch::new(topics, page::fetch_again, page::say).keep();
    #[cfg(not(feature = "pages"))]
    let _ = topics;
    view! { <p class="live-notice" role="status"></p> }
}
