//! The links in the mail about a closed request: rating it and opening it again, without signing in.

use crate::{
    harness::Test,
    on_both_engines,
    stage::{self, Stage},
};
use deskside::{
    feedback::service::{self, LINK_DAYS},
    requests::{
        model::{COMMENT_CHARS, Happened, Rating, Status},
        service as requests,
    },
    sessions::service as sessions,
};
use deskside_protocol::ids::RequestId;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Every address in a mail to `login` that begins with `words`, the latest mail last, without its origin.
async fn links(test: &Test, login: &str, words: &str) -> Vec<String> {
    let mut mails = stage::mails(test).await;
    mails.retain(|mail| mail.recipient_email.starts_with(login));
    mails.sort_by_key(|mail| {
        mail.message_id
            .split('.')
            .nth(1)
            .and_then(|number| number.parse::<i64>().ok())
    });
    let lines = mails.iter().flat_map(|mail| mail.text_body.lines());
    let addresses = lines
        .filter(|line| line.contains(words))
        .filter_map(|line| line.rsplit_once(": "));
    addresses
        .map(|(_, address)| {
            address
                .strip_prefix("http://portal.test")
                .expect("our address")
                .to_owned()
        })
        .collect()
}

/// Emma's link in the latest mail, without what it has chosen.
async fn link(test: &Test) -> String {
    let found = links(test, "emma", "Very content").await;
    let address = found.last().expect("a link");
    address.strip_suffix("?stars=5").expect("five stars").to_owned()
}

async fn close(test: &Test, stage: &Stage, id: RequestId) {
    let version = stage.see(test, &stage.oscar, id).await.row.version;
    requests::close(&test.portal, &stage.oscar, id, version)
        .await
        .expect("closed");
}

/// A closed request with Emma's link.
async fn closed(test: &Test, stage: &Stage) -> (RequestId, String) {
    let id = stage.claimed(test).await;
    close(test, stage, id).await;
    (id, link(test).await)
}

async fn rating(test: &Test, stage: &Stage, id: RequestId) -> Option<Rating> {
    stage.see(test, &stage.emma, id).await.rating
}

fn stars(stars: i64, comment: &str) -> Option<Rating> {
    Some(Rating {
        stars,
        comment: comment.to_owned(),
    })
}

on_both_engines! {
    async fn the_owner_alone_gets_a_link_for_each_answer_when_a_request_is_closed(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        assert!(links(&test, "emma", "/answer/").await.is_empty(), "nothing is asked before");
        close(&test, &stage, id).await;
        let asked: Vec<String> = links(&test, "emma", "/answer/closed/").await;
        let ends: Vec<&str> = asked.iter().filter_map(|address| address.split_once('?')).map(|(_, end)| end).collect();
        assert_eq!(ends, ["stars=5", "stars=4", "stars=3", "stars=2", "stars=1", "reopen"]);
        assert!(links(&test, "oscar", "/answer/").await.is_empty());
    }

    async fn a_session_that_closes_its_request_asks_as_well(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, session) = stage.connected(&test).await;
        sessions::end(&test.portal, &stage.oscar, session).await.expect("ended");
        assert_eq!(stage.see(&test, &stage.emma, id).await.row.status, Status::Closed);
        assert_eq!(links(&test, "emma", "Very content").await.len(), 1);
    }

    async fn whoever_takes_a_request_back_is_asked_nothing(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, "Printer").await;
        requests::cancel(&test.portal, &stage.emma, id, 1).await.expect("cancelled");
        assert!(links(&test, "emma", "/answer/").await.is_empty());
    }

    async fn opening_a_link_changes_nothing_and_shows_what_it_has_chosen(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, link) = closed(&test, &stage).await;
        let before = stage::mails(&test).await.len();
        for end in ["", "?stars=1", "?stars=4", "?stars=9", "?stars=x", "?reopen"] {
            let page = test.browser().get(&format!("{link}{end}")).await;
            assert_eq!(page.status, 200, "{end}");
            assert_eq!(page.body.matches("checked").count(), usize::from(["?stars=1", "?stars=4"].contains(&end)), "{end}");
        }
        assert_eq!(rating(&test, &stage, id).await, None);
        assert_eq!(stage.see(&test, &stage.emma, id).await.row.status, Status::Closed);
        assert_eq!(stage::mails(&test).await.len(), before);
    }

    async fn one_button_keeps_the_answer_of_somebody_who_is_not_signed_in(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, link) = closed(&test, &stage).await;
        let mut phone = test.browser();
        let sent = phone.post(&link, &[("answer", "rate"), ("stars", "4"), ("comment", " Quick <help> ")]).await;
        assert_eq!((sent.status, sent.location()), (303, link.as_str()), "{}", sent.body);
        assert_eq!(rating(&test, &stage, id).await, stars(4, "Quick <help>"));
        let thanks = phone.get(&link).await;
        assert!(thanks.body.contains("Thank you.") && thanks.body.contains("How content you were: Content"), "{}", thanks.body);
        assert!(thanks.body.contains("Quick &lt;help&gt;"), "{}", thanks.body);
        let last = stage.see(&test, &stage.oscar, id).await.timeline.pop().expect("an entry");
        assert_eq!((last.what, last.by.map(|by| by.name).as_deref()), (Happened::Rated, Some("Emma")));
    }

    async fn a_link_takes_one_answer(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, link) = closed(&test, &stage).await;
        let fields = |stars| [("answer", "rate"), ("stars", stars)];
        assert_eq!(test.browser().post(&link, &fields("4")).await.status, 303);
        let again = test.browser().post(&link, &fields("1")).await;
        assert_eq!(again.status, 409);
        assert!(again.body.contains("You have said already how content you were."), "{}", again.body);
        assert_eq!(rating(&test, &stage, id).await, stars(4, ""));
    }

    async fn two_answers_at_once_are_one(test: Test) {
        let stage = Stage::set(&test).await;
        let (_, link) = closed(&test, &stage).await;
        let token = link.rsplit('/').next().expect("a token");
        let (one, two) = tokio::join!(
            service::rate(&test.portal, token, "5", ""),
            service::rate(&test.portal, token, "1", ""),
        );
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
    }

    async fn what_was_said_in_the_portal_stays_and_can_be_changed_there(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, link) = closed(&test, &stage).await;
        requests::rate(&test.portal, &stage.emma, id, "2", "Slow").await.expect("rated");
        assert_eq!(test.browser().post(&link, &[("answer", "rate"), ("stars", "5")]).await.status, 409);
        assert_eq!(rating(&test, &stage, id).await, stars(2, "Slow"));
        requests::rate(&test.portal, &stage.emma, id, "3", "").await.expect("rated again");
    }

    async fn a_mistake_keeps_what_was_typed(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, link) = closed(&test, &stage).await;
        let long = "ß".repeat(COMMENT_CHARS + 1);
        let mut phone = test.browser();
        let refused = phone.post(&link, &[("answer", "rate"), ("stars", "4"), ("comment", &long)]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains(&long) && refused.body.matches("checked").count() == 1, "{}", refused.body);
        for chosen in ["0", "6", "", "x"] {
            let refused = phone.post(&link, &[("answer", "rate"), ("stars", chosen), ("comment", "Typed")]).await;
            assert_eq!(refused.status, 422, "{chosen}");
            assert!(refused.body.contains("Typed</textarea>"), "{}", refused.body);
        }
        assert_eq!(phone.post(&link, &[]).await.status, 422);
        assert_eq!(rating(&test, &stage, id).await, None);
    }

    async fn through_the_link_a_request_is_opened_again_once(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, link) = closed(&test, &stage).await;
        let mut phone = test.browser();
        assert!(phone.get(&format!("{link}?reopen")).await.body.contains("Not solved after all?"));
        assert_eq!(phone.post(&link, &[("answer", "reopen")]).await.status, 303);
        assert_eq!(stage.see(&test, &stage.emma, id).await.row.status, Status::New);
        assert!(phone.get(&link).await.body.contains("The request was opened again"));
        for answer in ["reopen", "rate"] {
            assert_eq!(phone.post(&link, &[("answer", answer), ("stars", "5")]).await.status, 409, "{answer}");
        }
    }

    async fn a_link_is_about_one_closing_and_no_later_one(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, first) = closed(&test, &stage).await;
        assert_eq!(test.browser().post(&first, &[("answer", "reopen")]).await.status, 303);
        test.advance(Duration::from_secs(60));
        close(&test, &stage, id).await;
        let second = link(&test).await;
        assert_ne!(first, second);
        assert_eq!(test.browser().post(&first, &[("answer", "rate"), ("stars", "1")]).await.status, 409);
        assert_eq!(test.browser().post(&first, &[("answer", "reopen")]).await.status, 409);
        assert_eq!(test.browser().post(&second, &[("answer", "rate"), ("stars", "5")]).await.status, 303);
        assert_eq!(rating(&test, &stage, id).await, stars(5, ""));
    }

    async fn a_link_is_good_for_fourteen_days_and_not_longer(test: Test) {
        let stage = Stage::set(&test).await;
        let (id, link) = closed(&test, &stage).await;
        let fields = [("answer", "rate"), ("stars", "5")];
        test.advance(DAY * u32::try_from(LINK_DAYS).expect("small") - Duration::from_millis(1));
        let page = test.browser().get(&link).await;
        assert!(page.body.contains("Open again"), "{}", page.body);
        test.advance(Duration::from_millis(1));
        let late = test.browser().get(&link).await;
        assert_eq!(late.status, 409);
        assert!(late.body.contains("closed more than two weeks ago"), "{}", late.body);
        for fields in [&fields[..], &[("answer", "reopen")]] {
            assert_eq!(test.browser().post(&link, fields).await.status, 409);
        }
        assert_eq!(rating(&test, &stage, id).await, None);
    }

    async fn a_forged_link_and_one_of_somebody_disabled_lead_nowhere(test: Test) {
        let stage = Stage::set(&test).await;
        let (_, link) = closed(&test, &stage).await;
        let fields = [("answer", "rate"), ("stars", "5")];
        let forged = format!("{link}x");
        let elsewhere = link.replace("/answer/closed/", "/answer/");
        for address in [&forged, &elsewhere] {
            assert_eq!(test.browser().get(address).await.status, 404);
            assert_eq!(test.browser().post(address, &[("answer", "accept")]).await.status, 404);
        }
        assert_eq!(test.browser().post_from_elsewhere(&link, &fields).await.status, 403);
        deskside::accounts::people::set_active(&test.portal, &stage.ada, stage.emma.id(), false).await.expect("disabled");
        assert_eq!(test.browser().get(&link).await.status, 404);
        assert_eq!(test.browser().post(&link, &fields).await.status, 404);
    }
}
