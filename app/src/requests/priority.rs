//! How urgent a request is. Compiles for browser and server.

use crate::words::{t, tc};
use serde::{Deserialize, Serialize};

/// Set by staff.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    Low,
    #[default]
    Normal,
    High,
    Urgent,
}

impl Priority {
    /// From the least urgent on.
    pub const ALL: [Self; 4] = [Self::Low, Self::Normal, Self::High, Self::Urgent];

    /// The number in the database; a higher one is more urgent.
    pub fn number(self) -> i64 {
        match self {
            Self::Low => 1,
            Self::Normal => 2,
            Self::High => 3,
            Self::Urgent => 4,
        }
    }

    /// Reads that number; anything else is normal.
    pub fn from_number(number: i64) -> Self {
        Self::ALL
            .into_iter()
            .find(|priority| priority.number() == number)
            .unwrap_or_default()
    }

    /// The word in forms and addresses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }

    /// Reads that word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.code() == code)
    }

    /// The word that people see.
    pub fn label(self) -> &'static str {
        match self {
            Self::Low => tc("priority", "Low"),
            Self::Normal => tc("priority", "Normal"),
            Self::High => tc("priority", "High"),
            Self::Urgent => tc("priority", "Urgent"),
        }
    }

    /// The words that people see where nothing else says that it is a priority.
    pub fn in_full(self) -> &'static str {
        match self {
            Self::Low => t("Low priority"),
            Self::Normal => t("Normal priority"),
            Self::High => t("High priority"),
            Self::Urgent => t("Urgent priority"),
        }
    }

    /// The word that a change of it is recorded with, in every language.
    pub fn recorded(self) -> &'static str {
        match self {
            Self::Low => "Low",
            Self::Normal => "Normal",
            Self::High => "High",
            Self::Urgent => "Urgent",
        }
    }

    /// The word that people see for a recorded one; any other text is itself.
    pub fn label_of(recorded: &str) -> &str {
        match Self::ALL.into_iter().find(|priority| priority.recorded() == recorded) {
            Some(priority) => priority.label(),
            None => recorded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_and_number_reads_back() {
        for priority in Priority::ALL {
            assert_eq!(Priority::from_number(priority.number()), priority);
            assert_eq!(Priority::from_code(priority.code()), Some(priority));
        }
        assert_eq!(Priority::from_number(99), Priority::Normal);
        assert_eq!(Priority::from_code("x"), None);
    }

    #[test]
    fn a_recorded_priority_is_shown_by_its_label() {
        for priority in Priority::ALL {
            assert_eq!(Priority::label_of(priority.recorded()), priority.label());
        }
        assert_eq!(Priority::label_of("x"), "x");
    }
}
