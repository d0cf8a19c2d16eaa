//! Fetches the current page again and brings its live elements up to date.

use super::{morph::morph, refresh::Fetched};
use crate::islands::browser::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, DomParser, Element, HtmlElement, RequestCache, RequestInit, Response, SupportedType};

/// Fetches and applies.
pub async fn fetch_again() -> Fetched {
    match fetch().await {
        Ok(Ok(page)) => {
            apply(&page);
            Fetched::Done
        }
        Ok(Err(other)) => other,
        Err(_) => Fetched::Failed,
    }
}

/// Tells the reader that the page may be out of date; `None`: it is up to date again.
pub fn say(notice: Option<&'static str>) {
    let line = window()
        .document()
        .and_then(|document| document.query_selector(".live-notice").ok().flatten());
    if let Some(line) = line {
        line.set_text_content(notice);
    }
}

async fn fetch() -> Result<Result<Document, Fetched>, JsValue> {
    let location = window().location();
    let options = RequestInit::new();
    options.set_cache(RequestCache::NoStore);
    let address = [location.pathname()?, location.search()?].concat();
    let response: Response = JsFuture::from(window().fetch_with_str_and_init(&address, &options))
        .await?
        .dyn_into()?;
    match response.status() {
        _ if response.redirected() => return Ok(Err(Fetched::SignedOut)),
        200 => {}
        401 => return Ok(Err(Fetched::SignedOut)),
        403 | 404 => return Ok(Err(Fetched::Gone)),
        _ => return Ok(Err(Fetched::Failed)),
    }
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    DomParser::new()?
        .parse_from_string(&text, SupportedType::TextHtml)
        .map(Ok)
}

fn apply(page: &Document) {
    let Some(document) = window().document() else { return };
    let Ok(regions) = document.query_selector_all("[data-live]") else {
        return;
    };
    let focused = document.active_element();
    for index in 0..regions.length() {
        let Some(region) = regions.item(index).and_then(|node| node.dyn_into::<Element>().ok()) else {
            continue;
        };
        let Some(fresh) = page.get_element_by_id(&region.id()) else {
            continue;
        };
        let held_focus = focused.as_ref().filter(|focused| region.contains(Some(focused)));
        morph(&region, &fresh);
        if let Some(lost) = held_focus.filter(|focused| !focused.is_connected()) {
            refocus(&document, &region, &lost.id());
        }
    }
    if document.title() != page.title() {
        document.set_title(&page.title());
    }
}

/// The focused element is gone: its successor of the same id gets the focus, else the region.
fn refocus(document: &Document, region: &Element, id: &str) {
    let successor = document.get_element_by_id(id).filter(|_| !id.is_empty());
    let target = successor.unwrap_or_else(|| {
        let _ = region.set_attribute("tabindex", "-1");
        region.clone()
    });
    if let Some(target) = target.dyn_ref::<HtmlElement>() {
        let _ = target.focus();
    }
}
