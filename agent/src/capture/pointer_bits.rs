//! Windows' pointer bitmaps to one image with alpha.
//!
//! Invariant: pure; sizes that do not fit together give no image.

/// Width, height and BGRA rows, top row first.
pub type Bits = (u16, u16, Vec<u8>);

/// Joins a pointer's colours and its mask. Without colours the mask is twice as high: what to keep above, what to turn
/// over below; turned-over pixels become black, which a browser can draw.
pub fn compose(colour: Option<Bits>, mask: Bits) -> Option<Bits> {
    let (mask_width, mask_height, mask) = mask;
    let Some((width, height, bgra)) = colour else {
        let (width, height) = (mask_width, mask_height / 2);
        let half = usize::from(width) * usize::from(height) * 4;
        let (keep, turn) = (mask.get(..half)?, mask.get(half..half * 2)?);
        let pixel = |(keep, turn): (&[u8], &[u8])| match (keep[0] != 0, turn[0] != 0) {
            (true, false) => [0, 0, 0, 0],
            (false, true) => [255, 255, 255, 255],
            (false, false) | (true, true) => [0, 0, 0, 255],
        };
        let rgba = keep.chunks_exact(4).zip(turn.chunks_exact(4)).flat_map(pixel).collect();
        return Some((width, height, rgba));
    };
    if (mask_width, mask_height) != (width, height) || mask.len() != bgra.len() {
        return None;
    }
    // Older pointers have no alpha: then the mask tells what is seen.
    let has_alpha = bgra.chunks_exact(4).any(|pixel| pixel[3] != 0);
    let pixels = bgra.chunks_exact(4).zip(mask.chunks_exact(4));
    let rgba = pixels.flat_map(|(pixel, mask)| {
        let alpha = match has_alpha {
            true => pixel[3],
            false if mask[0] == 0 => 255,
            false => 0,
        };
        [pixel[2], pixel[1], pixel[0], alpha]
    });
    Some((width, height, rgba.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(bits: &[u8]) -> Vec<u8> {
        bits.iter().flat_map(|bit| [bit * 255; 4]).collect()
    }

    #[test]
    fn colours_with_alpha_keep_it() {
        let image = compose(Some((1, 1, vec![1, 2, 3, 128])), (1, 1, mask(&[0])));
        assert_eq!(image, Some((1, 1, vec![3, 2, 1, 128])));
    }

    #[test]
    fn colours_without_alpha_take_the_mask() {
        let image = compose(Some((2, 1, vec![1, 2, 3, 0, 4, 5, 6, 0])), (2, 1, mask(&[0, 1])));
        assert_eq!(image, Some((2, 1, vec![3, 2, 1, 255, 6, 5, 4, 0])));
    }

    #[test]
    fn a_mask_alone_is_black_white_clear_and_turned_over() {
        let image = compose(None, (4, 2, mask(&[0, 0, 1, 1, 0, 1, 0, 1]))).unwrap();
        assert_eq!((image.0, image.1), (4, 1));
        let pixels: Vec<&[u8]> = image.2.chunks_exact(4).collect();
        assert_eq!(pixels, [&[0, 0, 0, 255][..], &[255; 4], &[0; 4], &[0, 0, 0, 255]]);
    }

    #[test]
    fn sizes_that_do_not_fit_give_no_image() {
        assert_eq!(compose(Some((2, 1, vec![0; 8])), (1, 1, mask(&[0]))), None);
        assert_eq!(compose(None, (2, 2, vec![0; 3])), None);
    }
}
