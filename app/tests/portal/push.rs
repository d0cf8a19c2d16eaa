//! Notices that browsers show, through a push service that opens what it gets.

use crate::{
    harness::{Browser, Message, NOW, PushBrowser, PushService, Test},
    on_both_engines,
    stage::Stage,
};
use deskside::{
    accounts::{self, model::StartingRole},
    notices::{
        model::SUBSCRIPTIONS,
        push::{self, FAILURES, PAUSE, PER_SERVICE},
        service::{self, WishesForm},
    },
    requests::service as requests,
    server::{
        access::Actor,
        db::sql,
        push::{Client, Vapid},
    },
};
use std::{sync::Arc, time::Duration};

/// Push services may be on the loopback interface.
fn allow_loopback(test: &mut Test) {
    let vapid = Vapid::new(&test.portal.key, test.portal.config.push_contact());
    test.portal.push = Client::new(vapid, &["127.0.0.1".to_owned()]).expect("a client");
}

async fn subscribe(browser: &mut Browser, endpoint: &str, keys: &PushBrowser) -> crate::harness::Answer {
    let fields = [
        ("endpoint", endpoint),
        ("p256dh", &keys.p256dh()),
        ("auth", &keys.auth()),
    ];
    browser.post("/account/push", &fields).await
}

/// Emma's browser, in which she is signed in and sees notices.
async fn emmas(test: &mut Test, service: &PushService) -> (Browser, PushBrowser) {
    allow_loopback(test);
    let mut browser = test.signed_in("emma").await;
    let keys = PushBrowser::new("emma", 1);
    let answer = subscribe(&mut browser, &service.endpoint(&keys), &keys).await;
    assert_eq!(
        (answer.status, answer.location()),
        (303, "/account?done=notices-here#notices"),
        "{}",
        answer.body
    );
    (browser, keys)
}

async fn wants_every(test: &Test, who: &Actor) {
    let form = WishesForm {
        mail: "every".into(),
        push: Some("every".into()),
        digest_at: "08:00".into(),
    };
    service::save(&test.portal, who, &form).await.expect("saved");
}

async fn send(test: &Test) -> usize {
    push::send_due(&test.portal).await.expect("no error")
}

/// The first `wanted` messages that come.
async fn arrived(service: &PushService, wanted: usize) -> Vec<Message> {
    let mut messages = Vec::new();
    let all = async {
        while messages.len() < wanted {
            messages.extend(service.messages());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(15), all)
        .await
        .expect("they come");
    messages
}

#[derive(sqlx::FromRow)]
struct Count {
    n: i64,
}

async fn subscriptions(test: &Test) -> i64 {
    let count: Count = sql("SELECT COUNT(*) AS n FROM push_subscriptions")
        .fetch_one(test.portal.db.on())
        .await
        .expect("a count");
    count.n
}

async fn waiting(test: &Test) -> i64 {
    let count: Count = sql("SELECT COUNT(*) AS n FROM push_outbox")
        .fetch_one(test.portal.db.on())
        .await
        .expect("a count");
    count.n
}

on_both_engines! {
    async fn a_browser_gets_what_happened_encrypted_for_it_and_signed_by_the_portal(test: Test) {
        let stage = Stage::set(&test).await;
        let service = PushService::start().await;
        let (_, keys) = emmas(&mut test, &service).await;
        wants_every(&test, &stage.emma).await;
        let id = stage.claimed(&test).await;
        assert_eq!(send(&test).await, 1);
        let messages = service.messages();
        assert_eq!((messages.len(), messages[0].to.as_str()), (1, "emma"));
        let message = &messages[0];
        let opened = keys.open(message);
        let expected = serde_json::json!({
            "title": "R-1001",
            "body": "Oscar claimed the request.",
            "url": format!("/requests/{id}"),
            "tag": id.0.simple().to_string(),
        });
        assert_eq!(opened, expected);
        assert_eq!(message.header("content-encoding"), "aes128gcm");
        assert_eq!((message.header("ttl"), message.header("urgency")), ("86400", "normal"));
        assert_eq!(message.header("topic"), id.0.simple().to_string());
        let (key, claims) = message.claims();
        assert_eq!(key, test.portal.push.public_key());
        assert_eq!((claims["aud"].as_str(), claims["sub"].as_str()), (Some(service.origin.as_str()), Some("mailto:help@portal.test")));
        let good_for = claims["exp"].as_i64().expect("a time") - NOW / 1000;
        assert!(good_for > 0 && good_for <= 24 * 3600, "{good_for}");
    }

    async fn who_turns_a_browser_on_gets_what_needs_them(test: Test) {
        let stage = Stage::set(&test).await;
        let service = PushService::start().await;
        let (mut browser, keys) = emmas(&mut test, &service).await;
        assert!(browser.get("/account").await.body.contains("This browser shows your notices."));
        let id = stage.claimed(&test).await;
        assert_eq!(send(&test).await, 0, "that it was claimed needs nothing of her");
        stage.launch(&test, id).await;
        assert_eq!(send(&test).await, 1);
        let message = &service.messages()[0];
        assert_eq!(keys.open(message)["body"], "Oscar asked to connect.");
        assert_eq!((message.header("urgency"), message.header("ttl")), ("high", "900"));
    }

    async fn nobody_is_shown_what_they_did_themselves(test: Test) {
        let stage = Stage::set(&test).await;
        let service = PushService::start().await;
        emmas(&mut test, &service).await;
        wants_every(&test, &stage.emma).await;
        stage.file(&test, "Printer").await;
        assert_eq!(waiting(&test).await, 0);
    }

    async fn a_change_that_was_refused_is_shown_to_nobody(test: Test) {
        let stage = Stage::set(&test).await;
        let service = PushService::start().await;
        emmas(&mut test, &service).await;
        wants_every(&test, &stage.emma).await;
        let id = stage.claimed(&test).await;
        requests::claim(&test.portal, &stage.oscar, id, 2).await.expect_err("claimed already");
        assert_eq!(waiting(&test).await, 1);
    }

    async fn a_browser_that_is_gone_is_forgotten(test: Test) {
        let stage = Stage::set(&test).await;
        let service = PushService::start().await;
        for status in [404, 410] {
            emmas(&mut test, &service).await;
            wants_every(&test, &stage.emma).await;
            service.answers(status, &[]);
            stage.claimed(&test).await;
            assert_eq!(send(&test).await, 0);
            assert_eq!((subscriptions(&test).await, waiting(&test).await), (0, 0), "{status}");
        }
    }

    async fn a_service_that_is_busy_is_asked_again_when_it_said(test: Test) {
        let stage = Stage::set(&test).await;
        let service = PushService::start().await;
        emmas(&mut test, &service).await;
        wants_every(&test, &stage.emma).await;
        service.answers(429, &[("retry-after", "120")]);
        stage.claimed(&test).await;
        assert_eq!(send(&test).await, 0);
        service.answers(201, &[]);
        test.advance(Duration::from_millis(119_999));
        assert_eq!(send(&test).await, 0);
        test.advance(Duration::from_millis(1));
        assert_eq!(send(&test).await, 1);
        assert_eq!(waiting(&test).await, 0);
    }

    async fn a_notice_is_given_up_when_it_is_of_no_use_any_longer(test: Test) {
        let stage = Stage::set(&test).await;
        let service = PushService::start().await;
        emmas(&mut test, &service).await;
        wants_every(&test, &stage.emma).await;
        stage.claimed(&test).await;
        test.advance(Duration::from_secs(24 * 3600));
        assert_eq!(send(&test).await, 0);
        assert_eq!((waiting(&test).await, service.messages().len()), (0, 0));
        assert_eq!(subscriptions(&test).await, 1);
    }

    async fn a_slow_service_gets_four_at_once_and_holds_up_no_other(test: Test) {
        let stage = Stage::set(&test).await;
        let (slow, fast) = (PushService::start().await, PushService::start().await);
        emmas(&mut test, &slow).await;
        let mut phone = test.signed_in("emma").await;
        let keys = PushBrowser::new("phone", 3);
        subscribe(&mut phone, &fast.endpoint(&keys), &keys).await;
        wants_every(&test, &stage.emma).await;
        for _ in 0..=PER_SERVICE {
            stage.claimed(&test).await;
        }
        slow.holds(true);
        let portal = test.portal.clone();
        let sending = tokio::spawn(async move { push::send_due(&portal).await });
        arrived(&fast, PER_SERVICE + 1).await;
        arrived(&slow, PER_SERVICE).await;
        slow.holds(false);
        assert_eq!(sending.await.expect("no panic").expect("no error"), 2 * (PER_SERVICE + 1));
        assert_eq!((slow.most_at_once(), slow.messages().len()), (PER_SERVICE, 1));
    }

    async fn a_question_for_consent_is_sent_before_what_waited_longer(test: Test) {
        let stage = Stage::set(&test).await;
        let service = PushService::start().await;
        emmas(&mut test, &service).await;
        wants_every(&test, &stage.emma).await;
        let mut last = stage.claimed(&test).await;
        for _ in 0..PER_SERVICE {
            last = stage.claimed(&test).await;
        }
        test.advance(Duration::from_secs(1));
        stage.launch(&test, last).await;
        service.holds(true);
        let portal = test.portal.clone();
        let sending = tokio::spawn(async move { push::send_due(&portal).await });
        let first = arrived(&service, PER_SERVICE).await;
        service.holds(false);
        assert_eq!(first.iter().filter(|message| message.header("urgency") == "high").count(), 1);
        assert_eq!(sending.await.expect("no panic").expect("no error"), PER_SERVICE + 2);
    }

    async fn a_browser_that_failed_eight_times_in_a_row_is_left_alone_for_an_hour(test: Test) {
        let stage = Stage::set(&test).await;
        let service = PushService::start().await;
        emmas(&mut test, &service).await;
        wants_every(&test, &stage.emma).await;
        for (failures, sent) in [(FAILURES - 1, 1), (FAILURES, 0)] {
            stage.claimed(&test).await;
            service.answers(500, &[]);
            for failure in 1..=failures {
                assert_eq!(send(&test).await, 0);
                if failure < failures {
                    test.advance(Duration::from_secs(3600));
                }
            }
            assert_eq!(i64::try_from(service.messages().len()), Ok(failures));
            service.answers(201, &[]);
            stage.claimed(&test).await;
            assert_eq!(send(&test).await, sent, "after {failures}");
            test.advance(PAUSE);
            assert_eq!(send(&test).await, 2 - sent, "an hour after {failures}");
            service.messages();
        }
    }

    async fn a_redirect_is_not_followed(test: Test) {
        let stage = Stage::set(&test).await;
        let service = PushService::start().await;
        emmas(&mut test, &service).await;
        wants_every(&test, &stage.emma).await;
        let elsewhere = format!("{}/send/elsewhere", service.origin);
        service.answers(307, &[("location", &elsewhere)]);
        stage.claimed(&test).await;
        assert_eq!(send(&test).await, 0);
        let to: Vec<String> = service.messages().into_iter().map(|message| message.to).collect();
        assert_eq!((to, waiting(&test).await), (vec!["emma".to_owned()], 0));
    }

    async fn a_portal_killed_while_sending_sends_it_when_it_is_started_again(test: Test) {
        let stage = Stage::set(&test).await;
        let service = PushService::start().await;
        emmas(&mut test, &service).await;
        wants_every(&test, &stage.emma).await;
        stage.claimed(&test).await;
        let mut tx = test.portal.db.begin().await.expect("a transaction");
        sql("UPDATE push_outbox SET leased_by = $1, leased_until = $2")
            .bind(test.portal.instance.to_string())
            .bind(i64::MAX)
            .execute(&mut tx)
            .await
            .expect("leased");
        tx.commit().await.expect("a commit");
        assert_eq!(send(&test).await, 0, "somebody has it");
        test.restart().await;
        allow_loopback(&mut test);
        push::free_leases(&test.portal).await.expect("freed");
        assert_eq!(send(&test).await, 1);
    }

    async fn two_workers_send_a_notice_once(test: Test) {
        let stage = Stage::set(&test).await;
        let service = PushService::start().await;
        emmas(&mut test, &service).await;
        wants_every(&test, &stage.emma).await;
        stage.claimed(&test).await;
        let (one, two) = tokio::join!(push::send_due(&test.portal), push::send_due(&test.portal));
        assert_eq!(one.expect("no error") + two.expect("no error"), 1);
        assert_eq!(service.messages().len(), 1);
    }

    async fn a_lying_endpoint_is_refused(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let mut browser = test.signed_in("emma").await;
        let keys = PushBrowser::new("emma", 1);
        for endpoint in ["http://push.example.net/a", "https://127.0.0.1/a", "https://localhost/a", "https://10.0.0.1:443/", "x", ""] {
            let answer = subscribe(&mut browser, endpoint, &keys).await;
            assert_eq!(answer.status, 409, "{endpoint}");
            assert!(answer.body.contains("push service cannot be used here"), "{}", answer.body);
        }
        let fields = [("endpoint", "https://push.example.net/a"), ("p256dh", "AAAA"), ("auth", "AAAA")];
        assert_eq!(browser.post("/account/push", &fields).await.status, 409);
        assert_eq!(subscriptions(&test).await, 0);
    }

    async fn an_address_that_leads_into_our_network_is_not_posted_to(test: Test) {
        let stage = Stage::set(&test).await;
        let service = PushService::start().await;
        emmas(&mut test, &service).await;
        wants_every(&test, &stage.emma).await;
        // The host is taken off the list again.
        let vapid = Vapid::new(&test.portal.key, "mailto:help@portal.test".into());
        test.portal.push = Client::new(vapid, &[]).expect("a client");
        stage.claimed(&test).await;
        assert_eq!(send(&test).await, 0);
        assert_eq!((service.messages().len(), waiting(&test).await), (0, 0));
    }

    async fn another_persons_subscription_cannot_be_taken(test: Test) {
        let stage = Stage::set(&test).await;
        test.person("eve", StartingRole::Employee).await;
        let service = PushService::start().await;
        let (_, keys) = emmas(&mut test, &service).await;
        wants_every(&test, &stage.emma).await;
        let mut eve = test.signed_in("eve").await;
        let hers = PushBrowser::new("eve", 2);
        let answer = subscribe(&mut eve, &service.endpoint(&keys), &hers).await;
        assert_eq!(answer.status, 409);
        assert!(answer.body.contains("somebody else"), "{}", answer.body);
        stage.claimed(&test).await;
        assert_eq!(send(&test).await, 1);
        keys.open(&service.messages()[0]);
    }

    async fn signing_out_of_a_browser_ends_its_notices_and_no_others(test: Test) {
        Stage::set(&test).await;
        let service = PushService::start().await;
        let (mut browser, _) = emmas(&mut test, &service).await;
        let mut phone = test.signed_in("emma").await;
        let keys = PushBrowser::new("phone", 3);
        subscribe(&mut phone, &service.endpoint(&keys), &keys).await;
        assert_eq!(subscriptions(&test).await, 2);
        browser.post("/sign-out", &[]).await;
        assert_eq!(subscriptions(&test).await, 1);
        assert!(phone.get("/account").await.body.contains("This browser shows your notices."));
    }

    async fn signing_out_after_the_sign_in_ended_by_itself_ends_the_notices_all_the_same(test: Test) {
        Stage::set(&test).await;
        let service = PushService::start().await;
        let (mut browser, _) = emmas(&mut test, &service).await;
        test.advance(Duration::from_secs(121 * 60));
        assert_eq!(browser.get("/account").await.status, 303, "the sign-in ended");
        assert_eq!(browser.post_from_elsewhere("/sign-out", &[]).await.status, 403);
        assert_eq!(subscriptions(&test).await, 1);
        let answer = browser.post("/sign-out", &[]).await;
        assert_eq!((answer.status, answer.location()), (303, "/sign-in"));
        assert_eq!(subscriptions(&test).await, 0);
    }

    async fn whoever_signs_in_to_a_browser_ends_the_notices_of_others_there(test: Test) {
        Stage::set(&test).await;
        test.person("eve", StartingRole::Employee).await;
        let service = PushService::start().await;
        let (mut browser, _) = emmas(&mut test, &service).await;
        let fields = |login| [("login", login), ("password", crate::harness::PASSWORD)];
        // Her sign-in ended by itself: the browser kept its other cookie.
        browser.cookies.remove("deskside");
        browser.post("/sign-in", &fields("emma")).await;
        assert_eq!(subscriptions(&test).await, 1, "she came back");
        browser.cookies.remove("deskside");
        browser.post("/sign-in", &fields("eve")).await;
        assert_eq!(subscriptions(&test).await, 0);
    }

    async fn with_all_sign_ins_all_notices_end(test: Test) {
        let stage = Stage::set(&test).await;
        let service = PushService::start().await;
        emmas(&mut test, &service).await;
        accounts::service::sign_out_everywhere(&test.portal, &stage.emma).await.expect("signed out");
        assert_eq!(subscriptions(&test).await, 0);
    }

    async fn a_disabled_account_is_shown_nothing(test: Test) {
        let stage = Stage::set(&test).await;
        let service = PushService::start().await;
        emmas(&mut test, &service).await;
        wants_every(&test, &stage.emma).await;
        stage.claimed(&test).await;
        accounts::people::set_active(&test.portal, &stage.ada, stage.emma.id(), false).await.expect("disabled");
        assert_eq!(send(&test).await, 0);
        assert_eq!((subscriptions(&test).await, service.messages().len()), (0, 0));
        push::clean_up(&test.portal).await.expect("no error");
        assert_eq!(waiting(&test).await, 0);
    }

    async fn notices_can_be_stopped_in_one_browser_and_in_all(test: Test) {
        Stage::set(&test).await;
        let service = PushService::start().await;
        let (mut browser, _) = emmas(&mut test, &service).await;
        let mut phone = test.signed_in("emma").await;
        let keys = PushBrowser::new("phone", 3);
        subscribe(&mut phone, &service.endpoint(&keys), &keys).await;
        assert_eq!(browser.post("/account/push/stop", &[]).await.location(), "/account?done=notices-stopped#notices");
        assert_eq!(subscriptions(&test).await, 1);
        browser.post("/account/push/stop", &[("all", "yes")]).await;
        assert_eq!(subscriptions(&test).await, 0);
    }

    async fn as_many_browsers_as_allowed_show_notices_and_one_more_is_refused(test: Test) {
        Stage::set(&test).await;
        let service = PushService::start().await;
        allow_loopback(&mut test);
        let signed_in = test.signed_in("emma").await;
        for number in 1..=SUBSCRIPTIONS + 1 {
            // Each a browser of its own, by what it kept.
            let mut browser = signed_in.clone();
            let keys = PushBrowser::new(&format!("b{number}"), u8::try_from(number).expect("few"));
            let answer = subscribe(&mut browser, &service.endpoint(&keys), &keys).await;
            assert_eq!(answer.status, if number <= SUBSCRIPTIONS { 303 } else { 409 }, "{number}: {}", answer.body);
        }
        assert_eq!(subscriptions(&test).await, i64::try_from(SUBSCRIPTIONS).expect("few"));
    }

    async fn browsers_that_subscribe_at_once_are_no_more_than_allowed(test: Test) {
        Stage::set(&test).await;
        let service = PushService::start().await;
        allow_loopback(&mut test);
        let signed_in = test.signed_in("emma").await;
        let subscribing = (1..=SUBSCRIPTIONS + 4).map(|number| {
            let mut browser = signed_in.clone();
            let keys = PushBrowser::new(&format!("b{number}"), u8::try_from(number).expect("few"));
            let endpoint = service.endpoint(&keys);
            async move { subscribe(&mut browser, &endpoint, &keys).await.status }
        });
        let answers = futures_util::future::join_all(subscribing).await;
        assert_eq!(answers.iter().filter(|status| **status == 303).count(), SUBSCRIPTIONS, "{answers:?}");
        assert_eq!(subscriptions(&test).await, i64::try_from(SUBSCRIPTIONS).expect("few"));
    }

    async fn a_browser_that_subscribes_twice_at_once_is_one_browser(test: Test) {
        Stage::set(&test).await;
        let service = PushService::start().await;
        let (browser, _) = emmas(&mut test, &service).await;
        let subscribing = (2..6).map(|number| {
            let mut browser = browser.clone();
            let keys = PushBrowser::new(&format!("b{number}"), number);
            let endpoint = service.endpoint(&keys);
            async move { subscribe(&mut browser, &endpoint, &keys).await.status }
        });
        let answers = futures_util::future::join_all(subscribing).await;
        assert!(answers.iter().all(|status| *status == 303), "{answers:?}");
        assert_eq!(subscriptions(&test).await, 1);
    }

    async fn a_browser_that_subscribes_again_is_one_browser(test: Test) {
        Stage::set(&test).await;
        let service = PushService::start().await;
        let (mut browser, keys) = emmas(&mut test, &service).await;
        subscribe(&mut browser, &service.endpoint(&keys), &keys).await;
        let renewed = PushBrowser::new("renewed", 4);
        subscribe(&mut browser, &service.endpoint(&renewed), &renewed).await;
        assert_eq!(subscriptions(&test).await, 1);
    }
}

#[tokio::test]
async fn where_push_is_turned_off_the_page_offers_none_and_the_address_refuses() {
    let mut test = Test::start(crate::harness::Engine::Sqlite).await;
    test.person("emma", StartingRole::Employee).await;
    let mut config = (*test.portal.config).clone();
    config.push.enabled = false;
    test.portal.config = Arc::new(config);
    let mut browser = test.signed_in("emma").await;
    let page = browser.get("/account").await.body;
    assert!(
        page.contains("mail-every") && !page.contains("push-every") && !page.contains("push-form"),
        "{page}"
    );
    let keys = PushBrowser::new("emma", 1);
    let answer = subscribe(&mut browser, "https://push.example.net/a", &keys).await;
    assert_eq!(answer.status, 404);
    // The choice of mails can be saved all the same.
    let saved = browser.post("/account/notices", &[("mail", "needed")]).await;
    assert_eq!(saved.status, 303);
    test.end().await;
}

#[tokio::test]
async fn the_scripts_are_scripts_that_browsers_look_for_again() {
    let test = Test::start(crate::harness::Engine::Sqlite).await;
    test.person("emma", StartingRole::Employee).await;
    let mut browser = test.signed_in("emma").await;
    for path in ["/service-worker.js", "/notices.js"] {
        let script = browser.get(path).await;
        assert_eq!(
            (
                script.status,
                script.header("content-type"),
                script.header("cache-control")
            ),
            (200, "text/javascript; charset=utf-8", "no-cache"),
            "{path}"
        );
    }
    assert_eq!(test.browser().get("/service-worker.js").await.status, 200);
    let page = browser.get("/account").await;
    assert!(page.header("content-security-policy").contains("worker-src 'self'"));
    assert!(
        page.body
            .contains(&format!("data-key=\"{}\"", test.portal.push.public_key()))
    );
    test.end().await;
}
