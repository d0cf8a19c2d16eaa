//! The media of one attempt, in a task of its own, so that a slow start holds nobody up.
//!
//! Invariant: dropping [`Running`] stops capture and lets go of every held key, whatever the task is doing.

use super::core::MediaNotice;
use crate::{
    connection::tunnel::TunnelLink,
    media::{Answer, MediaConfig, MediaError, MediaEvent, MediaSession},
};
use deskside_protocol::{agent::DeclineOffer, limits::CANDIDATES, session::EndReason};
use std::time::Duration;
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};

/// Events that wait for the session.
const QUEUE: usize = 64;
/// How long the farewell to the browser may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// What the media of an attempt tells the session.
#[derive(Debug)]
pub(super) enum Told {
    Answered(Answer),
    Candidate(String),
    Notice(MediaNotice),
}

enum Order {
    Candidate(String),
    Close(EndReason),
}

/// Media that was started.
pub(super) struct Running {
    pub attempt: u32,
    orders: mpsc::Sender<Order>,
    task: Option<JoinHandle<()>>,
}

impl Running {
    /// Starts to answer an offer; everything that happens comes through `told`, wrapped by `wrap`.
    pub fn start<T: Send + 'static>(
        config: MediaConfig,
        sdp: String,
        tunnel: TunnelLink,
        told: mpsc::Sender<T>,
        wrap: impl Fn(Told) -> T + Send + Sync + 'static,
    ) -> Self {
        let attempt = config.attempt;
        let (orders, queue) = mpsc::channel(CANDIDATES + 8);
        let task = tokio::spawn(run(config, sdp, tunnel, queue, told, wrap));
        Self {
            attempt,
            orders,
            task: Some(task),
        }
    }

    /// Gives the peer a candidate of the browser.
    pub fn add_candidate(&self, candidate: String) {
        let _ = self.orders.try_send(Order::Candidate(candidate));
    }

    /// Tells the browser that the session is over, then stops.
    pub fn close(mut self, reason: EndReason) {
        if self.orders.try_send(Order::Close(reason)).is_ok()
            && let Some(task) = self.task.take()
        {
            let abort = task.abort_handle();
            tokio::spawn(async move {
                if timeout(FAREWELL, task).await.is_err() {
                    abort.abort();
                }
            });
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

async fn run<T>(
    config: MediaConfig,
    sdp: String,
    tunnel: TunnelLink,
    mut orders: mpsc::Receiver<Order>,
    told: mpsc::Sender<T>,
    wrap: impl Fn(Told) -> T,
) {
    let (events, mut happened) = mpsc::channel(QUEUE);
    let (session, answer) = match MediaSession::answer(config, &sdp, tunnel, events).await {
        Ok(answered) => answered,
        Err(error) => {
            let notice = MediaNotice::Refused(why(&error), error.to_string());
            let _ = told.send(wrap(Told::Notice(notice))).await;
            return;
        }
    };
    if told.send(wrap(Told::Answered(answer))).await.is_err() {
        return;
    }
    loop {
        let what = tokio::select! {
            order = orders.recv() => match order {
                Some(Order::Candidate(candidate)) => {
                    if let Err(error) = session.add_candidate(&candidate).await {
                        tracing::debug!("a candidate of the browser was not used: {error}");
                    }
                    continue;
                }
                Some(Order::Close(reason)) => {
                    session.close(reason).await;
                    return;
                }
                None => return,
            },
            event = happened.recv() => match event {
                Some(MediaEvent::Candidate(candidate)) => Told::Candidate(candidate),
                Some(MediaEvent::Connected(path)) => Told::Notice(MediaNotice::Connected(path)),
                Some(MediaEvent::Disconnected) => Told::Notice(MediaNotice::Disconnected),
                Some(MediaEvent::EndedByOperator) => Told::Notice(MediaNotice::EndedByOperator),
                Some(MediaEvent::Failed(sentence)) => Told::Notice(MediaNotice::Failed(sentence)),
                None => Told::Notice(MediaNotice::Failed("it ended by itself".into())),
            },
        };
        let last = matches!(what, Told::Notice(MediaNotice::Failed(_)));
        if told.send(wrap(what)).await.is_err() || last {
            return;
        }
    }
}

fn why(error: &MediaError) -> DeclineOffer {
    match error {
        MediaError::Capture(_) | MediaError::Input(_) | MediaError::Encode(_) => DeclineOffer::NoScreen,
        MediaError::Offer(_) | MediaError::Candidate(_) | MediaError::Peer(_) | MediaError::Closed => {
            DeclineOffer::BadOffer
        }
    }
}
