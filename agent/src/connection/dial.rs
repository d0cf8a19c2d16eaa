//! From an address to an open WebSocket.

use super::server::Server;
use deskside_protocol::{agent, limits};
use rustls::ClientConfig;
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpSocket, TcpStream, lookup_host},
    time::timeout,
};
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config,
    tungstenite::{self, protocol::WebSocketConfig},
};

/// The device's WebSocket.
pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How long one address may take to accept a TCP connection.
const TCP_WAIT: Duration = Duration::from_secs(5);
/// How long TLS and the WebSocket's opening may take.
const OPENING_WAIT: Duration = Duration::from_secs(10);
/// What the kernel holds for the socket. Small, so that the queue with its priorities is where frames wait.
const SEND_BUFFER: u32 = 64 * 1024;

/// Why the server was not reached: each a sentence for the person who reads it.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    #[error("{server} cannot be found: {source}. Check the address and the network.")]
    Name { server: Server, source: io::Error },
    #[error("{server} cannot be reached: {source}. Check the address and the network.")]
    Tcp { server: Server, source: io::Error },
    #[error("{server} has a certificate that this device does not trust: {reason}. Name its authority with --ca.")]
    Certificate { server: Server, reason: String },
    #[error("{server} answered, but not as a Deskside portal (HTTP status {status}).")]
    NoPortal { server: Server, status: u16 },
    #[error("{server} did not open the connection: {reason}.")]
    Opening { server: Server, reason: String },
}

/// Connects to the agent WebSocket of `server`.
pub async fn dial(server: &Server, tls: &Arc<ClientConfig>) -> Result<Socket, DialError> {
    let stream = tcp(server).await?;
    // One frame of the protocol is small; the default of 128 KiB would stand idle on every device.
    let config = WebSocketConfig::default()
        .read_buffer_size(16 * 1024)
        .write_buffer_size(16 * 1024)
        .max_message_size(Some(limits::TEXT_FRAME_BYTES))
        .max_frame_size(Some(limits::TEXT_FRAME_BYTES));
    let connector = if server.secure {
        Connector::Rustls(tls.clone())
    } else {
        Connector::Plain
    };
    let opening = client_async_tls_with_config(server.websocket(agent::PATH), stream, Some(config), Some(connector));
    match timeout(OPENING_WAIT, opening).await {
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(error)) => Err(explain(server, error)),
        Err(_) => Err(DialError::Opening {
            server: server.clone(),
            reason: "it took too long".into(),
        }),
    }
}

async fn tcp(server: &Server) -> Result<TcpStream, DialError> {
    let name = |source| DialError::Name {
        server: server.clone(),
        source,
    };
    let addresses = lookup_host((server.host.as_str(), server.port)).await.map_err(name)?;
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in addresses.take(8) {
        match timeout(TCP_WAIT, tcp_to(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = error,
            Err(_) => last = io::Error::new(io::ErrorKind::TimedOut, "no answer"),
        }
    }
    Err(DialError::Tcp {
        server: server.clone(),
        source: last,
    })
}

async fn tcp_to(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.set_nodelay(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.connect(address).await
}

fn explain(server: &Server, error: tungstenite::Error) -> DialError {
    let server = server.clone();
    match error {
        tungstenite::Error::Http(response) => DialError::NoPortal {
            server,
            status: response.status().as_u16(),
        },
        tungstenite::Error::Io(error) => match rustls_error(&error) {
            Some(rustls::Error::InvalidCertificate(why)) => DialError::Certificate {
                server,
                reason: why.to_string(),
            },
            _ => DialError::Opening {
                server,
                reason: error.to_string(),
            },
        },
        tungstenite::Error::Tls(error) => DialError::Certificate {
            server,
            reason: error.to_string(),
        },
        other => DialError::Opening {
            server,
            reason: other.to_string(),
        },
    }
}

fn rustls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}
