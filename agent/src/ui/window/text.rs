//! Text on a canvas.
//!
//! Invariant: what is drawn is what was given: nothing here reads FLTK's own signs, such as `@` for symbols.

use fltk::{
    draw,
    enums::{Align, Color, Font},
};

/// A style of text.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub font: Font,
    pub size: i32,
    pub color: Color,
}

/// Height of `text` when it is wrapped to `width`.
pub fn height(text: &str, style: Style, width: i32) -> i32 {
    draw::set_font(style.font, style.size);
    draw::wrap_measure(text, width, false).1.max(draw::height())
}

/// Width of `text` on one line.
pub fn width(text: &str, style: Style) -> i32 {
    draw::set_font(style.font, style.size);
    draw::measure(text, false).0
}

/// Draws `text` into a box.
pub fn put(text: &str, style: Style, (x, y, w, h): (i32, i32, i32, i32), align: Align) {
    draw::set_font(style.font, style.size);
    draw::set_draw_color(style.color);
    draw::draw_text2(text, x, y, w, h, align | Align::Inside | Align::Clip);
}

/// `text` cut to fit `width` on one line, with an ellipsis.
pub fn fit(text: &str, style: Style, most: i32) -> String {
    if width(text, style) <= most {
        return text.into();
    }
    let chars: Vec<char> = text.chars().collect();
    let fits = |length: &usize| width(&(chars[..*length].iter().collect::<String>() + "…"), style) <= most;
    let length = (0..chars.len()).rev().find(fits).unwrap_or(0);
    chars[..length].iter().collect::<String>().trim_end().to_owned() + "…"
}
