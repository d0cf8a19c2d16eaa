//! A session as services see it.

use super::core::Life;
use crate::requests::model::Person;
use deskside_protocol::{
    UnixMillis,
    ids::{DeviceId, RequestId, SessionId},
};

/// One session, complete.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionRecord {
    pub id: SessionId,
    pub request: RequestId,
    pub device: DeviceId,
    pub operator: Person,
    pub launched_at: UnixMillis,
    pub life: Life,
}
