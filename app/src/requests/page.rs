//! The pages of requests: lists, form, and one request with everything about it.

mod conversation;
mod detail;
mod edit;
mod list;
mod timeline;
mod words;

use self::edit::{Fields, Purpose};
use crate::{
    components::{
        empty::Empty,
        field::Choice,
        frame::{Frame, Width},
        icon::Icon,
        list::{Pager, Tab, Tabs, address},
        notice::ErrorSummary,
        page::page,
        reader::Reader,
    },
    devices::{self, model::DeviceRow},
    error::AppError,
    islands::live::LiveRegion,
    requests::{
        forms::ADD_TIME,
        model::{Page, RequestForm, RequestRow, Show},
        reading, service,
    },
    server::{self, access::Actor, forms::FormState, portal::Portal},
};
use deskside_protocol::ids::RequestId;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// What a list's address asks for.
fn wanted() -> (Show, Option<i64>) {
    let query = use_query_map().get_untracked();
    let show = query.get("show").map(|code| Show::from_code(&code)).unwrap_or_default();
    (show, query.get("before").and_then(|number| number.parse().ok()))
}

fn show_tabs(path: &'static str, choices: &[Show], current: Show) -> Vec<Tab> {
    let tab = |show: &Show| {
        let code = if *show == Show::default() { "" } else { show.code() };
        Tab {
            label: show.label(),
            href: address(path, &[("show", code)]),
            current: *show == current,
        }
    };
    choices.iter().map(tab).collect()
}

/// The pager of a list that shows `page`.
fn pager(path: &'static str, show: Show, before: Option<i64>, page: &Page<RequestRow>) -> impl IntoView + use<> {
    let code = if show == Show::default() { "" } else { show.code() };
    let first = before.map(|_| address(path, &[("show", code)]));
    let next = page
        .next
        .map(|number| address(path, &[("show", code), ("before", &number.to_string())]));
    view! { <Pager shown=page.rows.len() first=first next=next /> }
}

/// `/my-requests`.
#[component]
pub fn MyRequestsPage() -> impl IntoView {
    const PATH: &str = "/my-requests";
    let (show, before) = wanted();
    let show = if show == Show::History { show } else { Show::Open };
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let found = reading::list_mine(&portal, &actor, show, before).await?;
        let pager = pager(PATH, show, before, &found);
        let list = if found.rows.is_empty() {
            no_own_requests(show).into_any()
        } else {
            view! { <list::Cards rows=found.rows /> }.into_any()
        };
        Ok(view! {
            <Frame title="My requests">
                <div class="page-head">
                    <h1>"My requests"</h1>
                    <a class="btn btn-primary" href="/requests/new">{Icon::Add.draw()} "New request"</a>
                </div>
                <div class="filters">
                    <Tabs label="Show" tabs=show_tabs(PATH, &[Show::Open, Show::History], show) />
                </div>
                <div data-live id="request-rows">{list} {pager}</div>
                <LiveRegion topics="mine".to_owned() />
            </Frame>
        }
        .into_any())
    })
}

fn no_own_requests(show: Show) -> impl IntoView {
    if show == Show::History {
        return view! {
            <Empty icon=Icon::Request title="Nothing in your history yet">
                <p>"Requests that are closed or cancelled are kept here, with everything that happened to them."</p>
            </Empty>
        }
        .into_any();
    }
    view! {
        <Empty icon=Icon::Request title="You have no open request">
            <p>"Does something not work? Say what, and when you have time. The helpdesk does the rest."</p>
            <a class="btn btn-quiet" href="/requests/new">"File a request"</a>
        </Empty>
    }
    .into_any()
}

/// `/requests`, for staff.
#[component]
pub fn RequestsPage() -> impl IntoView {
    const PATH: &str = "/requests";
    let (show, before) = wanted();
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let found = reading::list_all(&portal, &actor, show, before).await?;
        let pager = pager(PATH, show, before, &found);
        let list = if found.rows.is_empty() {
            no_requests(show).into_any()
        } else {
            view! { <list::Table rows=found.rows /> }.into_any()
        };
        Ok(view! {
            <Frame title="Requests" width=Width::Wide>
                <div class="page-head">
                    <h1>"Requests"</h1>
                    <Tabs label="Show" tabs=show_tabs(PATH, &Show::ALL, show) />
                </div>
                <div data-live id="request-rows">{list} {pager}</div>
                <LiveRegion topics="requests,devices".to_owned() />
            </Frame>
        }
        .into_any())
    })
}

fn no_requests(show: Show) -> impl IntoView {
    let (title, words) = match show {
        Show::Open => ("No open requests", "New ones appear here by themselves."),
        Show::Mine => (
            "You have no requests",
            "Claim one from the list of unassigned requests.",
        ),
        Show::Unassigned => ("Every request has an assistant", "New ones appear here by themselves."),
        Show::History => (
            "Nothing in the history yet",
            "Closed and cancelled requests are kept here.",
        ),
    };
    view! {
        <Empty icon=Icon::Request title=title>
            <p>{words}</p>
        </Empty>
    }
}

/// The devices that the reader's requests can name: their own.
async fn device_choices(portal: &Portal, actor: &Actor) -> Result<Vec<Choice>, AppError> {
    let rows = devices::service::list_own(portal, actor).await?;
    let choice = |row: DeviceRow| Choice {
        value: row.id.to_string(),
        label: row.name,
    };
    let mut choices: Vec<_> = rows.into_iter().map(choice).collect();
    choices.push(Choice {
        value: String::new(),
        label: "None of these".to_owned(),
    });
    Ok(choices)
}

/// The form as typed, or `fresh` on a first visit.
fn typed(form: &FormState, fresh: RequestForm) -> RequestForm {
    if form.is_posted() {
        RequestForm::from_pairs(&form.values, usize::from(form.value(ADD_TIME).is_some()))
    } else {
        fresh
    }
}

/// `/requests/new`.
#[component]
pub fn NewRequestPage() -> impl IntoView {
    let form = FormState::current();
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let devices = device_choices(&portal, &actor).await?;
        let first = devices.first().map(|choice| choice.value.clone()).unwrap_or_default();
        let purpose = Purpose {
            action: "/requests/new".into(),
            button: "File request",
            back: "/my-requests".into(),
        };
        Ok(form_page(
            "New request",
            purpose,
            typed(
                &form,
                RequestForm {
                    device: first,
                    ..Default::default()
                },
            ),
            devices,
            form,
        ))
    })
}

/// `/requests/{id}/edit`.
#[component]
pub fn EditRequestPage() -> impl IntoView {
    let form = FormState::current();
    let id = id_in_address();
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let id = id?;
        let stored = service::edit_form(&portal, &actor, id).await?;
        let devices = device_choices(&portal, &actor).await?;
        let purpose = Purpose {
            action: format!("/requests/{id}/edit"),
            button: "Save changes",
            back: format!("/requests/{id}"),
        };
        Ok(form_page("Edit request", purpose, typed(&form, stored), devices, form))
    })
}

fn form_page(
    title: &'static str,
    purpose: Purpose,
    typed: RequestForm,
    devices: Vec<Choice>,
    form: FormState,
) -> AnyView {
    let zone = Reader::current()
        .actor
        .map(|actor| actor.user.time_zone)
        .unwrap_or_default();
    view! {
        <Frame title=title>
            <div class="page-head">
                <h1>{title}</h1>
            </div>
            <Fields purpose=purpose typed=typed devices=devices zone=zone form=form />
        </Frame>
    }
    .into_any()
}

fn id_in_address() -> Result<RequestId, AppError> {
    use_params_map()
        .get_untracked()
        .get("id")
        .and_then(|id| id.parse().ok())
        .ok_or(AppError::NotFound)
}

/// `/requests/{id}`.
#[component]
pub fn RequestPage() -> impl IntoView {
    let form = FormState::current();
    let id = id_in_address();
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let detail = reading::detail(&portal, &actor, id?).await?;
        let topics = match &detail.session {
            Some(session) => format!("request:{},session:{}", detail.row.id, session.id),
            None => format!("request:{}", detail.row.id),
        };
        Ok(view! {
            <Frame title=format!("{} {}", detail.row.reference, detail.row.subject) width=Width::Wide>
                <ErrorSummary form=form />
                <detail::Detail detail=detail />
                <LiveRegion topics=topics />
            </Frame>
        }
        .into_any())
    })
}
