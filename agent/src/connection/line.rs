//! One connection that the relay has let in: frames to the socket by urgency, frames from it to whom they belong.
//!
//! Invariant: the line ends as soon as the relay is silent for twice its heartbeat.

use super::{
    Notice,
    dial::Socket,
    tunnel::{OutgoingQueue, TunnelLink, TunnelSender},
};
use deskside_protocol::{
    agent::{AgentToRelay, Refusal, RelayToAgent},
    tunnel::TunnelFrame,
};
use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::mpsc, time::timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

/// Datagrams that wait for one session; what comes when it is full is dropped, as a network would.
const TUNNEL_QUEUE: usize = 512;
/// Bytes handed to the socket at once, after which an urgent frame may go first again.
const BATCH_BYTES: usize = 16 * 1024;
/// How long the last frames may take when the agent stops.
const FAREWELL: Duration = Duration::from_secs(2);

/// How a line ended.
#[derive(Debug)]
pub(super) enum LineEnd {
    Lost(&'static str),
    Refused {
        why: Refusal,
        message: String,
    },
    /// We were told to stop, and what was queued is sent.
    Stopped,
}

/// The live connection, for those who send. Clones are the same line.
#[derive(Clone, Debug)]
pub struct Line {
    sender: TunnelSender,
    tunnels: Arc<Mutex<HashMap<u32, mpsc::Sender<Vec<u8>>>>>,
}

impl Line {
    /// A line and the queue that its writer drains.
    pub fn new() -> (Self, OutgoingQueue) {
        let (sender, queue) = TunnelSender::new();
        (
            Self {
                sender,
                tunnels: Arc::default(),
            },
            queue,
        )
    }

    /// Queues a message; `false` when the line is gone or full.
    pub fn send(&self, message: &AgentToRelay) -> bool {
        serde_json::to_string(message).is_ok_and(|text| self.sender.send_text(text))
    }

    /// Opens the tunnel that the relay named in an offer, replacing one of the same number.
    pub fn open_tunnel(&self, tunnel: u32) -> TunnelLink {
        let (datagrams, incoming) = mpsc::channel(TUNNEL_QUEUE);
        let mut tunnels = self.tunnels();
        // Tunnels close by themselves when their session drops its end.
        tunnels.retain(|_, end| !end.is_closed());
        tunnels.insert(tunnel, datagrams);
        drop(tunnels);
        TunnelLink {
            tunnel,
            outgoing: self.sender.clone(),
            incoming,
        }
    }

    fn deliver(&self, frame: Vec<u8>) {
        let Ok(TunnelFrame { tunnel, .. }) = TunnelFrame::decode(&frame) else {
            return;
        };
        if let Some(end) = self.tunnels().get(&tunnel) {
            let _ = end.try_send(frame);
        }
    }

    fn tunnels(&self) -> MutexGuard<'_, HashMap<u32, mpsc::Sender<Vec<u8>>>> {
        self.tunnels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a line until it ends.
pub(super) async fn run(
    socket: Socket,
    line: &Line,
    queue: OutgoingQueue,
    heartbeat: Duration,
    notices: &mpsc::Sender<Notice>,
    stop: &CancellationToken,
) -> LineEnd {
    let (sink, stream) = socket.split();
    let end = tokio::select! {
        end = read(stream, line, heartbeat, notices) => end,
        end = write(sink, queue, stop) => end,
    };
    line.tunnels().clear();
    end
}

async fn read(
    mut stream: SplitStream<Socket>,
    line: &Line,
    heartbeat: Duration,
    notices: &mpsc::Sender<Notice>,
) -> LineEnd {
    loop {
        let message = match timeout(heartbeat * 2, stream.next()).await {
            Err(_) => return LineEnd::Lost("the relay is silent"),
            Ok(None | Some(Err(_)) | Some(Ok(Message::Close(_)))) => return LineEnd::Lost("the connection broke"),
            Ok(Some(Ok(message))) => message,
        };
        match message {
            Message::Binary(frame) => line.deliver(frame.into()),
            Message::Text(text) => match serde_json::from_str(&text) {
                Ok(RelayToAgent::Ping) => {
                    line.send(&AgentToRelay::Pong);
                }
                Ok(RelayToAgent::Refused { why, message }) => return LineEnd::Refused { why, message },
                Ok(message) => {
                    if notices.send(Notice::Message(Box::new(message))).await.is_err() {
                        return LineEnd::Stopped;
                    }
                }
                Err(_) => return LineEnd::Lost("the relay sent something unreadable"),
            },
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) | Message::Close(_) => {}
        }
    }
}

async fn write(mut sink: SplitSink<Socket, Message>, mut queue: OutgoingQueue, stop: &CancellationToken) -> LineEnd {
    loop {
        let first = tokio::select! {
            biased;
            outgoing = queue.recv() => outgoing,
            () = stop.cancelled() => break,
        };
        let mut next = Some(first);
        let mut batch = 0;
        while let Some(outgoing) = next {
            batch += outgoing.frame.len();
            if sink.feed(message(outgoing)).await.is_err() {
                return LineEnd::Lost("the connection broke");
            }
            next = if batch < BATCH_BYTES { queue.try_recv() } else { None };
        }
        if sink.flush().await.is_err() {
            return LineEnd::Lost("the connection broke");
        }
        queue.written(batch);
    }
    let _ = timeout(FAREWELL, sink.close()).await;
    LineEnd::Stopped
}

fn message(outgoing: super::tunnel::Outgoing) -> Message {
    match (outgoing.text, String::from_utf8(outgoing.frame)) {
        (true, Ok(text)) => Message::text(text),
        (_, Ok(text)) => Message::binary(text.into_bytes()),
        (_, Err(bytes)) => Message::binary(bytes.into_bytes()),
    }
}
