//! Whatever is typed or forged: a message where it belongs, nothing that was typed is lost, nothing runs.

use crate::{
    harness::{Answer, Browser, Test},
    on_both_engines,
    stage::Stage,
};
use deskside::{
    accounts::model::StartingRole,
    articles::{self, service::ArticleForm},
    directories::model::LOCAL,
    requests::{conversation, filter::Show, model::RequestForm, reading, service},
};

const SCRIPT: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";

/// Files a request for these times.
async fn file_at(browser: &mut Browser, times: &[(&str, &str)]) -> Answer {
    let names: Vec<[String; 2]> = (1..=times.len())
        .map(|row| [format!("from-{row}"), format!("until-{row}")])
        .collect();
    let mut fields = vec![
        ("subject", "Kept subject"),
        ("description", "Kept words"),
        ("availability", "windows"),
    ];
    for ([from, until], times) in names.iter().zip(times) {
        fields.push((from.as_str(), times.0));
        fields.push((until.as_str(), times.1));
    }
    browser.post("/requests/new", &fields).await
}

/// The message at the field `name`, as a page shows it.
fn message_at<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let id = format!("id=\"{name}-problem\"");
    let after = answer.body.split(&id).nth(1).unwrap_or_default();
    let text = after.split("<span>").nth(1).unwrap_or_default();
    text.split("</span>").next().unwrap_or_default()
}

fn keeps(answer: &Answer, typed: &[&str]) {
    assert_eq!(answer.status, 422, "{}", answer.body);
    for typed in ["Kept subject", "Kept words"].iter().chain(typed) {
        assert!(answer.body.contains(typed), "{typed} is lost: {}", answer.body);
    }
}

/// What would run if it were taken as it was typed.
fn runs(page: &str) -> bool {
    page.contains("<script>alert") || page.contains("<img src=x")
}

on_both_engines! {
    async fn overlapping_times_are_told_at_the_later_one(test: Test) {
        Stage::set(&test).await;
        let mut emma = test.signed_in("emma").await;
        let times = [("2026-11-24T09:00", "2026-11-24T11:00"), ("2026-11-24T10:00", "2026-11-24T12:00")];
        let answer = file_at(&mut emma, &times).await;
        keeps(&answer, &["2026-11-24T09:00", "2026-11-24T12:00"]);
        assert_eq!(message_at(&answer, "from-2"), "This time overlaps time 1; change one of them.");
    }

    async fn a_time_in_the_past_is_told_at_its_end(test: Test) {
        Stage::set(&test).await;
        let mut emma = test.signed_in("emma").await;
        let answer = file_at(&mut emma, &[("2026-11-20T09:00", "2026-11-20T10:00")]).await;
        keeps(&answer, &["2026-11-20T09:00", "2026-11-20T10:00"]);
        assert_eq!(message_at(&answer, "until-1"), "This time has passed already.");
    }

    async fn a_time_of_more_than_fourteen_days_is_told_at_its_end(test: Test) {
        Stage::set(&test).await;
        let mut emma = test.signed_in("emma").await;
        let answer = file_at(&mut emma, &[("2026-11-24T09:00", "2026-12-08T09:01")]).await;
        keeps(&answer, &["2026-12-08T09:01"]);
        assert_eq!(message_at(&answer, "until-1"), "One time can last at most 14 days.");
    }

    async fn more_than_twenty_times_are_told_and_none_of_them_is_lost(test: Test) {
        Stage::set(&test).await;
        let mut emma = test.signed_in("emma").await;
        let days: Vec<[String; 2]> =
            (1..=21).map(|day| [format!("2026-12-{day:02}T09:00"), format!("2026-12-{day:02}T10:00")]).collect();
        let times: Vec<(&str, &str)> = days.iter().map(|[from, until]| (from.as_str(), until.as_str())).collect();
        let answer = file_at(&mut emma, &times).await;
        let typed: Vec<&str> = times.iter().flat_map(|&(from, until)| [from, until]).collect();
        keeps(&answer, &typed);
        assert_eq!(message_at(&answer, "availability"), "Give at most 20 times; these are 21.");
    }

    async fn a_description_of_a_megabyte_is_told_at_its_field_and_comes_back(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, "Printer").await;
        let mut emma = test.signed_in("emma").await;
        let description = "Grüße\n".repeat((1 << 20) / 8);
        assert!(description.len() >= 1 << 20);
        let fields = [("subject", "Kept subject"), ("description", description.as_str()), ("availability", "any"), ("version", "1")];
        for page in ["/requests/new".to_owned(), format!("/requests/{id}/edit")] {
            let answer = emma.post(&page, &fields).await;
            assert_eq!(answer.status, 422, "{page}");
            let chars = description.trim().chars().count();
            assert_eq!(message_at(&answer, "description"), format!("Use at most 20000 characters; these are {chars}."));
            assert!(answer.body.contains("Kept subject") && answer.body.contains(description.trim()), "{page}");
        }
    }

    async fn a_message_of_a_megabyte_is_told_and_comes_back(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let mut emma = test.signed_in("emma").await;
        let text = "x".repeat(1 << 20);
        let part = format!("--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n{text}\r\n--b--\r\n");
        let request = axum::http::Request::post(format!("/requests/{id}/messages"))
            .header("content-type", "multipart/form-data; boundary=b")
            .header("origin", "http://portal.test")
            .header("sec-fetch-site", "same-origin")
            .body(axum::body::Body::from(part));
        let answer = emma.send(request.expect("a request")).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains("Use at most 4000 characters; these are 1048576."));
        assert!(answer.body.contains(&text));
    }

    async fn a_script_in_a_refused_form_comes_back_as_text(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let (request, person) = (format!("/requests/{id}"), format!("/people/{}", stage.emma.id()));
        let local = format!("/directories/{LOCAL}");
        let (manage, rating, proposals) =
            (format!("{request}/manage"), format!("{request}/rating"), format!("{request}/proposals"));
        let forms: [(&str, &str, &[&str]); 12] = [
            ("emma", "/requests/new", &["subject", "description", "device", "from-1", "until-1", "version", "owner", "add_time"]),
            ("emma", "/account/time-zone", &["time_zone"]),
            ("emma", "/devices/enrolment-tokens", &["owner", "device_name", "made_token"]),
            ("emma", &rating, &["stars", "comment"]),
            ("oscar", &manage, &["assistant", "team", "status", "priority", "tags", "scheduled_from", "scheduled_until", "version"]),
            ("oscar", &proposals, &["proposed_from", "proposed_until"]),
            ("ada", "/people/new", &["login", "name", "email", "directory", "time_zone"]),
            ("ada", &person, &["name", "email", "directory"]),
            ("ada", "/roles/new", &["name"]),
            ("ada", "/directories/new", &["name", "time_zone"]),
            ("ada", &local, &["name", "time_zone", "version"]),
            ("ada", "/articles/new", &["title", "body", "directory"]),
        ];
        for (login, path, names) in forms {
            let mut browser = test.signed_in(login).await;
            for absent in [None, Some("owner"), Some("add_time")] {
                let fields: Vec<(&str, &str)> =
                    names.iter().filter(|name| Some(**name) != absent).map(|name| (*name, SCRIPT)).collect();
                let answer = browser.post(path, &fields).await;
                assert!(answer.status < 500, "{path} {}", answer.status);
                assert!(!runs(&answer.body), "{path}: {}", answer.body);
            }
        }
    }

    async fn a_script_in_what_was_stored_is_shown_as_text_to_everybody(test: Test) {
        let stage = Stage::set(&test).await;
        let form = RequestForm {
            subject: SCRIPT.into(),
            description: SCRIPT.into(),
            device: stage.device.id.to_string(),
            any_time: true,
            ..RequestForm::default()
        };
        let id = service::file(&test.portal, &stage.emma, &form).await.expect("filed");
        service::claim(&test.portal, &stage.oscar, id, 1).await.expect("claimed");
        conversation::post(&test.portal, &stage.emma, id, SCRIPT).await.expect("sent");
        conversation::post_note(&test.portal, &stage.oscar, id, SCRIPT).await.expect("kept");
        let article = ArticleForm { title: SCRIPT.into(), body: SCRIPT.into(), published: true, directory: "all".into() };
        let article = articles::service::create(&test.portal, &stage.ada, &article).await.expect("an article");
        deskside::server::mail::send_due(&test.portal).await.expect("sent");
        let pages = [
            "/my-requests".to_owned(),
            "/requests".to_owned(),
            "/requests?q=script".to_owned(),
            format!("/requests?q={}", "%3Cscript%3Ealert(1)%3C/script%3E"),
            format!("/requests/{id}"),
            format!("/requests/{id}/edit"),
            format!("/requests/{id}/manage"),
            "/overview".to_owned(),
            "/help?q=alert".to_owned(),
            format!("/help/{article}"),
            "/help/suggest?q=alert".to_owned(),
            "/articles".to_owned(),
            format!("/articles/{article}/edit"),
            "/mail".to_owned(),
        ];
        for login in ["emma", "oscar", "ada"] {
            let mut browser = test.signed_in(login).await;
            let mut shown = 0;
            for page in &pages {
                let answer = browser.get(page).await;
                assert!(answer.status < 500 && !runs(&answer.body), "{login} {page}: {}", answer.body);
                shown += usize::from(answer.body.contains("&lt;script&gt;alert(1)"));
            }
            assert!(shown > 2, "{login}");
        }
    }

    async fn a_script_never_runs_in_a_mail(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, SCRIPT).await;
        conversation::post(&test.portal, &stage.oscar, id, SCRIPT).await.expect("sent");
        deskside::server::mail::send_due(&test.portal).await.expect("sent");
        let mails = test.portal.mail.sent();
        assert!(!mails.is_empty());
        for mail in mails {
            let html = mail.split("text/html").nth(1).expect("a mail with HTML").replace("=\r\n", "").replace("=3D", "=");
            assert!(html.contains("&lt;script&gt;") && !runs(&html), "{html}");
        }
    }

    async fn forged_links_lead_nowhere(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let mut emma = test.signed_in("emma").await;
        for forged in [
            format!("/requests/{id}%00"),
            format!("/requests/{id}'--"),
            "/requests/..%2f..%2fetc%2fpasswd".to_owned(),
            "/attachments/1".to_owned(),
            "/sessions/00000000-0000-0000-0000-000000000000".to_owned(),
            "/answer/e30.e30".to_owned(),
            "/mail/1".to_owned(),
            "/pkg/..%2fdeskside.toml".to_owned(),
        ] {
            assert_eq!(emma.get(&forged).await.status, 404, "{forged}");
        }
    }

    async fn a_forged_word_about_what_was_done_shows_nothing(test: Test) {
        Stage::set(&test).await;
        let mut emma = test.signed_in("emma").await;
        let page = emma.get("/account?done=Your+account+was+hacked").await;
        assert!(page.status == 200 && !page.body.contains("hacked"), "{}", page.body);
    }

    async fn signing_in_leads_to_no_other_site(test: Test) {
        Stage::set(&test).await;
        for next in ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)"] {
            let fields = [("login", "emma"), ("password", crate::harness::PASSWORD), ("next", next)];
            let answer = test.browser().post("/sign-in", &fields).await;
            assert_eq!((answer.status, answer.location()), (303, "/my-requests"), "{next}");
        }
    }

    async fn of_two_who_claim_in_the_browser_the_second_is_told_who_was_first(test: Test) {
        let stage = Stage::set(&test).await;
        test.person("ines", StartingRole::Operator).await;
        let id = stage.file(&test, "Printer").await;
        let (mut oscar, mut ines) = (test.signed_in("oscar").await, test.signed_in("ines").await);
        let claim = format!("/requests/{id}/claim");
        let fields = [("version", "1")];
        let (one, two) = tokio::join!(oscar.post(&claim, &fields), ines.post(&claim, &fields));
        let winner = stage.see(&test, &stage.oscar, id).await.row.assistant.expect("an assistant").name;
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 409]);
        let loser = if one.status == 409 { one } else { two };
        assert!(loser.body.contains(&format!("{winner} has claimed this request already.")), "{}", loser.body);
    }

    async fn refused_forms_store_nothing(test: Test) {
        let stage = Stage::set(&test).await;
        let mut emma = test.signed_in("emma").await;
        file_at(&mut emma, &[("2026-11-20T09:00", "2026-11-20T10:00")]).await;
        file_at(&mut emma, &[("x", "y")]).await;
        let listed = reading::list_mine(&test.portal, &stage.emma, &Show::Open.into()).await.expect("a list");
        assert!(listed.rows.is_empty());
    }
}
