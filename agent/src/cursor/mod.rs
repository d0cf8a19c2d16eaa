//! The mouse pointer: each shape is sent once, then named by its number.
//!
//! Invariant: pure; [`Cursor::Use`] only names shapes that were sent to this browser, and no message is longer than a
//! data channel takes.

use crate::capture::{PointerImage, Size};
use deskside_protocol::channel::{Cursor, Position};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Longest side of a shape; larger ones are reduced.
pub const MOST_SIDE: u16 = 128;
/// Shapes remembered; a further one takes the number of the one that was not used for longest.
pub const MOST_SHAPES: usize = 64;

/// What the browser knows.
#[derive(Debug, Default)]
pub struct CursorTracker {
    /// Hash and number, the most recently used last.
    shapes: Vec<(u64, u32)>,
    shown: Option<Shown>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shown {
    Hidden,
    Shape(u32),
}

impl CursorTracker {
    /// The messages after which the browser shows this image, or none at all.
    pub fn shape(&mut self, image: Option<&PointerImage>) -> Vec<Cursor> {
        let Some(image) = image.filter(|image| image.width > 0 && image.height > 0) else {
            return self.show(Shown::Hidden, Cursor::Hidden).into_iter().collect();
        };
        let mut hasher = DefaultHasher::new();
        (image.width, image.height, image.hot_x, image.hot_y, &image.rgba).hash(&mut hasher);
        let hash = hasher.finish();
        let mut messages = Vec::new();
        let id = match self.shapes.iter().position(|(known, _)| *known == hash) {
            Some(index) => self.shapes.remove(index).1,
            None => {
                let id = match self.shapes.len() {
                    MOST_SHAPES => self.shapes.remove(0).1,
                    count => count as u32 + 1,
                };
                messages.push(reduced(id, image));
                // Sent again under an old number, it is to be shown again too.
                if self.shown == Some(Shown::Shape(id)) {
                    self.shown = None;
                }
                id
            }
        };
        self.shapes.push((hash, id));
        messages.extend(self.show(Shown::Shape(id), Cursor::Use { id }));
        messages
    }

    fn show(&mut self, shown: Shown, message: Cursor) -> Option<Cursor> {
        (self.shown.replace(shown) != Some(shown)).then_some(message)
    }
}

fn reduced(id: u32, image: &PointerImage) -> Cursor {
    let step = image.width.max(image.height).div_ceil(MOST_SIDE).max(1);
    let (width, height) = ((image.width / step).max(1), (image.height / step).max(1));
    let pixel = |x: u16, y: u16| {
        let at = (usize::from(y * step) * usize::from(image.width) + usize::from(x * step)) * 4;
        image.rgba.get(at..at + 4).unwrap_or(&[0; 4])
    };
    let rgba = (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| pixel(x, y).iter().copied()))
        .collect();
    Cursor::Shape {
        id,
        width,
        height,
        hot_x: image.hot_x / step,
        hot_y: image.hot_y / step,
        rgba,
    }
}

/// A pixel of the desktop as a position.
pub fn position(x: u16, y: u16, size: Size) -> Position {
    let share = |at: u16, length: u16| {
        let last = u32::from(length.max(2)) - 1;
        ((u32::from(at).min(last) * 65_535 + last / 2) / last) as u16
    };
    Position {
        x: share(x, size.width),
        y: share(y, size.height),
    }
}

/// The pixel of the desktop at a position.
pub fn pixel(at: Position, size: Size) -> (u16, u16) {
    let pixel = |at: u16, length: u16| {
        let last = u32::from(length.max(1)) - 1;
        ((u32::from(at) * last + 32_767) / 65_535) as u16
    };
    (pixel(at.x, size.width), pixel(at.y, size.height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskside_protocol::{channel::encode, limits::CHANNEL_MESSAGE_BYTES};
    use proptest::prelude::*;

    fn image(side: u16, colour: u8) -> PointerImage {
        let rgba = vec![colour; usize::from(side) * usize::from(side) * 4];
        PointerImage {
            width: side,
            height: side,
            hot_x: side / 2,
            hot_y: 0,
            rgba,
        }
    }

    fn kinds(messages: &[Cursor]) -> String {
        let letter = |message: &Cursor| match message {
            Cursor::Shape { id, .. } => format!("S{id}"),
            Cursor::Use { id } => format!("U{id}"),
            Cursor::Hidden => "H".into(),
            Cursor::Moved { .. } => "M".into(),
        };
        messages.iter().map(letter).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_shape_is_sent_once_and_then_named() {
        let mut tracker = CursorTracker::default();
        let steps = [
            (Some(image(16, 1)), "S1 U1"),
            (Some(image(16, 1)), ""),
            (Some(image(16, 2)), "S2 U2"),
            (Some(image(16, 1)), "U1"),
            (None, "H"),
            (None, ""),
            (Some(image(16, 1)), "U1"),
        ];
        for (image, want) in steps {
            assert_eq!(kinds(&tracker.shape(image.as_ref())), want);
        }
    }

    #[test]
    fn the_number_of_shapes_is_bounded() {
        let mut tracker = CursorTracker::default();
        for colour in 0..=MOST_SHAPES as u8 {
            tracker.shape(Some(&image(8, colour)));
        }
        assert_eq!(tracker.shapes.len(), MOST_SHAPES);
        assert_eq!(kinds(&tracker.shape(Some(&image(8, 200)))), "S2 U2");
        assert_eq!(kinds(&tracker.shape(Some(&image(8, 0)))), "S3 U3");
    }

    #[test]
    fn the_largest_pointer_fits_a_message() {
        for side in [127, 128, 129, 256, 1000] {
            let messages = CursorTracker::default().shape(Some(&image(side, 3)));
            assert!(
                messages
                    .iter()
                    .all(|message| encode(message).len() <= CHANNEL_MESSAGE_BYTES),
                "{side}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_pixel_survives_the_way_there_and_back(width in 1u16..8000, height in 1u16..8000, x: u16, y: u16) {
            let size = Size { width, height };
            let (x, y) = (x % width, y % height);
            prop_assert_eq!(pixel(position(x, y, size), size), (x, y));
        }

        #[test]
        fn every_position_is_on_the_desktop(width in 1u16..8000, height in 1u16..8000, x: u16, y: u16) {
            let (px, py) = pixel(Position { x, y }, Size { width, height });
            prop_assert!(px < width && py < height);
        }
    }
}
