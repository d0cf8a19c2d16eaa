//! The audit log shows every later change to it.

use crate::{harness::Test, on_both_engines};
use deskside::{
    audit::{self, By, Entry, Verdict},
    server::db::sql,
};
use serde_json::json;

async fn append(test: &Test, count: usize) {
    for number in 0..count {
        let mut tx = test.portal.db.begin().await.expect("a transaction");
        let entry = Entry {
            by: By::Machine("test"),
            action: "test.happened",
            subject: "test:1",
            detail: json!({ "number": number }),
        };
        audit::append(&mut tx, entry, test.portal.clock.now())
            .await
            .expect("an entry");
        tx.commit().await.expect("a commit");
    }
}

async fn tamper(test: &Test, statement: &'static str) {
    let mut tx = test.portal.db.begin().await.expect("a transaction");
    sql(statement).execute(&mut tx).await.expect("the statement works");
    tx.commit().await.expect("a commit");
}

async fn verdict(test: &Test) -> Verdict {
    audit::verify(test.portal.db.on()).await.expect("a verdict")
}

on_both_engines! {
    async fn an_empty_log_is_whole(test: Test) {
        assert_eq!(verdict(&test).await, Verdict::Whole { entries: 0 });
    }

    async fn an_untouched_log_is_whole(test: Test) {
        append(&test, 5).await;
        assert_eq!(verdict(&test).await, Verdict::Whole { entries: 5 });
    }

    async fn a_changed_detail_is_found(test: Test) {
        append(&test, 5).await;
        tamper(&test, "UPDATE audit_log SET detail = '{}' WHERE seq = 3").await;
        assert_eq!(verdict(&test).await, Verdict::Broken { seq: 3, why: "its content was changed" });
    }

    async fn a_changed_time_is_found(test: Test) {
        append(&test, 2).await;
        tamper(&test, "UPDATE audit_log SET at = at + 1 WHERE seq = 1").await;
        assert_eq!(verdict(&test).await, Verdict::Broken { seq: 1, why: "its content was changed" });
    }

    async fn a_removed_entry_is_found(test: Test) {
        append(&test, 5).await;
        tamper(&test, "DELETE FROM audit_log WHERE seq = 3").await;
        assert_eq!(verdict(&test).await, Verdict::Broken { seq: 3, why: "it is missing" });
    }

    async fn a_removed_end_is_found(test: Test) {
        append(&test, 5).await;
        tamper(&test, "DELETE FROM audit_log WHERE seq > 3").await;
        assert!(matches!(verdict(&test).await, Verdict::Broken { seq: 4, .. }));
    }

    async fn a_removed_end_is_found_even_with_the_head_moved_back(test: Test) {
        append(&test, 5).await;
        tamper(&test, "DELETE FROM audit_log WHERE seq > 3").await;
        tamper(&test, "UPDATE audit_head SET seq = 3").await;
        assert!(matches!(verdict(&test).await, Verdict::Broken { seq: 3, .. }));
    }

    async fn entries_written_at_once_are_chained_one_after_another(test: Test) {
        let mut writers = tokio::task::JoinSet::new();
        for number in 0..12 {
            let portal = test.portal.clone();
            writers.spawn(async move {
                let mut tx = portal.db.begin().await.expect("a transaction");
                let entry = Entry { by: By::Machine("test"), action: "a", subject: "s", detail: json!(number) };
                audit::append(&mut tx, entry, 1).await.expect("an entry");
                tx.commit().await.expect("a commit");
            });
        }
        while let Some(done) = writers.join_next().await {
            done.expect("no writer fails");
        }
        assert_eq!(verdict(&test).await, Verdict::Whole { entries: 12 });
    }

    async fn an_entry_of_a_change_that_was_rolled_back_does_not_exist(test: Test) {
        append(&test, 1).await;
        let mut tx = test.portal.db.begin().await.expect("a transaction");
        let entry = Entry { by: By::Machine("test"), action: "a", subject: "s", detail: json!({}) };
        audit::append(&mut tx, entry, 1).await.expect("an entry");
        drop(tx);
        append(&test, 1).await;
        assert_eq!(verdict(&test).await, Verdict::Whole { entries: 2 });
    }
}
