//! Identifiers. All are UUIDs; on the wire and in the database the usual hyphenated lower-case text.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

id! {
    /// An enrolled machine.
    DeviceId;
    /// One remote assistance connection.
    SessionId;
    /// What an employee filed.
    RequestId;
    /// A person with a login.
    UserId;
    /// A user database.
    DirectoryId;
    /// A named set of rights.
    RoleId;
    /// One line of a request's conversation.
    MessageId;
    /// One file that is sent during a session.
    TransferId;
    /// One signed command, report or ticket; remembered by the receiver to refuse replays.
    Nonce;
}
