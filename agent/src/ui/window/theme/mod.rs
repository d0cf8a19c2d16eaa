//! Colours, fonts and measures of the agent's windows.

#[cfg(not(windows))]
mod linux;
#[cfg(windows)]
mod windows;

#[cfg(not(windows))]
use linux as system;
#[cfg(windows)]
use windows as system;

use fltk::{
    app::{Screen, screen_num, screen_scale, set_screen_scale},
    draw::Rect,
    enums::{Color, Font},
};

/// Regular text.
pub const REGULAR: Font = Font::Helvetica;
/// Names and headings.
pub const BOLD: Font = Font::HelveticaBold;

/// Text sizes in units of the scaled screen.
pub const HEADING: i32 = 19;
pub const BODY: i32 = 14;
pub const SMALL: i32 = 12;

/// One set of colours.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    pub surface: Color,
    pub card: Color,
    pub line: Color,
    pub text: Color,
    pub muted: Color,
    pub accent: Color,
    pub on_accent: Color,
    pub danger: Color,
    pub on_danger: Color,
    pub good: Color,
    pub waiting: Color,
}

const LIGHT: Theme = Theme {
    surface: Color::from_hex(0xFF_FF_FF),
    card: Color::from_hex(0xF2_F5_F7),
    line: Color::from_hex(0xC9_D2_DA),
    text: Color::from_hex(0x17_23_2E),
    muted: Color::from_hex(0x52_61_70),
    accent: Color::from_hex(0x0B_6E_66),
    on_accent: Color::from_hex(0xFF_FF_FF),
    danger: Color::from_hex(0xB3_26_1E),
    on_danger: Color::from_hex(0xFF_FF_FF),
    good: Color::from_hex(0x1A_8F_4C),
    waiting: Color::from_hex(0xB8_6E_00),
};

const DARK: Theme = Theme {
    surface: Color::from_hex(0x1B_21_28),
    card: Color::from_hex(0x27_2F_38),
    line: Color::from_hex(0x4A_56_62),
    text: Color::from_hex(0xEE_F2_F6),
    muted: Color::from_hex(0xA9_B6_C2),
    accent: Color::from_hex(0x4F_C3_B7),
    on_accent: Color::from_hex(0x06_20_1D),
    danger: Color::from_hex(0xFF_8A_80),
    on_danger: Color::from_hex(0x3A_08_05),
    good: Color::from_hex(0x5F_D3_8D),
    waiting: Color::from_hex(0xF2_B8_4B),
};

impl Theme {
    /// The system's choice of light or dark, and its fonts.
    pub fn of_this_system() -> Self {
        let (regular, bold) = system::FONTS;
        Font::set_font(REGULAR, regular);
        Font::set_font(BOLD, bold);
        if system::prefers_dark() { DARK } else { LIGHT }
    }
}

/// The work area where the mouse is. Where it is too small for a window, everything on that screen gets smaller: no
/// answer may lie outside.
pub fn room_for(width: i32, height: i32) -> Rect {
    let place = Screen::work_area_mouse();
    let share = (f64::from(place.w) / f64::from(width)).min(f64::from(place.h) / f64::from(height));
    if share >= 1.0 || share <= 0.0 {
        return place;
    }
    let screen = screen_num(place.x + place.w / 2, place.y + place.h / 2);
    set_screen_scale(screen, screen_scale(screen) * share as f32);
    Screen::work_area_mouse()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast as WCAG 2.2 defines it.
    fn contrast(one: Color, other: Color) -> f64 {
        let light = |color: Color| {
            let (r, g, b) = color.to_rgb();
            let linear = |part: u8| {
                let part = f64::from(part) / 255.0;
                if part <= 0.040_45 {
                    part / 12.92
                } else {
                    ((part + 0.055) / 1.055).powf(2.4)
                }
            };
            0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
        };
        let (one, other) = (light(one), light(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn every_text_can_be_read_on_what_it_stands_on() {
        for theme in [LIGHT, DARK] {
            for (text, ground) in [
                (theme.text, theme.surface),
                (theme.text, theme.card),
                (theme.muted, theme.surface),
                (theme.muted, theme.card),
                (theme.on_accent, theme.accent),
                (theme.on_danger, theme.danger),
            ] {
                assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}");
            }
        }
    }
}
