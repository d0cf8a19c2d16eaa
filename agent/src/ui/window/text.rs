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

/// `text` cut in its middle to fit `width` on one line, so that the end always shows.
pub fn fit_middle(text: &str, style: Style, most: i32) -> String {
    if width(text, style) <= most {
        return text.into();
    }
    let chars: Vec<char> = text.chars().collect();
    let fits = |kept: &usize| width(&without_middle(&chars, *kept), style) <= most;
    let kept = (0..chars.len()).rev().find(fits).unwrap_or(0);
    without_middle(&chars, kept)
}

/// As many of `chars` as are to be kept, more of them from the end than from the beginning.
fn without_middle(chars: &[char], kept: usize) -> String {
    let first = kept / 3;
    let end = chars.len() - (kept - first);
    chars[..first].iter().chain(&['…']).chain(&chars[end..]).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_its_middle_a_name_keeps_its_ending() {
        let chars: Vec<char> = "invoice.pdf and much more.exe".chars().collect();
        assert_eq!(without_middle(&chars, 12), "invo…more.exe");
        assert_eq!(without_middle(&chars, 0), "…");
    }
}
