//! The data channels: messages in, messages out.
//!
//! Invariant: a message that cannot be read ends its channel's reading; input without the scope to control is dropped
//! and everything that is held is released.

use super::link::Link;
use crate::input::Hands;
use deskside_protocol::{
    channel::{self, AgentControl, BrowserControl, Input, Pointer},
    session::Scope,
    transfer::FileMessage,
};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use webrtc::data_channel::{DataChannel, DataChannelEvent};

/// Messages that wait for one channel.
pub const WAITING: usize = 256;
/// Of these, for messages of which only the newest matters, or none: they are dropped when the rest is taken.
pub const WAITING_FREELY: usize = 128;

/// Bytes of files that may wait in their channel when another chunk is put there.
const FILE_BYTES_WAITING: usize = 64 * 1024;
/// How much of everything may wait for the link when another chunk is sent.
const FILE_BACKLOG: Duration = Duration::from_millis(40);
/// How often that is looked at.
const FILE_PAUSE: Duration = Duration::from_millis(5);

/// The end of a channel's queue that messages are put into; it never waits and never grows beyond [`WAITING`].
#[derive(Debug)]
pub struct Outgoing<T>(mpsc::Sender<T>);

impl<T> Clone for Outgoing<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Outgoing<T> {
    /// Both ends of an empty queue.
    pub fn new() -> (Self, mpsc::Receiver<T>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (Self(sender), receiver)
    }

    /// Queues a message that others build upon; false when it was dropped.
    pub fn send(&self, message: T) -> bool {
        self.0.try_send(message).is_ok()
    }

    /// Queues a message that nobody misses; false when it was dropped.
    pub fn mention(&self, message: T) -> bool {
        self.0.capacity() > WAITING - WAITING_FREELY && self.send(message)
    }
}

/// What the readers need.
pub struct Readers {
    pub hands: Option<Arc<Hands>>,
    pub scopes: watch::Receiver<Vec<Scope>>,
    pub control: Outgoing<AgentControl>,
    /// Whether the operator wants the timing of every frame.
    pub timings: Arc<AtomicBool>,
    /// Where messages about files go; `None`: none may be sent.
    pub files: Option<mpsc::Sender<FileMessage>>,
    /// Of capacity one: the operator's wish to end needs to be heard once.
    pub ended: mpsc::Sender<()>,
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
            channel::FILES => self.files(channel).await,
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

    /// Not faster than they are taken: what waits stays in the browser.
    async fn files(&self, channel: &dyn DataChannel) -> Result<(), Unread> {
        let Some(files) = &self.files else {
            return Err(Unread::NoFiles);
        };
        while let Some(event) = channel.poll().await {
            match event {
                DataChannelEvent::OnMessage(message) => {
                    if files.send(channel::decode(&message.data)?).await.is_err() {
                        break;
                    }
                }
                DataChannelEvent::OnClose | DataChannelEvent::OnClosing => break,
                _ => {}
            }
        }
        Ok(())
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
                self.control.mention(AgentControl::Pong { number });
            }
            BrowserControl::Timings { on } => {
                self.timings.store(on, Ordering::Relaxed);
            }
            BrowserControl::End => {
                // Full means that it was said already.
                let _ = self.ended.try_send(());
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
    #[error("no files may be sent in this session")]
    NoFiles,
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
pub async fn write<T: Serialize>(channel: &dyn DataChannel, messages: &mut mpsc::Receiver<T>) {
    while let Some(message) = messages.recv().await {
        let bytes = channel::encode(&message);
        if channel.send(bytes.as_slice().into()).await.is_err() {
            return;
        }
    }
}

/// Sends messages about files, each only when little waits for the browser: pictures and pointers come first.
pub async fn write_files(channel: &dyn DataChannel, messages: &mut mpsc::Receiver<FileMessage>, link: &Link) {
    while let Some(message) = messages.recv().await {
        if matches!(message, FileMessage::Chunk { .. }) {
            loop {
                let waits = match channel.outstanding_bytes().await {
                    Ok(bytes) => bytes,
                    Err(_) => return,
                };
                if waits <= FILE_BYTES_WAITING && link.backlog() <= FILE_BACKLOG {
                    break;
                }
                tokio::time::sleep(FILE_PAUSE).await;
            }
        }
        if channel.send(channel::encode(&message).as_slice().into()).await.is_err() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_takes_its_number_of_messages_and_no_more() {
        let (outgoing, _waiting) = Outgoing::new();
        assert!((0..WAITING).all(|number| outgoing.send(number)));
        assert!(!outgoing.send(WAITING));
    }

    #[test]
    fn messages_that_nobody_misses_leave_room_for_the_others() {
        let (outgoing, mut waiting) = Outgoing::new();
        assert!((0..WAITING_FREELY).all(|number| outgoing.mention(number)));
        assert!(!outgoing.mention(0));
        assert!((WAITING_FREELY..WAITING).all(|number| outgoing.send(number)));
        assert!((0..WAITING).all(|number| waiting.try_recv() == Ok(number)));
    }

    #[test]
    fn a_flood_of_control_messages_is_answered_within_bounds() {
        let (control, mut waiting) = Outgoing::new();
        let (ended, mut end) = mpsc::channel(1);
        let (_scopes, scopes) = watch::channel(vec![]);
        let readers = Readers {
            hands: None,
            scopes,
            control,
            timings: Arc::default(),
            files: None,
            ended,
        };
        for number in 0..10_000 {
            readers.control(BrowserControl::Ping { number });
            readers.control(BrowserControl::End);
        }
        let mut answers = 0;
        while waiting.try_recv().is_ok() {
            answers += 1;
        }
        assert_eq!(answers, WAITING_FREELY);
        assert_eq!((end.try_recv(), end.try_recv().is_err()), (Ok(()), true));
    }
}
