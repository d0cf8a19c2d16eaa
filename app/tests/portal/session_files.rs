//! Files that are sent during sessions: what devices are told of them, and what they report.

use crate::{
    harness::Test,
    on_both_engines,
    stage::{self, Stage},
};
use deskside::{
    requests::model::{FileFacts, Happened, Value},
    sessions::{
        self,
        reports::{self, REPORT_LIFETIME, Taken},
    },
};
use deskside_protocol::{
    bytes::Fixed,
    command::Order,
    ids::{RequestId, SessionId, TransferId},
    report::Event,
    session::{EndReason, Scope},
    transfer::{CancelFile, FILE_REPORTS, FileDirection, FilePolicy, FileResult, RefuseFile},
};
use std::time::Duration;

fn file(session: SessionId, direction: FileDirection, result: FileResult) -> Event {
    Event::File {
        session,
        transfer: TransferId(uuid::Uuid::now_v7()),
        direction,
        name: "../report.pdf".into(),
        size: 1_200_000,
        sha256: (result == FileResult::Sent).then_some(Fixed([0xab; 32])),
        result,
        handed: 0,
    }
}

async fn taken(test: &Test, stage: &Stage, event: Event) -> Taken {
    let report = stage.device.report(test, event);
    reports::take(&test.portal, stage.device.id, &report)
        .await
        .expect("no error")
}

/// The last line of the timeline, with its file.
async fn last(test: &Test, stage: &Stage, id: RequestId) -> (Happened, FileFacts) {
    let entry = stage.see(test, &stage.emma, id).await.timeline.pop().expect("an entry");
    match entry.changes.into_iter().next().map(|change| change.to) {
        Some(Value::File(facts)) => (entry.what, facts),
        other => panic!("{other:?}"),
    }
}

on_both_engines! {
    async fn a_device_is_told_which_files_may_be_sent(test: Test) {
        let stage = Stage::set(&test).await;
        stage.device.comes_online(&test).await;
        let id = stage.claimed(&test).await;
        stage::told(&mut test);
        stage.launch(&test, id).await;
        let orders = stage::orders(&mut test, &stage.device);
        let [Order::AskConsent { scopes, files, .. }] = &orders[..] else { panic!("{orders:?}") };
        assert_eq!(*files, FilePolicy::default());
        assert_eq!(scopes[3..], [Scope::SendFiles, Scope::ReceiveFiles]);
    }

    async fn a_resumed_session_is_told_so_again(test: Test) {
        let stage = Stage::set(&test).await;
        stage.connected(&test).await;
        stage.device.goes_offline(&test).await;
        stage::told(&mut test);
        stage.device.comes_online(&test).await;
        let orders = stage::orders(&mut test, &stage.device);
        let [Order::Resume { files, .. }] = &orders[..] else { panic!("{orders:?}") };
        assert_eq!(*files, FilePolicy::default());
    }

    async fn a_sent_file_is_on_the_timeline_with_sender_and_hash_and_in_the_audit_log(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, session) = stage.connected(&test).await;
        let before = stage::mails(&test).await.len();
        stage.device.reports(&test, file(session, FileDirection::ToDevice, FileResult::Sent)).await;
        let (happened, facts) = last(&test, &stage, id).await;
        assert_eq!(happened, Happened::FileToDevice);
        assert_eq!((facts.name.as_str(), facts.size, facts.from.as_str()), ("report.pdf", 1_200_000, "Oscar"));
        assert_eq!(facts.sha256, Some("ab".repeat(32)));
        assert!(stage::audited(&test, &format!("request:{id}")).await.contains(&"file.sent".to_owned()));
        assert_eq!(stage::mails(&test).await.len(), before);
    }

    async fn a_file_from_the_device_is_its_owners(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, session) = stage.connected(&test).await;
        stage.device.reports(&test, file(session, FileDirection::ToAssistant, FileResult::Sent)).await;
        let (happened, facts) = last(&test, &stage, id).await;
        assert_eq!((happened, facts.from.as_str()), (Happened::FileToAssistant, "Emma"));
    }

    async fn a_refused_file_is_on_the_timeline_with_the_reason(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, session) = stage.connected(&test).await;
        let refused = FileResult::Refused(RefuseFile::Declined);
        stage.device.reports(&test, file(session, FileDirection::ToDevice, refused)).await;
        let (happened, facts) = last(&test, &stage, id).await;
        assert_eq!((happened, facts.result, facts.sha256), (Happened::FileNotSent, refused, None));
    }

    async fn the_last_file_of_a_session_is_recorded_after_its_end(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, session) = stage.connected(&test).await;
        stage.device.reports(&test, Event::Ended { session, reason: EndReason::Employee }).await;
        stage.device.reports(&test, file(session, FileDirection::ToDevice, FileResult::Sent)).await;
        assert_eq!(last(&test, &stage, id).await.0, Happened::FileToDevice);
    }

    async fn a_file_that_left_the_device_is_not_called_unsent(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, session) = stage.connected(&test).await;
        let cancelled = FileResult::Cancelled(CancelFile::Person);
        let mut event = file(session, FileDirection::ToAssistant, cancelled);
        if let Event::File { handed, sha256, .. } = &mut event {
            (*handed, *sha256) = (1_200_000, Some(Fixed([0xab; 32])));
        }
        stage.device.reports(&test, event).await;
        let (happened, facts) = last(&test, &stage, id).await;
        assert_eq!((happened, facts.handed), (Happened::FileUnconfirmed, 1_200_000));
        assert_eq!(facts.sha256, Some("ab".repeat(32)));
        assert!(stage::audited(&test, &format!("request:{id}")).await.contains(&"file.unconfirmed".to_owned()));
    }

    async fn a_file_is_recorded_10_minutes_after_the_end_of_its_session_and_not_a_millisecond_later(test: Test) {
        let stage = Stage::set(&test).await;
        let (_, session) = stage.connected(&test).await;
        stage.device.reports(&test, Event::Ended { session, reason: EndReason::Employee }).await;
        test.advance(REPORT_LIFETIME);
        stage.device.reports(&test, file(session, FileDirection::ToDevice, FileResult::Sent)).await;
        test.advance(Duration::from_millis(1));
        let late = file(session, FileDirection::ToDevice, FileResult::Sent);
        assert_eq!(taken(&test, &stage, late).await, Taken::NotNow);
    }

    async fn a_file_is_told_of_once(test: Test) {
        let stage = Stage::set(&test).await;
        let (_, session) = stage.connected(&test).await;
        let event = file(session, FileDirection::ToDevice, FileResult::Sent);
        stage.device.reports(&test, event.clone()).await;
        assert_eq!(taken(&test, &stage, event).await, Taken::NotNow);
    }

    async fn a_session_tells_of_410_files_and_not_of_one_more(test: Test) {
        let stage = Stage::set(&test).await;
        let (_, session) = stage.connected(&test).await;
        let refused = FileResult::Refused(RefuseFile::Declined);
        for _ in 0..FILE_REPORTS {
            stage.device.reports(&test, file(session, FileDirection::ToDevice, refused)).await;
        }
        let sent = || file(session, FileDirection::ToDevice, FileResult::Sent);
        assert_eq!(taken(&test, &stage, sent()).await, Taken::TooMany { first: true });
        stage.device.reports(&test, Event::Interrupted { session }).await;
        test.advance(Duration::from_secs(60));
        assert_eq!(taken(&test, &stage, sent()).await, Taken::NotNow);
    }

    async fn a_file_does_not_make_an_open_page_out_of_date(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, session) = stage.connected(&test).await;
        let before = stage.see(&test, &stage.emma, id).await.row.version;
        stage.device.reports(&test, file(session, FileDirection::ToDevice, FileResult::Sent)).await;
        assert_eq!(stage.see(&test, &stage.emma, id).await.row.version, before);
    }

    async fn a_file_in_a_session_that_nobody_agreed_to_is_not_believed(test: Test) {
        let stage = Stage::set(&test).await;
        stage.device.comes_online(&test).await;
        let id = stage.claimed(&test).await;
        let session = stage.launch(&test, id).await;
        let sent = file(session, FileDirection::ToDevice, FileResult::Sent);
        assert_eq!(taken(&test, &stage, sent).await, Taken::NotNow);
        let open = sessions::service::state(&test.portal, &stage.oscar, session).await;
        assert!(open.is_ok());
    }
}
