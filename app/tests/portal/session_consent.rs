//! The question whether somebody may help, and its answers.

use crate::{
    harness::Test,
    on_both_engines,
    sessions::{seconds_pass, state, status, timeline},
    stage::{self, Stage},
};
use deskside::{
    accounts::model::StartingRole,
    error::AppError,
    requests::{
        model::{Happened, Status},
        service,
    },
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
    session::{ConsentAnswer, EndReason},
};
use std::time::Duration;

on_both_engines! {
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

    async fn cancelling_while_asked_takes_the_question_back(test: Test) {
        let stage = Stage::set(&test).await;
        stage.device.comes_online(&test).await;
        let id = stage.claimed(&test).await;
        let session = stage.launch(&test, id).await;
        let version = stage.see(&test, &stage.emma, id).await.row.version;
        service::cancel(&test.portal, &stage.emma, id, version).await.expect("cancelled");
        assert_eq!(state(&test, &stage, session).await, SessionStatus::Ended);
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
}
