//! Calendar entries of scheduled times: RFC 5545 objects, sent as RFC 6047 says.
//!
//! Invariant: pure. One request is one entry (UID); every later version has a higher SEQUENCE, so that calendars follow.

use super::model::Window;
use deskside_protocol::{UnixMillis, ids::RequestId};
use icalendar::{Calendar, Component, Event, EventStatus, Property};
use jiff::Timestamp;

/// What a calendar does with an entry (RFC 5546, section 1.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// Put it in, or change it.
    Request,
    /// Take it out.
    Cancel,
}

impl Method {
    /// The value of METHOD.
    pub fn code(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// Somebody in a calendar entry.
#[derive(Clone, Copy, Debug)]
pub struct Attendee<'a> {
    pub name: &'a str,
    pub email: &'a str,
}

/// One version of the entry of a request.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    pub request: RequestId,
    /// Domain of the portal, for the UID.
    pub host: &'a str,
    pub sequence: i64,
    pub window: Window,
    pub summary: String,
    /// Where the request is opened.
    pub link: String,
    /// Address that invites.
    pub organizer: &'a str,
    pub attendees: Vec<Attendee<'a>>,
    /// When this version was made.
    pub made_at: UnixMillis,
}

impl Entry<'_> {
    /// The object as text, with CRLF at the end of each line of at most 75 bytes.
    pub fn text(&self, method: Method) -> String {
        let mut event = Event::new();
        event
            .uid(&format!("{}@{}", self.request, self.host))
            .sequence(u32::try_from(self.sequence).unwrap_or(u32::MAX))
            .summary(&self.summary)
            .description(&self.link)
            .add_property("URL", &self.link)
            .add_property("DTSTAMP", utc(self.made_at))
            .add_property("DTSTART", utc(self.window.starts_at))
            .add_property("DTEND", utc(self.window.ends_at))
            .add_property("ORGANIZER", format!("mailto:{}", self.organizer))
            .status(match method {
                Method::Request => EventStatus::Confirmed,
                Method::Cancel => EventStatus::Cancelled,
            });
        for attendee in &self.attendees {
            let mut property = Property::new("ATTENDEE", format!("mailto:{}", attendee.email));
            property
                .add_parameter("CN", &parameter(attendee.name))
                .add_parameter("ROLE", "REQ-PARTICIPANT")
                .add_parameter("PARTSTAT", "ACCEPTED");
            event.append_multi_property(property.done());
        }
        let mut calendar = Calendar::empty();
        calendar
            .append_property(("VERSION", "2.0"))
            .append_property(("PRODID", "-//Deskside//Deskside//EN"))
            .append_property(("METHOD", method.code()))
            .push(event.done());
        calendar.to_string()
    }
}

/// A parameter value may hold no quotes and no control characters (RFC 5545, section 3.2).
fn parameter(text: &str) -> String {
    let safe: String = text.chars().filter(|c| !c.is_control() && *c != '"').collect();
    format!("\"{safe}\"")
}

/// A time in UTC (RFC 5545, section 3.3.5, form 2): no calendar needs our time zones.
fn utc(at: UnixMillis) -> String {
    let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}
