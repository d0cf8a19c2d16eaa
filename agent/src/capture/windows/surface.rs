//! A bitmap in memory, into which the desktop is copied.

use crate::capture::{CaptureError, Size};
use std::{ffi::c_void, mem, ptr};
use windows::Win32::Graphics::Gdi::{
    BI_RGB, BITMAPINFO, BITMAPINFOHEADER, CreateCompatibleDC, CreateDIBSection, DIB_RGB_COLORS, DeleteDC, DeleteObject,
    HBITMAP, HDC, HGDIOBJ, SelectObject,
};

fn lost(what: &str) -> CaptureError {
    CaptureError::Lost(format!("{what}: {}", windows::core::Error::from_thread()))
}

/// A bitmap in memory that GDI draws into.
pub(super) struct Surface {
    pub dc: HDC,
    bitmap: HBITMAP,
    before: HGDIOBJ,
    bits: *mut c_void,
    pub length: usize,
}

// SAFETY: the handles and the memory belong to this value alone, and it is used by one thread at a time.
unsafe impl Send for Surface {}

pub(super) fn header(width: i32, height: i32) -> BITMAPINFO {
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
    pub fn new(size: Size) -> Result<Self, CaptureError> {
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

    pub fn bytes(&self) -> &[u8] {
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
