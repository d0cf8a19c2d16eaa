//! The viewer's elements: the picture and what lies on it.

use super::{
    peer::get,
    placement::{Placement, Size},
};
use crate::islands::browser::window;
use deskside_protocol::channel::Position;
use js_sys::{Object, Reflect};
use std::cell::Cell;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    CustomEvent, CustomEventInit, Element, HtmlElement, HtmlImageElement, HtmlTextAreaElement, HtmlVideoElement,
    MediaStream,
};

/// The viewer's elements.
pub struct Screen {
    pub root: HtmlElement,
    pub surface: HtmlElement,
    pub keys: HtmlTextAreaElement,
    video: HtmlVideoElement,
    device_pointer: HtmlImageElement,
    desktop: Cell<Option<Size>>,
}

impl Screen {
    /// `None` when the page is not the viewer's.
    pub fn find(root: &HtmlElement) -> Option<Self> {
        Some(Self {
            root: root.clone(),
            surface: piece(root, ".viewer-surface")?,
            keys: piece(root, ".viewer-keys")?,
            video: piece(root, "video")?,
            device_pointer: piece(root, ".viewer-device-pointer")?,
            desktop: Cell::new(None),
        })
    }

    /// Writes a line of text and hides it when empty, unless it announces: what was hidden is not heard.
    pub fn write(&self, class: &str, text: &str) {
        if let Some(line) = piece::<HtmlElement>(&self.root, class)
            && line.text_content().as_deref() != Some(text)
        {
            line.set_text_content(Some(text));
            line.set_hidden(text.is_empty() && class != ".viewer-status" && class != ".viewer-notice");
        }
    }

    /// A button by its `data-act`.
    pub fn button(&self, act: &str) -> Option<HtmlElement> {
        piece(&self.root, &["[data-act=", act, "]"].concat())
    }

    /// Before buttons are hidden: the focus, if it is on one of them or on the picture, goes to the way out.
    pub fn keep_focus(&self) {
        let focused = window().document().and_then(|document| document.active_element());
        let Some(focused) = focused else { return };
        let buttons = piece::<Element>(&self.root, ".viewer-buttons");
        if buttons.is_some_and(|buttons| buttons.contains(Some(&focused))) || self.surface.contains(Some(&focused)) {
            let out = piece::<HtmlElement>(&self.root, ".viewer-buttons a");
            out.into_iter().for_each(|out| drop(out.focus()));
        }
    }

    /// Fills the whole screen with the viewer, or no longer.
    pub fn toggle_full_screen(&self) {
        let Some(document) = window().document() else { return };
        if document.fullscreen_element().is_some() {
            return document.exit_fullscreen();
        }
        let _ = self.root.request_fullscreen();
        lock_keys();
    }

    /// Shows a received picture.
    pub fn show(&self, stream: Option<&MediaStream>) {
        self.video.set_muted(true);
        self.video.set_src_object(stream);
        if let Ok(playing) = self.video.play() {
            spawn_local(async move {
                let _ = JsFuture::from(playing).await;
            });
        }
    }

    /// The size of the device's desktop, which a scaled picture does not show.
    pub fn set_desktop(&self, width: u16, height: u16) {
        self.desktop.set(Some(Size {
            width: width.into(),
            height: height.into(),
        }));
        self.resize();
    }

    /// Scales the picture to the window, or shows each of its pixels as one of the screen's.
    pub fn set_actual_size(&self, actual: bool) {
        let _ = self
            .root
            .set_attribute("data-scale", if actual { "actual" } else { "fit" });
        for (act, pressed) in [("fit", !actual), ("actual", actual)] {
            if let Some(button) = self.button(act) {
                let _ = button.set_attribute("aria-pressed", if pressed { "true" } else { "false" });
            }
        }
        self.resize();
    }

    /// The desktop's point under a point of the window.
    pub fn position(&self, x: f64, y: f64) -> Option<Position> {
        let rect = self.video.get_bounding_client_rect();
        let placement = Placement::new(
            Size {
                width: rect.width(),
                height: rect.height(),
            },
            self.desktop_size(),
        )?;
        Some(placement.position(x - rect.left(), y - rect.top()))
    }

    /// Shows the device's own pointer at a point; `None` hides it.
    pub fn place_device_pointer(&self, at: Option<(Position, &Shape)>) {
        self.device_pointer.set_hidden(at.is_none());
        let Some((at, shape)) = at else { return };
        let (rect, ground) = (
            self.video.get_bounding_client_rect(),
            self.surface.get_bounding_client_rect(),
        );
        let size = Size {
            width: rect.width(),
            height: rect.height(),
        };
        let Some(placement) = Placement::new(size, self.desktop_size()) else {
            return;
        };
        let (x, y) = placement.point(at);
        if self.device_pointer.src() != shape.picture {
            self.device_pointer.set_src(&shape.picture);
        }
        style(
            &self.device_pointer,
            "left",
            &pixels(rect.left() - ground.left() + x - f64::from(shape.hot_x)),
        );
        style(
            &self.device_pointer,
            "top",
            &pixels(rect.top() - ground.top() + y - f64::from(shape.hot_y)),
        );
    }

    /// Dispatches an event on the video element for measurements.
    pub fn tell(&self, name: &str, detail: &JsValue) {
        let init = CustomEventInit::new();
        init.set_detail(detail);
        if let Ok(event) = CustomEvent::new_with_event_init_dict(name, &init) {
            let _ = self.video.dispatch_event(&event);
        }
    }

    fn desktop_size(&self) -> Size {
        let seen = Size {
            width: self.video.video_width().into(),
            height: self.video.video_height().into(),
        };
        self.desktop.get().unwrap_or(seen)
    }

    fn resize(&self) {
        let Size { width, height } = self.desktop_size();
        let actual = self.root.get_attribute("data-scale").as_deref() == Some("actual");
        let ratio = window().device_pixel_ratio();
        for (name, length) in [("width", width), ("height", height)] {
            style(
                &self.video,
                name,
                &if actual { pixels(length / ratio) } else { String::new() },
            );
        }
    }
}

/// A pointer shape as the browser draws it.
#[derive(Clone)]
pub struct Shape {
    /// A `data:` address.
    pub picture: String,
    pub hot_x: u16,
    pub hot_y: u16,
}

/// The first element below `root` that fits.
pub fn piece<T: JsCast>(root: &Element, selector: &str) -> Option<T> {
    root.query_selector(selector).ok().flatten()?.dyn_into().ok()
}

/// An object of numbers.
pub fn detail(fields: &[(&str, u32)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        let _ = Reflect::set(&object, &(*name).into(), &(*value).into());
    }
    object.into()
}

/// Sets a style property, which a strict content policy allows to scripts; empty removes it.
pub fn style(element: &HtmlElement, name: &str, value: &str) {
    let _ = element.style().set_property(name, value);
}

fn pixels(length: f64) -> String {
    let hundredths = (length * 100.0).round() as i32;
    let sign = if hundredths < 0 { "-" } else { "" };
    let (whole, rest) = (hundredths.abs() / 100, hundredths.abs() % 100);
    [
        sign,
        &whole.to_string(),
        if rest < 10 { ".0" } else { "." },
        &rest.to_string(),
        "px",
    ]
    .concat()
}

/// In full screen some browsers also hand over Escape, Alt+Tab and the like.
fn lock_keys() {
    let keyboard = get(&window().navigator(), "keyboard");
    if let Ok(lock) = get(&keyboard, "lock").dyn_into::<js_sys::Function>()
        && let Ok(locking) = lock.call0(&keyboard)
    {
        spawn_local(async move {
            let _ = JsFuture::from(js_sys::Promise::resolve(&locking)).await;
        });
    }
}
