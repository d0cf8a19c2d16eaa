//! The pages on which administrators manage people.

use crate::{
    accounts::{
        model::PersonRow,
        people::{self, PersonDetail},
    },
    components::{
        empty::Empty,
        field::{Choice, SelectField, TextField},
        form::{PostButton, Weight},
        frame::{Frame, Width},
        icon::Icon,
        list::{Pager, TableFrame, address},
        notice::ErrorSummary,
        page::page,
        search::SearchForm,
        zone::zone_choices,
    },
    directories::{self, model::Directory},
    error::AppError,
    roles::{
        self,
        model::{Grant, Right, Role, Scope},
    },
    server::{self, access::Actor, forms::FormState, portal::Portal},
    tf,
    words::{t, tc},
};
use deskside_protocol::ids::{DirectoryId, UserId};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

const PATH: &str = "/people";

/// `/people`.
#[component]
pub fn PeoplePage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let text = query.get("q").unwrap_or_default();
    let directory = query.get("directory").and_then(|id| id.parse::<DirectoryId>().ok());
    let after = query.get("after").and_then(|id| id.parse::<UserId>().ok());
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let found = people::list(&portal, &actor, directory, &text, after).await?;
        let directories = directories::service::list_with(&portal, &actor, Right::Administer).await?;
        let chosen = directory.map(|id| id.to_string()).unwrap_or_default();
        let link = |after: Option<UserId>| {
            let after = after.map(|id| id.to_string()).unwrap_or_default();
            address(PATH, &[("q", &text), ("directory", &chosen), ("after", &after)])
        };
        let pager = view! {
            <Pager shown=found.rows.len() first=after.map(|_| link(None)) next=found.next.map(|id| link(Some(id))) />
        };
        let list = if found.rows.is_empty() {
            view! {
                <Empty icon=Icon::Search title=t("Nobody fits")>
                    <p>{t("Try a part of the name, the login or the e-mail address.")}</p>
                </Empty>
            }
            .into_any()
        } else {
            view! { <Rows rows=found.rows /> }.into_any()
        };
        Ok(view! {
            <Frame title=t("People") width=Width::Wide>
                <a class="back" href="/administration">{Icon::Back.draw()} {t("Administration")}</a>
                <div class="page-head">
                    <h1>{t("People")}</h1>
                    <a class="btn btn-primary" href="/people/new">{Icon::Add.draw()} {t("New person")}</a>
                </div>
                <SearchForm
                    path=PATH
                    text=text.clone()
                    label=t("Name, login or e-mail")
                    directories=directories
                    directory=chosen.clone()
                />
                <div id="people-rows">{list} {pager}</div>
            </Frame>
        }
        .into_any())
    })
}

#[component]
fn Rows(rows: Vec<PersonRow>) -> impl IntoView {
    let columns = vec![t("Name"), t("Login"), t("E-mail"), t("Directory"), t("Sign-in")];
    let line = |row: PersonRow| {
        let href = format!("/people/{}", row.user.id);
        let sign_in = if row.active {
            tc("sign-in", "allowed")
        } else {
            tc("sign-in", "disabled")
        };
        view! {
            <tr role="row">
                <td role="cell" data-label=t("Name") class="main-cell">
                    <a class="row-link" href=href>{row.user.name}</a>
                </td>
                <td role="cell" data-label=t("Login")>{row.user.login}</td>
                <td role="cell" data-label=t("E-mail")>{row.user.email}</td>
                <td role="cell" data-label=t("Directory")>{row.directory}</td>
                <td role="cell" data-label=t("Sign-in") class:muted=!row.active>{sign_in}</td>
            </tr>
        }
    };
    let lines = rows.into_iter().map(line).collect_view();
    view! { <TableFrame label=t("People") columns=columns>{lines}</TableFrame> }
}

fn directory_choices(directories: &[Directory]) -> Vec<Choice> {
    let choice = |directory: &Directory| Choice {
        value: directory.id.to_string(),
        label: directory.name.clone(),
    };
    directories.iter().map(choice).collect()
}

/// `/people/new`.
#[component]
pub fn NewPersonPage() -> impl IntoView {
    let form = FormState::current();
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        // Whoever may list people may make some; the service checks in which directory.
        people::list(&portal, &actor, None, "", None).await?;
        let directories = directories::service::list_with(&portal, &actor, Right::Administer).await?;
        let zone = directories
            .first()
            .map_or_else(|| "UTC".to_owned(), |first| first.time_zone.clone());
        Ok(view! {
            <Frame title=t("New person")>
                <a class="back" href=PATH>{Icon::Back.draw()} {t("People")}</a>
                <div class="page-head">
                    <h1>{t("New person")}</h1>
                </div>
                <ErrorSummary form=form.clone() />
                <form class="form sheet" method="post" action="/people/new" novalidate>
                    <TextField name="name" label=t("Name") autocomplete="off" form=form.clone() />
                    <TextField name="login" label=t("Login") autocomplete="off" form=form.clone() />
                    <TextField name="email" label=t("E-mail") kind="email" autocomplete="off" form=form.clone() />
                    <SelectField
                        name="directory"
                        label=t("Directory")
                        choices=directory_choices(&directories)
                        form=form.clone()
                    />
                    <SelectField name="time_zone" label=t("Time zone") value=zone.clone() choices=zone_choices(&zone) form=form.clone() />
                    <TextField
                        name="password"
                        label=t("First password")
                        kind="password"
                        hint=t("At least 10 characters. Tell it to them; they can change it.")
                        autocomplete="new-password"
                        form=form
                    />
                    <div class="form-end">
                        <button class="btn btn-primary" type="submit">{t("Make account")}</button>
                        <a class="btn btn-ghost" href=PATH>{tc("button", "Back")}</a>
                    </div>
                </form>
            </Frame>
        }
        .into_any())
    })
}

/// `/people/{id}`.
#[component]
pub fn PersonPage() -> impl IntoView {
    let form = FormState::current();
    let id = use_params_map()
        .get_untracked()
        .get("id")
        .and_then(|id| id.parse::<UserId>().ok());
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let detail = people::get(&portal, &actor, id.ok_or(AppError::NotFound)?).await?;
        let given = Given::read(&portal, &actor).await?;
        let itself = actor.id() == detail.user.id;
        Ok(view! {
            <Frame title=detail.user.name.clone()>
                <a class="back" href=PATH>{Icon::Back.draw()} {t("People")}</a>
                <div class="page-head">
                    <div>
                        <h1>{detail.user.name.clone()}</h1>
                        <p class="lead">{detail.user.login.clone()}</p>
                    </div>
                </div>
                <ErrorSummary form=form.clone() />
                <div class="stack">
                    <Roles detail=detail.clone() given=given.clone() form=form.clone() />
                    <Details detail=detail.clone() given=given form=form.clone() />
                    <SignIn detail=detail itself=itself form=form />
                </div>
            </Frame>
        }
        .into_any())
    })
}

/// What the reader can give.
#[derive(Clone)]
struct Given {
    roles: Vec<Role>,
    directories: Vec<Directory>,
    everywhere: bool,
}

impl Given {
    async fn read(portal: &Portal, actor: &Actor) -> Result<Self, AppError> {
        Ok(Self {
            roles: roles::service::list(portal, actor).await?,
            directories: directories::service::list_with(portal, actor, Right::Administer).await?,
            everywhere: actor.rights.everywhere(Right::Administer),
        })
    }

    fn may_take(&self, scope: Scope) -> bool {
        match scope {
            Scope::All => self.everywhere,
            Scope::Directory(id) => self.directories.iter().any(|directory| directory.id == id),
        }
    }

    fn grant_words(&self, grant: &Grant) -> String {
        let role = &grant.role_name;
        let Scope::Directory(id) = grant.scope else {
            return tf!("{role} for all directories", role = role);
        };
        match self.directories.iter().find(|directory| directory.id == id) {
            Some(directory) => tf!("{role} for {directory}", role = role, directory = directory.name),
            None => tf!("{role} for another directory", role = role),
        }
    }

    fn scopes(&self) -> Vec<Choice> {
        let all = self.everywhere.then(|| Choice {
            value: Scope::All.to_string(),
            label: t("All directories").to_owned(),
        });
        all.into_iter().chain(directory_choices(&self.directories)).collect()
    }
}

#[component]
fn Roles(detail: PersonDetail, given: Given, form: FormState) -> impl IntoView {
    let base = format!("/people/{}/roles", detail.user.id);
    let line = |grant: &Grant| {
        let words = given.grant_words(grant);
        let revoke = given.may_take(grant.scope).then(|| {
            let label = tf!("Take {grant}", grant = words);
            view! {
                <form method="post" action=format!("{base}/revoke")>
                    <input type="hidden" name="role" value=grant.role.to_string() />
                    <input type="hidden" name="scope" value=grant.scope.to_string() />
                    <button class="btn btn-quiet btn-sm" type="submit" aria-label=label>{tc("button", "Take")}</button>
                </form>
            }
        });
        view! { <li><span>{words}</span> {revoke}</li> }
    };
    let held = if detail.grants.is_empty() {
        view! { <p class="muted mb-4">{t("No role: files requests and is assisted, like every employee.")}</p> }
            .into_any()
    } else {
        view! { <ul class="held">{detail.grants.iter().map(line).collect_view()}</ul> }.into_any()
    };
    let choices = given
        .roles
        .iter()
        .map(|role| Choice {
            value: role.id.to_string(),
            label: role.name.clone(),
        })
        .collect();
    view! {
        <section class="sheet" aria-labelledby="roles-heading">
            <h2 id="roles-heading" class="mb-3">{t("Roles")}</h2>
            {held}
            <form class="form form-row" method="post" action=base.clone() novalidate>
                <SelectField name="role" label=t("Role") choices=choices form=form.clone() />
                <SelectField name="scope" label=tc("label", "For") choices=given.scopes() form=form />
                <button class="btn btn-quiet" type="submit">{t("Give role")}</button>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn Details(detail: PersonDetail, given: Given, form: FormState) -> impl IntoView {
    view! {
        <section class="sheet" aria-labelledby="details-heading">
            <h2 id="details-heading" class="mb-3">{t("Details")}</h2>
            <form class="form" method="post" action=format!("/people/{}", detail.user.id) novalidate>
                <TextField name="name" label=t("Name") value=detail.user.name autocomplete="off" form=form.clone() />
                <TextField
                    name="email"
                    label=t("E-mail")
                    kind="email"
                    value=detail.user.email
                    autocomplete="off"
                    form=form.clone()
                />
                <SelectField
                    name="directory"
                    label=t("Directory")
                    value=detail.user.directory.to_string()
                    choices=directory_choices(&given.directories)
                    form=form
                />
                <div class="form-end">
                    <button class="btn btn-quiet" type="submit">{tc("button", "Save")}</button>
                </div>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn SignIn(detail: PersonDetail, itself: bool, form: FormState) -> impl IntoView {
    let base = format!("/people/{}", detail.user.id);
    let (words, label, weight, value) = if detail.active {
        (
            t("They can sign in. Disabled, they are signed out at once and their sessions end."),
            tc("button", "Disable"),
            Weight::Danger,
            "no",
        )
    } else {
        (t("They cannot sign in."), tc("button", "Enable"), Weight::Quiet, "yes")
    };
    let switch = (!itself).then(|| {
        view! { <PostButton action=format!("{base}/sign-in") label=label weight=weight field=("active", value) /> }
    });
    view! {
        <section class="sheet" aria-labelledby="sign-in-heading">
            <h2 id="sign-in-heading" class="mb-1">{t("Sign-in")}</h2>
            <p class="muted mb-4">{words}</p>
            {switch}
            <form class="form mt-6" method="post" action=format!("{base}/password") novalidate>
                <TextField
                    name="new_password"
                    label=t("New password")
                    kind="password"
                    hint=t("At least 10 characters. All their sign-ins end.")
                    autocomplete="new-password"
                    form=form
                />
                <div class="form-end">
                    <button class="btn btn-quiet" type="submit">{t("Set password")}</button>
                </div>
            </form>
        </section>
    }
    .into_any()
}
