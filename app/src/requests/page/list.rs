//! The lists of requests: dense for staff, one card each for an employee.

use super::words;
use crate::{
    components::{
        badge::{Presence, StatusBadge, Track},
        list::TableFrame,
        time::{Age, Moment},
    },
    requests::model::{RequestDevice, RequestRow, Status},
};
use deskside_protocol::UnixMillis;
use leptos::prelude::*;

/// The table of the staff's list.
#[component]
pub fn Table(rows: Vec<RequestRow>) -> impl IntoView {
    const COLUMNS: [&str; 8] = [
        "Reference",
        "Subject",
        "Owner",
        "Device",
        "Status",
        "Assistant",
        "Available from",
        "Age",
    ];
    let lines = rows.into_iter().map(|row| view! { <Line row=row /> }).collect_view();
    view! { <TableFrame label="Requests" columns=COLUMNS.to_vec()>{lines}</TableFrame> }
}

#[component]
fn Line(row: RequestRow) -> impl IntoView {
    view! {
        <tr role="row">
            <td role="cell" data-label="Reference" class="numeric muted">{row.reference}</td>
            <td role="cell" data-label="Subject" class="main-cell">
                <a class="row-link" href=format!("/requests/{}", row.id)>{row.subject}</a>
            </td>
            <td role="cell" data-label="Owner" class="person">{row.owner.name}</td>
            <td role="cell" data-label="Device">
                <Device device=row.device />
            </td>
            <td role="cell" data-label="Status" class="state-cell">
                <span><StatusBadge status=row.status /></span>
            </td>
            <td role="cell" data-label="Assistant" class="person">
                {row.assistant.map_or_else(|| "–".to_owned(), |person| person.name)}
            </td>
            <td role="cell" data-label="Available from" class="numeric">
                <AvailableFrom at=row.available_from />
            </td>
            <td role="cell" data-label="Age" class="numeric">
                <Age since=row.created_at />
            </td>
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
        None => view! { <span class="muted">"none named"</span> }.into_any(),
    }
}

#[component]
fn AvailableFrom(at: Option<UnixMillis>) -> impl IntoView {
    match at {
        Some(at) => view! { <Moment at=at /> }.into_any(),
        None => view! { <abbr title="Any time">"*"</abbr> }.into_any(),
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
    let times = row
        .available_from
        .map(|at| view! { <span>"Available from " <Moment at=at /></span> });
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
                <span>"Filed " <Moment at=row.created_at /></span>
            </div>
            <Track status=row.status />
        </li>
    }
    .into_any()
}
