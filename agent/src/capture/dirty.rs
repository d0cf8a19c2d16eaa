//! Which parts of the desktop were drawn since they were last read, as a grid of square tiles.
//!
//! Invariant: the areas given back cover everything that was marked, do not overlap, start at even positions and stay
//! inside the desktop.

use super::{Area, Size};

/// Side of a tile, pixels; even, so that every area starts at an even position.
const TILE: u16 = 32;

/// The marked tiles of one desktop.
#[derive(Clone, Debug)]
pub struct Dirty {
    size: Size,
    columns: usize,
    marks: Vec<bool>,
    any: bool,
}

impl Dirty {
    /// Nothing is marked at first.
    pub fn new(size: Size) -> Self {
        let columns = usize::from(size.width.div_ceil(TILE));
        let rows = usize::from(size.height.div_ceil(TILE));
        Self {
            size,
            columns,
            marks: vec![false; columns * rows],
            any: false,
        }
    }

    pub fn size(&self) -> Size {
        self.size
    }

    pub fn is_empty(&self) -> bool {
        !self.any
    }

    /// Marks everything.
    pub fn mark_all(&mut self) {
        self.marks.fill(true);
        self.any = !self.marks.is_empty();
    }

    /// Marks what an area touches; what lies outside the desktop is ignored.
    pub fn mark(&mut self, x: i32, y: i32, width: u32, height: u32) {
        let bound = |start: i32, length: u32, limit: u16| {
            let end = i64::from(start) + i64::from(length);
            (
                i64::from(start).clamp(0, i64::from(limit)),
                end.clamp(0, i64::from(limit)),
            )
        };
        let (left, right) = bound(x, width, self.size.width);
        let (top, bottom) = bound(y, height, self.size.height);
        if left >= right || top >= bottom {
            return;
        }
        let tile = |at: i64| (at / i64::from(TILE)) as usize;
        for row in tile(top)..=tile(bottom - 1) {
            self.marks[row * self.columns..][tile(left)..=tile(right - 1)].fill(true);
        }
        self.any = true;
    }

    /// Gives back the marked areas and forgets them. Runs of tiles with equal sides in neighbouring rows are one area.
    pub fn take(&mut self) -> Vec<Area> {
        let mut areas: Vec<Area> = Vec::new();
        if !self.any {
            return areas;
        }
        self.any = false;
        for (row, marks) in self.marks.chunks_exact_mut(self.columns).enumerate() {
            let y = row as u16 * TILE;
            let height = TILE.min(self.size.height - y);
            let mut column = 0;
            while let Some(first) = marks[column..]
                .iter()
                .position(|mark| *mark)
                .map(|offset| column + offset)
            {
                let length = marks[first..]
                    .iter()
                    .position(|mark| !*mark)
                    .unwrap_or(marks.len() - first);
                column = first + length;
                let x = first as u16 * TILE;
                let width = (length as u16 * TILE).min(self.size.width - x);
                let above = areas
                    .iter_mut()
                    .rev()
                    .find(|area| (area.x, area.width) == (x, width) && area.y + area.height == y);
                match above {
                    Some(area) => area.height += height,
                    None => areas.push(Area { x, y, width, height }),
                }
            }
            marks.fill(false);
        }
        areas
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dirty(width: u16, height: u16) -> Dirty {
        Dirty::new(Size { width, height })
    }

    #[test]
    fn a_small_mark_becomes_one_tile() {
        let mut grid = dirty(1280, 800);
        grid.mark(70, 40, 8, 16);
        assert_eq!(
            grid.take(),
            [Area {
                x: 64,
                y: 32,
                width: 32,
                height: 32
            }]
        );
        assert!(grid.is_empty() && grid.take().is_empty());
    }

    #[test]
    fn the_whole_desktop_is_one_area() {
        let mut grid = dirty(1366, 767);
        grid.mark_all();
        assert_eq!(
            grid.take(),
            [Area {
                x: 0,
                y: 0,
                width: 1366,
                height: 767
            }]
        );
    }

    #[test]
    fn two_windows_are_two_areas() {
        let mut grid = dirty(640, 640);
        grid.mark(0, 0, 64, 96);
        grid.mark(320, 32, 64, 96);
        let areas = grid.take();
        assert_eq!(areas.len(), 2);
        assert_eq!(
            areas[0],
            Area {
                x: 0,
                y: 0,
                width: 64,
                height: 96
            }
        );
        assert_eq!(
            areas[1],
            Area {
                x: 320,
                y: 32,
                width: 64,
                height: 96
            }
        );
    }

    #[test]
    fn marks_outside_the_desktop_are_ignored() {
        let mut grid = dirty(100, 100);
        grid.mark(-50, -50, 50, 50);
        grid.mark(100, 0, 10, 10);
        grid.mark(i32::MIN, i32::MAX, u32::MAX, u32::MAX);
        assert!(grid.is_empty());
        grid.mark(-10, -10, 11, 11);
        assert_eq!(
            grid.take(),
            [Area {
                x: 0,
                y: 0,
                width: 32,
                height: 32
            }]
        );
    }

    proptest! {
        #[test]
        fn areas_cover_all_marks_once(
            width in 16u16..400, height in 16u16..400,
            marks in prop::collection::vec((-50i32..450, -50i32..450, 0u32..200, 0u32..200), 0..20),
        ) {
            let mut grid = dirty(width, height);
            for (x, y, w, h) in &marks {
                grid.mark(*x, *y, *w, *h);
            }
            let mut covered = vec![0u8; usize::from(width) * usize::from(height)];
            for area in grid.take() {
                prop_assert!(area.x % 2 == 0 && area.y % 2 == 0);
                for y in area.y..area.y + area.height {
                    for x in area.x..area.x + area.width {
                        covered[usize::from(y) * usize::from(width) + usize::from(x)] += 1;
                    }
                }
            }
            prop_assert!(covered.iter().all(|count| *count <= 1));
            for (x, y, w, h) in marks {
                for y in y.max(0)..(y + h as i32).min(i32::from(height)) {
                    for x in x.max(0)..(x + w as i32).min(i32::from(width)) {
                        prop_assert_eq!(covered[y as usize * usize::from(width) + x as usize], 1);
                    }
                }
            }
        }
    }
}
