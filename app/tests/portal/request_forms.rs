//! The posts of requests, sessions and devices through the real router, as a browser without JavaScript sends them.

use crate::{harness::Test, on_both_engines, stage::Stage};
use deskside::{
    accounts::model::StartingRole,
    requests::{filter::Show, forms::BODY_BYTES, model::Status, reading},
};
use deskside_protocol::{ids::SessionId, session::ConsentAnswer};

const FILED: [(&str, &str); 4] = [
    ("subject", "Printer jams"),
    ("description", "Line one\r\nline two"),
    ("availability", "any"),
    ("one_time", "on"),
];

on_both_engines! {
    async fn a_good_form_files_the_request_and_leads_to_it(test: Test) {
        let stage = Stage::set(&test).await;
        let mut emma = test.signed_in("emma").await;
        let answer = emma.post("/requests/new", &FILED).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        let page = emma.get(answer.location()).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("Printer jams") && page.body.contains("R-1001"));
        let listed = reading::list_mine(&test.portal, &stage.emma, &Show::Open.into()).await.expect("a list");
        assert_eq!(answer.location(), format!("/requests/{}", listed.rows[0].id));
    }

    async fn reloading_after_a_refused_button_leads_back_to_the_request(test: Test) {
        let stage = Stage::set(&test).await;
        let (request, _) = stage.connected(&test).await;
        let mut oscar = test.signed_in("oscar").await;
        let refused = oscar.post(&format!("/requests/{request}/claim"), &[("version", "0")]).await;
        assert_eq!(refused.status, 409, "{}", refused.body);
        let reloaded = oscar.get(&format!("/requests/{request}/claim")).await;
        assert_eq!((reloaded.status, reloaded.location()), (303, format!("/requests/{request}").as_str()));
    }

    async fn an_edit_that_was_overtaken_shows_both_and_saves_over_it_when_asked_again(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, "Printer").await;
        let mut emma = test.signed_in("emma").await;
        let page = format!("/requests/{id}/edit");
        let edit = |subject, description, version| {
            [("subject", subject), ("description", description), ("availability", "any"), ("one_time", "on"), ("version", version)]
        };
        assert_eq!(emma.post(&page, &edit("Printer in the hall", "", "1")).await.status, 303);
        let overtaken = emma.post(&page, &edit("Printer", "It hums.", "1")).await;
        assert_eq!(overtaken.status, 409);
        assert!(overtaken.body.contains("Emma changed the request."), "{}", overtaken.body);
        assert!(overtaken.body.contains("<td>Printer in the hall</td>") && overtaken.body.contains("<td>It hums.</td>"));
        assert!(overtaken.body.contains("name=\"version\" value=\"2\""), "{}", overtaken.body);
        assert_eq!(emma.post(&page, &edit("Printer", "It hums.", "2")).await.status, 303);
        assert_eq!(stage.see(&test, &stage.emma, id).await.description, "It hums.");
    }

    async fn a_bad_form_comes_back_with_everything_that_was_typed(test: Test) {
        Stage::set(&test).await;
        let mut emma = test.signed_in("emma").await;
        let fields = [
            ("subject", ""),
            ("description", "Kept </textarea><script>"),
            ("availability", "windows"),
            ("from-1", "2026-11-25T09:00"),
            ("until-1", "2026-11-25T08:00"),
        ];
        let answer = emma.post("/requests/new", &fields).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains("Kept &lt;/textarea") && !answer.body.contains("</textarea><script>"));
        assert!(answer.body.contains("2026-11-25T09:00"));
        assert!(answer.body.contains("Say in a few words"));
        assert!(answer.body.contains("The end must be after the start."));
    }

    async fn another_time_is_added_without_losing_anything(test: Test) {
        Stage::set(&test).await;
        let mut emma = test.signed_in("emma").await;
        let rows = [("from-1", ""), ("until-1", ""), ("from-2", ""), ("until-2", ""), ("from-3", ""), ("until-3", "")];
        let fields = [&[("subject", "Kept"), ("add_time", "1"), ("availability", "windows")][..], &rows[..]].concat();
        let answer = emma.post("/requests/new", &fields).await;
        assert_eq!(answer.status, 200);
        assert!(answer.body.contains("value=\"Kept\"") && answer.body.contains("from-4"), "{}", answer.body);
    }

    async fn a_huge_form_is_refused_and_stores_nothing(test: Test) {
        let stage = Stage::set(&test).await;
        let mut emma = test.signed_in("emma").await;
        let huge = "x".repeat(BODY_BYTES);
        let answer = emma.post("/requests/new", &[("subject", "x"), ("description", &huge)]).await;
        assert_eq!(answer.status, 413);
        let listed = reading::list_mine(&test.portal, &stage.emma, &Show::Open.into()).await.expect("a list");
        assert!(listed.rows.is_empty());
    }

    async fn an_older_page_gets_a_conflict(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let mut emma = test.signed_in("emma").await;
        let answer = emma.post(&format!("/requests/{id}/cancel"), &[("version", "1")]).await;
        assert_eq!(answer.status, 409);
        assert!(answer.body.contains("Oscar claimed the request."));
    }

    async fn the_main_job_by_forms_alone(test: Test) {
        let stage = Stage::set(&test).await;
        stage.device.comes_online(&test).await;
        let id = stage.file(&test, "Printer").await;
        let (mut emma, mut oscar) = (test.signed_in("emma").await, test.signed_in("oscar").await);
        let page = format!("/requests/{id}");
        let claimed = oscar.post(&format!("{page}/claim"), &[("version", "1")]).await;
        assert_eq!((claimed.status, claimed.location()), (303, page.as_str()));
        let launched = oscar.post(&format!("{page}/launch"), &[("version", "2")]).await;
        assert!(launched.location().starts_with("/sessions/"), "{}", launched.body);
        assert_eq!(oscar.get(launched.location()).await.status, 200);
        assert_eq!(emma.get(launched.location()).await.status, 404);
        let session = launched.location().trim_start_matches("/sessions/");
        let field = format!("name=\"session\" value=\"{session}\"");
        assert_eq!(emma.get(&page).await.body.matches(&field).count(), 2, "on Accept and on Decline");
        let unasked = emma.post(&format!("{page}/consent"), &[("answer", "accept")]).await;
        assert!(unasked.status == 409 && unasked.body.contains("read who before you answer"), "{}", unasked.body);
        let consent = [("answer", "accept"), ("session", session)];
        assert_eq!(emma.post(&format!("{page}/consent"), &consent).await.status, 303);
        assert_eq!(emma.post(&format!("{page}/messages"), &[("text", "Hello")]).await.status, 303);
        assert_eq!(emma.post(&format!("{page}/end-session"), &[("session", session)]).await.status, 303);
        assert_eq!(stage.see(&test, &stage.emma, id).await.row.status, Status::Closed);
    }

    async fn a_consent_that_is_neither_yes_nor_no_is_refused(test: Test) {
        let stage = Stage::set(&test).await;
        stage.device.comes_online(&test).await;
        let id = stage.claimed(&test).await;
        stage.launch(&test, id).await;
        let mut emma = test.signed_in("emma").await;
        let answer = emma.post(&format!("/requests/{id}/consent"), &[("answer", "maybe")]).await;
        assert_eq!(answer.status, 422);
        assert_eq!(stage.see(&test, &stage.emma, id).await.row.status, Status::WaitingForConnection);
    }

    async fn posts_to_what_is_not_there_and_what_is_not_yours_look_alike(test: Test) {
        let stage = Stage::set(&test).await;
        test.person("eve", StartingRole::Employee).await;
        let id = stage.claimed(&test).await;
        let mut eve = test.signed_in("eve").await;
        for action in ["cancel", "claim", "release", "launch", "close", "consent", "end-session", "messages", "edit"] {
            for id in [id.to_string(), uuid::Uuid::nil().to_string(), "nonsense".to_owned()] {
                let fields = [("version", "2"), ("answer", "accept"), ("text", "x"), ("subject", "x")];
                let answer = eve.post(&format!("/requests/{id}/{action}"), &fields).await;
                assert_eq!(answer.status, 404, "{action} {id}");
            }
        }
    }

    async fn strangers_are_sent_to_sign_in(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let answer = test.browser().post(&format!("/requests/{id}/claim"), &[("version", "2")]).await;
        assert_eq!((answer.status, answer.location().starts_with("/sign-in")), (303, true));
    }

    async fn a_token_is_shown_once_and_only_in_the_answer_to_its_post(test: Test) {
        Stage::set(&test).await;
        let mut emma = test.signed_in("emma").await;
        let answer = emma.post("/devices/enrolment-tokens", &[]).await;
        assert_eq!(answer.status, 200);
        assert!(answer.body.contains("deskside-agent enrol --server http://portal.test --token "));
        assert!(!emma.get("/devices").await.body.contains("--token "));
    }

    async fn a_token_cannot_be_smuggled_into_the_page(test: Test) {
        Stage::set(&test).await;
        let mut emma = test.signed_in("emma").await;
        let fields = [("made_token", "{\"token\":\"evil\"}"), ("device_name", "a\nb")];
        let answer = emma.post("/devices/enrolment-tokens", &fields).await;
        assert_eq!((answer.status, answer.body.contains("evil")), (422, false));
    }

    async fn islands_get_state_tickets_and_messages_for_the_operator_only(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, session) = stage.connected(&test).await;
        let (mut emma, mut oscar) = (test.signed_in("emma").await, test.signed_in("oscar").await);
        let session = session.to_string();
        let print = deskside_protocol::fingerprint::Fingerprint([2; 32]).to_string();
        let state = oscar.call("session_state", &[("session", &session)]).await;
        assert_eq!(state.status, 200, "{}", state.body);
        assert!(state.body.contains("\"status\":\"active\""), "{}", state.body);
        let ticket = oscar.call("session_ticket", &[("session", &session), ("fingerprint", &print)]).await;
        assert!(ticket.body.contains("\"attempt\":2"), "{}", ticket.body);
        for (function, fields) in [
            ("session_state", vec![("session", session.as_str())]),
            ("session_ticket", vec![("session", session.as_str()), ("fingerprint", print.as_str())]),
            ("end_session", vec![("session", session.as_str())]),
        ] {
            let refused = emma.call(function, &fields).await;
            assert_ne!(refused.status, 200, "{function}");
            assert!(refused.body.contains("not_found"), "{function}: {}", refused.body);
        }
        let id = id.to_string();
        assert_eq!(oscar.call("send_message", &[("request", &id), ("text", "Hi")]).await.status, 200);
        assert!(emma.call("list_messages", &[("request", &id)]).await.body.contains("\"Hi\""));
        assert_eq!(oscar.call("end_session", &[("session", &session)]).await.status, 200);
    }

    async fn islands_of_strangers_are_told_to_sign_in(test: Test) {
        let stage = Stage::set(&test).await;
        stage.device.comes_online(&test).await;
        let id = stage.claimed(&test).await;
        let session: SessionId = stage.launch(&test, id).await;
        stage.device.answers(&test, session, ConsentAnswer::Declined).await;
        let answer = test.browser().call("session_state", &[("session", &session.to_string())]).await;
        assert!(answer.body.contains("signed_out"), "{}", answer.body);
    }
}
