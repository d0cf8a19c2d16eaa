//! What can be done with proposed times: one function per use case.
//!
//! Invariant: at most one proposal of a request is open, and only the side that did not make it answers it.

use super::{
    model::{Proposal, ProposalId, State},
    store,
};
use crate::{
    accounts,
    error::AppError,
    requests::{
        change::{By, Changing},
        model::{Change, ChangedField, Happened, Person, Value, Window},
        parse::parse_window,
        record::RequestRecord,
        service::{begin, zone_of},
    },
    server::{
        access::{Action, Actor, authorize},
        db::{DbError, On},
        links::{BadLink, Link, Purpose},
        portal::Portal,
        random,
    },
    tf,
    words::t,
};
use deskside_protocol::ids::RequestId;

/// How the other side answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    Accept,
    Decline,
}

/// Proposes a time, in the zone of whoever proposes; an open proposal is answered by it.
pub async fn propose(portal: &Portal, actor: &Actor, id: RequestId, from: &str, until: &str) -> Result<(), AppError> {
    propose_over(portal, actor, id, None, from, until).await
}

/// `over`: the proposal that this one answers, and no later one.
async fn propose_over(
    portal: &Portal,
    actor: &Actor,
    id: RequestId,
    over: Option<ProposalId>,
    from: &str,
    until: &str,
) -> Result<(), AppError> {
    let mut changing = begin(portal, actor, Action::ProposeTime, id).await?;
    portal.budgets.spend_message(actor.id(), changing.now)?;
    let open = store::find_open(changing.tx.on(), id).await?;
    if over.is_some_and(|over| open.is_none_or(|open| open.id != over)) {
        return Err(overtaken());
    }
    if !changing.request.status.is_open() {
        return Err(AppError::conflict(tf!(
            "The request is “{status}”, so no time can be agreed on.",
            status = changing.request.status
        )));
    }
    let names = ["proposed_from", "proposed_until"];
    let zone = zone_of(&actor.user);
    let window = parse_window(from.trim(), until.trim(), names, changing.now, &zone)
        .map_err(|fields| AppError::Invalid { fields })?;
    let proposal = Proposal {
        id: ProposalId(random::uuid(changing.now)),
        request: id,
        by: Person {
            id: actor.id(),
            name: actor.user.name.clone(),
        },
        by_owner: changing.request.owner.id == actor.id(),
        window,
        state: State::Open,
        created_at: changing.now,
    };
    store::decide(&mut changing.tx, id, State::Replaced, changing.now).await?;
    store::add(&mut changing.tx, &proposal).await?;
    changing.mention(proposed(window));
    if !proposal.by_owner {
        let link = answer_link(&changing, &proposal);
        changing.offer(link);
    }
    changing.record(By::Person(actor), Happened::TimeProposed).await?;
    changing.commit().await?;
    Ok(())
}

/// Answers the proposal `shown`, and no later one.
pub async fn answer(
    portal: &Portal,
    actor: &Actor,
    id: RequestId,
    shown: ProposalId,
    answer: Answer,
) -> Result<(), AppError> {
    let mut changing = begin(portal, actor, Action::ViewRequest, id).await?;
    let open = store::find_open(changing.tx.on(), id).await?;
    let Some(proposal) = open.filter(|open| open.id == shown) else {
        return Err(overtaken());
    };
    if !may_answer(actor, &changing.request, &proposal) {
        return Err(AppError::Denied);
    }
    if answer == Answer::Accept && proposal.window.ends_at <= changing.now {
        return Err(AppError::conflict(t("This time has passed. Propose another one.")));
    }
    let (state, happened) = match answer {
        Answer::Accept => (State::Accepted, Happened::TimeAccepted),
        Answer::Decline => (State::Declined, Happened::TimeDeclined),
    };
    store::decide(&mut changing.tx, id, state, changing.now).await?;
    match answer {
        Answer::Accept => changing.request.scheduled = Some(proposal.window),
        Answer::Decline => changing.mention(proposed(proposal.window)),
    }
    changing.record(By::Person(actor), happened).await?;
    changing.commit().await?;
    Ok(())
}

/// True for the side that did not make the proposal.
pub fn may_answer(actor: &Actor, request: &RequestRecord, proposal: &Proposal) -> bool {
    let owner = actor.id() == request.owner.id;
    let staff = !owner && actor.may(Action::ProposeTime, request.subject_of_access());
    request.status.is_open() && if proposal.by_owner { staff } else { owner }
}

/// The proposal of a request that waits for an answer; whoever calls this decides who may see it.
pub async fn find_open(on: On<'_>, request: RequestId) -> Result<Option<Proposal>, DbError> {
    store::find_open(on, request).await
}

/// A time was set by hand: whatever was proposed is no longer asked.
pub async fn replace_open(changing: &mut Changing<'_>) -> Result<(), DbError> {
    let (id, now) = (changing.request.id, changing.now);
    store::decide(&mut changing.tx, id, State::Replaced, now).await?;
    Ok(())
}

fn overtaken() -> AppError {
    AppError::conflict(t("This proposal was answered or replaced meanwhile. Look again."))
}

fn proposed(window: Window) -> Change {
    Change {
        field: ChangedField::ProposedTime,
        from: Value::Nothing,
        to: Value::Windows(vec![window]),
    }
}

/// For the owner's mail: good until the proposed time is over.
fn answer_link(changing: &Changing<'_>, proposal: &Proposal) -> String {
    let link = Link {
        purpose: Purpose::AnswerProposal,
        subject: proposal.id.0,
        person: changing.request.owner.id,
        expires_at: proposal.window.ends_at,
    };
    format!(
        "{}/answer/{}",
        changing.portal.config.origin(),
        link.token(&changing.portal.key)
    )
}

/// What a link from a mail shows.
#[derive(Clone, PartialEq, Debug)]
pub struct Opened {
    pub proposal: Proposal,
    pub reference: String,
    pub subject: String,
    /// In which the holder reads times.
    pub time_zone: String,
    /// It can still be answered.
    pub open: bool,
}

/// Opens a link from a mail: who acts, and on what.
async fn holder(portal: &Portal, token: &str) -> Result<(Actor, Proposal), AppError> {
    let link = Link::read(token, Purpose::AnswerProposal, &portal.key, portal.clock.now()).map_err(|bad| match bad {
        BadLink::Forged => AppError::NotFound,
        BadLink::Expired => AppError::conflict(t(
            "This link is no longer good: the proposed time is over. Sign in and open the request to agree on another.",
        )),
    })?;
    let proposal = store::find(portal.db.on(), ProposalId(link.subject))
        .await?
        .ok_or(AppError::NotFound)?;
    let user = accounts::people::find_active(portal.db.on(), link.person)
        .await?
        .ok_or(AppError::NotFound)?;
    Ok((accounts::service::actor(portal.db.on(), user).await?, proposal))
}

/// What the link of a mail is about.
pub async fn open_link(portal: &Portal, token: &str) -> Result<Opened, AppError> {
    let (actor, proposal) = holder(portal, token).await?;
    let request = crate::requests::service::get(portal.db.on(), proposal.request).await?;
    let _permit = authorize(&actor, Action::ViewRequest, request.subject_of_access())?;
    Ok(Opened {
        open: proposal.state == State::Open && may_answer(&actor, &request, &proposal),
        proposal,
        reference: request.reference(),
        subject: request.subject,
        time_zone: actor.user.time_zone,
    })
}

/// Answers through the link of a mail.
pub async fn answer_link_with(portal: &Portal, token: &str, given: Answer) -> Result<(), AppError> {
    let (actor, proposal) = holder(portal, token).await?;
    answer(portal, &actor, proposal.request, proposal.id, given).await
}

/// Proposes another time through the link of a mail, as long as its proposal is open.
pub async fn counter_link(portal: &Portal, token: &str, from: &str, until: &str) -> Result<(), AppError> {
    let (actor, proposal) = holder(portal, token).await?;
    propose_over(portal, &actor, proposal.request, Some(proposal.id), from, until).await
}
