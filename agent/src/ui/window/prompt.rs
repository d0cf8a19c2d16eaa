//! The question whether an operator may connect.
//!
//! Invariant: it answers once, and nothing that is done right after it appeared answers it; closing it never accepts.

use super::{
    Tell,
    button::{Kind, button},
    fresh::Fresh,
    text::{self, Style},
    theme::{self, BODY, BOLD, HEADING, REGULAR, SMALL, Theme},
};
use crate::ui::words::{About, FromWindow, clean};
use fltk::{draw, enums::Align, frame::Frame, prelude::*, window::DoubleWindow};
use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

const TITLE: &str = "Deskside: connection request";
/// What a window manager's title bar may take.
const TITLE_BAR: i32 = 32;
const WIDTH: i32 = 480;
const MARGIN: i32 = 28;
const INNER: i32 = WIDTH - 2 * MARGIN;

/// The open prompt; dropping it closes the window.
pub struct Prompt {
    window: DoubleWindow,
    canvas: Frame,
    drawn: Rc<Cell<bool>>,
    fresh: Fresh,
    answered: Rc<Cell<bool>>,
}

struct Content {
    about: About,
    lines: Vec<&'static str>,
    request_height: i32,
    opened: Instant,
    wait: Duration,
}

impl Prompt {
    /// Shows the prompt in the middle of the screen where the mouse is.
    pub fn open(theme: &Theme, about: &About, seconds: u32, tell: &Tell) -> Self {
        let theme = *theme;
        let about = About::new(&about.operator, &about.subject, &about.reference, about.scopes.clone());
        let request = Style {
            font: BOLD,
            size: BODY,
            color: theme.text,
        };
        let request_height = text::height(&about.request(), request, INNER - 32).min(3 * (BODY + 5));
        let lines = about.asked();
        let height = 92 + 52 + request_height + 40 + 24 * lines.len() as i32 + 34 + 92;
        let place = theme::room_for(WIDTH, height + TITLE_BAR);
        let (x, y) = (place.x + (place.w - WIDTH) / 2, place.y + (place.h - height) / 2);

        let mut window = DoubleWindow::new(x, y, WIDTH, height, TITLE);
        window.set_color(theme.surface);
        let mut canvas = Frame::new(0, 0, WIDTH, height, None);
        let drawn = Rc::new(Cell::new(false));
        let content = Content {
            about,
            lines,
            request_height,
            opened: Instant::now(),
            wait: Duration::from_secs(seconds.into()),
        };
        let flag = drawn.clone();
        canvas.draw(move |canvas| {
            paint(&theme, &content, canvas.h());
            flag.set(true);
        });

        let answered = Rc::new(Cell::new(false));
        let answer = {
            let (tell, answered) = (tell.clone(), answered.clone());
            move |accepted| {
                if !answered.replace(true) {
                    tell(FromWindow::Answered { accepted });
                }
            }
        };
        let top = height - 62;
        let mut decline = button(theme, Kind::Plain, "Decline", (WIDTH - MARGIN - 246, top, 120, 42));
        let mut accept = button(theme, Kind::Primary, "Accept", (WIDTH - MARGIN - 120, top, 120, 42));
        let fresh = Fresh::new();
        for (button, accepted) in [(&mut decline, false), (&mut accept, true)] {
            fresh.guard(button, &window);
            let answer = answer.clone();
            button.set_callback(move |button| {
                answer(accepted);
                close(button.window());
            });
        }
        // The window's own callback is what its close button and Escape call.
        let young = fresh.clone();
        window.set_callback(move |window| {
            if !young.is_now() {
                answer(false);
                window.hide();
            }
        });
        window.end();
        window.set_xclass(crate::ui::WINDOW_CLASS);
        window.make_resizable(false);
        window.show();
        window.set_on_top();
        let _ = decline.take_focus();
        Self {
            window,
            canvas,
            drawn,
            fresh,
            answered,
        }
    }

    /// True until it is answered.
    pub fn is_open(&self) -> bool {
        !self.answered.get()
    }

    /// Draws the countdown.
    pub fn tick(&mut self) {
        self.fresh.look(&self.window);
        if self.window.shown() {
            self.canvas.redraw();
            self.window.redraw();
        }
    }

    /// True once it was on the screen.
    pub fn is_drawn(&self) -> bool {
        self.drawn.get()
    }
}

fn close(window: Option<Box<dyn WindowExt>>) {
    if let Some(mut window) = window {
        window.hide();
    }
}

impl Drop for Prompt {
    fn drop(&mut self) {
        self.window.hide();
        DoubleWindow::delete(self.window.clone());
    }
}

fn paint(theme: &Theme, content: &Content, height: i32) {
    let heading = Style {
        font: BOLD,
        size: HEADING,
        color: theme.text,
    };
    let body = Style {
        font: REGULAR,
        size: BODY,
        color: theme.text,
    };
    let muted = Style {
        font: REGULAR,
        size: SMALL,
        color: theme.muted,
    };
    draw::set_draw_color(theme.surface);
    draw::draw_rectf(0, 0, WIDTH, height);

    let face = 52;
    draw::draw_circle_fill(MARGIN, MARGIN - 4, face, theme.accent);
    let initials = Style {
        font: BOLD,
        size: HEADING,
        color: theme.on_accent,
    };
    text::put(
        &letters(&content.about.operator),
        initials,
        (MARGIN, MARGIN - 4, face, face),
        Align::Center,
    );
    let (x, w) = (MARGIN + face + 16, INNER - face - 16);
    text::put(
        &text::fit(&content.about.operator, heading, w),
        heading,
        (x, MARGIN - 4, w, 28),
        Align::Left,
    );
    text::put(
        "asks to connect to this computer",
        Style {
            color: theme.muted,
            ..body
        },
        (x, MARGIN + 24, w, 22),
        Align::Left,
    );

    let mut y = 92;
    draw::set_draw_color(theme.card);
    draw::draw_rounded_rectf(MARGIN, y, INNER, content.request_height + 44, 8);
    text::put(
        "For your request",
        muted,
        (MARGIN + 16, y + 9, INNER - 32, 18),
        Align::Left,
    );
    let request = Style { font: BOLD, ..body };
    let place = (MARGIN + 16, y + 29, INNER - 32, content.request_height);
    text::put(
        &content.about.request(),
        request,
        place,
        Align::Left | Align::Top | Align::Wrap,
    );

    y += 52 + content.request_height;
    let first = content.about.operator.split(' ').next().unwrap_or_default();
    let lead = format!("If you accept, {} can", clean(first, 30));
    text::put(&lead, body, (MARGIN, y + 8, INNER, 24), Align::Left);
    y += 36;
    for line in &content.lines {
        text::put(
            "•",
            Style {
                font: BOLD,
                color: theme.accent,
                ..body
            },
            (MARGIN + 4, y, 14, 24),
            Align::Left,
        );
        text::put(line, body, (MARGIN + 22, y, INNER - 22, 24), Align::Left);
        y += 24;
    }
    text::put(
        "You can stop it at any time.",
        Style { size: BODY, ..muted },
        (MARGIN, y + 6, INNER, 24),
        Align::Left,
    );

    countdown(theme, content, muted, height);
}

fn countdown(theme: &Theme, content: &Content, style: Style, height: i32) {
    let left = content.wait.saturating_sub(content.opened.elapsed());
    let share = if content.wait.is_zero() {
        0.0
    } else {
        left.as_secs_f64() / content.wait.as_secs_f64()
    };
    let y = height - 82;
    draw::set_draw_color(theme.card);
    draw::draw_rectf(0, y, WIDTH, 4);
    draw::set_draw_color(theme.accent);
    draw::draw_rectf(0, y, (f64::from(WIDTH) * share).round() as i32, 4);
    let seconds = left.as_secs_f64().ceil() as u32;
    text::put("No answer means no.", style, (MARGIN, y + 22, 170, 18), Align::Left);
    text::put(
        &format!("Closes in {seconds} s"),
        style,
        (MARGIN, y + 40, 170, 18),
        Align::Left,
    );
}

/// The first letters of the first and the last name.
fn letters(name: &str) -> String {
    let mut firsts = name
        .split(' ')
        .filter_map(|word| word.chars().next())
        .filter(|c| c.is_alphanumeric());
    let first = firsts.next();
    first
        .into_iter()
        .chain(firsts.next_back())
        .flat_map(char::to_uppercase)
        .take(2)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_has_the_first_letters_of_the_first_and_last_name() {
        assert_eq!(letters("Oscar Operator"), "OO");
        assert_eq!(letters("Åsa van der Berg"), "ÅB");
        assert_eq!(letters("oscar"), "O");
        assert_eq!(letters("@ -"), "");
    }
}
