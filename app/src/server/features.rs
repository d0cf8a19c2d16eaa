//! What the machinery needs from the features, handed in from outside so that it need not know them.

use super::{access::Subject, live::Topic, portal::Portal};
use crate::error::AppError;
use leptos::{config::LeptosOptions, prelude::AnyView};
use std::{fmt, future::Future, pin::Pin};

/// A boxed future of a feature's answer.
pub type Answer<T> = Pin<Box<dyn Future<Output = Result<T, AppError>> + Send>>;

/// Plain functions, so that it is cheap to copy.
#[derive(Clone, Copy)]
pub struct Features {
    /// The document around every page.
    pub shell: fn(LeptosOptions) -> AnyView,
    /// Whom the thing behind a topic belongs to; `NotFound` when it does not exist.
    pub subject_of: fn(Portal, Topic) -> Answer<Subject>,
}

impl fmt::Debug for Features {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Features")
    }
}
