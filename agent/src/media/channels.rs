//! The data channels: messages in, messages out.
//!
//! Invariant: a message that cannot be read ends its channel's reading; input without the scope to control is dropped
//! and everything that is held is released.

use crate::input::Hands;
use deskside_protocol::{
    channel::{self, AgentControl, BrowserControl, Input, Pointer},
    session::Scope,
};
use serde::{Serialize, de::DeserializeOwned};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use webrtc::data_channel::{DataChannel, DataChannelEvent};

/// What the operator's control messages ask for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wish {
    Timings(bool),
    End,
}

/// What the readers need.
pub struct Readers {
    pub hands: Option<Arc<Hands>>,
    pub scopes: watch::Receiver<Vec<Scope>>,
    pub control: mpsc::UnboundedSender<AgentControl>,
    pub wishes: mpsc::UnboundedSender<Wish>,
}

impl Readers {
    /// Reads one channel until it closes.
    pub async fn read(&self, label: &str, channel: &dyn DataChannel) {
        let done = match label {
            channel::INPUT => each(channel, |input: Input| self.input(input)).await,
            channel::POINTER => each(channel, |pointer: Pointer| self.pointer(pointer)).await,
            channel::CONTROL => each(channel, |message: BrowserControl| self.control(message)).await,
            // The browser says nothing on this one; reading notices its end.
            channel::CURSOR => each(channel, |(): ()| ()).await,
            _ => Err(Unread::Unknown),
        };
        if label == channel::INPUT
            && let Some(hands) = &self.hands
        {
            hands.release();
        }
        if let Err(why) = done {
            tracing::warn!("data channel {label:?} is closed: {why}");
            let _ = channel.close().await;
        }
    }

    fn input(&self, input: Input) {
        let Some(hands) = &self.hands else { return };
        if self.scopes.borrow().contains(&Scope::Control) {
            hands.input(input)
        } else {
            hands.release()
        }
    }

    fn pointer(&self, pointer: Pointer) {
        if let Some(hands) = &self.hands
            && self.scopes.borrow().contains(&Scope::Control)
        {
            hands.pointer(pointer);
        }
    }

    fn control(&self, message: BrowserControl) {
        match message {
            BrowserControl::Ping { number } => {
                let _ = self.control.send(AgentControl::Pong { number });
            }
            BrowserControl::Timings { on } => {
                let _ = self.wishes.send(Wish::Timings(on));
            }
            BrowserControl::End => {
                let _ = self.wishes.send(Wish::End);
            }
            // The device sees its own end of the path; the browser's word is for the portal.
            BrowserControl::Path { .. } => {}
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum Unread {
    #[error("it has no known name")]
    Unknown,
    #[error(transparent)]
    Message(#[from] channel::BadMessage),
}

async fn each<T: DeserializeOwned>(channel: &dyn DataChannel, mut take: impl FnMut(T)) -> Result<(), Unread> {
    while let Some(event) = channel.poll().await {
        match event {
            DataChannelEvent::OnMessage(message) => take(channel::decode(&message.data)?),
            DataChannelEvent::OnClose | DataChannelEvent::OnClosing => break,
            _ => {}
        }
    }
    Ok(())
}

/// Sends messages on a channel, in order, until either end is gone.
pub async fn write<T: Serialize>(channel: &dyn DataChannel, messages: &mut mpsc::UnboundedReceiver<T>) {
    while let Some(message) = messages.recv().await {
        let bytes = channel::encode(&message);
        if channel.send(bytes.as_slice().into()).await.is_err() {
            return;
        }
    }
}

/// Waits until what was sent on a channel has arrived, but not for long.
pub async fn drained(channel: &dyn DataChannel, most: Duration, stop: &CancellationToken) {
    let until = Instant::now() + most;
    while Instant::now() < until && !stop.is_cancelled() {
        match channel.outstanding_bytes().await {
            Ok(0) | Err(_) => return,
            Ok(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}
