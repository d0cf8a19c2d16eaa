//! What pages and islands know of requests. Compiles for browser and server.
//!
//! Invariant: times are milliseconds UTC here; they get a zone only where a person reads or types them.

pub use super::{
    priority::Priority,
    status::{Refused, Status, StatusEvent, transition},
};
use crate::{
    attachments::model::Attachment,
    preconsents::model::Allowance,
    sessions::model::SessionSummary,
    tf,
    words::{t, tc},
};
use deskside_protocol::{
    UnixMillis,
    ids::{DeviceId, DirectoryId, MessageId, RequestId, RoleId, UserId},
    session::EndReason,
    transfer::{FileDirection, FileResult},
};
use serde::{Deserialize, Serialize};

/// Longest subject, characters.
pub const SUBJECT_CHARS: usize = 200;
/// Longest description, characters.
pub const DESCRIPTION_CHARS: usize = 20_000;
/// Most availability windows of one request.
pub const WINDOWS: usize = 20;
/// Longest availability window.
pub const WINDOW_DAYS: i64 = 14;
/// Availability rows that an empty form shows.
pub const WINDOW_ROWS: usize = 3;
/// Requests on one page of a list.
pub const PAGE_ROWS: usize = 50;
/// A finished request can be opened again for this long.
pub const REOPEN_DAYS: i64 = 14;
/// Longest comment to a rating, characters.
pub const COMMENT_CHARS: usize = 1000;

/// A person as others see them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Person {
    pub id: UserId,
    pub name: String,
}

/// A request's device as lists show it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RequestDevice {
    pub id: DeviceId,
    pub name: String,
    pub online: bool,
}

/// When the owner is available: from `starts_at` until just before `ends_at`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Window {
    pub starts_at: UnixMillis,
    pub ends_at: UnixMillis,
}

/// One line of a list.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RequestRow {
    pub id: RequestId,
    /// The human number, such as `R-1001`.
    pub reference: String,
    pub subject: String,
    pub owner: Person,
    /// `None`: the owner named no device, so nothing can be launched.
    pub device: Option<RequestDevice>,
    pub status: Status,
    pub assistant: Option<Person>,
    /// Start of the first window that has not passed, or of the last one; `None` is any time, shown as `*`.
    pub available_from: Option<UnixMillis>,
    /// Any time, or within one of its windows.
    pub available_now: bool,
    /// The time that both agreed on.
    pub scheduled: Option<Window>,
    pub priority: Priority,
    pub created_at: UnixMillis,
    /// Grows by one with every change; forms send back the one they were made from.
    pub version: i64,
}

/// The people who look after a request together: those who have a role.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Team {
    pub id: RoleId,
    pub name: String,
}

/// What an owner said of a request that is closed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rating {
    /// 1 (not at all content) to 5 (very content).
    pub stars: i64,
    pub comment: String,
}

/// Everything that a request's page shows.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RequestDetail {
    pub row: RequestRow,
    pub directory: DirectoryId,
    /// Who filed it, when that was not its owner.
    pub filed_by: Option<Person>,
    /// IANA name of the owner's time zone.
    pub owner_zone: String,
    pub team: Option<Team>,
    pub tags: Vec<String>,
    pub rating: Option<Rating>,
    pub description: String,
    /// Sorted, not overlapping; empty means any time.
    pub windows: Vec<Window>,
    /// In which of them nobody is asked.
    pub allowance: Allowance,
    pub one_time: bool,
    /// Oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Oldest first, at most the last [`crate::sessions::model::MESSAGES_SHOWN`]; notes only for those who may read them.
    pub messages: Vec<Message>,
    /// The files that messages brought.
    pub attachments: Vec<Attachment>,
    /// The latest session, if there was one.
    pub session: Option<SessionSummary>,
    /// Who else has its page open now; only for those who may write notes.
    pub looking: Vec<Person>,
    /// What the reader may do now.
    pub may: Allowed,
}

/// What the reader of a request may do with it now: their rights and its status taken together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Allowed {
    pub edit: bool,
    pub cancel: bool,
    pub claim: bool,
    pub release: bool,
    pub launch: bool,
    pub close: bool,
    /// The owner is being asked and can answer here.
    pub consent: bool,
    pub end_session: bool,
    pub message: bool,
    /// Change assistant, scheduled time, priority, tags and status.
    pub manage: bool,
    /// Propose a time.
    pub propose: bool,
    /// Read and write notes.
    pub note: bool,
    pub reopen: bool,
    /// Say how content one was.
    pub rate: bool,
    /// The reader is the operator of the open session.
    pub open_session: bool,
}

/// One line of a request's timeline.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// Counts from 1 within the request.
    pub seq: i64,
    pub at: UnixMillis,
    /// `None`: Deskside itself, for example when a time passed.
    pub by: Option<Person>,
    pub what: Happened,
    pub changes: Vec<Change>,
}

/// What happened to a request.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    Filed,
    /// Somebody else filed it for its owner.
    FiledForOwner,
    Edited,
    Cancelled,
    Claimed,
    Released,
    /// Staff changed assistant, team, scheduled time, priority, tags or status.
    Managed,
    /// Somebody proposed a time.
    TimeProposed,
    TimeAccepted,
    TimeDeclined,
    /// The scheduled time begins soon.
    Reminded,
    Launched,
    /// The device came online after a launch; the owner is asked from now.
    Asked,
    Accepted,
    /// Nobody was asked: the owner allowed this in advance.
    AcceptedInAdvance,
    /// What the owner allowed in advance no longer is.
    AllowanceTakenBack,
    /// Nothing is allowed in advance any longer, because its owner may no longer sign in.
    AllowanceLapsed,
    Declined,
    /// Nobody answered in time.
    NoAnswer,
    /// The device did not come online in time.
    DeviceAway,
    /// The operator took the question back.
    Withdrawn,
    Interrupted,
    Resumed,
    /// The session ended for this reason.
    SessionEnded(EndReason),
    Closed,
    /// It was finished and is open again.
    Reopened,
    /// The owner said how content they were.
    Rated,
    /// Staff wrote a note; shown to staff in the conversation, never to the owner.
    NotePosted,
    /// Somebody wrote in the conversation; shown there, not on the timeline.
    MessagePosted,
    /// Somebody wrote while a session runs; shown in the conversation, not on the timeline.
    ChatPosted,
    /// A file arrived on the device during a session.
    FileToDevice,
    /// A file arrived at the assistant during a session.
    FileToAssistant,
    /// A file was offered in a session and did not arrive.
    FileNotSent,
    /// Content of a file left the device during a session, and nothing confirms what became of it.
    FileUnconfirmed,
}

impl Happened {
    /// Everything that can happen.
    pub const ALL: [Self; 39] = [
        Self::Filed,
        Self::FiledForOwner,
        Self::Edited,
        Self::Cancelled,
        Self::Claimed,
        Self::Released,
        Self::Managed,
        Self::TimeProposed,
        Self::TimeAccepted,
        Self::TimeDeclined,
        Self::Reminded,
        Self::Launched,
        Self::Asked,
        Self::Accepted,
        Self::AcceptedInAdvance,
        Self::AllowanceTakenBack,
        Self::AllowanceLapsed,
        Self::Declined,
        Self::NoAnswer,
        Self::DeviceAway,
        Self::Withdrawn,
        Self::Interrupted,
        Self::Resumed,
        Self::SessionEnded(EndReason::Employee),
        Self::SessionEnded(EndReason::Operator),
        Self::SessionEnded(EndReason::NoConsent),
        Self::SessionEnded(EndReason::Lost),
        Self::SessionEnded(EndReason::RequestClosed),
        Self::SessionEnded(EndReason::Failed),
        Self::Closed,
        Self::Reopened,
        Self::Rated,
        Self::NotePosted,
        Self::MessagePosted,
        Self::ChatPosted,
        Self::FileToDevice,
        Self::FileToAssistant,
        Self::FileNotSent,
        Self::FileUnconfirmed,
    ];

    /// True when the request may be found by other words afterwards.
    pub fn changes_words(self) -> bool {
        matches!(self, Self::Filed | Self::FiledForOwner | Self::Edited | Self::Managed)
    }

    /// A sentence; `by` is the name of the person who did it, if it was one. What Deskside notices by itself names
    /// nobody.
    pub fn sentence(self, by: Option<&str>) -> String {
        match (self, by) {
            (Self::Filed, Some(name)) => tf!("{name} filed the request.", name = name),
            (Self::Filed, None) => t("Filed the request.").to_owned(),
            (Self::FiledForOwner, Some(name)) => tf!("{name} filed the request for its owner.", name = name),
            (Self::FiledForOwner, None) => t("Filed the request for its owner.").to_owned(),
            (Self::Edited | Self::Managed, Some(name)) => tf!("{name} changed the request.", name = name),
            (Self::Edited | Self::Managed, None) => t("Changed the request.").to_owned(),
            (Self::Cancelled, Some(name)) => tf!("{name} cancelled the request.", name = name),
            (Self::Cancelled, None) => t("Cancelled the request.").to_owned(),
            (Self::Claimed, Some(name)) => tf!("{name} claimed the request.", name = name),
            (Self::Claimed, None) => t("Claimed the request.").to_owned(),
            (Self::Released, Some(name)) => tf!("{name} released the request.", name = name),
            (Self::Released, None) => t("Released the request.").to_owned(),
            (Self::TimeProposed, Some(name)) => tf!("{name} proposed a time.", name = name),
            (Self::TimeProposed, None) => t("Proposed a time.").to_owned(),
            (Self::TimeAccepted, Some(name)) => tf!("{name} accepted the proposed time.", name = name),
            (Self::TimeAccepted, None) => t("Accepted the proposed time.").to_owned(),
            (Self::TimeDeclined, Some(name)) => tf!("{name} declined the proposed time.", name = name),
            (Self::TimeDeclined, None) => t("Declined the proposed time.").to_owned(),
            (Self::Reminded, _) => t("The scheduled time begins in 15 minutes.").to_owned(),
            (Self::Launched, Some(name)) => tf!("{name} asked to connect.", name = name),
            (Self::Launched, None) => t("Asked to connect.").to_owned(),
            (Self::Asked, _) => t("The device came online and shows the question.").to_owned(),
            (Self::Accepted, Some(name)) => tf!("{name} accepted the connection.", name = name),
            (Self::Accepted, None) => t("The connection was accepted on the device.").to_owned(),
            (Self::AcceptedInAdvance, _) => t("Connected without asking, as the owner allowed in advance.").to_owned(),
            (Self::AllowanceTakenBack, Some(name)) => {
                tf!(
                    "{name} took back the permission to connect without asking.",
                    name = name
                )
            }
            (Self::AllowanceTakenBack, None) => {
                t("The permission to connect without asking was taken back on the device.").to_owned()
            }
            (Self::AllowanceLapsed, _) => {
                t("The permission to connect without asking ended with the owner's account.").to_owned()
            }
            (Self::Declined, Some(name)) => tf!("{name} declined the connection.", name = name),
            (Self::Declined, None) => t("The connection was declined on the device.").to_owned(),
            (Self::NoAnswer, _) => t("Nobody answered in time.").to_owned(),
            (Self::DeviceAway, _) => t("The device did not come online in time.").to_owned(),
            (Self::Withdrawn, Some(name)) => tf!("{name} withdrew the question.", name = name),
            (Self::Withdrawn, None) => t("Withdrew the question.").to_owned(),
            (Self::Interrupted, _) => t("The session was interrupted.").to_owned(),
            (Self::Resumed, _) => t("The session went on.").to_owned(),
            (Self::SessionEnded(EndReason::Lost), _) => {
                t("The session was lost: it was not resumed in time.").to_owned()
            }
            (Self::SessionEnded(EndReason::Failed), _) => t("The session failed on the device.").to_owned(),
            (Self::SessionEnded(EndReason::RequestClosed), _) => t("The session ended with the request.").to_owned(),
            (Self::SessionEnded(_), Some(name)) => tf!("{name} ended the session.", name = name),
            (Self::SessionEnded(EndReason::Employee), None) => t("The session was stopped on the device.").to_owned(),
            (Self::SessionEnded(EndReason::Operator), None) => t("The operator ended the session.").to_owned(),
            (Self::SessionEnded(_), None) => t("The session ended.").to_owned(),
            (Self::Closed, Some(name)) => tf!("{name} closed the request.", name = name),
            (Self::Closed, None) => t("The request was closed.").to_owned(),
            (Self::Reopened, Some(name)) => tf!("{name} opened the request again.", name = name),
            (Self::Reopened, None) => t("Opened the request again.").to_owned(),
            (Self::Rated, Some(name)) => tf!("{name} said how content they were.", name = name),
            (Self::Rated, None) => t("Said how content they were.").to_owned(),
            (Self::NotePosted, Some(name)) => tf!("{name} wrote a note for staff.", name = name),
            (Self::NotePosted, None) => t("Wrote a note for staff.").to_owned(),
            (Self::MessagePosted | Self::ChatPosted, Some(name)) => tf!("{name} wrote a message.", name = name),
            (Self::MessagePosted | Self::ChatPosted, None) => t("Wrote a message.").to_owned(),
            (Self::FileToDevice, _) => t("A file was sent to the device.").to_owned(),
            (Self::FileToAssistant, _) => t("A file was sent to the assistant.").to_owned(),
            (Self::FileNotSent, _) => t("A file was not sent.").to_owned(),
            (Self::FileUnconfirmed, _) => t("A file left the device in part or whole and may have arrived.").to_owned(),
        }
    }
}

/// One field that changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Change {
    pub field: ChangedField,
    pub from: Value,
    pub to: Value,
}

/// Which field changed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangedField {
    Subject,
    Description,
    Device,
    Availability,
    /// The times in which nobody is asked.
    AllowedInAdvance,
    OneTime,
    Status,
    Assistant,
    Team,
    Schedule,
    /// What somebody proposed; nothing has changed yet.
    ProposedTime,
    Priority,
    Tags,
    /// What was sent in a session, or was not; nothing of the request has changed.
    File,
}

impl ChangedField {
    /// The words that people see.
    pub fn label(self) -> &'static str {
        match self {
            Self::Subject => t("Subject"),
            Self::Description => t("Description"),
            Self::Device => t("Device"),
            Self::Availability => tc("field", "Available"),
            Self::AllowedInAdvance => t("Connect without asking"),
            Self::OneTime => t("One-time request"),
            Self::Status => t("Status"),
            Self::Assistant => t("Assistant"),
            Self::Team => t("Team"),
            Self::Schedule => t("Scheduled time"),
            Self::ProposedTime => t("Proposed time"),
            Self::Priority => t("Priority"),
            Self::Tags => t("Tags"),
            Self::File => tc("noun", "File"),
        }
    }
}

/// The value of a field before or after a change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Nothing was or is there.
    Nothing,
    Text(String),
    Windows(Vec<Window>),
    Status(Status),
    YesNo(bool),
    File(FileFacts),
}

/// A file that was sent in a session, or was not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FileFacts {
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// In hexadecimal; `None` when it did not arrive.
    pub sha256: Option<String>,
    /// Name of the person who sent it.
    pub from: String,
    pub direction: FileDirection,
    pub result: FileResult,
    /// Bytes of its content that its sender gave away.
    #[serde(default)]
    pub handed: u64,
}

impl FileFacts {
    /// True when content left the device and the other side did not confirm it: it may be there all the same.
    pub fn may_have_arrived(&self) -> bool {
        self.direction == FileDirection::ToAssistant && self.result != FileResult::Sent && self.handed > 0
    }
}

/// One line of a request's conversation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Message {
    pub id: MessageId,
    pub author: Person,
    /// Written in the chat window on the device, not in the portal.
    pub from_device: bool,
    /// For staff only.
    pub note: bool,
    /// Empty when it only brings files.
    pub text: String,
    pub at: UnixMillis,
}

/// A request as typed: every value raw, so that a form that failed shows it again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RequestForm {
    /// Input `subject`.
    pub subject: String,
    /// Input `description`.
    pub description: String,
    /// Input `device`: an id, or empty for none.
    pub device: String,
    /// Input `availability`: true for `any`, false for `windows`.
    pub any_time: bool,
    /// Inputs `from-1`, `until-1`, `from-2`, …; rows left empty are skipped.
    pub windows: Vec<WindowForm>,
    /// Checkbox `one_time`.
    pub one_time: bool,
    /// Hidden input `version`; empty in a new request.
    pub version: String,
}

/// One availability row as typed: `datetime-local` values such as `2026-11-23T14:30`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct WindowForm {
    pub from: String,
    pub until: String,
    /// Checkbox `allow-1`, …: nobody is asked in this time.
    pub allow: bool,
}

impl Default for RequestForm {
    /// An empty form: any time, one-time, the first rows shown.
    fn default() -> Self {
        Self {
            subject: String::new(),
            description: String::new(),
            device: String::new(),
            any_time: true,
            windows: vec![WindowForm::default(); WINDOW_ROWS],
            one_time: true,
            version: String::new(),
        }
    }
}

/// A request that passed every check.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NewRequest {
    pub subject: String,
    pub description: String,
    pub device: Option<DeviceId>,
    /// Sorted, not overlapping; empty means any time.
    pub windows: Vec<Window>,
    /// Those of them in which the owner is not to be asked.
    pub allowed: Vec<Window>,
    pub one_time: bool,
}

/// One page of a list.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Page<T> {
    pub rows: Vec<T>,
    /// There are more lines after these.
    pub more: bool,
}

/// The human number of a request.
pub fn reference(number: i64) -> String {
    format!("R-{number}")
}
