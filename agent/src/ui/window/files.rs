//! The files of a session: how far each is, and a way to stop it.

use super::{
    Tell,
    button::{Kind, button},
    text::{self, Style},
    theme::{BODY, BOLD, REGULAR, SMALL, Theme},
};
use crate::ui::words::{FileLine, FromWindow};
use deskside_protocol::{ids::TransferId, transfer::size_words};
use fltk::{
    app::Screen,
    draw,
    enums::{Align, FrameType},
    frame::Frame,
    group::{Scroll, ScrollType},
    prelude::*,
    window::DoubleWindow,
};
use std::{cell::RefCell, rc::Rc};

const TITLE: &str = "Deskside: files";
const WIDTH: i32 = 420;
const HEIGHT: i32 = 300;
const ROW: i32 = 84;
const MARGIN: i32 = 16;
const BUTTON: i32 = 92;
/// Room for the scroll bar.
const BAR: i32 = 14;

/// The window; hidden, not gone, when it is closed.
pub struct Files {
    theme: Theme,
    tell: Tell,
    window: DoubleWindow,
    scroll: Scroll,
    lines: Rc<RefCell<Vec<FileLine>>>,
    /// For which rows there are widgets.
    built: Vec<(TransferId, bool)>,
}

impl Files {
    /// Makes the window, above the bar; it is shown with its first line.
    pub fn new(theme: &Theme, tell: &Tell) -> Self {
        let place = Screen::work_area_mouse();
        let (x, y) = (
            place.x + place.w - WIDTH - 20,
            place.y + (place.h - HEIGHT - 100).max(20),
        );
        let mut window = DoubleWindow::new(x, y, WIDTH, HEIGHT, TITLE);
        window.set_color(theme.surface);
        let mut scroll = Scroll::new(0, 0, WIDTH, HEIGHT, None);
        scroll.set_type(ScrollType::Vertical);
        scroll.set_frame(FrameType::FlatBox);
        scroll.set_color(theme.surface);
        scroll.set_scrollbar_size(BAR);
        scroll.end();
        window.resizable(&scroll);
        window.set_callback(DoubleWindow::hide);
        window.end();
        window.size_range(WIDTH, ROW + 20, WIDTH, 0);
        window.set_xclass(crate::ui::WINDOW_CLASS);
        Self {
            theme: *theme,
            tell: tell.clone(),
            window,
            scroll,
            lines: Rc::default(),
            built: Vec::new(),
        }
    }

    /// Shows these files, the newest first.
    pub fn set(&mut self, mut lines: Vec<FileLine>) {
        lines.reverse();
        let rows: Vec<_> = lines.iter().map(|line| (line.id, line.open)).collect();
        let known = |id: &TransferId| self.built.iter().any(|(other, _)| other == id);
        let new = rows.iter().any(|(id, _)| !known(id));
        *self.lines.borrow_mut() = lines;
        if rows != self.built {
            self.build(&rows);
            self.built = rows;
        }
        if new && !self.window.shown() {
            self.window.show();
            self.window.set_on_top();
        }
        self.window.redraw();
    }

    fn build(&mut self, rows: &[(TransferId, bool)]) {
        self.scroll.scroll_to(0, 0);
        self.scroll.clear();
        self.scroll.begin();
        for (index, (id, open)) in rows.iter().enumerate() {
            let (id, y) = (*id, index as i32 * ROW);
            let (theme, lines) = (self.theme, self.lines.clone());
            let mut row = Frame::new(0, y, WIDTH - BAR, ROW, None);
            row.draw(move |row| {
                if let Some(line) = lines.borrow().get(index) {
                    paint(&theme, line, row.y());
                }
            });
            if *open {
                let tell = self.tell.clone();
                let place = (WIDTH - BAR - MARGIN - BUTTON, y + 10, BUTTON, 36);
                button(theme, Kind::Plain, "Cancel", place).set_callback(move |_| tell(FromWindow::CancelFile { id }));
            }
        }
        self.scroll.end();
        // Ending a group makes its parent the current one, and the next window would open inside of this one.
        self.window.end();
        self.scroll.redraw();
    }
}

fn paint(theme: &Theme, line: &FileLine, y: i32) {
    let width = WIDTH - BAR - 2 * MARGIN;
    let beside = if line.open { width - BUTTON - 8 } else { width };
    draw::set_draw_color(theme.surface);
    draw::draw_rectf(0, y, WIDTH - BAR, ROW);
    let style = |font, size, color| Style { font, size, color };
    let name = style(BOLD, BODY, theme.text);
    let small = style(REGULAR, SMALL, theme.muted);
    text::put(
        &text::fit(&line.name, name, beside),
        name,
        (MARGIN, y + 8, beside, 20),
        Align::Left,
    );
    let way = if line.incoming {
        "to this device"
    } else {
        "to the assistant"
    };
    let size = if line.open && line.done > 0 {
        format!("{} of {} · {way}", size_words(line.done), size_words(line.size))
    } else {
        format!("{} · {way}", size_words(line.size))
    };
    text::put(
        &text::fit(&size, small, beside),
        small,
        (MARGIN, y + 28, beside, 18),
        Align::Left,
    );
    text::put(
        &text::fit(&line.says, small, width),
        small,
        (MARGIN, y + 48, width, 18),
        Align::Left,
    );
    if line.open {
        let share = if line.size == 0 {
            0.0
        } else {
            line.done as f64 / line.size as f64
        };
        draw::set_draw_color(theme.card);
        draw::draw_rectf(MARGIN, y + 68, width, 4);
        draw::set_draw_color(theme.accent);
        draw::draw_rectf(MARGIN, y + 68, (f64::from(width) * share.min(1.0)).round() as i32, 4);
    }
    draw::set_draw_color(theme.line);
    draw::draw_line(MARGIN, y + ROW - 1, MARGIN + width, y + ROW - 1);
}
