//! Who has a request's page open now, so that two people do not begin the same work.
//!
//! Invariant: kept in memory alone; whoever closes the page, or loses the connection, is gone from it.

use super::{
    clock::Clock,
    live::{Live, Topic},
};
use deskside_protocol::ids::{RequestId, UserId};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Somebody who looks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Looker {
    pub id: UserId,
    pub name: String,
}

/// Everybody who looks at something; one entry for each open page.
#[derive(Clone, Default, Debug)]
pub struct Lookers(Arc<Mutex<HashMap<RequestId, Vec<Looker>>>>);

/// One open page; over when dropped.
#[derive(Debug)]
pub struct Look {
    lookers: Lookers,
    live: Live,
    clock: Clock,
    request: RequestId,
    looker: UserId,
}

impl Lookers {
    /// Somebody opens the page of `request`. Others who have it open hear of it when it is their first.
    pub fn look(&self, live: &Live, clock: &Clock, request: RequestId, looker: Looker) -> Look {
        let look = Look {
            lookers: self.clone(),
            live: live.clone(),
            clock: clock.clone(),
            request,
            looker: looker.id,
        };
        let first = {
            let mut open = self.open();
            let here = open.entry(request).or_default();
            let first = here.iter().all(|other| other.id != looker.id);
            here.push(looker);
            first
        };
        if first {
            live.publish(Topic::Request(request), clock.now());
        }
        look
    }

    /// Who looks at `request`, each once, by name.
    pub fn at(&self, request: RequestId) -> Vec<Looker> {
        let mut here = self.open().get(&request).cloned().unwrap_or_default();
        here.sort_by(|a, b| (&a.name, a.id.0).cmp(&(&b.name, b.id.0)));
        here.dedup_by_key(|looker| looker.id);
        here
    }

    fn open(&self) -> MutexGuard<'_, HashMap<RequestId, Vec<Looker>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        let last = {
            let mut open = self.lookers.open();
            let Some(here) = open.get_mut(&self.request) else {
                return;
            };
            if let Some(place) = here.iter().position(|looker| looker.id == self.looker) {
                here.swap_remove(place);
            }
            let last = here.iter().all(|other| other.id != self.looker);
            if here.is_empty() {
                open.remove(&self.request);
            }
            last
        };
        if last {
            self.live.publish(Topic::Request(self.request), self.clock.now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::live::Change;
    use uuid::Uuid;

    const REQUEST: RequestId = RequestId(Uuid::from_u128(9));

    fn looker(number: u128, name: &str) -> Looker {
        Looker {
            id: UserId(Uuid::from_u128(number)),
            name: name.to_owned(),
        }
    }

    fn look(lookers: &Lookers, live: &Live, number: u128, name: &str) -> Look {
        lookers.look(live, &Clock::fake(5), REQUEST, looker(number, name))
    }

    #[test]
    fn whoever_looks_from_two_pages_is_named_once_and_until_both_are_closed() {
        let (lookers, live) = (Lookers::default(), Live::default());
        let first = look(&lookers, &live, 1, "Ada");
        let second = look(&lookers, &live, 1, "Ada");
        assert_eq!(lookers.at(REQUEST), [looker(1, "Ada")]);
        drop(first);
        assert_eq!(lookers.at(REQUEST), [looker(1, "Ada")]);
        drop(second);
        assert_eq!(lookers.at(REQUEST), []);
    }

    #[test]
    fn lookers_are_named_in_order() {
        let (lookers, live) = (Lookers::default(), Live::default());
        let _oscar = look(&lookers, &live, 2, "Oscar");
        let _ada = look(&lookers, &live, 1, "Ada");
        assert_eq!(lookers.at(REQUEST), [looker(1, "Ada"), looker(2, "Oscar")]);
    }

    #[tokio::test]
    async fn others_hear_of_the_first_page_and_of_the_last_one_closed() {
        let (lookers, live) = (Lookers::default(), Live::default());
        let mut changes = live.subscribe();
        let first = look(&lookers, &live, 1, "Ada");
        let second = look(&lookers, &live, 1, "Ada");
        drop(first);
        drop(second);
        let topic = Topic::Request(REQUEST);
        let heard = Ok(Change { topic, version: 5 });
        assert_eq!((changes.recv().await, changes.recv().await), (heard.clone(), heard));
        assert!(changes.try_recv().is_err());
    }
}
