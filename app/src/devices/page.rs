//! The devices page: which machines are enrolled, and how to enrol another one.

mod groups;

use self::groups::{GroupCell, GroupFilter, ListPlace, MoveTicked, TickCell};
use crate::{
    components::{
        around::{Around, HERE},
        badge::Presence,
        empty::Empty,
        field::{SelectField, TextField},
        form::{PostButton, Weight},
        frame::{Frame, Width},
        icon::Icon,
        list::{Pager, TableFrame, address},
        notice::ErrorSummary,
        page::page,
        reader::Reader,
        time::Moment,
    },
    device_groups::{
        self,
        model::{DeviceGroup, several},
    },
    devices::{
        forms,
        model::{DeviceRow, ENROLMENT_TOKEN_HOURS, EnrolmentToken, Shown},
        service,
    },
    islands::live::LiveRegion,
    roles::model::Right,
    server::{
        self,
        access::{Action, Actor, Subject},
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
    let query = use_query_map().get_untracked();
    let after = query.get("after").and_then(|id| id.parse::<DeviceId>().ok());
    let shown = query
        .get("group")
        .map(|code| Shown::from_code(&code))
        .unwrap_or_default();
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let found = service::list_page(&portal, &actor, shown, after).await?;
        let rights = [Right::DevicesView, Right::DevicesManage];
        let groups = device_groups::service::list_for(&portal, &actor, &rights).await?;
        let code = shown.code();
        let first = after.map(|_| address("/devices", &[("group", &code)]));
        let next = found
            .next
            .map(|id| address("/devices", &[("group", &code), ("after", &id.to_string())]));
        let place = ListPlace { shown, after };
        let movable = !groups.is_empty() && found.rows.iter().any(|row| groups::is_movable(Some(&actor), row));
        let move_ticked = movable.then(|| {
            let problem = form
                .error("group")
                .filter(|_| form.value("shown").is_some())
                .map(str::to_owned);
            view! { <MoveTicked groups=manageable(&actor, &groups) place=place problem=problem /> }
        });
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
                    <div class="page-tools">
                        <GroupFilter groups=groups.clone() shown=shown />
                    </div>
                </div>
                <ErrorSummary form=form.clone() />
                {made.map(|made| view! { <Made made=made /> })}
                <div class="split">
                    <div>
                        {move_ticked}
                        <div data-live id="device-rows">
                            <Rows rows=found.rows staff=staff groups=groups.clone() place=place />
                            {pager}
                        </div>
                    </div>
                    <Enrol others=others groups=manageable(&actor, &groups) form=form />
                </div>
                <LiveRegion topics="devices".to_owned() />
            </Frame>
        }
        .into_any())
    })
}

/// The groups into which the actor may put devices of some directory.
fn manageable(actor: &Actor, groups: &[DeviceGroup]) -> Vec<DeviceGroup> {
    let may = |group: &&DeviceGroup| match group.settings.directory {
        Some(directory) => actor.rights.within(Right::DevicesManage, directory),
        None => actor.rights.anywhere(Right::DevicesManage),
    };
    groups.iter().filter(may).cloned().collect()
}

#[component]
fn Rows(rows: Vec<DeviceRow>, staff: bool, groups: Vec<DeviceGroup>, place: ListPlace) -> impl IntoView {
    if rows.is_empty() && place.shown != Shown::All {
        return view! {
            <Empty icon=Icon::Screen title=t("No device there")>
                <p>{t("Devices are put into a group on this page, or begin in one when they are enrolled.")}</p>
            </Empty>
        }
        .into_any();
    }
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
    let grouped = staff && !groups.is_empty();
    let actor = Reader::current().actor;
    let movable = grouped && rows.iter().any(|row| groups::is_movable(actor.as_ref(), row));
    if grouped {
        columns.insert(2, t("Group"));
    }
    if movable {
        columns.insert(0, t("Choose"));
    }
    if removable {
        columns.push(tc("column", "Remove"));
    }
    let lines = rows
        .into_iter()
        .map(|row| {
            let may_move = grouped && groups::is_movable(actor.as_ref(), &row);
            let tick = movable.then(|| view! { <TickCell row=row.clone() movable=may_move /> }.into_any());
            let group = grouped.then(|| {
                view! { <GroupCell row=row.clone() groups=groups.clone() movable=may_move place=place /> }.into_any()
            });
            view! { <Line row=row staff=staff removable=removable tick=tick group=group /> }
        })
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
fn Line(
    row: DeviceRow,
    staff: bool,
    removable: bool,
    /// The cell of the tick, where the table has one.
    tick: Option<AnyView>,
    /// The cell of the group, where the table has one.
    group: Option<AnyView>,
) -> impl IntoView {
    // Named, so that what is ticked and chosen in a line stays with it when others come and go.
    let id = format!("device-{}", row.id);
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
        <tr role="row" id=id>
            {tick}
            <td role="cell" data-label=t("Device") class="main-cell">{row.name}</td>
            {staff.then(|| view! { <td role="cell" data-label=t("Owner") class="person">{row.owner.name}</td> })}
            {group}
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
    /// Those in which the reader may let a device begin.
    groups: Vec<DeviceGroup>,
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
    let group = (!groups.is_empty()).then(|| {
        let choices = groups::choices(groups.iter(), several(&groups));
        view! {
            <SelectField
                name="token_group"
                label=t("Device group")
                hint=t("The group in which the device begins.")
                choices=choices
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
                {group}
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
                <Around sentence=tf!(
                    "Type this on the device. The token is shown only now and is good for one device until {moment}.",
                    moment = HERE
                )>
                    <Moment at=made.expires_at />
                </Around>
            </p>
            <pre class="command" tabindex="0" aria-label=t("Command")>
                <code>{made.command}</code>
            </pre>
        </section>
    }
    .into_any()
}
