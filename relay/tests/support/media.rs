//! The media side of a browser: connectivity checks and datagrams over UDP or ICE-TCP.

use super::{PATIENCE, peers::AGENT_PASSWORD};
use deskside_relay::{
    bridge::{Deframer, frame_into},
    stun::{BindingRequest, Message as Stun, Password},
};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
};

/// A check for the agent of device `number`, made with `password`.
pub fn check(number: u8, password: &str) -> Vec<u8> {
    let username = format!("agent{number}:brow");
    let request = BindingRequest {
        transaction: *b"abcdefghijkl",
        username: &username,
        priority: 1,
        nominate: true,
    };
    request.write(&Password::new(password))
}

pub fn good_check(number: u8) -> Vec<u8> {
    check(number, AGENT_PASSWORD)
}

/// True for the agent's own answer to a check.
pub fn is_answer(datagram: &[u8]) -> bool {
    let password = Password::new(AGENT_PASSWORD);
    Stun::read(datagram).is_ok_and(|message| !message.is_binding_request() && message.is_made_with(&password))
}

/// A way to the relay.
pub enum Path {
    Udp(UdpSocket),
    Tcp(TcpStream, Deframer),
}

impl Path {
    pub async fn udp(from: &str, to: SocketAddr) -> Self {
        let socket = UdpSocket::bind(from).await.unwrap();
        // A connected socket hears from this address only.
        socket.connect(to).await.unwrap();
        Self::Udp(socket)
    }

    pub async fn tcp(to: SocketAddr) -> Self {
        Self::Tcp(TcpStream::connect(to).await.unwrap(), Deframer::default())
    }

    pub async fn send(&mut self, datagram: &[u8]) {
        match self {
            Self::Udp(socket) => {
                socket.send(datagram).await.unwrap();
            }
            Self::Tcp(stream, _) => {
                let mut frame = Vec::new();
                frame_into(datagram, &mut frame);
                let _ = stream.write_all(&frame).await;
            }
        }
    }

    /// The next datagram; `None` when the stream ended or nothing came within `wait`.
    pub async fn receive_within(&mut self, wait: Duration) -> Option<Vec<u8>> {
        tokio::time::timeout(wait, self.receive()).await.ok().flatten()
    }

    async fn receive(&mut self) -> Option<Vec<u8>> {
        match self {
            Self::Udp(socket) => {
                let mut buffer = vec![0; 4096];
                let length = socket.recv(&mut buffer).await.unwrap();
                buffer.truncate(length);
                Some(buffer)
            }
            Self::Tcp(stream, deframer) => loop {
                if let Some(packet) = deframer.next().unwrap() {
                    return Some(packet.to_vec());
                }
                match stream.read(deframer.space()).await {
                    Ok(0) | Err(_) => return None,
                    Ok(count) => deframer.filled(count),
                }
            },
        }
    }

    /// Sends a datagram and hears what comes back.
    pub async fn echo(&mut self, datagram: &[u8]) -> Option<Vec<u8>> {
        self.send(datagram).await;
        self.receive_within(PATIENCE).await
    }

    /// True when nothing comes back from this datagram.
    pub async fn is_ignored(&mut self, datagram: &[u8]) -> bool {
        self.send(datagram).await;
        self.receive_within(Duration::from_millis(200)).await.is_none()
    }
}
