//! X11: XDamage says what was drawn, MIT-SHM hands over the pixels, XFixes the pointer's shape, XInput its movements,
//! RandR the desktop's size.

use super::{Area, Block, CaptureError, Dirty, DisplayTarget, Notices, PointerImage, Size};
use rustix::{
    event::{EventfdFlags, PollFd, PollFlags, eventfd, poll},
    fd::{AsFd, OwnedFd},
    fs::{MemfdFlags, ftruncate, memfd_create},
    mm::{MapFlags, ProtFlags, mmap, munmap},
    time::Timespec,
};
use std::{ffi::c_void, ptr, sync::Arc, time::Instant};
use x11rb::{
    connection::{Connection, RequestConnection},
    errors::{ConnectionError, ReplyError, ReplyOrIdError},
    protocol::{
        Event,
        damage::{self, ConnectionExt as _, ReportLevel},
        randr::{self, ConnectionExt as _},
        shm::{self, ConnectionExt as _},
        xfixes::{self, ConnectionExt as _},
        xinput::{self, ConnectionExt as _},
        xproto::{self, ConnectionExt as _, ImageFormat, Window},
    },
    rust_connection::RustConnection,
};

macro_rules! lost {
    ($($error:ty),*) => {$(
        impl From<$error> for CaptureError {
            fn from(error: $error) -> Self {
                Self::Lost(error.to_string())
            }
        }
    )*};
}
lost!(ConnectionError, ReplyError, ReplyOrIdError, rustix::io::Errno);

/// Ends a [`Capturer::wait`] from another thread.
#[derive(Clone)]
pub struct Waker(Arc<OwnedFd>);

impl Waker {
    pub fn wake(&self) {
        // A full counter is a wake that was not seen yet; nothing is lost.
        let _ = rustix::io::write(&*self.0, &1u64.to_ne_bytes());
    }
}

/// Memory shared with the X server.
struct Segment {
    id: shm::Seg,
    address: *mut c_void,
    length: usize,
}

// SAFETY: the mapping belongs to this value alone and may be used from any one thread.
unsafe impl Send for Segment {}

impl Segment {
    fn new(connection: &RustConnection, length: usize) -> Result<Self, CaptureError> {
        let memory = memfd_create("deskside-screen", MemfdFlags::CLOEXEC)?;
        ftruncate(&memory, length as u64)?;
        // SAFETY: a new mapping of our own file at an address the kernel chooses.
        let address = unsafe {
            mmap(
                ptr::null_mut(),
                length,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::SHARED,
                &memory,
                0,
            )
        }?;
        let id = connection.generate_id()?;
        let segment = Self { id, address, length };
        connection.shm_attach_fd(id, memory, false)?.check()?;
        Ok(segment)
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: the mapping is `length` bytes long and lives as long as this value; the server writes to it only
        // between a request and its reply, and callers read after the reply.
        unsafe { std::slice::from_raw_parts(self.address.cast::<u8>(), self.length) }
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        // SAFETY: mapped by us, and no slice of it outlives the value.
        let _ = unsafe { munmap(self.address, self.length) };
    }
}

/// Reads one X display.
pub struct Capturer {
    connection: RustConnection,
    root: Window,
    dirty: Dirty,
    segment: Option<Segment>,
    waker: Waker,
}

impl Capturer {
    /// Connects and asks for all notices. Everything counts as damaged at first.
    pub fn open(target: &DisplayTarget) -> Result<Self, CaptureError> {
        let name = match target {
            DisplayTarget::Own => None,
            DisplayTarget::Named(name) => Some(name.as_str()),
        };
        let (connection, screen) =
            RustConnection::connect(name).map_err(|error| CaptureError::NoDisplay(error.to_string()))?;
        let setup = connection.setup();
        let screen = setup.roots.get(screen).ok_or(CaptureError::Lacks("a screen"))?;
        let (root, depth) = (screen.root, screen.root_depth);
        let format = setup.pixmap_formats.iter().find(|format| format.depth == depth);
        let usual = format.is_some_and(|format| format.bits_per_pixel == 32)
            && setup.image_byte_order == xproto::ImageOrder::LSB_FIRST;
        if !usual {
            return Err(CaptureError::Lacks("32-bit pixels, blue first"));
        }
        for (extension, what) in [
            (damage::X11_EXTENSION_NAME, "XDamage"),
            (xfixes::X11_EXTENSION_NAME, "XFixes"),
            (randr::X11_EXTENSION_NAME, "RandR"),
        ] {
            connection
                .extension_information(extension)?
                .ok_or(CaptureError::Lacks(what))?;
        }
        connection.damage_query_version(1, 1)?.reply()?;
        connection.xfixes_query_version(5, 0)?.reply()?;
        connection.randr_query_version(1, 3)?.reply()?;
        connection
            .randr_select_input(root, randr::NotifyMask::SCREEN_CHANGE)?
            .check()?;
        connection
            .xfixes_select_cursor_input(root, xfixes::CursorNotifyMask::DISPLAY_CURSOR)?
            .check()?;
        watch_pointer(&connection, root)?;
        let watch = connection.generate_id()?;
        connection
            .damage_create(watch, root, ReportLevel::RAW_RECTANGLES)?
            .check()?;
        let waker = Waker(Arc::new(eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?));
        let mut this = Self {
            connection,
            root,
            dirty: Dirty::new(Size { width: 0, height: 0 }),
            segment: None,
            waker,
        };
        this.measure()?;
        Ok(this)
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
            let mut notices = self.drain()?;
            if notices.any() {
                notices.woken |= self.take_wake();
                return Ok(notices);
            }
            self.connection.flush()?;
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            let timeout = left.map(|left| Timespec {
                tv_sec: left.as_secs().try_into().unwrap_or(i64::MAX),
                tv_nsec: left.subsec_nanos().into(),
            });
            let mut sources = [
                PollFd::from_borrowed_fd(self.connection.stream().as_fd(), PollFlags::IN),
                PollFd::from_borrowed_fd(self.waker.0.as_fd(), PollFlags::IN),
            ];
            let ready = match poll(&mut sources, timeout.as_ref()) {
                Ok(ready) => ready,
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            };
            if ready == 0 {
                return Ok(Notices::default());
            }
            if self.take_wake() {
                let mut notices = self.drain()?;
                notices.woken = true;
                return Ok(notices);
            }
        }
    }

    /// Hands over every area that was drawn since the last call; gives back how many pixels that were.
    pub fn grab(&mut self, mut take: impl FnMut(&Block<'_>)) -> Result<usize, CaptureError> {
        let areas = self.dirty.take();
        let result = match self.segment.is_some() {
            true => self.grab_shared(&areas, &mut take),
            false => self.grab_copied(&areas, &mut take),
        };
        match result {
            Ok(()) => Ok(areas
                .iter()
                .map(|area| usize::from(area.width) * usize::from(area.height))
                .sum()),
            // The desktop shrank between notice and request; the next round reads all of it.
            Err(ReplyError::X11Error(error)) if error.error_kind == x11rb::protocol::ErrorKind::Match => {
                self.measure()?;
                Ok(0)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Where the pointer is.
    pub fn pointer(&mut self) -> Result<(u16, u16), CaptureError> {
        let reply = self.connection.query_pointer(self.root)?.reply()?;
        Ok((reply.root_x.max(0) as u16, reply.root_y.max(0) as u16))
    }

    /// The pointer's image; `None` while it is hidden.
    pub fn pointer_image(&mut self) -> Result<Option<PointerImage>, CaptureError> {
        let reply = self.connection.xfixes_get_cursor_image()?.reply()?;
        if reply.cursor_image.iter().all(|pixel| pixel >> 24 == 0) {
            return Ok(None);
        }
        let rgba = reply.cursor_image.iter().flat_map(|pixel| straight(*pixel)).collect();
        let (width, height) = (reply.width, reply.height);
        Ok(Some(PointerImage {
            width,
            height,
            hot_x: reply.xhot,
            hot_y: reply.yhot,
            rgba,
        }))
    }

    /// Why the desktop cannot be seen now, as a sentence. X11 shows whatever is on it.
    pub fn blind(&self) -> Option<&'static str> {
        None
    }

    fn take_wake(&self) -> bool {
        rustix::io::read(&*self.waker.0, &mut [0u8; 8]).is_ok()
    }

    fn drain(&mut self) -> Result<Notices, CaptureError> {
        let mut notices = Notices::default();
        while let Some(event) = self.connection.poll_for_event()? {
            match event {
                Event::DamageNotify(event) => {
                    let area = event.area;
                    self.dirty
                        .mark(area.x.into(), area.y.into(), area.width.into(), area.height.into());
                    notices.damaged = true;
                }
                Event::RandrScreenChangeNotify(_) => notices.resized = true,
                Event::XfixesCursorNotify(_) => notices.shape = true,
                Event::XinputRawMotion(_) => notices.moved = true,
                _ => {}
            }
        }
        if notices.resized {
            self.measure()?;
            notices.damaged = true;
        }
        Ok(notices)
    }

    /// Reads the desktop's size again and marks all of it.
    fn measure(&mut self) -> Result<(), CaptureError> {
        let geometry = self.connection.get_geometry(self.root)?.reply()?;
        let size = Size {
            width: geometry.width,
            height: geometry.height,
        };
        if size != self.dirty.size() {
            if let Some(old) = self.segment.take() {
                self.connection.shm_detach(old.id)?;
            }
            let length = usize::from(size.width) * usize::from(size.height) * 4;
            self.segment = match self.connection.extension_information(shm::X11_EXTENSION_NAME)? {
                // A display on another machine has the extension and cannot use it.
                Some(_) => Segment::new(&self.connection, length).ok(),
                None => None,
            };
            self.dirty = Dirty::new(size);
        }
        self.dirty.mark_all();
        Ok(())
    }

    fn grab_shared(&self, areas: &[Area], take: &mut impl FnMut(&Block<'_>)) -> Result<(), ReplyError> {
        let Some(segment) = &self.segment else { return Ok(()) };
        let mut asked = Vec::with_capacity(areas.len());
        let mut offset = 0;
        for area in areas {
            let cookie = self.connection.shm_get_image(
                self.root,
                area.x as i16,
                area.y as i16,
                area.width,
                area.height,
                u32::MAX,
                ImageFormat::Z_PIXMAP.into(),
                segment.id,
                offset as u32,
            )?;
            asked.push((area, offset, cookie));
            offset += usize::from(area.width) * usize::from(area.height) * 4;
        }
        for (area, offset, cookie) in asked {
            cookie.reply()?;
            let stride = usize::from(area.width) * 4;
            let bgra = &segment.bytes()[offset..offset + stride * usize::from(area.height)];
            take(&Block {
                area: *area,
                bgra,
                stride,
            });
        }
        Ok(())
    }

    fn grab_copied(&self, areas: &[Area], take: &mut impl FnMut(&Block<'_>)) -> Result<(), ReplyError> {
        for area in areas {
            let (x, y) = (area.x as i16, area.y as i16);
            let image = self
                .connection
                .get_image(
                    ImageFormat::Z_PIXMAP,
                    self.root,
                    x,
                    y,
                    area.width,
                    area.height,
                    u32::MAX,
                )?
                .reply()?;
            take(&Block {
                area: *area,
                bgra: &image.data,
                stride: usize::from(area.width) * 4,
            });
        }
        Ok(())
    }
}

/// Asks for movements of any mouse. Without XInput 2 the operator sees the pointer only where he moves it himself.
fn watch_pointer(connection: &RustConnection, root: Window) -> Result<(), CaptureError> {
    if connection.extension_information(xinput::X11_EXTENSION_NAME)?.is_none() {
        return Ok(());
    }
    let version = connection.xinput_xi_query_version(2, 2)?.reply()?;
    if version.major_version >= 2 {
        let mask = xinput::EventMask {
            deviceid: xinput::Device::ALL_MASTER.into(),
            mask: vec![xinput::XIEventMask::RAW_MOTION],
        };
        connection.xinput_xi_select_events(root, &[mask])?.check()?;
    }
    Ok(())
}

/// One pixel of an X cursor, whose colours are multiplied with alpha.
fn straight(pixel: u32) -> [u8; 4] {
    let [blue, green, red, alpha] = pixel.to_le_bytes();
    let divide = |colour: u8| match alpha {
        0 => 0,
        _ => ((u16::from(colour) * 255 + u16::from(alpha) / 2) / u16::from(alpha)).min(255) as u8,
    };
    [divide(red), divide(green), divide(blue), alpha]
}

#[cfg(test)]
mod tests {
    use super::straight;

    #[test]
    fn colours_are_divided_by_alpha() {
        assert_eq!(straight(0xFF10_2030), [0x10, 0x20, 0x30, 0xFF]);
        assert_eq!(straight(0x8040_4040), [0x80, 0x80, 0x80, 0x80]);
        assert_eq!(straight(0x0000_0000), [0, 0, 0, 0]);
        assert_eq!(straight(0x10FF_0000), [0xFF, 0, 0, 0x10]);
    }
}
