//! Elsewhere a small send buffer bounds both what is unsent and what is under way.

use socket2::SockRef;

/// Under way at once on a long line.
const WINDOWS: usize = 8;

pub fn hold_little_unsent(socket: &SockRef<'_>, bytes: u32) {
    let _ = socket.set_send_buffer_size(bytes as usize * WINDOWS);
}
