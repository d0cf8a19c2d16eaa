//! Windows: GDI copies the desktop, a comparison with the last copy tells what changed. GDI gives no notice of
//! drawing, so the desktop is looked at again and again: often after input and while things move, else seldom.

use super::{Block, CaptureError, Dirty, DisplayTarget, Notices, PointerImage, Size};
use std::{
    ffi::c_void,
    mem, ptr,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::{Duration, Instant},
};
use windows::Win32::{
    Foundation::{HANDLE, POINT},
    Graphics::Gdi::{
        BI_RGB, BITMAP, BITMAPINFO, BITMAPINFOHEADER, BitBlt, CreateCompatibleDC, CreateDIBSection, DIB_RGB_COLORS,
        DeleteDC, DeleteObject, GetDC, GetDIBits, GetObjectW, HBITMAP, HDC, HGDIOBJ, ReleaseDC, SRCCOPY, SelectObject,
    },
    System::StationsAndDesktops::{
        CloseDesktop, DESKTOP_ACCESS_FLAGS, DESKTOP_CONTROL_FLAGS, GetUserObjectInformationW, HDESK, OpenInputDesktop,
        SetThreadDesktop, UOI_NAME,
    },
    UI::{
        HiDpi::{DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2, SetProcessDpiAwarenessContext},
        WindowsAndMessaging::{
            CURSOR_SHOWING, CURSORINFO, GetCursorInfo, GetIconInfo, GetSystemMetrics, HCURSOR, ICONINFO,
            SM_CXVIRTUALSCREEN, SM_CYVIRTUALSCREEN, SM_XVIRTUALSCREEN, SM_YVIRTUALSCREEN,
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
/// Rights on a desktop: to read, draw, and inject.
const RIGHTS: DESKTOP_ACCESS_FLAGS = DESKTOP_ACCESS_FLAGS(0x0001 | 0x0002 | 0x0004 | 0x0008 | 0x0040 | 0x0080 | 0x0100);
const PROTECTED: &str = "The device shows a protected screen, such as the sign-in or a permission prompt.";

fn lost(what: &str) -> CaptureError {
    CaptureError::Lost(format!("{what}: {}", windows::core::Error::from_thread()))
}

#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    ring: Condvar,
}

/// Ends a [`Capturer::wait`] from another thread. On Windows it also makes the next looks frequent.
#[derive(Clone, Default)]
pub struct Waker(Arc<Bell>);

impl Waker {
    pub fn wake(&self) {
        *self.0.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.ring.notify_one();
    }

    /// Waits until rung or until the time has come; tells whether it was rung.
    fn wait(&self, until: Instant) -> bool {
        let mut rung = self.0.rung.lock().unwrap_or_else(PoisonError::into_inner);
        while !*rung {
            let Some(left) = until
                .checked_duration_since(Instant::now())
                .filter(|left| !left.is_zero())
            else {
                return false;
            };
            rung = self
                .0
                .ring
                .wait_timeout(rung, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        mem::take(&mut *rung)
    }
}

/// Makes the calling thread work on the desktop that has the input now. A thread of the session's own user cannot
/// reach the protected ones.
#[derive(Default)]
pub struct InputDesktop {
    current: Option<(HDESK, String)>,
}

// SAFETY: a desktop handle may be used and closed by any thread of the process.
unsafe impl Send for InputDesktop {}

impl InputDesktop {
    /// Whether the input desktop can be reached; the calling thread then works on it.
    pub fn follow(&mut self) -> bool {
        // SAFETY: no pointers; the handle is closed below or in drop.
        let Ok(desktop) = (unsafe { OpenInputDesktop(DESKTOP_CONTROL_FLAGS(0), false, RIGHTS) }) else {
            return false;
        };
        let name = name_of(desktop);
        if self.current.as_ref().is_some_and(|(_, known)| *known == name) {
            close(desktop);
            return true;
        }
        // SAFETY: the handle is open; the threads that call this own no windows.
        if unsafe { SetThreadDesktop(desktop) }.is_err() {
            close(desktop);
            return false;
        }
        if let Some((old, _)) = self.current.replace((desktop, name)) {
            close(old);
        }
        true
    }
}

impl Drop for InputDesktop {
    fn drop(&mut self) {
        if let Some((desktop, _)) = self.current.take() {
            // Fails while it is a thread's desktop; the process's end closes it then.
            close(desktop);
        }
    }
}

fn close(desktop: HDESK) {
    // SAFETY: opened by us and not used afterwards.
    let _ = unsafe { CloseDesktop(desktop) };
}

fn name_of(desktop: HDESK) -> String {
    let mut name = [0u16; 128];
    let bytes = mem::size_of_val(&name) as u32;
    // SAFETY: the buffer is as long as told.
    let read =
        unsafe { GetUserObjectInformationW(HANDLE(desktop.0), UOI_NAME, Some(name.as_mut_ptr().cast()), bytes, None) };
    let length = name.iter().position(|unit| *unit == 0).unwrap_or(name.len());
    if read.is_ok() {
        String::from_utf16_lossy(&name[..length])
    } else {
        String::new()
    }
}

/// A bitmap in memory that GDI draws into.
struct Surface {
    dc: HDC,
    bitmap: HBITMAP,
    before: HGDIOBJ,
    bits: *mut c_void,
    length: usize,
}

// SAFETY: the handles and the memory belong to this value alone, and it is used by one thread at a time.
unsafe impl Send for Surface {}

fn header(width: i32, height: i32) -> BITMAPINFO {
    BITMAPINFO {
        bmiHeader: BITMAPINFOHEADER {
            biSize: mem::size_of::<BITMAPINFOHEADER>() as u32,
            biWidth: width,
            // Top row first.
            biHeight: -height,
            biPlanes: 1,
            biBitCount: 32,
            biCompression: BI_RGB.0,
            ..Default::default()
        },
        ..Default::default()
    }
}

impl Surface {
    fn new(size: Size) -> Result<Self, CaptureError> {
        let info = header(size.width.into(), size.height.into());
        let mut bits = ptr::null_mut();
        // SAFETY: the header outlives the call; GDI owns the memory until the bitmap is deleted.
        unsafe {
            let dc = CreateCompatibleDC(None);
            if dc.is_invalid() {
                return Err(lost("no memory for the picture"));
            }
            let bitmap = match CreateDIBSection(Some(dc), &info, DIB_RGB_COLORS, &mut bits, None, 0) {
                Ok(bitmap) if !bits.is_null() => bitmap,
                _ => {
                    let error = lost("no memory for the picture");
                    let _ = DeleteDC(dc);
                    return Err(error);
                }
            };
            let before = SelectObject(dc, bitmap.into());
            let length = usize::from(size.width) * usize::from(size.height) * 4;
            Ok(Self {
                dc,
                bitmap,
                before,
                bits,
                length,
            })
        }
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: GDI gave `length` bytes that live as long as the bitmap; drawing was flushed before reading, because
        // BitBlt from the screen is not batched.
        unsafe { std::slice::from_raw_parts(self.bits.cast(), self.length) }
    }
}

impl Drop for Surface {
    fn drop(&mut self) {
        // SAFETY: made in `new`, deleted once, in GDI's order.
        unsafe {
            SelectObject(self.dc, self.before);
            let _ = DeleteObject(self.bitmap.into());
            let _ = DeleteDC(self.dc);
        }
    }
}

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

fn cursor_info() -> Option<CURSORINFO> {
    let mut info = CURSORINFO {
        cbSize: mem::size_of::<CURSORINFO>() as u32,
        ..Default::default()
    };
    // SAFETY: the structure tells its size.
    unsafe { GetCursorInfo(&mut info) }.is_ok().then_some(info)
}

fn shown(info: &CURSORINFO) -> bool {
    info.flags.0 & CURSOR_SHOWING.0 != 0
}

fn image_of(cursor: HCURSOR) -> Option<PointerImage> {
    let mut icon = ICONINFO::default();
    // SAFETY: fills the structure; the two bitmaps are ours to delete.
    unsafe { GetIconInfo(cursor.into(), &mut icon) }.ok()?;
    let colour = (!icon.hbmColor.is_invalid()).then(|| pixels(icon.hbmColor)).flatten();
    let mask = pixels(icon.hbmMask);
    for bitmap in [icon.hbmColor, icon.hbmMask] {
        if !bitmap.is_invalid() {
            // SAFETY: from GetIconInfo, deleted once.
            let _ = unsafe { DeleteObject(bitmap.into()) };
        }
    }
    let (width, height, rgba) = super::pointer_bits::compose(colour, mask?)?;
    Some(PointerImage {
        width,
        height,
        hot_x: icon.xHotspot as u16,
        hot_y: icon.yHotspot as u16,
        rgba,
    })
}

/// Width, height and BGRA rows of a bitmap.
fn pixels(bitmap: HBITMAP) -> Option<super::pointer_bits::Bits> {
    let mut facts = BITMAP::default();
    // SAFETY: the structure is as long as told; the buffer holds all rows of 32-bit pixels.
    unsafe {
        let size = mem::size_of::<BITMAP>() as i32;
        if GetObjectW(bitmap.into(), size, Some((&raw mut facts).cast())) == 0 {
            return None;
        }
        let (width, height) = (u16::try_from(facts.bmWidth).ok()?, u16::try_from(facts.bmHeight).ok()?);
        if width > 512 || height > 1024 {
            return None;
        }
        let mut bgra = vec![0u8; usize::from(width) * usize::from(height) * 4];
        let mut info = header(facts.bmWidth, facts.bmHeight);
        let screen = GetDC(None);
        let rows = GetDIBits(
            screen,
            bitmap,
            0,
            height.into(),
            Some(bgra.as_mut_ptr().cast()),
            &mut info,
            DIB_RGB_COLORS,
        );
        ReleaseDC(None, screen);
        (rows == i32::from(height)).then_some((width, height, bgra))
    }
}
