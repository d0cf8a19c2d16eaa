//! The mails about requests: who gets one after which event, and what it says.
//!
//! Invariant: every event has a mail or a reason why it has none ([`rule`]); the recipients are the owner and the
//! assistant, each once, in the way that each of them chose (`notices::model`).

use super::{
    calendar::{Attendee, Entry, Method},
    model::{Change, ChangedField, Happened, Priority, Status, Value, Window},
    rating::{self, MOST_STARS},
    record::RequestRecord,
};
use crate::{
    accounts::model::UserSummary,
    error::AppError,
    notices::model::{Meeting, Part, Way, Wishes, way},
    preconsents,
    server::{
        mail::{CalendarPart, Mail, reply_address},
        portal::Portal,
        reference::internal,
    },
    tf,
    words::{self, dates, t, tc},
};
use deskside_protocol::{
    UnixMillis,
    ids::{RequestId, UserId},
    session::EndReason,
};
use ed25519_dalek::SigningKey;
use jiff::{Timestamp, Zoned, tz::TimeZone};
use minijinja::{AutoEscape, Environment, context};
use std::sync::LazyLock;

/// Longest value of a change in a mail, characters; the request's page has all of it.
const VALUE_CHARS: usize = 300;
const TEXT: &str = "event.txt";
const HTML: &str = "event.html";

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_auto_escape_callback(|name| match name.ends_with(".html") {
        true => AutoEscape::Html,
        false => AutoEscape::None,
    });
    templates.add_function("t", |english: &str| words::said(english));
    templates.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    templates
        .add_template(TEXT, include_str!("mails/event.txt"))
        .expect("the embedded text template parses");
    templates
        .add_template(HTML, include_str!("mails/event.html"))
        .expect("the embedded HTML template parses");
    templates
});

/// Whether an event is mailed, and to whom.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rule {
    /// To the owner and to the assistant.
    Mail,
    /// To the assistant, unless it was they who did it.
    MailAssistant,
    /// No mail, for this reason.
    Silent(&'static str),
}

/// The rule for every event.
pub fn rule(happened: Happened) -> Rule {
    match happened {
        Happened::Filed
        | Happened::FiledForOwner
        | Happened::Managed
        | Happened::TimeProposed
        | Happened::TimeAccepted
        | Happened::TimeDeclined
        | Happened::Reminded
        | Happened::Reopened
        | Happened::Edited
        | Happened::Cancelled
        | Happened::Claimed
        | Happened::Released
        | Happened::Launched
        | Happened::Accepted
        | Happened::AcceptedInAdvance
        | Happened::AllowanceTakenBack
        | Happened::AllowanceLapsed
        | Happened::Declined
        | Happened::NoAnswer
        | Happened::DeviceAway
        | Happened::Withdrawn
        | Happened::Closed
        | Happened::MessagePosted => Rule::Mail,
        Happened::Rated | Happened::NotePosted => Rule::MailAssistant,
        Happened::SessionEnded(EndReason::RequestClosed) => {
            Rule::Silent("the request was closed or cancelled in the same moment, and that is mailed")
        }
        Happened::SessionEnded(_) => Rule::Mail,
        Happened::Asked => Rule::Silent("the launch was mailed, and the question is on the device's screen now"),
        Happened::Interrupted => Rule::Silent("it goes on or ends within a minute, and the end is mailed"),
        Happened::Resumed => Rule::Silent("the interruption was not mailed either"),
        Happened::ChatPosted => Rule::Silent("both are in the session and see it"),
        Happened::FileToDevice | Happened::FileToAssistant | Happened::FileNotSent | Happened::FileUnconfirmed => {
            Rule::Silent("both were in the session and saw it")
        }
    }
}

/// What there is to tell.
#[derive(Clone, Debug)]
pub struct News<'a> {
    pub before: &'a RequestRecord,
    pub after: &'a RequestRecord,
    pub happened: Happened,
    /// The person who did it.
    pub by: Option<&'a UserSummary>,
    pub changes: &'a [Change],
    /// People who get no mail: those who may not see the request any longer, and whoever mailed this themselves.
    pub shut_out: &'a [UserId],
    /// What people chose; who is absent chose nothing.
    pub wishes: &'a [(UserId, Wishes)],
    /// What somebody wrote.
    pub text: Option<&'a str>,
    /// Where the owner can answer without signing in.
    pub offer: Option<String>,
    /// Where the owner can say, without signing in, how content they are, when this closed the request.
    pub closing: Option<String>,
    pub now: UnixMillis,
}

/// Where the portal is reached, for links and Message-IDs.
#[derive(Clone, Copy, Debug)]
pub struct Home<'a> {
    /// Such as `https://help.example.org`.
    pub origin: &'a str,
    /// Such as `help.example.org`.
    pub host: &'a str,
    /// Address from which mails come, without a name.
    pub sender: &'a str,
    /// Address of the mailbox that takes answers, and the key that signs them.
    pub inbox: Option<(&'a str, &'a SigningKey)>,
}

impl<'a> From<&'a Portal> for Home<'a> {
    fn from(portal: &'a Portal) -> Self {
        let config = &portal.config;
        Self {
            origin: config.origin(),
            host: config.host(),
            sender: config.mail_address(),
            inbox: config
                .mail
                .inbox
                .as_ref()
                .map(|inbox| (inbox.address.as_str(), &*portal.key)),
        }
    }
}

/// The Message-ID of the mail to `person` about the event `seq`, without angle brackets.
pub fn message_id(request: RequestId, seq: i64, person: UserId, host: &str) -> String {
    format!("{request}.{seq}.{person}@{host}")
}

/// Plain text as a page of HTML.
pub fn as_html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<!doctype html><meta charset=\"utf-8\"><p style=\"white-space:pre-wrap\">{escaped}</p>")
}

/// Where `person` can answer by mail. A note is answered on the page: a mail would be read by the owner as well.
fn reply_to(news: &News<'_>, person: &UserSummary, home: Home<'_>) -> Option<String> {
    let (inbox, key) = home.inbox?;
    let wanted = rule(news.happened) == Rule::Mail && news.after.status.is_open();
    reply_address::make(inbox, news.after.id.0, person.id, key).filter(|_| wanted)
}

/// A person whom the news concern.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Hearer<'a> {
    pub person: &'a UserSummary,
    pub wishes: Wishes,
    pub meeting: Meeting,
}

/// The mails about `news` that go out at once, one for each person whom it concerns and who wants it so.
pub fn about(news: &News<'_>, home: Home<'_>) -> Result<Vec<Mail>, AppError> {
    hearers(news)
        .into_iter()
        .filter(|hearer| way(hearer.wishes.mail, hearer.meeting) == Way::AtOnce)
        .map(|hearer| words::speak(hearer.person.language, || write(news, hearer.person, home)))
        .collect()
}

/// Whom the news concern, each once.
pub fn hearers<'a>(news: &News<'a>) -> Vec<Hearer<'a>> {
    let mut people = match rule(news.happened) {
        Rule::Mail => concerned(news),
        Rule::MailAssistant => {
            // Not to the owner either, who may be their own assistant: notes are not for them.
            let others = [news.by.map(|person| person.id), Some(news.after.owner.id)];
            let assistant = news.after.assistant.iter();
            assistant.filter(|person| !others.contains(&Some(person.id))).collect()
        }
        Rule::Silent(_) => Vec::new(),
    };
    // Whoever may no longer see the request is told nothing more of it.
    people.retain(|person| !news.shut_out.contains(&person.id));
    let hearer = |person: &'a UserSummary| Hearer {
        person,
        wishes: news
            .wishes
            .iter()
            .find(|(id, _)| *id == person.id)
            .map(|(_, wishes)| *wishes)
            .unwrap_or_default(),
        meeting: Meeting {
            happened: news.happened,
            part: part(news, person),
            own: news.by.is_some_and(|by| by.id == person.id),
            calendar: invitation(news, person).is_some(),
            closing: news.before.status.is_open() && news.after.status == Status::Closed,
        },
    };
    people.into_iter().map(hearer).collect()
}

/// What `person` is to the request while this happens. Who owns it and assists with it is its owner.
fn part(news: &News<'_>, person: &UserSummary) -> Part {
    let assists = |request: &RequestRecord| request.assistant.as_ref().is_some_and(|known| known.id == person.id);
    match (assists(news.before), assists(news.after)) {
        _ if news.after.owner.id == person.id => Part::Owner,
        (false, true) => Part::NewAssistant,
        (true, false) => Part::FormerAssistant,
        _ => Part::Assistant,
    }
}

/// The owner and the assistant, the one before a change as well as the one after it.
fn concerned<'a>(news: &News<'a>) -> Vec<&'a UserSummary> {
    let mut people: Vec<&UserSummary> = vec![&news.after.owner];
    for assistant in [&news.before.assistant, &news.after.assistant].into_iter().flatten() {
        if !people.iter().any(|known| known.id == assistant.id) {
            people.push(assistant);
        }
    }
    people
}

/// One line of a table: what it is about, what it was, what it is.
#[derive(Clone, Debug)]
struct Line {
    label: &'static str,
    from: String,
    to: String,
}

impl From<Line> for minijinja::Value {
    fn from(line: Line) -> Self {
        context! { label => line.label, from => line.from, to => line.to }
    }
}

fn write(news: &News<'_>, person: &UserSummary, home: Home<'_>) -> Result<Mail, AppError> {
    let request = news.after;
    let zone = TimeZone::get(&person.time_zone).unwrap_or(TimeZone::UTC);
    let filed = matches!(news.happened, Happened::Filed | Happened::FiledForOwner);
    let owner = person.id == request.owner.id;
    let reply_to = reply_to(news, person, home);
    let values = context! {
        reference => request.reference(),
        subject => &request.subject,
        headline => news.happened.sentence(news.by.map(|person| person.name.as_str())),
        // A new request is told in full, later events by what they changed.
        description => if filed { request.description.as_str() } else { "" },
        facts => if filed { facts(request, &zone) } else { Vec::new() },
        // What is new has no before.
        changes => if filed { Vec::new() } else { news.changes.iter().map(|change| line(change, &zone)).collect() },
        text => news.text.unwrap_or_default(),
        advice => advice(news, owner),
        link => format!("{}/requests/{}", home.origin, request.id),
        zone => &person.time_zone,
        language => words::language().code(),
        owner => owner,
        answerable => reply_to.is_some(),
        choose => t("Choose which mails you get"),
        choose_link => format!("{}/account#notices", home.origin),
        offer => news.offer.as_deref().filter(|_| owner).unwrap_or_default(),
        closing => news.closing.as_deref().filter(|_| owner).map(closing),
    };
    let render = |template: &str| {
        let rendered = TEMPLATES
            .get_template(template)
            .and_then(|template| template.render(&values));
        rendered.map_err(|error| internal("writing a mail", &error))
    };
    let id = |seq: i64| message_id(request.id, seq, person.id, home.host);
    Ok(Mail {
        recipient: Some(person.id),
        name: person.name.clone(),
        email: person.email.clone(),
        subject: format!("[{}] {}", request.reference(), request.subject),
        text: render(TEXT)?,
        html: render(HTML)?,
        message_id: id(request.last_seq),
        references: if request.last_seq > 1 { vec![id(1)] } else { Vec::new() },
        calendar: calendar(news, person, home),
        reply_to,
    })
}

/// What goes into, or out of, the calendar of `person`, and of which state of the request.
fn invitation<'a>(news: &News<'a>, person: &UserSummary) -> Option<(Method, Window, &'a RequestRecord)> {
    let entry_of = |request: &RequestRecord| {
        let assistant = request.assistant.as_ref();
        let takes_part = request.owner.id == person.id || assistant.is_some_and(|assistant| assistant.id == person.id);
        request.calendar_time().filter(|_| takes_part)
    };
    match (entry_of(news.before), entry_of(news.after)) {
        (_, Some(window)) if news.after.calendar_sequence != news.before.calendar_sequence => {
            Some((Method::Request, window, news.after))
        }
        (Some(window), None) => Some((Method::Cancel, window, news.before)),
        _ => None,
    }
}

/// What goes into, or out of, the calendar of `person` with this mail.
fn calendar(news: &News<'_>, person: &UserSummary, home: Home<'_>) -> Option<CalendarPart> {
    let (method, window, request) = invitation(news, person)?;
    let attendees = std::iter::once(&request.owner).chain(request.assistant.as_ref());
    let entry = Entry {
        request: request.id,
        host: home.host,
        sequence: news.after.calendar_sequence,
        window,
        summary: format!("[{}] {}", request.reference(), request.subject),
        link: format!("{}/requests/{}", home.origin, request.id),
        organizer: home.sender,
        attendees: attendees
            .map(|user| Attendee {
                name: &user.name,
                email: &user.email,
            })
            .collect(),
        made_at: news.now,
    };
    Some(CalendarPart {
        method: method.code().to_owned(),
        text: entry.text(method),
    })
}

/// The links with which an owner says how content they are, and the one to open the request again.
fn closing(page: &str) -> minijinja::Value {
    let stars = (1..=MOST_STARS).rev().map(|stars| {
        context! {
            drawn => rating::drawn(stars),
            words => rating::words(stars),
            link => format!("{page}?stars={stars}"),
        }
    });
    context! {
        question => t("How content are you with this help?"),
        stars => stars.collect::<Vec<_>>(),
        reopen => t("Not solved? Open the request again"),
        reopen_link => format!("{page}?reopen"),
    }
}

/// What the reader can do now, where there is something.
fn advice(news: &News<'_>, owner: bool) -> &'static str {
    let in_advance = preconsents::service::allowed_now(news.after, news.now).is_some();
    match (news.happened, owner) {
        (Happened::Launched, true) if in_advance => t(
            "You allowed this time in advance, so your device does not ask if it has shown you that; else answer there \
             or on the request's page. You see the connection on your device and can stop it at any time.",
        ),
        (Happened::Launched, true) => t(
            "Answer on your device or on the request's page. You are asked as soon as your device is online, within 15 minutes; the question stays open for 30 seconds. Without your yes nobody is connected.",
        ),
        (Happened::Declined | Happened::NoAnswer | Happened::DeviceAway, false) => {
            t("Nobody was connected. Launch the request again when its owner is ready.")
        }
        (Happened::SessionEnded(EndReason::Lost | EndReason::Failed), false) => {
            t("Launch the request again to go on; its owner will be asked again.")
        }
        _ => "",
    }
}

fn facts(request: &RequestRecord, zone: &TimeZone) -> Vec<Line> {
    let mut facts = vec![(tc("field", "Available"), availability(&request.windows, zone))];
    if !request.allowed.is_empty() {
        facts.push((
            ChangedField::AllowedInAdvance.label(),
            availability(&request.allowed, zone),
        ));
    }
    if let Some(device) = &request.device {
        facts.push((t("Device"), device.name.clone()));
    }
    facts.push((t("One-time request"), yes_no(request.one_time)));
    facts
        .into_iter()
        .map(|(label, to)| Line {
            label,
            from: String::new(),
            to,
        })
        .collect()
}

fn line(change: &Change, zone: &TimeZone) -> Line {
    let value = |value: &Value| match (change.field, value) {
        (ChangedField::Priority, Value::Text(recorded)) => Priority::label_of(recorded).to_owned(),
        _ => self::value(value, zone),
    };
    Line {
        label: change.field.label(),
        from: match change.field {
            ChangedField::ProposedTime => String::new(),
            _ => value(&change.from),
        },
        to: value(&change.to),
    }
}

fn value(value: &Value, zone: &TimeZone) -> String {
    match value {
        Value::Nothing => "–".to_owned(),
        Value::Text(text) if text.chars().count() > VALUE_CHARS => {
            text.chars().take(VALUE_CHARS).chain(['…']).collect()
        }
        Value::Text(text) => text.clone(),
        Value::Windows(windows) => availability(windows, zone),
        Value::Status(status) => status.label().to_owned(),
        Value::YesNo(yes) => yes_no(*yes),
        Value::File(facts) => facts.name.clone(),
    }
}

fn yes_no(yes: bool) -> String {
    if yes { t("yes").to_owned() } else { t("no").to_owned() }
}

fn availability(windows: &[Window], zone: &TimeZone) -> String {
    if windows.is_empty() {
        return t("any time").to_owned();
    }
    windows
        .iter()
        .map(|window| window_words(*window, zone))
        .collect::<Vec<_>>()
        .join("; ")
}

fn window_words(window: Window, zone: &TimeZone) -> String {
    let zoned = |at: UnixMillis| {
        let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
        at.to_zoned(zone.clone())
    };
    let moment = |at: &Zoned| tf!("{day}, {time}", day = dates::day_of_year(at), time = dates::time(at));
    let (from, until) = (zoned(window.starts_at), zoned(window.ends_at));
    match from.date() == until.date() {
        true => format!("{} – {}", moment(&from), dates::time(&until)),
        false => format!("{} – {}", moment(&from), moment(&until)),
    }
}

#[cfg(test)]
#[path = "mails_tests.rs"]
mod tests;
