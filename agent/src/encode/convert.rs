//! BGRA to planar 4:2:0 in BT.709, video range.
//!
//! Invariant: only whole 2×2 blocks are converted; the caller aligns areas to even positions. The loops have no
//! branches and no bounds checks inside a row, so that the compiler vectorises them.

/// Converts one pair of rows. `top` and `bottom` are BGRA of equal, even width; the chroma rows have half that width.
pub fn row_pair(top: &[u8], bottom: &[u8], luma: [&mut [u8]; 2], blue: &mut [u8], red: &mut [u8]) {
    let [luma_top, luma_bottom] = luma;
    luma_row(top, luma_top);
    luma_row(bottom, luma_bottom);
    chroma_row(top, bottom, blue, red);
}

fn luma_row(bgra: &[u8], luma: &mut [u8]) {
    for (y, pixel) in luma.iter_mut().zip(bgra.as_chunks::<4>().0) {
        let [b, g, r, _] = pixel.map(u16::from);
        // 220 × 255 + 128 fits 16 bits.
        *y = (((47 * r + 157 * g + 16 * b + 128) >> 8) + 16) as u8;
    }
}

fn chroma_row(top: &[u8], bottom: &[u8], blue: &mut [u8], red: &mut [u8]) {
    let pairs = top.as_chunks::<8>().0.iter().zip(bottom.as_chunks::<8>().0);
    for ((u, v), (t, s)) in blue.iter_mut().zip(red.iter_mut()).zip(pairs) {
        let mean = |c: usize| {
            ((u16::from(t[c]) + u16::from(t[c + 4]) + u16::from(s[c]) + u16::from(s[c + 4]) + 2) >> 2) as i16
        };
        let (b, g, r) = (mean(0), mean(1), mean(2));
        *u = (((112 * b - 86 * g - 26 * r + 128) >> 8) + 128) as u8;
        *v = (((112 * r - 102 * g - 10 * b + 128) >> 8) + 128) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(pixel: [u8; 4]) -> (u8, u8, u8) {
        let row = [pixel, pixel].concat();
        let (mut top, mut bottom, mut u, mut v) = ([0; 2], [0; 2], [0; 1], [0; 1]);
        row_pair(&row, &row, [&mut top, &mut bottom], &mut u, &mut v);
        assert_eq!(top, bottom);
        (top[0], u[0], v[0])
    }

    #[test]
    fn primary_colours_become_the_values_of_bt_709() {
        let table = [
            ([0, 0, 0, 0], (16, 128, 128)),
            ([255, 255, 255, 255], (235, 128, 128)),
            ([0, 0, 255, 255], (63, 102, 240)),
            ([0, 255, 0, 255], (172, 42, 26)),
            ([255, 0, 0, 255], (32, 240, 118)),
            ([128, 128, 128, 255], (126, 128, 128)),
        ];
        for (pixel, (y, u, v)) in table {
            let got = convert(pixel);
            let near = |a: u8, b: u8| a.abs_diff(b) <= 1;
            assert!(
                near(got.0, y) && near(got.1, u) && near(got.2, v),
                "{pixel:?}: {got:?}, wanted {:?}",
                (y, u, v)
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn every_colour_stays_in_video_range(pixel: [u8; 4]) {
            let (y, u, v) = convert(pixel);
            proptest::prop_assert!((16..=235).contains(&y));
            proptest::prop_assert!((16..=240).contains(&u) && (16..=240).contains(&v));
        }

        #[test]
        fn the_fixed_point_values_are_within_one_of_the_exact_ones(pixel: [u8; 4]) {
            let [b, g, r, _] = pixel.map(f64::from);
            let exact = 16.0 + (219.0 / 255.0) * (0.2126 * r + 0.7152 * g + 0.0722 * b);
            let (y, _, _) = convert(pixel);
            proptest::prop_assert!((f64::from(y) - exact).abs() <= 1.1, "{y} against {exact}");
        }
    }
}
