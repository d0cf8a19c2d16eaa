//! How fine each frame is: as fine as the link carries without delay, and exact once the picture stands still.
//!
//! Invariant: pure; bytes, pixels and rates in, a quantiser out. The steps respect how openh264's screen mode skips
//! blocks that did not change: it looks at such a block again only if the block's last quantiser was over 26 and the
//! new one is lower by more than 5. So a frame is either fine (at most 24) or coarse (at least 32), coarse frames are
//! followed by coarse ones until the picture rests, and bands of a fine picture are stirred
//! ([`super::Picture::stir`]) before they get exact.

/// For small changes, and for the first refinement.
pub const FINE: u8 = 20;
/// For the last refinement: luma is then within one or two levels of the desktop.
pub const EXACT: u8 = 10;
/// Finest of the coarse ones.
pub const COARSE: u8 = 32;
/// Coarsest of all; text is still readable.
pub const COARSEST: u8 = 42;

/// Seconds of the link's rate that one changed frame may take.
const CHANGE_SECONDS: f64 = 0.06;
/// The same for a keyframe, without which the operator sees nothing.
const KEYFRAME_SECONDS: f64 = 0.15;
/// The same for a refinement, which nobody waits for.
const REFINE_SECONDS: f64 = 0.6;
/// Changes up to this many pixels are estimated apart from larger ones.
const SMALL: usize = 64 * 1024;

/// What the next frame is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// The desktop changed.
    Change,
    /// The browser cannot decode without a keyframe.
    Keyframe,
    /// Nothing changed; the picture gets finer.
    Refine,
}

/// The picture's rows in 64 bands, one bit each, the lowest bit on top.
pub type Bands = u64;

/// All bands.
pub const WHOLE: Bands = Bands::MAX;

/// Quantiser of the next frame, and which bands are to be stirred first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Choice {
    pub quantiser: u8,
    pub stir: Bands,
}

/// Bits a pixel at quantiser 28 for one kind of frame: quick to rise, slow to fall.
#[derive(Clone, Copy, Debug)]
struct Density(f64);

impl Density {
    fn bits(self, pixels: usize, quantiser: u8) -> f64 {
        self.0 * pixels as f64 * 2f64.powf((28.0 - f64::from(quantiser)) / 6.0)
    }

    fn learn(&mut self, pixels: usize, quantiser: u8, bits: f64) {
        let seen = bits / (pixels.max(1) as f64 * 2f64.powf((28.0 - f64::from(quantiser)) / 6.0));
        self.0 = if seen > self.0 {
            seen
        } else {
            0.75 * self.0 + 0.25 * seen
        }
        .clamp(1e-4, 12.0);
    }
}

/// Chooses quantisers and learns from what came out.
#[derive(Debug)]
pub struct Quality {
    /// Some blocks were encoded coarsely.
    coarse: bool,
    /// Bands that are not exact.
    inexact: Bands,
    keyframe: Density,
    small: Density,
    large: Density,
}

impl Default for Quality {
    fn default() -> Self {
        Self {
            coarse: true,
            inexact: WHOLE,
            keyframe: Density(2.0),
            small: Density(0.6),
            large: Density(1.0),
        }
    }
}

impl Quality {
    /// The quantiser for a frame of which `pixels` changed (for a keyframe or refinement: the whole picture), on a link
    /// of `rate` bits a second.
    pub fn choose(&self, purpose: Purpose, pixels: usize, rate: f64) -> Choice {
        let (density, budget) = match purpose {
            Purpose::Keyframe => (self.keyframe, rate * KEYFRAME_SECONDS),
            Purpose::Refine => return self.refinement(pixels, rate),
            Purpose::Change if pixels <= SMALL => (self.small, rate * CHANGE_SECONDS),
            Purpose::Change => (self.large, rate * CHANGE_SECONDS),
        };
        let may_be_fine = purpose == Purpose::Keyframe || !self.coarse;
        let quantiser = if may_be_fine && density.bits(pixels, FINE) <= budget {
            FINE
        } else {
            (COARSE..COARSEST)
                .find(|quantiser| density.bits(pixels, *quantiser) <= budget)
                .unwrap_or(COARSEST)
        };
        Choice { quantiser, stir: 0 }
    }

    /// From coarse to fine all at once, for openh264 takes up every coarse block anyway; from fine to exact as many
    /// bands as the link carries soon.
    fn refinement(&self, pixels: usize, rate: f64) -> Choice {
        let whole = self.keyframe.bits(pixels, EXACT);
        let budget = rate * REFINE_SECONDS;
        if self.coarse {
            return Choice {
                quantiser: if whole <= budget { EXACT } else { FINE },
                stir: 0,
            };
        }
        let bands = (64.0 * budget / whole.max(1.0)).clamp(4.0, 64.0) as u32;
        let mut stir = self.inexact;
        while stir.count_ones() > bands {
            stir &= !(1 << (63 - stir.leading_zeros()));
        }
        Choice { quantiser: EXACT, stir }
    }

    /// Whether a still picture can get finer.
    pub fn can_refine(&self) -> bool {
        self.coarse || self.inexact != 0
    }

    /// Learns what a choice led to. `touched` are the bands that changed.
    pub fn encoded(&mut self, purpose: Purpose, choice: Choice, pixels: usize, touched: Bands, bytes: usize) {
        let bits = bytes as f64 * 8.0;
        match purpose {
            Purpose::Keyframe => self.keyframe.learn(pixels, choice.quantiser, bits),
            Purpose::Change if pixels <= SMALL => self.small.learn(pixels, choice.quantiser, bits),
            Purpose::Change => self.large.learn(pixels, choice.quantiser, bits),
            Purpose::Refine => {}
        }
        if choice.quantiser >= COARSE {
            self.coarse = true;
            self.inexact = WHOLE;
            return;
        }
        match purpose {
            Purpose::Change => self.inexact |= touched,
            Purpose::Keyframe => (self.coarse, self.inexact) = (false, WHOLE),
            Purpose::Refine if self.coarse => {
                self.coarse = false;
                self.inexact = if choice.quantiser <= EXACT { 0 } else { WHOLE };
            }
            Purpose::Refine => self.inexact &= !choice.stir,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: usize = 1280 * 800;
    const FAST: f64 = 50e6;
    const SLOW: f64 = 1e6;

    fn plain(quantiser: u8) -> Choice {
        Choice { quantiser, stir: 0 }
    }

    /// A picture that is fine.
    fn fine() -> Quality {
        let mut quality = Quality::default();
        quality.encoded(Purpose::Keyframe, plain(FINE), PAGE, WHOLE, 200_000);
        quality
    }

    #[test]
    fn a_typed_letter_is_fine_even_on_a_slow_link() {
        assert_eq!(fine().choose(Purpose::Change, 32 * 32, SLOW).quantiser, FINE);
    }

    #[test]
    fn a_new_page_is_coarse_on_a_slow_link() {
        let quantiser = fine().choose(Purpose::Change, PAGE, SLOW).quantiser;
        assert!(quantiser >= COARSE, "{quantiser}");
    }

    #[test]
    fn after_a_coarse_frame_changes_stay_coarse_until_a_refinement() {
        let mut quality = fine();
        quality.encoded(Purpose::Change, plain(36), PAGE, WHOLE, 60_000);
        assert!(quality.choose(Purpose::Change, 32 * 32, FAST).quantiser >= COARSE);
        let refined = quality.choose(Purpose::Refine, PAGE, SLOW);
        assert_eq!(refined, plain(FINE));
        quality.encoded(Purpose::Refine, refined, PAGE, 0, 200_000);
        assert_eq!(quality.choose(Purpose::Change, 32 * 32, FAST).quantiser, FINE);
    }

    #[test]
    fn a_fast_link_refines_all_at_once_and_a_slow_one_band_by_band() {
        for (rate, most) in [(FAST, 1), (SLOW, 16)] {
            let mut quality = fine();
            let mut steps = 0;
            while quality.can_refine() {
                let choice = quality.choose(Purpose::Refine, PAGE, rate);
                assert_eq!(choice.quantiser, EXACT);
                quality.encoded(Purpose::Refine, choice, PAGE, 0, 100_000);
                steps += 1;
                assert!(steps <= most);
            }
            assert!(steps > most / 2, "{steps} steps");
        }
    }

    #[test]
    fn after_a_small_change_only_its_bands_are_refined() {
        let mut quality = fine();
        quality.encoded(
            Purpose::Refine,
            Choice {
                quantiser: EXACT,
                stir: WHOLE,
            },
            PAGE,
            0,
            100_000,
        );
        assert!(!quality.can_refine());
        quality.encoded(Purpose::Change, plain(FINE), 1024, 0b1100, 100);
        assert_eq!(
            quality.choose(Purpose::Refine, PAGE, FAST),
            Choice {
                quantiser: EXACT,
                stir: 0b1100
            }
        );
    }

    #[test]
    fn scrolling_that_costs_little_is_remembered_but_a_costly_page_counts_at_once() {
        let mut quality = fine();
        for _ in 0..20 {
            quality.encoded(Purpose::Change, plain(FINE), PAGE, WHOLE, 4000);
        }
        assert_eq!(quality.choose(Purpose::Change, PAGE, 10e6).quantiser, FINE);
        quality.encoded(Purpose::Change, plain(FINE), PAGE, WHOLE, 250_000);
        assert!(quality.choose(Purpose::Change, PAGE, 10e6).quantiser >= COARSE);
    }

    #[test]
    fn no_frame_lies_between_fine_and_coarse() {
        for rate in [1e5, 5e5, 1e6, 3e6, 1e7, 3e7, 1e8] {
            for pixels in [256, 10_000, 100_000, PAGE, 8 * PAGE] {
                for purpose in [Purpose::Change, Purpose::Keyframe, Purpose::Refine] {
                    let quantiser = fine().choose(purpose, pixels, rate).quantiser;
                    assert!(!(25..COARSE).contains(&quantiser) && quantiser <= COARSEST);
                }
            }
        }
    }
}
