//! The viewer's page: a thin line of words above, everything else for the remote screen.

use crate::{
    components::{icon, page::page, raw::PageTitle},
    error::AppError,
    islands::viewer::Viewer,
    server,
    sessions::service,
    words::t,
};
use deskside_protocol::ids::SessionId;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// `/sessions/{id}`, for the operator of that session only.
#[component]
pub fn SessionPage() -> impl IntoView {
    let id = use_params_map()
        .get_untracked()
        .get("id")
        .and_then(|id| id.parse::<SessionId>().ok());
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let state = service::state(&portal, &actor, id.ok_or(AppError::NotFound)?).await?;
        let files = portal.config.files.policy();
        let viewer = view! {
            <Viewer session=state.session.id request=state.request owner=state.owner.name.clone() files=files />
        };
        let viewer = viewer.into_any();
        Ok(view! {
            <PageTitle text=format!("{} · {}", state.device_name, state.subject) />
            <div class="viewer-page">
                <header class="viewer-top">
                    <a class="brand" href="/" aria-label="Deskside">{icon::mark()}</a>
                    <h1 class="viewer-title">{state.subject}</h1>
                    <span class="viewer-reference">{state.reference}</span>
                    <span class="viewer-where">{state.device_name} " · " {state.owner.name}</span>
                </header>
                <main id="content" class="viewer-main">
                    <noscript>
                        <p class="viewer-noscript">{t("The remote screen needs JavaScript. Everything else in the portal works without it.")}</p>
                    </noscript>
                    {viewer}
                </main>
            </div>
        }
        .into_any())
    })
}
