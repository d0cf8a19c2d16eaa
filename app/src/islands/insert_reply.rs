//! A canned reply goes into the field at the cursor, without a new page.
//!
//! Invariant: what is inserted comes from the server as it is; without a script the button posts the form, which does
//! the same. Where nothing can be inserted nothing that was typed changes, and the reason is shown.

use leptos::prelude::*;

/// Listens at the button with the id `button`: fetches from `address` what the input `input` means and inserts it into
/// the field with the id `field`; `said` is where a reason is shown.
#[island]
pub fn InsertReply(input: String, field: String, button: String, said: String, address: String) -> impl IntoView {
    #[cfg(feature = "pages")]
    shell::listen(input, field, button, said, address);
    #[cfg(not(feature = "pages"))]
    let _ = (input, field, button, said, address);
}

#[cfg(feature = "pages")]
mod shell {
    use crate::islands::browser::{Listener, window};
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{Element, Event, HtmlInputElement, HtmlTextAreaElement, RequestCache, RequestInit, Response};

    pub fn listen(input: String, field: String, button: String, said: String, address: String) {
        let Some(document) = window().document() else { return };
        let field_id = field;
        let element = |id: &str| document.get_element_by_id(id);
        let (Some(input), Some(field), Some(button), Some(said)) = (
            element(&input).and_then(|element| element.dyn_into::<HtmlInputElement>().ok()),
            element(&field_id).and_then(|element| element.dyn_into::<HtmlTextAreaElement>().ok()),
            element(&button),
            element(&said),
        ) else {
            return;
        };
        let listener = Listener::new(&button, "click", move |event: Event| {
            event.prevent_default();
            let (input, field, said, address) = (input.clone(), field.clone(), said.clone(), address.clone());
            wasm_bindgen_futures::spawn_local(async move {
                // Without an answer the field stays as it is, and the button can be pressed again.
                let _ = insert(&input, &field, &said, &address).await;
            });
        });
        // From now on the button changes the field instead of the page, and says so.
        let _ = button.set_attribute("aria-controls", &field_id);
        // It is wanted for as long as the page is.
        std::mem::forget(listener);
    }

    async fn insert(
        input: &HtmlInputElement,
        field: &HtmlTextAreaElement,
        said: &Element,
        address: &str,
    ) -> Result<(), JsValue> {
        let options = RequestInit::new();
        options.set_cache(RequestCache::NoStore);
        let escaped = String::from(&js_sys::encode_uri_component(&input.value()));
        let address = [address, "?q=", &escaped].concat();
        let response: Response = JsFuture::from(window().fetch_with_str_and_init(&address, &options))
            .await?
            .dyn_into()?;
        let plain = response
            .headers()
            .get("content-type")?
            .is_some_and(|kind| kind.starts_with("text/plain"));
        if response.redirected() || !plain {
            return Ok(());
        }
        let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
        if response.status() != 200 {
            said.set_text_content(Some(&text));
            return Ok(());
        }
        said.set_text_content(None);
        let end = field.value().encode_utf16().count() as u32;
        let from = field.selection_start()?.unwrap_or(end);
        let until = field.selection_end()?.unwrap_or(end).max(from);
        field.set_range_text_with_start_and_end(&text, from, until)?;
        let after = from + text.encode_utf16().count() as u32;
        field.set_selection_range(after, after)?;
        input.set_value("");
        field.focus()
    }
}
