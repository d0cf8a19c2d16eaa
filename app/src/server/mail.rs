//! Outgoing mail: written with the change in one transaction, sent by a worker.
//!
//! Invariant: a mail exists exactly when its change was committed. Delivery is at least once with a stable Message-ID:
//! a crash between the server's acceptance and our note of it repeats the mail under the same id, never loses it.

pub mod address;
pub mod backoff;
pub mod inbox;
mod message;
mod outbox;
mod reading;
pub mod reply_address;
mod transport;
mod worker;

pub use outbox::enqueue;
pub use reading::{MAILS_SHOWN, MailLine, StoredMail, list, read};
pub use transport::Transport;
pub use worker::{clean_up, free_leases, run, send_due};

use deskside_protocol::ids::UserId;

/// One mail to one person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mail {
    /// Whose mail it is in the portal's own mail page.
    pub recipient: Option<UserId>,
    pub name: String,
    pub email: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Without angle brackets: `request-uuid.7.emma@host`. The same change and person always give the same id.
    pub message_id: String,
    /// The thread so far, oldest first, without angle brackets; the last is what this answers.
    pub references: Vec<String>,
    /// Where answers go, when not to the sender.
    pub reply_to: Option<String>,
    /// For the reader's calendar.
    pub calendar: Option<CalendarPart>,
}

/// An iCalendar object that goes with a mail (RFC 6047).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CalendarPart {
    /// `REQUEST` or `CANCEL`.
    pub method: String,
    pub text: String,
}
