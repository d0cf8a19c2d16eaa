//! The picture that is encoded: three planes, updated where the desktop changed.
//!
//! Invariant: the planes are even-sized and always complete; what lies beyond an odd desktop repeats its edge.

use super::{EncodeError, convert, quality::Bands};
use crate::capture::{Area, Block};

/// Longest side that H.264 level 5.2 encoders take.
pub const MOST_LONG: usize = 3840;
/// Shortest side likewise.
pub const MOST_SHORT: usize = 2160;

/// A 4:2:0 picture.
pub struct Picture {
    width: usize,
    height: usize,
    luma: Vec<u8>,
    blue: Vec<u8>,
    red: Vec<u8>,
    scratch: Vec<u8>,
}

impl Picture {
    /// A black picture for a desktop of this size.
    pub fn new(width: usize, height: usize) -> Result<Self, EncodeError> {
        let (long, short) = (width.max(height), width.min(height));
        if short < 16 || long > MOST_LONG || short > MOST_SHORT {
            return Err(EncodeError::Size(width, height));
        }
        let (width, height) = (width.next_multiple_of(2), height.next_multiple_of(2));
        Ok(Self {
            width,
            height,
            luma: vec![16; width * height],
            blue: vec![128; width * height / 4],
            red: vec![128; width * height / 4],
            scratch: Vec::new(),
        })
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn height(&self) -> usize {
        self.height
    }

    /// Luma, blue and red plane; the chroma planes are half as wide and high.
    pub fn planes(&self) -> [&[u8]; 3] {
        [&self.luma, &self.blue, &self.red]
    }

    /// Takes over pixels. The block's position must be even; an odd size is only right at the desktop's edge, where
    /// the last pixels are repeated.
    pub fn update(&mut self, block: &Block<'_>) {
        let Area { x, y, width, height } = block.area;
        let (x, y) = (usize::from(x), usize::from(y));
        let (width, height) = (usize::from(width), usize::from(height));
        let even = width.next_multiple_of(2);
        if width == 0 || height == 0 || x + even > self.width || y + height.next_multiple_of(2) > self.height {
            return;
        }
        let row = |index: usize| &block.bgra[index * block.stride..][..width * 4];
        for top in (0..height).step_by(2) {
            let bottom = (top + 1).min(height - 1);
            let (first, second) = if even == width {
                (row(top), row(bottom))
            } else {
                self.scratch.clear();
                for source in [row(top), row(bottom)] {
                    self.scratch.extend_from_slice(source);
                    self.scratch.extend_from_slice(&source[(width - 1) * 4..]);
                }
                self.scratch.split_at(even * 4)
            };
            let (above, below) = self.luma[(y + top) * self.width..].split_at_mut(self.width);
            let chroma = (y + top) / 2 * (self.width / 2) + x / 2;
            convert::row_pair(
                first,
                second,
                [&mut above[x..x + even], &mut below[x..x + even]],
                &mut self.blue[chroma..chroma + even / 2],
                &mut self.red[chroma..chroma + even / 2],
            );
        }
    }

    /// Changes one luma sample of each 8×8 block in these bands by one, or back. An encoder that skips blocks equal to
    /// the last picture's then looks at each of them again, which is how a still picture gets finer.
    pub fn stir(&mut self, bands: Bands) {
        let height = self.height;
        for (index, row) in self.luma.chunks_exact_mut(self.width).enumerate().step_by(8) {
            if bands >> band(index, height) & 1 == 1 {
                row.iter_mut().step_by(8).for_each(|sample| *sample ^= 1);
            }
        }
    }

    /// The bands that an area touches. Rows of blocks are never cut.
    pub fn bands(&self, area: Area) -> Bands {
        let first = band(usize::from(area.y) & !7, self.height);
        let last = band(
            (usize::from(area.y) + usize::from(area.height)).saturating_sub(1) & !7,
            self.height,
        );
        (first..=last).fold(0, |bands, band| bands | 1 << band)
    }
}

fn band(row: usize, height: usize) -> usize {
    (row * 64 / height).min(63)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(area: Area, bgra: &[u8]) -> Block<'_> {
        Block {
            area,
            bgra,
            stride: usize::from(area.width) * 4,
        }
    }

    #[test]
    fn an_update_changes_its_area_only() {
        let mut picture = Picture::new(32, 32).expect("a valid size");
        let white = vec![255; 4 * 4 * 4];
        picture.update(&block(
            Area {
                x: 8,
                y: 10,
                width: 4,
                height: 4,
            },
            &white,
        ));
        let luma = picture.planes()[0];
        let white_samples = luma.iter().filter(|sample| **sample == 235).count();
        assert_eq!(white_samples, 16);
        assert_eq!(
            (luma[10 * 32 + 8], luma[13 * 32 + 11], luma[14 * 32 + 8]),
            (235, 235, 16)
        );
    }

    #[test]
    fn an_odd_desktop_repeats_its_last_row_and_column() {
        let mut picture = Picture::new(17, 19).expect("a valid size");
        assert_eq!((picture.width(), picture.height()), (18, 20));
        let white = vec![255; 17 * 19 * 4];
        picture.update(&block(
            Area {
                x: 0,
                y: 0,
                width: 17,
                height: 19,
            },
            &white,
        ));
        assert!(picture.planes()[0].iter().all(|sample| *sample == 235));
    }

    #[test]
    fn an_update_beyond_the_edge_is_ignored() {
        let mut picture = Picture::new(16, 16).expect("a valid size");
        let white = vec![255; 4 * 4 * 4];
        picture.update(&block(
            Area {
                x: 14,
                y: 0,
                width: 4,
                height: 4,
            },
            &white,
        ));
        assert!(picture.planes()[0].iter().all(|sample| *sample == 16));
    }

    #[test]
    fn the_limits_of_the_size_are_exact() {
        assert!(Picture::new(3840, 2160).is_ok());
        assert!(Picture::new(2160, 3840).is_ok());
        assert!(Picture::new(3841, 2160).is_err());
        assert!(Picture::new(3840, 2161).is_err());
        assert!(Picture::new(1920, 15).is_err());
    }

    #[test]
    fn stirring_twice_restores_the_picture() {
        let mut picture = Picture::new(64, 64).expect("a valid size");
        let before = picture.planes()[0].to_vec();
        picture.stir(Bands::MAX);
        let changed = picture.planes()[0].iter().zip(&before).filter(|(a, b)| a != b).count();
        assert_eq!(changed, 64);
        picture.stir(Bands::MAX);
        assert_eq!(picture.planes()[0], before);
    }

    #[test]
    fn stirring_the_bands_of_an_area_reaches_all_its_blocks() {
        let mut picture = Picture::new(640, 1080).expect("a valid size");
        let before = picture.planes()[0].to_vec();
        let bands = picture.bands(Area {
            x: 0,
            y: 500,
            width: 640,
            height: 9,
        });
        picture.stir(bands);
        let row = |y: usize| picture.planes()[0][y * 640..][..640] != before[y * 640..][..640];
        assert!(row(496) && row(504));
        assert!(!row(0) && !row(1072));
    }
}
