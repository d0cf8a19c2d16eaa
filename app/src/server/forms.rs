//! Classic form posts: a failed check shows the same page again with what was typed and a message at each field.
//!
//! Works without JavaScript. A page reads its [`FormState`] with [`FormState::current`]; it is empty on a GET.

mod posted;

pub use posted::Posted;

use crate::error::{AppError, FieldError};
use leptos::context::use_context;

/// What a page shows of a form that was posted and not accepted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FormState {
    /// Every field as typed, in order. Passwords are left out.
    pub values: Vec<(String, String)>,
    pub errors: Vec<FieldError>,
    /// One sentence above the form.
    pub message: Option<String>,
    /// Somebody changed the thing meanwhile: the page shows both, and saves over it when asked again.
    pub overtaken: bool,
}

impl FormState {
    /// The posted form that this page is shown for; empty when it is shown for the first time.
    pub fn current() -> Self {
        use_context().unwrap_or_default()
    }

    /// True when this page answers a post that was not accepted.
    pub fn is_posted(&self) -> bool {
        *self != Self::default()
    }

    /// What was typed into `name`.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    /// Everything typed into fields called `name`.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.values
            .iter()
            .filter(move |(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    /// True when the checkbox `name` was checked.
    pub fn is_checked(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// The message at `name`.
    pub fn error(&self, name: &str) -> Option<&str> {
        self.errors
            .iter()
            .find(|error| error.field == name)
            .map(|error| error.message.as_str())
    }

    /// The state after `error`, for a form with `values`.
    pub fn after(error: &AppError, values: Vec<(String, String)>) -> Self {
        let values = values
            .into_iter()
            .filter(|(name, _)| !name.contains("password"))
            .collect();
        Self {
            values,
            errors: error.fields().to_vec(),
            message: Some(error.to_string()),
            overtaken: matches!(error, AppError::Overtaken { .. }),
        }
    }
}
