//! What devices report of sessions: believed when it is theirs, timely, and once.

use crate::{
    harness::Test,
    on_both_engines,
    sessions::{state, status},
    stage::{self, Stage},
};
use deskside::{
    requests::model::Status,
    server::budget::REPORTS_A_MINUTE,
    sessions::{
        self,
        model::SessionStatus,
        presence,
        reports::{self, Taken},
    },
};
use deskside_protocol::{
    command::Order,
    report::Event,
    session::{ConsentAnswer, EndReason, MediaPath},
};
use std::time::Duration;

on_both_engines! {
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

    async fn the_end_of_a_session_is_heard_however_much_else_was_said(test: Test) {
        let stage = Stage::set(&test).await;
        let (_, session) = stage.connected(&test).await;
        test.advance(Duration::from_secs(60));
        for _ in 0..=REPORTS_A_MINUTE {
            let event = Event::Connected { session, attempt: 1, path: MediaPath::Direct };
            let report = stage.device.report(&test, event);
            reports::take(&test.portal, stage.device.id, &report).await.expect("no error");
        }
        stage.device.reports(&test, Event::Ended { session, reason: EndReason::Employee }).await;
        assert_eq!(state(&test, &stage, session).await, SessionStatus::Ended);
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
}
