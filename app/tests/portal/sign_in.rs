//! Signing in and out through the real router.

use crate::{
    harness::{PASSWORD, Test},
    on_both_engines,
};
use deskside::accounts::model::StartingRole;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

on_both_engines! {
    async fn the_right_password_leads_to_the_first_page_of_the_role(test: Test) {
        for (login, role, page) in [
            ("emma", StartingRole::Employee, "/my-requests"),
            ("oscar", StartingRole::Operator, "/requests"),
            ("ada", StartingRole::Administrator, "/requests"),
        ] {
            test.person(login, role).await;
            let answer = test.browser().post("/sign-in", &[("login", login), ("password", PASSWORD)]).await;
            assert_eq!((answer.status, answer.location()), (303, page), "{login}");
        }
    }

    async fn a_login_may_be_typed_in_any_case_and_with_spaces(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let answer = test.browser().post("/sign-in", &[("login", " EMMA "), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, 303);
    }

    async fn a_wrong_password_shows_the_form_again_with_the_login_typed(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let answer = test.browser().post("/sign-in", &[("login", "emma"), ("password", "wrong wrong wrong")]).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains("value=\"emma\""), "{}", answer.body);
        assert!(answer.body.contains("Login and password do not fit together."));
        assert!(!answer.body.contains("wrong wrong wrong"));
        assert!(answer.headers.get("set-cookie").is_none());
    }

    async fn an_unknown_login_looks_like_a_wrong_password(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let unknown = test.browser().post("/sign-in", &[("login", "nobody"), ("password", "wrong wrong")]).await;
        assert_eq!(unknown.status, 422);
        assert!(unknown.body.contains("Login and password do not fit together."));
    }

    async fn missing_fields_are_named(test: Test) {
        let answer = test.browser().post("/sign-in", &[]).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains("Enter your login.") && answer.body.contains("Enter your password."));
    }

    async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let answer = test.browser().post("/sign-in", &[("login", "emma"), ("password", PASSWORD)]).await;
        let cookie = answer.header("set-cookie");
        assert!(cookie.starts_with("deskside=") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
    }

    async fn a_new_sign_in_ends_the_session_that_the_browser_had(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let mut browser = test.signed_in("emma").await;
        let mut old = browser.clone();
        browser.post("/sign-in", &[("login", "emma"), ("password", PASSWORD)]).await;
        assert_ne!(old.cookies, browser.cookies);
        assert_eq!(old.get("/account").await.status, 303);
        assert_eq!(browser.get("/account").await.status, 200);
    }

    async fn signing_out_ends_the_session_on_the_server_too(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let mut browser = test.signed_in("emma").await;
        let mut copy = browser.clone();
        let answer = browser.post("/sign-out", &[]).await;
        assert_eq!((answer.status, answer.location()), (303, "/sign-in"));
        assert!(browser.cookies.is_empty());
        assert_eq!(copy.get("/account").await.status, 303);
    }

    async fn signing_out_everywhere_ends_every_session(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let mut here = test.signed_in("emma").await;
        let mut there = test.signed_in("emma").await;
        here.post("/account/sign-out-everywhere", &[]).await;
        assert_eq!(there.get("/account").await.status, 303);
    }

    async fn a_session_ends_when_it_was_not_used_for_the_idle_time(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let mut browser = test.signed_in("emma").await;
        test.advance(120 * MINUTE - Duration::from_millis(1));
        assert_eq!(browser.get("/account").await.status, 200);
        test.advance(120 * MINUTE);
        assert_eq!(browser.get("/account").await.status, 303);
    }

    async fn what_a_page_fetches_by_itself_keeps_no_session_alive(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let mut browser = test.signed_in("emma").await;
        test.advance(119 * MINUTE);
        assert_eq!(browser.fetch("/my-requests").await.status, 200);
        test.advance(MINUTE);
        assert_eq!(browser.fetch("/my-requests").await.status, 303);
    }

    async fn a_session_ends_at_its_absolute_age_however_much_it_is_used(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let mut browser = test.signed_in("emma").await;
        for _ in 0..23 {
            test.advance(60 * MINUTE);
            assert_eq!(browser.get("/account").await.status, 200);
        }
        test.advance(60 * MINUTE - Duration::from_millis(1));
        assert_eq!(browser.get("/account").await.status, 200);
        test.advance(Duration::from_millis(1));
        assert_eq!(browser.get("/account").await.status, 303);
    }

    async fn five_wrong_passwords_block_the_login_for_half_a_minute(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let mut browser = test.browser();
        for _ in 0..5 {
            let answer = browser.post("/sign-in", &[("login", "emma"), ("password", "wrong")]).await;
            assert_eq!(answer.status, 422);
        }
        let blocked = browser.post("/sign-in", &[("login", "emma"), ("password", PASSWORD)]).await;
        assert_eq!((blocked.status, blocked.header("retry-after")), (429, "30"));
        test.advance(Duration::from_millis(29_999));
        assert_eq!(browser.post("/sign-in", &[("login", "emma"), ("password", PASSWORD)]).await.status, 429);
        test.advance(Duration::from_millis(1));
        assert_eq!(browser.post("/sign-in", &[("login", "emma"), ("password", PASSWORD)]).await.status, 303);
    }

    async fn a_block_survives_a_restart(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let mut browser = test.browser();
        for _ in 0..5 {
            browser.post("/sign-in", &[("login", "emma"), ("password", "wrong")]).await;
        }
        test.restart().await;
        let blocked = test.browser().post("/sign-in", &[("login", "emma"), ("password", PASSWORD)]).await;
        assert_eq!(blocked.status, 429);
    }

    async fn guesses_made_at_once_count_one_by_one(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let mut guesses = tokio::task::JoinSet::new();
        for _ in 0..12 {
            let mut browser = test.browser();
            guesses.spawn(async move {
                browser.post("/sign-in", &[("login", "emma"), ("password", "wrong")]).await.status
            });
        }
        let mut refused = 0;
        while let Some(status) = guesses.join_next().await {
            refused += usize::from(status.expect("an answer") == 429);
        }
        assert_eq!(refused, 7);
    }

    async fn thirty_wrong_passwords_block_the_address_for_every_login(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        for number in 0..30 {
            let login = format!("nobody{number}");
            test.browser().post("/sign-in", &[("login", &login), ("password", "wrong")]).await;
        }
        let blocked = test.browser().post("/sign-in", &[("login", "emma"), ("password", PASSWORD)]).await;
        assert_eq!(blocked.status, 429);
    }

    async fn a_session_survives_a_restart(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let cookies = test.signed_in("emma").await.cookies;
        test.restart().await;
        let mut browser = test.browser();
        browser.cookies = cookies;
        assert_eq!(browser.get("/account").await.status, 200);
    }

    async fn a_changed_password_ends_the_other_sessions_and_keeps_this_one(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let mut here = test.signed_in("emma").await;
        let mut there = test.signed_in("emma").await;
        let new = "another long password";
        let fields = [("current_password", PASSWORD), ("new_password", new), ("repeat_password", new)];
        assert_eq!(here.post("/account/password", &fields).await.status, 303);
        assert_eq!(here.get("/account").await.status, 200);
        assert_eq!(there.get("/account").await.status, 303);
        let again = test.browser().post("/sign-in", &[("login", "emma"), ("password", new)]).await;
        assert_eq!(again.status, 303);
    }

    async fn a_password_change_needs_the_current_password_and_two_equal_long_ones(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let mut browser = test.signed_in("emma").await;
        let fields = [("current_password", ""), ("new_password", "123456789"), ("repeat_password", "x")];
        let answer = browser.post("/account/password", &fields).await;
        assert_eq!(answer.status, 422);
        for message in
            ["Use at least 10 characters.", "This differs from the new password.", "Enter your current password."]
        {
            assert!(answer.body.contains(message), "{message}");
        }
        let fields = [("current_password", "wrong"), ("new_password", "1234567890"), ("repeat_password", "1234567890")];
        let answer = browser.post("/account/password", &fields).await;
        assert!(answer.status == 422 && answer.body.contains("This is not your current password."));
    }

    async fn the_time_zone_is_changed_only_to_one_that_exists(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let mut browser = test.signed_in("emma").await;
        assert_eq!(browser.post("/account/time-zone", &[("time_zone", "Europe/Berlin")]).await.status, 303);
        assert_eq!(browser.post("/account/time-zone", &[("time_zone", "Mars/Olympus")]).await.status, 422);
    }

    async fn after_signing_in_one_is_back_where_one_wanted_to_be(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let mut browser = test.browser();
        let answer = browser.get("/devices?page=2").await;
        assert_eq!((answer.status, answer.location()), (303, "/sign-in?next=/devices%3Fpage%3D2"));
        let fields = [("login", "emma"), ("password", PASSWORD), ("next", "/devices?page=2")];
        assert_eq!(browser.post("/sign-in", &fields).await.location(), "/devices?page=2");
    }

    async fn after_signing_in_nobody_is_led_to_another_site(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        for next in ["https://evil.test/", "//evil.test", "/\\evil.test", "\\\\evil.test", "/a\nb", "/sign-in", "javascript:alert(1)"] {
            let fields = [("login", "emma"), ("password", PASSWORD), ("next", next)];
            assert_eq!(test.browser().post("/sign-in", &fields).await.location(), "/my-requests", "{next}");
        }
    }

    async fn a_post_from_another_site_is_refused(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let fields = [("login", "emma"), ("password", PASSWORD)];
        assert_eq!(test.browser().post_from_elsewhere("/sign-in", &fields).await.status, 403);
        let mut browser = test.signed_in("emma").await;
        assert_eq!(browser.post_from_elsewhere("/sign-out", &[]).await.status, 403);
        assert_eq!(browser.get("/account").await.status, 200);
    }

    async fn sign_ins_are_in_the_audit_log(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        test.signed_in("emma").await;
        test.browser().post("/sign-in", &[("login", "emma"), ("password", "wrong")]).await;
        let verdict = deskside::audit::verify(test.portal.db.on()).await.expect("a verdict");
        assert_eq!(verdict, deskside::audit::Verdict::Whole { entries: 3 });
    }
}
