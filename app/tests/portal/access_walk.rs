//! Walks every route of the real router as everybody, and compares with the table below.
//!
//! A new route fails `every_route_is_in_the_table` until it has its line.

use crate::{
    harness::{Answer, Browser, PASSWORD, Test},
    on_both_engines,
    stage::Stage,
};
use axum::{body::Body, http::Request};
use deskside::{
    accounts::{NewAccount, model::StartingRole, people},
    articles, assembly,
    attachments::service::Upload,
    canned, device_groups,
    directories::{
        model::LOCAL,
        service::{self as directories, DirectoryForm},
    },
    requests::conversation::{self, Draft},
    roles::{
        model::{ADMINISTRATOR, OPERATOR, Scope},
        service as roles,
    },
    server::mail,
};
use std::collections::{BTreeSet, HashMap};

/// How one walks a route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum How {
    Get,
    Post,
    /// An island calls a server function.
    Call,
    /// A form with files, here without any.
    Files,
}

use How::{Call, Files, Get, Post};

/// Who walks: nobody; Emma, whose request it is; Eve, another employee; Oscar, who assists; Otto, another operator;
/// Ada, the administrator. `y` may, `-` sees nothing there, `x` is told no, `>` must sign in first.
const TABLE: &[(How, &str, &str, &str)] = &[
    (Get, "/", "", "> yyyyy"),
    (Get, "/sign-in", "", "y yyyyy"),
    (Post, "/sign-in", "", "y yyyyy"),
    (Get, "/healthz", "", "y yyyyy"),
    (Get, "/pkg/{name}", "", "- -----"),
    (Get, "/account", "", "> yyyyy"),
    (Post, "/account/password", "", "> yyyyy"),
    (Post, "/account/time-zone", "", "> yyyyy"),
    (Post, "/account/language", "", "> yyyyy"),
    (Post, "/account/notices", "", "> yyyyy"),
    (Get, "/account/notices", "", "> yyyyy"),
    (Post, "/account/push", "", "> yyyyy"),
    (Get, "/account/push", "", "> yyyyy"),
    (Post, "/account/push/stop", "", "> yyyyy"),
    (Get, "/account/push/stop", "", "> yyyyy"),
    (Get, "/service-worker.js", "", "y yyyyy"),
    (Get, "/notices.js", "", "> yyyyy"),
    (Get, "/my-requests", "", "> yyyyy"),
    (Get, "/requests", "", "> --yyy"),
    (Get, "/requests/new", "", "> yyyyy"),
    (Post, "/requests/new", "", "> yyyyy"),
    (Get, "/requests/{id}", "", "> y-yyy"),
    (Get, "/requests/{id}/edit", "", "> y-xxx"),
    (Post, "/requests/{id}/edit", "version=0", "> y-xxx"),
    (Get, "/requests/{id}/manage", "", "> x-yyy"),
    (Post, "/requests/{id}/manage", "version=0", "> x-yyy"),
    (Files, "/requests/{id}/notes", "", "> --yyy"),
    (Post, "/requests/{id}/reopen", "version=0", "> y-yyy"),
    (Post, "/requests/{id}/rating", "stars=9", "> y-xxx"),
    (Get, "/requests.csv", "", "> --yyy"),
    (Get, "/requests/new-for", "", "> --yyy"),
    (Post, "/requests/{id}/proposals", "", "> y-yyy"),
    (
        Post,
        "/requests/{id}/proposals/answer",
        "proposal=REQUEST&answer=accept",
        "> y-yyy",
    ),
    (Get, "/requests/{id}/proposals", "", "> yyyyy"),
    (Get, "/requests/{id}/proposals/answer", "", "> yyyyy"),
    // Open to whoever holds a link, and nobody holds this one.
    (Get, "/answer/{token}", "", "- -----"),
    (Post, "/answer/{token}", "answer=accept", "- -----"),
    (Get, "/answer/closed/{token}", "", "- -----"),
    (Post, "/answer/closed/{token}", "answer=rate&stars=5", "- -----"),
    (Get, "/requests/{id}/notes", "", "> yyyyy"),
    (Get, "/requests/{id}/reopen", "", "> yyyyy"),
    (Get, "/requests/{id}/rating", "", "> yyyyy"),
    (Get, "/requests/new", "for=PERSON", "> --yyy"),
    (Post, "/requests/new", "owner=PERSON&subject=", "> --yyy"),
    (Post, "/requests/{id}/cancel", "version=0", "> y-xxx"),
    (Post, "/requests/{id}/claim", "version=0", "> x-yyy"),
    (Post, "/requests/{id}/release", "version=0", "> x-yyy"),
    (Post, "/requests/{id}/launch", "version=0", "> x-yxx"),
    (Post, "/requests/{id}/close", "version=0", "> x-yyy"),
    (Files, "/requests/{id}/messages", "", "> y-yyy"),
    (Post, "/requests/{id}/take-back", "", "> y-yyy"),
    (Get, "/requests/{id}/take-back", "", "> yyyyy"),
    (Post, "/requests/{id}/consent", "answer=accept", "> y-xxx"),
    // These lead back to a page, which decides.
    (Get, "/account/password", "", "> yyyyy"),
    (Get, "/account/time-zone", "", "> yyyyy"),
    (Get, "/account/language", "", "> yyyyy"),
    (Get, "/devices/enrolment-tokens", "", "> yyyyy"),
    (Get, "/requests/{id}/cancel", "", "> yyyyy"),
    (Get, "/requests/{id}/claim", "", "> yyyyy"),
    (Get, "/requests/{id}/release", "", "> yyyyy"),
    (Get, "/requests/{id}/launch", "", "> yyyyy"),
    (Get, "/requests/{id}/close", "", "> yyyyy"),
    (Get, "/requests/{id}/messages", "", "> yyyyy"),
    (Get, "/requests/{id}/consent", "", "> yyyyy"),
    (Get, "/requests/{id}/end-session", "", "> yyyyy"),
    (Get, "/sessions/{id}", "", "> --y--"),
    (Get, "/devices", "", "> yyyyy"),
    // Refused at the field, alike for every login that exists or not; the devices tests look at that.
    (Post, "/devices/enrolment-tokens", "owner=EMMA", "> yyyyy"),
    (Get, "/devices/{id}/revoke", "", "> yyyyy"),
    (Post, "/devices/group", "device=DEVICE&group=GROUP", "> x-xxy"),
    (Get, "/devices/group", "", "> yyyyy"),
    (Post, "/devices/{id}/group", "group=GROUP", "> x-xxy"),
    (Get, "/devices/{id}/group", "", "> yyyyy"),
    (Get, "/device-groups", "", "> ----y"),
    (Get, "/device-groups/new", "", "> ----y"),
    (Post, "/device-groups/new", "directory=all", "> ----y"),
    (Get, "/device-groups/{id}", "", "> ----y"),
    (Post, "/device-groups/{id}", "version=0&directory=all", "> ----y"),
    (Get, "/device-groups/{id}/remove", "", "> yyyyy"),
    (Get, "/mail", "", "> yyyyy"),
    (Get, "/mail/{id}", "", "> y---y"),
    (Get, "/live", "topics=request:REQUEST", "> y-yyy"),
    (Get, "/live", "topics=session:SESSION", "> y-yyy"),
    (Get, "/live", "topics=requests", "> --yyy"),
    (Get, "/live", "topics=mine,devices", "> yyyyy"),
    (
        Call,
        "/api/island/session_ticket",
        "session=SESSION&fingerprint=PRINT",
        "> --y--",
    ),
    (Call, "/api/island/leave_session", "session=SESSION", "> --y--"),
    (Call, "/api/island/session_state", "session=SESSION", "> --y--"),
    (Call, "/api/island/send_message", "request=REQUEST&text=", "> y-yyy"),
    (Call, "/api/island/list_messages", "request=REQUEST", "> y-yyy"),
    (Get, "/api/{*path}", "", "> -----"),
    (Get, "/overview", "", "> --yyy"),
    (Get, "/overview.csv", "", "> --yyy"),
    (Get, "/overview/self-help.csv", "", "> --yyy"),
    (Get, "/requests/{id}/reply", "q=hello", "> --yyy"),
    (Get, "/attachments/{id}", "", "> y-yyy"),
    (Get, "/administration", "", "> ----y"),
    (Get, "/people", "", "> ----y"),
    (Get, "/people/new", "", "> ----y"),
    (Post, "/people/new", "directory=DIRECTORY", "> ----y"),
    (Get, "/people/{id}", "", "> ----y"),
    (Post, "/people/{id}", "directory=DIRECTORY", "> ----y"),
    (Post, "/people/{id}/password", "", "> ----y"),
    (Post, "/people/{id}/roles", "role=OPERATOR&scope=DIRECTORY", "> ----y"),
    (
        Post,
        "/people/{id}/roles/revoke",
        "role=OPERATOR&scope=DIRECTORY",
        "> ----y",
    ),
    (Get, "/people/{id}/sign-in", "", "> yyyyy"),
    (Get, "/people/{id}/password", "", "> yyyyy"),
    (Get, "/people/{id}/roles", "", "> yyyyy"),
    (Get, "/people/{id}/roles/revoke", "", "> yyyyy"),
    (Get, "/roles", "", "> ----y"),
    (Get, "/roles/new", "", "> ----y"),
    (Post, "/roles/new", "", "> ----y"),
    (Get, "/roles/{id}", "", "> ----y"),
    (Post, "/roles/{id}", "version=0", "> ----y"),
    (Post, "/roles/{id}/remove", "", "> ----y"),
    (Get, "/roles/{id}/remove", "", "> yyyyy"),
    (Get, "/directories", "", "> ----y"),
    (Get, "/directories/new", "", "> ----y"),
    (Post, "/directories/new", "", "> ----y"),
    (Get, "/directories/{id}", "", "> ----y"),
    (Post, "/directories/{id}", "version=0", "> ----y"),
    (Post, "/directories/{id}/hours", "", "> ----y"),
    (Get, "/directories/{id}/hours", "", "> yyyyy"),
    (Get, "/help", "", "> yyyyy"),
    (Get, "/help/suggest", "q=printer", "> yyyyy"),
    (Get, "/help/{id}", "", "> yyyyy"),
    (Post, "/help/{id}", "answer=yes", "> yyyyy"),
    (Get, "/articles", "", "> ----y"),
    (Get, "/articles/new", "", "> ----y"),
    (Post, "/articles/new", "", "> ----y"),
    (Get, "/articles/{id}/edit", "", "> ----y"),
    (Post, "/articles/{id}/edit", "version=0", "> ----y"),
    (Get, "/articles/{id}/delete", "", "> ----y"),
    (Post, "/articles/{id}/delete", "version=0", "> ----y"),
    (Get, "/replies", "", "> ----y"),
    (Get, "/replies/new", "", "> ----y"),
    (Post, "/replies/new", "", "> ----y"),
    (Get, "/replies/{id}/edit", "", "> ----y"),
    (Post, "/replies/{id}/edit", "version=0", "> ----y"),
    (Get, "/replies/{id}/delete", "", "> ----y"),
    (Post, "/replies/{id}/delete", "version=0", "> ----y"),
    // These change what the lines above need.
    (Post, "/device-groups/{id}/remove", "leaving=yes", "> ----y"),
    (Post, "/devices/{id}/revoke", "", "> y-xxy"),
    (Post, "/requests/{id}/end-session", "session=SESSION", "> y-yyy"),
    // Of the viewer only; owner and administrator end it on the request's page.
    (Call, "/api/island/end_session", "session=SESSION", "> --y--"),
    // Emma's own account, after which she cannot sign in.
    (Post, "/people/{id}/sign-in", "active=yes", "> ----y"),
    (Post, "/account/sign-out-everywhere", "", "> yyyyy"),
    (Post, "/sign-out", "", "y yyyyy"),
];

const PEOPLE: [&str; 5] = ["emma", "eve", "oscar", "otto", "ada"];

struct Walk {
    words: HashMap<&'static str, String>,
}

impl Walk {
    async fn prepare(test: &Test) -> Self {
        let stage = Stage::set(test).await;
        test.person("eve", StartingRole::Employee).await;
        test.person("otto", StartingRole::Operator).await;
        let (request, session) = stage.connected(test).await;
        mail::send_due(&test.portal).await.expect("mails are sent");
        let file = Upload {
            name: "a.txt".into(),
            bytes: b"text".to_vec(),
        };
        conversation::write(
            &test.portal,
            &stage.emma,
            request,
            Draft {
                files: vec![file],
                ..Draft::default()
            },
        )
        .await
        .expect("sent");
        let file = stage.see(test, &stage.emma, request).await.attachments.remove(0).id;
        let form = articles::service::ArticleForm {
            title: "Printer".into(),
            body: "Turn it off and on.".into(),
            published: true,
            directory: "all".into(),
        };
        let article = articles::service::create(&test.portal, &stage.ada, &form)
            .await
            .expect("an article");
        let form = canned::service::ReplyForm {
            title: "Hello".into(),
            text: "Hello {name}".into(),
            directory: "all".into(),
        };
        let reply = canned::service::create(&test.portal, &stage.ada, &form)
            .await
            .expect("a reply");
        let form = device_groups::service::GroupForm {
            name: "Offices".into(),
            note: String::new(),
            directory: "all".into(),
        };
        let group = device_groups::service::create(&test.portal, &stage.ada, &form)
            .await
            .expect("a group");
        let mails = mail::list(&test.portal, &stage.emma, None).await.expect("a list");
        let words = HashMap::from([
            ("REQUEST", request.to_string()),
            ("SESSION", session.to_string()),
            ("DEVICE", stage.device.id.to_string()),
            ("GROUP", group.to_string()),
            ("MAIL", mails.first().expect("a mail to Emma").id.clone()),
            ("EMMA", stage.emma.user.login.clone()),
            ("PRINT", ["AB"; 32].join("%3A")),
            ("ATTACHMENT", file.to_string()),
            ("ARTICLE", article.to_string()),
            ("REPLY", reply.to_string()),
            ("PERSON", stage.emma.id().to_string()),
            ("OPERATOR", OPERATOR.to_string()),
            ("DIRECTORY", LOCAL.to_string()),
        ]);
        Self { words }
    }

    fn fill(&self, text: &str) -> String {
        self.words
            .iter()
            .fold(text.to_owned(), |text, (word, value)| text.replace(word, value))
    }

    async fn step(&self, browser: &mut Browser, (how, path, fields, _): (How, &str, &str, &str)) -> char {
        let id = match path {
            path if path.starts_with("/sessions") => "SESSION",
            path if path.starts_with("/mail") => "MAIL",
            path if path.starts_with("/device-groups") => "GROUP",
            path if path.starts_with("/devices") => "DEVICE",
            path if path.starts_with("/attachments") => "ATTACHMENT",
            path if path.starts_with("/articles") || path.starts_with("/help") => "ARTICLE",
            path if path.starts_with("/replies") => "REPLY",
            path if path.starts_with("/people") => "PERSON",
            path if path.starts_with("/roles") => "OPERATOR",
            path if path.starts_with("/directories") => "DIRECTORY",
            _ => "REQUEST",
        };
        let path = self.fill(
            &path
                .replace("{id}", id)
                .replace("{name}", "none.css")
                .replace("{token}", "none")
                .replace("{*path}", "none"),
        );
        let fields = self.fill(fields);
        let request = match how {
            Get => Request::get(format!("{path}?{fields}")).body(Body::empty()),
            Files => Request::post(path.as_str())
                .header("content-type", "multipart/form-data; boundary=x")
                .header("origin", "http://portal.test")
                .header("sec-fetch-site", "same-origin")
                .body(Body::from("--x--\r\n")),
            Post | Call => Request::post(path.as_str())
                .header("content-type", "application/x-www-form-urlencoded")
                .header("accept", if how == Call { "application/json" } else { "text/html" })
                .header("origin", "http://portal.test")
                .header("sec-fetch-site", "same-origin")
                .body(Body::from(fields)),
        };
        let answer = browser.open(request.expect("a request")).await;
        // Signing out leads to the sign-in page as well; then the cookie is taken away.
        let left = browser.cookies.is_empty() && answer.headers().contains_key("set-cookie");
        let to = answer
            .headers()
            .get("location")
            .and_then(|to| to.to_str().ok())
            .unwrap_or_default();
        match answer.status().as_u16() {
            401 => '>',
            303 if to.starts_with("/sign-in") && !left => '>',
            403 => 'x',
            404 => '-',
            status if status < 500 && status != 405 && status != 415 => 'y',
            status => panic!("{how:?} {path} {status}"),
        }
    }
}

on_both_engines! {
    async fn everybody_gets_exactly_what_the_table_says(test: Test) {
        let walk = Walk::prepare(&test).await;
        let mut browsers = vec![test.browser()];
        for login in PEOPLE {
            browsers.push(test.signed_in(login).await);
        }
        let mut wrong = Vec::new();
        for &line in TABLE {
            let expected: Vec<char> = line.3.chars().filter(|mark| *mark != ' ').collect();
            let mut found = vec!['?'; expected.len()];
            // First those who may not: a step of somebody who may can change what is there.
            let mut order: Vec<usize> = (0..expected.len()).collect();
            order.sort_by_key(|&person| expected[person] == 'y');
            for person in order {
                found[person] = walk.step(&mut browsers[person].clone(), line).await;
            }
            if found != expected {
                wrong.push(format!("{:?} {} {}: {}", line.0, line.1, line.2, found.into_iter().collect::<String>()));
            }
            if line.1 == "/account/sign-out-everywhere" {
                for (browser, login) in browsers.iter_mut().skip(1).zip(PEOPLE) {
                    *browser = test.signed_in(login).await;
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    async fn who_has_all_rights_in_another_directory_finds_nothing_that_an_employee_does_not(test: Test) {
        let walk = Walk::prepare(&test).await;
        let ada = test.as_actor(deskside::accounts::service::find_by_login(test.portal.db.on(), "ada").await.expect("read").expect("Ada").id).await;
        let form = DirectoryForm { name: "Branch".into(), time_zone: "UTC".into() };
        let branch = directories::create(&test.portal, &ada, &form).await.expect("a directory");
        let account = NewAccount {
            login: "olga".into(),
            name: "Olga".into(),
            email: "olga@example.org".into(),
            role: StartingRole::Employee,
            directory: branch,
            time_zone: "UTC".into(),
            password: PASSWORD.into(),
        };
        let olga = people::create(&test.portal, &ada, account).await.expect("an account");
        for role in [OPERATOR, ADMINISTRATOR] {
            roles::grant(&test.portal, &ada, olga, role, Scope::Directory(branch)).await.expect("granted");
        }
        let olga = test.signed_in("olga").await;
        let names_something = |path: &str, fields: &str| {
            path.contains("{id}") || ["REQUEST", "SESSION", "PERSON", "=DIRECTORY"].iter().any(|word| fields.contains(word))
        };
        let mut wrong = Vec::new();
        let mut walked = 0;
        for &line in TABLE {
            let of_eve = line.3.chars().filter(|mark| *mark != ' ').nth(2);
            if of_eve == Some('-') && names_something(line.1, line.2) {
                walked += 1;
                let found = walk.step(&mut olga.clone(), line).await;
                if found != '-' {
                    wrong.push(format!("{:?} {} {}: {found}", line.0, line.1, line.2));
                }
            }
        }
        assert!(walked > 30 && wrong.is_empty(), "{walked} {wrong:#?}");
    }
}

#[tokio::test]
async fn every_route_is_in_the_table() {
    let test = Test::start(crate::harness::Engine::Sqlite).await;
    let described = format!("{:?}", assembly::router(test.portal.clone(), None));
    let routes: BTreeSet<&str> = described
        .split('"')
        .filter(|text| text.starts_with('/') && !text.contains("__private"))
        .collect();
    let functions: BTreeSet<&str> = leptos::server_fn::axum::server_fn_paths()
        .map(|(path, _)| path)
        .collect();
    assert!(routes.len() > 20 && functions.len() > 3, "{routes:?} {functions:?}");
    let listed: BTreeSet<&str> = TABLE.iter().map(|(_, path, ..)| *path).collect();
    let missing: Vec<&&str> = routes
        .union(&functions)
        .filter(|path| !listed.contains(**path) && **path != "/api/island/{*function}")
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    test.end().await;
}

#[tokio::test]
async fn a_route_has_no_method_that_the_table_does_not_know() {
    let test = Test::start(crate::harness::Engine::Sqlite).await;
    let walk = Walk::prepare(&test).await;
    let mut ada = test.signed_in("ada").await;
    for (_, path, ..) in TABLE {
        let concrete = walk.fill(
            &path
                .replace("{id}", "REQUEST")
                .replace("{name}", "none.css")
                .replace("{token}", "none")
                .replace("{*path}", "none"),
        );
        for (how, method) in [
            (Get, "GET"),
            (Post, "POST"),
            (Post, "PUT"),
            (Post, "DELETE"),
            (Post, "PATCH"),
        ] {
            let known = TABLE.iter().any(|(known, listed, ..)| {
                listed == path
                    && (method == "GET" || method == "POST")
                    && (*known == how || matches!(known, Call | Files) && how == Post)
            });
            if known {
                continue;
            }
            let request = Request::builder()
                .method(method)
                .uri(&concrete)
                .header("origin", "http://portal.test")
                .header("sec-fetch-site", "same-origin");
            let Answer { status, .. } = ada.send(request.body(Body::empty()).expect("a request")).await;
            assert!(status == 405 || status == 404, "{method} {path}: {status}");
        }
    }
    test.end().await;
}
