//! The languages of the portal.

use serde::{Deserialize, Serialize};

/// A language that everything is said in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    #[default]
    English,
    German,
    French,
    Spanish,
    Japanese,
}
