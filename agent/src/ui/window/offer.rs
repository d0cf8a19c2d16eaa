//! The question whether an offered file is wanted.
//!
//! Invariant: it answers once; closing it, Escape and Enter right after it appeared never save anything.

use super::{
    Tell,
    button::{Kind, button, deaf_to_typing},
    text::{self, Style},
    theme::{self, BODY, BOLD, HEADING, REGULAR, SMALL, Theme},
};
use crate::ui::words::{FileAnswer, FromWindow};
use deskside_protocol::{ids::TransferId, transfer::size_words};
use fltk::{
    dialog::{FileDialogAction, FileDialogType, NativeFileChooser},
    draw,
    enums::Align,
    frame::Frame,
    prelude::*,
    window::DoubleWindow,
};
use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

const TITLE: &str = "Deskside: file";
/// What a window manager's title bar may take.
const TITLE_BAR: i32 = 32;
const WIDTH: i32 = 480;
const HEIGHT: i32 = 252;
const MARGIN: i32 = 28;
const INNER: i32 = WIDTH - 2 * MARGIN;
/// Somebody who is typing when the question appears does not answer it with Enter or Space.
const TYPING: Duration = Duration::from_millis(1000);

/// What is asked.
pub struct Content {
    pub id: TransferId,
    pub operator: String,
    pub name: String,
    pub size: u64,
    pub folder: String,
    pub seconds: u32,
}

/// The open question; dropping it closes the window.
pub struct Offer {
    id: TransferId,
    window: DoubleWindow,
    canvas: Frame,
}

impl Offer {
    /// Shows the question in the middle of the screen where the mouse is.
    pub fn open(theme: &Theme, content: Content, tell: &Tell) -> Self {
        let (theme, id) = (*theme, content.id);
        let place = theme::room_for(WIDTH, HEIGHT + TITLE_BAR);
        let (x, y) = (place.x + (place.w - WIDTH) / 2, place.y + (place.h - HEIGHT) / 2);
        let mut window = DoubleWindow::new(x, y, WIDTH, HEIGHT, TITLE);
        window.set_color(theme.surface);
        let mut canvas = Frame::new(0, 0, WIDTH, HEIGHT, None);
        let opened = Instant::now();
        canvas.draw(move |_| paint(&theme, &content, opened));

        let answered = Rc::new(Cell::new(false));
        let answer = {
            let tell = tell.clone();
            move |answer| {
                if !answered.replace(true) {
                    tell(FromWindow::FileAnswered { id, answer });
                }
            }
        };
        let top = HEIGHT - 62;
        let mut choose = button(theme, Kind::Plain, "Choose folder…", (MARGIN - 3, top, 150, 42));
        let mut refuse = button(theme, Kind::Plain, "Refuse", (WIDTH - MARGIN - 226, top, 110, 42));
        let mut save = button(theme, Kind::Primary, "Save", (WIDTH - MARGIN - 110, top, 110, 42));
        for button in [&mut choose, &mut refuse, &mut save] {
            deaf_to_typing(button, Instant::now() + TYPING);
        }
        let (saved, refused, chosen) = (answer.clone(), answer.clone(), answer.clone());
        save.set_callback(move |button| {
            saved(FileAnswer::Save { folder: None });
            close(button.window());
        });
        refuse.set_callback(move |button| {
            refused(FileAnswer::Refuse);
            close(button.window());
        });
        choose.set_callback(move |button| {
            if let Some(folder) = choose_folder() {
                chosen(FileAnswer::Save { folder: Some(folder) });
                close(button.window());
            }
        });
        // The window's own callback is what its close button and Escape call.
        window.set_callback(move |window| {
            answer(FileAnswer::Refuse);
            window.hide();
        });
        window.end();
        window.set_xclass("deskside-agent");
        window.make_resizable(false);
        window.show();
        window.set_on_top();
        let _ = refuse.take_focus();
        Self { id, window, canvas }
    }

    pub fn id(&self) -> TransferId {
        self.id
    }

    /// Draws the countdown.
    pub fn tick(&mut self) {
        if self.window.shown() {
            self.canvas.redraw();
            self.window.redraw();
        }
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        self.window.hide();
        DoubleWindow::delete(self.window.clone());
    }
}

fn close(window: Option<Box<dyn WindowExt>>) {
    if let Some(mut window) = window {
        window.hide();
    }
}

fn choose_folder() -> Option<String> {
    let mut chooser = NativeFileChooser::new(FileDialogType::BrowseDir);
    chooser.set_title("Choose a folder");
    match chooser.try_show() {
        Ok(FileDialogAction::Success) => Some(chooser.filename().to_string_lossy().into_owned()),
        _ => None,
    }
    .filter(|folder| !folder.is_empty())
}

fn paint(theme: &Theme, content: &Content, opened: Instant) {
    let style = |font, size, color| Style { font, size, color };
    let heading = style(BOLD, HEADING, theme.text);
    let body = style(REGULAR, BODY, theme.text);
    let muted = style(REGULAR, SMALL, theme.muted);
    draw::set_draw_color(theme.surface);
    draw::draw_rectf(0, 0, WIDTH, HEIGHT);
    text::put(
        &text::fit(&content.operator, heading, INNER),
        heading,
        (MARGIN, 22, INNER, 26),
        Align::Left,
    );
    text::put("wants to send you a file:", body, (MARGIN, 48, INNER, 22), Align::Left);
    draw::set_draw_color(theme.card);
    draw::draw_rounded_rectf(MARGIN, 80, INNER, 44, 7);
    let size = size_words(content.size);
    let size_width = text::width(&size, body) + 16;
    let name = style(BOLD, BODY, theme.text);
    text::put(
        &text::fit_middle(&content.name, name, INNER - 32 - size_width),
        name,
        (MARGIN + 16, 80, INNER - 32 - size_width, 44),
        Align::Left,
    );
    text::put(&size, body, (MARGIN + 16, 80, INNER - 32, 44), Align::Right);
    let place = if content.folder.is_empty() {
        "Choose a folder to save it in.".to_owned()
    } else {
        format!("It is saved in {}", content.folder)
    };
    text::put(
        &text::fit(&place, muted, INNER),
        muted,
        (MARGIN, 132, INNER, 18),
        Align::Left,
    );
    let wait = Duration::from_secs(content.seconds.into());
    let left = wait.saturating_sub(opened.elapsed()).as_secs_f64().ceil() as u32;
    text::put(
        &format!("No answer means no. Closes in {left} s"),
        muted,
        (MARGIN, 150, INNER, 18),
        Align::Left,
    );
}
