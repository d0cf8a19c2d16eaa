//! The pointer of Windows: where it is, and its image.

use super::surface::header;
use crate::capture::{PointerImage, pointer_bits};
use std::mem;
use windows::Win32::{
    Graphics::Gdi::{BITMAP, DIB_RGB_COLORS, DeleteObject, GetDC, GetDIBits, GetObjectW, HBITMAP, ReleaseDC},
    UI::WindowsAndMessaging::{CURSOR_SHOWING, CURSORINFO, GetCursorInfo, GetIconInfo, HCURSOR, ICONINFO},
};

pub(super) fn cursor_info() -> Option<CURSORINFO> {
    let mut info = CURSORINFO {
        cbSize: mem::size_of::<CURSORINFO>() as u32,
        ..Default::default()
    };
    // SAFETY: the structure tells its size.
    unsafe { GetCursorInfo(&mut info) }.is_ok().then_some(info)
}

pub(super) fn shown(info: &CURSORINFO) -> bool {
    info.flags.0 & CURSOR_SHOWING.0 != 0
}

pub(super) fn image_of(cursor: HCURSOR) -> Option<PointerImage> {
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
    let (width, height, rgba) = pointer_bits::compose(colour, mask?)?;
    Some(PointerImage {
        width,
        height,
        hot_x: icon.xHotspot as u16,
        hot_y: icon.yHotspot as u16,
        rgba,
    })
}

/// Width, height and BGRA rows of a bitmap.
fn pixels(bitmap: HBITMAP) -> Option<pointer_bits::Bits> {
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
