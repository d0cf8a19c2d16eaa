//! What was allowed in advance, shown to whoever is at the device.
//!
//! Invariant: it says all that was allowed: every time, and what whoever connects may do. It tells once what the person
//! did, and nothing that is done right after it appeared counts; closing it is reading it, and takes nothing back.

use super::{
    Tell,
    button::{Kind, button},
    fresh::Fresh,
    text::{self, Style},
    theme::{self, BODY, BOLD, HEADING, REGULAR, SMALL, Theme},
};
use crate::{
    connection::clock,
    ui::{
        times,
        words::{FromWindow, Notice as Shown, asked},
    },
};
use fltk::{draw, enums::Align, frame::Frame, prelude::*, window::DoubleWindow};
use jiff::tz::TimeZone;
use std::{cell::Cell, rc::Rc};

const TITLE: &str = "Deskside: allowed in advance";
const TITLE_BAR: i32 = 32;
const WIDTH: i32 = 480;
/// With two columns of times.
const WIDE: i32 = 680;
const MARGIN: i32 = 28;
const ROW: i32 = 24;
/// More times than this have two columns.
const ONE_COLUMN: usize = 8;

/// The open notice; dropping it closes the window.
pub struct Notice {
    window: DoubleWindow,
    drawn: Rc<Cell<bool>>,
    fresh: Fresh,
    done: Rc<Cell<bool>>,
}

struct Content {
    lead: String,
    lead_height: i32,
    times: Vec<String>,
    columns: usize,
    scopes: Vec<&'static str>,
    request: String,
}

impl Content {
    fn width(&self) -> i32 {
        if self.columns > 1 { WIDE } else { WIDTH }
    }

    fn rows(&self) -> i32 {
        self.times.len().div_ceil(self.columns) as i32
    }
}

impl Notice {
    /// Shows the notice in the middle of the screen where the mouse is.
    pub fn open(theme: &Theme, shown: &Shown, tell: &Tell) -> Self {
        let theme = *theme;
        let content = content(&theme, &shown.cleaned());
        let (width, lines) = (content.width(), content.rows() + content.scopes.len() as i32);
        let height = 66 + content.lead_height + 14 + ROW * lines + 34 + 34 + 30 + 82;
        let place = theme::room_for(width, height + TITLE_BAR);
        let (x, y) = (place.x + (place.w - width) / 2, place.y + (place.h - height) / 2);
        let mut window = DoubleWindow::new(x, y, width, height, TITLE);
        window.set_color(theme.surface);
        let mut canvas = Frame::new(0, 0, width, height, None);
        let drawn = Rc::new(Cell::new(false));
        let flag = drawn.clone();
        canvas.draw(move |canvas| {
            paint(&theme, &content, canvas.h());
            flag.set(true);
        });

        let done = Rc::new(Cell::new(false));
        let say = {
            let (tell, done) = (tell.clone(), done.clone());
            move |what| {
                if !done.replace(true) {
                    tell(what);
                }
            }
        };
        let top = height - 62;
        let mut take_back = button(
            theme,
            Kind::Danger,
            "Take it back",
            (width - MARGIN - 266, top, 140, 42),
        );
        let mut ok = button(theme, Kind::Primary, "OK", (width - MARGIN - 120, top, 120, 42));
        let fresh = Fresh::new();
        for (button, taken_back) in [(&mut take_back, true), (&mut ok, false)] {
            fresh.guard(button, &window);
            let say = say.clone();
            button.set_callback(move |button| {
                say(if taken_back {
                    FromWindow::TakenBack
                } else {
                    FromWindow::Read
                });
                if let Some(mut window) = button.window() {
                    window.hide();
                }
            });
        }
        let young = fresh.clone();
        window.set_callback(move |window| {
            if !young.is_now() {
                say(FromWindow::Read);
                window.hide();
            }
        });
        window.end();
        window.set_xclass(crate::ui::WINDOW_CLASS);
        window.make_resizable(false);
        window.show();
        window.set_on_top();
        let _ = ok.take_focus();
        Self {
            window,
            drawn,
            fresh,
            done,
        }
    }

    /// True until it is closed.
    pub fn is_open(&self) -> bool {
        !self.done.get()
    }

    /// Looks whether it is covered.
    pub fn tick(&mut self) {
        self.fresh.look(&self.window);
    }

    /// True once it was on the screen.
    pub fn is_drawn(&self) -> bool {
        self.drawn.get()
    }
}

impl Drop for Notice {
    fn drop(&mut self) {
        self.window.hide();
        DoubleWindow::delete(self.window.clone());
    }
}

fn content(theme: &Theme, shown: &Shown) -> Content {
    let owner = match shown.owner.as_str() {
        "" => "The owner",
        owner => owner,
    };
    let lead = format!("{owner} allowed the helpdesk to connect to this device without asking:");
    let style = Style {
        font: REGULAR,
        size: BODY,
        color: theme.text,
    };
    let (now, zone) = (clock::machine(), TimeZone::system());
    let words = shown.windows.iter();
    let times: Vec<String> = words.map(|window| times::window(*window, now, &zone)).collect();
    Content {
        lead_height: text::height(&lead, style, WIDTH - 2 * MARGIN).min(3 * (BODY + 5)),
        lead,
        columns: if times.len() > ONE_COLUMN { 2 } else { 1 },
        times,
        scopes: asked(&shown.scopes),
        request: match (shown.reference.as_str(), shown.subject.as_str()) {
            (reference, "") => format!("For request {reference}"),
            (reference, subject) => format!("For request {reference} · {subject}"),
        },
    }
}

fn paint(theme: &Theme, content: &Content, height: i32) {
    let body = Style {
        font: REGULAR,
        size: BODY,
        color: theme.text,
    };
    let inner = content.width() - 2 * MARGIN;
    draw::set_draw_color(theme.surface);
    draw::draw_rectf(0, 0, content.width(), height);
    let heading = Style {
        font: BOLD,
        size: HEADING,
        ..body
    };
    text::put("Allowed in advance", heading, (MARGIN, 22, inner, 28), Align::Left);
    let mut y = 66;
    let place = (MARGIN, y, inner, content.lead_height);
    text::put(&content.lead, body, place, Align::Left | Align::Top | Align::Wrap);
    y += content.lead_height + 10;
    let bold = Style { font: BOLD, ..body };
    let column = (inner - 16) / content.columns as i32;
    for (index, time) in content.times.iter().enumerate() {
        let (across, down) = (index as i32 / content.rows(), index as i32 % content.rows());
        let place = (MARGIN + 16 + across * column, y + down * ROW, column - 8, ROW);
        text::put(&text::fit(time, bold, column - 8), bold, place, Align::Left);
    }
    y += ROW * content.rows() + 6;
    text::put("Whoever connects can", body, (MARGIN, y, inner, ROW), Align::Left);
    y += ROW + 4;
    for scope in &content.scopes {
        let dot = Style {
            color: theme.accent,
            ..bold
        };
        text::put("•", dot, (MARGIN + 4, y, 14, ROW), Align::Left);
        text::put(scope, body, (MARGIN + 22, y, inner - 22, ROW), Align::Left);
        y += ROW;
    }
    let muted = Style {
        size: SMALL,
        color: theme.muted,
        ..body
    };
    let request = text::fit(&content.request, muted, inner);
    text::put(&request, muted, (MARGIN, y + 8, inner, 20), Align::Left);
    text::put(
        "You see every connection, and can stop it at any time.",
        muted,
        (MARGIN, y + 32, inner, 20),
        Align::Left,
    );
}
