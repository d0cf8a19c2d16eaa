//! The pages on which device groups are managed.

use super::{
    model::{DeviceGroup, GroupId},
    service,
};
use crate::{
    components::{
        empty::Empty,
        field::{Choice, SelectField, TextArea, TextField, problem},
        frame::{Frame, Width},
        icon::Icon,
        list::{TableFrame, address},
        notice::ErrorSummary,
        page::page,
    },
    directories,
    error::AppError,
    roles::model::{Right, Scope},
    server::{
        self,
        access::{Action, Actor, Subject, authorize},
        forms::FormState,
        portal::Portal,
    },
    tn,
    words::t,
};
use deskside_protocol::ids::DirectoryId;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

const PATH: &str = "/device-groups";

/// `/device-groups`.
#[component]
pub fn DeviceGroupsPage() -> impl IntoView {
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let groups = service::list(&portal, &actor).await?;
        let list = if groups.is_empty() {
            view! {
                <Empty icon=Icon::Screen title=t("There are no device groups yet")>
                    <p>{t("Make one for each kind of device, place or department that you look after alike.")}</p>
                </Empty>
            }
            .into_any()
        } else {
            let columns = vec![t("Group"), t("For"), t("Note"), t("Devices")];
            let lines = groups.into_iter().map(line).collect_view();
            view! { <TableFrame label=t("Device groups") columns=columns>{lines}</TableFrame> }.into_any()
        };
        Ok(view! {
            <Frame title=t("Device groups") width=Width::Wide>
                <a class="back" href="/administration">{Icon::Back.draw()} {t("Administration")}</a>
                <div class="page-head">
                    <div>
                        <h1>{t("Device groups")}</h1>
                        <p class="lead">
                            {t(
                                "A device is in one group at most. Lists of devices and of requests can be narrowed to a group.",
                            )}
                        </p>
                    </div>
                    <a class="btn btn-primary" href="/device-groups/new">{Icon::Add.draw()} {t("New device group")}</a>
                </div>
                {list}
            </Frame>
        }
        .into_any())
    })
}

fn line(group: DeviceGroup) -> impl IntoView {
    let whose = group.directory_name.unwrap_or_else(|| t("All directories").to_owned());
    let devices = address("/devices", &[("group", &group.id.to_string())]);
    view! {
        <tr role="row">
            <td role="cell" data-label=t("Group") class="main-cell">
                <a class="row-link" href=format!("{PATH}/{}", group.id)>{group.settings.name}</a>
            </td>
            <td role="cell" data-label=t("For")>{whose}</td>
            <td role="cell" data-label=t("Note")>{group.settings.note}</td>
            <td role="cell" data-label=t("Devices") class="numeric above-link">
                <a href=devices aria-label=tn!(group.devices, "Show {n} device", "Show {n} devices")>{group.devices}</a>
            </td>
        </tr>
    }
    .into_any()
}

/// Where the actor may have groups.
async fn places(portal: &Portal, actor: &Actor) -> Result<Vec<Choice>, AppError> {
    let shared = service::may_place(actor, None).then(|| Choice {
        value: Scope::All.to_string(),
        label: t("All directories").to_owned(),
    });
    let directories = directories::service::list_with(portal, actor, Right::DevicesManage).await?;
    let of_one = directories.into_iter().map(|directory| Choice {
        value: directory.id.to_string(),
        label: directory.name,
    });
    Ok(shared.into_iter().chain(of_one).collect())
}

fn place_value(directory: Option<DirectoryId>) -> String {
    directory.map_or(Scope::All, Scope::Directory).to_string()
}

/// `/device-groups/new`.
#[component]
pub fn NewDeviceGroupPage() -> impl IntoView {
    let form = FormState::current();
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let _permit = authorize(&actor, Action::ListDeviceGroups, Subject::NONE)?;
        let places = places(&portal, &actor).await?;
        Ok(view! {
            <Frame title=t("New device group")>
                <a class="back" href=PATH>{Icon::Back.draw()} {t("Device groups")}</a>
                <div class="page-head">
                    <h1>{t("New device group")}</h1>
                </div>
                <Fields group=None places=places form=form />
            </Frame>
        }
        .into_any())
    })
}

/// `/device-groups/{id}`.
#[component]
pub fn DeviceGroupPage() -> impl IntoView {
    let form = FormState::current();
    let id = use_params_map()
        .get_untracked()
        .get("id")
        .and_then(|id| id.parse::<GroupId>().ok());
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let group = service::open(&portal, &actor, id.ok_or(AppError::NotFound)?).await?;
        let places = places(&portal, &actor).await?;
        Ok(view! {
            <Frame title=group.settings.name.clone()>
                <a class="back" href=PATH>{Icon::Back.draw()} {t("Device groups")}</a>
                <div class="page-head">
                    <h1>{group.settings.name.clone()}</h1>
                </div>
                <Fields group=Some(group.clone()) places=places form=form.clone() />
                <Remove group=group form=form />
            </Frame>
        }
        .into_any())
    })
}

#[component]
fn Fields(group: Option<DeviceGroup>, places: Vec<Choice>, form: FormState) -> impl IntoView {
    let action = match &group {
        Some(group) => format!("{PATH}/{}", group.id),
        None => format!("{PATH}/new"),
    };
    let version = group
        .as_ref()
        .map(|group| view! { <input type="hidden" name="version" value=group.version.to_string() /> });
    let settings = group.map(|group| group.settings);
    let place = match &settings {
        Some(settings) => place_value(settings.directory),
        None => places.first().map(|choice| choice.value.clone()).unwrap_or_default(),
    };
    let (name, note) = settings
        .map(|settings| (settings.name, settings.note))
        .unwrap_or_default();
    view! {
        <ErrorSummary form=form.clone() />
        <form class="form sheet" method="post" action=action novalidate>
            {version}
            <TextField name="name" label=t("Name") value=name autocomplete="off" form=form.clone() />
            <SelectField
                name="directory"
                label=t("For the devices of")
                value=place
                choices=places
                form=form.clone()
            />
            <TextArea
                name="note"
                label=t("Note")
                hint=t("Optional: what the group is for. Only those who manage devices see it.")
                rows=3
                value=note
                form=form
            />
            <div class="form-end">
                <button class="btn btn-primary" type="submit">{t("Save device group")}</button>
                <a class="btn btn-ghost" href=PATH>{t("Back")}</a>
            </div>
        </form>
    }
    .into_any()
}

#[component]
fn Remove(group: DeviceGroup, form: FormState) -> impl IntoView {
    let leaving = (group.devices > 0).then(|| {
        let label = tn!(
            group.devices,
            "Its {n} device shall be in no group",
            "Its {n} devices shall be in no group"
        );
        let failed = problem("leaving", form.error("leaving"));
        view! { <LeavingTick label=label /> {failed} }
    });
    view! {
        <section class="sheet mt-6" aria-labelledby="remove-heading">
            <h2 id="remove-heading" class="mb-1">{t("Remove this group")}</h2>
            <p class="muted mb-4">{t("Devices and requests stay. What is set for the group no longer counts for them.")}</p>
            <form class="form" method="post" action=format!("{PATH}/{}/remove", group.id) novalidate>
                {leaving}
                <div class="form-end">
                    <button class="btn btn-danger" type="submit">{t("Remove device group")}</button>
                </div>
            </form>
        </section>
    }
    .into_any()
}

/// A tick whose label counts.
#[component]
fn LeavingTick(label: String) -> impl IntoView {
    view! {
        <div class="tick">
            <input class="checkbox" type="checkbox" id="leaving" name="leaving" value="yes" />
            <label for="leaving">{label}</label>
        </div>
    }
}
