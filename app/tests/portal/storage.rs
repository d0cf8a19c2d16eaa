//! What both engines promise alike.

use crate::{harness::Test, on_both_engines};
use deskside::server::db::{DbError, Text, sql};
use deskside_protocol::ids::UserId;

#[derive(sqlx::FromRow, Debug, PartialEq)]
struct Line {
    subject: String,
    failures: i64,
}

#[derive(sqlx::FromRow)]
struct Count {
    count: i64,
}

async fn add(test: &Test, subject: &str) -> Result<(), DbError> {
    let mut tx = test.portal.db.begin().await?;
    sql("INSERT INTO sign_in_failures (subject, failures, last_at, blocked_until) VALUES ($1, 3, 0, 0)")
        .bind(subject)
        .execute(&mut tx)
        .await?;
    tx.commit().await
}

async fn count(test: &Test) -> i64 {
    let row: Count = sql("SELECT COUNT(*) AS count FROM sign_in_failures")
        .fetch_one(test.portal.db.on())
        .await
        .expect("a count");
    row.count
}

on_both_engines! {
    async fn a_committed_row_is_read_back(test: Test) {
        add(&test, "ä 'quoted' \"text\"").await.expect("an insert");
        let rows: Vec<Line> = sql("SELECT subject, failures FROM sign_in_failures WHERE subject = $1")
            .bind("ä 'quoted' \"text\"")
            .fetch_all(test.portal.db.on())
            .await
            .expect("rows");
        assert_eq!(rows, [Line { subject: "ä 'quoted' \"text\"".into(), failures: 3 }]);
    }

    async fn a_dropped_transaction_leaves_nothing(test: Test) {
        let mut tx = test.portal.db.begin().await.expect("a transaction");
        sql("INSERT INTO sign_in_failures (subject, failures, last_at, blocked_until) VALUES ('x', 1, 0, 0)")
            .execute(&mut tx)
            .await
            .expect("an insert");
        drop(tx);
        assert_eq!(count(&test).await, 0);
    }

    async fn a_transaction_sees_its_own_rows(test: Test) {
        let mut tx = test.portal.db.begin().await.expect("a transaction");
        sql("INSERT INTO sign_in_failures (subject, failures, last_at, blocked_until) VALUES ('x', 1, 0, 0)")
            .execute(&mut tx)
            .await
            .expect("an insert");
        let seen: Option<Line> =
            sql("SELECT subject, failures FROM sign_in_failures").fetch_optional(tx.on()).await.expect("a row");
        assert!(seen.is_some());
    }

    async fn a_second_row_with_the_same_key_is_a_unique_error(test: Test) {
        add(&test, "x").await.expect("an insert");
        assert!(matches!(add(&test, "x").await, Err(DbError::Unique(_))));
    }

    async fn a_row_without_its_parent_is_a_foreign_key_error(test: Test) {
        let mut tx = test.portal.db.begin().await.expect("a transaction");
        let result = sql("INSERT INTO login_sessions (token_hash, user_id, created_at, used_at, expires_at) \
                          VALUES ('t', 'nobody', 0, 0, 0)")
            .execute(&mut tx)
            .await;
        assert!(matches!(result, Err(DbError::ForeignKey(_))), "{result:?}");
    }

    async fn a_missing_row_is_none_or_an_error_as_asked(test: Test) {
        let none: Option<Line> =
            sql("SELECT subject, failures FROM sign_in_failures").fetch_optional(test.portal.db.on()).await.expect("none");
        assert!(none.is_none());
        let error = sql("SELECT subject, failures FROM sign_in_failures").fetch_one::<Line>(test.portal.db.on()).await;
        assert!(matches!(error, Err(DbError::NoRow)));
    }

    async fn an_absent_value_may_be_bound_to_any_column(test: Test) {
        let mut tx = test.portal.db.begin().await.expect("a transaction");
        sql("INSERT INTO audit_log (seq, at, actor_id, actor_name, action, subject, detail, previous_hash, hash) \
             VALUES ($1, 0, $2, 'a', 'b', 'c', 'd', 'e', 'f')")
            .bind(900)
            .bind(None::<UserId>)
            .execute(&mut tx)
            .await
            .expect("an insert");
        #[derive(sqlx::FromRow)]
        struct Actor {
            actor_id: Option<Text<UserId>>,
        }
        let row: Actor = sql("SELECT actor_id FROM audit_log WHERE seq = 900").fetch_one(tx.on()).await.expect("a row");
        assert!(row.actor_id.is_none());
    }

    async fn a_list_of_unknown_length_is_bound_value_by_value(test: Test) {
        for subject in ["a", "b", "c"] {
            add(&test, subject).await.expect("an insert");
        }
        let mut query = sql("SELECT subject, failures FROM sign_in_failures WHERE subject IN (");
        for (index, subject) in ["a", "c"].into_iter().enumerate() {
            query = query.push(if index == 0 { "" } else { ", " }).push_bind(subject);
        }
        let rows: Vec<Line> = query.push(") ORDER BY subject").fetch_all(test.portal.db.on()).await.expect("rows");
        assert_eq!(rows.iter().map(|row| row.subject.as_str()).collect::<Vec<_>>(), ["a", "c"]);
    }

    async fn twenty_writers_at_once_all_get_through(test: Test) {
        let portal = test.portal.clone();
        let mut writers = tokio::task::JoinSet::new();
        for number in 0..20 {
            let portal = portal.clone();
            writers.spawn(async move {
                let mut tx = portal.db.begin().await.expect("a transaction");
                let _: Vec<Count> = sql("SELECT COUNT(*) AS count FROM sign_in_failures").fetch_all(tx.on()).await.expect("a count");
                sql("INSERT INTO sign_in_failures (subject, failures, last_at, blocked_until) VALUES ($1, 0, 0, 0)")
                    .bind(format!("writer {number}"))
                    .execute(&mut tx)
                    .await
                    .expect("an insert");
                tx.commit().await.expect("a commit");
            });
        }
        while let Some(done) = writers.join_next().await {
            done.expect("no writer fails");
        }
        assert_eq!(count(&test).await, 20);
    }

    async fn migrations_can_run_twice(test: Test) {
        test.portal.db.migrate().await.expect("nothing to do");
    }
}

#[tokio::test]
async fn the_readers_of_sqlite_cannot_write() {
    let test = Test::start(crate::harness::Engine::Sqlite).await;
    let result = sql("DELETE FROM users RETURNING 1 AS count")
        .fetch_all::<Count>(test.portal.db.on())
        .await;
    assert!(result.is_err());
    test.end().await;
}
