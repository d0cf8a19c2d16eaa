use super::*;

#[test]
fn the_public_list_is_short() {
    for path in [
        "/sign-in",
        "/sign-out",
        "/healthz",
        "/pkg/deskside.css",
        "/relay/agent",
        "/relay/signal",
    ] {
        assert!(is_public(path), "{path}");
    }
    for path in [
        "/",
        "/requests",
        "/live",
        "/account",
        "/api/island/session_ticket",
        "/sign-in/x",
        "/sign-out/x",
        "/relay/link",
        "/pkgx",
    ] {
        assert!(!is_public(path), "{path}");
    }
}

#[test]
fn the_way_back_is_written_so_that_it_cannot_end_the_address() {
    assert_eq!(
        sign_in_address("/a?b=c&d=\"<e>"),
        "/sign-in?next=/a%3Fb%3Dc%26d%3D%22%3Ce%3E"
    );
}

#[test]
fn the_start_and_the_sign_in_page_need_no_way_back() {
    assert_eq!(sign_in_address("/"), "/sign-in");
    assert_eq!(sign_in_address("/sign-in?next=/a"), "/sign-in");
}

#[test]
fn a_page_that_fetches_by_itself_is_no_activity() {
    let request = |method: &str, mode: Option<&str>| {
        let mut request = Request::builder().method(method).uri("/");
        if let Some(mode) = mode {
            request = request.header("sec-fetch-mode", mode);
        }
        request.body(()).expect("a request")
    };
    assert!(is_activity(&request("GET", Some("navigate"))));
    assert!(is_activity(&request("GET", None)));
    assert!(is_activity(&request("POST", Some("cors"))));
    assert!(!is_activity(&request("GET", Some("cors"))));
}

#[test]
fn what_the_viewer_asks_again_and_again_is_no_activity_and_what_its_operator_does_is() {
    let posted = |path: &str| {
        let request = Request::post(format!("/api/island/{path}")).header("sec-fetch-mode", "cors");
        is_activity(&request.body(()).expect("a request"))
    };
    assert!(!posted("session_state") && !posted("list_messages"));
    assert!(posted("send_message") && posted("session_ticket") && posted("end_session"));
}
