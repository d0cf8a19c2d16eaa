//! Groups on the devices page: narrowing the list to one, and putting devices into one, each alone or many at once.
//!
//! All of it is plain forms. The ticks stand in the lines of the list and belong to the form above it by its id.

use crate::{
    components::{field::Choice, form::Weight},
    device_groups::model::{DeviceGroup, several},
    devices::model::{DeviceRow, Shown},
    server::access::{Action, Actor, Subject},
    tf,
    words::t,
};
use deskside_protocol::ids::{DeviceId, DirectoryId};
use leptos::prelude::*;

/// The id of the form to which the ticks belong.
const MOVE: &str = "move-devices";

/// Where in the list one is, so that an answer leads back there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ListPlace {
    pub shown: Shown,
    pub after: Option<DeviceId>,
}

impl ListPlace {
    /// Hidden inputs that carry it.
    fn fields(self) -> impl IntoView {
        let after = self
            .after
            .map(|after| view! { <input type="hidden" name="after" value=after.to_string() /> });
        view! {
            <input type="hidden" name="shown" value=self.shown.code() />
            {after}
        }
    }
}

/// The groups as choices, those with a directory by its name where there are several.
pub fn choices<'g>(groups: impl Iterator<Item = &'g DeviceGroup>, several: bool) -> Vec<Choice> {
    let none = Choice {
        value: String::new(),
        label: t("No group").to_owned(),
    };
    let groups = groups.map(|group| Choice {
        value: group.id.to_string(),
        label: group.label(several),
    });
    std::iter::once(none).chain(groups).collect()
}

fn options(choices: Vec<Choice>, chosen: String) -> impl IntoView {
    choices
        .into_iter()
        .map(|choice| {
            let selected = choice.value == chosen;
            view! { <option value=choice.value selected=selected>{choice.label}</option> }
        })
        .collect_view()
}

/// Narrows the list to a group.
#[component]
pub fn GroupFilter(groups: Vec<DeviceGroup>, shown: Shown) -> impl IntoView {
    if groups.is_empty() {
        return None;
    }
    let several = several(&groups);
    let all = Choice {
        value: Shown::All.code(),
        label: t("All groups").to_owned(),
    };
    let none = Choice {
        value: Shown::Ungrouped.code(),
        label: t("In no group").to_owned(),
    };
    let of_one = groups.iter().map(|group| Choice {
        value: group.id.to_string(),
        label: group.label(several),
    });
    let choices: Vec<Choice> = [all].into_iter().chain(of_one).chain([none]).collect();
    Some(view! {
        <form class="directory-choice" method="get" action="/devices">
            <label class="sr-only" for="shown-group">{t("Device group")}</label>
            <select class="select" id="shown-group" name="group">{options(choices, shown.code())}</select>
            <button class="btn btn-quiet" type="submit">{t("Show")}</button>
        </form>
    })
}

/// May the reader put this device into a group?
pub fn is_movable(actor: Option<&Actor>, row: &DeviceRow) -> bool {
    actor.is_some_and(|actor| actor.may(Action::PlaceDevice, Subject::owned(row.owner.id, row.directory)))
}

/// Moves every ticked device.
#[component]
pub fn MoveTicked(groups: Vec<DeviceGroup>, place: ListPlace, problem: Option<String>) -> impl IntoView {
    let choices = choices(groups.iter(), several(&groups));
    let failed = problem.is_some();
    let problem = crate::components::field::problem("group", problem.as_deref());
    view! {
        <form class="move-devices" id=MOVE method="post" action="/devices/group" novalidate>
            {place.fields()}
            <label for="group">{t("Move the ticked devices to")}</label>
            <select
                class="select"
                id="group"
                name="group"
                aria-invalid=failed.then_some("true")
                aria-describedby=failed.then_some("group-problem")
            >
                {options(choices, String::new())}
            </select>
            <button class=Weight::Quiet.class() type="submit">{t("Move")}</button>
            {problem}
        </form>
    }
    .into_any()
}

/// The tick of a line.
#[component]
pub fn TickCell(row: DeviceRow, movable: bool) -> impl IntoView {
    let tick = movable.then(|| {
        let label = tf!("Choose {name}", name = row.name);
        view! { <input class="checkbox" type="checkbox" name="device" value=row.id.to_string() form=MOVE aria-label=label /> }
    });
    view! { <td role="cell" data-label=t("Choose")>{tick}</td> }.into_any()
}

/// The group of a line: a choice for those who may move the device, else its name.
#[component]
pub fn GroupCell(row: DeviceRow, groups: Vec<DeviceGroup>, movable: bool, place: ListPlace) -> impl IntoView {
    let content = if movable {
        let several = several(&groups);
        let chosen = row.group.as_ref().map(|group| group.id.to_string()).unwrap_or_default();
        let choices = choices(fitting(&groups, row.directory), several);
        let label = tf!("Group of {name}", name = row.name);
        let action = format!("/devices/{}/group", row.id);
        view! {
            <form class="line-form" method="post" action=action>
                {place.fields()}
                <select class="select select-sm" name="group" aria-label=label>{options(choices, chosen)}</select>
                <button class="btn btn-quiet btn-sm" type="submit">{t("Move")}</button>
            </form>
        }
        .into_any()
    } else {
        match row.group {
            Some(group) => group.name.into_any(),
            None => view! { <span class="muted">{t("none")}</span> }.into_any(),
        }
    };
    view! { <td role="cell" data-label=t("Group")>{content}</td> }.into_any()
}

fn fitting(groups: &[DeviceGroup], directory: DirectoryId) -> impl Iterator<Item = &DeviceGroup> {
    groups.iter().filter(move |group| group.takes(directory))
}
