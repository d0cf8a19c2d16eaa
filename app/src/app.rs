//! The document and the table of pages.
//!
//! Invariant: every page is rendered whole on the server (`SsrMode::Async`), so that it works without JavaScript and
//! its status is the real one. `/` is no page; it redirects by role.

use crate::{
    accounts::page::{AccountPage, SignInPage},
    components::{icon::FAVICON, page::NotFound},
};
use leptos::prelude::*;
use leptos_meta::{MetaTags, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

/// The HTML document around every page.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" content="#0b3f3c" />
                <link rel="icon" type="image/svg+xml" href=FAVICON.as_str() />
                <link rel="stylesheet" href="/pkg/deskside.css" />
                <HydrationScripts options=options islands=true />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Every page by its address.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
                <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}
