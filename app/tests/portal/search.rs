//! What is searched is found inside words, and what fits best comes first.

use crate::{
    harness::Test,
    on_both_engines,
    stage::{self, Stage},
};
use deskside::{
    requests::{
        conversation::{self, Draft},
        filter::{Filter, Sort},
        model::RequestForm,
        reading, service,
    },
    server::{access::Actor, db::sql},
    vocabulary,
};
use std::time::Duration;

async fn found(test: &Test, actor: &Actor, text: &str) -> Vec<String> {
    let filter = Filter::read(|name| (name == "q").then(|| text.to_owned()));
    let page = reading::list_all(&test.portal, actor, &filter).await.expect("a page");
    page.rows.into_iter().map(|row| row.subject).collect()
}

/// As if the words had been stored before anybody looked inside them.
async fn forget_parts(test: &Test) {
    let mut tx = test.portal.db.begin().await.expect("a transaction");
    for statement in [
        "DELETE FROM word_parts WHERE part <> word",
        "UPDATE word_parts_progress SET done_until = ''",
    ] {
        sql(statement).execute(&mut tx).await.expect("forgotten");
    }
    tx.commit().await.expect("a commit");
}

/// Words that lead nowhere.
async fn learn(test: &Test, words: &[String]) {
    let mut tx = test.portal.db.begin().await.expect("a transaction");
    vocabulary::service::learn(&mut tx, words).await.expect("learned");
    tx.commit().await.expect("a commit");
}

fn unused_for() -> Duration {
    Duration::from_millis(vocabulary::service::UNUSED_FOR.unsigned_abs())
}

#[derive(sqlx::FromRow)]
struct Counted {
    found: i64,
}

async fn count_parts(test: &Test) -> i64 {
    let counted: Counted = sql("SELECT COUNT(*) AS found FROM word_parts")
        .fetch_one(test.portal.db.on())
        .await
        .expect("a count");
    counted.found
}

on_both_engines! {
    async fn three_letters_are_found_anywhere_inside_a_word(test: Test) {
        let stage = Stage::set(&test).await;
        stage.file(&test, "Fingerprint refused").await;
        stage.file(&test, "Screen flickers").await;
        for text in ["print", "ING", "gerp", "fingerprint", "used", "rint efu"] {
            assert_eq!(found(&test, &stage.oscar, text).await, ["Fingerprint refused"], "{text}");
        }
        for text in ["nt", "ntref", "pxr", "'; DROP TABLE requests; --"] {
            assert!(found(&test, &stage.oscar, text).await.is_empty(), "{text}");
        }
    }

    async fn one_or_two_letters_are_found_where_a_word_begins(test: Test) {
        let stage = Stage::set(&test).await;
        stage.file(&test, "Fingerprint").await;
        assert_eq!(found(&test, &stage.oscar, "fi").await, ["Fingerprint"]);
        assert_eq!(found(&test, &stage.oscar, "f").await, ["Fingerprint"]);
    }

    async fn japanese_is_found_inside_by_as_little_as_one_character(test: Test) {
        let stage = Stage::set(&test).await;
        stage.file(&test, "印刷機が動かない").await;
        for text in ["印", "刷", "い", "刷機", "機が動か"] {
            assert_eq!(found(&test, &stage.oscar, text).await, ["印刷機が動かない"], "{text}");
        }
        assert!(found(&test, &stage.oscar, "画").await.is_empty());
    }

    async fn a_whole_word_comes_before_a_beginning_and_that_before_an_inside(test: Test) {
        let stage = Stage::set(&test).await;
        for subject in ["Print", "Fingerprint", "Printer", "Blueprint"] {
            stage.file(&test, subject).await;
        }
        assert_eq!(found(&test, &stage.oscar, "print").await, ["Print", "Printer", "Blueprint", "Fingerprint"]);
        let newest = Filter { text: "print".into(), sort: Sort::Newest, ..Filter::default() };
        let page = reading::list_all(&test.portal, &stage.oscar, &newest).await.expect("a page");
        let newest: Vec<String> = page.rows.into_iter().map(|row| row.subject).collect();
        assert_eq!(newest, ["Blueprint", "Printer", "Fingerprint", "Print"]);
    }

    async fn the_conversation_is_found_inside_its_words_and_notes_lead_nobody_there(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, "Help").await;
        let said = Draft { text: "The thunderbolt dock", ..Draft::default() };
        conversation::write(&test.portal, &stage.emma, id, said).await.expect("sent");
        let note = Draft { text: "Extravagant", note: true, ..Draft::default() };
        conversation::write(&test.portal, &stage.oscar, id, note).await.expect("noted");
        assert_eq!(found(&test, &stage.oscar, "derbol").await, ["Help"]);
        assert!(found(&test, &stage.oscar, "travag").await.is_empty());
    }

    async fn words_from_before_are_made_findable_inside_once(test: Test) {
        let stage = Stage::set(&test).await;
        stage.file(&test, "Fingerprint").await;
        let before = count_parts(&test).await;
        forget_parts(&test).await;
        assert!(found(&test, &stage.oscar, "gerprin").await.is_empty());
        assert_eq!(found(&test, &stage.oscar, "fingerp").await, ["Fingerprint"]);
        while vocabulary::service::learn_some(&test.portal).await.expect("no error") > 0 {}
        assert_eq!(found(&test, &stage.oscar, "gerprin").await, ["Fingerprint"]);
        assert_eq!(count_parts(&test).await, before);
    }

    async fn what_was_begun_before_a_restart_goes_on_after_it(test: Test) {
        let stage = Stage::set(&test).await;
        let many: String = (0..180).map(|number| format!("word{number} ")).collect();
        for letter in ["a", "b", "c"] {
            let form = RequestForm { description: many.replace("word", letter), ..stage::form() };
            service::file(&test.portal, &stage.emma, &form).await.expect("filed");
        }
        let before = count_parts(&test).await;
        forget_parts(&test).await;
        let round = usize::try_from(vocabulary::service::ROUND).expect("small");
        assert_eq!(vocabulary::service::learn_some(&test.portal).await.expect("no error"), round);
        test.restart().await;
        let rest = vocabulary::service::learn_some(&test.portal).await.expect("no error");
        assert!(rest > 0 && rest < round, "{rest}");
        assert_eq!(vocabulary::service::learn_some(&test.portal).await.expect("no error"), 0);
        assert_eq!(count_parts(&test).await, before);
    }

    async fn what_stands_in_too_many_words_is_found_where_they_begin_only(test: Test) {
        let stage = Stage::set(&test).await;
        stage.file(&test, "Aquixo").await;
        stage.file(&test, "Quixotic").await;
        let letters = |number: i64| -> String {
            number.to_string().bytes().map(|digit| char::from(b'a' + digit - b'0')).collect()
        };
        let many: Vec<String> = (2..vocabulary::MOST_WORDS).map(|number| format!("{}quix", letters(number))).collect();
        learn(&test, &many).await;
        assert_eq!(found(&test, &stage.oscar, "quix").await.len(), 2);
        learn(&test, &["onemorequix".to_owned()]).await;
        assert_eq!(found(&test, &stage.oscar, "quix").await, ["Quixotic"]);
        assert_eq!(found(&test, &stage.oscar, "quixo").await.len(), 2);
    }

    async fn a_word_that_mixes_digits_and_letters_is_found_by_its_beginning(test: Test) {
        let stage = Stage::set(&test).await;
        stage.file(&test, "KB5034441 fails").await;
        assert_eq!(found(&test, &stage.oscar, "kb5034").await, ["KB5034441 fails"]);
        assert!(found(&test, &stage.oscar, "5034").await.is_empty());
    }

    async fn a_word_that_leads_nowhere_is_forgotten_after_a_while(test: Test) {
        Stage::set(&test).await;
        while vocabulary::service::learn_some(&test.portal).await.expect("no error") > 0 {}
        let before = count_parts(&test).await;
        learn(&test, &["thunderbolt".to_owned()]).await;
        assert_eq!(vocabulary::service::forget(&test.portal).await.expect("no error"), 0);
        test.advance(unused_for() - Duration::from_millis(1));
        assert_eq!(vocabulary::service::forget(&test.portal).await.expect("no error"), 0);
        test.advance(Duration::from_millis(1));
        assert_eq!(vocabulary::service::forget(&test.portal).await.expect("no error"), 1);
        assert_eq!(count_parts(&test).await, before);
    }

    async fn a_word_that_is_used_again_is_not_forgotten(test: Test) {
        let stage = Stage::set(&test).await;
        while vocabulary::service::learn_some(&test.portal).await.expect("no error") > 0 {}
        learn(&test, &["thunderbolt".to_owned()]).await;
        vocabulary::service::forget(&test.portal).await.expect("no error");
        stage.file(&test, "Thunderbolt").await;
        test.advance(unused_for());
        assert_eq!(vocabulary::service::forget(&test.portal).await.expect("no error"), 0);
        assert_eq!(found(&test, &stage.oscar, "derbol").await, ["Thunderbolt"]);
    }

    async fn a_word_that_was_forgotten_is_learned_again(test: Test) {
        let stage = Stage::set(&test).await;
        while vocabulary::service::learn_some(&test.portal).await.expect("no error") > 0 {}
        learn(&test, &["thunderbolt".to_owned()]).await;
        vocabulary::service::forget(&test.portal).await.expect("no error");
        test.advance(unused_for());
        let (forgotten, _) = tokio::join!(vocabulary::service::forget(&test.portal), stage.file(&test, "Thunderbolt"));
        forgotten.expect("no error");
        assert_eq!(found(&test, &stage.oscar, "derbol").await, ["Thunderbolt"]);
    }

    async fn a_very_common_word_is_found_inside_as_well(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.file(&test, "Fingerprint").await;
        let mut tx = test.portal.db.begin().await.expect("a transaction");
        // More requests with the word than are looked up one by one.
        sql("INSERT INTO requests (id, number, owner_id, subject, description, one_time, status, open, created_at, \
             changed_at, version, last_seq, directory_id) \
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4100) \
             SELECT r.id || '-' || n.i, 100000 + n.i, r.owner_id, 'Blueprint', '', r.one_time, 'closed', FALSE, \
             r.created_at, r.changed_at, 1, 1, r.directory_id FROM requests r, n WHERE r.id = $1")
            .bind(id)
            .execute(&mut tx)
            .await
            .expect("many requests");
        sql("INSERT INTO request_words (request_id, said, word) SELECT r.id, FALSE, w.word FROM requests r, \
             request_words w WHERE r.number > 100000 AND w.request_id = $1 AND w.word LIKE '66696e676572%'")
            .bind(id)
            .execute(&mut tx)
            .await
            .expect("their words");
        tx.commit().await.expect("a commit");
        assert_eq!(found(&test, &stage.oscar, "gerprint").await, ["Fingerprint"]);
        assert_eq!(found(&test, &stage.oscar, "gerprint emma").await, ["Fingerprint"]);
    }
}
