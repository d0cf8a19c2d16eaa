//! `/requests/new-for`: for whom a request is filed.

use crate::{
    accounts::{
        model::UserSummary,
        people::{self, Found},
    },
    components::{empty::Empty, frame::Frame, icon::Icon, page::page, search::SearchForm},
    roles::model::Right,
    server::{
        self,
        access::{Action, Subject, authorize},
    },
    words::t,
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

const PATH: &str = "/requests/new-for";

/// `/requests/new-for`.
#[component]
pub fn ChooseOwnerPage() -> impl IntoView {
    let text = use_query_map().get_untracked().get("q").unwrap_or_default();
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let _permit = authorize(&actor, Action::FileForOther, Subject::NONE)?;
        let found = match people::find(&portal, &actor, Right::RequestsCreate, &text).await? {
            Found::One(person) => vec![person],
            Found::Several(people) => people,
            Found::Nobody => Vec::new(),
        };
        let list = match (found.is_empty(), text.trim().is_empty()) {
            (true, true) => ().into_any(),
            (true, false) => view! {
                <Empty icon=Icon::Search title=t("Nobody fits")>
                    <p>{t("Try a part of the name, the login or the e-mail address.")}</p>
                </Empty>
            }
            .into_any(),
            _ => view! { <ul class="cards">{found.into_iter().map(card).collect_view()}</ul> }.into_any(),
        };
        Ok(view! {
            <Frame title=t("New request for somebody")>
                <a class="back" href="/requests">{Icon::Back.draw()} {t("Requests")}</a>
                <div class="page-head">
                    <div>
                        <h1>{t("New request for somebody")}</h1>
                        <p class="lead">{t("For whom? They are told by e-mail that you filed it.")}</p>
                    </div>
                </div>
                <SearchForm
                    path=PATH
                    text=text.clone()
                    label=t("Name, login or e-mail")
                />
                {list}
            </Frame>
        }
        .into_any())
    })
}

fn card(person: UserSummary) -> impl IntoView {
    view! {
        <li class="card-row">
            <h2>
                <a class="row-link" href=format!("/requests/new?for={}", person.id)>{person.name}</a>
            </h2>
            <div class="meta">
                <span>{person.login}</span>
                <span>{person.email}</span>
            </div>
        </li>
    }
    .into_any()
}
