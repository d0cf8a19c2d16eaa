//! Which mails people get by what they chose, and the digest.

use crate::{
    harness::Test,
    on_both_engines,
    stage::{self, Stage},
};
use deskside::{
    accounts::{self, model::StartingRole, service::RightsChange},
    audit::By,
    notices::{
        digest,
        service::{self, WishesForm},
    },
    proposals::service::{self as proposals, Answer},
    requests::{
        conversation::{self, Draft},
        service as requests,
    },
    server::{access::Actor, db::sql, mail},
    sessions::service as sessions,
};
use deskside_protocol::ids::RequestId;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

/// `who` wants `mail`; a digest comes at 9 o'clock, which is an hour after the test's beginning.
async fn wants(test: &Test, who: &Actor, mail: &str) {
    let form = WishesForm {
        mail: mail.into(),
        push: None,
        digest_at: "09:00".into(),
    };
    service::save(&test.portal, who, &form).await.expect("saved");
}

/// The mails to `who` so far, their texts.
async fn mails_to(test: &Test, who: &Actor) -> Vec<String> {
    let all = stage::mails(test).await.into_iter();
    all.filter(|mail| mail.recipient_email == who.user.email)
        .map(|mail| mail.text_body)
        .collect()
}

async fn digests(test: &Test) -> usize {
    digest::write_due(&test.portal).await.expect("written")
}

async fn message(test: &Test, who: &Actor, id: RequestId) {
    let draft = Draft {
        text: "Is it plugged in?",
        ..Draft::default()
    };
    conversation::write(&test.portal, who, id, draft)
        .await
        .expect("written");
}

on_both_engines! {
    async fn who_chose_nothing_gets_a_mail_of_every_modification(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        message(&test, &stage.emma, id).await;
        assert_eq!(mails_to(&test, &stage.emma).await.len(), 3);
        assert_eq!(mails_to(&test, &stage.oscar).await.len(), 2);
    }

    async fn every_mail_leads_to_the_choice(test: Test) {
        let stage = Stage::set(&test).await;
        stage.claimed(&test).await;
        for mail in stage::mails(&test).await {
            assert!(mail.text_body.contains("http://portal.test/account#notices"), "{}", mail.text_body);
        }
    }

    async fn who_wants_only_what_needs_them_gets_no_mail_of_the_rest(test: Test) {
        let stage = Stage::set(&test).await;
        wants(&test, &stage.emma, "needed").await;
        let id = stage.claimed(&test).await;
        assert_eq!(mails_to(&test, &stage.emma).await.len(), 0);
        message(&test, &stage.oscar, id).await;
        let mails = mails_to(&test, &stage.emma).await;
        assert!(mails.len() == 1 && mails[0].contains("Is it plugged in?"), "{mails:?}");
        assert_eq!(mails_to(&test, &stage.oscar).await.len(), 2, "who chose nothing still gets all");
    }

    async fn who_wants_only_what_needs_them_is_asked_how_content_they_are_when_a_session_closed_the_request(test: Test) {
        let stage = Stage::set(&test).await;
        wants(&test, &stage.emma, "needed").await;
        let (_, session) = stage.connected(&test).await;
        sessions::end(&test.portal, &stage.oscar, session).await.expect("ended");
        let mails = mails_to(&test, &stage.emma).await;
        assert!(mails.iter().any(|mail| mail.contains("/answer/closed/")), "{mails:?}");
    }

    async fn who_wants_no_mail_is_still_asked_and_invited(test: Test) {
        let stage = Stage::set(&test).await;
        wants(&test, &stage.emma, "none").await;
        let id = stage.claimed(&test).await;
        proposals::propose(&test.portal, &stage.oscar, id, "2026-11-24T09:00", "2026-11-24T10:00").await.expect("proposed");
        assert_eq!(mails_to(&test, &stage.emma).await.len(), 0);
        let proposal = proposals::find_open(test.portal.db.on(), id).await.expect("no error").expect("one").id;
        proposals::answer(&test.portal, &stage.emma, id, proposal, Answer::Accept).await.expect("accepted");
        assert_eq!(mails_to(&test, &stage.emma).await.len(), 1, "the invitation");
        stage.launch(&test, id).await;
        let mails = mails_to(&test, &stage.emma).await;
        assert!(mails.len() == 2 && mails.iter().any(|mail| mail.starts_with("Oscar asked to connect.")), "{mails:?}");
    }

    async fn a_digest_comes_once_a_day_in_its_minute_with_everything_that_others_did(test: Test) {
        let stage = Stage::set(&test).await;
        wants(&test, &stage.emma, "digest").await;
        let first = stage.claimed(&test).await;
        let second = stage.file(&test, "Scanner").await;
        requests::claim(&test.portal, &stage.oscar, second, 1).await.expect("claimed");
        assert_eq!(mails_to(&test, &stage.emma).await.len(), 0);
        test.advance(HOUR - Duration::from_millis(1));
        message(&test, &stage.oscar, first).await;
        assert_eq!(digests(&test).await, 0);
        test.advance(Duration::from_millis(1));
        assert_eq!(digests(&test).await, 1);
        assert_eq!(digests(&test).await, 0);
        let mails = mails_to(&test, &stage.emma).await;
        let expected = format!(
            "What happened to 2 requests\n\n\
             R-1001: Printer\nMon 23 Nov, 08:00: Oscar claimed the request.\nMon 23 Nov, 08:59: Oscar wrote a message.\n\
             http://portal.test/requests/{first}\n\n\
             R-1002: Scanner\nMon 23 Nov, 08:00: Oscar claimed the request.\nhttp://portal.test/requests/{second}\n\n\
             -- \nYou get this mail because you chose one a day. Times are in UTC.\n\
             Choose which mails you get: http://portal.test/account#notices"
        );
        assert_eq!(mails, [expected]);
    }

    async fn what_happens_in_the_minute_of_the_digest_is_told_the_next_day(test: Test) {
        let stage = Stage::set(&test).await;
        wants(&test, &stage.emma, "digest").await;
        let id = stage.claimed(&test).await;
        test.advance(HOUR);
        message(&test, &stage.oscar, id).await;
        assert_eq!(digests(&test).await, 1);
        assert!(!mails_to(&test, &stage.emma).await[0].contains("wrote a message"));
        test.advance(24 * HOUR - Duration::from_millis(1));
        assert_eq!(digests(&test).await, 0);
        test.advance(Duration::from_millis(1));
        assert_eq!(digests(&test).await, 1);
    }

    async fn no_digest_comes_when_nothing_happened(test: Test) {
        let stage = Stage::set(&test).await;
        wants(&test, &stage.emma, "digest").await;
        stage.file(&test, "Printer").await;
        test.advance(48 * HOUR);
        assert_eq!(digests(&test).await, 0, "what she did herself is no news to her");
    }

    async fn a_digest_goes_out_in_html_with_what_people_wrote_escaped(test: Test) {
        let stage = Stage::set(&test).await;
        wants(&test, &stage.emma, "digest").await;
        let id = stage.file(&test, "<b>Printer</b>").await;
        requests::claim(&test.portal, &stage.oscar, id, 1).await.expect("claimed");
        test.advance(HOUR);
        digests(&test).await;
        #[derive(sqlx::FromRow)]
        struct Html {
            html_body: String,
        }
        let sent: Html = sql("SELECT html_body FROM outbox WHERE message_id LIKE 'digest.%'")
            .fetch_one(test.portal.db.on())
            .await
            .expect("one digest");
        assert!(sent.html_body.contains("&lt;b&gt;Printer") && !sent.html_body.contains("<b>"), "{}", sent.html_body);
        let html = sent.html_body.replace("&#x2f;", "/");
        assert!(html.contains(&format!("href=\"http://portal.test/requests/{id}\"")), "{html}");
    }

    async fn a_portal_killed_over_a_digest_neither_drops_nor_doubles_it(test: Test) {
        let stage = Stage::set(&test).await;
        wants(&test, &stage.emma, "digest").await;
        stage.claimed(&test).await;
        test.advance(HOUR);
        // What a portal leaves behind that took the events out, and was killed before it wrote the mail.
        let mut tx = test.portal.db.begin().await.expect("a transaction");
        sql("DELETE FROM digest_events").execute(&mut tx).await.expect("taken");
        drop(tx);
        test.restart().await;
        assert_eq!(digests(&test).await, 1);
        // And what one leaves behind that was killed while it sent the mail.
        let mut tx = test.portal.db.begin().await.expect("a transaction");
        sql("UPDATE outbox SET leased_by = $1, leased_until = $2 WHERE message_id LIKE 'digest.%'")
            .bind(test.portal.instance.to_string())
            .bind(i64::MAX)
            .execute(&mut tx)
            .await
            .expect("leased");
        tx.commit().await.expect("a commit");
        test.restart().await;
        mail::free_leases(&test.portal).await.expect("freed");
        mail::send_due(&test.portal).await.expect("sent");
        assert_eq!(digests(&test).await, 0);
        mail::send_due(&test.portal).await.expect("sent");
        let sent = test.portal.mail.sent();
        assert_eq!(sent.iter().filter(|mail| mail.contains("What happened to 1 request")).count(), 1, "{sent:?}");
    }

    async fn of_two_portals_at_once_one_writes_the_digest(test: Test) {
        let stage = Stage::set(&test).await;
        wants(&test, &stage.emma, "digest").await;
        stage.claimed(&test).await;
        test.advance(HOUR);
        let (one, two) = tokio::join!(digest::write_due(&test.portal), digest::write_due(&test.portal));
        assert_eq!(one.expect("no error") + two.expect("no error"), 1);
        assert_eq!(mails_to(&test, &stage.emma).await.len(), 1);
    }

    async fn who_no_longer_wants_a_digest_gets_what_was_kept_at_once(test: Test) {
        let stage = Stage::set(&test).await;
        wants(&test, &stage.emma, "digest").await;
        stage.claimed(&test).await;
        wants(&test, &stage.emma, "every").await;
        assert_eq!(digests(&test).await, 1);
    }

    async fn who_wants_no_mail_any_longer_gets_no_last_digest(test: Test) {
        let stage = Stage::set(&test).await;
        wants(&test, &stage.emma, "digest").await;
        stage.claimed(&test).await;
        wants(&test, &stage.emma, "none").await;
        test.advance(24 * HOUR);
        assert_eq!(digests(&test).await, 0);
    }

    async fn what_was_kept_while_somebody_chose_no_mails_is_dropped(test: Test) {
        let stage = Stage::set(&test).await;
        wants(&test, &stage.emma, "digest").await;
        stage.claimed(&test).await;
        // As if the claim had been committed after the choice.
        let mut tx = test.portal.db.begin().await.expect("a transaction");
        sql("UPDATE notice_wishes SET mail = 'none'").execute(&mut tx).await.expect("chosen");
        tx.commit().await.expect("a commit");
        test.advance(24 * HOUR);
        assert_eq!(digests(&test).await, 0);
        wants(&test, &stage.emma, "digest").await;
        test.advance(24 * HOUR);
        assert_eq!(digests(&test).await, 0, "it is gone");
    }

    async fn the_digest_follows_its_reader_to_another_time_zone(test: Test) {
        let stage = Stage::set(&test).await;
        wants(&test, &stage.emma, "digest").await;
        stage.claimed(&test).await;
        // 9 o'clock in New York is 14 o'clock in UTC.
        accounts::service::set_time_zone(&test.portal, &stage.emma, "America/New_York").await.expect("set");
        test.advance(6 * HOUR - Duration::from_millis(1));
        assert_eq!(digests(&test).await, 0);
        test.advance(Duration::from_millis(1));
        assert_eq!(digests(&test).await, 1);
    }

    async fn a_digest_tells_nothing_of_what_its_reader_may_no_longer_see(test: Test) {
        let stage = Stage::set(&test).await;
        wants(&test, &stage.oscar, "digest").await;
        let id = stage.claimed(&test).await;
        message(&test, &stage.emma, id).await;
        let change = RightsChange::Role(StartingRole::Employee);
        accounts::service::change_rights(&test.portal, By::Machine("test"), "oscar", change).await.expect("changed");
        test.advance(HOUR);
        assert_eq!(digests(&test).await, 0);
        assert_eq!(mails_to(&test, &stage.oscar).await.len(), 0);
    }

    async fn the_account_page_shows_what_was_chosen_and_saves_it(test: Test) {
        let stage = Stage::set(&test).await;
        let mut emma = test.signed_in("emma").await;
        let page = emma.get("/account").await.body;
        let checked = |page: &str, id: &str| {
            let tag = page.split("<input").find(|tag| tag.contains(&format!("id=\"{id}\""))).expect(id).to_owned();
            tag.split('>').next().is_some_and(|tag| tag.contains("checked"))
        };
        assert!(checked(&page, "mail-every") && checked(&page, "push-off"), "{page}");
        let saved = emma.post("/account/notices", &[("mail", "digest"), ("push", "needed"), ("digest_at", "17:30")]).await;
        assert_eq!((saved.status, saved.location()), (303, "/account?done=notices#notices"));
        let page = emma.get("/account?done=notices").await.body;
        assert!(page.contains("Your choice of notices is saved."));
        assert!(checked(&page, "mail-digest") && checked(&page, "push-needed") && page.contains("17:30"), "{page}");
        assert!(!checked(&page, "mail-every"));
        assert!(stage::audited(&test, &format!("user:{}", stage.emma.id())).await.contains(&"account.notices_changed".to_owned()));
    }

    async fn a_choice_that_is_none_comes_back_with_what_is_wrong(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let mut emma = test.signed_in("emma").await;
        let answer = emma.post("/account/notices", &[("mail", "digest"), ("push", "off"), ("digest_at", "25:00")]).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains("such as 08:30") && answer.body.contains("25:00"), "{}", answer.body);
        assert_eq!(emma.post("/account/notices", &[("mail", "often")]).await.status, 422);
    }
}
