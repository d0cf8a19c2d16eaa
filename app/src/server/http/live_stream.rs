//! `/live`: tells an open page that what it shows has changed (server-sent events).
//!
//! Invariant: every topic is authorised when the stream opens, and the stream ends with the login session.

use super::{client::Client, login::plain};
use crate::{
    accounts::service,
    error::AppError,
    server::{
        access::{Action, Actor, Subject, authorize},
        live::{Change, Notice, Place, Topic},
        lookers::{Look, Looker},
        portal::Portal,
    },
};
use axum::{
    Extension,
    extract::{Query, State},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::Stream;
use serde::Deserialize;
use std::{convert::Infallible, time::Duration};
use tokio::sync::broadcast::error::RecvError;

/// Topics that one page may watch.
const MOST_TOPICS: usize = 16;
/// A comment is sent this often, so that proxies keep the stream open and dead ones are noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// How long a browser waits before it connects again.
const RETRY: Duration = Duration::from_secs(3);
/// How often the login session is looked at again.
const CHECK_LOGIN: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    topics: String,
}

/// GET `/live?topics=requests,request:ID`.
pub async fn live(
    State(portal): State<Portal>,
    Extension(client): Extension<Client>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let Some(actor) = client.viewer.0.clone() else {
        return plain(&AppError::SignedOut);
    };
    let topics = match topics_for(&portal, &actor, &wanted.topics).await {
        Ok(topics) => topics,
        Err(error) => return plain(&error),
    };
    let Some(place) = portal.live.take_place(actor.id()) else {
        return plain(&AppError::TooMany { retry_after_s: 30 });
    };
    // Before the stream hears of anything: whoever opens a page need not be told that they did.
    let looks = looks(&portal, &actor, &topics);
    let stream = changes(portal, client, topics, (place, looks));
    Sse::new(stream)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE).text("here"))
        .into_response()
}

async fn topics_for(portal: &Portal, actor: &Actor, wanted: &str) -> Result<Vec<Topic>, AppError> {
    let mut topics = Vec::new();
    for text in wanted.split(',').filter(|text| !text.is_empty()) {
        if topics.len() == MOST_TOPICS {
            return Err(AppError::invalid("topics", "Too many topics."));
        }
        let topic = Topic::parse(text, actor.id()).map_err(|_| AppError::NotFound)?;
        let (action, subject) = match topic {
            Topic::Requests => (Action::ListRequests, Subject::NONE),
            Topic::Mine(_) => (Action::ListOwnRequests, Subject::NONE),
            Topic::Devices => (Action::ListDevices, Subject::NONE),
            Topic::Request(_) => (
                Action::ViewRequest,
                (portal.features.subject_of)(portal.clone(), topic).await?,
            ),
            Topic::Session(_) => (
                Action::WatchSession,
                (portal.features.subject_of)(portal.clone(), topic).await?,
            ),
        };
        let _permit = authorize(actor, action, subject)?;
        topics.push(topic);
    }
    if topics.is_empty() {
        Err(AppError::invalid("topics", "Name at least one topic."))
    } else {
        Ok(topics)
    }
}

/// Notes that the actor looks at these requests, for as long as the result lives.
fn looks(portal: &Portal, actor: &Actor, topics: &[Topic]) -> Vec<Look> {
    let look = |topic: &Topic| match topic {
        Topic::Request(id) => {
            let looker = Looker {
                id: actor.id(),
                name: actor.user.name.clone(),
            };
            Some(portal.lookers.look(&portal.live, &portal.clock, *id, looker))
        }
        _ => None,
    };
    topics.iter().filter_map(look).collect()
}

fn changes(
    portal: Portal,
    client: Client,
    topics: Vec<Topic>,
    held: (Place, Vec<Look>),
) -> impl Stream<Item = Result<Event, Infallible>> {
    struct Reader {
        portal: Portal,
        client: Client,
        topics: Vec<Topic>,
        changes: tokio::sync::broadcast::Receiver<Change>,
        check: tokio::time::Interval,
        waiting: Vec<Change>,
        opened: bool,
        _held: (Place, Vec<Look>),
    }
    let mut check = tokio::time::interval(CHECK_LOGIN);
    check.reset();
    let reader = Reader {
        changes: portal.live.subscribe(),
        portal,
        client,
        topics,
        check,
        waiting: Vec::new(),
        opened: false,
        _held: held,
    };
    futures_util::stream::unfold(reader, |mut reader| async move {
        if !reader.opened {
            reader.opened = true;
            // Sent at once, so that the browser knows that it misses nothing from here on.
            return Some((Ok(Event::default().comment("open").retry(RETRY)), reader));
        }
        loop {
            if let Some(change) = reader.waiting.pop() {
                let notice = Notice {
                    topic: change.topic.to_string(),
                    version: change.version,
                };
                let event = Event::default().event("change").json_data(notice).unwrap_or_default();
                return Some((Ok(event), reader));
            }
            tokio::select! {
                () = reader.portal.stopping.cancelled() => return None,
                _ = reader.check.tick() => {
                    let Some(token) = &reader.client.token else { return None };
                    match service::present(&reader.portal, token, false).await {
                        Ok(Some(present)) if Some(&present.actor.rights) == reader.client.viewer.0.as_ref().map(|known| &known.rights) => {}
                        _ => return None,
                    }
                }
                change = reader.changes.recv() => match change {
                    Ok(change) if reader.topics.contains(&change.topic) => reader.waiting.push(change),
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => {
                        let version = reader.portal.clock.now();
                        reader.waiting = reader.topics.iter().map(|&topic| Change { topic, version }).collect();
                    }
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    })
}
