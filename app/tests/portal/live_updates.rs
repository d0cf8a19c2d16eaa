//! `/live`: who may hear of what, and what is heard.

use crate::{
    harness::{Browser, Test},
    on_both_engines,
    stage::Stage,
};
use axum::{body::Body, http::Request};
use deskside::server::live::{STREAMS_PER_USER, Topic};
use futures_util::StreamExt;
use std::time::Duration;

/// An open stream.
struct Stream(axum::body::BodyDataStream);

impl Stream {
    async fn open(browser: &mut Browser, topics: &str) -> Self {
        let request = Request::get(format!("/live?topics={topics}"))
            .body(Body::empty())
            .expect("a request");
        let answer = browser.open(request).await;
        assert_eq!(answer.status(), 200, "{topics}");
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let mut stream = Self(answer.into_body().into_data_stream());
        assert!(stream.next().await.expect("the opening").contains("retry: "));
        stream
    }

    /// The next piece; `None` when the stream ends.
    async fn next(&mut self) -> Option<String> {
        let next = tokio::time::timeout(Duration::from_secs(5), self.0.next())
            .await
            .expect("something in time");
        next.map(|bytes| String::from_utf8_lossy(&bytes.expect("bytes")).into_owned())
    }
}

on_both_engines! {
    async fn a_change_is_heard_by_those_who_watch_its_topic(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, "Printer").await;
        let mut emma = Stream::open(&mut test.signed_in("emma").await, &format!("mine,request:{id}")).await;
        let mut oscar = Stream::open(&mut test.signed_in("oscar").await, "requests").await;
        test.portal.live.publish(Topic::Devices, 1);
        test.portal.live.publish(Topic::Request(id), 7);
        test.portal.live.publish(Topic::Requests, 8);
        assert_eq!(
            emma.next().await.expect("a change"),
            format!("event: change\ndata: {{\"topic\":\"request:{id}\",\"version\":7}}\n\n")
        );
        assert!(oscar.next().await.expect("a change").contains("{\"topic\":\"requests\",\"version\":8}"));
    }

    async fn a_claim_is_heard_by_owner_and_staff(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, "Printer").await;
        let mut emma = Stream::open(&mut test.signed_in("emma").await, &format!("request:{id}")).await;
        let mut ada = Stream::open(&mut test.signed_in("ada").await, "requests").await;
        deskside::requests::service::claim(&test.portal, &stage.oscar, id, 1).await.expect("claimed");
        assert!(emma.next().await.expect("a change").contains("event: change"));
        assert!(ada.next().await.expect("a change").contains("event: change"));
    }

    async fn staff_see_who_else_looks_at_a_request_for_as_long_as_they_do(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, "Printer").await;
        let page = format!("/requests/{id}");
        let topics = format!("request:{id}");
        let (mut ada, mut oscar) = (test.signed_in("ada").await, test.signed_in("oscar").await);
        let looks = Stream::open(&mut oscar, &topics).await;
        assert!(ada.get(&page).await.body.contains("Oscar is looking at this as well."));
        assert!(!oscar.get(&page).await.body.contains("is looking"));
        assert!(!test.signed_in("emma").await.get(&page).await.body.contains("is looking"));
        let mut hears = Stream::open(&mut ada, &topics).await;
        drop(looks);
        assert!(hears.next().await.expect("a change").contains(&topics));
        assert!(!ada.get(&page).await.body.contains("is looking"));
    }

    async fn topics_are_given_only_to_those_who_may_see_behind_them(test: Test) {
        let stage = Stage::set(&test).await;
        test.person("eve", deskside::accounts::model::StartingRole::Employee).await;
        let id = stage.file(&test, "Printer").await;
        let mut eve = test.signed_in("eve").await;
        for (topics, status) in [
            ("mine".to_owned(), 200),
            ("requests".to_owned(), 404),
            (format!("request:{id}"), 404),
            (format!("mine,request:{id}"), 404),
            (format!("session:{id}"), 404),
            ("request:nonsense".to_owned(), 404),
            ("anything".to_owned(), 404),
            (String::new(), 422),
            (vec!["mine"; 16].join(","), 200),
            (vec!["mine"; 17].join(","), 422),
        ] {
            let request = Request::get(format!("/live?topics={topics}")).body(Body::empty()).expect("a request");
            assert_eq!(eve.open(request).await.status(), status, "{topics}");
        }
        assert_eq!(test.browser().fetch("/live?topics=mine").await.status, 401);
    }

    async fn a_stream_ends_when_the_portal_stops(test: Test) {
        Stage::set(&test).await;
        let mut stream = Stream::open(&mut test.signed_in("emma").await, "mine").await;
        test.portal.stopping.cancel();
        assert_eq!(stream.next().await, None);
    }

    async fn one_person_has_only_so_many_streams(test: Test) {
        Stage::set(&test).await;
        let mut emma = test.signed_in("emma").await;
        let mut streams = Vec::new();
        for _ in 0..STREAMS_PER_USER {
            streams.push(Stream::open(&mut emma, "mine").await);
        }
        assert_eq!(emma.fetch("/live?topics=mine").await.status, 429);
        streams.pop();
        Stream::open(&mut emma, "mine").await;
    }

    async fn whoever_reads_too_slowly_is_told_to_look_at_everything(test: Test) {
        Stage::set(&test).await;
        let mut stream = Stream::open(&mut test.signed_in("emma").await, "mine").await;
        for version in 0..5000 {
            test.portal.live.publish(Topic::Devices, version);
        }
        assert!(stream.next().await.expect("a change").contains("\"topic\":\"mine\""));
    }
}
