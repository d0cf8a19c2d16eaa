//! The group of a request's device, of which requests keep a copy.

use crate::{
    device_groups::model::GroupId,
    server::db::{DbError, Tx, sql},
};
use deskside_protocol::ids::DeviceId;

/// Notes the group of a device at its requests, finished ones too. No version moves: nothing of a request changes.
pub async fn set_group(tx: &mut Tx, device: DeviceId, group: Option<GroupId>) -> Result<(), DbError> {
    sql("UPDATE requests SET group_id = $2 WHERE device_id = $1 AND COALESCE(group_id, '') <> COALESCE($2, '')")
        .bind(device)
        .bind(group.map(|group| group.0))
        .execute(tx)
        .await?;
    Ok(())
}

/// Forgets a group that goes.
pub async fn leave_group(tx: &mut Tx, group: GroupId) -> Result<(), DbError> {
    sql("UPDATE requests SET group_id = NULL WHERE group_id = $1")
        .bind(group.0)
        .execute(tx)
        .await?;
    Ok(())
}
