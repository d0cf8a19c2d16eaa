//! Filing, changing, claiming and finishing requests, and who is told.

use crate::{
    harness::{NOW, Test},
    on_both_engines,
    stage::{self, Stage},
};
use deskside::{
    accounts::model::StartingRole,
    audit::{self, Verdict},
    error::AppError,
    requests::{
        conversation,
        filter::{Filter, Show},
        model::{Change, ChangedField, Happened, PAGE_ROWS, RequestForm, Status, Value, WindowForm},
        reading, service,
    },
    server::live::Topic,
};
use deskside_protocol::ids::RequestId;
use std::time::Duration;

on_both_engines! {
    async fn a_filed_request_is_new_and_belongs_to_its_owner(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, "Printer jams").await;
        let detail = stage.see(&test, &stage.emma, id).await;
        assert_eq!((detail.row.reference.as_str(), detail.row.status), ("R-1001", Status::New));
        assert_eq!((detail.row.owner.name.as_str(), detail.row.version), ("Emma", 1));
        assert_eq!(detail.row.available_from, None);
        assert_eq!(detail.timeline.len(), 1);
        assert_eq!(detail.timeline[0].what, Happened::Filed);
    }

    async fn references_count_up_without_gaps_even_when_filing_fails_between(test: Test) {
        let stage = Stage::set(&test).await;
        stage.file(&test, "One").await;
        let wrong = RequestForm { subject: "Two".into(), device: uuid::Uuid::nil().to_string(), ..stage::form() };
        assert!(matches!(service::file(&test.portal, &stage.emma, &wrong).await, Err(AppError::Invalid { .. })));
        let id = stage.file(&test, "Three").await;
        assert_eq!(stage.see(&test, &stage.emma, id).await.row.reference, "R-1002");
    }

    async fn a_form_with_mistakes_stores_nothing_and_mails_nobody(test: Test) {
        let stage = Stage::set(&test).await;
        let form = RequestForm { subject: " ".into(), ..stage::form() };
        let refused = service::file(&test.portal, &stage.emma, &form).await.expect_err("refused");
        assert_eq!(refused.fields()[0].field, "subject");
        assert!(stage::mails(&test).await.is_empty());
    }

    async fn somebody_elses_device_cannot_be_named(test: Test) {
        let stage = Stage::set(&test).await;
        let device = stage::enrol(&test, &stage.oscar, "OSCAR-PC").await.id;
        let form = RequestForm { subject: "x".into(), device: device.to_string(), ..stage::form() };
        let refused = service::file(&test.portal, &stage.emma, &form).await.expect_err("refused");
        assert_eq!(refused.fields()[0].field, "device");
    }

    async fn windows_are_kept_and_shown_by_their_next_start(test: Test) {
        let stage = Stage::set(&test).await;
        let times = [("2026-11-23T09:00", "2026-11-23T10:00"), ("2026-11-24T09:00", "2026-11-24T10:00")];
        let id = stage.file_form(&test, RequestForm { any_time: false, windows: windows(&times), ..stage::form() }).await;
        let hour = 3_600_000;
        assert_eq!(stage.see(&test, &stage.emma, id).await.row.available_from, Some(NOW + hour));
        test.advance(Duration::from_secs(2 * 3600));
        assert_eq!(stage.see(&test, &stage.emma, id).await.row.available_from, Some(NOW + 25 * hour));
        test.advance(Duration::from_secs(30 * 3600));
        assert_eq!(stage.see(&test, &stage.emma, id).await.row.available_from, Some(NOW + 25 * hour));
    }

    async fn editing_says_what_changed_from_and_to(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, "Printer").await;
        let mut form = service::edit_form(&test.portal, &stage.emma, id).await.expect("the form");
        assert_eq!(form.version, "1");
        form.subject = "Scanner".into();
        form.any_time = false;
        form.windows = windows(&[("2026-11-24T09:00", "2026-11-24T10:00")]);
        service::edit(&test.portal, &stage.emma, id, &form).await.expect("edited");
        let detail = stage.see(&test, &stage.emma, id).await;
        assert_eq!((detail.row.version, detail.windows.len()), (2, 1));
        let edited = &detail.timeline[1];
        assert_eq!(edited.by.as_ref().map(|by| by.name.as_str()), Some("Emma"));
        let subject = Change {
            field: ChangedField::Subject,
            from: Value::Text("Printer".into()),
            to: Value::Text("Scanner".into()),
        };
        assert!(edited.changes.contains(&subject));
        let form = service::edit_form(&test.portal, &stage.emma, id).await.expect("the form");
        assert_eq!(form.windows[0].from, "2026-11-24T09:00");
    }

    async fn saving_an_unchanged_form_changes_nothing(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, "Printer").await;
        let form = service::edit_form(&test.portal, &stage.emma, id).await.expect("the form");
        service::edit(&test.portal, &stage.emma, id, &form).await.expect("no error");
        let detail = stage.see(&test, &stage.emma, id).await;
        assert_eq!((detail.row.version, detail.timeline.len()), (1, 1));
    }

    async fn an_edit_over_an_older_version_is_refused_and_says_who_was_first(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, "Printer").await;
        let mut form = service::edit_form(&test.portal, &stage.emma, id).await.expect("the form");
        service::claim(&test.portal, &stage.oscar, id, 1).await.expect("claimed");
        form.subject = "Mine".into();
        let conflict = service::edit(&test.portal, &stage.emma, id, &form).await.expect_err("refused");
        assert!(conflict.to_string().starts_with("Oscar claimed the request."), "{conflict}");
        assert_eq!(stage.see(&test, &stage.emma, id).await.row.subject, "Printer");
    }

    async fn the_second_of_two_who_claim_is_told_by_whom_it_is_claimed(test: Test) {
        let stage = Stage::set(&test).await;
        let ines = test.person("ines", StartingRole::Operator).await;
        let id = stage.file(&test, "Printer").await;
        let (first, second) = tokio::join!(
            service::claim(&test.portal, &stage.oscar, id, 1),
            service::claim(&test.portal, &ines, id, 1),
        );
        let winner = stage.see(&test, &stage.oscar, id).await.row.assistant.expect("an assistant");
        let loser = first.and(second).expect_err("one is refused");
        assert_eq!(loser.to_string(), format!("{} has claimed this request already.", winner.name));
        let detail = stage.see(&test, &stage.oscar, id).await;
        assert_eq!((detail.row.status, detail.timeline.len()), (Status::Assigned, 2));
    }

    async fn a_released_request_is_new_again(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        service::release(&test.portal, &stage.oscar, id, 2).await.expect("released");
        let row = stage.see(&test, &stage.oscar, id).await.row;
        assert_eq!((row.status, row.assistant, row.version), (Status::New, None, 3));
    }

    async fn a_cancelled_request_leaves_the_lists_and_stays_in_the_history(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, "Printer").await;
        service::cancel(&test.portal, &stage.emma, id, 1).await.expect("cancelled");
        let list = async |show: Show| reading::list_mine(&test.portal, &stage.emma, &show.into()).await;
        assert!(list(Show::Open).await.expect("a list").rows.is_empty());
        assert_eq!(list(Show::History).await.expect("a list").rows[0].status, Status::Cancelled);
        let again = service::cancel(&test.portal, &stage.emma, id, 2).await.expect_err("refused");
        assert!(matches!(again, AppError::Conflict { .. }));
    }

    async fn every_change_is_mailed_to_owner_and_assistant_in_one_thread(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, "Printer").await;
        service::claim(&test.portal, &stage.oscar, id, 1).await.expect("claimed");
        service::release(&test.portal, &stage.oscar, id, 2).await.expect("released");
        service::cancel(&test.portal, &stage.emma, id, 3).await.expect("cancelled");
        let mails = stage::mails(&test).await;
        let to = |login: &str| mails.iter().filter(|mail| mail.recipient_email.starts_with(login)).collect::<Vec<_>>();
        assert_eq!((to("emma").len(), to("oscar").len()), (4, 2));
        let root = &to("emma")[0].message_id;
        assert!(to("emma")[1..].iter().all(|mail| mail.thread_ids == *root));
        assert!(mails.iter().all(|mail| mail.subject == "[R-1001] Printer"));
        let said: Vec<_> = to("emma").iter().filter_map(|mail| mail.text_body.lines().next()).collect();
        let expected = [
            "Emma filed the request.",
            "Oscar claimed the request.",
            "Oscar released the request.",
            "Emma cancelled the request.",
        ];
        assert_eq!(said, expected);
    }

    async fn a_message_is_kept_mailed_and_not_on_the_timeline(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let before = stage::mails(&test).await.len();
        let sent = conversation::post(&test.portal, &stage.oscar, id, "Is 3 pm fine?").await.expect("sent");
        let detail = stage.see(&test, &stage.emma, id).await;
        assert_eq!(detail.messages.iter().collect::<Vec<_>>(), [&sent]);
        assert!(detail.timeline.iter().all(|entry| entry.what != Happened::MessagePosted));
        assert_eq!(detail.row.version, 2);
        assert_eq!(stage::mails(&test).await.len(), before + 2);
        conversation::post(&test.portal, &stage.emma, id, "Yes").await.expect("sent");
        let later = conversation::list(&test.portal, &stage.emma, id, Some(sent.id)).await.expect("messages");
        assert_eq!(later.iter().map(|message| message.text.as_str()).collect::<Vec<_>>(), ["Yes"]);
    }

    async fn a_closed_request_takes_no_more_messages(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        service::close(&test.portal, &stage.oscar, id, 2).await.expect("closed");
        let refused = conversation::post(&test.portal, &stage.emma, id, "Thanks").await.expect_err("refused");
        assert!(matches!(refused, AppError::Conflict { .. }));
    }

    async fn what_is_not_yours_looks_absent(test: Test) {
        let stage = Stage::set(&test).await;
        let eve = test.person("eve", StartingRole::Employee).await;
        let id = stage.file(&test, "Secret").await;
        let absent = RequestId(uuid::Uuid::nil());
        for id in [id, absent] {
            assert_eq!(reading::detail(&test.portal, &eve, id).await.expect_err("absent"), AppError::NotFound);
            assert_eq!(service::edit_form(&test.portal, &eve, id).await.expect_err("absent"), AppError::NotFound);
            assert_eq!(service::cancel(&test.portal, &eve, id, 1).await.expect_err("absent"), AppError::NotFound);
            assert_eq!(service::claim(&test.portal, &eve, id, 1).await.expect_err("absent"), AppError::NotFound);
            assert_eq!(conversation::post(&test.portal, &eve, id, "x").await.expect_err("absent"), AppError::NotFound);
        }
        assert_eq!(reading::list_all(&test.portal, &eve, &Show::Open.into()).await.expect_err("absent"), AppError::NotFound);
        assert!(reading::list_mine(&test.portal, &eve, &Show::Open.into()).await.expect("a list").rows.is_empty());
    }

    async fn staff_see_a_request_but_cannot_edit_or_cancel_it(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, "Printer").await;
        let may = stage.see(&test, &stage.oscar, id).await.may;
        assert_eq!((may.claim, may.edit, may.cancel, may.launch), (true, false, false, false));
        assert_eq!(service::cancel(&test.portal, &stage.oscar, id, 1).await.expect_err("denied"), AppError::Denied);
    }

    async fn lists_go_page_by_page_from_the_newest(test: Test) {
        let stage = Stage::set(&test).await;
        for number in 0..=PAGE_ROWS {
            stage.file(&test, &format!("Request {number}")).await;
        }
        let first = reading::list_all(&test.portal, &stage.oscar, &Show::Open.into()).await.expect("a page");
        assert_eq!((first.rows.len(), first.rows[0].subject.as_str()), (PAGE_ROWS, "Request 50"));
        assert!(first.more);
        let second = Filter { page: 1, ..Filter::default() };
        let last = reading::list_all(&test.portal, &stage.oscar, &second).await.expect("a page");
        assert_eq!((last.rows.len(), last.rows[0].subject.as_str(), last.more), (1, "Request 0", false));
    }

    async fn lists_show_what_was_chosen(test: Test) {
        let stage = Stage::set(&test).await;
        stage.claimed(&test).await;
        stage.file(&test, "Free").await;
        let subjects = async |show: Show| {
            let page = reading::list_all(&test.portal, &stage.oscar, &show.into()).await.expect("a page");
            page.rows.into_iter().map(|row| row.subject).collect::<Vec<_>>()
        };
        assert_eq!(subjects(Show::Mine).await, ["Printer"]);
        assert_eq!(subjects(Show::Unassigned).await, ["Free"]);
        assert_eq!(subjects(Show::Open).await, ["Free", "Printer"]);
        assert!(subjects(Show::History).await.is_empty());
    }

    async fn open_pages_hear_of_a_change_after_it_is_stored(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, "Printer").await;
        let mut changes = test.portal.live.subscribe();
        service::claim(&test.portal, &stage.oscar, id, 1).await.expect("claimed");
        let heard: Vec<_> = std::iter::from_fn(|| changes.try_recv().ok()).map(|change| change.topic).collect();
        assert_eq!(heard, [Topic::Request(id), Topic::Requests, Topic::Mine(stage.emma.id())]);
        conversation::post(&test.portal, &stage.oscar, id, "Hello").await.expect("sent");
        let heard: Vec<_> = std::iter::from_fn(|| changes.try_recv().ok()).map(|change| change.topic).collect();
        assert_eq!(heard, [Topic::Request(id)]);
    }

    async fn changes_at_once_by_many_keep_one_order(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let post = |number: usize| {
            let (portal, actor) = (test.portal.clone(), if number.is_multiple_of(2) { stage.emma.clone() } else { stage.oscar.clone() });
            tokio::spawn(async move { conversation::post(&portal, &actor, id, &number.to_string()).await })
        };
        for posted in (0..20).map(post).collect::<Vec<_>>() {
            posted.await.expect("no panic").expect("sent");
        }
        assert_eq!(stage.see(&test, &stage.emma, id).await.messages.len(), 20);
        let verdict = audit::verify(test.portal.db.on()).await.expect("a verdict");
        assert!(matches!(verdict, Verdict::Whole { .. }), "{verdict:?}");
    }

    async fn a_change_is_audited_and_the_chain_holds(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let actions = stage::audited(&test, &format!("request:{id}")).await;
        assert_eq!(actions, ["request.filed", "request.claimed"]);
        let verdict = audit::verify(test.portal.db.on()).await.expect("a verdict");
        assert!(matches!(verdict, Verdict::Whole { .. }), "{verdict:?}");
    }
}

fn windows(times: &[(&str, &str)]) -> Vec<WindowForm> {
    times
        .iter()
        .map(|(from, until)| WindowForm {
            from: (*from).into(),
            until: (*until).into(),
            allow: false,
        })
        .collect()
}
