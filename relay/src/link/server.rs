//! The relay's side of a link over a WebSocket.
//!
//! Invariant: nothing is read from or told to a peer that has not proved that it holds the portal's key.

use super::{FRAME_BYTES, LinkPipe, PING_EVERY, SILENT_FOR, in_process, link_text};
use crate::{
    PortalEnd,
    shell::{Doors, Event, bounded},
};
use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
};
use deskside_protocol::{
    PROTOCOL_VERSION,
    agent::Refusal,
    bytes::{Challenge, Fixed, PublicKey},
    limits::UNAUTHENTICATED,
    link::{LINK_CONTEXT, LinkHandshake},
    signed::verify,
};
use tokio::time::{Instant, interval, sleep_until, timeout};

/// What a link's WebSocket needs of the relay.
#[derive(Clone, Debug)]
pub(crate) struct LinkDoor {
    pub doors: Doors,
    pub portal_key: PublicKey,
}

/// `GET` of [`deskside_protocol::link::PATH`].
pub(crate) async fn accept(State(door): State<LinkDoor>, upgrade: WebSocketUpgrade) -> Response {
    let mut challenge = [0; 32];
    if door.doors.closing.is_cancelled() || getrandom::fill(&mut challenge).is_err() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    bounded(upgrade, FRAME_BYTES).on_upgrade(move |socket| serve(socket, door, Fixed(challenge)))
}

async fn serve(mut socket: WebSocket, door: LinkDoor, challenge: Challenge) {
    let refusal = match timeout(UNAUTHENTICATED, handshake(&mut socket, &door.portal_key, challenge)).await {
        Ok(Ok(())) => {
            tracing::info!("the portal linked itself to this relay");
            let (near, pipe): (PortalEnd, LinkPipe) = in_process();
            if door.doors.events.send(Event::Linked(pipe)).await.is_ok() {
                let end = pump(&mut socket, near, &door).await;
                tracing::info!(end, "the link to the portal ended");
            }
            return;
        }
        Ok(Err(refusal)) => refusal,
        Err(_) => (Refusal::TooSlow, "too long without proof".to_owned()),
    };
    tracing::warn!(why = ?refusal.0, "a link was refused");
    let _ = send(
        &mut socket,
        &LinkHandshake::Refused {
            why: refusal.0,
            message: refusal.1,
        },
    )
    .await;
    let _ = socket.send(Message::Close(None)).await;
}

async fn handshake(socket: &mut WebSocket, key: &PublicKey, challenge: Challenge) -> Result<(), (Refusal, String)> {
    let unexpected = || (Refusal::BadMessage, "this frame may not come now".to_owned());
    let LinkHandshake::LinkHello { version } = receive(socket).await.ok_or_else(unexpected)? else {
        return Err(unexpected());
    };
    if version != PROTOCOL_VERSION {
        return Err((
            Refusal::Version,
            format!("this relay speaks protocol version {PROTOCOL_VERSION}, not {version}"),
        ));
    }
    send(socket, &LinkHandshake::LinkChallenge { challenge })
        .await
        .ok_or_else(unexpected)?;
    let LinkHandshake::LinkProof { signature } = receive(socket).await.ok_or_else(unexpected)? else {
        return Err(unexpected());
    };
    if !verify(LINK_CONTEXT, link_text(&challenge).as_bytes(), &signature, key) {
        return Err((
            Refusal::NotEnrolled,
            "this is not the key of this relay's portal".to_owned(),
        ));
    }
    send(socket, &LinkHandshake::LinkReady).await.ok_or_else(unexpected)
}

/// Carries messages both ways until either side ends; answers why it ended.
async fn pump(socket: &mut WebSocket, mut near: PortalEnd, door: &LinkDoor) -> &'static str {
    let mut ping = interval(PING_EVERY);
    let mut silent = Instant::now() + SILENT_FOR;
    loop {
        tokio::select! {
            message = near.from_relay.recv() => {
                let Some(message) = message else { return "another portal took its place" };
                if send(socket, &message).await.is_none() {
                    return "the portal cannot be written to";
                }
            }
            frame = socket.recv() => {
                silent = Instant::now() + SILENT_FOR;
                match frame {
                    Some(Ok(Message::Text(text))) => {
                        let Ok(message) = serde_json::from_str(&text) else { return "the portal sent an unreadable frame" };
                        if near.to_relay.send(message).await.is_err() {
                            return "another portal took its place";
                        }
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    _ => return "the portal closed it",
                }
            }
            _ = ping.tick() => {
                if socket.send(Message::Ping(Default::default())).await.is_err() {
                    return "the portal cannot be written to";
                }
            }
            () = sleep_until(silent) => return "the portal is silent",
            () = door.doors.closing.cancelled() => return "the relay stops",
        }
    }
}

async fn send(socket: &mut WebSocket, message: &impl serde::Serialize) -> Option<()> {
    let text = serde_json::to_string(message).ok()?;
    socket.send(Message::text(text)).await.ok()
}

async fn receive(socket: &mut WebSocket) -> Option<LinkHandshake> {
    loop {
        match socket.recv().await?.ok()? {
            Message::Text(text) => return serde_json::from_str(&text).ok(),
            Message::Ping(_) | Message::Pong(_) => {}
            _ => return None,
        }
    }
}
