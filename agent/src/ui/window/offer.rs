//! The question whether an offered file is wanted.
//!
//! Invariant: it answers once, and nothing that is done right after it appeared answers it; closing it never saves.

use super::{
    Tell,
    button::{Kind, button},
    chooser::Chooser,
    fresh::Fresh,
    text::{self, Style},
    theme::{self, BODY, BOLD, HEADING, REGULAR, SMALL, Theme},
};
use crate::{
    cli::Choose,
    ui::words::{FileAnswer, FromWindow},
};
use deskside_protocol::{ids::TransferId, transfer::size_words};
use fltk::{draw, enums::Align, frame::Frame, prelude::*, window::DoubleWindow};
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

/// What is asked.
pub struct Content {
    pub id: TransferId,
    pub operator: String,
    pub name: String,
    pub size: u64,
    pub folder: String,
    pub seconds: u32,
    /// When it was asked; it may have waited for another one.
    pub asked: Instant,
}

/// The open question; dropping it closes the window.
pub struct Offer {
    id: TransferId,
    window: DoubleWindow,
    canvas: Frame,
    fresh: Fresh,
    chooser: Chooser,
    answered: Rc<Cell<bool>>,
}

impl Offer {
    /// Shows the question in the middle of the screen where the mouse is.
    pub fn open(theme: &Theme, content: Content, tell: &Tell, chooser: &Chooser) -> Self {
        let (theme, id) = (*theme, content.id);
        let place = theme::room_for(WIDTH, HEIGHT + TITLE_BAR);
        let (x, y) = (place.x + (place.w - WIDTH) / 2, place.y + (place.h - HEIGHT) / 2);
        let mut window = DoubleWindow::new(x, y, WIDTH, HEIGHT, TITLE);
        window.set_color(theme.surface);
        let mut canvas = Frame::new(0, 0, WIDTH, HEIGHT, None);
        canvas.draw(move |_| paint(&theme, &content));

        let answered = Rc::new(Cell::new(false));
        let answer = {
            let (tell, chooser, answered) = (tell.clone(), chooser.clone(), answered.clone());
            move |answer| {
                if !answered.replace(true) {
                    tell(FromWindow::FileAnswered { id, answer });
                    chooser.close_of(id);
                }
            }
        };
        let top = HEIGHT - 62;
        let mut choose = button(theme, Kind::Plain, "Choose folder…", (MARGIN - 3, top, 150, 42));
        let mut refuse = button(theme, Kind::Plain, "Refuse", (WIDTH - MARGIN - 226, top, 110, 42));
        let mut save = button(theme, Kind::Primary, "Save", (WIDTH - MARGIN - 110, top, 110, 42));
        let fresh = Fresh::new();
        for button in [&mut choose, &mut refuse, &mut save] {
            fresh.guard(button, &window);
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
        let (dialogs, behind, again) = (chooser.clone(), window.clone(), fresh.clone());
        choose.set_callback(move |_| {
            let (chosen, mut window, fresh) = (chosen.clone(), behind.clone(), again.clone());
            let opened = dialogs.ask(Choose::Folder, Some(id), move |folder| match folder {
                Some(folder) => chosen(FileAnswer::Save { folder: Some(folder) }),
                None => {
                    fresh.renew();
                    window.show();
                    window.set_on_top();
                }
            });
            // It lies above all others, so above the dialog too.
            if opened {
                behind.clone().hide();
            }
        });
        // The window's own callback is what its close button and Escape call.
        let young = fresh.clone();
        window.set_callback(move |window| {
            if !young.is_now() {
                answer(FileAnswer::Refuse);
                window.hide();
            }
        });
        window.end();
        window.set_xclass(crate::ui::WINDOW_CLASS);
        window.make_resizable(false);
        window.show();
        window.set_on_top();
        let _ = refuse.take_focus();
        Self {
            id,
            window,
            canvas,
            fresh,
            chooser: chooser.clone(),
            answered,
        }
    }

    /// True until it is answered.
    pub fn is_open(&self) -> bool {
        !self.answered.get()
    }

    pub fn id(&self) -> TransferId {
        self.id
    }

    /// Draws the countdown.
    pub fn tick(&mut self) {
        self.fresh.look(&self.window);
        if self.window.shown() {
            self.canvas.redraw();
            self.window.redraw();
        }
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        self.answered.set(true);
        self.chooser.close_of(self.id);
        self.window.hide();
        DoubleWindow::delete(self.window.clone());
    }
}

fn close(window: Option<Box<dyn WindowExt>>) {
    if let Some(mut window) = window {
        window.hide();
    }
}

fn paint(theme: &Theme, content: &Content) {
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
    let left = wait.saturating_sub(content.asked.elapsed()).as_secs_f64().ceil() as u32;
    text::put(
        &format!("No answer means no. Closes in {left} s"),
        muted,
        (MARGIN, 150, INNER, 18),
        Align::Left,
    );
}
