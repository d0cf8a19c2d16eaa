//! States as small labels: always words, with colour and shape only on top.

use crate::requests::model::{Priority, Status};
use crate::words::{t, tc};
use leptos::prelude::*;

/// The status of a request.
#[component]
pub fn StatusBadge(status: Status) -> impl IntoView {
    view! { <span class=format!("status status-{}", status.code())>{status.label()}</span> }
}

/// Whether a device's agent is connected.
#[component]
pub fn Presence(online: bool) -> impl IntoView {
    let (class, words) = if online {
        ("presence presence-on", tc("status", "online"))
    } else {
        ("presence presence-off", tc("status", "offline"))
    };
    view! { <span class=class>{words}</span> }
}

/// A priority that is not the usual one.
#[component]
pub fn PriorityMark(priority: Priority) -> impl IntoView {
    let words = match priority {
        Priority::Normal => return None,
        Priority::Low => t("Low priority"),
        Priority::High => t("High priority"),
        Priority::Urgent => t("Urgent priority"),
    };
    Some(view! { <span class=format!("priority priority-{}", priority.code())>{words}</span> })
}

/// How far a request has come, as four steps. The badge beside it says the same in words.
#[component]
pub fn Track(status: Status) -> impl IntoView {
    let reached = match status {
        Status::New => 1,
        Status::Assigned | Status::Inactive => 2,
        Status::WaitingForConnection => 3,
        Status::InProgress | Status::Closed => 4,
        Status::Cancelled => 0,
    };
    let steps = (1..=4)
        .map(|step| view! { <i class:on=step <= reached></i> })
        .collect_view();
    view! { <span class=format!("track track-{}", status.code()) aria-hidden="true">{steps}</span> }
}
