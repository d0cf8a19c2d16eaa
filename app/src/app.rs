//! The document and the table of pages.
//!
//! Invariant: every page is rendered whole on the server (`SsrMode::Async`), so that it works without JavaScript and
//! its status is the real one. `/` is no page; it redirects by role.

use crate::{
    accounts::page::{AccountPage, NewPersonPage, PeoplePage, PersonPage, SignInPage},
    administration::page::AdministrationPage,
    articles::page::{ArticlesPage, DeleteArticlePage, EditArticlePage, HelpArticlePage, HelpPage, NewArticlePage},
    canned::page::{DeleteReplyPage, EditReplyPage, NewReplyPage, RepliesPage},
    components::{icon::FAVICON, page::NotFound},
    device_groups::page::{DeviceGroupPage, DeviceGroupsPage, NewDeviceGroupPage},
    devices::page::DevicesPage,
    directories::page::{DirectoriesPage, DirectoryPage, NewDirectoryPage},
    feedback::page::FeedbackPage,
    mail::page::{MailPage, MailsPage},
    overview::page::OverviewPage,
    proposals::page::AnswerPage,
    requests::page::{
        ChooseOwnerPage, EditRequestPage, ManageRequestPage, MyRequestsPage, NewRequestPage, RequestPage, RequestsPage,
    },
    roles::page::{NewRolePage, RolePage, RolesPage},
    server::http::pages::VIEWER_PROGRAM,
    sessions::page::SessionPage,
    words::{self, Language},
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
        <html lang=words::language().code()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" content="#0b3f3c" />
                <link rel="icon" type="image/svg+xml" href=FAVICON.as_str() />
                <link rel="stylesheet" href="/pkg/deskside.css" />
                <IslandWords program=options.output_name.to_string() />
                <HydrationScripts options=options islands=true />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// What the islands of `program` say, in the reader's language; nothing in English, which they know.
#[component]
fn IslandWords(program: String) -> impl IntoView {
    const EVERY_PAGE: &[&str] = &[
        "app/src/islands/live",
        "app/src/islands/suggest",
        "app/src/islands/drop_files",
    ];
    let language = words::language();
    let places = match program.as_str() {
        VIEWER_PROGRAM => &["app/src/islands", "app/src/error.rs"],
        _ => EVERY_PAGE,
    };
    (language != Language::English).then(|| {
        view! { <script type="application/json" data-words inner_html=words::dictionary(language, places)></script> }
    })
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
                <Route path=path!("/my-requests") view=MyRequestsPage ssr=SsrMode::Async />
                <Route path=path!("/requests") view=RequestsPage ssr=SsrMode::Async />
                <Route path=path!("/requests/new") view=NewRequestPage ssr=SsrMode::Async />
                <Route path=path!("/requests/new-for") view=ChooseOwnerPage ssr=SsrMode::Async />
                <Route path=path!("/requests/:id") view=RequestPage ssr=SsrMode::Async />
                <Route path=path!("/requests/:id/manage") view=ManageRequestPage ssr=SsrMode::Async />
                <Route path=path!("/requests/:id/edit") view=EditRequestPage ssr=SsrMode::Async />
                <Route path=path!("/help") view=HelpPage ssr=SsrMode::Async />
                <Route path=path!("/help/:id") view=HelpArticlePage ssr=SsrMode::Async />
                <Route path=path!("/articles") view=ArticlesPage ssr=SsrMode::Async />
                <Route path=path!("/articles/new") view=NewArticlePage ssr=SsrMode::Async />
                <Route path=path!("/articles/:id/edit") view=EditArticlePage ssr=SsrMode::Async />
                <Route path=path!("/articles/:id/delete") view=DeleteArticlePage ssr=SsrMode::Async />
                <Route path=path!("/replies") view=RepliesPage ssr=SsrMode::Async />
                <Route path=path!("/replies/new") view=NewReplyPage ssr=SsrMode::Async />
                <Route path=path!("/replies/:id/edit") view=EditReplyPage ssr=SsrMode::Async />
                <Route path=path!("/replies/:id/delete") view=DeleteReplyPage ssr=SsrMode::Async />
                <Route path=path!("/overview") view=OverviewPage ssr=SsrMode::Async />
                <Route path=path!("/answer/:token") view=AnswerPage ssr=SsrMode::Async />
                <Route path=path!("/answer/closed/:token") view=FeedbackPage ssr=SsrMode::Async />
                <Route path=path!("/sessions/:id") view=SessionPage ssr=SsrMode::Async />
                <Route path=path!("/devices") view=DevicesPage ssr=SsrMode::Async />
                <Route path=path!("/device-groups") view=DeviceGroupsPage ssr=SsrMode::Async />
                <Route path=path!("/device-groups/new") view=NewDeviceGroupPage ssr=SsrMode::Async />
                <Route path=path!("/device-groups/:id") view=DeviceGroupPage ssr=SsrMode::Async />
                <Route path=path!("/mail") view=MailsPage ssr=SsrMode::Async />
                <Route path=path!("/mail/:id") view=MailPage ssr=SsrMode::Async />
                <Route path=path!("/administration") view=AdministrationPage ssr=SsrMode::Async />
                <Route path=path!("/people") view=PeoplePage ssr=SsrMode::Async />
                <Route path=path!("/people/new") view=NewPersonPage ssr=SsrMode::Async />
                <Route path=path!("/people/:id") view=PersonPage ssr=SsrMode::Async />
                <Route path=path!("/roles") view=RolesPage ssr=SsrMode::Async />
                <Route path=path!("/roles/new") view=NewRolePage ssr=SsrMode::Async />
                <Route path=path!("/roles/:id") view=RolePage ssr=SsrMode::Async />
                <Route path=path!("/directories") view=DirectoriesPage ssr=SsrMode::Async />
                <Route path=path!("/directories/new") view=NewDirectoryPage ssr=SsrMode::Async />
                <Route path=path!("/directories/:id") view=DirectoryPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}
