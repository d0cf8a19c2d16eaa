//! The one outbound connection of the device: kept up for as long as the agent runs.
//!
//! Invariant: there is at most one line at a time, and between two of them a wait from [`backoff`].

pub mod backoff;
pub mod clock;
pub mod dial;
pub mod handshake;
mod line;
pub mod queue;
pub mod server;
pub mod tls;
pub mod tunnel;

pub use line::Line;

use crate::identity::Identity;
use backoff::{Backoff, Ended};
use clock::ServerClock;
use deskside_protocol::agent::{DeviceFacts, Refusal, RelayToAgent};
use handshake::HandshakeError;
use line::LineEnd;
use rustls::ClientConfig;
use std::{sync::Arc, time::Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// What the connection tells the session.
#[derive(Debug)]
pub enum Notice {
    /// The relay let the device in; this is the server's time.
    Up(Line, ServerClock),
    Message(Box<RelayToAgent>),
    /// The line is gone; another one will come.
    Down,
}

/// Why the agent cannot go on: a sentence for the person who started it.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Barred(HandshakeError);

impl Barred {
    /// True when another agent took over: nothing is wrong with this one.
    pub fn is_replaced(&self) -> bool {
        matches!(
            self.0,
            HandshakeError::Refused {
                why: Refusal::Replaced,
                ..
            }
        )
    }
}

/// Keeps the device connected until `stop`, or until the relay says that trying again is useless.
pub async fn keep(
    identity: Arc<Identity>,
    facts: DeviceFacts,
    tls: Arc<ClientConfig>,
    notices: mpsc::Sender<Notice>,
    stop: CancellationToken,
) -> Result<(), Barred> {
    let mut backoff = Backoff::default();
    loop {
        let ended = tokio::select! {
            ended = once(&identity, &facts, &tls, &notices, &stop) => ended?,
            // A line says farewell by itself; this ends a try to connect.
            () = farewell(&stop) => return Ok(()),
        };
        if stop.is_cancelled() || notices.is_closed() {
            return Ok(());
        }
        let wait = backoff.next(ended, chance());
        tracing::info!(wait_ms = wait.as_millis(), "connecting again");
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = stop.cancelled() => return Ok(()),
        }
    }
}

async fn farewell(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
}

async fn once(
    identity: &Identity,
    facts: &DeviceFacts,
    tls: &Arc<ClientConfig>,
    notices: &mpsc::Sender<Notice>,
    stop: &CancellationToken,
) -> Result<Ended, Barred> {
    let mut socket = match dial::dial(&identity.server, tls).await {
        Ok(socket) => socket,
        Err(error) => {
            tracing::warn!("{error}");
            return Ok(Ended::Unreached);
        }
    };
    let welcome = match handshake::hello(&mut socket, identity, facts.clone()).await {
        Ok(welcome) => welcome,
        Err(HandshakeError::Refused { server, why, message }) => return refused(server, why, message),
        Err(error) => {
            tracing::warn!("{error}");
            return Ok(Ended::Unreached);
        }
    };
    tracing::info!(server = %identity.server, "connected");
    let (line, queue) = Line::new();
    let clock = ServerClock::set(welcome.read_at, welcome.server_time);
    let since = Instant::now();
    if notices.send(Notice::Up(line.clone(), clock)).await.is_err() {
        return Ok(Ended::Unreached);
    }
    let end = line::run(socket, &line, queue, welcome.heartbeat, notices, stop).await;
    let _ = notices.send(Notice::Down).await;
    match end {
        LineEnd::Lost(why) => {
            tracing::warn!("connection lost: {why}");
            Ok(Ended::Lost(since.elapsed()))
        }
        LineEnd::Refused { why, message } => refused(identity.server.clone(), why, message),
        LineEnd::Stopped => Ok(Ended::Lost(since.elapsed())),
    }
}

fn refused(server: server::Server, why: Refusal, message: String) -> Result<Ended, Barred> {
    let error = HandshakeError::Refused { server, why, message };
    if matches!(why, Refusal::Replaced | Refusal::NotEnrolled) {
        return Err(Barred(error));
    }
    tracing::warn!("{error}");
    Ok(Ended::Refused(why))
}

fn chance() -> f64 {
    getrandom::u32().map_or(0.5, |value| f64::from(value) / f64::from(u32::MAX))
}
