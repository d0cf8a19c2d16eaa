//! The portal's side of a link to a stand-alone relay: made, kept, and made again.
//!
//! Invariant: the portal's two channels outlive every connection; it notices a loss only through devices that do not
//! come back.

use super::{
    FRAME_BYTES, LinkPipe, PING_EVERY, PortalEnd, SILENT_FOR, held::Held, in_process, link_text, presence::Presence,
};
use deskside_protocol::{
    PROTOCOL_VERSION, UnixMillis,
    limits::UNAUTHENTICATED,
    link::{LINK_CONTEXT, LinkHandshake, PortalToRelay},
    signed::sign,
};
use ed25519_dalek::SigningKey;
use futures_util::{SinkExt, StreamExt};
use serde::Serialize;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::{
    net::TcpStream,
    time::{Instant, interval, sleep_until, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{self, Message, client::IntoClientRequest, protocol::WebSocketConfig},
};

/// Between two tries: from the first to the last, doubled each time.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(15);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("the relay's address {url} is not a ws:// or wss:// address")]
    Address { url: String },
    #[error("the relay cannot be reached: {0}")]
    Connect(Box<tungstenite::Error>),
    #[error("the relay does not answer")]
    Silent,
    #[error("the relay refused the link: {0}")]
    Refused(String),
    #[error("the link broke: {0}")]
    Broken(&'static str),
}

/// Links the portal to a stand-alone relay. Returns at once; the link is made, and made again whenever it breaks, in
/// the background, until the returned end is dropped.
pub async fn connect(url: &str, key: SigningKey) -> Result<PortalEnd, LinkError> {
    let address = || LinkError::Address { url: url.to_owned() };
    let request = url.into_client_request().map_err(|_| address())?;
    if !matches!(request.uri().scheme_str(), Some("ws" | "wss")) {
        return Err(address());
    }
    let (end, pipe) = in_process();
    let link = Client {
        url: url.to_owned(),
        key,
        pipe,
        held: Held::default(),
        presence: Presence::default(),
    };
    tokio::spawn(link.run());
    Ok(end)
}

struct Client {
    url: String,
    key: SigningKey,
    pipe: LinkPipe,
    held: Held,
    presence: Presence,
}

/// The portal dropped its end.
struct PortalGone;

impl Client {
    async fn run(mut self) {
        let mut wait = FIRST_WAIT;
        loop {
            let (url, key) = (self.url.clone(), self.key.clone());
            let Ok(opened) = self.meanwhile(timeout(UNAUTHENTICATED, open(&url, &key))).await else {
                return;
            };
            let opened = opened.unwrap_or(Err(LinkError::Silent));
            let error = match opened {
                Ok(socket) => {
                    tracing::info!(url = self.url, "linked to the relay");
                    wait = FIRST_WAIT;
                    let ended = self.pump(socket).await;
                    self.presence.lost(Instant::now().into_std());
                    match ended {
                        Ok(PortalGone) => return,
                        Err(error) => error,
                    }
                }
                Err(error) => error,
            };
            tracing::warn!(url = self.url, %error, "no link to the relay; trying again");
            if let Err(PortalGone) = self.meanwhile(tokio::time::sleep(jittered(wait))).await {
                return;
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Waits for `other` while there is no link, and keeps the portal's channels going.
    async fn meanwhile<T>(&mut self, other: impl Future<Output = T>) -> Result<T, PortalGone> {
        tokio::pin!(other);
        loop {
            let deadline = self.presence.deadline();
            tokio::select! {
                result = &mut other => return Ok(result),
                message = self.pipe.from_portal.recv() => self.held.keep(message.ok_or(PortalGone)?),
                () = until(deadline) => self.give_up().await?,
            }
        }
    }

    /// Carries messages both ways until the link breaks or the portal ends.
    async fn pump(&mut self, mut socket: Socket) -> Result<PortalGone, LinkError> {
        while let Some(message) = self.held.next() {
            self.send(&mut socket, message).await?;
        }
        let mut ping = interval(PING_EVERY);
        let mut silent = Instant::now() + SILENT_FOR;
        loop {
            let deadline = self.presence.deadline();
            tokio::select! {
                message = self.pipe.from_portal.recv() => match message {
                    Some(message) => self.send(&mut socket, message).await?,
                    None => {
                        let _ = socket.close(None).await;
                        return Ok(PortalGone);
                    }
                },
                frame = socket.next() => {
                    silent = Instant::now() + SILENT_FOR;
                    match frame {
                        Some(Ok(Message::Text(text))) => {
                            let message = serde_json::from_str(&text).map_err(|_| LinkError::Broken("an unreadable frame"))?;
                            self.presence.note(&message);
                            if self.pipe.to_portal.send(message).await.is_err() {
                                return Ok(PortalGone);
                            }
                        }
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                        Some(Ok(_)) | None => return Err(LinkError::Broken("the relay closed it")),
                        Some(Err(error)) => return Err(LinkError::Connect(Box::new(error))),
                    }
                }
                _ = ping.tick() => write(&mut socket, Message::Ping(Default::default())).await?,
                () = until(deadline) => if self.give_up().await.is_err() {
                    return Ok(PortalGone);
                },
                () = sleep_until(silent) => return Err(LinkError::Silent),
            }
        }
    }

    async fn send(&mut self, socket: &mut Socket, message: PortalToRelay) -> Result<(), LinkError> {
        let written = write(socket, text(&message)).await;
        if written.is_err() {
            self.held.keep(message);
        }
        written
    }

    /// Tells the portal who did not come back.
    async fn give_up(&mut self) -> Result<(), PortalGone> {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        for message in self
            .presence
            .give_up(UnixMillis::try_from(wall.as_millis()).unwrap_or(UnixMillis::MAX))
        {
            self.pipe.to_portal.send(message).await.map_err(|_| PortalGone)?;
        }
        Ok(())
    }
}

/// Connects and proves that this is the portal.
async fn open(url: &str, key: &SigningKey) -> Result<Socket, LinkError> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(FRAME_BYTES))
        .max_frame_size(Some(FRAME_BYTES));
    let connected = connect_async_with_config(url, Some(config), true).await;
    let (mut socket, _) = connected.map_err(|error| LinkError::Connect(Box::new(error)))?;
    write(
        &mut socket,
        text(&LinkHandshake::LinkHello {
            version: PROTOCOL_VERSION,
        }),
    )
    .await?;
    let LinkHandshake::LinkChallenge { challenge } = handshake_frame(&mut socket).await? else {
        return Err(LinkError::Broken("an unexpected frame"));
    };
    let signature = sign(LINK_CONTEXT, link_text(&challenge).as_bytes(), key);
    write(&mut socket, text(&LinkHandshake::LinkProof { signature })).await?;
    match handshake_frame(&mut socket).await? {
        LinkHandshake::LinkReady => Ok(socket),
        _ => Err(LinkError::Broken("an unexpected frame")),
    }
}

async fn handshake_frame(socket: &mut Socket) -> Result<LinkHandshake, LinkError> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => {
                return match serde_json::from_str(&text) {
                    Ok(LinkHandshake::Refused { message, .. }) => Err(LinkError::Refused(message)),
                    Ok(frame) => Ok(frame),
                    Err(_) => Err(LinkError::Broken("an unreadable frame")),
                };
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Err(error)) => return Err(LinkError::Connect(Box::new(error))),
            _ => return Err(LinkError::Broken("the relay closed it")),
        }
    }
}

async fn write(socket: &mut Socket, message: Message) -> Result<(), LinkError> {
    match timeout(SILENT_FOR, socket.send(message)).await {
        Ok(sent) => sent.map_err(|error| LinkError::Connect(Box::new(error))),
        Err(_) => Err(LinkError::Silent),
    }
}

fn text(message: &impl Serialize) -> Message {
    // Messages are plain data with text keys, which always become JSON.
    Message::text(serde_json::to_string(message).expect("a message is always JSON"))
}

async fn until(deadline: Option<std::time::Instant>) {
    match deadline {
        Some(at) => sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// Between half of `wait` and all of it, so that many portals do not come at once.
fn jittered(wait: Duration) -> Duration {
    let mut byte = [0];
    let _ = getrandom::fill(&mut byte);
    wait / 2 + wait * u32::from(byte[0]) / 512
}
