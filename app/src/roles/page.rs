//! The pages on which administrators make roles.

use super::{
    model::{Right, Role},
    service,
};
use crate::{
    components::{
        field::{TextField, Tick, problem},
        form::{PostButton, Weight},
        frame::{Frame, Width},
        icon::Icon,
        list::TableFrame,
        notice::ErrorSummary,
        page::page,
    },
    error::AppError,
    server::{
        self,
        access::{Action, Subject, authorize},
        forms::FormState,
    },
    words::{t, tc},
};
use deskside_protocol::ids::RoleId;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

const PATH: &str = "/roles";

/// `/roles`.
#[component]
pub fn RolesPage() -> impl IntoView {
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let _permit = authorize(&actor, Action::ManageRoles, Subject::NONE)?;
        let roles = service::list(&portal, &actor).await?;
        let lines = roles.into_iter().map(line).collect_view();
        Ok(view! {
            <Frame title=t("Roles") width=Width::Wide>
                <a class="back" href="/administration">{Icon::Back.draw()} {t("Administration")}</a>
                <div class="page-head">
                    <div>
                        <h1>{t("Roles")}</h1>
                        <p class="lead">{t("A role is a set of rights. People get roles for all directories or for one.")}</p>
                    </div>
                    <a class="btn btn-primary" href="/roles/new">{Icon::Add.draw()} {t("New role")}</a>
                </div>
                <TableFrame label=t("Roles") columns=vec![t("Role"), t("Rights"), t("People")]>{lines}</TableFrame>
            </Frame>
        }
        .into_any())
    })
}

fn line(role: Role) -> impl IntoView {
    let rights: Vec<&str> = role.rights.iter().map(|right| right.label()).collect();
    view! {
        <tr role="row">
            <td role="cell" data-label=t("Role") class="main-cell">
                <a class="row-link" href=format!("/roles/{}", role.id)>{role.name}</a>
            </td>
            <td role="cell" data-label=t("Rights")>{rights.join(", ")}</td>
            <td role="cell" data-label=t("People") class="numeric">{role.members}</td>
        </tr>
    }
    .into_any()
}

/// `/roles/new`.
#[component]
pub fn NewRolePage() -> impl IntoView {
    let form = FormState::current();
    page(async move {
        let actor = server::page::actor()?;
        let _permit = authorize(&actor, Action::ManageRoles, Subject::NONE)?;
        Ok(view! {
            <Frame title=t("New role")>
                <a class="back" href=PATH>{Icon::Back.draw()} {t("Roles")}</a>
                <div class="page-head">
                    <h1>{t("New role")}</h1>
                </div>
                <Fields action="/roles/new".to_owned() role=None form=form />
            </Frame>
        }
        .into_any())
    })
}

/// `/roles/{id}`.
#[component]
pub fn RolePage() -> impl IntoView {
    let form = FormState::current();
    let id = use_params_map()
        .get_untracked()
        .get("id")
        .and_then(|id| id.parse::<RoleId>().ok());
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let role = service::get(&portal, &actor, id.ok_or(AppError::NotFound)?).await?;
        let content = if role.built_in {
            view! { <BuiltIn role=role.clone() /> }.into_any()
        } else {
            let action = format!("/roles/{}", role.id);
            let remove = (role.members == 0).then(|| {
                view! { <PostButton action=format!("{action}/remove") label=t("Remove role") weight=Weight::Danger /> }
            });
            view! {
                <Fields action=action role=Some(role.clone()) form=form />
                <div class="mt-6">{remove}</div>
            }
            .into_any()
        };
        Ok(view! {
            <Frame title=role.name.clone()>
                <a class="back" href=PATH>{Icon::Back.draw()} {t("Roles")}</a>
                <div class="page-head">
                    <h1>{role.name}</h1>
                </div>
                {content}
            </Frame>
        }
        .into_any())
    })
}

#[component]
fn BuiltIn(role: Role) -> impl IntoView {
    let rights = role
        .rights
        .into_iter()
        .map(|right| view! { <dt>{right.label()}</dt> <dd>{right.explains()}</dd> })
        .collect_view();
    view! {
        <section class="sheet" aria-labelledby="rights-heading">
            <h2 id="rights-heading" class="mb-1">{t("Rights")}</h2>
            <p class="muted mb-4">{t("This role belongs to Deskside and cannot be changed.")}</p>
            <dl class="facts">{rights}</dl>
        </section>
    }
    .into_any()
}

#[component]
fn Fields(action: String, role: Option<Role>, form: FormState) -> impl IntoView {
    let version = role
        .as_ref()
        .map(|role| view! { <input type="hidden" name="version" value=role.version.to_string() /> });
    let has = |right: Right| {
        if form.is_posted() {
            form.is_checked(right.code())
        } else {
            role.as_ref().is_some_and(|role| role.rights.contains(&right))
        }
    };
    let rights = Right::ALL
        .map(|right| {
            view! { <Tick name=right.code() label=right.label() hint=right.explains() checked=has(right) /> }
        })
        .collect_view();
    let missing = problem("rights", form.error("rights"));
    let name = role.map(|role| role.name).unwrap_or_default();
    view! {
        <ErrorSummary form=form.clone() />
        <form class="form sheet" method="post" action=action novalidate>
            {version}
            <TextField name="name" label=t("Name") value=name autocomplete="off" form=form />
            <fieldset class="group" id="rights" tabindex="-1">
                <legend>{t("Rights")}</legend>
                {missing}
                {rights}
            </fieldset>
            <div class="form-end">
                <button class="btn btn-primary" type="submit">{t("Save role")}</button>
                <a class="btn btn-ghost" href=PATH>{tc("button", "Back")}</a>
            </div>
        </form>
    }
    .into_any()
}
