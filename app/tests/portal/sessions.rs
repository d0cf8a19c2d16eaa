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
    server::budget::MESSAGES_A_MINUTE,
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

/// The state of a session, as its operator sees it.
pub async fn state(test: &Test, stage: &Stage, session: SessionId) -> SessionStatus {
    sessions::service::state(&test.portal, &stage.oscar, session)
        .await
        .expect("a state")
        .session
        .status
}

/// The status of a request.
pub async fn status(test: &Test, stage: &Stage, id: RequestId) -> Status {
    stage.see(test, &stage.oscar, id).await.row.status
}

/// What happened to a request.
pub async fn timeline(test: &Test, stage: &Stage, id: RequestId) -> Vec<Happened> {
    stage
        .see(test, &stage.oscar, id)
        .await
        .timeline
        .into_iter()
        .map(|entry| entry.what)
        .collect()
}

/// Time passes, and what is due by it happens.
pub async fn seconds_pass(test: &Test, seconds: u64) {
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

    async fn a_request_without_a_device_cannot_be_launched(test: Test) {
        let stage = Stage::set(&test).await;
        let id = service::file(&test.portal, &stage.emma, &stage::form()).await.expect("filed");
        service::claim(&test.portal, &stage.oscar, id, 1).await.expect("claimed");
        assert!(!stage.see(&test, &stage.oscar, id).await.may.launch);
        let refused = sessions::service::launch(&test.portal, &stage.oscar, id, 2).await;
        assert!(matches!(refused, Err(AppError::Conflict { .. })));
    }

    async fn closing_the_viewer_closes_a_one_time_request(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, session) = stage.connected(&test).await;
        stage::told(&mut test);
        sessions::service::viewer_left(&test.portal, &stage.oscar, session).await.expect("left");
        seconds_pass(&test, 14).await;
        assert_eq!(status(&test, &stage, id).await, Status::InProgress);
        seconds_pass(&test, 1).await;
        assert_eq!(status(&test, &stage, id).await, Status::Closed);
        let end = Order::EndSession { session, reason: EndReason::Operator };
        assert_eq!(stage::orders(&mut test, &stage.device), [end]);
    }

    async fn closing_the_viewer_keeps_a_reusable_request_as_inactive(test: Test) {
        let stage = Stage::set(&test).await;
        stage.device.comes_online(&test).await;
        let id = stage.claimed_reusable(&test).await;
        let session = stage.launch(&test, id).await;
        stage.device.answers(&test, session, ConsentAnswer::Accepted).await;
        stage.connect(&test, session).await;
        sessions::service::viewer_left(&test.portal, &stage.oscar, session).await.expect("left");
        seconds_pass(&test, 15).await;
        assert_eq!(status(&test, &stage, id).await, Status::Inactive);
    }

    async fn a_viewer_that_is_reloaded_goes_on(test: Test) {
        let stage = Stage::set(&test).await;
        let (_, session) = stage.connected(&test).await;
        sessions::service::viewer_left(&test.portal, &stage.oscar, session).await.expect("left");
        seconds_pass(&test, 14).await;
        assert_eq!(state(&test, &stage, session).await, SessionStatus::Active);
        seconds_pass(&test, 60).await;
        assert_eq!(state(&test, &stage, session).await, SessionStatus::Active);
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
