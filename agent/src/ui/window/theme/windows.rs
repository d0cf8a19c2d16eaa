//! Look of Windows.

use windows::{
    Win32::System::Registry::{HKEY_CURRENT_USER, RRF_RT_REG_DWORD, RegGetValueW},
    core::w,
};

/// FLTK's names: a letter for the weight, then the family.
pub const FONTS: (&str, &str) = (" Segoe UI", "BSegoe UI");

/// "Choose your default app mode" in the settings.
pub fn prefers_dark() -> bool {
    let mut light: u32 = 1;
    let mut bytes = size_of::<u32>() as u32;
    // SAFETY: the buffer is a u32 of the size that is given with it, and the flags allow no other type.
    let found = unsafe {
        RegGetValueW(
            HKEY_CURRENT_USER,
            w!("Software\\Microsoft\\Windows\\CurrentVersion\\Themes\\Personalize"),
            w!("AppsUseLightTheme"),
            RRF_RT_REG_DWORD,
            None,
            Some((&raw mut light).cast()),
            Some(&mut bytes),
        )
    };
    found.is_ok() && light == 0
}
