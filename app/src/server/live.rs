//! Live updates: who changes something publishes its topic after the commit, open pages hear of it.
//!
//! Invariant: a notice carries no content, only that a topic has a new version; what may be seen is decided when the
//! page is fetched again.

use deskside_protocol::ids::{RequestId, SessionId, UserId};
use serde::Serialize;
use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::broadcast;

/// Notices kept for a slow reader; one that falls behind further is told to refresh everything.
const BACKLOG: usize = 1024;
/// Streams that one person may have open: one per tab, with room for many tabs.
pub const STREAMS_PER_USER: usize = 32;

/// What a page can watch.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Topic {
    /// The staff's list of requests: `requests`.
    Requests,
    /// One person's own requests: `mine`; on the hub with its owner.
    Mine(UserId),
    /// Devices, for staff: `devices`.
    Devices,
    /// `request:ID`.
    Request(RequestId),
    /// `session:ID`.
    Session(SessionId),
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requests => f.write_str("requests"),
            Self::Mine(_) => f.write_str("mine"),
            Self::Devices => f.write_str("devices"),
            Self::Request(id) => write!(f, "request:{id}"),
            Self::Session(id) => write!(f, "session:{id}"),
        }
    }
}

/// The text names no topic.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a topic")]
pub struct UnknownTopic;

impl Topic {
    /// Reads a topic as `viewer` wrote it.
    pub fn parse(text: &str, viewer: UserId) -> Result<Self, UnknownTopic> {
        match text.split_once(':') {
            None if text == "requests" => Ok(Self::Requests),
            None if text == "mine" => Ok(Self::Mine(viewer)),
            None if text == "devices" => Ok(Self::Devices),
            Some(("request", id)) => RequestId::from_str(id).map(Self::Request).map_err(|_| UnknownTopic),
            Some(("session", id)) => SessionId::from_str(id).map(Self::Session).map_err(|_| UnknownTopic),
            _ => Err(UnknownTopic),
        }
    }
}

/// A topic has a new version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    pub topic: Topic,
    /// Grows with each change of the topic; the row's version where there is one, else the time.
    pub version: i64,
}

/// A notice as the browser gets it.
#[derive(Serialize)]
pub(crate) struct Notice {
    pub topic: String,
    pub version: i64,
}

/// The hub.
#[derive(Clone, Debug)]
pub struct Live {
    changes: broadcast::Sender<Change>,
    places: Arc<Mutex<HashMap<UserId, usize>>>,
}

/// One open stream of one person; gives its place back when dropped.
#[derive(Debug)]
pub struct Place {
    user: UserId,
    places: Arc<Mutex<HashMap<UserId, usize>>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut open) = places.entry(self.user) {
            *open.get_mut() -= 1;
            if *open.get() == 0 {
                open.remove();
            }
        }
    }
}

impl Default for Live {
    fn default() -> Self {
        Self {
            changes: broadcast::Sender::new(BACKLOG),
            places: Arc::default(),
        }
    }
}

impl Live {
    /// Tells everybody who watches `topic`. Call after the commit.
    pub fn publish(&self, topic: Topic, version: i64) {
        // An error only says that nobody listens.
        let _ = self.changes.send(Change { topic, version });
    }

    /// A place for one more stream of `user`, unless all are taken.
    pub fn take_place(&self, user: UserId) -> Option<Place> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let open = places.entry(user).or_default();
        if *open >= STREAMS_PER_USER {
            return None;
        }
        *open += 1;
        Some(Place {
            user,
            places: self.places.clone(),
        })
    }

    /// Every change from now on; the reader picks its topics.
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
