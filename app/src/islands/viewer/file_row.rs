//! One file in the viewer's list: its elements, and what can be pressed.

use super::screen::piece;
use crate::{
    islands::browser::{Listener, window},
    tf,
    words::t,
};
use deskside_protocol::transfer::size_words;
use web_sys::{Element, HtmlElement};

/// What the operator pressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Press {
    Save,
    Refuse,
    Cancel,
}

/// What a row shows.
#[derive(Clone, PartialEq, Debug)]
pub struct Shown {
    /// Bytes that have arrived, and all of them.
    pub done: u64,
    pub size: u64,
    /// Bytes a second, while it goes.
    pub speed: Option<u64>,
    pub says: String,
    pub asking: bool,
    pub open: bool,
}

/// A list item.
pub struct Row {
    item: HtmlElement,
    progress: Element,
    facts: Element,
    says: Element,
    buttons: [(Press, HtmlElement); 3],
    shown: Option<Shown>,
    outgoing: bool,
    _listeners: Vec<Listener>,
}

impl Row {
    /// Puts a new row first into the list.
    pub fn new(root: &Element, name: &str, outgoing: bool, press: impl Fn(Press) + Clone + 'static) -> Option<Self> {
        let list: HtmlElement = piece(root, ".viewer-transfers")?;
        let item: HtmlElement = make("li", "viewer-transfer")?;
        let heading: Element = make("p", "viewer-transfer-name")?;
        heading.set_text_content(Some(name));
        let facts: Element = make("p", "viewer-transfer-facts")?;
        let progress: Element = make("progress", "viewer-transfer-progress")?;
        let _ = progress.set_attribute("aria-label", name);
        let says: Element = make("p", "viewer-transfer-says")?;
        let line: Element = make("p", "viewer-transfer-buttons")?;
        let button = |what: Press, label: &str, class: &str| -> Option<(Press, HtmlElement)> {
            let button: HtmlElement = make("button", class)?;
            let _ = button.set_attribute("type", "button");
            let _ = button.set_attribute("aria-label", &[label, ": ", name].concat());
            button.set_text_content(Some(label));
            line.append_child(&button).ok()?;
            Some((what, button))
        };
        let buttons = [
            button(Press::Save, t("Save"), "btn btn-sm btn-primary")?,
            button(Press::Refuse, t("Refuse"), "btn btn-sm")?,
            button(Press::Cancel, t("Cancel"), "btn btn-sm")?,
        ];
        let listeners = buttons.each_ref().map(|(what, button)| {
            let (press, what) = (press.clone(), *what);
            Listener::plain(button, "click", move || press(what))
        });
        for piece in [&heading, &facts, &progress, &says, &line] {
            item.append_child(piece).ok()?;
        }
        list.prepend_with_node_1(&item).ok()?;
        Some(Self {
            item,
            progress,
            facts,
            says,
            buttons,
            shown: None,
            outgoing,
            _listeners: listeners.into(),
        })
    }

    /// Shows how it stands; what is the same is not touched.
    pub fn show(&mut self, shown: Shown) {
        if self.shown.as_ref() == Some(&shown) {
            return;
        }
        let _ = self.progress.set_attribute("max", &shown.size.max(1).to_string());
        let share = if shown.size == 0 && !shown.open { 1 } else { shown.done };
        let _ = self.progress.set_attribute("value", &share.to_string());
        let hide = |element: &Element, hidden: bool| drop(element.toggle_attribute_with_force("hidden", hidden));
        hide(&self.progress, !shown.open || shown.asking);
        self.facts.set_text_content(Some(&self.facts_words(&shown)));
        self.says.set_text_content(Some(&shown.says));
        for (what, button) in &self.buttons {
            let wanted = match what {
                Press::Save | Press::Refuse => shown.asking,
                Press::Cancel => shown.open && !shown.asking,
            };
            hide(button, !wanted);
        }
        self.shown = Some(shown);
    }

    /// Adds a link to what was received, and follows it: the browser saves it.
    pub fn offer_download(&self, address: &str, name: &str) -> Option<()> {
        let link: HtmlElement = make("a", "btn btn-sm")?;
        let _ = link.set_attribute("href", address);
        let _ = link.set_attribute("download", name);
        link.set_text_content(Some(t("Save again")));
        let _ = link.set_attribute("aria-label", &[t("Save again"), ": ", name].concat());
        self.item.append_child(&link).ok()?;
        link.click();
        Some(())
    }

    fn facts_words(&self, shown: &Shown) -> String {
        let size = size_words(shown.size);
        let Some(speed) = shown.speed.filter(|_| shown.open && !shown.asking) else {
            return if self.outgoing {
                tf!("{size}, to the device", size = size)
            } else {
                tf!("{size}, from the device", size = size)
            };
        };
        tf!(
            "{done} of {size}, {speed}/s",
            done = size_words(shown.done),
            size = size,
            speed = size_words(speed)
        )
    }
}

fn make<T: wasm_bindgen::JsCast>(kind: &str, class: &str) -> Option<T> {
    let element = window().document()?.create_element(kind).ok()?;
    element.set_class_name(class);
    wasm_bindgen::JsCast::dyn_into(element).ok()
}
