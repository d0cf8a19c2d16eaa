//! The conversation with the operator.

use super::{
    Tell,
    button::{Kind, button},
    theme::{BODY, BOLD, REGULAR, SMALL, Theme},
};
use crate::ui::words::{FromWindow, SHOWN_CHARS, clean, clean_chat};
use deskside_protocol::limits::CHAT_CHARS;
use fltk::{
    app::Screen,
    enums::{CallbackTrigger, FrameType},
    frame::Frame,
    input::Input,
    prelude::*,
    text::{StyleTableEntry, TextBuffer, TextDisplay, WrapMode},
    window::DoubleWindow,
};

const TITLE: &str = "Deskside: chat";
const WIDTH: i32 = 380;
const HEIGHT: i32 = 460;
/// Bytes of conversation kept in the window; the request's page keeps all of it.
const KEPT_BYTES: i32 = 256 * 1024;

/// The chat window; hidden, not gone, when it is closed.
pub struct Chat {
    window: DoubleWindow,
    log: Log,
    input: Input,
}

#[derive(Clone)]
struct Log {
    text: TextBuffer,
    styles: TextBuffer,
    display: TextDisplay,
}

impl Chat {
    /// Opens the chat window beside the bar.
    pub fn open(theme: &Theme, operator: &str, tell: &Tell) -> Self {
        let place = Screen::work_area_mouse();
        let (x, y) = (
            place.x + place.w - WIDTH - 20,
            place.y + (place.h - HEIGHT - 100).max(20),
        );
        let mut window = DoubleWindow::new(x, y, WIDTH, HEIGHT, TITLE);
        window.set_color(theme.surface);
        let mut heading = Frame::new(16, 10, WIDTH - 32, 30, None);
        heading.set_label(&label(&format!("Chat with {}", clean(operator, 40))));
        heading.set_label_font(BOLD);
        heading.set_label_size(BODY);
        heading.set_label_color(theme.text);
        heading.set_align(fltk::enums::Align::Left | fltk::enums::Align::Inside | fltk::enums::Align::Clip);
        let log = Log::new(theme, (16, 44, WIDTH - 32, HEIGHT - 118));

        let mut input = Input::new(16, HEIGHT - 60, WIDTH - 32 - 92, 40, None);
        input.set_frame(FrameType::RFlatBox);
        input.set_color(theme.card);
        input.set_text_color(theme.text);
        input.set_cursor_color(theme.text);
        input.set_selection_color(theme.accent);
        input.set_text_font(REGULAR);
        input.set_text_size(BODY);
        input.set_maximum_size(CHAT_CHARS as i32);
        input.set_tooltip("Message");
        let mut send = button(*theme, Kind::Primary, "Send", (WIDTH - 16 - 86, HEIGHT - 62, 86, 44));
        let write = {
            let (mut log, tell, mut input) = (log.clone(), tell.clone(), input.clone());
            move || {
                let text = clean_chat(input.value().trim());
                if !text.is_empty() {
                    log.add("You", &text);
                    tell(FromWindow::Chat { text });
                    input.set_value("");
                }
            }
        };
        let mut on_enter = write.clone();
        input.set_trigger(CallbackTrigger::EnterKeyAlways);
        input.set_callback(move |_| on_enter());
        let mut on_send = write;
        send.set_callback(move |_| on_send());
        window.set_callback(DoubleWindow::hide);
        window.resizable(&log.display);
        window.end();
        window.size_range(WIDTH, 240, 0, 0);
        window.set_xclass(crate::ui::WINDOW_CLASS);
        Self { window, log, input }
    }

    /// Adds a message.
    pub fn add(&mut self, from: &str, text: &str) {
        self.log.add(&clean(from, SHOWN_CHARS), &clean_chat(text));
    }

    /// Makes the window visible; it is not put before what the person works in, if it is open already.
    pub fn reveal(&mut self) {
        if !self.window.shown() {
            self.window.show();
            self.window.set_on_top();
        }
    }

    /// Makes the window visible and ready to type in.
    pub fn raise(&mut self) {
        self.window.show();
        self.window.set_on_top();
        let _ = self.input.take_focus();
    }
}

impl Log {
    fn new(theme: &Theme, (x, y, w, h): (i32, i32, i32, i32)) -> Self {
        let (text, styles) = (TextBuffer::default(), TextBuffer::default());
        let mut display = TextDisplay::new(x, y, w, h, None);
        display.set_frame(FrameType::FlatBox);
        display.set_color(theme.surface);
        display.set_text_font(REGULAR);
        display.set_text_size(BODY);
        display.set_text_color(theme.text);
        display.set_scrollbar_size(10);
        display.wrap_mode(WrapMode::AtBounds, 0);
        display.set_buffer(text.clone());
        let entry = |color, font, size| StyleTableEntry { color, font, size };
        display.set_highlight_data(
            styles.clone(),
            vec![entry(theme.muted, BOLD, SMALL), entry(theme.text, REGULAR, BODY)],
        );
        Self { text, styles, display }
    }

    fn add(&mut self, from: &str, text: &str) {
        let heading = format!("{from}\n");
        let body = format!("{text}\n\n");
        // The style buffer has one letter for each byte: A is a name, B what was written.
        self.styles.append(&"A".repeat(heading.len()));
        self.styles.append(&"B".repeat(body.len()));
        self.text.append(&heading);
        self.text.append(&body);
        let over = self.text.length() - KEPT_BYTES;
        if over > 0 {
            let cut = self.text.line_end(over) + 1;
            self.text.remove(0, cut);
            self.styles.remove(0, cut);
        }
        self.display.set_insert_position(self.text.length());
        self.display.show_insert_position();
    }
}

/// A label that FLTK shows as it is.
fn label(text: &str) -> String {
    text.replace('@', "@@").replace('&', "&&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_shows_its_signs() {
        assert_eq!(label("A & B @ C"), "A && B @@ C");
    }
}
