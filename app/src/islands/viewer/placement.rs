//! Where the picture lies in its element, and which point of the desktop a point of the element is.
//!
//! Invariant: a position names the exact desktop pixel under the pointer; outside the picture it is the nearest one.

use deskside_protocol::channel::Position;

/// Width and height.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Size {
    pub width: f64,
    pub height: f64,
}

/// A picture that is scaled evenly to fit an element and centred in it, as `object-fit: contain` does.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Placement {
    left: f64,
    top: f64,
    scale: f64,
    desktop: Size,
}

impl Placement {
    /// `None` while either has no area.
    pub fn new(element: Size, desktop: Size) -> Option<Self> {
        let has_area = |size: Size| size.width > 0.0 && size.height > 0.0;
        if !has_area(element) || !has_area(desktop) {
            return None;
        }
        let scale = (element.width / desktop.width).min(element.height / desktop.height);
        (scale.is_finite() && scale > 0.0).then(|| Self {
            left: (element.width - desktop.width * scale) / 2.0,
            top: (element.height - desktop.height * scale) / 2.0,
            scale,
            desktop,
        })
    }

    /// The desktop's point under a point of the element.
    pub fn position(&self, x: f64, y: f64) -> Position {
        Position {
            x: along((x - self.left) / self.scale, self.desktop.width),
            y: along((y - self.top) / self.scale, self.desktop.height),
        }
    }

    /// The point of the element that shows the middle of a desktop pixel.
    pub fn point(&self, at: Position) -> (f64, f64) {
        let middle = |fraction: u16, pixels: f64| (f64::from(fraction) * (pixels - 1.0) / 65535.0).round() + 0.5;
        (
            self.left + middle(at.x, self.desktop.width) * self.scale,
            self.top + middle(at.y, self.desktop.height) * self.scale,
        )
    }
}

/// The pixel that holds `offset`, as a fraction of the last pixel's index.
fn along(offset: f64, pixels: f64) -> u16 {
    let last = (pixels - 1.0).max(1.0);
    let pixel = offset.floor().clamp(0.0, (pixels - 1.0).max(0.0));
    (pixel * 65535.0 / last).round() as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn size(width: f64, height: f64) -> Size {
        Size { width, height }
    }

    #[test]
    fn bars_beside_the_picture_belong_to_its_edge() {
        let placement = Placement::new(size(1000.0, 500.0), size(500.0, 500.0)).expect("both have an area");
        assert_eq!(placement.position(0.0, 0.0), Position { x: 0, y: 0 });
        assert_eq!(placement.position(999.0, 499.9), Position { x: 65535, y: 65535 });
        assert_eq!(placement.position(250.0, 0.0), Position { x: 0, y: 0 });
        assert_ne!(placement.position(252.0, 0.0).x, 0);
    }

    #[test]
    fn a_picture_without_area_has_no_placement() {
        assert_eq!(Placement::new(size(1000.0, 500.0), size(0.0, 0.0)), None);
        assert_eq!(Placement::new(size(0.0, 500.0), size(10.0, 10.0)), None);
    }

    proptest! {
        #[test]
        fn every_pixel_is_hit_by_the_point_that_shows_it(
            width in 1u16..8000, height in 1u16..8000, x in any::<u16>(), y in any::<u16>(),
            element_width in 1.0..5000.0, element_height in 1.0..5000.0,
        ) {
            let (x, y) = (x % width, y % height);
            let fraction = |pixel: u16, pixels: u16| (f64::from(pixel) * 65535.0 / f64::from(pixels - 1).max(1.0)).round() as u16;
            let at = Position { x: fraction(x, width), y: fraction(y, height) };
            let placement = Placement::new(size(element_width, element_height), size(width.into(), height.into()))
                .expect("both have an area");
            let (left, top) = placement.point(at);
            prop_assert_eq!(placement.position(left, top), at);
        }

        #[test]
        fn any_point_gives_a_position(
            x in any::<f64>(), y in any::<f64>(), width in any::<f64>(), height in any::<f64>(), pixels in any::<f64>(),
        ) {
            if let Some(placement) = Placement::new(size(width, height), size(pixels, pixels)) {
                placement.position(x, y);
            }
        }
    }
}
