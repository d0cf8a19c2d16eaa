//! Linux can bound what is unsent without bounding what is under way.

use socket2::SockRef;

pub fn hold_little_unsent(socket: &SockRef<'_>, bytes: u32) {
    let _ = socket.set_tcp_notsent_lowat(bytes);
}
