//! Files that are pasted into a form or dropped onto it go into its file field, as if they had been chosen.
//!
//! Invariant: what is sent is what the field shows, so without a script the form is the same.

use leptos::prelude::*;

/// Listens on the form around the file field with the id `input`.
#[island]
pub fn DropFiles(input: String) -> impl IntoView {
    #[cfg(feature = "pages")]
    listen(input);
    #[cfg(not(feature = "pages"))]
    let _ = input;
}

#[cfg(feature = "pages")]
fn listen(input: String) {
    use super::browser::{Listener, window};
    use wasm_bindgen::JsCast;
    use web_sys::{ClipboardEvent, DragEvent, Event, FileList, HtmlInputElement};

    let document = window().document();
    let found = document.and_then(|document| document.get_element_by_id(&input));
    let Some(field) = found.and_then(|element| element.dyn_into::<HtmlInputElement>().ok()) else {
        return;
    };
    let Some(form) = field.form() else { return };
    let take = move |files: Option<FileList>, event: &Event| {
        if let Some(files) = files.filter(|files| files.length() > 0) {
            event.prevent_default();
            field.set_files(Some(&files));
        }
    };
    let (pasted, dropped) = (take.clone(), take);
    let listeners = [
        Listener::new(&form, "paste", move |event: ClipboardEvent| {
            pasted(event.clipboard_data().and_then(|data| data.files()), &event);
        }),
        Listener::new(&form, "dragover", |event: DragEvent| event.prevent_default()),
        Listener::new(&form, "drop", move |event: DragEvent| {
            event.prevent_default();
            dropped(event.data_transfer().and_then(|data| data.files()), &event);
        }),
    ];
    // They are wanted for as long as the page is.
    std::mem::forget(listeners);
}
