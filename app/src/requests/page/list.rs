//! The lists of requests: dense for staff, one card each for an employee.

use super::words;
use crate::{
    components::{
        around::{Around, HERE},
        badge::{Presence, PriorityMark, StatusBadge, Track},
        list::{Column, TableFrame},
        reader::Reader,
        time::{Age, Moment, WindowTime},
    },
    requests::{
        filter::{Filter, Sort},
        model::{RequestDevice, RequestRow, Status},
    },
    roles::model::Right,
    tf,
    words::{t, tc},
};
use leptos::prelude::*;

/// The table of the staff's list; its heads choose the order.
#[component]
pub fn Table(rows: Vec<RequestRow>, path: &'static str, filter: Filter) -> impl IntoView {
    let sorted = |label: &'static str, sort: Sort, other: Sort| {
        // A second press on a head turns its order round, where there is a way round.
        let next = if filter.sort == sort { other } else { sort };
        let direction = match filter.sort {
            current if current == sort => Some("ascending"),
            current if current == other && other != Sort::default() => Some("descending"),
            _ => None,
        };
        let href = filter.with(|filter| filter.sort = next).address(path);
        Column::Sorted { label, href, direction }
    };
    let edits = Reader::current()
        .actor
        .is_some_and(|actor| actor.rights.anywhere(Right::RequestsEdit));
    let mut columns = vec![
        Column::Plain(t("Reference")),
        sorted(t("Subject"), Sort::Subject, Sort::Newest),
        sorted(t("Owner"), Sort::Owner, Sort::Newest),
        Column::Plain(t("Device")),
        sorted(t("Status"), Sort::Status, Sort::Newest),
        sorted(t("Assistant"), Sort::Assistant, Sort::Newest),
        sorted(t("Available from"), Sort::Available, Sort::Newest),
        sorted(t("Age"), Sort::Oldest, Sort::Newest),
    ];
    if edits {
        columns.push(Column::Plain(tc("button", "Edit")));
    }
    let lines = rows
        .into_iter()
        .map(|row| view! { <Line row=row edits=edits /> })
        .collect_view();
    view! { <TableFrame label=t("Requests") columns=columns>{lines}</TableFrame> }
}

#[component]
fn Line(row: RequestRow, edits: bool) -> impl IntoView {
    let address = format!("/requests/{}", row.id);
    let edit = edits.then(|| {
        let (href, label) = (
            format!("{address}/manage"),
            tf!("Edit {reference}", reference = row.reference),
        );
        view! {
            <td role="cell" data-label=tc("button", "Edit") class="above-link">
                <a href=href aria-label=label>{tc("button", "Edit")}</a>
            </td>
        }
    });
    let scheduled = row.scheduled.map(|window| {
        let sentence = tf!("Scheduled {when}", when = HERE);
        view! { <span class="under"><Around sentence=sentence><WindowTime window=window /></Around></span> }
    });
    view! {
        <tr role="row">
            <td role="cell" data-label=t("Reference") class="numeric muted">{row.reference}</td>
            <td role="cell" data-label=t("Subject") class="main-cell">
                <a class="row-link" href=address>{row.subject}</a>
            </td>
            <td role="cell" data-label=t("Owner") class="person">{row.owner.name}</td>
            <td role="cell" data-label=t("Device")>
                <Device device=row.device />
            </td>
            <td role="cell" data-label=t("Status") class="state-cell">
                <span><StatusBadge status=row.status /> <PriorityMark priority=row.priority /></span>
            </td>
            <td role="cell" data-label=t("Assistant") class="person">
                {row.assistant.map_or_else(|| "–".to_owned(), |person| person.name)}
            </td>
            <td role="cell" data-label=t("Available from") class="numeric">
                <AvailableFrom row_from=row.available_from now=row.available_now />
                {scheduled}
            </td>
            <td role="cell" data-label=t("Age") class="numeric">
                <Age since=row.created_at />
            </td>
            {edit}
        </tr>
    }
    .into_any()
}

#[component]
fn Device(device: Option<RequestDevice>) -> impl IntoView {
    match device {
        Some(device) => {
            view! { <span class="device-cell"><span>{device.name}</span> <Presence online=device.online /></span> }
                .into_any()
        }
        None => view! { <span class="muted">{t("none named")}</span> }.into_any(),
    }
}

#[component]
fn AvailableFrom(row_from: Option<i64>, now: bool) -> impl IntoView {
    match row_from {
        Some(at) => {
            let here = now.then(|| view! { <span class="now">{t("now")}</span> });
            view! { <span class="from-cell"><Moment at=at /> {here}</span> }.into_any()
        }
        None => view! { <abbr title=t("Any time")>"*"</abbr> }.into_any(),
    }
}

/// The list of one's own requests.
#[component]
pub fn Cards(rows: Vec<RequestRow>) -> impl IntoView {
    let cards = rows.into_iter().map(|row| view! { <Card row=row /> }).collect_view();
    view! { <ul class="cards">{cards}</ul> }
}

#[component]
fn Card(row: RequestRow) -> impl IntoView {
    let next = words::for_owner(&row);
    let asked = row.status == Status::WaitingForConnection;
    let device = row.device.map(|device| view! { <span>{device.name}</span> });
    let times = match row.scheduled {
        Some(window) => {
            let sentence = tf!("Scheduled {when}", when = HERE);
            Some(view! { <span><Around sentence=sentence><WindowTime window=window /></Around></span> }.into_any())
        }
        None => row.available_from.map(|at| {
            let sentence = tf!("Available from {when}", when = HERE);
            view! { <span><Around sentence=sentence><Moment at=at /></Around></span> }.into_any()
        }),
    };
    view! {
        <li class="card-row" class:card-row-asked=asked>
            <h2>
                <a class="row-link" href=format!("/requests/{}", row.id)>{row.subject}</a>
            </h2>
            <StatusBadge status=row.status />
            <p class="next">{next}</p>
            <div class="meta">
                <span class="numeric">{row.reference}</span>
                {device}
                {times}
                <span>
                    <Around sentence=tf!("Filed {when}", when = HERE)><Moment at=row.created_at /></Around>
                </span>
            </div>
            <Track status=row.status />
        </li>
    }
    .into_any()
}
