//! From what a page needs to what it shows: the content, or the page for the error that came instead.

use super::{frame::Frame, icon::Icon};
use crate::{error::AppError, server, words::t};
use leptos::prelude::*;
use std::future::Future;

/// Shows `content` once it is there, or the page for its error with the right status.
pub fn page(content: impl Future<Output = Result<AnyView, AppError>> + Send + 'static) -> AnyView {
    Suspend::new(async move {
        match content.await {
            Ok(view) => view,
            Err(error) => error_page(&error),
        }
    })
    .into_any()
}

/// True when mails are kept as files and can be read in the portal.
pub fn mail_is_readable() -> bool {
    server::page::portal().is_ok_and(|portal| portal.config.mail.transport == server::config::MailTransport::File)
}

/// The whole page for `error`, which also decides the status of the response.
pub fn error_page(error: &AppError) -> AnyView {
    server::page::set_status(error);
    let shown = match error {
        // Denied looks like absent.
        AppError::NotFound | AppError::Denied => Shown {
            title: t("Page not found"),
            words: t(
                "This page does not exist, or it is not for you. The address may be mistyped, or the request may \
                 belong to somebody else.",
            )
            .into(),
            reference: None,
        },
        AppError::Internal { reference } => Shown {
            title: t("Something went wrong"),
            words: t(
                "This was our fault, and nothing that you did was half-saved. Try again; if it happens again, tell \
                 your administrator this reference:",
            )
            .into(),
            reference: Some(reference.clone()),
        },
        other => Shown {
            title: t("That did not work"),
            words: other.to_string(),
            reference: None,
        },
    };
    shown.draw()
}

struct Shown {
    title: &'static str,
    words: String,
    reference: Option<String>,
}

impl Shown {
    fn draw(self) -> AnyView {
        view! {
            <Frame title=self.title>
                <div class="lost">
                    {Icon::Lost.draw_large()} <h1>{self.title}</h1> <p class="lead">{self.words}</p>
                    {self.reference.map(|reference| view! { <p class="command"><code>{reference}</code></p> })}
                    <a class="btn btn-primary" href="/">{t("Go to the start page")}</a>
                </div>
            </Frame>
        }
        .into_any()
    }
}

/// Shown for every address that is no page.
#[component]
pub fn NotFound() -> impl IntoView {
    error_page(&AppError::NotFound)
}
