//! While a subject is typed, the help articles that fit it are shown below.
//!
//! Invariant: what is shown comes from the server as it is; without a script the form is the same, and links to all
//! articles.

use leptos::prelude::*;

/// Fills the element with the id `place` with what fits the text in the field with the id `input`.
#[island]
pub fn Suggest(input: String, place: String) -> impl IntoView {
    #[cfg(feature = "pages")]
    listen(&input, &place);
    #[cfg(not(feature = "pages"))]
    let _ = (input, place);
}

/// Typing pauses for so long before the server is asked, milliseconds.
#[cfg(feature = "pages")]
const PAUSE: u64 = 300;

#[cfg(feature = "pages")]
fn listen(input: &str, place: &str) {
    use super::browser::{Alarm, Listener, now, window};
    use wasm_bindgen::JsCast;
    use web_sys::HtmlInputElement;

    let Some(document) = window().document() else { return };
    let field = document.get_element_by_id(input);
    let Some(field) = field.and_then(|element| element.dyn_into::<HtmlInputElement>().ok()) else {
        return;
    };
    let Some(place) = document.get_element_by_id(place) else {
        return;
    };
    let typed = field.clone();
    let alarm = Alarm::new(move || {
        let (typed, place) = (typed.clone(), place.clone());
        wasm_bindgen_futures::spawn_local(async move {
            // What cannot be fetched is not offered; the request can be filed all the same.
            let _ = fill(&typed, &place).await;
        });
    });
    let listener = Listener::plain(&field, "input", move || alarm.set(Some(now() + PAUSE)));
    // It is wanted for as long as the page is.
    std::mem::forget(listener);
}

#[cfg(feature = "pages")]
async fn fill(field: &web_sys::HtmlInputElement, place: &web_sys::Element) -> Result<(), wasm_bindgen::JsValue> {
    use super::browser::window;
    use wasm_bindgen::JsCast;
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{RequestCache, RequestInit, Response};

    let subject = field.value();
    let options = RequestInit::new();
    options.set_cache(RequestCache::NoStore);
    let escaped = String::from(&js_sys::encode_uri_component(&subject));
    let address = ["/help/suggest?q=", &escaped].concat();
    let response: Response = JsFuture::from(window().fetch_with_str_and_init(&address, &options))
        .await?
        .dyn_into()?;
    if response.redirected() || response.status() != 200 {
        return Ok(());
    }
    let found = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    // The same again is not announced again, and what was typed meanwhile is asked for by itself.
    let shown = place.get_attribute("data-shown").unwrap_or_default();
    if field.value() == subject && shown != found {
        place.set_inner_html(&found);
        place.set_attribute("data-shown", &found)?;
    }
    Ok(())
}
