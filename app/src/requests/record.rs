//! A request as services change it, with the people it concerns.

use super::model::{
    Change, ChangedField, NewRequest, Person, Priority, Rating, Status, Team, Value, Window, reference,
};
use super::search;
use crate::{accounts::model::UserSummary, server::access::Subject};
use deskside_protocol::{
    UnixMillis,
    ids::{DeviceId, DirectoryId, RequestId, UserId},
};

/// The device of a request, by what stays true of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedDevice {
    pub id: DeviceId,
    pub name: String,
}

/// One request, complete.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequestRecord {
    pub id: RequestId,
    pub number: i64,
    /// The owner's when it was filed.
    pub directory: DirectoryId,
    pub owner: UserSummary,
    /// Who filed it, when that was not its owner.
    pub filed_by: Option<Person>,
    pub device: Option<NamedDevice>,
    pub subject: String,
    pub description: String,
    pub windows: Vec<Window>,
    /// Those of them in which the owner is not asked.
    pub allowed: Vec<Window>,
    pub one_time: bool,
    pub status: Status,
    pub assistant: Option<UserSummary>,
    pub team: Option<Team>,
    pub scheduled: Option<Window>,
    pub priority: Priority,
    /// Sorted, each once.
    pub tags: Vec<String>,
    pub rating: Option<Rating>,
    /// When it was first claimed.
    pub claimed_at: Option<UnixMillis>,
    /// When it was last closed or cancelled.
    pub finished_at: Option<UnixMillis>,
    /// Version of its calendar entry.
    pub calendar_sequence: i64,
    /// The scheduled start that people were reminded of.
    pub reminded_for: Option<UnixMillis>,
    pub created_at: UnixMillis,
    pub changed_at: UnixMillis,
    pub changed_by: Option<UserId>,
    pub version: i64,
    /// Number of its last timeline entry.
    pub last_seq: i64,
}

impl RequestRecord {
    /// The human number.
    pub fn reference(&self) -> String {
        reference(self.number)
    }

    /// What rights to it depend on.
    pub fn subject_of_access(&self) -> Subject {
        Subject {
            owner: Some(self.owner.id),
            assistant: self.assistant.as_ref().map(|assistant| assistant.id),
            directory: Some(self.directory),
        }
    }

    /// The time at which it stands in people's calendars: scheduled, and not finished.
    pub fn calendar_time(&self) -> Option<Window> {
        self.scheduled.filter(|_| self.status.is_open())
    }

    /// The session of `operator` about it, as rights see it.
    pub fn operated_by(&self, operator: UserId) -> Subject {
        Subject {
            assistant: Some(operator),
            ..self.subject_of_access()
        }
    }

    /// Takes over what the owner filed or changed. `device` is the named device's row.
    pub fn fill(&mut self, new: NewRequest, device: Option<NamedDevice>) {
        self.subject = new.subject;
        self.description = new.description;
        self.device = device;
        self.windows = new.windows;
        self.allowed = new.allowed;
        self.one_time = new.one_time;
    }

    /// Nothing stays allowed in advance for a request that is finished, names no device or no longer the time.
    pub fn settle_allowed(&mut self) {
        if self.device.is_none() || !self.status.is_open() {
            self.allowed.clear();
        }
        let windows = &self.windows;
        self.allowed.retain(|window| windows.contains(window));
    }

    /// The words by which it is found.
    pub fn words(&self) -> Vec<String> {
        let reference = self.reference();
        let device = self.device.as_ref().map(|device| device.name.as_str());
        let texts = [
            reference.as_str(),
            self.subject.as_str(),
            self.owner.name.as_str(),
            self.owner.login.as_str(),
        ];
        let tags = self.tags.iter().map(String::as_str);
        search::words(
            texts
                .into_iter()
                .chain(device)
                .chain(tags)
                .chain([self.description.as_str()]),
        )
    }

    /// Every field in which `self` differs from `before`.
    pub fn changes_since(&self, before: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut compare = |field, from: Value, to: Value| {
            if from != to {
                changes.push(Change { field, from, to });
            }
        };
        let text = |text: &str| {
            if text.is_empty() {
                Value::Nothing
            } else {
                Value::Text(text.to_owned())
            }
        };
        let device = |record: &Self| {
            record
                .device
                .as_ref()
                .map_or(Value::Nothing, |device| text(&device.name))
        };
        let team = |record: &Self| record.team.as_ref().map_or(Value::Nothing, |team| text(&team.name));
        let schedule = |record: &Self| {
            record
                .scheduled
                .map_or(Value::Nothing, |window| Value::Windows(vec![window]))
        };
        let allowed = |record: &Self| match record.allowed.as_slice() {
            [] => Value::Nothing,
            windows => Value::Windows(windows.to_vec()),
        };
        let assistant = |record: &Self| {
            record
                .assistant
                .as_ref()
                .map_or(Value::Nothing, |person| text(&person.name))
        };
        compare(ChangedField::Subject, text(&before.subject), text(&self.subject));
        compare(
            ChangedField::Description,
            text(&before.description),
            text(&self.description),
        );
        compare(ChangedField::Device, device(before), device(self));
        compare(
            ChangedField::Availability,
            Value::Windows(before.windows.clone()),
            Value::Windows(self.windows.clone()),
        );
        compare(ChangedField::AllowedInAdvance, allowed(before), allowed(self));
        compare(
            ChangedField::OneTime,
            Value::YesNo(before.one_time),
            Value::YesNo(self.one_time),
        );
        compare(
            ChangedField::Status,
            Value::Status(before.status),
            Value::Status(self.status),
        );
        compare(ChangedField::Assistant, assistant(before), assistant(self));
        compare(ChangedField::Team, team(before), team(self));
        compare(ChangedField::Schedule, schedule(before), schedule(self));
        compare(
            ChangedField::Priority,
            text(before.priority.recorded()),
            text(self.priority.recorded()),
        );
        compare(
            ChangedField::Tags,
            text(&before.tags.join(", ")),
            text(&self.tags.join(", ")),
        );
        changes
    }
}
