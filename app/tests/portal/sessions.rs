//! The main job from launch to end, with everything that can come between.

use crate::{
    harness::Test,
    on_both_engines,
    stage::{self, Stage},
};
use deskside::{
    accounts::model::StartingRole,
    error::AppError,
    requests::{
        conversation,
        model::{Happened, Status},
        service,
    },
    server::budget::{MESSAGES_A_MINUTE, REPORTS_A_MINUTE},
    sessions::{
        self,
        model::SessionStatus,
        presence,
        reports::{self, Taken},
    },
};
use deskside_protocol::{
    command::Order,
    fingerprint::Fingerprint,
    ids::{MessageId, RequestId, SessionId},
    limits::RESUME_WITHIN,
    link::{PortalToRelay, RelayToPortal},
    report::Event,
    session::{ConsentAnswer, EndReason, MediaPath},
    ticket::Ticket,
};
use std::time::Duration;

const PRINT: Fingerprint = Fingerprint([1; 32]);

async fn state(test: &Test, stage: &Stage, session: SessionId) -> SessionStatus {
    sessions::service::state(&test.portal, &stage.oscar, session)
        .await
        .expect("a state")
        .session
        .status
}

async fn status(test: &Test, stage: &Stage, id: RequestId) -> Status {
    stage.see(test, &stage.oscar, id).await.row.status
}

async fn timeline(test: &Test, stage: &Stage, id: RequestId) -> Vec<Happened> {
    stage
        .see(test, &stage.oscar, id)
        .await
        .timeline
        .into_iter()
        .map(|entry| entry.what)
        .collect()
}

async fn seconds_pass(test: &Test, seconds: u64) {
    test.advance(Duration::from_secs(seconds));
    presence::expire(&test.portal).await.expect("time passes");
}

on_both_engines! {
    async fn the_main_job_from_filing_to_the_end(test: Test) {
        let stage = Stage::set(&test).await;
        stage.device.comes_online(&test).await;
        let id = stage.claimed(&test).await;
        stage::told(&mut test);

        let session = stage.launch(&test, id).await;
        assert_eq!(status(&test, &stage, id).await, Status::WaitingForConnection);
        let orders = stage::orders(&mut test, &stage.device);
        let [Order::AskConsent { session: asked, operator, subject, reference, answer_by, .. }] = &orders[..] else {
            panic!("{orders:?}")
        };
        assert_eq!((*asked, operator.as_str(), subject.as_str(), reference.as_str()), (session, "Oscar", "Printer", "R-1001"));
        assert_eq!(*answer_by, test.portal.clock.now() + 30_000);

        stage.device.reports(&test, Event::ConsentShown { session }).await;
        stage.device.answers(&test, session, ConsentAnswer::Accepted).await;
        assert_eq!(status(&test, &stage, id).await, Status::InProgress);

        stage.connect(&test, session).await;
        let seen = sessions::service::state(&test.portal, &stage.oscar, session).await.expect("a state");
        assert_eq!((seen.session.status, seen.session.path), (SessionStatus::Active, Some(MediaPath::Direct)));

        sessions::service::end(&test.portal, &stage.oscar, session).await.expect("ended");
        assert_eq!(status(&test, &stage, id).await, Status::Closed);
        let told = stage::told(&mut test);
        assert!(told.contains(&PortalToRelay::CloseSession { session }));
        let expected = [
            Happened::Filed,
            Happened::Claimed,
            Happened::Launched,
            Happened::Accepted,
            Happened::SessionEnded(EndReason::Operator),
        ];
        assert_eq!(timeline(&test, &stage, id).await, expected);
        // Filing goes to the owner alone, everything else to both.
        assert_eq!(stage::mails(&test).await.len(), 1 + 2 * 4);
    }

    async fn a_reusable_request_is_inactive_after_its_session_and_can_be_launched_again(test: Test) {
        let stage = Stage::set(&test).await;
        stage.device.comes_online(&test).await;
        let id = stage.claimed_reusable(&test).await;
        for _ in 0..2 {
            let session = stage.launch(&test, id).await;
            stage.device.answers(&test, session, ConsentAnswer::Accepted).await;
            stage.device.reports(&test, Event::Ended { session, reason: EndReason::Employee }).await;
            assert_eq!(status(&test, &stage, id).await, Status::Inactive);
        }
    }

    async fn a_declined_launch_leaves_the_request_with_its_assistant(test: Test) {
        let stage = Stage::set(&test).await;
        stage.device.comes_online(&test).await;
        let id = stage.claimed(&test).await;
        let session = stage.launch(&test, id).await;
        stage.device.answers(&test, session, ConsentAnswer::Declined).await;
        assert_eq!(status(&test, &stage, id).await, Status::Assigned);
        let seen = sessions::service::state(&test.portal, &stage.oscar, session).await.expect("a state").session;
        assert_eq!((seen.end_reason, seen.unanswered), (Some(EndReason::NoConsent), false));
        let ticket = sessions::service::grant_ticket(&test.portal, &stage.oscar, session, PRINT).await;
        assert!(matches!(ticket, Err(AppError::Conflict { .. })));
    }

    async fn silence_is_no(test: Test) {
        let stage = Stage::set(&test).await;
        stage.device.comes_online(&test).await;
        let id = stage.claimed(&test).await;
        let session = stage.launch(&test, id).await;
        seconds_pass(&test, 31).await;
        assert_eq!(state(&test, &stage, session).await, SessionStatus::Asking);
        stage::told(&mut test);
        seconds_pass(&test, 1).await;
        assert_eq!(status(&test, &stage, id).await, Status::Assigned);
        assert_eq!(timeline(&test, &stage, id).await.last(), Some(&Happened::NoAnswer));
        let end = Order::EndSession { session, reason: EndReason::NoConsent };
        assert_eq!(stage::orders(&mut test, &stage.device), [end]);
        let late = stage.device.report(&test, Event::Consent { session, answer: ConsentAnswer::Accepted });
        assert_eq!(reports::take(&test.portal, stage.device.id, &late).await.expect("no error"), Taken::NotNow);
    }

    async fn the_owner_answers_on_the_page_and_the_device_hears_of_it(test: Test) {
        let stage = Stage::set(&test).await;
        stage.device.comes_online(&test).await;
        let id = stage.claimed(&test).await;
        let session = stage.launch(&test, id).await;
        assert!(stage.see(&test, &stage.emma, id).await.may.consent);
        assert!(!stage.see(&test, &stage.oscar, id).await.may.consent);
        stage::told(&mut test);
        sessions::service::answer(&test.portal, &stage.emma, id, Some(session), true).await.expect("accepted");
        assert_eq!(stage::orders(&mut test, &stage.device), [Order::ConsentAnswered { session, accepted: true }]);
        let accepted = stage.see(&test, &stage.emma, id).await.timeline.pop().expect("an entry");
        assert_eq!((accepted.what, accepted.by.map(|by| by.name)), (Happened::Accepted, Some("Emma".to_owned())));
    }

    async fn an_answer_to_an_earlier_question_is_no_answer_to_the_next(test: Test) {
        let stage = Stage::set(&test).await;
        let ines = test.person("ines", StartingRole::Operator).await;
        stage.device.comes_online(&test).await;
        let id = stage.claimed(&test).await;
        let shown = stage.launch(&test, id).await;
        sessions::service::end(&test.portal, &stage.oscar, shown).await.expect("withdrawn");
        test.advance(Duration::from_millis(1));
        let version = || async { stage.see(&test, &stage.ada, id).await.row.version };
        service::release(&test.portal, &stage.oscar, id, version().await).await.expect("released");
        service::claim(&test.portal, &ines, id, version().await).await.expect("claimed");
        let asking = sessions::service::launch(&test.portal, &ines, id, version().await).await.expect("launched");
        for session in [Some(shown), None] {
            let refused = sessions::service::answer(&test.portal, &stage.emma, id, session, true).await;
            let words = refused.expect_err("refused").to_string();
            assert_eq!(words, "Somebody else is asking now: read who before you answer.");
            let refused = sessions::service::end_of_request(&test.portal, &stage.emma, id, session).await;
            assert!(matches!(refused, Err(AppError::Conflict { .. })), "{refused:?}");
        }
        assert_eq!(status(&test, &stage, id).await, Status::WaitingForConnection);
        sessions::service::answer(&test.portal, &stage.emma, id, Some(asking), true).await.expect("accepted");
        assert_eq!(status(&test, &stage, id).await, Status::InProgress);
    }

    async fn nobody_but_the_owner_can_answer(test: Test) {
        let stage = Stage::set(&test).await;
        stage.device.comes_online(&test).await;
        let id = stage.claimed(&test).await;
        let session = stage.launch(&test, id).await;
        for other in [&stage.oscar, &stage.ada] {
            let refused = sessions::service::answer(&test.portal, other, id, Some(session), true).await;
            assert_eq!(refused.expect_err("refused"), AppError::Denied);
        }
        assert_eq!(status(&test, &stage, id).await, Status::WaitingForConnection);
    }

    async fn a_device_that_comes_online_within_15_minutes_is_asked_then(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let session = stage.launch(&test, id).await;
        assert!(stage::orders(&mut test, &stage.device).is_empty());
        assert!(!stage.see(&test, &stage.emma, id).await.may.consent);
        seconds_pass(&test, 14 * 60).await;
        stage.device.comes_online(&test).await;
        let orders = stage::orders(&mut test, &stage.device);
        assert!(matches!(&orders[..], [Order::AskConsent { .. }]), "{orders:?}");
        seconds_pass(&test, 20).await;
        stage.device.answers(&test, session, ConsentAnswer::Accepted).await;
        assert_eq!(status(&test, &stage, id).await, Status::InProgress);
    }

    async fn a_device_that_stays_away_ends_the_launch_after_15_minutes(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        stage.launch(&test, id).await;
        seconds_pass(&test, 15 * 60).await;
        assert_eq!(timeline(&test, &stage, id).await.last(), Some(&Happened::DeviceAway));
        assert_eq!(status(&test, &stage, id).await, Status::Assigned);
    }

    async fn an_interrupted_session_resumes_without_a_new_question(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, session) = stage.connected(&test).await;
        stage.device.goes_offline(&test).await;
        assert_eq!(state(&test, &stage, session).await, SessionStatus::Interrupted);
        seconds_pass(&test, 50).await;
        stage::told(&mut test);
        stage.device.comes_online(&test).await;
        let orders = stage::orders(&mut test, &stage.device);
        assert!(matches!(&orders[..], [Order::Resume { .. }]), "{orders:?}");
        stage.connect(&test, session).await;
        seconds_pass(&test, 60).await;
        assert_eq!(state(&test, &stage, session).await, SessionStatus::Active);
        assert_eq!(timeline(&test, &stage, id).await[4..], [Happened::Interrupted, Happened::Resumed]);
    }

    async fn an_interrupted_session_is_lost_after_60_seconds(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, session) = stage.connected(&test).await;
        stage.device.reports(&test, Event::Interrupted { session }).await;
        seconds_pass(&test, RESUME_WITHIN.as_secs() - 1).await;
        assert_eq!(state(&test, &stage, session).await, SessionStatus::Interrupted);
        seconds_pass(&test, 1).await;
        assert_eq!(state(&test, &stage, session).await, SessionStatus::Ended);
        assert_eq!(status(&test, &stage, id).await, Status::Assigned);
        let ticket = sessions::service::grant_ticket(&test.portal, &stage.oscar, session, PRINT).await;
        assert!(matches!(ticket, Err(AppError::Conflict { .. })));
    }

    async fn a_restart_of_the_portal_in_the_middle_loses_nothing(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, session) = stage.connected(&test).await;
        test.restart().await;
        presence::recover(&test.portal).await.expect("recovered");
        assert_eq!(state(&test, &stage, session).await, SessionStatus::Interrupted);
        let device = stage.see(&test, &stage.oscar, id).await.row.device.expect("a device");
        assert!(!device.online);
        test.advance(Duration::from_secs(5));
        stage.device.comes_online(&test).await;
        let orders = stage::orders(&mut test, &stage.device);
        assert!(matches!(&orders[..], [Order::Resume { .. }]), "{orders:?}");
        stage.connect(&test, session).await;
        assert_eq!(state(&test, &stage, session).await, SessionStatus::Active);
    }

    async fn a_question_that_was_open_over_a_restart_is_asked_again_or_expires(test: Test) {
        let stage = Stage::set(&test).await;
        stage.device.comes_online(&test).await;
        let id = stage.claimed(&test).await;
        let session = stage.launch(&test, id).await;
        test.restart().await;
        presence::recover(&test.portal).await.expect("recovered");
        stage.device.comes_online(&test).await;
        let orders = stage::orders(&mut test, &stage.device);
        assert!(matches!(&orders[..], [Order::AskConsent { .. }]), "{orders:?}");
        seconds_pass(&test, 32).await;
        assert_eq!(state(&test, &stage, session).await, SessionStatus::Ended);
    }

    async fn a_replayed_report_changes_nothing(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, session) = stage.connected(&test).await;
        let report = stage.device.report(&test, Event::Interrupted { session });
        let take = || reports::take(&test.portal, stage.device.id, &report);
        assert_eq!(take().await.expect("no error"), Taken::Yes);
        stage.connect(&test, session).await;
        assert_eq!(take().await.expect("no error"), Taken::Replayed);
        assert_eq!(state(&test, &stage, session).await, SessionStatus::Active);
        assert_eq!(status(&test, &stage, id).await, Status::InProgress);
    }

    async fn a_shown_question_is_noted_once_and_only_while_it_is_open(test: Test) {
        let stage = Stage::set(&test).await;
        stage.device.comes_online(&test).await;
        let id = stage.claimed(&test).await;
        let session = stage.launch(&test, id).await;
        let shown = Event::ConsentShown { session };
        stage.device.reports(&test, shown.clone()).await;
        let again = stage.device.report(&test, shown.clone());
        assert_eq!(reports::take(&test.portal, stage.device.id, &again).await.expect("no error"), Taken::NotNow);
        stage.device.answers(&test, session, ConsentAnswer::Accepted).await;
        let late = stage.device.report(&test, shown);
        assert_eq!(reports::take(&test.portal, stage.device.id, &late).await.expect("no error"), Taken::NotNow);
        let noted = stage::audited(&test, &format!("session:{session}")).await;
        assert_eq!(noted.iter().filter(|action| *action == "session.prompt_shown").count(), 1);
    }

    async fn a_device_is_heard_120_times_a_minute_and_not_once_more(test: Test) {
        let stage = Stage::set(&test).await;
        let (_, session) = stage.connected(&test).await;
        test.advance(Duration::from_secs(60));
        let event = Event::Connected { session, attempt: 1, path: MediaPath::Direct };
        for _ in 0..REPORTS_A_MINUTE {
            stage.device.reports(&test, event.clone()).await;
        }
        for first in [true, false] {
            let report = stage.device.report(&test, event.clone());
            let taken = reports::take(&test.portal, stage.device.id, &report).await.expect("no error");
            assert_eq!(taken, Taken::TooMany { first });
        }
        test.advance(Duration::from_secs(60));
        stage.device.reports(&test, event).await;
    }

    async fn a_person_writes_30_messages_a_minute_and_not_one_more(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        for number in 0..MESSAGES_A_MINUTE {
            conversation::post(&test.portal, &stage.emma, id, &number.to_string()).await.expect("sent");
        }
        let refused = conversation::post(&test.portal, &stage.emma, id, "one more").await.expect_err("refused");
        assert_eq!(refused, AppError::TooMany { retry_after_s: 60 });
        conversation::post(&test.portal, &stage.oscar, id, "Hello").await.expect("another person");
    }

    async fn an_old_report_changes_nothing_even_after_its_number_was_forgotten(test: Test) {
        let stage = Stage::set(&test).await;
        let (_, session) = stage.connected(&test).await;
        let report = stage.device.report(&test, Event::Ended { session, reason: EndReason::Employee });
        test.advance(Duration::from_secs(11 * 60));
        presence::clean_up(&test.portal).await.expect("cleaned up");
        assert_eq!(reports::take(&test.portal, stage.device.id, &report).await.expect("no error"), Taken::Untimely);
        assert_eq!(state(&test, &stage, session).await, SessionStatus::Active);
    }

    async fn a_forged_report_changes_nothing(test: Test) {
        let stage = Stage::set(&test).await;
        stage.device.comes_online(&test).await;
        let id = stage.claimed(&test).await;
        let session = stage.launch(&test, id).await;
        let other = stage::enrol(&test, &stage.oscar, "OSCAR-PC").await;
        let consent = Event::Consent { session, answer: ConsentAnswer::Accepted };
        let forged = other.report(&test, consent.clone());
        assert_eq!(reports::take(&test.portal, stage.device.id, &forged).await.expect("no error"), Taken::Forged);
        assert_eq!(reports::take(&test.portal, other.id, &forged).await.expect("no error"), Taken::ForeignSession);
        let mut altered = stage.device.report(&test, Event::Consent { session, answer: ConsentAnswer::Declined });
        altered.body = altered.body.replace("declined", "accepted");
        assert_eq!(reports::take(&test.portal, stage.device.id, &altered).await.expect("no error"), Taken::Forged);
        let unknown = reports::take(&test.portal, deskside_protocol::ids::DeviceId(uuid::Uuid::nil()), &forged).await;
        assert_eq!(unknown.expect("no error"), Taken::UnknownDevice);
        assert_eq!(status(&test, &stage, id).await, Status::WaitingForConnection);
    }

    async fn a_ticket_is_for_this_operator_device_certificate_and_one_minute(test: Test) {
        let stage = Stage::set(&test).await;
        let (_, session) = stage.connected(&test).await;
        let grant = sessions::service::grant_ticket(&test.portal, &stage.oscar, session, PRINT).await.expect("a ticket");
        let ticket: Ticket = grant.ticket.open(&test.portal.public_key()).expect("a good signature");
        assert_eq!((ticket.session, ticket.device, ticket.operator), (session, stage.device.id, stage.oscar.id()));
        assert_eq!((ticket.attempt, ticket.fingerprint), (2, PRINT));
        assert_eq!(ticket.expires_at - ticket.issued_at, 60_000);
        assert_eq!(grant.device_key.0, stage.device.key.verifying_key().to_bytes());
        assert_eq!(grant.signal_url, "ws://portal.test/relay/signal");
    }

    async fn the_viewer_is_absent_for_everybody_but_its_operator(test: Test) {
        let stage = Stage::set(&test).await;
        let ines = test.person("ines", StartingRole::Operator).await;
        let (_, session) = stage.connected(&test).await;
        for other in [&stage.emma, &stage.ada, &ines] {
            let state = sessions::service::state(&test.portal, other, session).await;
            assert_eq!(state.expect_err("absent"), AppError::NotFound);
            let ticket = sessions::service::grant_ticket(&test.portal, other, session, PRINT).await;
            assert_eq!(ticket.expect_err("absent"), AppError::NotFound);
            assert_eq!(sessions::service::end(&test.portal, other, session).await.expect_err("absent"), AppError::NotFound);
        }
    }

    async fn only_the_assistant_can_launch(test: Test) {
        let stage = Stage::set(&test).await;
        let ines = test.person("ines", StartingRole::Operator).await;
        let id = stage.claimed(&test).await;
        for other in [&ines, &stage.ada] {
            let launched = sessions::service::launch(&test.portal, other, id, 2).await;
            assert_eq!(launched.expect_err("refused"), AppError::Denied);
        }
        let twice = sessions::service::launch(&test.portal, &stage.oscar, id, 1).await.expect_err("refused");
        assert!(matches!(twice, AppError::Conflict { .. } | AppError::Overtaken { .. }));
    }

    async fn a_device_takes_one_operator_at_a_time(test: Test) {
        let stage = Stage::set(&test).await;
        let ines = test.person("ines", StartingRole::Operator).await;
        stage.connected(&test).await;
        let other = stage.file(&test, "Scanner").await;
        service::claim(&test.portal, &ines, other, 1).await.expect("claimed");
        let refused = sessions::service::launch(&test.portal, &ines, other, 2).await.expect_err("refused");
        assert_eq!(refused.to_string(), "Oscar has a session with EMMA-PC already.");
    }

    async fn the_owner_stops_the_session_on_the_page(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, session) = stage.connected(&test).await;
        stage::told(&mut test);
        sessions::service::end_of_request(&test.portal, &stage.emma, id, Some(session)).await.expect("stopped");
        let end = Order::EndSession { session, reason: EndReason::Employee };
        assert_eq!(stage::orders(&mut test, &stage.device), [end]);
        assert_eq!(timeline(&test, &stage, id).await.last(), Some(&Happened::SessionEnded(EndReason::Employee)));
    }

    async fn the_operator_withdraws_the_question(test: Test) {
        let stage = Stage::set(&test).await;
        stage.device.comes_online(&test).await;
        let id = stage.claimed(&test).await;
        let session = stage.launch(&test, id).await;
        sessions::service::end(&test.portal, &stage.oscar, session).await.expect("withdrawn");
        sessions::service::end(&test.portal, &stage.oscar, session).await.expect("twice is no error");
        assert_eq!(timeline(&test, &stage, id).await.last(), Some(&Happened::Withdrawn));
        assert_eq!(status(&test, &stage, id).await, Status::Assigned);
    }

    async fn closing_a_request_ends_its_session(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, session) = stage.connected(&test).await;
        let version = stage.see(&test, &stage.oscar, id).await.row.version;
        stage::told(&mut test);
        service::close(&test.portal, &stage.oscar, id, version).await.expect("closed");
        assert_eq!(status(&test, &stage, id).await, Status::Closed);
        assert_eq!(state(&test, &stage, session).await, SessionStatus::Ended);
        let end = Order::EndSession { session, reason: EndReason::RequestClosed };
        assert_eq!(stage::orders(&mut test, &stage.device), [end]);
    }

    async fn cancelling_while_asked_takes_the_question_back(test: Test) {
        let stage = Stage::set(&test).await;
        stage.device.comes_online(&test).await;
        let id = stage.claimed(&test).await;
        let session = stage.launch(&test, id).await;
        let version = stage.see(&test, &stage.emma, id).await.row.version;
        service::cancel(&test.portal, &stage.emma, id, version).await.expect("cancelled");
        assert_eq!(state(&test, &stage, session).await, SessionStatus::Ended);
    }

    async fn a_device_that_missed_the_end_hears_of_it_when_it_is_back(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, session) = stage.connected(&test).await;
        stage.device.goes_offline(&test).await;
        sessions::service::end_of_request(&test.portal, &stage.emma, id, Some(session)).await.expect("stopped");
        seconds_pass(&test, 23 * 3600).await;
        stage::told(&mut test);
        stage.device.comes_online(&test).await;
        let end = Order::EndSession { session, reason: EndReason::Employee };
        assert_eq!(stage::orders(&mut test, &stage.device), [end]);
    }

    async fn a_device_that_goes_on_with_an_ended_session_is_stopped(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, session) = stage.connected(&test).await;
        sessions::service::end_of_request(&test.portal, &stage.emma, id, Some(session)).await.expect("stopped");
        stage::told(&mut test);
        let event = Event::Connected { session, attempt: 1, path: MediaPath::Direct };
        let report = stage.device.report(&test, event);
        assert_eq!(reports::take(&test.portal, stage.device.id, &report).await.expect("no error"), Taken::NotNow);
        let end = Order::EndSession { session, reason: EndReason::Employee };
        assert_eq!(stage::orders(&mut test, &stage.device), [end]);
    }

    async fn chat_goes_both_ways_and_is_not_mailed(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, session) = stage.connected(&test).await;
        let before = stage::mails(&test).await.len();
        stage::told(&mut test);
        let sent = conversation::post(&test.portal, &stage.oscar, id, "Hello").await.expect("sent");
        let orders = stage::orders(&mut test, &stage.device);
        assert!(matches!(&orders[..], [Order::ShowChat { message, .. }] if *message == sent.id), "{orders:?}");
        let message = MessageId(uuid::Uuid::now_v7());
        let chat = Event::Chat { session, message, text: "Hi".into() };
        stage.device.reports(&test, chat.clone()).await;
        let again = stage.device.report(&test, chat);
        assert_eq!(reports::take(&test.portal, stage.device.id, &again).await.expect("no error"), Taken::NotNow);
        let messages = stage.see(&test, &stage.emma, id).await.messages;
        let texts: Vec<_> = messages.iter().map(|m| (m.text.as_str(), m.author.name.as_str(), m.from_device)).collect();
        assert_eq!(texts, [("Hello", "Oscar", false), ("Hi", "Emma", true)]);
        assert_eq!(stage::mails(&test).await.len(), before);
    }

    async fn consent_that_nobody_follows_up_ends_after_a_minute(test: Test) {
        let stage = Stage::set(&test).await;
        stage.device.comes_online(&test).await;
        let id = stage.claimed(&test).await;
        let session = stage.launch(&test, id).await;
        stage.device.answers(&test, session, ConsentAnswer::Accepted).await;
        seconds_pass(&test, 60).await;
        assert_eq!(state(&test, &stage, session).await, SessionStatus::Ended);
        assert_eq!(status(&test, &stage, id).await, Status::Assigned);
    }

    async fn a_request_without_a_device_cannot_be_launched(test: Test) {
        let stage = Stage::set(&test).await;
        let id = service::file(&test.portal, &stage.emma, &stage::form()).await.expect("filed");
        service::claim(&test.portal, &stage.oscar, id, 1).await.expect("claimed");
        assert!(!stage.see(&test, &stage.oscar, id).await.may.launch);
        let refused = sessions::service::launch(&test.portal, &stage.oscar, id, 2).await;
        assert!(matches!(refused, Err(AppError::Conflict { .. })));
    }

    async fn browsers_coming_and_going_are_no_error(test: Test) {
        let stage = Stage::set(&test).await;
        let (_, session) = stage.connected(&test).await;
        for message in
            [RelayToPortal::BrowserJoined { session, attempt: 1 }, RelayToPortal::BrowserLeft { session, attempt: 1 }]
        {
            sessions::relay_link::take(&test.portal, message).await.expect("taken");
        }
        assert_eq!(state(&test, &stage, session).await, SessionStatus::Active);
    }
}
