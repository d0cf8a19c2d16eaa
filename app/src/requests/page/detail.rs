//! One request: what it is, where it stands, what its reader can do.
//!
//! Invariant: everything that changes while the page is open is inside a `data-live` element with an id; the message
//! form is outside, so that nobody's typing is swept away.

use super::{after::After, conversation::Conversation, manage::BothTimes, timeline::Timeline, words};
use crate::{
    canned::model::Offered,
    components::{
        around::{Around, HERE},
        badge::{Presence, PriorityMark, StatusBadge, Track},
        form::{PostButton, Weight},
        icon::Icon,
        list::address,
        reader::Reader,
        time::Moment,
    },
    preconsents::page::{Allowed, AllowedMark},
    proposals::{
        model::Proposal,
        page::{Propose, Proposed},
    },
    requests::{
        help::Waiting,
        model::{RequestDetail, Status},
    },
    sessions::model::{SessionStatus, SessionSummary},
    tf,
    words::{t, tc},
};
use leptos::prelude::*;

/// The content of a request's page.
#[component]
pub fn Detail(
    detail: RequestDetail,
    waiting: Option<Waiting>,
    /// The open proposal, and whether the reader can answer it.
    proposal: Option<(Proposal, bool)>,
    /// The replies that the reader can insert.
    replies: Vec<Offered>,
) -> impl IntoView {
    let proposed = proposal.map(|(proposal, may_answer)| {
        view! { <Proposed detail=detail.clone() proposal=proposal may_answer=may_answer /> }
    });
    let propose = detail.may.propose.then(|| view! { <Propose detail=detail.clone() /> });
    view! {
        <div data-live id="request-head">
            <Head detail=detail.clone() waiting=waiting />
        </div>
        <div data-live id="request-ask" aria-live="assertive">
            <Question detail=detail.clone() />
        </div>
        <div data-live id="request-proposal" aria-live="polite">
            {proposed}
        </div>
        <After detail=detail.clone() />
        <div class="split">
            <div class="stack">
                <section class="sheet" aria-labelledby="description-heading" data-live id="request-description">
                    <h2 id="description-heading" class="mb-2">{t("Description")}</h2>
                    <Description text=detail.description.clone() />
                </section>
                <Conversation
                    request=detail.row.id
                    messages=detail.messages.clone()
                    attachments=detail.attachments.clone()
                    may_write=detail.may.message
                    may_note=detail.may.note
                    replies=replies
                />
            </div>
            <div class="stack">
                <section class="sheet" aria-labelledby="details-heading" data-live id="request-facts">
                    <h2 id="details-heading" class="mb-3">{t("Details")}</h2>
                    <Facts detail=detail.clone() />
                </section>
                {propose.map(|propose| view! { <section class="sheet" aria-label=t("Times")>{propose}</section> })}
                <section class="sheet" aria-labelledby="timeline-heading" data-live id="request-timeline">
                    <h2 id="timeline-heading" class="mb-3">{t("Timeline")}</h2>
                    <Timeline entries=detail.timeline />
                </section>
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn Head(detail: RequestDetail, waiting: Option<Waiting>) -> impl IntoView {
    let reader = Reader::current();
    let owns = reader
        .actor
        .as_ref()
        .is_some_and(|actor| actor.id() == detail.row.owner.id);
    let (list, name) = if reader.is_staff() && !owns {
        ("/requests", t("Requests"))
    } else {
        ("/my-requests", t("My requests"))
    };
    let next = if owns {
        words::for_owner(&detail.row)
    } else {
        words::for_staff(&detail)
    };
    let queue = waiting
        .filter(|_| owns)
        .map(|waiting| view! { <p class="muted">{words::queue(waiting)}</p> });
    let looking = words::looking(&detail.looking).map(|words| view! { <p class="looking">{words}</p> });
    let row = detail.row.clone();
    view! {
        <a class="back" href=list>{Icon::Back.draw()} {name}</a>
        <div class="title-line">
            <span class="reference">{row.reference}</span>
            <StatusBadge status=row.status />
            <PriorityMark priority=row.priority />
        </div>
        <h1>{row.subject}</h1>
        <div class="next-step">
            <Track status=row.status />
            <p class="muted">{next}</p>
            {queue}
            {looking}
            <Actions detail=detail />
        </div>
    }
    .into_any()
}

#[component]
fn Actions(detail: RequestDetail) -> impl IntoView {
    let (row, may) = (detail.row, detail.may);
    let (base, version) = (format!("/requests/{}", row.id), row.version);
    let open = may.open_session.then_some(detail.session.as_ref()).flatten();
    let open = open.map(|session| {
        view! { <a class="btn btn-primary" href=format!("/sessions/{}", session.id)>{t("Open session")}</a> }
    });
    // The owner's question and running session have a card of their own.
    let withdraw = (may.end_session && !may.consent && row.status == Status::WaitingForConnection)
        .then_some(detail.session.as_ref())
        .flatten()
        .map(|session| {
            let action = format!("{base}/end-session");
            view! { <PostButton action=action label=t("Withdraw question") version=version session=session.id /> }
        });
    let post = |what: &str, label: &'static str, weight: Weight| {
        view! { <PostButton action=format!("{base}/{what}") label=label weight=weight version=version /> }
    };
    view! {
        <div class="buttons">
            {open}
            {may.claim.then(|| post("claim", tc("button", "Claim"), Weight::Main))}
            {may.launch.then(|| post("launch", tc("button", "Launch"), Weight::Main))}
            {may.edit.then(|| view! { <a class="btn btn-quiet" href=format!("{base}/edit")>{tc("button", "Edit")}</a> })}
            {may.manage.then(|| view! { <a class="btn btn-quiet" href=format!("{base}/manage")>{t("Edit details")}</a> })}
            {withdraw}
            {may.release.then(|| post("release", tc("button", "Release"), Weight::Quiet))}
            {may.close.then(|| post("close", t("Close request"), Weight::Quiet))}
            {may.cancel.then(|| post("cancel", t("Cancel request"), Weight::Danger))}
        </div>
    }
    .into_any()
}

#[component]
fn Question(detail: RequestDetail) -> impl IntoView {
    let session = detail.session.clone()?;
    if detail.may.consent {
        return Some(view! { <Asked detail=detail session=session /> }.into_any());
    }
    let runs = matches!(session.status, SessionStatus::Active | SessionStatus::Interrupted);
    (runs && detail.may.end_session).then(|| view! { <Running detail=detail session=session /> }.into_any())
}

#[component]
fn Asked(detail: RequestDetail, session: SessionSummary) -> impl IntoView {
    let (base, version) = (format!("/requests/{}/consent", detail.row.id), detail.row.version);
    let explained = match &detail.row.device {
        Some(device) => tf!(
            "If you accept, they see the screen of {device} and can use its mouse and keyboard until one of you stops. If you do nothing, the answer is no.",
            device = device.name
        ),
        None => t(
            "If you accept, they see the screen of your device and can use its mouse and keyboard until one of you stops. If you do nothing, the answer is no.",
        )
        .to_owned(),
    };
    view! {
        <section class="ask" aria-labelledby="ask-heading">
            <h2 id="ask-heading">{tf!("{name} asks to connect", name = session.operator.name)}</h2>
            <p>{explained}</p>
            <div class="buttons">
                <PostButton
                    action=base.clone()
                    label=tc("button", "Accept")
                    weight=Weight::Main
                    version=version
                    field=("answer", "accept")
                    session=session.id
                />
                <PostButton action=base label=tc("button", "Decline") version=version field=("answer", "decline") session=session.id />
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Running(detail: RequestDetail, session: SessionSummary) -> impl IntoView {
    let reader = Reader::current();
    let operates = reader
        .actor
        .as_ref()
        .is_some_and(|actor| actor.id() == session.operator.id);
    let heading = match (session.status, operates) {
        (SessionStatus::Interrupted, _) => t("The connection was interrupted").to_owned(),
        (_, true) => t("You are connected").to_owned(),
        (_, false) => tf!("{name} is connected", name = session.operator.name),
    };
    let words = match (session.status, operates) {
        (SessionStatus::Interrupted, _) => t("It resumes by itself, without a new question, for up to a minute."),
        (_, true) => t("The remote screen is in the session's own page."),
        (_, false) => t("They see the screen and can use mouse and keyboard. You can stop this at any time."),
    };
    view! {
        <section class="ask" aria-labelledby="running-heading">
            <h2 id="running-heading">{heading}</h2>
            <p>{words}</p>
            <div class="buttons">
                <PostButton
                    action=format!("/requests/{}/end-session", detail.row.id)
                    label=t("Stop session")
                    weight=Weight::Danger
                    version=detail.row.version
                    session=session.id
                />
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Description(text: String) -> impl IntoView {
    if text.trim().is_empty() {
        view! { <p class="muted">{t("The subject says it all: there is no description.")}</p> }.into_any()
    } else {
        view! { <p class="prose">{text}</p> }.into_any()
    }
}

#[component]
fn Facts(detail: RequestDetail) -> impl IntoView {
    let unasked = view! { <Allowed detail=detail.clone() /> };
    let allowed = detail.allowance.windows.clone();
    let row = detail.row;
    let zone = detail.owner_zone;
    let device = match row.device {
        Some(device) => view! { {device.name} " " <Presence online=device.online /> }.into_any(),
        None => view! { <span class="muted">{t("none named")}</span> }.into_any(),
    };
    let times = if detail.windows.is_empty() {
        t("Any time").into_any()
    } else {
        let line = |window| {
            let mark = allowed
                .contains(&window)
                .then(|| view! { " " <AllowedMark window=window /> });
            view! { <li><BothTimes window=window zone=zone.clone() /> {mark}</li> }
        };
        view! { <ul>{detail.windows.into_iter().map(line).collect_view()}</ul> }.into_any()
    };
    let scheduled = row.scheduled.map(|window| {
        view! {
            <dt>{t("Scheduled")}</dt>
            <dd>
                <BothTimes window=window zone=zone.clone() />
            </dd>
        }
    });
    let assistant = row
        .assistant
        .map_or_else(|| t("nobody yet").to_owned(), |person| person.name);
    let one_time = if detail.one_time {
        t("Yes")
    } else {
        t("No: it stays for further sessions")
    };
    let team = detail
        .team
        .map(|team| view! { <dt>{t("Team")}</dt> <dd>{team.name}</dd> });
    let staff = Reader::current().is_staff();
    let tag = |tag: String| {
        let shown = tag.clone();
        if staff {
            view! { <li><a class="chip" href=address("/requests", &[("tag", &tag)])>{shown}</a></li> }.into_any()
        } else {
            view! { <li><span class="chip">{shown}</span></li> }.into_any()
        }
    };
    let tags = (!detail.tags.is_empty()).then(|| {
        view! {
            <dt>{t("Tags")}</dt>
            <dd>
                <ul class="chips">{detail.tags.into_iter().map(tag).collect_view()}</ul>
            </dd>
        }
    });
    let filed = match detail.filed_by {
        Some(person) => {
            let sentence = tf!("{when} by {name}", when = HERE, name = person.name);
            view! { <Around sentence=sentence><Moment at=row.created_at /></Around> }.into_any()
        }
        None => view! { <Moment at=row.created_at /> }.into_any(),
    };
    view! {
        <dl class="facts">
            <dt>{t("Owner")}</dt>
            <dd>{row.owner.name}</dd>
            <dt>{t("Device")}</dt>
            <dd>{device}</dd>
            <dt>{tc("field", "Available")}</dt>
            <dd>{times}</dd>
            {unasked}
            {scheduled}
            <dt>{t("Assistant")}</dt>
            <dd>{assistant}</dd>
            {team}
            <dt>{t("One-time")}</dt>
            <dd>{one_time}</dd>
            {tags}
            <dt>{t("Filed")}</dt>
            <dd>
                {filed}
            </dd>
        </dl>
    }
    .into_any()
}
