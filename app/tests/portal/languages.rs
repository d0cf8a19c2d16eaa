//! The language of pages and mails: chosen by the person, else by the browser.

use crate::{
    harness::{Answer, Browser, Test},
    on_both_engines,
    stage::{self, Stage, StoredMail},
};
use axum::{body::Body, http::Request};
use deskside::accounts::model::StartingRole;

/// The address with a browser that asks for `languages`.
async fn get(browser: &mut Browser, path: &str, languages: &str) -> Answer {
    let request = Request::get(path)
        .header("accept-language", languages)
        .header("sec-fetch-mode", "navigate")
        .body(Body::empty())
        .expect("a request");
    browser.send(request).await
}

on_both_engines! {
    async fn a_stranger_is_spoken_to_in_the_language_of_the_browser(test: Test) {
        let answer = get(&mut test.browser(), "/sign-in", "de-DE,en;q=0.5").await;
        assert!(answer.body.contains("<html lang=\"de\">") && answer.body.contains("Anmelden"), "{}", answer.body);
    }

    async fn a_stranger_with_a_language_that_we_do_not_speak_reads_english(test: Test) {
        let answer = get(&mut test.browser(), "/sign-in", "fi").await;
        assert!(answer.body.contains("<html lang=\"en\">") && answer.body.contains("Sign in"));
    }

    async fn the_chosen_language_wins_over_the_one_of_the_browser(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let mut browser = test.signed_in("emma").await;
        assert!(get(&mut browser, "/account", "fr").await.body.contains("<html lang=\"fr\">"));
        assert_eq!(browser.post("/account/language", &[("language", "ja")]).await.status, 303);
        assert!(get(&mut browser, "/account", "fr").await.body.contains("<html lang=\"ja\">"));
        assert_eq!(browser.post("/account/language", &[("language", "")]).await.status, 303);
        assert!(get(&mut browser, "/account", "fr").await.body.contains("<html lang=\"fr\">"));
    }

    async fn a_language_that_does_not_exist_is_refused_at_its_field(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let mut browser = test.signed_in("emma").await;
        let answer = browser.post("/account/language", &[("language", "tlh")]).await;
        assert!(answer.status == 422 && answer.body.contains("language-problem"));
    }

    async fn a_message_at_a_field_is_in_the_language_of_the_reader(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let mut browser = test.signed_in("emma").await;
        browser.post("/account/language", &[("language", "de")]).await;
        let answer = browser.post("/requests/new", &[("subject", "")]).await;
        assert_eq!(answer.status, 422);
        assert!(!answer.body.contains("Say in a few words"), "an English message");
    }

    async fn each_reader_of_a_mail_has_it_in_their_own_language(test: Test) {
        let stage = Stage::set(&test).await;
        let mut browser = test.signed_in("emma").await;
        browser.post("/account/language", &[("language", "de")]).await;
        stage.claimed(&test).await;
        let mails = stage::mails(&test).await;
        let of = |person: &str| -> Vec<&StoredMail> {
            mails.iter().filter(|mail| mail.recipient_email.starts_with(person)).collect()
        };
        let english = |mail: &&StoredMail| mail.text_body.contains("claimed the request");
        assert!(of("oscar").iter().any(english), "Oscar reads English");
        assert!(!of("emma").is_empty() && !of("emma").iter().any(english), "Emma reads German");
    }
}
