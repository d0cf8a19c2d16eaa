//! The WebSockets of agents and browsers: one task each, which reads and writes side by side.
//!
//! Invariant: what a peer sends is bounded before it is looked at, and a peer that is refused is still told why.

use super::{Doors, lanes::Lanes, media::AgentFrame, signalling::Event};
use crate::core::{Conn, Input};
use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
};
use deskside_protocol::{bytes::Fixed, limits::TEXT_FRAME_BYTES, tunnel::TunnelFrame};
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use serde::{Deserialize, de::DeserializeOwned};
use std::{sync::Arc, time::Duration};

/// How long a peer that is closed may take to read what was sent to it.
const CLOSE_GRACE: Duration = Duration::from_secs(2);
/// Read at once from a peer. Ten thousand idle agents each hold as much.
const READ_BYTES: usize = 4 * 1024;
/// Frames are gathered up to this size before they are written.
const WRITE_BYTES: usize = 16 * 1024;

/// Makes the frames of a WebSocket bounded.
pub fn bounded(upgrade: WebSocketUpgrade, longest: usize) -> WebSocketUpgrade {
    upgrade
        .max_message_size(longest)
        .max_frame_size(longest)
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(WRITE_BYTES)
}

/// `GET` of [`deskside_protocol::agent::PATH`].
pub async fn agent(State(doors): State<Doors>, upgrade: WebSocketUpgrade) -> Response {
    let mut challenge = [0; 32];
    if doors.closing.is_cancelled() || getrandom::fill(&mut challenge).is_err() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let tasks = doors.tasks.clone();
    bounded(upgrade, TEXT_FRAME_BYTES).on_upgrade(move |socket| {
        tasks.track_future(async move {
            let conn = doors.next_conn();
            let opened = Input::AgentOpened {
                conn,
                challenge: Fixed(challenge),
            };
            Peer {
                conn,
                lanes: Arc::default(),
                doors,
            }
            .serve(socket, opened, |conn, message| Input::FromAgent { conn, message })
            .await;
        })
    })
}

/// `GET` of [`deskside_protocol::browser::PATH`].
pub async fn browser(State(doors): State<Doors>, upgrade: WebSocketUpgrade) -> Response {
    if doors.closing.is_cancelled() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let tasks = doors.tasks.clone();
    bounded(upgrade, TEXT_FRAME_BYTES).on_upgrade(move |socket| {
        tasks.track_future(async move {
            let conn = doors.next_conn();
            let opened = Input::BrowserOpened { conn };
            Peer {
                conn,
                lanes: Arc::default(),
                doors,
            }
            .serve(socket, opened, |conn, message| Input::FromBrowser { conn, message })
            .await;
        })
    })
}

/// One connected peer.
struct Peer {
    conn: Conn,
    lanes: Arc<Lanes>,
    doors: Doors,
}

/// How reading from a peer ended.
enum Ended {
    /// The peer is gone, or the relay is.
    Gone,
    /// The peer sent what nobody may send, after which its stream cannot be read on.
    Broken,
}

impl Peer {
    async fn serve<M: DeserializeOwned>(self, socket: WebSocket, opened: Input, input: impl Fn(Conn, M) -> Input) {
        let (sink, stream) = socket.split();
        let opened = Event::Opened {
            conn: self.conn,
            lanes: Arc::clone(&self.lanes),
            input: opened,
        };
        if self.doors.events.send(opened).await.is_err() {
            return;
        }
        let read = self.read(stream, input);
        let write = self.write(sink);
        tokio::pin!(read, write);
        tokio::select! {
            ended = &mut read => {
                if matches!(ended, Ended::Gone) {
                    self.lanes.close();
                }
                let _ = tokio::time::timeout(CLOSE_GRACE, write).await;
            }
            () = &mut write => {
                // Unread bytes would make the system reset the connection and the refusal be lost.
                let _ = tokio::time::timeout(CLOSE_GRACE, read).await;
            }
            () = self.overdue() => {}
        }
        let _ = self
            .doors
            .events
            .send(Event::Input(Input::Closed { conn: self.conn }))
            .await;
    }

    /// Reads until the peer is gone. Frames of a peer that was refused are thrown away.
    async fn read<M: DeserializeOwned>(
        &self,
        mut stream: impl Stream<Item = Result<Message, axum::Error>> + Unpin,
        input: impl Fn(Conn, M) -> Input,
    ) -> Ended {
        let conn = self.conn;
        while let Some(frame) = stream.next().await {
            let event = match frame {
                Ok(Message::Text(text)) => match serde_json::from_str(&text) {
                    Ok(message) => input(conn, message),
                    Err(_) => Input::Unreadable {
                        conn,
                        version: version_of(&text),
                    },
                },
                Ok(Message::Binary(frame)) if self.lanes.is_admitted() && TunnelFrame::decode(&frame).is_ok() => {
                    if self.doors.frames.send(AgentFrame { conn, frame }).await.is_err() {
                        return Ended::Gone;
                    }
                    continue;
                }
                Ok(Message::Binary(_)) => Input::Unreadable { conn, version: None },
                Ok(Message::Ping(_) | Message::Pong(_)) => continue,
                Ok(Message::Close(_)) => return Ended::Gone,
                Err(error) => {
                    tracing::debug!(conn = conn.0, %error, "a peer's stream broke");
                    let _ = self
                        .doors
                        .events
                        .send(Event::Input(Input::Unreadable { conn, version: None }))
                        .await;
                    return Ended::Broken;
                }
            };
            if self.doors.events.send(Event::Input(event)).await.is_err() {
                return Ended::Gone;
            }
        }
        Ended::Gone
    }

    /// Writes until the lanes are closed and empty.
    async fn write(&self, mut sink: impl Sink<Message, Error = axum::Error> + Unpin) {
        while let Some(message) = self.lanes.next().await {
            if sink.feed(message).await.is_err() {
                return;
            }
            while let Some(message) = self.lanes.try_next() {
                if sink.feed(message).await.is_err() {
                    return;
                }
            }
            if sink.flush().await.is_err() {
                return;
            }
        }
        let _ = sink.close().await;
    }

    /// Ends some time after the peer was closed, whatever it does.
    async fn overdue(&self) {
        self.lanes.closed().await;
        tokio::time::sleep(2 * CLOSE_GRACE).await;
    }
}

/// The version that an unreadable frame says it has.
fn version_of(text: &str) -> Option<u16> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u16,
    }
    serde_json::from_str::<Versioned>(text)
        .ok()
        .map(|versioned| versioned.version)
}
