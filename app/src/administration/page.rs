//! `/administration`: where what is set.

use crate::{
    components::{frame::Frame, page::page},
    server::{
        self,
        access::{Action, Subject, authorize},
    },
    words::t,
};
use leptos::prelude::*;

/// `/administration`.
#[component]
pub fn AdministrationPage() -> impl IntoView {
    page(async move {
        let actor = server::page::actor()?;
        // Who manages devices only finds nothing but their groups here.
        let _permit = authorize(&actor, Action::ListPeople, Subject::NONE)
            .or_else(|_| authorize(&actor, Action::ListDeviceGroups, Subject::NONE))?;
        let places = [
            (
                Action::ListPeople,
                "/people",
                "People",
                "Accounts, the roles they have, passwords, who may sign in.",
            ),
            (
                Action::ManageRoles,
                "/roles",
                "Roles",
                "Sets of rights that people are given.",
            ),
            (
                Action::ManageDirectories,
                "/directories",
                "Directories",
                "User databases, to which requests, people and rights belong.",
            ),
            (
                Action::ListDeviceGroups,
                "/device-groups",
                t("Device groups"),
                t("Devices that are looked after alike."),
            ),
            (
                Action::ListArticles,
                "/articles",
                "Help articles",
                "What people are offered while they write a request.",
            ),
        ];
        let cards = places
            .into_iter()
            .filter(|(action, ..)| actor.may(*action, Subject::NONE))
            .map(|(_, href, title, words)| {
                view! {
                    <li class="card-row">
                        <h2>
                            <a class="row-link" href=href>{title}</a>
                        </h2>
                        <p class="next">{words}</p>
                    </li>
                }
            })
            .collect_view();
        Ok(view! {
            <Frame title="Administration">
                <div class="page-head">
                    <h1>"Administration"</h1>
                </div>
                <ul class="cards">{cards}</ul>
            </Frame>
        }
        .into_any())
    })
}
