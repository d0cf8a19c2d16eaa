//! The devices page: which machines are enrolled, and how to enrol another one.

use crate::{
    components::{
        badge::Presence,
        empty::Empty,
        field::TextField,
        form::{PostButton, Weight},
        frame::{Frame, Width},
        icon::Icon,
        list::{Pager, TableFrame, address},
        notice::ErrorSummary,
        page::page,
        reader::Reader,
        sentence::with_element,
        time::Moment,
    },
    devices::{
        forms,
        model::{DeviceRow, ENROLMENT_TOKEN_HOURS, EnrolmentToken},
        service,
    },
    islands::live::LiveRegion,
    roles::model::Right,
    server::{
        self,
        access::{Action, Subject},
        forms::FormState,
    },
    tf, tn,
    words::{t, tc},
};
use deskside_protocol::{ids::DeviceId, session::Platform};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// `/devices`.
#[component]
pub fn DevicesPage() -> impl IntoView {
    let form = FormState::current();
    let made = forms::made(&form);
    let after = use_query_map()
        .get_untracked()
        .get("after")
        .and_then(|id| id.parse::<DeviceId>().ok());
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let found = service::list_page(&portal, &actor, after).await?;
        let first = after.map(|_| "/devices".to_owned());
        let next = found.next.map(|id| address("/devices", &[("after", &id.to_string())]));
        let pager = view! { <Pager shown=found.rows.len() first=first next=next /> };
        let others = actor.rights.anywhere(Right::DevicesManage);
        let staff = others || actor.rights.anywhere(Right::DevicesView);
        Ok(view! {
            <Frame title=t("Devices") width=Width::Wide>
                <div class="page-head">
                    <div>
                        <h1>{t("Devices")}</h1>
                        <p class="lead">
                            {if staff {
                                t("Machines with an enrolled agent. Only these can be connected to.")
                            } else {
                                t("Your machines with an enrolled agent. The helpdesk can connect to these only, and only when you agree.")
                            }}
                        </p>
                    </div>
                </div>
                <ErrorSummary form=form.clone() />
                {made.map(|made| view! { <Made made=made /> })}
                <div class="split">
                    <div data-live id="device-rows">
                        <Rows rows=found.rows staff=staff />
                        {pager}
                    </div>
                    <Enrol others=others form=form />
                </div>
                <LiveRegion topics="devices".to_owned() />
            </Frame>
        }
        .into_any())
    })
}

#[component]
fn Rows(rows: Vec<DeviceRow>, staff: bool) -> impl IntoView {
    if rows.is_empty() {
        return view! {
            <Empty icon=Icon::Screen title=t("No device yet")>
                <p>{t("Enrol one with a token: it takes one command on the device, and nothing listens there afterwards.")}</p>
            </Empty>
        }
        .into_any();
    }
    let removable = rows.iter().any(may_remove);
    let mut columns = vec![
        t("Device"),
        tc("column", "Connected"),
        t("Last seen"),
        t("Platform"),
        t("Agent"),
    ];
    if staff {
        columns.insert(1, t("Owner"));
    }
    if removable {
        columns.push(tc("column", "Remove"));
    }
    let lines = rows
        .into_iter()
        .map(|row| view! { <Line row=row staff=staff removable=removable /> })
        .collect_view();
    let note = removable.then(|| {
        view! {
            <p class="muted table-note">
                {t("A removed device is disconnected at once and cannot connect again. To use it later, enrol it anew.")}
            </p>
        }
    });
    view! {
        <TableFrame label=t("Devices") columns=columns>{lines}</TableFrame>
        {note}
    }
    .into_any()
}

fn may_remove(row: &DeviceRow) -> bool {
    Reader::current()
        .actor
        .is_some_and(|actor| actor.may(Action::RevokeDevice, Subject::owned(row.owner.id, row.directory)))
}

#[component]
fn Line(row: DeviceRow, staff: bool, removable: bool) -> impl IntoView {
    let platform = match row.platform {
        Platform::Windows => "Windows",
        Platform::Linux => "Linux",
    };
    let remove = may_remove(&row).then(|| {
        let action = format!("/devices/{}/revoke", row.id);
        view! { <PostButton action=action label=t("Remove device") weight=Weight::Danger /> }
    });
    let seen = match row.last_seen_at {
        Some(at) => view! { <Moment at=at /> }.into_any(),
        None => view! { <span class="muted">{t("never")}</span> }.into_any(),
    };
    view! {
        <tr role="row">
            <td role="cell" data-label=t("Device") class="main-cell">{row.name}</td>
            {staff.then(|| view! { <td role="cell" data-label=t("Owner") class="person">{row.owner.name}</td> })}
            <td role="cell" data-label=tc("column", "Connected")>
                <Presence online=row.online />
            </td>
            <td role="cell" data-label=t("Last seen") class="numeric">{seen}</td>
            <td role="cell" data-label=t("Platform")>{platform}</td>
            <td role="cell" data-label=t("Agent") class="numeric muted">{row.agent_version}</td>
            {removable.then(|| view! { <td role="cell" data-label=tc("column", "Remove")>{remove}</td> })}
        </tr>
    }
    .into_any()
}

#[component]
fn Enrol(
    /// The reader may enrol devices for others.
    others: bool,
    form: FormState,
) -> impl IntoView {
    let own = Reader::current()
        .actor
        .map(|actor| actor.user.login)
        .unwrap_or_default();
    let owner = others.then(|| {
        view! {
            <TextField
                name="owner"
                label=t("Owner")
                hint=t("The login of whoever works at the device.")
                value=own
                autocomplete="off"
                form=form.clone()
            />
        }
    });
    view! {
        <section class="sheet" aria-labelledby="enrol-heading">
            <h2 id="enrol-heading" class="mb-1">{t("Enrol a device")}</h2>
            <p class="muted mb-4">
                {tn!(
                    ENROLMENT_TOKEN_HOURS,
                    "A token lets one device join. It is shown once and is good for {n} hour.",
                    "A token lets one device join. It is shown once and is good for {n} hours.",
                )}
            </p>
            <form class="form" method="post" action="/devices/enrolment-tokens" novalidate>
                {owner}
                <TextField
                    name="device_name"
                    label=t("Device name")
                    hint=t("Optional: without one the device tells its own name.")
                    required=false
                    autocomplete="off"
                    form=form
                />
                <div class="form-end">
                    <button class="btn btn-quiet" type="submit">{t("Create token")}</button>
                </div>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn Made(made: EnrolmentToken) -> impl IntoView {
    view! {
        <section class="ask" aria-labelledby="token-heading" id="token" tabindex="-1" autofocus>
            <h2 id="token-heading">{tf!("Token for a device of {name}", name = made.owner.name)}</h2>
            <p>
                {with_element(
                    t("Type this on the device. The token is shown only now and is good for one device until {moment}."),
                    "{moment}",
                    view! { <Moment at=made.expires_at /> },
                )}
            </p>
            <pre class="command" tabindex="0" aria-label=t("Command")>
                <code>{made.command}</code>
            </pre>
        </section>
    }
    .into_any()
}
