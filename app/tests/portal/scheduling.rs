//! Agreeing on a time: proposals, links from mails, calendar invitations, reminders, the helpdesk's hours.

use crate::{
    harness::{NOW, Test},
    on_both_engines,
    stage::{self, Stage},
};
use deskside::{
    directories::{self, hours, model::LOCAL},
    error::AppError,
    proposals::{
        model::{Proposal, ProposalId},
        service::{self, Answer},
    },
    requests::{
        manage,
        model::{ChangedField, Happened},
        reading, service as requests,
    },
    server::{db::sql, mail},
};
use deskside_protocol::ids::RequestId;
use ical::{IcalParser, property::Property};
use std::time::Duration;

const HOUR: i64 = 3_600_000;
const TIME: [&str; 2] = ["2026-11-24T09:00", "2026-11-24T10:00"];
const LATER: [&str; 2] = ["2026-11-25T14:00", "2026-11-25T15:00"];

async fn open(test: &Test, id: RequestId) -> Option<Proposal> {
    service::find_open(test.portal.db.on(), id).await.expect("no error")
}

/// A claimed request for which Oscar has proposed [`TIME`].
async fn proposed(test: &Test, stage: &Stage) -> (RequestId, ProposalId) {
    let id = stage.claimed(test).await;
    service::propose(&test.portal, &stage.oscar, id, TIME[0], TIME[1])
        .await
        .expect("proposed");
    (id, open(test, id).await.expect("a proposal").id)
}

#[derive(sqlx::FromRow)]
struct Sent {
    recipient_email: String,
    /// `request.number.person@host`; the number counts the changes.
    message_id: String,
    text_body: String,
    calendar: Option<String>,
    calendar_method: Option<String>,
}

/// The mails of the latest change.
async fn latest(test: &Test, count: usize) -> Vec<Sent> {
    let mut all: Vec<Sent> =
        sql("SELECT recipient_email, message_id, text_body, calendar, calendar_method FROM outbox")
            .fetch_all(test.portal.db.on())
            .await
            .expect("the outbox");
    all.sort_by_key(|mail| {
        mail.message_id
            .split('.')
            .nth(1)
            .and_then(|number| number.parse::<i64>().ok())
    });
    all.split_off(all.len() - count)
}

/// The address of the owner's mail about a proposal, without its origin.
async fn link(test: &Test) -> String {
    let mails = latest(test, 2).await;
    let mail = mails
        .iter()
        .find(|mail| mail.recipient_email.starts_with("emma"))
        .expect("a mail to Emma");
    let line = mail
        .text_body
        .lines()
        .find(|line| line.starts_with("Propose another time"))
        .expect("a link");
    let address = line.rsplit_once(": ").expect("an address").1;
    address
        .strip_prefix("http://portal.test")
        .expect("our address")
        .to_owned()
}

/// The properties of the one event in a calendar object, read by another library than the one that wrote it.
fn event(text: &str) -> (Vec<Property>, Vec<Property>) {
    let mut calendars = IcalParser::new(text.as_bytes());
    let calendar = calendars.next().expect("an object").expect("a readable object");
    assert!(calendars.next().is_none());
    let [event] = &calendar.events[..] else {
        panic!("one event")
    };
    (calendar.properties.clone(), event.properties.clone())
}

fn value<'p>(properties: &'p [Property], name: &str) -> &'p str {
    let found = properties.iter().find(|property| property.name == name);
    found.and_then(|property| property.value.as_deref()).unwrap_or_default()
}

on_both_engines! {
    async fn a_proposed_time_that_the_owner_accepts_is_scheduled(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, proposal) = proposed(&test, &stage).await;
        let detail = stage.see(&test, &stage.emma, id).await;
        assert_eq!(detail.row.scheduled, None);
        assert_eq!(detail.timeline.last().map(|entry| entry.changes[0].field), Some(ChangedField::ProposedTime));
        service::answer(&test.portal, &stage.emma, id, proposal, Answer::Accept).await.expect("accepted");
        let detail = stage.see(&test, &stage.emma, id).await;
        assert_eq!(detail.row.scheduled.map(|window| window.starts_at), Some(NOW + 25 * HOUR));
        assert_eq!(open(&test, id).await, None);
    }

    async fn only_the_other_side_answers(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, proposal) = proposed(&test, &stage).await;
        let own = service::answer(&test.portal, &stage.oscar, id, proposal, Answer::Accept).await;
        assert_eq!(own.expect_err("denied"), AppError::Denied);
        service::propose(&test.portal, &stage.emma, id, LATER[0], LATER[1]).await.expect("countered");
        let counter = open(&test, id).await.expect("a proposal");
        assert!(counter.by_owner);
        let own = service::answer(&test.portal, &stage.emma, id, counter.id, Answer::Accept).await;
        assert_eq!(own.expect_err("denied"), AppError::Denied);
        let stranger = test.person("eve", deskside::accounts::model::StartingRole::Employee).await;
        let absent = service::answer(&test.portal, &stranger, id, counter.id, Answer::Accept).await;
        assert_eq!(absent.expect_err("absent"), AppError::NotFound);
        service::answer(&test.portal, &stage.oscar, id, counter.id, Answer::Accept).await.expect("accepted");
        let row = stage.see(&test, &stage.emma, id).await.row;
        assert_eq!(row.scheduled.map(|window| window.starts_at), Some(NOW + (2 * 24 + 6) * HOUR));
    }

    async fn an_answer_counts_for_the_proposal_that_was_shown_and_once(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, first) = proposed(&test, &stage).await;
        service::propose(&test.portal, &stage.oscar, id, LATER[0], LATER[1]).await.expect("proposed");
        let late = service::answer(&test.portal, &stage.emma, id, first, Answer::Accept).await;
        assert!(matches!(late, Err(AppError::Conflict { .. })));
        let second = open(&test, id).await.expect("a proposal").id;
        let (one, two) = tokio::join!(
            service::answer(&test.portal, &stage.emma, id, second, Answer::Accept),
            service::answer(&test.portal, &stage.emma, id, second, Answer::Decline),
        );
        assert_ne!(one.is_ok(), two.is_ok());
    }

    async fn a_time_set_by_hand_takes_the_question_back(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, proposal) = proposed(&test, &stage).await;
        let form = manage::open(&test.portal, &stage.oscar, id).await.expect("the form").form;
        let form = manage::ManageForm { scheduled_from: LATER[0].into(), scheduled_until: LATER[1].into(), ..form };
        manage::save(&test.portal, &stage.oscar, id, &form).await.expect("saved");
        let late = service::answer(&test.portal, &stage.emma, id, proposal, Answer::Accept).await;
        assert!(matches!(late, Err(AppError::Conflict { .. })));
    }

    async fn a_question_about_a_time_ends_with_its_request(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, _) = proposed(&test, &stage).await;
        let link = link(&test).await;
        let version = stage.see(&test, &stage.emma, id).await.row.version;
        requests::cancel(&test.portal, &stage.emma, id, version).await.expect("cancelled");
        assert_eq!(open(&test, id).await, None);
        requests::reopen(&test.portal, &stage.emma, id, version + 1).await.expect("open again");
        let late = test.browser().post(&link, &[("answer", "accept")]).await;
        assert_eq!(late.status, 409);
        assert_eq!(stage.see(&test, &stage.emma, id).await.row.scheduled, None);
    }

    async fn a_time_that_passed_cannot_be_proposed_or_accepted(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, proposal) = proposed(&test, &stage).await;
        let past = service::propose(&test.portal, &stage.oscar, id, "2026-11-20T09:00", "2026-11-20T10:00").await;
        assert_eq!(past.expect_err("refused").fields()[0].field, "proposed_until");
        test.advance(Duration::from_secs(26 * 3600));
        let late = service::answer(&test.portal, &stage.emma, id, proposal, Answer::Accept).await;
        assert!(matches!(late, Err(AppError::Conflict { .. })));
    }

    async fn the_link_of_the_mail_answers_without_signing_in_and_once(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, _) = proposed(&test, &stage).await;
        let link = link(&test).await;
        let mut phone = test.browser();
        let page = phone.get(&link).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("Oscar proposes a time") && page.body.contains("Tomorrow, 09:00"), "{}", page.body);
        assert_eq!(stage.see(&test, &stage.emma, id).await.row.scheduled, None, "looking changes nothing");
        let accepted = phone.post(&link, &[("answer", "accept")]).await;
        assert_eq!((accepted.status, accepted.location()), (303, link.as_str()), "{}", accepted.body);
        assert!(stage.see(&test, &stage.emma, id).await.row.scheduled.is_some());
        assert!(phone.get(&link).await.body.contains("This time is agreed on."));
        let again = phone.post(&link, &[("answer", "decline")]).await;
        assert_eq!(again.status, 409);
        let last = stage.see(&test, &stage.emma, id).await.timeline.pop().expect("an entry");
        assert_eq!((last.what, last.by.map(|by| by.name).as_deref()), (Happened::TimeAccepted, Some("Emma")));
    }

    async fn through_the_link_another_time_is_proposed_in_the_owners_zone(test: Test) {
        let stage = Stage::set(&test).await;
        deskside::accounts::service::set_time_zone(&test.portal, &stage.emma, "Asia/Tokyo").await.expect("set");
        let (id, _) = proposed(&test, &stage).await;
        let link = link(&test).await;
        let mut phone = test.browser();
        let fields = [("answer", "counter"), ("proposed_from", "2026-11-25T09:00"), ("proposed_until", "x")];
        let refused = phone.post(&link, &fields).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains("2026-11-25T09:00") && refused.body.contains("Write date and time"));
        let fields = [("answer", "counter"), ("proposed_from", "2026-11-25T09:00"), ("proposed_until", "2026-11-25T10:00")];
        assert_eq!(phone.post(&link, &fields).await.status, 303);
        let counter = open(&test, id).await.expect("a proposal");
        assert!(counter.by_owner);
        assert_eq!(counter.window.starts_at, NOW + 40 * HOUR);
    }

    async fn a_link_is_good_until_its_time_is_over_and_a_forged_one_leads_nowhere(test: Test) {
        let stage = Stage::set(&test).await;
        proposed(&test, &stage).await;
        let link = link(&test).await;
        let forged = format!("{link}x");
        assert_eq!(test.browser().get(&forged).await.status, 404);
        assert_eq!(test.browser().post(&forged, &[("answer", "accept")]).await.status, 404);
        test.advance(Duration::from_secs(26 * 3600));
        let late = test.browser().get(&link).await;
        assert_eq!(late.status, 409);
        assert!(late.body.contains("the proposed time is over"), "{}", late.body);
    }

    async fn the_link_of_somebody_who_was_disabled_leads_nowhere(test: Test) {
        let stage = Stage::set(&test).await;
        proposed(&test, &stage).await;
        let link = link(&test).await;
        deskside::accounts::people::set_active(&test.portal, &stage.ada, stage.emma.id(), false).await.expect("disabled");
        assert_eq!(test.browser().get(&link).await.status, 404);
    }

    async fn a_scheduled_time_comes_with_an_invitation_that_another_program_reads(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, proposal) = proposed(&test, &stage).await;
        service::answer(&test.portal, &stage.emma, id, proposal, Answer::Accept).await.expect("accepted");
        for mail in latest(&test, 2).await {
            assert_eq!(mail.calendar_method.as_deref(), Some("REQUEST"));
            let text = mail.calendar.expect("a calendar");
            assert!(text.lines().all(|line| line.len() <= 75), "{text}");
            let (calendar, event) = event(&text);
            assert_eq!(value(&calendar, "METHOD"), "REQUEST");
            assert_eq!(value(&event, "UID"), format!("{id}@portal.test"));
            assert_eq!((value(&event, "SEQUENCE"), value(&event, "STATUS")), ("1", "CONFIRMED"));
            assert_eq!((value(&event, "DTSTART"), value(&event, "DTEND")), ("20261124T090000Z", "20261124T100000Z"));
            assert_eq!(value(&event, "ORGANIZER"), "mailto:help@portal.test");
            let guests: Vec<_> = event.iter().filter(|property| property.name == "ATTENDEE").collect();
            assert_eq!(guests.len(), 2);
        }
    }

    async fn a_moved_time_is_a_later_version_and_a_finished_request_takes_it_out(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, proposal) = proposed(&test, &stage).await;
        service::answer(&test.portal, &stage.emma, id, proposal, Answer::Accept).await.expect("accepted");
        let form = manage::open(&test.portal, &stage.oscar, id).await.expect("the form").form;
        let form = manage::ManageForm { scheduled_from: LATER[0].into(), scheduled_until: LATER[1].into(), ..form };
        manage::save(&test.portal, &stage.oscar, id, &form).await.expect("saved");
        let moved = latest(&test, 2).await.remove(0).calendar.expect("a calendar");
        let (_, moved) = event(&moved);
        assert_eq!((value(&moved, "SEQUENCE"), value(&moved, "DTSTART")), ("2", "20261125T140000Z"));
        let version = stage.see(&test, &stage.emma, id).await.row.version;
        requests::cancel(&test.portal, &stage.emma, id, version).await.expect("cancelled");
        for mail in latest(&test, 2).await {
            assert_eq!(mail.calendar_method.as_deref(), Some("CANCEL"));
            let (calendar, event) = event(&mail.calendar.expect("a calendar"));
            assert_eq!(value(&calendar, "METHOD"), "CANCEL");
            assert_eq!((value(&event, "SEQUENCE"), value(&event, "STATUS")), ("3", "CANCELLED"));
            assert_eq!(value(&event, "UID"), format!("{id}@portal.test"));
        }
    }

    async fn whoever_no_longer_assists_has_the_time_taken_out_of_their_calendar(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, proposal) = proposed(&test, &stage).await;
        service::answer(&test.portal, &stage.emma, id, proposal, Answer::Accept).await.expect("accepted");
        let form = manage::open(&test.portal, &stage.ada, id).await.expect("the form").form;
        let form = manage::ManageForm { assistant: stage.ada.id().to_string(), ..form };
        manage::save(&test.portal, &stage.ada, id, &form).await.expect("saved");
        let mut methods: Vec<_> = latest(&test, 3)
            .await
            .into_iter()
            .map(|mail| (mail.recipient_email, mail.calendar_method.unwrap_or_default()))
            .collect();
        methods.sort();
        let expected = [("ada@example.org", "REQUEST"), ("emma@example.org", "REQUEST"), ("oscar@example.org", "CANCEL")];
        assert_eq!(methods, expected.map(|(to, method)| (to.to_owned(), method.to_owned())));
    }

    async fn an_invitation_goes_out_as_an_alternative_and_as_a_file(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, proposal) = proposed(&test, &stage).await;
        service::answer(&test.portal, &stage.emma, id, proposal, Answer::Accept).await.expect("accepted");
        mail::send_due(&test.portal).await.expect("sent");
        let sent = test.portal.mail.sent();
        let inviting = sent.iter().filter(|mail| mail.contains("text/calendar; charset=utf-8; method=REQUEST"));
        assert_eq!(inviting.filter(|mail| mail.contains("invite.ics")).count(), 2, "{sent:?}");
    }

    async fn people_are_reminded_once_a_quarter_of_an_hour_before(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, proposal) = proposed(&test, &stage).await;
        service::answer(&test.portal, &stage.emma, id, proposal, Answer::Accept).await.expect("accepted");
        let before = stage::mails(&test).await.len();
        test.advance(Duration::from_millis(25 * 3_600_000 - 15 * 60_000 - 1));
        assert_eq!(requests::remind(&test.portal).await.expect("no error"), 0);
        test.advance(Duration::from_millis(1));
        assert_eq!(requests::remind(&test.portal).await.expect("no error"), 1);
        assert_eq!(requests::remind(&test.portal).await.expect("no error"), 0);
        let mails = latest(&test, 2).await;
        assert_eq!(stage::mails(&test).await.len(), before + 2);
        assert!(mails.iter().all(|mail| mail.text_body.starts_with("The scheduled time begins in 15 minutes.")));
        assert!(mails.iter().all(|mail| mail.calendar.is_none()));
    }

    async fn the_request_page_shows_the_proposal_to_whoever_can_answer(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, _) = proposed(&test, &stage).await;
        let page = format!("/requests/{id}");
        let emma = test.signed_in("emma").await.get(&page).await;
        assert!(emma.body.contains("Oscar proposes a time") && emma.body.contains("value=\"accept\""), "{}", emma.body);
        let oscar = test.signed_in("oscar").await.get(&page).await;
        assert!(oscar.body.contains("Not answered yet.") && !oscar.body.contains("value=\"accept\""));
        let found = reading::proposal(&test.portal, &stage.emma, id).await.expect("no error");
        assert!(found.is_some_and(|(_, may)| may));
    }

    async fn outside_its_hours_the_form_says_when_the_helpdesk_is_there(test: Test) {
        let stage = Stage::set(&test).await;
        let mut emma = test.signed_in("emma").await;
        assert!(!emma.get("/requests/new").await.body.contains("Nobody is at the helpdesk now."));
        let mut ada = test.signed_in("ada").await;
        let page = format!("/directories/{LOCAL}/hours");
        let refused = ada.post(&page, &[("opens-1", "09:00"), ("closes-1", "08:00")]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains("The end must be after the beginning."));
        let fields = [("opens-1", "09:00"), ("closes-1", "17:00"), ("holidays", "2026-12-25 Christmas")];
        assert_eq!(ada.post(&page, &fields).await.status, 303);
        // It is Monday, 8 o'clock in UTC.
        let closed = emma.get("/requests/new").await;
        assert!(closed.body.contains("Nobody is at the helpdesk now.") && closed.body.contains("Today, 09:00"));
        test.advance(Duration::from_secs(3600));
        assert!(!emma.get("/requests/new").await.body.contains("Nobody is at the helpdesk now."));
        let set = directories::service::hours(test.portal.db.on(), LOCAL).await.expect("hours");
        assert_eq!(set.week[0], Some(hours::Span { opens_at: 540, closes_at: 1020 }));
        let denied = directories::service::set_hours(&test.portal, &stage.oscar, LOCAL, &set).await;
        assert_eq!(denied.expect_err("absent"), AppError::NotFound);
    }
}
