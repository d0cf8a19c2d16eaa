//! What owners allow in advance: who gives it, who takes it back, what devices are told, and what is kept of it.

use crate::{
    harness::{NOW, Test},
    on_both_engines,
    stage::{self, Device, Stage},
};
use deskside::{
    accounts::{
        model::StartingRole,
        people,
        service::{RightsChange, change_rights},
    },
    audit::By,
    error::AppError,
    preconsents::service as preconsents,
    requests::{
        model::{ChangedField, Happened, RequestForm, Status, Value, Window, WindowForm},
        service,
    },
    sessions::{
        self,
        reports::{self, Taken},
    },
};
use deskside_protocol::{
    command::Order,
    ids::RequestId,
    preconsent::{AllowedWindow, PreConsent},
    report::Event,
    session::{ConsentAnswer, EndReason},
};
use std::time::Duration;

const HOUR: i64 = 3_600_000;
/// Until an hour after now.
const FIRST: (&str, &str) = ("2026-11-23T08:00", "2026-11-23T09:00");
const SECOND: (&str, &str) = ("2026-11-24T14:00", "2026-11-24T16:00");

fn first() -> Window {
    Window {
        starts_at: NOW,
        ends_at: NOW + HOUR,
    }
}

fn row((from, until): (&str, &str), allow: bool) -> WindowForm {
    WindowForm {
        from: from.into(),
        until: until.into(),
        allow,
    }
}

fn form(device: &Device, rows: Vec<WindowForm>) -> RequestForm {
    RequestForm {
        subject: "Printer".into(),
        device: device.id.to_string(),
        any_time: false,
        windows: rows,
        ..RequestForm::default()
    }
}

/// Emma files for now, allowed, and for tomorrow, not allowed.
async fn allowed(test: &Test, stage: &Stage) -> RequestId {
    let form = form(&stage.device, vec![row(FIRST, true), row(SECOND, false)]);
    service::file(&test.portal, &stage.emma, &form).await.expect("filed")
}

/// The same, with the device online and Oscar as assistant.
async fn allowed_and_claimed(test: &Test, stage: &Stage) -> RequestId {
    stage.device.comes_online(test).await;
    let id = allowed(test, stage).await;
    let version = version(test, stage, id).await;
    service::claim(&test.portal, &stage.oscar, id, version)
        .await
        .expect("claimed");
    id
}

async fn version(test: &Test, stage: &Stage, id: RequestId) -> i64 {
    stage.see(test, &stage.oscar, id).await.row.version
}

async fn windows(test: &Test, stage: &Stage, id: RequestId) -> Vec<Window> {
    stage.see(test, &stage.oscar, id).await.allowance.windows
}

async fn timeline(test: &Test, stage: &Stage, id: RequestId) -> Vec<Happened> {
    let entries = stage.see(test, &stage.oscar, id).await.timeline;
    entries.into_iter().map(|entry| entry.what).collect()
}

/// What the device was told since the last look, as version and number of windows.
fn told(test: &mut Test, device: &Device) -> Vec<(i64, usize)> {
    statements(test, device)
        .into_iter()
        .map(|told| (told.version, told.windows.len()))
        .collect()
}

fn statements(test: &mut Test, device: &Device) -> Vec<PreConsent> {
    let statement = |order| match order {
        Order::PreConsent(statement) => Some(statement),
        _ => None,
    };
    stage::orders(test, device).into_iter().filter_map(statement).collect()
}

async fn reported(test: &Test, device: &Device, event: Event) -> Taken {
    let report = device.report(test, event);
    reports::take(&test.portal, device.id, &report).await.expect("no error")
}

async fn edit(test: &Test, stage: &Stage, id: RequestId, form: RequestForm) {
    let form = RequestForm {
        version: version(test, stage, id).await.to_string(),
        ..form
    };
    service::edit(&test.portal, &stage.emma, id, &form)
        .await
        .expect("edited");
}

on_both_engines! {
    async fn an_owner_allows_a_time_when_filing_and_the_device_is_told_signed(test: Test) {
        let stage = Stage::set(&test).await;
        stage::told(&mut test);
        let id = allowed(&test, &stage).await;
        assert_eq!(windows(&test, &stage, id).await, [first()]);
        let told = statements(&mut test, &stage.device);
        let window = AllowedWindow { starts_at: NOW, ends_at: NOW + HOUR };
        assert_eq!(told.iter().map(|told| (told.request, told.version, told.windows.clone())).collect::<Vec<_>>(),
            [(id, 1, vec![window])]);
        assert_eq!((told[0].owner.as_str(), told[0].reference.as_str()), ("Emma", "R-1001"));
    }

    async fn what_was_allowed_when_filing_is_on_the_timeline_and_in_the_mail(test: Test) {
        let stage = Stage::set(&test).await;
        let id = allowed(&test, &stage).await;
        let filed = stage.see(&test, &stage.oscar, id).await.timeline.remove(0);
        assert_eq!(filed.by.map(|by| by.name).as_deref(), Some("Emma"));
        let change = &filed.changes[0];
        assert_eq!((change.field, &change.to), (ChangedField::AllowedInAdvance, &Value::Windows(vec![first()])));
        let mails = stage::mails(&test).await;
        let line = "Connect without asking: Mon 23 Nov 2026, 08:00 – 09:00";
        assert!(mails[0].text_body.contains(line), "{}", mails[0].text_body);
    }

    async fn a_request_without_a_tick_tells_the_device_nothing(test: Test) {
        let stage = Stage::set(&test).await;
        let form = form(&stage.device, vec![row(FIRST, false)]);
        service::file(&test.portal, &stage.emma, &form).await.expect("filed");
        stage.device.comes_online(&test).await;
        assert_eq!(told(&mut test, &stage.device), []);
    }

    async fn without_a_device_nothing_can_be_allowed(test: Test) {
        let stage = Stage::set(&test).await;
        let form = RequestForm { device: String::new(), ..form(&stage.device, vec![row(FIRST, true)]) };
        let refused = service::file(&test.portal, &stage.emma, &form).await.expect_err("refused");
        let AppError::Invalid { fields } = refused else { panic!("{refused:?}") };
        assert_eq!(fields[0].field, "allow-1");
    }

    async fn nobody_allows_it_in_the_owners_name(test: Test) {
        let stage = Stage::set(&test).await;
        let form = form(&stage.device, vec![row(FIRST, true)]);
        let id = service::file_for_other(&test.portal, &stage.oscar, stage.emma.id(), &form).await.expect("filed");
        assert_eq!(windows(&test, &stage, id).await, []);
        assert_eq!(told(&mut test, &stage.device), []);
        for other in [&stage.oscar, &stage.ada] {
            let refused = service::edit(&test.portal, other, id, &form).await;
            assert_eq!(refused.expect_err("refused"), AppError::Denied);
        }
    }

    async fn the_form_for_oneself_has_the_tick_and_that_for_others_has_not(test: Test) {
        let stage = Stage::set(&test).await;
        let mut oscar = test.signed_in("oscar").await;
        assert!(oscar.get("/requests/new").await.body.contains("name=\"allow-1\""));
        let for_emma = oscar.get(&format!("/requests/new?for={}", stage.emma.id())).await;
        assert!(for_emma.status == 200 && !for_emma.body.contains("allow-1"), "{}", for_emma.body);
    }

    async fn a_tick_that_was_posted_comes_back_with_a_form_that_failed(test: Test) {
        Stage::set(&test).await;
        let mut emma = test.signed_in("emma").await;
        let fields = [("subject", "x"), ("device", ""), ("availability", "windows"), ("from-1", FIRST.0), ("until-1", FIRST.1), ("allow-1", "yes")];
        let answer = emma.post("/requests/new", &fields).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains("Choose the device first"), "{}", answer.body);
        let tick = answer.body.split("<input").find(|input| input.contains("name=\"allow-1\"")).expect("a tick");
        assert!(tick.split('>').next().is_some_and(|tag| tag.contains("checked")), "{tick}");
    }

    async fn editing_shows_the_tick_and_saving_it_unchanged_changes_nothing(test: Test) {
        let stage = Stage::set(&test).await;
        let id = allowed(&test, &stage).await;
        stage::told(&mut test);
        let shown = service::edit_form(&test.portal, &stage.emma, id).await.expect("a form");
        assert_eq!(shown.windows.iter().map(|row| row.allow).collect::<Vec<_>>(), [true, false, false]);
        service::edit(&test.portal, &stage.emma, id, &shown).await.expect("no error");
        assert_eq!(told(&mut test, &stage.device), []);
        assert_eq!(timeline(&test, &stage, id).await, [Happened::Filed]);
    }

    async fn a_time_that_changes_without_its_tick_is_no_longer_allowed(test: Test) {
        let stage = Stage::set(&test).await;
        let id = allowed(&test, &stage).await;
        stage::told(&mut test);
        edit(&test, &stage, id, form(&stage.device, vec![row(("2026-11-23T08:00", "2026-11-23T12:00"), false)])).await;
        assert_eq!(windows(&test, &stage, id).await, []);
        assert_eq!(told(&mut test, &stage.device), [(2, 0)]);
    }

    async fn another_tick_on_edit_is_told_in_full_with_a_higher_version(test: Test) {
        let stage = Stage::set(&test).await;
        let id = allowed(&test, &stage).await;
        stage::told(&mut test);
        edit(&test, &stage, id, form(&stage.device, vec![row(FIRST, true), row(SECOND, true)])).await;
        assert_eq!(told(&mut test, &stage.device), [(2, 2)]);
        assert_eq!(timeline(&test, &stage, id).await, [Happened::Filed, Happened::Edited]);
    }

    async fn another_device_ends_it_on_the_first_and_allows_only_what_is_ticked_on_the_second(test: Test) {
        let stage = Stage::set(&test).await;
        let laptop = stage::enrol(&test, &stage.emma, "EMMA-LAPTOP").await;
        let id = allowed(&test, &stage).await;
        stage::told(&mut test);
        edit(&test, &stage, id, form(&laptop, vec![row(FIRST, false), row(SECOND, false)])).await;
        assert_eq!(told(&mut test, &stage.device), [(2, 0)]);
        edit(&test, &stage, id, form(&laptop, vec![row(FIRST, true)])).await;
        assert_eq!(told(&mut test, &laptop), [(1, 1)]);
    }

    async fn a_device_that_comes_online_hears_what_is_allowed_and_what_no_longer_is(test: Test) {
        let stage = Stage::set(&test).await;
        let id = allowed(&test, &stage).await;
        stage::told(&mut test);
        stage.device.comes_online(&test).await;
        assert_eq!(told(&mut test, &stage.device), [(1, 1)]);
        stage.device.goes_offline(&test).await;
        preconsents::take_back(&test.portal, &stage.emma, id).await.expect("taken back");
        stage::told(&mut test);
        stage.device.comes_online(&test).await;
        assert_eq!(told(&mut test, &stage.device), [(2, 0)]);
        test.advance(Duration::from_secs(3600));
        stage.device.comes_online(&test).await;
        assert_eq!(told(&mut test, &stage.device), []);
    }

    async fn the_device_hears_what_is_allowed_before_it_is_asked(test: Test) {
        let stage = Stage::set(&test).await;
        let id = allowed(&test, &stage).await;
        let version = version(&test, &stage, id).await;
        service::claim(&test.portal, &stage.oscar, id, version).await.expect("claimed");
        stage.launch(&test, id).await;
        stage::told(&mut test);
        stage.device.comes_online(&test).await;
        let orders = stage::orders(&mut test, &stage.device);
        assert!(matches!(&orders[..], [Order::PreConsent(_), Order::AskConsent { request, .. }] if *request == id), "{orders:?}");
    }

    async fn owner_and_staff_take_it_back_and_others_see_nothing(test: Test) {
        let stage = Stage::set(&test).await;
        let eve = test.person("eve", StartingRole::Employee).await;
        for (who, name) in [(&stage.emma, "Emma"), (&stage.oscar, "Oscar"), (&stage.ada, "Ada")] {
            let id = allowed(&test, &stage).await;
            let refused = preconsents::take_back(&test.portal, &eve, id).await;
            assert_eq!(refused.expect_err("refused"), AppError::NotFound);
            assert_eq!(windows(&test, &stage, id).await, [first()]);
            stage::told(&mut test);
            preconsents::take_back(&test.portal, who, id).await.expect("taken back");
            assert_eq!(told(&mut test, &stage.device), [(2, 0)]);
            let last = stage.see(&test, &stage.oscar, id).await.timeline.pop().expect("an entry");
            assert_eq!((last.what, last.by.map(|by| by.name).as_deref()), (Happened::AllowanceTakenBack, Some(name)));
            let audited = stage::audited(&test, &format!("request:{id}")).await;
            assert_eq!(audited, ["request.filed", "preconsent.taken_back"]);
        }
    }

    async fn taking_back_twice_is_no_error_and_told_once(test: Test) {
        let stage = Stage::set(&test).await;
        let id = allowed(&test, &stage).await;
        for _ in 0..2 {
            preconsents::take_back(&test.portal, &stage.emma, id).await.expect("no error");
        }
        assert_eq!(timeline(&test, &stage, id).await, [Happened::Filed, Happened::AllowanceTakenBack]);
    }

    async fn the_button_of_the_page_takes_it_back(test: Test) {
        let stage = Stage::set(&test).await;
        let id = allowed(&test, &stage).await;
        let mut emma = test.signed_in("emma").await;
        let page = emma.get(&format!("/requests/{id}")).await.body;
        assert!(page.contains("Take it back") && page.contains("may connect without asking until Today, 09:00"), "{page}");
        let answer = emma.post(&format!("/requests/{id}/take-back"), &[]).await;
        assert_eq!((answer.status, answer.location()), (303, format!("/requests/{id}").as_str()));
        assert!(!emma.get(&format!("/requests/{id}")).await.body.contains("Take it back"));
        assert_eq!(windows(&test, &stage, id).await, []);
    }

    async fn the_person_at_the_device_takes_it_back_and_owner_and_assistant_are_mailed(test: Test) {
        let stage = Stage::set(&test).await;
        let id = allowed_and_claimed(&test, &stage).await;
        let mailed = stage::mails(&test).await.len();
        let event = Event::PreConsentTakenBack { request: id, version: 1 };
        assert_eq!(reported(&test, &stage.device, event.clone()).await, Taken::Yes);
        assert_eq!(windows(&test, &stage, id).await, []);
        let last = stage.see(&test, &stage.oscar, id).await.timeline.pop().expect("an entry");
        assert_eq!((last.what, last.by), (Happened::AllowanceTakenBack, None));
        assert_eq!(stage::mails(&test).await.len(), mailed + 2);
        assert_eq!(reported(&test, &stage.device, event).await, Taken::NotNow);
    }

    async fn an_older_version_that_was_taken_back_on_the_device_takes_back_what_is_allowed_now(test: Test) {
        let stage = Stage::set(&test).await;
        let id = allowed(&test, &stage).await;
        let shorter = row(("2026-11-23T08:00", "2026-11-23T08:30"), true);
        edit(&test, &stage, id, form(&stage.device, vec![shorter])).await;
        stage::told(&mut test);
        let old = Event::PreConsentTakenBack { request: id, version: 1 };
        assert_eq!(reported(&test, &stage.device, old).await, Taken::Yes);
        assert_eq!(windows(&test, &stage, id).await, []);
        assert_eq!(told(&mut test, &stage.device), [(3, 0)]);
        assert_eq!(timeline(&test, &stage, id).await.last(), Some(&Happened::AllowanceTakenBack));
    }

    async fn what_was_taken_back_on_a_device_that_nothing_is_allowed_for_is_audited(test: Test) {
        let stage = Stage::set(&test).await;
        let id = allowed(&test, &stage).await;
        preconsents::take_back(&test.portal, &stage.emma, id).await.expect("taken back");
        let late = Event::PreConsentTakenBack { request: id, version: 1 };
        assert_eq!(reported(&test, &stage.device, late).await, Taken::NotNow);
        let audited = stage::audited(&test, &format!("request:{id}")).await;
        assert_eq!(audited.last().map(String::as_str), Some("preconsent.taken_back_late"));
    }

    async fn what_is_allowed_ends_when_its_owners_account_is_disabled(test: Test) {
        let stage = Stage::set(&test).await;
        let id = allowed(&test, &stage).await;
        stage::told(&mut test);
        people::set_active(&test.portal, &stage.ada, stage.emma.id(), false).await.expect("disabled");
        assert_eq!(windows(&test, &stage, id).await, []);
        assert_eq!(told(&mut test, &stage.device), [(2, 0)]);
        assert_eq!(timeline(&test, &stage, id).await.last(), Some(&Happened::AllowanceLapsed));
    }

    async fn what_is_allowed_ends_in_the_next_round_when_the_command_line_disables_its_owner(test: Test) {
        let stage = Stage::set(&test).await;
        let id = allowed(&test, &stage).await;
        let disable = RightsChange::Disable;
        change_rights(&test.portal, By::Machine("console"), "emma", disable).await.expect("disabled");
        sessions::presence::expire(&test.portal).await.expect("time passes");
        assert_eq!(windows(&test, &stage, id).await, []);
    }

    async fn a_device_is_not_believed_that_an_owner_whose_account_is_disabled_allowed_it(test: Test) {
        let stage = Stage::set(&test).await;
        let id = allowed_and_claimed(&test, &stage).await;
        let session = stage.launch(&test, id).await;
        let disable = RightsChange::Disable;
        change_rights(&test.portal, By::Machine("console"), "emma", disable).await.expect("disabled");
        stage::told(&mut test);
        stage.device.answers(&test, session, ConsentAnswer::AllowedInAdvance).await;
        let end = Order::EndSession { session, reason: EndReason::NoConsent };
        assert_eq!(stage::orders(&mut test, &stage.device), [end]);
    }

    async fn what_a_device_says_of_a_version_that_never_was_or_of_a_foreign_request_changes_nothing(test: Test) {
        let stage = Stage::set(&test).await;
        let laptop = stage::enrol(&test, &stage.emma, "EMMA-LAPTOP").await;
        let id = allowed(&test, &stage).await;
        edit(&test, &stage, id, form(&stage.device, vec![row(FIRST, true), row(SECOND, true)])).await;
        let never = Event::PreConsentTakenBack { request: id, version: 3 };
        assert_eq!(reported(&test, &stage.device, never).await, Taken::NotNow);
        let foreign = Event::PreConsentTakenBack { request: id, version: 2 };
        assert_eq!(reported(&test, &laptop, foreign).await, Taken::ForeignSession);
        assert_eq!(windows(&test, &stage, id).await.len(), 2);
    }

    async fn the_page_says_whether_the_device_has_shown_it(test: Test) {
        let stage = Stage::set(&test).await;
        let id = allowed(&test, &stage).await;
        let shown = || async { stage.see(&test, &stage.oscar, id).await.allowance.shown };
        assert!(!shown().await);
        assert_eq!(reported(&test, &stage.device, Event::PreConsentShown { request: id, version: 1 }).await, Taken::Yes);
        assert!(shown().await);
        edit(&test, &stage, id, form(&stage.device, vec![row(FIRST, true), row(SECOND, true)])).await;
        assert!(!shown().await);
        assert!(stage::audited(&test, &format!("request:{id}")).await.contains(&"preconsent.shown".to_owned()));
    }

    async fn whoever_assists_reads_beside_launch_that_nobody_is_asked(test: Test) {
        let stage = Stage::set(&test).await;
        let id = allowed_and_claimed(&test, &stage).await;
        reported(&test, &stage.device, Event::PreConsentShown { request: id, version: 1 }).await;
        let mut oscar = test.signed_in("oscar").await;
        let page = oscar.get(&format!("/requests/{id}")).await.body;
        assert!(page.contains("The owner allowed you to connect now without asking."), "{page}");
        test.advance(Duration::from_secs(3600));
        let later = oscar.get(&format!("/requests/{id}")).await.body;
        assert!(later.contains("Launch asks Emma"), "{later}");
    }

    async fn a_launch_that_the_device_accepts_by_what_was_allowed_says_so_in_the_record(test: Test) {
        let stage = Stage::set(&test).await;
        let id = allowed_and_claimed(&test, &stage).await;
        let session = stage.launch(&test, id).await;
        stage.device.answers(&test, session, ConsentAnswer::AllowedInAdvance).await;
        let detail = stage.see(&test, &stage.oscar, id).await;
        assert_eq!(detail.row.status, Status::InProgress);
        let last = detail.timeline.last().expect("an entry");
        assert_eq!(last.what, Happened::AcceptedInAdvance);
        assert_eq!(last.what.sentence(None), "Connected without asking, as the owner allowed in advance.");
        let audited = stage::audited(&test, &format!("request:{id}")).await;
        assert_eq!(audited.last().map(String::as_str), Some("session.accepted_in_advance"));
        let texts: Vec<_> = stage::mails(&test).await.into_iter().map(|mail| mail.text_body).collect();
        assert_eq!(texts.iter().filter(|text| text.contains("Connected without asking")).count(), 2);
        assert!(texts.iter().any(|text| text.contains("You allowed this time in advance")));
    }

    async fn a_device_that_claims_what_is_not_allowed_is_not_believed(test: Test) {
        let stage = Stage::set(&test).await;
        stage.device.comes_online(&test).await;
        let id = stage.claimed(&test).await;
        let session = stage.launch(&test, id).await;
        stage::told(&mut test);
        stage.device.answers(&test, session, ConsentAnswer::AllowedInAdvance).await;
        assert_eq!(stage.see(&test, &stage.oscar, id).await.row.status, Status::Assigned);
        let end = Order::EndSession { session, reason: EndReason::NoConsent };
        assert_eq!(stage::orders(&mut test, &stage.device), [end]);
    }

    async fn a_session_that_runs_goes_on_when_it_is_taken_back(test: Test) {
        let stage = Stage::set(&test).await;
        let id = allowed_and_claimed(&test, &stage).await;
        let session = stage.launch(&test, id).await;
        stage.device.answers(&test, session, ConsentAnswer::AllowedInAdvance).await;
        preconsents::take_back(&test.portal, &stage.oscar, id).await.expect("taken back");
        let repeated = Event::Consent { session, answer: ConsentAnswer::AllowedInAdvance };
        assert_eq!(reported(&test, &stage.device, repeated).await, Taken::NotNow);
        assert_eq!(stage.see(&test, &stage.oscar, id).await.row.status, Status::InProgress);
    }

    async fn an_owner_who_stops_such_a_session_takes_it_back(test: Test) {
        let stage = Stage::set(&test).await;
        stage.device.comes_online(&test).await;
        let form = RequestForm { one_time: false, ..form(&stage.device, vec![row(FIRST, true)]) };
        let id = service::file(&test.portal, &stage.emma, &form).await.expect("filed");
        let version = version(&test, &stage, id).await;
        service::claim(&test.portal, &stage.oscar, id, version).await.expect("claimed");
        let session = stage.launch(&test, id).await;
        stage.device.answers(&test, session, ConsentAnswer::AllowedInAdvance).await;
        sessions::service::end_of_request(&test.portal, &stage.emma, id, Some(session)).await.expect("ended");
        assert_eq!(windows(&test, &stage, id).await, []);
        assert_eq!(stage.see(&test, &stage.oscar, id).await.row.status, Status::Inactive);
    }

    async fn closing_and_cancelling_take_it_back(test: Test) {
        let stage = Stage::set(&test).await;
        for cancels in [true, false] {
            let id = allowed(&test, &stage).await;
            stage::told(&mut test);
            let version = version(&test, &stage, id).await;
            if cancels {
                service::cancel(&test.portal, &stage.emma, id, version).await.expect("cancelled");
            } else {
                service::close(&test.portal, &stage.ada, id, version).await.expect("closed");
            }
            assert_eq!(told(&mut test, &stage.device), [(2, 0)]);
            assert_eq!(windows(&test, &stage, id).await, []);
        }
    }
}
