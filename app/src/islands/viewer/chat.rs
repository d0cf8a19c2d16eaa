//! The conversation of the request, beside the picture.

use super::{
    portal,
    screen::{Screen, piece},
};
use crate::{
    islands::browser::{Listener, Shared, shared, window},
    requests::model::Message,
    tf, tn,
};
use deskside_protocol::ids::{MessageId, RequestId};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, Event, HtmlElement, HtmlTextAreaElement, KeyboardEvent};

/// The chat panel.
pub struct Chat {
    request: RequestId,
    screen: Rc<Screen>,
    last: Shared<Option<MessageId>>,
    loaded: Shared<bool>,
    unread: Shared<u32>,
    /// One fetch at a time, so that no message is shown twice; true: another is wanted.
    busy: Shared<Option<bool>>,
    listeners: Shared<Vec<Listener>>,
}

impl Chat {
    pub fn new(request: RequestId, screen: Rc<Screen>) -> Rc<Self> {
        let chat = Rc::new(Self {
            request,
            screen,
            last: shared(None),
            loaded: shared(false),
            unread: shared(0),
            busy: shared(None),
            listeners: shared(Vec::new()),
        });
        chat.listen();
        chat
    }

    /// Opens or closes the panel.
    pub fn toggle(&self) {
        let Some(panel) = self.element(".viewer-chat") else {
            return;
        };
        let open = panel.hidden();
        panel.set_hidden(!open);
        if let Some(button) = self.screen.button("chat") {
            let _ = button.set_attribute("aria-expanded", if open { "true" } else { "false" });
        }
        if open {
            *self.unread.borrow_mut() = 0;
            self.screen.write(".viewer-unread", "");
            self.scroll_down();
            if let Some(field) = self.field() {
                let _ = field.focus();
            }
        }
    }

    /// Fetches what is new.
    pub fn refresh(self: &Rc<Self>) {
        {
            let mut busy = self.busy.borrow_mut();
            if let Some(again) = &mut *busy {
                *again = true;
                return;
            }
            *busy = Some(false);
        }
        let chat = self.clone();
        spawn_local(async move {
            loop {
                let after = *chat.last.borrow();
                if let Ok(messages) = portal::messages(chat.request, after).await {
                    chat.show(messages);
                }
                let again = chat.busy.borrow_mut().take() == Some(true);
                if !again {
                    break;
                }
                *chat.busy.borrow_mut() = Some(false);
            }
        });
    }

    fn show(&self, messages: Vec<Message>) {
        let first = !std::mem::replace(&mut *self.loaded.borrow_mut(), true);
        let closed = self.element(".viewer-chat").is_some_and(|panel| panel.hidden());
        for message in &messages {
            self.append(message);
            *self.last.borrow_mut() = Some(message.id);
        }
        let (Some(newest), true) = (messages.last(), closed && !first) else {
            return self.scroll_down();
        };
        *self.unread.borrow_mut() += messages.len() as u32;
        let count = *self.unread.borrow();
        self.screen.write(".viewer-unread", &tn!(count, "{n} new", "{n} new"));
        self.screen.write(
            ".viewer-notice",
            &tf!("New message from {name}", name = newest.author.name),
        );
    }

    fn append(&self, message: &Message) -> Option<()> {
        let list = self.element(".viewer-messages")?;
        let document = window().document()?;
        let element = |kind: &str, class: &str, text: &str| -> Option<Element> {
            let element = document.create_element(kind).ok()?;
            element.set_class_name(class);
            element.set_text_content(Some(text));
            Some(element)
        };
        let item = element("div", "viewer-message", "")?;
        let author = if message.from_device {
            tf!("{name} (at the device)", name = message.author.name)
        } else {
            message.author.name.clone()
        };
        item.append_child(&*element("span", "viewer-message-author", &author)?)
            .ok()?;
        item.append_child(&*element("time", "viewer-message-time", &clock(message.at))?)
            .ok()?;
        item.append_child(&*element("p", "viewer-message-text", &message.text)?)
            .ok()?;
        list.append_child(&item).ok()?;
        Some(())
    }

    fn listen(self: &Rc<Self>) {
        let (Some(form), Some(field)) = (self.element(".viewer-chat-form"), self.field()) else {
            return;
        };
        let chat = self.clone();
        let submitted = Listener::new(&form, "submit", move |event: Event| {
            event.prevent_default();
            chat.send();
        });
        let chat = self.clone();
        let typed = Listener::new(&field, "keydown", move |event: KeyboardEvent| {
            if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
                event.prevent_default();
                chat.send();
            }
        });
        *self.listeners.borrow_mut() = vec![submitted, typed];
    }

    fn send(self: &Rc<Self>) {
        let Some(field) = self.field() else { return };
        let text = field.value();
        if text.trim().is_empty() || field.read_only() {
            return;
        }
        field.set_read_only(true);
        let chat = self.clone();
        spawn_local(async move {
            let sent = portal::send(chat.request, text).await;
            field.set_read_only(false);
            match sent {
                Ok(()) => {
                    field.set_value("");
                    chat.screen.write(".viewer-chat-error", "");
                    chat.refresh();
                }
                // What was typed stays.
                Err(why) => chat
                    .screen
                    .write(".viewer-chat-error", &tf!("Not sent: {why}", why = why)),
            }
        });
    }

    fn scroll_down(&self) {
        if let Some(list) = self.element(".viewer-messages") {
            list.set_scroll_top(list.scroll_height());
        }
    }

    fn field(&self) -> Option<HtmlTextAreaElement> {
        piece(&self.screen.root, "#viewer-message")
    }

    fn element(&self, selector: &str) -> Option<HtmlElement> {
        piece(&self.screen.root, selector)
    }
}

/// Hours and minutes as the operator's browser writes them.
fn clock(at: i64) -> String {
    let date = js_sys::Date::new(&(at as f64).into());
    let (hours, minutes) = (date.get_hours().to_string(), date.get_minutes().to_string());
    let pad = |text: String| if text.len() < 2 { ["0", &text].concat() } else { text };
    [pad(hours), ":".into(), pad(minutes)].concat()
}
