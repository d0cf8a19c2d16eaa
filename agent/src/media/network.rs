//! The sockets of a session: real ones for direct paths, and one that is the tunnel.
//!
//! Invariant: [`TUNNEL_IP`] stands for the tunnel inside this process only; [`outgoing_candidate`] and
//! [`outgoing_sdp`] keep it, and addresses nobody can dial, out of everything that is sent.

use super::{path::PathWatch, plain::PlainSocket, tunnel::TunnelSocket};
use crate::connection::tunnel::TunnelLink;
use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use webrtc::runtime::{
    AsyncInterval, AsyncTcpListener, AsyncTcpStream, AsyncUdpSocket, JoinHandle, RecvMeta, Runtime, TokioRuntime,
    Transmit,
};

/// The address that names the tunnel to the ICE agent.
pub const TUNNEL_IP: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 77);

type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Tokio, except that the socket bound to [`TUNNEL_IP`] is the tunnel.
pub struct Network {
    tokio: TokioRuntime,
    tunnel: Mutex<Option<TunnelLink>>,
    path: PathWatch,
}

impl Network {
    pub fn new(tunnel: TunnelLink, path: PathWatch) -> Self {
        Self {
            tokio: TokioRuntime,
            tunnel: Mutex::new(Some(tunnel)),
            path,
        }
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Network")
    }
}

impl Runtime for Network {
    fn spawn(&self, future: Later<'static, ()>) -> Box<dyn JoinHandle> {
        self.tokio.spawn(future)
    }

    fn wrap_udp_socket(&self, socket: std::net::UdpSocket) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        let local = socket.local_addr()?;
        if local.ip() != IpAddr::V4(TUNNEL_IP) {
            let spare = socket.try_clone()?;
            let inner = match self.tokio.wrap_udp_socket(socket) {
                Ok(socket) => socket,
                Err(error) => {
                    tracing::info!(%error, "this system sends one datagram at a time");
                    Arc::new(PlainSocket::new(spare)?)
                }
            };
            return Ok(Arc::new(DirectSocket {
                inner,
                path: self.path.clone(),
            }));
        }
        let link = self.tunnel.lock().unwrap_or_else(PoisonError::into_inner).take();
        let link = link.ok_or_else(|| io::Error::other("the tunnel is in use"))?;
        // The bound socket stays open, so that nobody else gets its port.
        Ok(Arc::new(TunnelSocket::new(link, socket, local, self.path.clone())))
    }

    fn wrap_tcp_listener(&self, listener: std::net::TcpListener) -> io::Result<Arc<dyn AsyncTcpListener>> {
        self.tokio.wrap_tcp_listener(listener)
    }

    fn connect_tcp<'a>(&'a self, remote: SocketAddr) -> Later<'a, io::Result<Arc<dyn AsyncTcpStream>>> {
        self.tokio.connect_tcp(remote)
    }

    fn resolve_host<'a>(&'a self, host: &'a str) -> Later<'a, io::Result<Vec<SocketAddr>>> {
        self.tokio.resolve_host(host)
    }

    fn sleep(&self, duration: Duration) -> Later<'static, ()> {
        self.tokio.sleep(duration)
    }

    fn interval(&self, period: Duration) -> Box<dyn AsyncInterval> {
        self.tokio.interval(period)
    }

    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + '_>>) {
        self.tokio.block_on(future);
    }

    fn yield_now(&self) -> Later<'static, ()> {
        self.tokio.yield_now()
    }

    fn name(&self) -> &'static str {
        "deskside"
    }
}

/// A real socket that tells when media leaves through it.
#[derive(Debug)]
struct DirectSocket {
    inner: Arc<dyn AsyncUdpSocket>,
    path: PathWatch,
}

impl AsyncUdpSocket for DirectSocket {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }

    fn poll_send(&self, cx: &mut Context<'_>, transmit: &Transmit<'_>) -> Poll<io::Result<usize>> {
        self.path.sent_directly(transmit.contents);
        self.inner.poll_send(cx, transmit)
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffers: &mut [io::IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        self.inner.poll_recv(cx, buffers, meta)
    }

    fn max_gso_segments(&self) -> usize {
        self.inner.max_gso_segments()
    }

    fn max_gro_segments(&self) -> usize {
        self.inner.max_gro_segments()
    }
}

/// The candidate line if it may be sent out.
pub fn outgoing_candidate(line: &str) -> Option<&str> {
    let line = line.trim();
    let line = line.strip_prefix("a=").unwrap_or(line);
    let address = line.strip_prefix("candidate:")?.split_ascii_whitespace().nth(4)?;
    let address: IpAddr = address.parse().ok()?;
    (address != IpAddr::V4(TUNNEL_IP) && !address.is_unspecified()).then_some(line)
}

/// The SDP without candidates that must not be sent out, and without any other trace of the tunnel's address.
pub fn outgoing_sdp(sdp: &str) -> String {
    let tunnel = TUNNEL_IP.to_string();
    let mut out = String::with_capacity(sdp.len());
    for line in sdp.lines() {
        let line = line.trim_end();
        if line.starts_with("a=candidate:") && outgoing_candidate(line).is_none() {
            continue;
        }
        out.push_str(&line.replace(&tunnel, "0.0.0.0"));
        out.push_str("\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_tunnel_address_is_no_candidate_for_others() {
        let table = [
            ("candidate:1 1 udp 2130706431 192.0.2.7 5000 typ host", true),
            ("a=candidate:1 1 udp 2130706431 fd00::2 5000 typ host", true),
            ("candidate:1 1 udp 2130706431 127.0.0.77 5000 typ host", false),
            ("candidate:1 1 udp 2130706431 0.0.0.0 5000 typ host", false),
            ("candidate:1 1 udp 2130706431 :: 5000 typ host", false),
            ("candidate:1 1 udp", false),
            ("", false),
        ];
        for (line, kept) in table {
            assert_eq!(outgoing_candidate(line).is_some(), kept, "{line}");
        }
    }

    #[test]
    fn the_sdp_loses_the_tunnel_and_nothing_else() {
        let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.77\r\na=candidate:1 1 udp 1 127.0.0.77 9 typ host\r\n\
                   a=candidate:2 1 udp 1 192.0.2.7 9 typ host\r\na=end-of-candidates\r\n";
        assert_eq!(
            outgoing_sdp(sdp),
            "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\na=candidate:2 1 udp 1 192.0.2.7 9 typ host\r\na=end-of-candidates\r\n"
        );
    }

    proptest! {
        #[test]
        fn the_tunnel_never_gets_out(sdp in "(?s).{0,200}", at in 0usize..200) {
            let at = sdp.char_indices().map(|(index, _)| index).nth(at).unwrap_or(sdp.len());
            let sdp = format!("{}127.0.0.77{}", &sdp[..at], &sdp[at..]);
            prop_assert!(!outgoing_sdp(&sdp).contains("127.0.0.77"));
        }
    }
}
