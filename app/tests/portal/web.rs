//! The HTTP side: statuses, headers, pages without JavaScript, limits.

use crate::{
    harness::{Browser, PASSWORD, Test},
    on_both_engines,
};
use axum::{
    Router,
    body::Body,
    http::{Request, header},
    routing::get,
};
use deskside::{accounts::model::StartingRole, assembly, server::http::BODY_BYTES};

on_both_engines! {
    async fn the_start_leads_to_the_first_page_of_whoever_is_signed_in(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        test.person("oscar", StartingRole::Operator).await;
        assert_eq!(test.browser().get("/").await.location(), "/sign-in");
        assert_eq!(test.signed_in("emma").await.get("/").await.location(), "/my-requests");
        assert_eq!(test.signed_in("oscar").await.get("/").await.location(), "/requests");
    }

    async fn an_address_that_does_not_exist_is_a_real_404_with_a_page(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let mut browser = test.signed_in("emma").await;
        for path in ["/nope", "/requests/nope", "/requests/018f0000-0000-7000-8000-000000000000", "/api/nope"] {
            let answer = browser.get(path).await;
            assert_eq!(answer.status, 404, "{path}");
            assert!(answer.body.contains("<h1"), "{path}: {}", answer.body);
        }
    }

    async fn the_health_check_asks_the_database(test: Test) {
        assert_eq!(test.browser().get("/healthz").await.body, "ok\n");
        test.portal.db.close().await;
        assert_eq!(test.browser().get("/healthz").await.status, 503);
    }

    async fn a_zero_byte_in_an_address_is_no_error_of_ours(test: Test) {
        test.person("ada", StartingRole::Administrator).await;
        let mut browser = test.signed_in("ada").await;
        assert_eq!(browser.get("/mail/%00").await.status, 404);
        for path in ["/mail?before=%00", "/devices?after=%00", "/requests?before=%00", "/my-requests?before=%00"] {
            assert_eq!(browser.get(path).await.status, 200, "{path}");
        }
    }

    async fn a_refused_form_comes_back_with_what_was_typed_and_what_is_wrong(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let mut browser = test.signed_in("emma").await;
        let fields = [("subject", ""), ("description", "It \"hums\" <loudly>"), ("times", "any")];
        let answer = browser.post("/requests/new", &fields).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains("<form"), "{}", answer.body);
        assert!(answer.body.contains("It \"hums\" &lt;loudly>"), "{}", answer.body);
        assert!(answer.body.contains("aria-invalid"), "{}", answer.body);
    }
}

async fn with_emma() -> (Test, Browser) {
    let test = Test::start(crate::harness::Engine::Sqlite).await;
    test.person("emma", StartingRole::Employee).await;
    let browser = test.signed_in("emma").await;
    (test, browser)
}

#[tokio::test]
async fn a_page_runs_only_scripts_that_carry_its_own_nonce() {
    let (test, mut browser) = with_emma().await;
    let page = browser.get("/my-requests").await;
    let policy = page.header("content-security-policy").to_owned();
    let nonce = policy
        .split("'nonce-")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
        .expect("a nonce")
        .to_owned();
    assert!(
        policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe-inline"),
        "{policy}"
    );
    for script in page.body.split("<script").skip(1) {
        let tag = script.split('>').next().unwrap_or_default();
        assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "<script{tag}>");
    }
    let other = browser.get("/my-requests").await;
    assert!(!other.header("content-security-policy").contains(&nonce));
    test.end().await;
}

#[tokio::test]
async fn no_page_has_a_style_or_handler_that_the_policy_would_block() {
    let (test, mut browser) = with_emma().await;
    for path in [
        "/my-requests",
        "/requests/new",
        "/devices",
        "/mail",
        "/account",
        "/nope",
    ] {
        let page = browser.get(path).await.body;
        for bad in [" style=\"", " onclick=", "javascript:"] {
            assert!(!page.contains(bad), "{path} has {bad}");
        }
    }
    test.end().await;
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_browsers_careful() {
    let (test, mut browser) = with_emma().await;
    for path in ["/my-requests", "/nope", "/healthz", "/pkg/none.css", "/"] {
        let answer = browser.get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{path}: {name}");
        }
        assert!(
            answer
                .header("content-security-policy")
                .starts_with("default-src 'none'"),
            "{path}"
        );
        assert_eq!(answer.header("x-request-id").len(), 16, "{path}");
    }
    test.end().await;
}

#[tokio::test]
async fn pages_are_kept_in_no_cache() {
    let (test, mut browser) = with_emma().await;
    assert_eq!(browser.get("/my-requests").await.header("cache-control"), "no-store");
    test.end().await;
}

#[tokio::test]
async fn a_form_of_the_largest_size_is_read_and_a_larger_one_refused() {
    let (test, mut browser) = with_emma().await;
    let zone = "a".repeat(BODY_BYTES - "time_zone=".len());
    let fits = browser.post("/account/time-zone", &[("time_zone", &zone)]).await;
    assert_eq!(fits.status, 422);
    let larger = browser
        .post("/account/time-zone", &[("time_zone", &zone), ("a", "")])
        .await;
    assert_eq!(larger.status, 413);
    test.end().await;
}

#[tokio::test]
async fn a_form_with_hundreds_of_fields_is_refused() {
    let (test, mut browser) = with_emma().await;
    let names: Vec<String> = (0..201).map(|number| format!("f{number}")).collect();
    let fields: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    assert_eq!(browser.post("/account/time-zone", &fields).await.status, 422);
    test.end().await;
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused() {
    let (test, mut browser) = with_emma().await;
    let json = Request::post("/account/time-zone")
        .header("content-type", "application/json")
        .body(Body::from("{}"));
    assert_eq!(browser.send(json.expect("a request")).await.status, 415);
    test.end().await;
}

#[tokio::test]
async fn control_characters_never_reach_the_database() {
    let (test, mut browser) = with_emma().await;
    let answer = browser
        .post(
            "/requests/new",
            &[("subject", ""), ("description", "a\0b\u{1b}[31m\r\nc")],
        )
        .await;
    assert!(answer.body.contains("ab[31m\nc"), "{}", answer.body);
    test.end().await;
}

#[tokio::test]
async fn a_panic_shows_a_reference_and_nothing_else() {
    let test = Test::start(crate::harness::Engine::Sqlite).await;
    let broken: Router = Router::new().route(
        "/relay/agent",
        get(async || -> &'static str { panic!("secret detail") }),
    );
    let mut browser = Browser::new(assembly::router(test.portal.clone(), Some(broken)));
    let answer = browser.get("/relay/agent").await;
    assert_eq!(answer.status, 500);
    assert!(
        answer.body.contains("Reference: ") && !answer.body.contains("secret detail"),
        "{}",
        answer.body
    );
    test.end().await;
}

#[tokio::test]
async fn pages_are_packed_for_browsers_that_can_unpack() {
    let (test, mut browser) = with_emma().await;
    let request = Request::get("/my-requests")
        .header(header::ACCEPT_ENCODING, "gzip")
        .body(Body::empty());
    let answer = browser.send(request.expect("a request")).await;
    assert_eq!(answer.header("content-encoding"), "gzip");
    test.end().await;
}

#[tokio::test]
async fn over_https_browsers_are_told_to_stay_there() {
    let mut test = Test::start(crate::harness::Engine::Sqlite).await;
    let mut config = (*test.portal.config).clone();
    config.public_url = "https://portal.test".into();
    test.portal.config = std::sync::Arc::new(config);
    test.person("emma", StartingRole::Employee).await;
    let fields = [("login", "emma"), ("password", PASSWORD)];
    let answer = test.browser().post("/sign-in", &fields).await;
    assert!(answer.header("strict-transport-security").starts_with("max-age="));
    assert!(answer.header("set-cookie").starts_with("__Host-deskside="));
    assert!(answer.header("set-cookie").contains("; Secure"));
    test.end().await;
}

#[tokio::test]
async fn files_of_the_site_are_served_by_name_only() {
    let mut test = Test::start(crate::harness::Engine::Sqlite).await;
    let pkg = test.folder.path().join("pkg");
    std::fs::create_dir(&pkg).expect("a folder");
    for (name, text) in [
        ("a.css", "plain"),
        ("a.css.gz", "packed"),
        ("b.wasm", "wasm"),
        (".hidden.css", "x"),
        ("c.sh", "x"),
    ] {
        std::fs::write(pkg.join(name), text).expect("written");
    }
    let mut config = (*test.portal.config).clone();
    config.site_dir = Some(test.folder.path().to_owned());
    test.portal.config = std::sync::Arc::new(config);
    let mut browser = test.browser();
    let plain = browser.get("/pkg/a.css").await;
    assert_eq!(
        (plain.status, plain.body.as_str(), plain.header("content-type")),
        (200, "plain", "text/css; charset=utf-8")
    );
    assert_eq!(
        browser.get("/pkg/b.wasm").await.header("content-type"),
        "application/wasm"
    );
    for path in [
        "/pkg/none.css",
        "/pkg/.hidden.css",
        "/pkg/c.sh",
        "/pkg/..%2Fdeskside.toml",
        "/pkg/%2e%2e%2fdeskside.toml",
    ] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
    let packed = Request::get("/pkg/a.css")
        .header(header::ACCEPT_ENCODING, "br, gzip;q=0.8")
        .body(Body::empty());
    let packed = browser.send(packed.expect("a request")).await;
    assert_eq!(
        (packed.body.as_str(), packed.header("content-encoding")),
        ("packed", "gzip")
    );
    let known = Request::get("/pkg/a.css")
        .header(header::IF_NONE_MATCH, plain.header("etag"))
        .body(Body::empty());
    assert_eq!(browser.send(known.expect("a request")).await.status, 304);
    test.end().await;
}
