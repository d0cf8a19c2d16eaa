//! A UDP socket that sends and receives one datagram at a time.
//!
//! Invariant: it asks the system for nothing but UDP, so it works where the options for batches are missing (some VPN
//! and antivirus network stacks, and Wine).

use std::{
    io::{self, IoSliceMut},
    net::SocketAddr,
    task::{Context, Poll, ready},
};
use tokio::{io::ReadBuf, net::UdpSocket};
use webrtc::runtime::{AsyncUdpSocket, RecvMeta, Transmit};

/// The socket.
#[derive(Debug)]
pub struct PlainSocket(UdpSocket);

impl PlainSocket {
    pub fn new(socket: std::net::UdpSocket) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        UdpSocket::from_std(socket).map(Self)
    }
}

impl AsyncUdpSocket for PlainSocket {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    fn poll_send(&self, cx: &mut Context<'_>, transmit: &Transmit<'_>) -> Poll<io::Result<usize>> {
        self.0.poll_send_to(cx, transmit.contents, transmit.destination)
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let (Some(buffer), Some(meta)) = (buffers.first_mut(), meta.first_mut()) else {
            return Poll::Ready(Ok(0));
        };
        let mut datagram = ReadBuf::new(buffer);
        let from = ready!(self.0.poll_recv_from(cx, &mut datagram))?;
        *meta = RecvMeta::default();
        meta.addr = from;
        meta.len = datagram.filled().len();
        meta.stride = meta.len.max(1);
        Poll::Ready(Ok(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    fn socket() -> PlainSocket {
        PlainSocket::new(std::net::UdpSocket::bind("127.0.0.1:0").unwrap()).unwrap()
    }

    async fn send(from: &PlainSocket, to: &PlainSocket, contents: &[u8]) {
        let transmit = Transmit {
            destination: to.local_addr().unwrap(),
            ecn: None,
            contents,
            segment_size: None,
            src_ip: None,
        };
        let sent = poll_fn(|cx| from.poll_send(cx, &transmit)).await.unwrap();
        assert_eq!(sent, contents.len());
    }

    async fn receive(socket: &PlainSocket) -> (Vec<u8>, RecvMeta) {
        let mut buffer = [0; 2000];
        let mut meta = [RecvMeta::default()];
        let count = poll_fn(|cx| socket.poll_recv(cx, &mut [IoSliceMut::new(&mut buffer)], &mut meta)).await;
        assert_eq!(count.unwrap(), 1);
        (buffer[..meta[0].len].to_vec(), meta[0])
    }

    #[tokio::test]
    async fn a_datagram_arrives_whole_with_its_sender() {
        let (one, other) = (socket(), socket());
        send(&one, &other, b"hello").await;
        let (payload, meta) = receive(&other).await;
        assert_eq!(
            (payload.as_slice(), meta.addr, meta.stride),
            (&b"hello"[..], one.local_addr().unwrap(), 5)
        );
    }

    #[tokio::test]
    async fn an_empty_datagram_still_has_a_stride() {
        let (one, other) = (socket(), socket());
        send(&one, &other, b"").await;
        let (payload, meta) = receive(&other).await;
        assert_eq!((payload.len(), meta.stride), (0, 1));
    }
}
