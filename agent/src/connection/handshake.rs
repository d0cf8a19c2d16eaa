//! The first frames of the agent's WebSocket: who we are, and that we hold the key.

use super::{dial::Socket, server::Server};
use crate::identity::Identity;
use deskside_protocol::{
    PROTOCOL_VERSION, UnixMillis,
    agent::{AgentToRelay, CONNECT_CONTEXT, DeviceFacts, Refusal, RelayToAgent, connect_text},
    limits, signed,
};
use futures_util::{SinkExt, StreamExt};
use std::time::{Duration, Instant};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

/// Why the relay did not let the agent in.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    #[error("{}", sentence(.server, *.why, .message))]
    Refused {
        server: Server,
        why: Refusal,
        message: String,
    },
    #[error("{0} closed the connection.")]
    Closed(Server),
    #[error("{0} did not answer in time.")]
    Silent(Server),
    #[error("{0} sent something that this agent cannot read.")]
    Unreadable(Server),
}

fn sentence(server: &Server, why: Refusal, message: &str) -> String {
    match why {
        Refusal::Version => format!(
            "{server} speaks another protocol version than this agent (which speaks {PROTOCOL_VERSION}): {message}. \
             Install the agent that belongs to the portal."
        ),
        Refusal::NotEnrolled => format!(
            "{server} does not know this device, or its enrolment was revoked. \
             Enrol it again with a new token from the portal's page Devices."
        ),
        Refusal::BadToken => format!(
            "{server} refused the enrolment token: it is unknown, already used or expired. \
             Ask for a new one on the portal's page Devices."
        ),
        Refusal::Replaced => "Another agent connected with this device's identity; this one stops.".into(),
        Refusal::Busy => format!("{server} is busy: {message}."),
        Refusal::Restarting => format!("{server} is restarting."),
        Refusal::BadMessage | Refusal::TooSlow | Refusal::BadTicket => {
            format!("{server} refused the connection: {message}.")
        }
    }
}

/// What the relay told a device that it let in.
#[derive(Clone, Copy, Debug)]
pub struct Welcome {
    /// A ping comes at least this often.
    pub heartbeat: Duration,
    /// The server's clock and when we read it.
    pub server_time: UnixMillis,
    pub read_at: Instant,
}

/// Identifies this device on a fresh socket.
pub async fn hello(socket: &mut Socket, identity: &Identity, facts: DeviceFacts) -> Result<Welcome, HandshakeError> {
    let server = &identity.server;
    send(
        socket,
        server,
        &AgentToRelay::Hello {
            version: PROTOCOL_VERSION,
            device: identity.device,
            facts,
        },
    )
    .await?;
    let RelayToAgent::Challenge { challenge, server_time } = receive(socket, server).await? else {
        return Err(HandshakeError::Unreadable(server.clone()));
    };
    let read_at = Instant::now();
    let text = connect_text(identity.device, &challenge);
    let signature = signed::sign(CONNECT_CONTEXT, text.as_bytes(), &identity.key);
    send(socket, server, &AgentToRelay::Proof { signature }).await?;
    match receive(socket, server).await? {
        RelayToAgent::Welcome { heartbeat_ms } => {
            let heartbeat = Duration::from_millis(heartbeat_ms.into()).clamp(SHORTEST_HEARTBEAT, LONGEST_HEARTBEAT);
            Ok(Welcome {
                heartbeat,
                server_time,
                read_at,
            })
        }
        _ => Err(HandshakeError::Unreadable(server.clone())),
    }
}

const SHORTEST_HEARTBEAT: Duration = Duration::from_secs(1);
const LONGEST_HEARTBEAT: Duration = Duration::from_secs(300);

/// Sends one frame of the handshake.
pub async fn send(socket: &mut Socket, server: &Server, message: &AgentToRelay) -> Result<(), HandshakeError> {
    let text = serde_json::to_string(message).map_err(|_| HandshakeError::Unreadable(server.clone()))?;
    socket
        .send(Message::text(text))
        .await
        .map_err(|_| HandshakeError::Closed(server.clone()))
}

/// Waits for one frame of the handshake; a refusal is an error.
pub async fn receive(socket: &mut Socket, server: &Server) -> Result<RelayToAgent, HandshakeError> {
    let next = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(&text).map_err(|_| HandshakeError::Unreadable(server.clone()));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Binary(_))) => return Err(HandshakeError::Unreadable(server.clone())),
                Some(Ok(_) | Err(_)) | None => return Err(HandshakeError::Closed(server.clone())),
            }
        }
    };
    match timeout(limits::UNAUTHENTICATED, next)
        .await
        .map_err(|_| HandshakeError::Silent(server.clone()))??
    {
        RelayToAgent::Refused { why, message } => Err(HandshakeError::Refused {
            server: server.clone(),
            why,
            message,
        }),
        message => Ok(message),
    }
}
