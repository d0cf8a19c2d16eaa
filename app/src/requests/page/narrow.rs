//! What narrows the staff's list: directory, text, status, priority, availability, tag. All of it stands in the address.

use crate::{
    components::{
        icon::Icon,
        search::{DirectoryChoice, SearchForm},
    },
    device_groups::model::{DeviceGroup, GroupId, several},
    directories::model::Directory,
    requests::{
        filter::{Filter, Sort},
        model::{Priority, Status},
    },
    tf,
    words::{t, tc},
};
use leptos::prelude::*;

/// The choice of a directory, at the top right of the list. Nothing where there is only one.
#[component]
pub fn Directories(path: &'static str, filter: Filter, directories: Vec<Directory>) -> impl IntoView {
    if directories.len() < 2 {
        return None;
    }
    let chosen = filter.directory.map(|id| id.to_string()).unwrap_or_default();
    let kept = hidden(&filter.with(|filter| filter.directory = None));
    Some(view! {
        <form class="directory-choice" method="get" action=path>
            {kept}
            <DirectoryChoice directories=directories chosen=chosen />
            <button class="btn btn-quiet" type="submit">{tc("button", "Show")}</button>
        </form>
    })
}

/// Everything else that the address says, so that a form keeps it.
fn hidden(filter: &Filter) -> impl IntoView + use<> {
    filter
        .parameters()
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect_view()
}

/// Search and filters above the list.
#[component]
pub fn Narrow(path: &'static str, filter: Filter, groups: Vec<DeviceGroup>) -> impl IntoView {
    let kept = filter
        .with(|filter| filter.text.clear())
        .parameters()
        .into_iter()
        .collect::<Vec<_>>();
    let chosen = chosen(path, &filter, &groups);
    let csv = filter.with(|_| ()).address("/requests.csv");
    view! {
        <div class="narrow">
            <SearchForm
                path=path
                text=filter.text.clone()
                label=t("Search subject, text, owner, number")
                keep=kept
            />
            <details class="more-filters">
                <summary class="btn btn-quiet">{tc("button", "Filter")}</summary>
                <FilterForm path=path filter=filter groups=groups />
            </details>
            <a class="btn btn-quiet" href=csv download>{t("CSV")}</a>
        </div>
        {chosen}
    }
    .into_any()
}

/// What is chosen, each with a link that takes it away.
fn chosen(path: &'static str, filter: &Filter, groups: &[DeviceGroup]) -> impl IntoView + use<> {
    let mut chips: Vec<(String, Filter)> = Vec::new();
    if let Some(status) = filter.status {
        chips.push((status.label().to_owned(), filter.with(|filter| filter.status = None)));
    }
    if let Some(id) = filter.group {
        let known = groups.iter().find(|group| group.id == id);
        let words = known.map_or_else(
            || t("Another device group").to_owned(),
            |group| tf!("Device group {name}", name = group.settings.name),
        );
        chips.push((words, filter.with(|filter| filter.group = None)));
    }
    if let Some(priority) = filter.priority {
        let words = priority.in_full().to_owned();
        chips.push((words, filter.with(|filter| filter.priority = None)));
    }
    if filter.available_now {
        chips.push((
            t("Available now").to_owned(),
            filter.with(|filter| filter.available_now = false),
        ));
    }
    if let Some(tag) = &filter.tag {
        chips.push((tf!("Tag “{tag}”", tag = tag), filter.with(|filter| filter.tag = None)));
    }
    if !filter.text.is_empty() {
        chips.push((
            tf!("“{text}”", text = filter.text),
            filter.with(|filter| filter.text.clear()),
        ));
    }
    if chips.is_empty() {
        return None;
    }
    let chips = chips
        .into_iter()
        .map(|(words, without)| {
            let label = tf!("Remove filter: {filter}", filter = words);
            view! {
                <li>
                    <a class="chip" href=without.address(path) aria-label=label>
                        {words} {Icon::Remove.draw()}
                    </a>
                </li>
            }
        })
        .collect_view();
    Some(view! { <ul class="chips" aria-label=t("Filters")>{chips}</ul> })
}

#[component]
fn FilterForm(path: &'static str, filter: Filter, groups: Vec<DeviceGroup>) -> impl IntoView {
    let kept = hidden(&filter.with(|filter| {
        filter.status = None;
        filter.priority = None;
        filter.group = None;
        filter.available_now = false;
        filter.tag = None;
        filter.sort = Sort::default_for(&filter.text);
    }));
    let groups = (!groups.is_empty()).then(|| view! { <GroupField groups=groups chosen=filter.group /> });
    let statuses = Status::ALL
        .into_iter()
        .filter(|status| status.is_open() != (filter.show == crate::requests::filter::Show::History))
        .map(|status| {
            view! { <option value=status.code() selected=filter.status == Some(status)>{status.label()}</option> }
        })
        .collect_view();
    let priorities = Priority::ALL
        .map(|priority| {
            view! {
                <option value=priority.code() selected=filter.priority == Some(priority)>{priority.label()}</option>
            }
        })
        .collect_view();
    let sorts = sorts()
        .into_iter()
        .filter(|(sort, _)| *sort != Sort::Best || !filter.text.is_empty())
        .map(|(sort, words)| view! { <option value=sort.code() selected=filter.sort == sort>{words}</option> })
        .collect_view();
    view! {
        <form class="form filter-form" method="get" action=path>
            {kept}
            <div class="field">
                <label for="status">{t("Status")}</label>
                <select class="select" id="status" name="status">
                    <option value="">{tc("status", "Any")}</option>
                    {statuses}
                </select>
            </div>
            <div class="field">
                <label for="priority">{t("Priority")}</label>
                <select class="select" id="priority" name="priority">
                    <option value="">{tc("priority", "Any")}</option>
                    {priorities}
                </select>
            </div>
            {groups}
            <div class="field">
                <label for="tag">{t("Tag")}</label>
                <input class="input" id="tag" name="tag" value=filter.tag.clone().unwrap_or_default() autocomplete="off" />
            </div>
            <div class="field">
                <label for="sort">{tc("list", "Order")}</label>
                <select class="select" id="sort" name="sort">{sorts}</select>
            </div>
            <div class="tick">
                <input
                    class="checkbox"
                    type="checkbox"
                    id="available"
                    name="available"
                    value="now"
                    checked=filter.available_now
                />
                <label for="available">{t("Available now")}</label>
            </div>
            <div class="form-end">
                <button class="btn btn-primary" type="submit">{tc("button", "Apply")}</button>
                <a class="btn btn-ghost" href=path>{tc("button", "Clear")}</a>
            </div>
        </form>
    }
    .into_any()
}

/// The choice of a device group.
#[component]
fn GroupField(groups: Vec<DeviceGroup>, chosen: Option<GroupId>) -> impl IntoView {
    let several = several(&groups);
    let options = groups
        .into_iter()
        .map(|group| {
            let label = group.label(several);
            view! { <option value=group.id.to_string() selected=chosen == Some(group.id)>{label}</option> }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for="group">{t("Device group")}</label>
            <select class="select" id="group" name="group">
                <option value="">{t("Any")}</option>
                {options}
            </select>
        </div>
    }
    .into_any()
}

/// The orders of a list, in words.
fn sorts() -> [(Sort, &'static str); 11] {
    [
        (Sort::Best, t("Best match first")),
        (Sort::Newest, t("Newest first")),
        (Sort::Oldest, t("Oldest first")),
        (Sort::Changed, t("Last changed first")),
        (Sort::Priority, t("Most urgent first")),
        (Sort::Available, t("Available now first")),
        (Sort::Scheduled, t("By scheduled time")),
        (Sort::Status, t("By status")),
        (Sort::Subject, t("By subject")),
        (Sort::Owner, t("By owner")),
        (Sort::Assistant, t("By assistant")),
    ]
}
