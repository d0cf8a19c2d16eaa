//! Who reads the page, in which time zone, and what time it is for them.

use crate::server::{access::Actor, page};
use deskside_protocol::UnixMillis;
use jiff::tz::TimeZone;

/// The person that the page is made for.
#[derive(Clone, Debug)]
pub struct Reader {
    pub actor: Option<Actor>,
    pub zone: TimeZone,
    pub now: UnixMillis,
}

impl Reader {
    /// The reader of the page that is being rendered; a stranger in UTC where nobody is signed in.
    pub fn current() -> Self {
        let actor = page::actor().ok();
        let zone = actor
            .as_ref()
            .and_then(|actor| TimeZone::get(&actor.user.time_zone).ok())
            .unwrap_or(TimeZone::UTC);
        Self {
            actor,
            zone,
            now: page::portal().map_or(0, |portal| portal.clock.now()),
        }
    }

    /// True for those who work at the helpdesk.
    pub fn is_staff(&self) -> bool {
        self.actor.as_ref().is_some_and(Actor::is_staff)
    }
}
