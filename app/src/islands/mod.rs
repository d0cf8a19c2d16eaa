//! Everything interactive. Each island is a small component whose work is done by a pure core and a thin browser shell.
//!
//! Invariant: pages work without any of them; `browser` and the shells compile for the browser only.

pub mod drop_files;
pub mod insert_reply;
pub mod live;
pub mod suggest;
#[cfg(any(feature = "viewer", not(feature = "pages")))]
pub mod viewer;

#[cfg(feature = "pages")]
mod browser;

/// Called by the page's script once the WebAssembly is loaded.
#[cfg(feature = "pages")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
