//! What the helpdesk does with requests: filing for others, changing details, notes, finding, exporting; and what
//! comes after a request.

use crate::{
    harness::{NOW, Test},
    on_both_engines,
    stage::{self, Stage},
};
use deskside::{
    accounts::model::StartingRole,
    error::AppError,
    requests::{
        conversation,
        filter::{Filter, Show, Sort},
        manage::{self, ManageForm},
        model::{ChangedField, Happened, PAGE_ROWS, Priority, REOPEN_DAYS, RequestForm, Status, WindowForm},
        reading, service,
    },
    roles::model::OPERATOR,
    server::access::Actor,
    sessions::model::SessionStatus,
};
use deskside_protocol::ids::RequestId;
use std::time::Duration;

const HOUR: i64 = 3_600_000;
const DAY: Duration = Duration::from_secs(24 * 3600);

async fn form(test: &Test, actor: &Actor, id: RequestId) -> ManageForm {
    manage::open(&test.portal, actor, id).await.expect("the form").form
}

async fn subjects(test: &Test, actor: &Actor, filter: &Filter) -> Vec<String> {
    let page = reading::list_all(&test.portal, actor, filter).await.expect("a page");
    page.rows.into_iter().map(|row| row.subject).collect()
}

fn with_window(subject: &str, from: &str, until: &str) -> RequestForm {
    RequestForm {
        subject: subject.into(),
        any_time: false,
        windows: vec![WindowForm {
            from: from.into(),
            until: until.into(),
            allow: false,
        }],
        ..RequestForm::default()
    }
}

fn searching(text: &str) -> Filter {
    Filter {
        text: text.into(),
        ..Filter::default()
    }
}

on_both_engines! {
    async fn a_request_filed_for_somebody_is_theirs_and_tells_them_by_whom(test: Test) {
        let stage = Stage::set(&test).await;
        let filed = RequestForm { device: stage.device.id.to_string(), ..stage::form() };
        let id = service::file_for_other(&test.portal, &stage.oscar, stage.emma.id(), &filed).await.expect("filed");
        let detail = stage.see(&test, &stage.emma, id).await;
        assert_eq!(detail.row.owner.name, "Emma");
        assert_eq!(detail.filed_by.map(|person| person.name).as_deref(), Some("Oscar"));
        assert_eq!(detail.timeline[0].what, Happened::FiledForOwner);
        assert!(detail.may.edit && detail.may.cancel);
        let mails = stage::mails(&test).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].recipient_email, "emma@example.org");
        assert!(mails[0].text_body.starts_with("Oscar filed the request for its owner."), "{}", mails[0].text_body);
    }

    async fn an_employee_files_for_nobody_else(test: Test) {
        let stage = Stage::set(&test).await;
        let filed = service::file_for_other(&test.portal, &stage.emma, stage.oscar.id(), &stage::form()).await;
        assert_eq!(filed.expect_err("absent"), AppError::NotFound);
    }

    async fn times_of_a_request_for_somebody_are_read_in_their_zone(test: Test) {
        let stage = Stage::set(&test).await;
        deskside::accounts::service::set_time_zone(&test.portal, &stage.emma, "Asia/Tokyo").await.expect("set");
        let filed = with_window("Printer", "2026-11-24T09:00", "2026-11-24T10:00");
        let id = service::file_for_other(&test.portal, &stage.oscar, stage.emma.id(), &filed).await.expect("filed");
        // 09:00 in Tokyo is midnight UTC.
        assert_eq!(stage.see(&test, &stage.oscar, id).await.row.available_from, Some(NOW + 16 * HOUR));
    }

    async fn staff_give_a_request_to_somebody_with_all_its_details(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, "Printer").await;
        let form = ManageForm {
            assistant: stage.ada.id().to_string(),
            team: OPERATOR.to_string(),
            priority: "urgent".into(),
            tags: "Printer, hall".into(),
            scheduled_from: "2026-11-24T09:00".into(),
            scheduled_until: "2026-11-24T09:30".into(),
            ..form(&test, &stage.oscar, id).await
        };
        manage::save(&test.portal, &stage.oscar, id, &form).await.expect("saved");
        let detail = stage.see(&test, &stage.emma, id).await;
        assert_eq!(detail.row.status, Status::Assigned);
        assert_eq!(detail.row.assistant.map(|person| person.name).as_deref(), Some("Ada"));
        assert_eq!(detail.row.priority, Priority::Urgent);
        assert_eq!(detail.tags, ["hall", "printer"]);
        assert_eq!(detail.row.scheduled.map(|window| window.starts_at), Some(NOW + 25 * HOUR));
        let changed: Vec<_> = detail.timeline[1].changes.iter().map(|change| change.field).collect();
        let expected = [
            ChangedField::Status,
            ChangedField::Assistant,
            ChangedField::Team,
            ChangedField::Schedule,
            ChangedField::Priority,
            ChangedField::Tags,
        ];
        assert_eq!(changed, expected);
        let told = stage::mails(&test).await;
        let told: Vec<_> = told[told.len() - 2..].iter().map(|mail| mail.recipient_email.as_str()).collect();
        assert!(told.contains(&"emma@example.org") && told.contains(&"ada@example.org"), "{told:?}");
    }

    async fn taking_the_assistant_away_makes_it_new_again(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let form = ManageForm { assistant: String::new(), ..form(&test, &stage.ada, id).await };
        manage::save(&test.portal, &stage.ada, id, &form).await.expect("saved");
        let row = stage.see(&test, &stage.ada, id).await.row;
        assert_eq!((row.status, row.assistant), (Status::New, None));
    }

    async fn a_status_is_set_by_hand_where_it_may_be(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        for status in [Status::Inactive, Status::Assigned, Status::New] {
            let form = ManageForm { status: status.code().into(), ..form(&test, &stage.ada, id).await };
            manage::save(&test.portal, &stage.ada, id, &form).await.expect("saved");
            assert_eq!(stage.see(&test, &stage.ada, id).await.row.status, status);
        }
        let form = ManageForm { status: "in_progress".into(), ..form(&test, &stage.ada, id).await };
        let refused = manage::save(&test.portal, &stage.ada, id, &form).await.expect_err("refused");
        assert_eq!(refused.fields()[0].field, "status");
    }

    async fn a_request_closed_by_its_details_ends_its_session(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, _) = stage.connected(&test).await;
        let form = ManageForm { status: "closed".into(), ..form(&test, &stage.ada, id).await };
        manage::save(&test.portal, &stage.ada, id, &form).await.expect("saved");
        let detail = stage.see(&test, &stage.emma, id).await;
        assert_eq!(detail.row.status, Status::Closed);
        assert_eq!(detail.session.map(|session| session.status), Some(SessionStatus::Ended));
    }

    async fn nobody_is_pulled_out_of_a_running_session_by_a_new_assistant(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, _) = stage.connected(&test).await;
        let form = ManageForm { assistant: stage.ada.id().to_string(), ..form(&test, &stage.ada, id).await };
        let refused = manage::save(&test.portal, &stage.ada, id, &form).await;
        assert!(matches!(refused, Err(AppError::Conflict { .. })), "{refused:?}");
    }

    async fn somebody_who_sees_no_requests_cannot_be_made_assistant(test: Test) {
        let stage = Stage::set(&test).await;
        let eve = test.person("eve", StartingRole::Employee).await;
        let id = stage.file(&test, "Printer").await;
        for assistant in [eve.id().to_string(), "nonsense".into()] {
            let form = ManageForm { assistant, ..form(&test, &stage.oscar, id).await };
            let refused = manage::save(&test.portal, &stage.oscar, id, &form).await.expect_err("refused");
            assert_eq!(refused.fields()[0].field, "assistant");
        }
    }

    async fn details_over_an_older_version_are_refused_and_say_who_was_first(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, "Printer").await;
        let form = ManageForm { priority: "high".into(), ..form(&test, &stage.ada, id).await };
        service::claim(&test.portal, &stage.oscar, id, 1).await.expect("claimed");
        let refused = manage::save(&test.portal, &stage.ada, id, &form).await.expect_err("refused");
        assert!(refused.to_string().starts_with("Oscar claimed the request."), "{refused}");
    }

    async fn every_mistake_in_the_details_is_told_at_once(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, "Printer").await;
        let form = ManageForm {
            status: "x".into(),
            team: "x".into(),
            tags: "x".repeat(31),
            scheduled_from: "2026-11-24T09:00".into(),
            ..form(&test, &stage.oscar, id).await
        };
        let refused = manage::save(&test.portal, &stage.oscar, id, &form).await.expect_err("refused");
        let fields: Vec<_> = refused.fields().iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["status", "team", "scheduled_until", "tags"]);
    }

    async fn a_note_is_for_staff_and_its_owner_never_hears_of_it(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let before = stage::mails(&test).await.len();
        conversation::post_note(&test.portal, &stage.ada, id, "He said the same last week.").await.expect("kept");
        let staff = stage.see(&test, &stage.oscar, id).await;
        assert!(staff.messages[0].note);
        let owner = stage.see(&test, &stage.emma, id).await;
        assert!(owner.messages.is_empty() && !owner.may.note);
        assert!(owner.timeline.iter().all(|entry| entry.what != Happened::NotePosted));
        assert!(conversation::list(&test.portal, &stage.emma, id, None).await.expect("messages").is_empty());
        let mails = stage::mails(&test).await;
        let told: Vec<_> = mails.iter().filter(|mail| mail.text_body.contains("last week")).collect();
        assert_eq!((mails.len(), told.len()), (before + 1, 1));
        assert_eq!(told[0].recipient_email, "oscar@example.org");
        let refused = conversation::post_note(&test.portal, &stage.emma, id, "x").await.expect_err("absent");
        assert_eq!(refused, AppError::NotFound);
    }

    async fn staff_who_file_a_request_of_their_own_do_not_see_notes_about_it(test: Test) {
        let stage = Stage::set(&test).await;
        let id = service::file(&test.portal, &stage.oscar, &stage::form()).await.expect("filed");
        conversation::post_note(&test.portal, &stage.ada, id, "Again.").await.expect("kept");
        assert!(stage.see(&test, &stage.oscar, id).await.messages.is_empty());
    }

    async fn a_request_is_found_by_its_words_its_people_and_its_number(test: Test) {
        let stage = Stage::set(&test).await;
        let printer = stage.file_form(&test, RequestForm {
            subject: "Drucker klemmt".into(),
            description: "Im großen Saal".into(),
            ..stage::form()
        }).await;
        stage.file(&test, "Screen flickers").await;
        for text in ["drucker", "DRUCK", "gro", "saal klemmt", "R-1001", "emma drucker", "EMMA-PC drucker"] {
            assert_eq!(subjects(&test, &stage.oscar, &searching(text)).await, ["Drucker klemmt"], "{text}");
        }
        for text in ["uk", "drucker screen", "100% sure", "'; DROP TABLE requests; --"] {
            assert!(subjects(&test, &stage.oscar, &searching(text)).await.is_empty(), "{text}");
        }
        conversation::post(&test.portal, &stage.emma, printer, "It smells of toner").await.expect("sent");
        assert_eq!(subjects(&test, &stage.oscar, &searching("toner")).await, ["Drucker klemmt"]);
        conversation::post_note(&test.portal, &stage.oscar, printer, "Secretword").await.expect("kept");
        let own = reading::list_mine(&test.portal, &stage.emma, &searching("secretword")).await.expect("a page");
        assert!(own.rows.is_empty(), "a note leads nobody to its request");
    }

    async fn changed_words_lead_to_a_request_and_old_ones_no_longer(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, "Printer").await;
        let mut form = service::edit_form(&test.portal, &stage.emma, id).await.expect("the form");
        form.subject = "Scanner".into();
        service::edit(&test.portal, &stage.emma, id, &form).await.expect("edited");
        assert_eq!(subjects(&test, &stage.oscar, &searching("scanner")).await, ["Scanner"]);
        assert!(subjects(&test, &stage.oscar, &searching("printer")).await.is_empty());
    }

    async fn requests_from_before_there_was_a_search_are_made_findable(test: Test) {
        let stage = Stage::set(&test).await;
        stage.file(&test, "Printer").await;
        let mut tx = test.portal.db.begin().await.expect("a transaction");
        deskside::server::db::sql("DELETE FROM request_words").execute(&mut tx).await.expect("forgotten");
        tx.commit().await.expect("a commit");
        assert!(subjects(&test, &stage.oscar, &searching("printer")).await.is_empty());
        assert_eq!(service::index_some(&test.portal).await.expect("no error"), 1);
        assert_eq!(service::index_some(&test.portal).await.expect("no error"), 0);
        assert_eq!(subjects(&test, &stage.oscar, &searching("printer")).await, ["Printer"]);
    }

    async fn the_list_shows_who_is_available_now(test: Test) {
        let stage = Stage::set(&test).await;
        stage.file(&test, "Any time").await;
        stage.file_form(&test, with_window("Now", "2026-11-23T07:00", "2026-11-23T09:00")).await;
        stage.file_form(&test, with_window("Later", "2026-11-23T12:00", "2026-11-23T13:00")).await;
        let now = Filter { available_now: true, ..Filter::default() };
        assert_eq!(subjects(&test, &stage.oscar, &now).await, ["Now", "Any time"]);
        let sorted = Filter { sort: Sort::Available, ..Filter::default() };
        assert_eq!(subjects(&test, &stage.oscar, &sorted).await, ["Any time", "Now", "Later"]);
    }

    async fn the_list_is_narrowed_by_status_priority_tag_and_team(test: Test) {
        let stage = Stage::set(&test).await;
        stage.file(&test, "Plain").await;
        let id = stage.file(&test, "Special").await;
        let form = ManageForm {
            priority: "high".into(),
            tags: "vpn".into(),
            team: OPERATOR.to_string(),
            ..form(&test, &stage.oscar, id).await
        };
        manage::save(&test.portal, &stage.oscar, id, &form).await.expect("saved");
        for filter in [
            Filter { priority: Some(Priority::High), ..Filter::default() },
            Filter { tag: Some("vpn".into()), ..Filter::default() },
            Filter::from(Show::Teams),
        ] {
            assert_eq!(subjects(&test, &stage.oscar, &filter).await, ["Special"], "{filter:?}");
        }
        let waiting = Filter { status: Some(Status::WaitingForConnection), ..Filter::default() };
        assert!(subjects(&test, &stage.oscar, &waiting).await.is_empty());
        assert!(subjects(&test, &stage.ada, &Filter::from(Show::Teams)).await.is_empty());
    }

    async fn every_order_of_the_list_is_a_good_statement(test: Test) {
        let stage = Stage::set(&test).await;
        stage.file(&test, "B").await;
        stage.claimed(&test).await;
        stage.file(&test, "A").await;
        for sort in Sort::ALL {
            let filter = Filter { sort, ..Filter::default() };
            assert_eq!(subjects(&test, &stage.oscar, &filter).await.len(), 3, "{sort:?}");
        }
        let by_subject = Filter { sort: Sort::Subject, ..Filter::default() };
        assert_eq!(subjects(&test, &stage.oscar, &by_subject).await, ["A", "B", "Printer"]);
        let oldest = Filter { sort: Sort::Oldest, ..Filter::default() };
        assert_eq!(subjects(&test, &stage.oscar, &oldest).await, ["B", "Printer", "A"]);
    }

    async fn a_sorted_list_goes_page_by_page(test: Test) {
        let stage = Stage::set(&test).await;
        for number in 0..=PAGE_ROWS {
            stage.file(&test, &format!("Request {number:02}")).await;
        }
        let page = |page| Filter { sort: Sort::Subject, page, ..Filter::default() };
        assert_eq!(subjects(&test, &stage.oscar, &page(0)).await.len(), PAGE_ROWS);
        assert_eq!(subjects(&test, &stage.oscar, &page(1)).await, ["Request 50"]);
        assert!(subjects(&test, &stage.oscar, &page(2)).await.is_empty());
    }

    async fn the_list_leaves_as_a_table_for_spreadsheets(test: Test) {
        let stage = Stage::set(&test).await;
        stage.file(&test, "=HYPERLINK(\"http://evil\"), \"quoted\"").await;
        let mut oscar = test.signed_in("oscar").await;
        let answer = oscar.get("/requests.csv").await;
        assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
        assert!(answer.header("content-disposition").contains("requests.csv"));
        let mut reader = csv::Reader::from_reader(answer.body.as_bytes());
        let records: Vec<_> = reader.records().map(|record| record.expect("a line")).collect();
        assert_eq!(records.len(), 1);
        assert_eq!(&records[0][1], "'=HYPERLINK(\"http://evil\"), \"quoted\"");
        assert!(oscar.get("/requests.csv?q=nothing").await.body.lines().count() == 1);
    }

    async fn an_owner_rates_a_closed_request_and_the_assistant_is_told(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let early = service::rate(&test.portal, &stage.emma, id, "5", "").await;
        assert!(matches!(early, Err(AppError::Conflict { .. })));
        service::close(&test.portal, &stage.oscar, id, 2).await.expect("closed");
        for stars in ["", "0", "6", "five"] {
            let refused = service::rate(&test.portal, &stage.emma, id, stars, "").await.expect_err("refused");
            assert_eq!(refused.fields()[0].field, "stars");
        }
        service::rate(&test.portal, &stage.emma, id, "4", " Quick. ").await.expect("rated");
        let rating = stage.see(&test, &stage.oscar, id).await.rating.expect("a rating");
        assert_eq!((rating.stars, rating.comment.as_str()), (4, "Quick."));
        let last = stage::mails(&test).await.pop().expect("a mail");
        assert_eq!(last.recipient_email, "oscar@example.org");
        let other = service::rate(&test.portal, &stage.oscar, id, "5", "").await.expect_err("denied");
        assert_eq!(other, AppError::Denied);
    }

    async fn a_finished_request_opens_again_for_fourteen_days_and_not_longer(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        service::close(&test.portal, &stage.oscar, id, 2).await.expect("closed");
        let days = u32::try_from(REOPEN_DAYS).expect("a few");
        test.advance(DAY * days);
        assert!(stage.see(&test, &stage.emma, id).await.may.reopen);
        service::reopen(&test.portal, &stage.emma, id, 3).await.expect("open again");
        let row = stage.see(&test, &stage.emma, id).await.row;
        assert_eq!((row.status, row.assistant), (Status::New, None));
        assert_eq!(subjects(&test, &stage.oscar, &Filter::default()).await, ["Printer"]);
        service::cancel(&test.portal, &stage.emma, id, 4).await.expect("cancelled");
        test.advance(DAY * days + Duration::from_millis(1));
        assert!(!stage.see(&test, &stage.emma, id).await.may.reopen);
        let late = service::reopen(&test.portal, &stage.emma, id, 5).await.expect_err("refused");
        assert!(late.to_string().contains("more than 14 days ago"), "{late}");
    }

    async fn who_waits_is_told_their_place_and_the_usual_time(test: Test) {
        let stage = Stage::set(&test).await;
        for _ in 0..5 {
            let id = stage.file(&test, "Earlier").await;
            test.advance(Duration::from_secs(600));
            service::claim(&test.portal, &stage.oscar, id, 1).await.expect("claimed");
        }
        let first = stage.file(&test, "First").await;
        let second = stage.file(&test, "Second").await;
        let waiting = async |id| reading::waiting(&test.portal, &stage.emma, id).await.expect("no error");
        let place = async |id| waiting(id).await.map(|waiting| waiting.before);
        assert_eq!((place(first).await, place(second).await), (Some(0), Some(1)));
        assert_eq!(waiting(first).await.and_then(|waiting| waiting.usually), Some(600_000));
        let form = ManageForm { priority: "urgent".into(), ..form(&test, &stage.oscar, second).await };
        manage::save(&test.portal, &stage.oscar, second, &form).await.expect("saved");
        assert_eq!((place(first).await, place(second).await), (Some(1), Some(0)));
        service::claim(&test.portal, &stage.oscar, first, 1).await.expect("claimed");
        assert_eq!(waiting(first).await, None);
    }

    async fn the_timeline_says_who_did_what(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let shown = test.signed_in("oscar").await.get(&format!("/requests/{id}")).await;
        let body = shown.body.replace("<!>", "");
        assert!(body.contains("<strong>Oscar</strong> claimed the request<time"), "{body}");
    }

    async fn the_timeline_names_a_priority_before_and_after(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, "Printer").await;
        let form = ManageForm { priority: "urgent".into(), ..form(&test, &stage.oscar, id).await };
        manage::save(&test.portal, &stage.oscar, id, &form).await.expect("saved");
        let shown = test.signed_in("oscar").await.get(&format!("/requests/{id}")).await;
        assert!(shown.body.contains("Priority: Normal → Urgent"), "{}", shown.body);
    }

    async fn details_are_changed_and_found_in_the_browser(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, "Printer").await;
        let mut oscar = test.signed_in("oscar").await;
        let page = format!("/requests/{id}/manage");
        let shown = oscar.get(&page).await;
        assert!(shown.body.contains("Emma is available at any time."), "{}", shown.body);
        let assistant = stage.oscar.id().to_string();
        let fields = [
            ("version", "1"),
            ("assistant", assistant.as_str()),
            ("team", ""),
            ("status", "new"),
            ("priority", "high"),
            ("tags", "vpn"),
            ("scheduled_from", "2026-11-24T09:00"),
            ("scheduled_until", "2026-11-24T08:00"),
        ];
        let refused = oscar.post(&page, &fields).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains("The end must be after the start."), "{}", refused.body);
        assert!(refused.body.contains("2026-11-24T08:00") && refused.body.contains("value=\"vpn\""));
        let mut fields = fields;
        fields[7].1 = "2026-11-24T10:00";
        let saved = oscar.post(&page, &fields).await;
        assert_eq!(saved.location(), format!("/requests/{id}"), "{}", saved.body);
        let list = oscar.get("/requests?tag=vpn&priority=high&sort=priority").await;
        assert!(list.body.contains("High priority") && list.body.contains("Remove filter: Tag “vpn”"), "{}", list.body);
        let chosen = oscar.get("/requests/new-for?q=emma").await;
        assert!(chosen.body.contains(&format!("/requests/new?for={}", stage.emma.id())), "{}", chosen.body);
        let form = oscar.get(&format!("/requests/new?for={}", stage.emma.id())).await;
        assert!(form.body.contains("New request for Emma") && form.body.contains("EMMA-PC"), "{}", form.body);
    }
}
