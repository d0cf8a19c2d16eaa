//! Posts of the pages about people: thin.

use crate::{
    accounts::{
        NewAccount,
        model::StartingRole,
        people::{self, PersonForm},
    },
    error::AppError,
    roles,
    server::{access::Actor, forms::Posted, portal::Portal},
    words::t,
};
use axum::{
    Router,
    extract::Path,
    response::{Redirect, Response},
    routing::post,
};
use deskside_protocol::ids::{DirectoryId, UserId};

const NEW: &str = "/people/new";

/// The posts of these pages.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route(NEW, post(create))
        .route("/people/{id}", post(edit))
        .route("/people/{id}/sign-in", post(set_active).get(back))
        .route("/people/{id}/password", post(set_password).get(back))
        .route("/people/{id}/roles", post(grant).get(back))
        .route("/people/{id}/roles/revoke", post(revoke).get(back))
}

fn page_of(id: &str) -> String {
    format!("/people/{id}")
}

/// These addresses take posts only; reloading one leads back to the page.
async fn back(Path(id): Path<String>) -> Redirect {
    match id.parse::<UserId>() {
        Ok(id) => Redirect::to(&page_of(&id.to_string())),
        Err(_) => Redirect::to("/people"),
    }
}

async fn create(posted: Posted) -> Response {
    let made = match posted.actor().and_then(|actor| Ok((actor, directory(&posted)?))) {
        Ok((actor, directory)) => {
            let field = |name| posted.field(name).to_owned();
            let account = NewAccount {
                login: field("login"),
                name: field("name"),
                email: field("email"),
                role: StartingRole::Employee,
                directory,
                time_zone: field("time_zone"),
                password: field("password"),
            };
            people::create(&posted.portal, actor, account).await
        }
        Err(error) => Err(error),
    };
    posted.answer(NEW, made.map(|id| page_of(&id.to_string()))).await
}

async fn edit(Path(id): Path<String>, posted: Posted) -> Response {
    let done = match known(&id, &posted).and_then(|(id, actor)| Ok((id, actor, directory(&posted)?))) {
        Ok((id, actor, directory)) => {
            let form = PersonForm {
                name: posted.field("name").to_owned(),
                email: posted.field("email").to_owned(),
                directory,
            };
            people::edit(&posted.portal, actor, id, &form).await
        }
        Err(error) => Err(error),
    };
    posted
        .answer(&page_of(&id), done.map(|()| format!("{}?done=person", page_of(&id))))
        .await
}

async fn set_active(Path(id): Path<String>, posted: Posted) -> Response {
    let done = match known(&id, &posted) {
        Ok((id, actor)) => people::set_active(&posted.portal, actor, id, posted.field("active") == "yes").await,
        Err(error) => Err(error),
    };
    posted.answer(&page_of(&id), done.map(|()| page_of(&id))).await
}

async fn set_password(Path(id): Path<String>, posted: Posted) -> Response {
    let done = match known(&id, &posted) {
        Ok((id, actor)) => {
            let password = posted.field("new_password").to_owned();
            people::set_password(&posted.portal, actor, id, password).await
        }
        Err(error) => Err(error),
    };
    posted
        .answer(
            &page_of(&id),
            done.map(|()| format!("{}?done=password-set", page_of(&id))),
        )
        .await
}

async fn grant(Path(id): Path<String>, posted: Posted) -> Response {
    let done = match role_in_scope(&id, &posted) {
        Ok((id, actor, role, scope)) => roles::service::grant(&posted.portal, actor, id, role, scope).await,
        Err(error) => Err(error),
    };
    posted.answer(&page_of(&id), done.map(|()| page_of(&id))).await
}

async fn revoke(Path(id): Path<String>, posted: Posted) -> Response {
    let done = match role_in_scope(&id, &posted) {
        Ok((id, actor, role, scope)) => roles::service::revoke(&posted.portal, actor, id, role, scope).await,
        Err(error) => Err(error),
    };
    posted.answer(&page_of(&id), done.map(|()| page_of(&id))).await
}

type RoleInScope<'p> = (UserId, &'p Actor, deskside_protocol::ids::RoleId, roles::model::Scope);

fn role_in_scope<'p>(id: &str, posted: &'p Posted) -> Result<RoleInScope<'p>, AppError> {
    let (id, actor) = known(id, posted)?;
    let role = posted.field("role").parse();
    let role = role.map_err(|_| AppError::invalid("role", t("Choose one of the roles.")))?;
    let scope = posted.field("scope").parse();
    let scope = scope.map_err(|_| AppError::invalid("scope", t("Choose where the role counts.")))?;
    Ok((id, actor, role, scope))
}

fn known<'p>(id: &str, posted: &'p Posted) -> Result<(UserId, &'p Actor), AppError> {
    let actor = posted.actor()?;
    Ok((id.parse().map_err(|_| AppError::NotFound)?, actor))
}

fn directory(posted: &Posted) -> Result<DirectoryId, AppError> {
    let chosen = posted.field("directory").parse();
    chosen.map_err(|_| AppError::invalid("directory", t("Choose one of the directories.")))
}
