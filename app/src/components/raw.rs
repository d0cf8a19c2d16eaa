//! The two places where Leptos writes text into HTML as it is without being asked: the title and the content of a
//! textarea. The page of a help article asks for it, with what `articles::markdown` made.
//!
//! Invariant: nothing typed by a person gets there but through [`escaped`].

use leptos::prelude::*;
use leptos_meta::Title;

/// `text` with everything that could end the element, or be read as an entity, taken literally.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// The title of the page, with the product's name after it.
#[component]
pub fn PageTitle(#[prop(into)] text: String) -> impl IntoView {
    view! { <Title text=format!("{} · Deskside", escaped(&text)) /> }
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn no_text_can_end_its_element() {
        assert_eq!(escaped("</title><b>&lt;"), "&lt;/title>&lt;b>&amp;lt;");
    }
}
