//! The digest: one mail a day of everything that happened to a person's requests.
//!
//! Invariant: what it tells is taken out of the table in the transaction that writes it into the mail outbox. A portal
//! that is killed in between has done neither; of two portals at once the second finds nothing.

use super::{
    model::MailWish,
    store::{self, DigestEvent},
};
use crate::{
    accounts::{self, model::UserSummary},
    error::AppError,
    requests::{self, record::RequestRecord},
    roles::model::Right,
    server::{
        db::Tx,
        mail::{self, Mail},
        portal::Portal,
        reference::internal,
    },
    tf, tn,
    words::{self, dates, t},
};
use deskside_protocol::{
    UnixMillis,
    ids::{RequestId, UserId},
};
use jiff::{Timestamp, ToSpan, civil::Time, tz::TimeZone};
use minijinja::{AutoEscape, Environment, context};
use std::{collections::HashMap, sync::LazyLock};

/// People whose digests one round writes.
const ROUND: i64 = 100;
/// Requests that one digest names; the others are counted.
pub const REQUESTS: usize = 100;
/// Events of one request that a digest tells, the latest ones.
pub const EVENTS: usize = 20;
const TEXT: &str = "digest.txt";
const HTML: &str = "digest.html";

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_auto_escape_callback(|name| match name.ends_with(".html") {
        true => AutoEscape::Html,
        false => AutoEscape::None,
    });
    templates.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    templates
        .add_template(TEXT, include_str!("mails/digest.txt"))
        .expect("the embedded text template parses");
    templates
        .add_template(HTML, include_str!("mails/digest.html"))
        .expect("the embedded HTML template parses");
    templates
});

/// The first moment after `now` at which a clock in `time_zone` shows `minutes` since midnight. Where the clock is put
/// forward over that time, it is as long after midnight as on other days; where it shows it twice, it is the first time.
pub fn next(now: UnixMillis, minutes: i64, time_zone: &str) -> UnixMillis {
    let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
    let start = Timestamp::from_millisecond(now).unwrap_or(Timestamp::UNIX_EPOCH);
    let hour = i8::try_from(minutes / 60).unwrap_or(0);
    let minute = i8::try_from(minutes % 60).unwrap_or(0);
    let time = Time::new(hour, minute, 0, 0).unwrap_or(Time::midnight());
    let today = start.to_zoned(zone.clone()).date();
    (0..=2i64)
        .filter_map(|days| {
            let day = today.checked_add(days.days()).ok()?;
            let at = day.to_datetime(time).to_zoned(zone.clone()).ok()?;
            Some(at.timestamp().as_millisecond())
        })
        .find(|at| *at > now)
        .unwrap_or(now + 24 * 3600 * 1000)
}

/// Writes the digests that are due; says how many mails that were.
pub async fn write_due(portal: &Portal) -> Result<usize, AppError> {
    let now = portal.clock.now();
    let mut written = 0;
    for user in store::list_due(portal.db.on(), now, ROUND).await? {
        let mut tx = portal.db.begin().await?;
        match write(portal, &mut tx, user, now).await {
            Ok(mailed) => {
                tx.commit().await?;
                written += usize::from(mailed);
            }
            // The others get theirs all the same.
            Err(error) => tracing::error!(%user, %error, "a digest cannot be written"),
        }
    }
    Ok(written)
}

async fn write(portal: &Portal, tx: &mut Tx, user: UserId, now: UnixMillis) -> Result<bool, AppError> {
    let events = store::take_due(tx, user, now).await?;
    // An event that happened while they chose was kept after the others had been dropped.
    if store::find_wishes(tx.on(), user).await?.mail == MailWish::None {
        return Ok(false);
    }
    // Somebody who may no longer sign in is told nothing more.
    let Some(person) = accounts::people::find_active(tx.on(), user).await? else {
        return Ok(false);
    };
    let mut told: Vec<Told> = Vec::new();
    let mut places: HashMap<RequestId, Option<usize>> = HashMap::new();
    for event in events {
        let place = match places.get(&event.request) {
            Some(place) => *place,
            None => {
                let request = requests::service::get(tx.on(), event.request).await?;
                let place = may_hear(tx, &person, &request).await?.then_some(told.len());
                if place.is_some() {
                    told.push(Told {
                        request,
                        events: Vec::new(),
                    });
                }
                places.insert(event.request, place);
                place
            }
        };
        if let Some(told) = place.and_then(|place| told.get_mut(place)) {
            told.events.push(event);
        }
    }
    if told.is_empty() {
        return Ok(false);
    }
    told.sort_by_key(|told| told.request.number);
    let (origin, host) = (portal.config.origin(), portal.config.host());
    let mail = words::speak(person.language, || compose(&person, &told, origin, host, now))?;
    mail::enqueue(tx, mail, now).await?;
    Ok(true)
}

/// Rights are looked at again: a day is long.
async fn may_hear(tx: &mut Tx, person: &UserSummary, request: &RequestRecord) -> Result<bool, AppError> {
    if request.owner.id == person.id {
        return Ok(true);
    }
    let without = accounts::people::without(tx.on(), &[person.id], Right::RequestsView, request.directory).await?;
    Ok(without.is_empty())
}

/// A request with what happened to it, oldest first.
#[derive(Clone, Debug)]
struct Told {
    request: RequestRecord,
    events: Vec<DigestEvent>,
}

fn compose(person: &UserSummary, told: &[Told], origin: &str, host: &str, now: UnixMillis) -> Result<Mail, AppError> {
    let zone = TimeZone::get(&person.time_zone).unwrap_or(TimeZone::UTC);
    let moment = |at: UnixMillis| {
        let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
        let at = at.to_zoned(zone.clone());
        tf!("{day}, {time}", day = dates::day(&at), time = dates::time(&at))
    };
    let event = |event: &DigestEvent| {
        context! { at => moment(event.at), sentence => event.happened.sentence(event.by.as_deref()) }
    };
    let request = |told: &Told| {
        let skipped = told.events.len().saturating_sub(EVENTS);
        context! {
            reference => told.request.reference(),
            subject => &told.request.subject,
            link => format!("{origin}/requests/{}", told.request.id),
            earlier => if skipped > 0 { tn!(skipped, "{n} earlier event", "{n} earlier events") } else { String::new() },
            events => told.events.iter().skip(skipped).map(event).collect::<Vec<_>>(),
        }
    };
    let headline = tn!(
        told.len(),
        "What happened to {n} request",
        "What happened to {n} requests"
    );
    let more = told.len().saturating_sub(REQUESTS);
    let choose = format!("{origin}/account#notices");
    let values = context! {
        headline => &headline,
        language => words::language().code(),
        requests => told.iter().take(REQUESTS).map(request).collect::<Vec<_>>(),
        more => if more > 0 { tn!(more, "And {n} request more.", "And {n} requests more.") } else { String::new() },
        because => tf!("You get this mail because you chose one a day. Times are in {zone}.", zone = person.time_zone),
        choose => t("Choose which mails you get"),
        choose_link => &choose,
    };
    let render = |template: &str| {
        let rendered = TEMPLATES
            .get_template(template)
            .and_then(|template| template.render(&values));
        rendered.map_err(|error| internal("writing a digest", &error))
    };
    Ok(Mail {
        recipient: Some(person.id),
        name: person.name.clone(),
        email: person.email.clone(),
        subject: headline.clone(),
        text: render(TEXT)?,
        html: render(HTML)?,
        message_id: format!("digest.{now}.{}@{host}", person.id),
        references: Vec::new(),
        calendar: None,
        reply_to: None,
    })
}

#[cfg(test)]
#[path = "digest_tests.rs"]
mod tests;
