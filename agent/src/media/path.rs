//! Which way media takes, told by the socket that carries it.

use deskside_protocol::{session::MediaPath, tunnel::Transport};
use std::sync::Arc;
use tokio::sync::watch;

/// What a datagram carries, by its first byte (RFC 7983).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cargo {
    Stun,
    /// DTLS, with the data channels in it.
    Dtls,
    /// SRTP and SRTCP.
    Media,
}

/// Tells what a datagram carries.
pub fn cargo(datagram: &[u8]) -> Cargo {
    match datagram.first() {
        Some(128..=191) => Cargo::Media,
        Some(20..=63) => Cargo::Dtls,
        _ => Cargo::Stun,
    }
}

/// The path in use: `None` until media or data left this device.
#[derive(Clone, Debug)]
pub struct PathWatch(Arc<watch::Sender<Option<MediaPath>>>);

impl PathWatch {
    pub fn new() -> (Self, watch::Receiver<Option<MediaPath>>) {
        let (sender, receiver) = watch::channel(None);
        (Self(Arc::new(sender)), receiver)
    }

    /// A datagram left through a real socket.
    pub fn sent_directly(&self, datagram: &[u8]) {
        self.sent(datagram, MediaPath::Direct);
    }

    /// A datagram left through the tunnel, to a browser that reaches the relay like this.
    pub fn sent_through_tunnel(&self, datagram: &[u8], transport: Transport) {
        self.sent(
            datagram,
            match transport {
                Transport::Udp => MediaPath::RelayUdp,
                Transport::Tcp => MediaPath::RelayTcp,
            },
        );
    }

    fn sent(&self, datagram: &[u8], path: MediaPath) {
        if cargo(datagram) != Cargo::Stun && *self.0.borrow() != Some(path) {
            self.0.send_replace(Some(path));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connectivity_checks_do_not_name_the_path() {
        let (watch, path) = PathWatch::new();
        watch.sent_directly(&[0, 1, 0, 0]);
        assert_eq!(*path.borrow(), None);
    }

    #[test]
    fn media_and_data_name_the_path_they_take() {
        let (watch, path) = PathWatch::new();
        watch.sent_through_tunnel(&[23, 254, 253], Transport::Tcp);
        assert_eq!(*path.borrow(), Some(MediaPath::RelayTcp));
        watch.sent_through_tunnel(&[128, 102], Transport::Udp);
        assert_eq!(*path.borrow(), Some(MediaPath::RelayUdp));
        watch.sent_directly(&[128, 102]);
        assert_eq!(*path.borrow(), Some(MediaPath::Direct));
    }

    #[test]
    fn first_bytes_are_told_apart() {
        for (byte, want) in [
            (0, Cargo::Stun),
            (3, Cargo::Stun),
            (20, Cargo::Dtls),
            (63, Cargo::Dtls),
            (64, Cargo::Stun),
        ] {
            assert_eq!(cargo(&[byte]), want, "{byte}");
        }
        for (byte, want) in [
            (127, Cargo::Stun),
            (128, Cargo::Media),
            (191, Cargo::Media),
            (192, Cargo::Stun),
        ] {
            assert_eq!(cargo(&[byte]), want, "{byte}");
        }
        assert_eq!(cargo(&[]), Cargo::Stun);
    }
}
