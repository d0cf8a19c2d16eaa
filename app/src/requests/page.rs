//! The pages of requests: lists, form, and one request with everything about it.

mod after;
mod conversation;
mod detail;
mod edit;
mod file;
mod list;
mod manage;
mod narrow;
mod person;
mod timeline;
mod words;

pub use after::RatingForm;
pub use manage::{BothTimes, ManageRequestPage};
pub use person::ChooseOwnerPage;

use self::edit::{Fields, Purpose};
use crate::{
    accounts::model::UserSummary,
    canned,
    components::{
        empty::Empty,
        field::Choice,
        frame::{Frame, Width},
        icon::Icon,
        list::{Pager, Tab, Tabs},
        notice::ErrorSummary,
        page::page,
        search::SearchForm,
    },
    device_groups,
    devices::{self, model::DeviceRow},
    directories::{self, hours::Presence},
    error::AppError,
    islands::live::LiveRegion,
    requests::{
        filter::{Filter, MOST_PAGES, Show},
        forms::ADD_TIME,
        model::{Page, RequestForm, RequestRow, SUBJECT_CHARS},
        reading, service,
    },
    roles::model::Right,
    server::{
        self,
        access::{Action, Subject},
        forms::FormState,
        portal::Portal,
    },
    tf,
    words::{t, tc},
};
use deskside_protocol::ids::RequestId;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

fn filter_in_address() -> Filter {
    let query = use_query_map().get_untracked();
    Filter::read(|name| query.get(name))
}

fn show_tabs(path: &'static str, choices: &[Show], filter: &Filter) -> Vec<Tab> {
    let tab = |show: &Show| Tab {
        label: show.label(),
        href: filter.with(|filter| filter.show = *show).address(path),
        current: *show == filter.show,
    };
    choices.iter().map(tab).collect()
}

/// The pager of a list that shows `page`.
fn pager(path: &'static str, filter: &Filter, page: &Page<RequestRow>) -> impl IntoView + use<> {
    let first = (filter.page > 0).then(|| filter.with(|_| ()).address(path));
    let next = Filter {
        page: filter.page + 1,
        ..filter.clone()
    };
    let next = (page.more && filter.page < MOST_PAGES).then(|| next.address(path));
    view! { <Pager shown=page.rows.len() first=first next=next /> }
}

/// `/my-requests`.
#[component]
pub fn MyRequestsPage() -> impl IntoView {
    const PATH: &str = "/my-requests";
    let filter = filter_in_address();
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let found = reading::list_mine(&portal, &actor, &filter).await?;
        let pager = pager(PATH, &filter, &found);
        let list = if found.rows.is_empty() {
            no_own_requests(&filter).into_any()
        } else {
            view! { <list::Cards rows=found.rows /> }.into_any()
        };
        let search = (filter.show == Show::History || !filter.text.is_empty()).then(|| {
            let keep = vec![("show", filter.show.code().to_owned())];
            view! {
                <SearchForm
                    path=PATH
                    text=filter.text.clone()
                    label=t("Search your requests")
                    keep=keep
                />
            }
        });
        Ok(view! {
            <Frame title=t("My requests")>
                <div class="page-head">
                    <h1>{t("My requests")}</h1>
                    <a class="btn btn-primary" href="/requests/new">{Icon::Add.draw()} {t("New request")}</a>
                </div>
                <div class="filters">
                    <Tabs label=t("Show") tabs=show_tabs(PATH, &[Show::Open, Show::History], &filter) />
                </div>
                {search}
                <div data-live id="request-rows">{list} {pager}</div>
                <LiveRegion topics="mine".to_owned() />
            </Frame>
        }
        .into_any())
    })
}

fn no_own_requests(filter: &Filter) -> impl IntoView + use<> {
    if filter.narrows() {
        return view! {
            <Empty icon=Icon::Search title=t("No request fits")>
                <p>{t("Try fewer or other words.")}</p>
            </Empty>
        }
        .into_any();
    }
    if filter.show == Show::History {
        return view! {
            <Empty icon=Icon::Request title=t("Nothing in your history yet")>
                <p>{t("Requests that are closed or cancelled are kept here, with everything that happened to them.")}</p>
            </Empty>
        }
        .into_any();
    }
    view! {
        <Empty icon=Icon::Request title=t("You have no open request")>
            <p>{t("Does something not work? Say what, and when you have time. The helpdesk does the rest.")}</p>
            <a class="btn btn-quiet" href="/requests/new">{t("File a request")}</a>
        </Empty>
    }
    .into_any()
}

/// `/requests`, for staff.
#[component]
pub fn RequestsPage() -> impl IntoView {
    const PATH: &str = "/requests";
    let filter = filter_in_address();
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let found = reading::list_all(&portal, &actor, &filter).await?;
        let directories = directories::service::list_with(&portal, &actor, Right::RequestsView).await?;
        let groups = device_groups::service::list_for(&portal, &actor, &[Right::RequestsView]).await?;
        let pager = pager(PATH, &filter, &found);
        let list = if found.rows.is_empty() {
            no_requests(&filter).into_any()
        } else {
            view! { <list::Table rows=found.rows path=PATH filter=filter.clone() /> }.into_any()
        };
        let for_other = actor.may(Action::FileForOther, Subject::NONE).then(|| {
            view! { <a class="btn btn-quiet" href="/requests/new-for">{Icon::Add.draw()} {t("New for somebody")}</a> }
        });
        Ok(view! {
            <Frame title=t("Requests") width=Width::Wide>
                <div class="page-head">
                    <h1>{t("Requests")}</h1>
                    <div class="page-tools">
                        {for_other}
                        <narrow::Directories path=PATH filter=filter.clone() directories=directories />
                    </div>
                </div>
                <div class="filters">
                    <Tabs label=t("Show") tabs=show_tabs(PATH, &Show::ALL, &filter) />
                </div>
                <narrow::Narrow path=PATH filter=filter.clone() groups=groups />
                <div data-live id="request-rows">{list} {pager}</div>
                {(filter.show != Show::History).then(|| view! { <LiveRegion topics="requests,devices".to_owned() /> })}
            </Frame>
        }
        .into_any())
    })
}

fn no_requests(filter: &Filter) -> impl IntoView + use<> {
    let (title, words) = match filter.show {
        _ if filter.narrows() => (t("No request fits"), t("Take away a filter, or look in another tab.")),
        Show::Open => (t("No open requests"), t("New ones appear here by themselves.")),
        Show::Mine => (
            t("You have no requests"),
            t("Claim one from the list of unassigned requests."),
        ),
        Show::Teams => (
            t("Your teams have no requests"),
            t("Requests that are given to a role of yours appear here."),
        ),
        Show::Unassigned => (
            t("Every request has an assistant"),
            t("New ones appear here by themselves."),
        ),
        Show::History => (
            t("Nothing in the history yet"),
            t("Closed and cancelled requests are kept here."),
        ),
    };
    view! {
        <Empty icon=Icon::Request title=title>
            <p>{words}</p>
        </Empty>
    }
}

/// The devices that the requests of `owner` can name: their own.
async fn device_choices(portal: &Portal, owner: &UserSummary) -> Result<Vec<Choice>, AppError> {
    let rows = devices::service::list_of(portal.db.on(), owner.id).await?;
    let choice = |row: DeviceRow| Choice {
        value: row.id.to_string(),
        label: row.name,
    };
    let mut choices: Vec<_> = rows.into_iter().map(choice).collect();
    choices.push(Choice {
        value: String::new(),
        label: t("None of these").to_owned(),
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

/// `/requests/new`, for oneself or with `?for=` for somebody else; `?subject=` is what it begins with.
#[component]
pub fn NewRequestPage() -> impl IntoView {
    let form = FormState::current();
    let query = use_query_map().get_untracked();
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let owner = match query.get("for") {
            Some(id) => {
                let id = id.parse().map_err(|_| AppError::NotFound)?;
                Some(service::find_owner(&portal, &actor, id).await?)
            }
            None => None,
        };
        let whose = owner.as_ref().unwrap_or(&actor.user);
        let devices = device_choices(&portal, whose).await?;
        let first = devices.first().map(|choice| choice.value.clone()).unwrap_or_default();
        let subject = query.get("subject").unwrap_or_default();
        let fresh = RequestForm {
            subject: subject.chars().take(SUBJECT_CHARS).collect(),
            device: first,
            ..Default::default()
        };
        let title = match &owner {
            Some(owner) => tf!("New request for {name}", name = owner.name),
            None => t("New request").to_owned(),
        };
        let purpose = Purpose {
            differences: None,
            action: "/requests/new".into(),
            button: tc("button", "File request"),
            back: if owner.is_some() { "/requests" } else { "/my-requests" }.into(),
            zone: whose.time_zone.clone(),
            closed_until: match directories::service::presence(&portal, whose.directory).await? {
                Presence::Closed(opens) => Some(opens),
                Presence::Open | Presence::Unsaid => None,
            },
            offers_help: owner.is_none(),
            owner,
        };
        Ok(form_page(title, purpose, typed(&form, fresh), devices, form))
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
        let devices = device_choices(&portal, &actor.user).await?;
        let mut typed = typed(&form, stored.clone());
        let differences = form.overtaken.then(|| edit::differences(&stored, &typed, &devices));
        if form.overtaken {
            typed.version = stored.version;
        }
        let purpose = Purpose {
            differences,
            action: format!("/requests/{id}/edit"),
            button: t("Save changes"),
            back: format!("/requests/{id}"),
            zone: actor.user.time_zone,
            closed_until: None,
            owner: None,
            offers_help: false,
        };
        Ok(form_page(t("Edit request").to_owned(), purpose, typed, devices, form))
    })
}

fn form_page(title: String, purpose: Purpose, typed: RequestForm, devices: Vec<Choice>, form: FormState) -> AnyView {
    view! {
        <Frame title=title.clone()>
            <div class="page-head">
                <h1>{title}</h1>
            </div>
            <Fields purpose=purpose typed=typed devices=devices form=form />
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
        let id = id?;
        let detail = reading::detail(&portal, &actor, id).await?;
        let waiting = reading::waiting(&portal, &actor, id).await?;
        let proposal = reading::proposal(&portal, &actor, id).await?;
        let subject = Subject::owned(detail.row.owner.id, detail.directory);
        let replies = canned::service::offered(&portal, &actor, subject).await?;
        let topics = match &detail.session {
            Some(session) => format!("request:{},session:{}", detail.row.id, session.id),
            None => format!("request:{}", detail.row.id),
        };
        Ok(view! {
            <Frame title=format!("{} {}", detail.row.reference, detail.row.subject) width=Width::Wide>
                <ErrorSummary form=form />
                <detail::Detail detail=detail waiting=waiting proposal=proposal replies=replies />
                <LiveRegion topics=topics />
            </Frame>
        }
        .into_any())
    })
}
