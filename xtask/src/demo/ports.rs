//! Free ports on loopback.

use anyhow::{Context, Result};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};

/// The first free TCP port from `wanted` on, within a hundred.
pub fn tcp_from(wanted: u16) -> Result<u16> {
    (wanted..wanted.saturating_add(100))
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .with_context(|| format!("every port from {wanted} to {} is in use", wanted.saturating_add(99)))
}

/// The first port from `wanted` on, within a hundred, that is free for both TCP and UDP.
pub fn tcp_and_udp_from(wanted: u16) -> Result<u16> {
    (wanted..wanted.saturating_add(100))
        .find(|port| {
            TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()
                && UdpSocket::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()
        })
        .with_context(|| format!("every port from {wanted} to {} is in use", wanted.saturating_add(99)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_port_is_passed_over() {
        let busy = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = busy.local_addr().expect("an address").port();
        assert!(tcp_from(port).expect("a port") > port);
        assert!(tcp_and_udp_from(port).expect("a port") > port);
    }
}
