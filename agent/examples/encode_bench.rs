//! Milliseconds in each stage from drawn pixels to an encoded frame, for typing, scrolling text and a still page:
//! `cargo run -p deskside-agent --example encode_bench`.

use deskside_agent::{
    capture::{Area, Block},
    encode::{Encoder, H264, Order, Picture},
};
use std::time::{Duration, Instant};

const FRAMES: usize = 90;
const LINE: usize = 16;
const COLUMN: usize = 8;

/// A page of letters, as a terminal shows them.
struct Page {
    width: usize,
    height: usize,
    bgra: Vec<u8>,
    random: u64,
}

impl Page {
    fn new(width: usize, height: usize) -> Self {
        let mut page = Self {
            width,
            height,
            bgra: vec![255; width * height * 4],
            random: 0x9E37_79B9_7F4A_7C15,
        };
        for row in 0..height / LINE {
            page.line(row * LINE);
        }
        page
    }

    fn next(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }

    /// Draws a line of words of uneven length.
    fn line(&mut self, y: usize) {
        let columns = self.width / COLUMN;
        let used = columns / 3 + self.next() as usize % (columns / 2);
        for column in 0..columns {
            let gap = column >= used || self.next().is_multiple_of(6);
            self.letter(column * COLUMN, y, gap);
        }
    }

    /// Draws one letter: strokes of two pixels.
    fn letter(&mut self, x: usize, y: usize, gap: bool) {
        let shape = self.next();
        for row in 0..LINE {
            for column in 0..COLUMN {
                let stroke =
                    (3..13).contains(&row) && column < 6 && shape >> ((row / 2 * 3 + column / 2) % 48) & 1 == 1;
                let value = if stroke && !gap { 20 } else { 250 };
                let at = ((y + row) * self.width + x + column) * 4;
                self.bgra[at..at + 4].fill(value);
            }
        }
    }

    fn scroll(&mut self) {
        let bytes = LINE * self.width * 4;
        self.bgra.copy_within(bytes.., 0);
        self.line((self.height / LINE - 1) * LINE);
    }
}

#[derive(Default)]
struct Stages {
    convert: Vec<Duration>,
    encode: Vec<Duration>,
    bytes: Vec<usize>,
}

/// Changes the page for the next frame; tells what it touched.
type Step = Box<dyn FnMut(&mut Page, usize) -> Area>;

fn run(width: usize, height: usize, quantiser: u8, mut step: impl FnMut(&mut Page, usize) -> Area) -> Stages {
    let mut page = Page::new(width, height);
    let mut picture = Picture::new(width, height).expect("a valid size");
    let mut encoder = H264::new(width, height).expect("an encoder");
    let whole = Area {
        x: 0,
        y: 0,
        width: width as u16,
        height: height as u16,
    };
    let mut stages = Stages::default();
    for index in 0..FRAMES {
        let area = if index == 0 { whole } else { step(&mut page, index) };
        let start = Instant::now();
        let offset = (usize::from(area.y) * width + usize::from(area.x)) * 4;
        picture.update(&Block {
            area,
            bgra: &page.bgra[offset..],
            stride: width * 4,
        });
        let converted = Instant::now();
        let order = Order {
            quantiser,
            keyframe: index == 0,
            millis: index as i64 * 33,
        };
        let bytes = encoder.encode(&picture, order).expect("a frame").bytes.len();
        if index == 0 {
            println!(
                "  keyframe at {quantiser}: {} kB in {:.1} ms",
                bytes / 1000,
                converted.elapsed().as_secs_f64() * 1e3
            );
            continue;
        }
        stages.convert.push(converted - start);
        stages.encode.push(converted.elapsed());
        stages.bytes.push(bytes);
    }
    stages
}

fn at(values: &mut [Duration], share: f64) -> f64 {
    values.sort_unstable();
    values[((values.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3
}

fn main() {
    for (width, height) in [(1280, 800), (1920, 1080)] {
        for quantiser in [20, 28, 34] {
            println!("{width}x{height}, QP {quantiser}");
            let columns = width / COLUMN;
            let cases: [(&str, Step); 3] = [
                (
                    "typing",
                    Box::new(move |page, index| {
                        let (x, y) = (index % columns * COLUMN, index / columns * LINE + 160);
                        page.letter(x, y, false);
                        Area {
                            x: (x / 32 * 32) as u16,
                            y: (y / 32 * 32) as u16,
                            width: 32,
                            height: 32,
                        }
                    }),
                ),
                (
                    "scrolling",
                    Box::new(move |page, _| {
                        page.scroll();
                        Area {
                            x: 0,
                            y: 0,
                            width: width as u16,
                            height: height as u16,
                        }
                    }),
                ),
                (
                    "still",
                    Box::new(|_, _| Area {
                        x: 0,
                        y: 0,
                        width: 32,
                        height: 32,
                    }),
                ),
            ];
            for (name, step) in cases {
                let mut stages = run(width, height, quantiser, step);
                let bytes: usize = stages.bytes.iter().sum();
                println!(
                    "  {name:10} convert p50 {:5.2} p95 {:5.2} ms   encode p50 {:5.1} p95 {:5.1} ms   {:7.1} kB a frame",
                    at(&mut stages.convert, 0.5),
                    at(&mut stages.convert, 0.95),
                    at(&mut stages.encode, 0.5),
                    at(&mut stages.encode, 0.95),
                    bytes as f64 / stages.bytes.len() as f64 / 1e3,
                );
            }
        }
    }
}
