//! The one error that crosses layers: from services to pages, forms and islands.
//!
//! Invariant: nothing in it may hurt when shown. What went wrong inside is logged under `reference`, never carried.

use crate::{tf, tn, words::t};
use serde::{Deserialize, Serialize};

/// A message at one form field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FieldError {
    /// The `name` of the input.
    pub field: String,
    pub message: String,
}

impl FieldError {
    /// A message at `field`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// Why a use case was not carried out.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "error", rename_all = "snake_case")]
pub enum AppError {
    /// Absent, or not for this person: both look alike.
    #[error("{}", t("This does not exist, or it is not for you."))]
    NotFound,
    #[error("{}", t("Please sign in."))]
    SignedOut,
    /// Visible to this person, but not theirs to change.
    #[error("{}", t("You are not allowed to do this."))]
    Denied,
    #[error("{}", t("Please correct the marked fields."))]
    Invalid { fields: Vec<FieldError> },
    #[error("{message}")]
    Conflict { message: String },
    /// Somebody changed it after the page was made; what was typed can be saved over it.
    #[error("{message}")]
    Overtaken { message: String },
    #[error("{}", wait_in_words(*.retry_after_s))]
    TooMany { retry_after_s: u64 },
    #[error("{}", tf!("Something went wrong on our side. Reference: {reference}", reference = reference))]
    Internal { reference: String },
}

impl AppError {
    /// One wrong field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid {
            fields: vec![FieldError::new(field, message)],
        }
    }

    /// Somebody else changed it meanwhile, or it is not in a state for this.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::Conflict {
            message: message.into(),
        }
    }

    /// The HTTP status of this error; decided nowhere else.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::SignedOut => 401,
            Self::Denied => 403,
            Self::Invalid { .. } => 422,
            Self::Conflict { .. } | Self::Overtaken { .. } => 409,
            Self::TooMany { .. } => 429,
            Self::Internal { .. } => 500,
        }
    }

    /// The messages at fields; empty for every other error.
    pub fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid { fields } => fields,
            _ => &[],
        }
    }
}

fn wait_in_words(seconds: u64) -> String {
    match seconds {
        0..=1 => t("Too many attempts. Try again in a second.").into(),
        2..=90 => tn!(
            seconds,
            "Too many attempts. Try again in {n} second.",
            "Too many attempts. Try again in {n} seconds."
        ),
        _ => tn!(
            seconds.div_ceil(60),
            "Too many attempts. Try again in {n} minute.",
            "Too many attempts. Try again in {n} minutes."
        ),
    }
}

impl leptos::server_fn::error::FromServerFnError for AppError {
    type Encoder = leptos::server_fn::codec::JsonEncoding;

    fn from_server_fn_error(error: leptos::server_fn::error::ServerFnErrorErr) -> Self {
        #[cfg(feature = "ssr")]
        {
            use leptos::server_fn::error::ServerFnErrorErr as E;
            match error {
                E::Args(_) | E::MissingArg(_) | E::Deserialization(_) | E::UnsupportedRequestMethod(_) => {
                    Self::invalid("", t("The request could not be read."))
                }
                other => crate::server::reference::internal("server function", &other),
            }
        }
        #[cfg(not(feature = "ssr"))]
        {
            let _ = error;
            Self::Internal {
                reference: "connection".into(),
            }
        }
    }
}
