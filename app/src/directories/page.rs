//! The pages on which administrators manage directories.

use super::{
    hours::{Hours, clock_words, week},
    model::Directory,
    service, sign_in,
    source::Profile,
};
use crate::{
    components::{
        field::{SelectField, TextArea, TextField, TimeField},
        frame::{Frame, Width},
        icon::Icon,
        list::{TableFrame, address},
        notice::ErrorSummary,
        page::page,
        zone::zone_choices,
    },
    error::AppError,
    server::{
        self,
        access::{Action, Subject, authorize},
        forms::FormState,
    },
    words::{t, tc},
};
use deskside_protocol::ids::DirectoryId;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

const PATH: &str = "/directories";

/// `/directories`.
#[component]
pub fn DirectoriesPage() -> impl IntoView {
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let directories = service::list(&portal, &actor).await?;
        let lines = directories.into_iter().map(line).collect_view();
        Ok(view! {
            <Frame title=t("Directories") width=Width::Wide>
                <a class="back" href="/administration">{Icon::Back.draw()} {t("Administration")}</a>
                <div class="page-head">
                    <div>
                        <h1>{t("Directories")}</h1>
                        <p class="lead">
                            {t("A directory is a user database: a company, a site, a customer. Requests and rights belong to one.")}
                        </p>
                    </div>
                    <a class="btn btn-primary" href="/directories/new">{Icon::Add.draw()} {t("New directory")}</a>
                </div>
                <TableFrame label=t("Directories") columns=vec![t("Directory"), t("Kind"), t("Time zone"), t("People")]>
                    {lines}
                </TableFrame>
            </Frame>
        }
        .into_any())
    })
}

fn line(directory: Directory) -> impl IntoView {
    view! {
        <tr role="row">
            <td role="cell" data-label=t("Directory") class="main-cell">
                <a class="row-link" href=format!("{PATH}/{}", directory.id)>{directory.name}</a>
            </td>
            <td role="cell" data-label=t("Kind")>{directory.kind.label()}</td>
            <td role="cell" data-label=t("Time zone")>{directory.time_zone.replace('_', " ")}</td>
            <td role="cell" data-label=t("People") class="numeric">{directory.people}</td>
        </tr>
    }
    .into_any()
}

/// `/directories/new`.
#[component]
pub fn NewDirectoryPage() -> impl IntoView {
    let form = FormState::current();
    page(async move {
        let actor = server::page::actor()?;
        let _permit = authorize(&actor, Action::ManageDirectories, Subject::NONE)?;
        Ok(view! {
            <Frame title=t("New directory")>
                <a class="back" href=PATH>{Icon::Back.draw()} {t("Directories")}</a>
                <div class="page-head">
                    <h1>{t("New directory")}</h1>
                </div>
                <Fields directory=None zone=actor.user.time_zone form=form />
            </Frame>
        }
        .into_any())
    })
}

/// `/directories/{id}`.
#[component]
pub fn DirectoryPage() -> impl IntoView {
    let form = FormState::current();
    let id = use_params_map()
        .get_untracked()
        .get("id")
        .and_then(|id| id.parse::<DirectoryId>().ok());
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let directory = service::open(&portal, &actor, id.ok_or(AppError::NotFound)?).await?;
        let zone = directory.time_zone.clone();
        let hours = service::hours(portal.db.on(), directory.id).await?;
        let people = sign_in::list_first(&portal, &actor, directory.id).await?;
        Ok(view! {
            <Frame title=directory.name.clone()>
                <a class="back" href=PATH>{Icon::Back.draw()} {t("Directories")}</a>
                <div class="page-head">
                    <h1>{directory.name.clone()}</h1>
                </div>
                <Fields directory=Some(directory.clone()) zone=zone form=form.clone() />
                <HoursForm directory=directory.clone() hours=hours form=form />
                <People directory=directory people=people />
            </Frame>
        }
        .into_any())
    })
}

#[component]
fn Fields(directory: Option<Directory>, zone: String, form: FormState) -> impl IntoView {
    let action = match &directory {
        Some(directory) => format!("{PATH}/{}", directory.id),
        None => format!("{PATH}/new"),
    };
    let version = directory
        .as_ref()
        .map(|directory| view! { <input type="hidden" name="version" value=directory.version.to_string() /> });
    let name = directory.map(|directory| directory.name).unwrap_or_default();
    view! {
        <ErrorSummary form=form.clone() />
        <form class="form sheet" method="post" action=action novalidate>
            {version}
            <TextField name="name" label=t("Name") value=name autocomplete="off" form=form.clone() />
            <SelectField
                name="time_zone"
                label=t("Time zone of its helpdesk")
                choices=zone_choices(&zone)
                value=zone
                form=form
            />
            <div class="form-end">
                <button class="btn btn-primary" type="submit">{t("Save directory")}</button>
                <a class="btn btn-ghost" href=PATH>{tc("button", "Back")}</a>
            </div>
        </form>
    }
    .into_any()
}

#[component]
fn HoursForm(directory: Directory, hours: Hours, form: FormState) -> impl IntoView {
    let days = week()
        .into_iter()
        .zip(hours.week)
        .enumerate()
        .map(|(index, ((_, day), span))| {
            let time = |minute: Option<i64>| minute.map(clock_words).unwrap_or_default();
            let (opens, closes) = (format!("opens-{}", index + 1), format!("closes-{}", index + 1));
            view! {
                <fieldset class="window">
                    <legend>{day}</legend>
                    <TimeField kind="time" name=opens label=tc("time", "From") value=time(span.map(|span| span.opens_at)) form=form.clone() />
                    <TimeField kind="time" name=closes label=tc("time", "Until") value=time(span.map(|span| span.closes_at)) form=form.clone() />
                </fieldset>
            }
        })
        .collect_view();
    let holidays: Vec<String> = hours
        .holidays
        .iter()
        .map(|(day, name)| format!("{day} {name}").trim_end().to_owned())
        .collect();
    view! {
        <section class="sheet mt-6" aria-labelledby="hours-heading">
            <h2 id="hours-heading" class="mb-1">{t("Hours of the helpdesk")}</h2>
            <p class="muted mb-4">
                {t("In the time zone above. Who files a request outside of them is told when somebody is there. Days that you leave empty are closed; with all of them empty nothing is said.")}
            </p>
            <form class="form" method="post" action=format!("{PATH}/{}/hours", directory.id) novalidate>
                {days}
                <TextArea
                    name="holidays"
                    label=t("Holidays")
                    hint=t("One a line, such as: 2026-12-25 Christmas")
                    rows=4
                    value=holidays.join("\n")
                    form=form
                />
                <div class="form-end">
                    <button class="btn btn-quiet" type="submit">{t("Save hours")}</button>
                </div>
            </form>
        </section>
    }
    .into_any()
}

/// The first people whom the directory names.
#[component]
fn People(directory: Directory, people: Vec<Profile>) -> impl IntoView {
    let all = address("/people", &[("directory", &directory.id.to_string())]);
    let nobody = people.is_empty();
    let lines = people
        .into_iter()
        .map(|person| view! { <dt>{person.login}</dt> <dd>{person.name}</dd> })
        .collect_view();
    view! {
        <section class="sheet mt-6" aria-labelledby="people-heading">
            <h2 id="people-heading" class="mb-1">{t("People")}</h2>
            {if nobody {
                view! { <p class="muted">{t("Nobody here can sign in.")}</p> }.into_any()
            } else {
                view! { <dl class="facts">{lines}</dl> }.into_any()
            }}
            <p class="mt-4"><a href=all>{t("All people of this directory")}</a></p>
        </section>
    }
    .into_any()
}
