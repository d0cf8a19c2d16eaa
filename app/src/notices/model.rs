//! What people want to hear of, and what becomes of an event by that.
//!
//! Invariant: pure. What nobody can turn off is in [`cannot_be_declined`], and `docs/mails.md` says the same.

use crate::requests::model::Happened;
use deskside_protocol::session::EndReason;

/// Minutes of a day.
pub const DAY_MINUTES: i64 = 24 * 60;
/// When a digest comes unless its reader says otherwise: 8 o'clock.
pub const USUAL_DIGEST: i64 = 8 * 60;
/// Browsers that show the notices of one person.
pub const SUBSCRIPTIONS: usize = 10;

/// Which mails somebody wants.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum MailWish {
    /// Of every modification, at once.
    #[default]
    Every,
    /// Only of what they have to do something about.
    Needed,
    /// Once a day, of everything together.
    Digest,
    None,
}

/// Which notices somebody wants in their browsers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum PushWish {
    #[default]
    Off,
    Needed,
    Every,
}

impl MailWish {
    pub const ALL: [Self; 4] = [Self::Every, Self::Needed, Self::Digest, Self::None];

    /// The word in forms and in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Every => "every",
            Self::Needed => "needed",
            Self::Digest => "digest",
            Self::None => "none",
        }
    }

    pub fn read(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|wish| wish.code() == code)
    }
}

impl PushWish {
    pub const ALL: [Self; 3] = [Self::Off, Self::Needed, Self::Every];

    /// The word in forms and in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Needed => "needed",
            Self::Every => "every",
        }
    }

    pub fn read(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|wish| wish.code() == code)
    }
}

/// Everything that somebody chose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wishes {
    pub mail: MailWish,
    pub push: PushWish,
    /// Minutes since midnight in their time zone.
    pub digest_at: i64,
}

impl Default for Wishes {
    /// Every modification is mailed; nothing is pushed.
    fn default() -> Self {
        Self {
            mail: MailWish::default(),
            push: PushWish::default(),
            digest_at: USUAL_DIGEST,
        }
    }
}

/// What somebody is to a request while something happens to it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Part {
    Owner,
    Assistant,
    /// It has just been given to them.
    NewAssistant,
    /// It has just been taken from them.
    FormerAssistant,
}

/// How an event meets one person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Meeting {
    pub happened: Happened,
    pub part: Part,
    /// They did it themselves.
    pub own: bool,
    /// Its mail puts something into their calendar, or takes it out.
    pub calendar: bool,
    /// The request became *Closed* by it.
    pub closing: bool,
}

/// Whether `part` has to do something after this, or waits for it.
pub fn needs(happened: Happened, part: Part) -> bool {
    match happened {
        // A question, an answer that wants another one, or a time that begins.
        Happened::TimeProposed | Happened::TimeDeclined | Happened::Reminded | Happened::MessagePosted => {
            part != Part::FormerAssistant
        }
        Happened::Launched => part == Part::Owner,
        // Somebody is connected now whom nobody on the device was asked about.
        Happened::AcceptedInAdvance => part != Part::FormerAssistant,
        // The owner missed somebody; the assistant can try again.
        Happened::NoAnswer | Happened::DeviceAway => part != Part::FormerAssistant,
        Happened::Accepted
        | Happened::AllowanceTakenBack
        | Happened::AllowanceLapsed
        | Happened::Declined
        | Happened::NotePosted
        | Happened::SessionEnded(EndReason::Lost | EndReason::Failed) => {
            matches!(part, Part::Assistant | Part::NewAssistant)
        }
        Happened::Claimed | Happened::Managed => matches!(part, Part::NewAssistant | Part::FormerAssistant),
        Happened::FiledForOwner => part == Part::Owner,
        // The owner can rate it, or open it again.
        Happened::Closed => part == Part::Owner,
        Happened::Filed
        | Happened::Edited
        | Happened::Cancelled
        | Happened::Released
        | Happened::TimeAccepted
        | Happened::Asked
        | Happened::Withdrawn
        | Happened::Interrupted
        | Happened::Resumed
        | Happened::SessionEnded(_)
        | Happened::Reopened
        | Happened::Rated
        | Happened::ChatPosted
        | Happened::FileToDevice
        | Happened::FileToAssistant
        | Happened::FileNotSent
        | Happened::FileUnconfirmed => false,
    }
}

/// Whether whoever it meets has to do something after this. Whatever closes a request needs its owner, who can rate it or
/// open it again: for a one-time request that is the end of its session.
pub fn concerns(meeting: Meeting) -> bool {
    needs(meeting.happened, meeting.part) || (meeting.closing && meeting.part == Part::Owner)
}

/// What goes out at once whatever its reader chose: what their calendar would be wrong without, and the question whether
/// somebody may connect to their device.
pub fn cannot_be_declined(meeting: Meeting) -> bool {
    meeting.calendar || (meeting.happened == Happened::Launched && meeting.part == Part::Owner)
}

/// What becomes of a mail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    AtOnce,
    Digest,
    Nowhere,
}

/// The way of the mail that `meeting` gives rise to.
pub fn way(wish: MailWish, meeting: Meeting) -> Way {
    if cannot_be_declined(meeting) {
        return Way::AtOnce;
    }
    match wish {
        MailWish::Every => Way::AtOnce,
        MailWish::Needed if !meeting.own && concerns(meeting) => Way::AtOnce,
        MailWish::Needed => Way::Nowhere,
        // Tomorrow is too late to be reminded.
        MailWish::Digest if meeting.happened == Happened::Reminded => Way::AtOnce,
        MailWish::Digest if meeting.own => Way::Nowhere,
        MailWish::Digest => Way::Digest,
        MailWish::None => Way::Nowhere,
    }
}

/// Whether their browsers show it. Nobody is told there of what they just did.
pub fn is_pushed(wish: PushWish, meeting: Meeting) -> bool {
    !meeting.own
        && match wish {
            PushWish::Off => false,
            PushWish::Needed => concerns(meeting),
            PushWish::Every => true,
        }
}

/// Reads a time of day, such as `08:30`, as minutes since midnight.
pub fn read_time(text: &str) -> Option<i64> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let digits = |part: &str| (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse());
    let (hours, minutes): (i64, i64) = (digits(hours)?.ok()?, digits(minutes)?.ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// A time of day as [`read_time`] reads it.
pub fn time_text(minutes: i64) -> String {
    let minutes = minutes.clamp(0, DAY_MINUTES - 1);
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;
