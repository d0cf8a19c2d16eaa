//! Buttons of the agent's windows: flat, round, with a focus ring and their access key underlined.

use super::{
    text::{self, Style},
    theme::{BODY, BOLD, Theme},
};
use fltk::{
    app,
    button::Button,
    draw,
    enums::{Align, Color, Event, Key, Shortcut},
    prelude::*,
};

/// How a button looks.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// The answer that goes on.
    Primary,
    /// The other one.
    Plain,
    /// The one that ends something.
    Danger,
}

/// A button at a place. Alt and the first letter of `label` press it from anywhere in the window; Enter and Space when
/// it has the focus.
pub fn button(theme: Theme, kind: Kind, label: &'static str, place: (i32, i32, i32, i32)) -> Button {
    keyed(theme, kind, label, 0, place)
}

/// As [`button`], where another button of the window begins with the same letter: `key` is the place of the access key
/// in the label, characters.
pub fn keyed(theme: Theme, kind: Kind, label: &'static str, key: usize, (x, y, w, h): (i32, i32, i32, i32)) -> Button {
    let mut button = Button::new(x, y, w, h, None);
    if let Some(letter) = label.chars().nth(key) {
        button.set_shortcut(Shortcut::Alt | Shortcut::from_char(letter.to_ascii_lowercase()));
    }
    button.draw(move |button| paint(theme, kind, label, key, button));
    button.super_handle_first(false);
    button.handle(handle);
    button
}

/// What a button does with an event before FLTK sees it; true when that is all.
pub fn handle(button: &mut Button, event: Event) -> bool {
    match event {
        Event::KeyDown if is_enter() => {
            button.do_callback();
            return true;
        }
        Event::Enter | Event::Leave | Event::Focus | Event::Unfocus => button.redraw(),
        _ => {}
    }
    false
}

fn is_enter() -> bool {
    matches!(app::event_key(), Key::Enter | Key::KPEnter)
}

fn paint(theme: Theme, kind: Kind, label: &str, key: usize, button: &Button) {
    let (x, y, w, h) = (button.x(), button.y(), button.w(), button.h());
    let (fill, ink, edge) = match kind {
        Kind::Primary => (theme.accent, theme.on_accent, theme.accent),
        Kind::Danger => (theme.danger, theme.on_danger, theme.danger),
        Kind::Plain => (theme.surface, theme.text, theme.line),
    };
    let under_mouse = app::belowmouse::<Button>().is_some_and(|other| other.as_widget_ptr() == button.as_widget_ptr());
    let mix = |amount: f32| Color::color_average(theme.text, fill, amount);
    let fill = if button.value() {
        mix(0.2)
    } else if under_mouse {
        mix(0.08)
    } else {
        fill
    };
    draw::set_draw_color(theme.surface);
    draw::draw_rectf(x, y, w, h);
    let ring = 3;
    let (bx, by, bw, bh) = (x + ring, y + ring, w - 2 * ring, h - 2 * ring);
    draw::set_draw_color(fill);
    draw::draw_rounded_rectf(bx, by, bw, bh, 7);
    draw::set_draw_color(edge);
    draw::draw_rounded_rect(bx, by, bw, bh, 7);
    if button.has_focus() {
        draw::set_draw_color(theme.accent);
        draw::set_line_style(draw::LineStyle::Solid, 2);
        draw::draw_rounded_rect(x + 1, y + 1, w - 2, h - 2, 9);
        draw::set_line_style(draw::LineStyle::Solid, 0);
    }
    let style = Style {
        font: BOLD,
        size: BODY,
        color: ink,
    };
    text::put(label, style, (bx, by, bw, bh), Align::Center);
    let before: String = label.chars().take(key).collect();
    let first: String = label.chars().skip(key).take(1).collect();
    let left = bx + (bw - text::width(label, style)) / 2 + text::width(&before, style);
    let under = by + bh / 2 + draw::height() / 2 - draw::descent() + 2;
    draw::set_draw_color(ink);
    draw::draw_line(left, under, left + text::width(&first, style) - 1, under);
}
