//! Mail goes out once for each committed change.

use crate::{harness::Test, on_both_engines};
use deskside::server::{
    db::sql,
    mail::{self, Mail, Transport},
};
use std::time::Duration;

fn a_mail(number: u32) -> Mail {
    Mail {
        recipient: None,
        name: "Emma Employee".into(),
        email: "emma@example.org".into(),
        subject: "[R-1001] Printer — größer".into(),
        text: "It changed.".into(),
        html: "<p>It changed.</p>".into(),
        message_id: format!("request.{number}@portal.test"),
        references: if number > 1 {
            vec!["request.1@portal.test".into()]
        } else {
            Vec::new()
        },
        calendar: None,
        reply_to: None,
    }
}

async fn enqueue(test: &Test, mail: Mail) {
    let mut tx = test.portal.db.begin().await.expect("a transaction");
    mail::enqueue(&mut tx, mail, test.portal.clock.now())
        .await
        .expect("a mail");
    tx.commit().await.expect("a commit");
}

async fn send(test: &Test) -> usize {
    mail::send_due(&test.portal).await.expect("the outbox can be read")
}

/// What a worker that is then killed leaves behind.
async fn lease(test: &Test, holder: &str) {
    let mut tx = test.portal.db.begin().await.expect("a transaction");
    sql("UPDATE outbox SET leased_by = $1, leased_until = $2")
        .bind(holder)
        .bind(i64::MAX)
        .execute(&mut tx)
        .await
        .expect("leased");
    tx.commit().await.expect("a commit");
}

#[derive(sqlx::FromRow)]
struct State {
    state: String,
    attempts: i64,
}

async fn state(test: &Test) -> State {
    sql("SELECT state, attempts FROM outbox")
        .fetch_one(test.portal.db.on())
        .await
        .expect("one mail")
}

/// A server that nobody runs.
fn unreachable(test: &mut Test) {
    test.portal.mail = Transport::Files("/nowhere/at/all".into());
}

on_both_engines! {
    async fn a_mail_goes_out_once(test: Test) {
        enqueue(&test, a_mail(1)).await;
        assert_eq!(send(&test).await, 1);
        assert_eq!(send(&test).await, 0);
        assert_eq!(test.portal.mail.sent().len(), 1);
    }

    async fn a_mail_of_a_change_that_was_rolled_back_never_goes_out(test: Test) {
        let mut tx = test.portal.db.begin().await.expect("a transaction");
        mail::enqueue(&mut tx, a_mail(1), test.portal.clock.now()).await.expect("a mail");
        drop(tx);
        assert_eq!(send(&test).await, 0);
    }

    async fn a_portal_killed_while_sending_sends_it_when_it_is_started_again(test: Test) {
        enqueue(&test, a_mail(1)).await;
        lease(&test, &test.portal.instance).await;
        assert_eq!(send(&test).await, 0, "somebody has it");
        test.restart().await;
        mail::free_leases(&test.portal).await.expect("freed");
        assert_eq!(send(&test).await, 1);
    }

    async fn a_portal_that_starts_takes_no_mail_from_another(test: Test) {
        enqueue(&test, a_mail(1)).await;
        lease(&test, "another portal").await;
        mail::free_leases(&test.portal).await.expect("freed");
        assert_eq!(send(&test).await, 0);
    }

    async fn mails_go_out_in_the_order_of_their_changes(test: Test) {
        for number in 1..=3 {
            enqueue(&test, a_mail(number)).await;
            test.advance(Duration::from_millis(1));
        }
        send(&test).await;
        let ids: Vec<bool> = (1..=3)
            .zip(test.portal.mail.sent())
            .map(|(number, mail)| mail.contains(&format!("Message-ID: <request.{number}@portal.test>")))
            .collect();
        assert_eq!(ids, [true, true, true]);
    }

    async fn an_answer_names_its_thread(test: Test) {
        enqueue(&test, a_mail(2)).await;
        send(&test).await;
        let mail = &test.portal.mail.sent()[0];
        assert!(mail.contains("In-Reply-To: <request.1@portal.test>"), "{mail}");
        assert!(mail.contains("References: <request.1@portal.test>"), "{mail}");
    }

    async fn while_the_server_is_away_mails_wait_and_then_all_go_out_once(test: Test) {
        let back = test.portal.mail.clone();
        unreachable(&mut test);
        for number in 1..=3 {
            enqueue(&test, a_mail(number)).await;
        }
        for _ in 0..20 {
            assert_eq!(send(&test).await, 0);
            test.advance(Duration::from_secs(1800));
        }
        test.portal.mail = back;
        test.advance(Duration::from_secs(3600));
        assert_eq!(send(&test).await, 3);
        assert_eq!(test.portal.mail.sent().len(), 3);
    }

    async fn the_first_mail_that_gets_through_hurries_the_others(test: Test) {
        let back = test.portal.mail.clone();
        unreachable(&mut test);
        for number in 1..=3 {
            enqueue(&test, a_mail(number)).await;
        }
        for _ in 0..9 {
            send(&test).await;
        }
        test.portal.mail = back;
        test.advance(Duration::from_secs(10));
        assert_eq!(send(&test).await, 3);
    }

    async fn a_mail_that_is_being_sent_is_not_sent_by_another_worker(test: Test) {
        enqueue(&test, a_mail(1)).await;
        let (one, two) = tokio::join!(mail::send_due(&test.portal), mail::send_due(&test.portal));
        assert_eq!(one.expect("sent") + two.expect("sent"), 1);
        assert_eq!(test.portal.mail.sent().len(), 1);
    }

    async fn a_mail_is_given_up_after_five_days(test: Test) {
        unreachable(&mut test);
        enqueue(&test, a_mail(1)).await;
        test.advance(Duration::from_secs(5 * 24 * 3600 - 1));
        send(&test).await;
        assert_eq!(state(&test).await.state, "waiting");
        test.advance(Duration::from_secs(3601));
        send(&test).await;
        let state = state(&test).await;
        assert_eq!((state.state.as_str(), state.attempts), ("failed", 2));
    }

    async fn a_mail_to_no_address_fails_at_once_and_holds_nothing_up(test: Test) {
        enqueue(&test, Mail { email: "nowhere".into(), ..a_mail(1) }).await;
        test.advance(Duration::from_millis(1));
        enqueue(&test, a_mail(2)).await;
        assert_eq!(send(&test).await, 1);
    }

    async fn a_file_mail_is_one_readable_file(test: Test) {
        let folder = test.folder.path().join("mail");
        std::fs::create_dir(&folder).expect("a folder");
        test.portal.mail = Transport::Files(folder.clone());
        enqueue(&test, a_mail(1)).await;
        send(&test).await;
        let files: Vec<_> = std::fs::read_dir(&folder).expect("the folder").flatten().collect();
        assert_eq!(files.len(), 1);
        let text = std::fs::read_to_string(files[0].path()).expect("a mail");
        assert!(text.contains("To: \"Emma Employee\" <emma@example.org>"), "{text}");
        assert!(text.contains("multipart/alternative"));
    }
}
