//! Values that both engines take alike.

use deskside_protocol::ids::{
    DeviceId, DirectoryId, MessageId, Nonce, RequestId, RoleId, SessionId, TransferId, UserId,
};

/// A bound value. NULL keeps its type, because PostgreSQL wants to know it.
#[derive(Clone, Debug)]
pub enum Value {
    Text(Option<String>),
    Int(Option<i64>),
    Bool(Option<bool>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! from {
    ($variant:ident: $($source:ty => |$value:ident| $into:expr),* $(,)?) => {$(
        impl From<$source> for Value {
            fn from($value: $source) -> Self {
                Self::$variant(Some($into))
            }
        }
        impl From<Option<$source>> for Value {
            fn from(value: Option<$source>) -> Self {
                Self::$variant(value.map(|$value| $into))
            }
        }
    )*};
}

from!(Text: &str => |v| v.to_owned(), String => |v| v, &String => |v| v.clone());
from!(Int: i64 => |v| v, i32 => |v| v.into(), u32 => |v| v.into());
from!(Bool: bool => |v| v);
from!(Bytes: Vec<u8> => |v| v, &[u8] => |v| v.to_vec());
from!(Text:
    UserId => |v| v.to_string(),
    DirectoryId => |v| v.to_string(),
    RoleId => |v| v.to_string(),
    RequestId => |v| v.to_string(),
    DeviceId => |v| v.to_string(),
    SessionId => |v| v.to_string(),
    MessageId => |v| v.to_string(),
    TransferId => |v| v.to_string(),
    Nonce => |v| v.to_string(),
    uuid::Uuid => |v| v.to_string(),
    crate::roles::model::Scope => |v| v.to_string(),
);
