//! Options of TCP sockets that carry media or tunnels: no delay, and little unsent data in the system.
//!
//! Invariant: an option that the system does not have costs speed and is never an error.

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod system;
#[cfg(not(target_os = "linux"))]
#[path = "other.rs"]
mod system;

use axum_server::accept::Accept;
use socket2::SockRef;
use std::{
    future::{Ready, ready},
    io,
};
use tokio::net::TcpStream;

/// Bytes that the system may hold unsent. What waits longer waits in our lanes, where urgent frames overtake it.
const UNSENT_BYTES: u32 = 16 * 1024;

/// For every socket that is accepted for a router with the relay's WebSockets, and for ICE-TCP streams.
pub fn tune_socket(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let _ = socket.set_tcp_nodelay(true);
    system::hold_little_unsent(&socket, UNSENT_BYTES);
}

/// Applies [`tune_socket`] to every connection that an axum-server accepts.
#[derive(Clone, Copy, Debug, Default)]
pub struct TunedAcceptor;

impl<S> Accept<TcpStream, S> for TunedAcceptor {
    type Stream = TcpStream;
    type Service = S;
    type Future = Ready<io::Result<(TcpStream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        tune_socket(&stream);
        ready(Ok((stream, service)))
    }
}
