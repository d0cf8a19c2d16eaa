//! The bar that names the operator for as long as a session lasts.
//!
//! Invariant: it stays above other windows and cannot be closed, only moved.

use super::{
    Tell,
    button::{Kind, button, keyed},
    chooser::Chooser,
    text::{self, Style},
    theme::{BODY, BOLD, REGULAR, SMALL, Theme},
};
use crate::{
    cli::Choose,
    connection::clock,
    ui::{
        times,
        words::{About, BarState, FromWindow, clean},
    },
};
use deskside_protocol::session::Scope;
use fltk::{
    app::{self, Screen},
    draw,
    enums::{Align, Event},
    frame::Frame,
    prelude::*,
    window::DoubleWindow,
};
use jiff::tz::TimeZone;
use std::{cell::Cell, rc::Rc};

const TITLE: &str = "Deskside: session";
const HEIGHT: i32 = 60;
const TEXT_WIDTH: i32 = 270;
/// With the words why nobody was asked.
const IN_ADVANCE_WIDTH: i32 = 520;
/// Of the name of who allowed it.
const OWNER_CHARS: usize = 32;
const BUTTON_WIDTH: i32 = 86;
const SEND_WIDTH: i32 = 112;
/// "f", because "Stop" has the other letter.
const SEND_KEY: usize = 5;

/// The open bar.
pub struct Bar {
    window: DoubleWindow,
    state: Rc<Cell<BarState>>,
    drawn: Rc<Cell<bool>>,
}

impl Bar {
    /// Shows the bar at the lower right of the screen where the mouse is.
    pub fn open(
        theme: &Theme,
        about: &About,
        state: BarState,
        tell: &Tell,
        chooser: &Chooser,
        open_chat: impl Fn() + 'static,
    ) -> Self {
        let theme = *theme;
        let about = About {
            in_advance: about.in_advance.clone(),
            ..About::new(&about.operator, &about.subject, &about.reference, about.scopes.clone())
        };
        let may_chat = about.scopes.contains(&Scope::Chat);
        let text_width = match &about.in_advance {
            Some(_) => IN_ADVANCE_WIDTH,
            None => TEXT_WIDTH,
        };
        let may_send = about.scopes.contains(&Scope::ReceiveFiles);
        let width =
            text_width + BUTTON_WIDTH * if may_chat { 2 } else { 1 } + if may_send { SEND_WIDTH } else { 0 } + 8;
        let place = Screen::work_area_mouse();
        let (x, y) = (place.x + place.w - width - 20, place.y + place.h - HEIGHT - 20);
        let mut window = DoubleWindow::new(x, y, width, HEIGHT, TITLE);
        window.set_border(false);
        window.set_color(theme.surface);

        let mut canvas = Frame::new(0, 0, width, HEIGHT, None);
        let (state, drawn) = (Rc::new(Cell::new(state)), Rc::new(Cell::new(false)));
        let (now, flag) = (state.clone(), drawn.clone());
        canvas.draw(move |_| {
            paint(&theme, &about, now.get(), width, text_width);
            flag.set(true);
        });

        let mut left = text_width;
        if may_chat {
            button(theme, Kind::Plain, "Chat", (left, 10, BUTTON_WIDTH, 40)).set_callback(move |_| open_chat());
            left += BUTTON_WIDTH;
        }
        if may_send {
            let (tell, chooser) = (tell.clone(), chooser.clone());
            keyed(theme, Kind::Plain, "Send file…", SEND_KEY, (left, 10, SEND_WIDTH, 40)).set_callback(move |_| {
                let tell = tell.clone();
                chooser.ask(Choose::File, None, move |path| {
                    if let Some(path) = path {
                        tell(FromWindow::SendFile { path });
                    }
                });
            });
            left += SEND_WIDTH;
        }
        let tell = tell.clone();
        button(theme, Kind::Danger, "Stop", (left, 10, BUTTON_WIDTH, 40)).set_callback(move |_| tell(FromWindow::Stop));
        // Neither Escape nor the window manager closes it.
        window.set_callback(|_| {});
        drag(&mut window);
        window.end();
        window.set_xclass(crate::ui::WINDOW_CLASS);
        window.show();
        window.set_on_top();
        Self { window, state, drawn }
    }

    /// Shows another state of the connection.
    pub fn update(&mut self, state: BarState) {
        self.state.set(state);
        self.window.redraw();
    }

    /// True once it was on the screen.
    pub fn is_drawn(&self) -> bool {
        self.drawn.get()
    }
}

fn drag(window: &mut DoubleWindow) {
    let grip = Rc::new(Cell::new((0, 0)));
    window.handle(move |window, event| match event {
        Event::Push => {
            grip.set((
                app::event_x_root() - window.x_root(),
                app::event_y_root() - window.y_root(),
            ));
            true
        }
        Event::Drag => {
            let (dx, dy) = grip.get();
            window.set_pos(app::event_x_root() - dx, app::event_y_root() - dy);
            true
        }
        _ => false,
    });
}

fn paint(theme: &Theme, about: &About, state: BarState, width: i32, text_width: i32) {
    draw::set_draw_color(theme.surface);
    draw::draw_rectf(0, 0, width, HEIGHT);
    draw::set_draw_color(theme.line);
    draw::draw_rect(0, 0, width, HEIGHT);
    let (dot, says) = match state {
        BarState::Connecting if about.in_advance.is_some() => (theme.waiting, "is connecting now"),
        BarState::Connecting => (theme.waiting, "is connecting…"),
        BarState::Connected => (theme.good, "is connected"),
        BarState::Interrupted => (theme.waiting, "was interrupted, reconnecting…"),
    };
    draw::set_draw_color(dot);
    draw::draw_rectf(0, 0, 5, HEIGHT);
    draw::draw_circle_fill(20, 15, 10, dot);
    let name = Style {
        font: BOLD,
        size: BODY,
        color: theme.text,
    };
    let (x, w) = (40, text_width - 48);
    text::put(&text::fit(&about.operator, name, w), name, (x, 9, w, 22), Align::Left);
    let small = Style {
        font: REGULAR,
        size: SMALL,
        color: theme.muted,
    };
    let says = match &about.in_advance {
        Some(allowed) => {
            let times = times::short(allowed.window, clock::machine(), &TimeZone::system());
            let owner = match clean(&allowed.owner, OWNER_CHARS) {
                owner if owner.is_empty() => "the owner".to_owned(),
                owner => owner,
            };
            format!("{says}, as {owner} allowed for {times}")
        }
        None => says.to_owned(),
    };
    let line = if about.reference.is_empty() {
        says
    } else {
        format!("{says} · {}", about.reference)
    };
    text::put(&text::fit(&line, small, w), small, (x, 31, w, 20), Align::Left);
}
