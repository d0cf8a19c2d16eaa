//! What was allowed in advance, shown to whoever is at the device.
//!
//! Invariant: it tells once what the person did; closing it is reading it, and takes nothing back.

use super::{
    Tell,
    button::{Kind, button, deaf_to_typing},
    text::{self, Style},
    theme::{self, BODY, BOLD, HEADING, REGULAR, SMALL, Theme},
};
use crate::{
    connection::clock,
    ui::{
        times,
        words::{FromWindow, Notice as Shown},
    },
};
use fltk::{draw, enums::Align, frame::Frame, prelude::*, window::DoubleWindow};
use jiff::tz::TimeZone;
use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

const TITLE: &str = "Deskside: allowed in advance";
const TITLE_BAR: i32 = 32;
const WIDTH: i32 = 480;
const MARGIN: i32 = 28;
const INNER: i32 = WIDTH - 2 * MARGIN;
/// Times that it lists; the request's page has all of them.
const TIMES: usize = 6;
/// Somebody who is typing when it appears does not close it with Enter or Space.
const TYPING: Duration = Duration::from_millis(1000);

/// The open notice; dropping it closes the window.
pub struct Notice {
    window: DoubleWindow,
    drawn: Rc<Cell<bool>>,
}

struct Content {
    lead: String,
    lead_height: i32,
    times: Vec<String>,
    request: String,
}

impl Notice {
    /// Shows the notice in the middle of the screen where the mouse is.
    pub fn open(theme: &Theme, shown: &Shown, tell: &Tell) -> Self {
        let theme = *theme;
        let content = content(&theme, &shown.cleaned());
        let height = 66 + content.lead_height + 14 + 24 * content.times.len() as i32 + 34 + 30 + 82;
        let place = theme::room_for(WIDTH, height + TITLE_BAR);
        let (x, y) = (place.x + (place.w - WIDTH) / 2, place.y + (place.h - height) / 2);
        let mut window = DoubleWindow::new(x, y, WIDTH, height, TITLE);
        window.set_color(theme.surface);
        let mut canvas = Frame::new(0, 0, WIDTH, height, None);
        let drawn = Rc::new(Cell::new(false));
        let flag = drawn.clone();
        canvas.draw(move |canvas| {
            paint(&theme, &content, canvas.h());
            flag.set(true);
        });

        let done = Rc::new(Cell::new(false));
        let say = {
            let tell = tell.clone();
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
            (WIDTH - MARGIN - 266, top, 140, 42),
        );
        let mut ok = button(theme, Kind::Primary, "OK", (WIDTH - MARGIN - 120, top, 120, 42));
        for (button, taken_back) in [(&mut take_back, true), (&mut ok, false)] {
            deaf_to_typing(button, Instant::now() + TYPING);
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
        window.set_callback(move |window| {
            say(FromWindow::Read);
            window.hide();
        });
        window.end();
        window.set_xclass("deskside-agent");
        window.make_resizable(false);
        window.show();
        window.set_on_top();
        let _ = ok.take_focus();
        Self { window, drawn }
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
    let words = shown.windows.iter().take(TIMES);
    let mut times: Vec<String> = words.map(|window| times::window(*window, now, &zone)).collect();
    let more = shown.windows.len().saturating_sub(TIMES);
    if more > 0 {
        times.push(format!("and {more} more, on the request's page"));
    }
    Content {
        lead_height: text::height(&lead, style, INNER).min(3 * (BODY + 5)),
        lead,
        times,
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
    draw::set_draw_color(theme.surface);
    draw::draw_rectf(0, 0, WIDTH, height);
    let heading = Style {
        font: BOLD,
        size: HEADING,
        ..body
    };
    text::put("Allowed in advance", heading, (MARGIN, 22, INNER, 28), Align::Left);
    let mut y = 66;
    let place = (MARGIN, y, INNER, content.lead_height);
    text::put(&content.lead, body, place, Align::Left | Align::Top | Align::Wrap);
    y += content.lead_height + 10;
    let bold = Style { font: BOLD, ..body };
    for time in &content.times {
        text::put(
            &text::fit(time, bold, INNER - 16),
            bold,
            (MARGIN + 16, y, INNER - 16, 24),
            Align::Left,
        );
        y += 24;
    }
    let muted = Style {
        size: SMALL,
        color: theme.muted,
        ..body
    };
    let request = text::fit(&content.request, muted, INNER);
    text::put(&request, muted, (MARGIN, y + 8, INNER, 20), Align::Left);
    text::put(
        "You see every connection, and can stop it at any time.",
        muted,
        (MARGIN, y + 32, INNER, 20),
        Align::Left,
    );
}
