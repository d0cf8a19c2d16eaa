//! Windows: GDI copies the desktop, a comparison with the last copy tells what changed. GDI gives no notice of
//! drawing, so the desktop is looked at again and again: often after input and while things move, else seldom.

mod desktop;
mod pointer;
mod surface;
mod waker;

pub use desktop::InputDesktop;
pub use waker::Waker;

use super::{Block, CaptureError, Dirty, DisplayTarget, Notices, PointerImage, Size};
use pointer::{cursor_info, image_of, shown};
use std::time::{Duration, Instant};
use surface::Surface;
use windows::Win32::{
    Foundation::POINT,
    Graphics::Gdi::{BitBlt, GetDC, ReleaseDC, SRCCOPY},
    UI::{
        HiDpi::{DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2, SetProcessDpiAwarenessContext},
        WindowsAndMessaging::{
            GetSystemMetrics, HCURSOR, SM_CXVIRTUALSCREEN, SM_CYVIRTUALSCREEN, SM_XVIRTUALSCREEN, SM_YVIRTUALSCREEN,
        },
    },
};

/// Shortest time between two looks while something happens.
const LIVELY: Duration = Duration::from_millis(12);
/// The same while nothing does.
const CALM: Duration = Duration::from_millis(50);
/// How long after input or a change the looks stay frequent.
const STAYS_LIVELY: Duration = Duration::from_millis(800);
/// Side of the tiles that are compared.
const TILE: usize = 32;
const PROTECTED: &str = "The device shows a protected screen, such as the sign-in or a permission prompt.";

/// Reads the desktop of this session.
pub struct Capturer {
    desktop: InputDesktop,
    surface: Surface,
    /// The picture as it was handed over last.
    known: Vec<u8>,
    origin: (i32, i32),
    dirty: Dirty,
    waker: Waker,
    next_look: Instant,
    lively_until: Instant,
    cost: Duration,
    cursor: HCURSOR,
    cursor_shown: bool,
    pointer: POINT,
    blind: bool,
}

// SAFETY: a cursor handle names a shared object and may be used from any thread.
unsafe impl Send for Capturer {}

impl Capturer {
    /// Measures the desktop. Everything counts as damaged at first.
    pub fn open(target: &DisplayTarget) -> Result<Self, CaptureError> {
        if let DisplayTarget::Named(name) = target {
            return Err(CaptureError::NoDisplay(format!("Windows has no display {name}")));
        }
        // SAFETY: no pointers. Fails when the manifest or an earlier call has set it, which is as good.
        let _ = unsafe { SetProcessDpiAwarenessContext(DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2) };
        let (origin, size) = measure();
        if size.width == 0 || size.height == 0 {
            return Err(CaptureError::Lacks("a screen"));
        }
        let now = Instant::now();
        let mut dirty = Dirty::new(size);
        dirty.mark_all();
        let surface = Surface::new(size)?;
        Ok(Self {
            known: vec![0; surface.length],
            desktop: InputDesktop::default(),
            surface,
            origin,
            dirty,
            waker: Waker::default(),
            next_look: now,
            lively_until: now + STAYS_LIVELY,
            cost: Duration::ZERO,
            cursor: HCURSOR::default(),
            cursor_shown: false,
            pointer: POINT::default(),
            blind: false,
        })
    }

    pub fn size(&self) -> Size {
        self.dirty.size()
    }

    /// A handle that ends [`Capturer::wait`].
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Waits until there is something to tell, or until the time has come.
    pub fn wait(&mut self, until: Option<Instant>) -> Result<Notices, CaptureError> {
        loop {
            let now = Instant::now();
            if now >= self.next_look {
                let notices = self.look()?;
                if notices.any() {
                    return Ok(notices);
                }
            }
            let stop = until.map_or(self.next_look, |until| until.min(self.next_look));
            if self.waker.wait(stop) {
                let now = Instant::now();
                self.lively_until = now + STAYS_LIVELY;
                self.next_look = self.next_look.min(now + LIVELY / 2);
                return Ok(Notices {
                    woken: true,
                    ..Default::default()
                });
            }
            if until.is_some_and(|until| until <= Instant::now()) {
                return Ok(Notices::default());
            }
        }
    }

    /// Hands over every area that changed since the last call; gives back how many pixels that were.
    pub fn grab(&mut self, mut take: impl FnMut(&Block<'_>)) -> Result<usize, CaptureError> {
        let stride = usize::from(self.size().width) * 4;
        let mut pixels = 0;
        for area in self.dirty.take() {
            let start = usize::from(area.y) * stride + usize::from(area.x) * 4;
            let end = start + (usize::from(area.height) - 1) * stride + usize::from(area.width) * 4;
            take(&Block {
                area,
                bgra: &self.known[start..end],
                stride,
            });
            pixels += usize::from(area.width) * usize::from(area.height);
        }
        Ok(pixels)
    }

    /// Where the pointer is.
    pub fn pointer(&mut self) -> Result<(u16, u16), CaptureError> {
        let size = self.size();
        let inside = |at: i32, origin: i32, length: u16| (at - origin).clamp(0, i32::from(length) - 1) as u16;
        Ok((
            inside(self.pointer.x, self.origin.0, size.width),
            inside(self.pointer.y, self.origin.1, size.height),
        ))
    }

    /// The pointer's image; `None` while it is hidden.
    pub fn pointer_image(&mut self) -> Result<Option<PointerImage>, CaptureError> {
        let Some(info) = cursor_info() else { return Ok(None) };
        if !shown(&info) || info.hCursor.is_invalid() {
            return Ok(None);
        }
        Ok(image_of(info.hCursor))
    }

    /// Why the desktop cannot be seen now, as a sentence.
    pub fn blind(&self) -> Option<&'static str> {
        self.blind.then_some(PROTECTED)
    }

    fn look(&mut self) -> Result<Notices, CaptureError> {
        let start = Instant::now();
        let was_blind = self.blind;
        self.blind = !self.desktop.follow();
        let mut notices = Notices {
            shape: was_blind != self.blind,
            ..Default::default()
        };
        if !self.blind {
            let (origin, size) = measure();
            if size != self.size() && size.width > 0 && size.height > 0 {
                self.surface = Surface::new(size)?;
                self.known = vec![0; self.surface.length];
                self.dirty = Dirty::new(size);
                self.dirty.mark_all();
                notices.resized = true;
            }
            self.origin = origin;
            if self.copy() {
                notices.damaged = self.compare() || notices.resized;
            }
            self.look_at_pointer(&mut notices);
        }
        let now = Instant::now();
        self.cost = now - start;
        if notices.damaged {
            self.lively_until = now + STAYS_LIVELY;
        }
        let pause = if now < self.lively_until { LIVELY } else { CALM };
        // At most half of one processor.
        self.next_look = now + pause.max(self.cost);
        Ok(notices)
    }

    /// Copies the screen; false when Windows does not give it now, such as while desktops are switched.
    fn copy(&self) -> bool {
        let size = self.size();
        // SAFETY: the screen's device context is released by the thread that got it; the surface is large enough.
        unsafe {
            let screen = GetDC(None);
            if screen.is_invalid() {
                return false;
            }
            let (x, y) = self.origin;
            let (width, height) = (size.width.into(), size.height.into());
            let copied = BitBlt(self.surface.dc, 0, 0, width, height, Some(screen), x, y, SRCCOPY).is_ok();
            ReleaseDC(None, screen);
            copied
        }
    }

    /// Marks and keeps the tiles that differ from the picture known so far.
    fn compare(&mut self) -> bool {
        let size = self.size();
        let (width, height) = (usize::from(size.width), usize::from(size.height));
        let fresh = self.surface.bytes();
        let mut any = !self.dirty.is_empty();
        for top in (0..height).step_by(TILE) {
            let rows = TILE.min(height - top);
            for left in (0..width).step_by(TILE) {
                let columns = TILE.min(width - left);
                let row = |index: usize| {
                    let start = ((top + index) * width + left) * 4;
                    start..start + columns * 4
                };
                if (0..rows).all(|index| fresh[row(index)] == self.known[row(index)]) {
                    continue;
                }
                (0..rows).for_each(|index| self.known[row(index)].copy_from_slice(&fresh[row(index)]));
                self.dirty.mark(left as i32, top as i32, columns as u32, rows as u32);
                any = true;
            }
        }
        any
    }

    fn look_at_pointer(&mut self, notices: &mut Notices) {
        let Some(info) = cursor_info() else { return };
        let shown = shown(&info);
        notices.shape |= shown != self.cursor_shown || info.hCursor != self.cursor;
        notices.moved |= info.ptScreenPos != self.pointer;
        (self.cursor, self.cursor_shown, self.pointer) = (info.hCursor, shown, info.ptScreenPos);
    }
}

fn measure() -> ((i32, i32), Size) {
    // SAFETY: no pointers.
    let metric = |index| unsafe { GetSystemMetrics(index) };
    let side = |index| metric(index).clamp(0, i32::from(u16::MAX)) as u16;
    let size = Size {
        width: side(SM_CXVIRTUALSCREEN),
        height: side(SM_CYVIRTUALSCREEN),
    };
    ((metric(SM_XVIRTUALSCREEN), metric(SM_YVIRTUALSCREEN)), size)
}
