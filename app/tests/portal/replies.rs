//! Answers by mail, fetched from a real IMAP server.

use crate::{
    harness::{Dovecot, Test},
    on_both_engines,
    stage::Stage,
};
use deskside::{
    requests::{
        replies::{self, Taken},
        service,
    },
    server::{config::InboxConfig, mail},
};
use deskside_protocol::ids::RequestId;
use std::sync::Arc;

/// A portal that reads the mailbox of `dovecot`.
pub fn with_inbox(test: &mut Test, inbox: &InboxConfig) {
    let mut config = (*test.portal.config).clone();
    config.mail.inbox = Some(inbox.clone());
    test.portal.config = Arc::new(config);
}

/// The address for answers in the last mail that was sent to `person`.
pub async fn answer_address(test: &Test, person: &str) -> String {
    mail::send_due(&test.portal).await.expect("sent");
    let sent = test.portal.mail.sent();
    let last = sent
        .iter()
        .rev()
        .find(|mail| mail.contains(&format!("<{person}@")))
        .expect("a mail");
    let header = last
        .lines()
        .find(|line| line.starts_with("Reply-To:"))
        .expect("an address for answers");
    // The token is long: the address may stand on the next line.
    let rest = &last[last.find(header).expect("found")..];
    let address = rest.split(['<', '>']).nth(1).expect("an address");
    address.to_owned()
}

/// The mail that says `words`.
pub async fn told(test: &Test, words: &str) -> String {
    mail::send_due(&test.portal).await.expect("sent");
    let sent = test.portal.mail.sent();
    let found = sent.into_iter().find(|mail| mail.replace("=\r\n", "").contains(words));
    found.expect("a mail that says it")
}

/// What was written into the conversation, and by whom.
pub async fn said(test: &Test, stage: &Stage, id: RequestId) -> Vec<(String, String)> {
    let messages = deskside::requests::conversation::list(&test.portal, &stage.oscar, id, None)
        .await
        .expect("listed");
    messages
        .into_iter()
        .map(|message| (message.author.name, message.text))
        .collect()
}

/// A mail.
pub fn letter(from: &str, to: &str, headers: &str, body: &str) -> String {
    format!("From: {from}\r\nTo: {to}\r\nSubject: Re: something else\r\n{headers}\r\n{body}\r\n")
}

on_both_engines! {
    async fn an_answer_becomes_a_message_of_its_request_once(test: Test) {
        let dovecot = Dovecot::start();
        let inbox = dovecot.config("none");
        with_inbox(&mut test, &inbox);
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let to = answer_address(&test, "emma").await;
        let answer = letter(&stage.emma.user.email, &to, "Message-ID: <1@pc>\r\n", "It is back!\r\n\r\nOn Monday Oscar wrote:\r\n> Gone?");
        dovecot.deliver(&answer);
        dovecot.deliver(&answer);
        let taken = replies::fetch(&test.portal, &inbox).await.expect("fetched");
        assert_eq!(taken.len(), 2);
        assert_eq!(taken[0], taken[1]);
        let sent = test.portal.mail.sent().len();
        mail::send_due(&test.portal).await.expect("sent");
        let news = test.portal.mail.sent().split_off(sent);
        assert!(news.iter().all(|mail| mail.contains("<oscar@")) && news.len() == 1, "{news:?}");
        assert_eq!(said(&test, &stage, id).await, [(stage.emma.user.name.clone(), "It is back!".to_owned())]);
        assert_eq!(replies::fetch(&test.portal, &inbox).await.expect("fetched"), []);
    }

    async fn answers_come_over_a_line_that_was_secured(test: Test) {
        let dovecot = Dovecot::start();
        let inbox = dovecot.config("starttls");
        with_inbox(&mut test, &inbox);
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let to = answer_address(&test, "oscar").await;
        dovecot.deliver(&letter(&stage.oscar.user.email, &to.to_uppercase(), "", "On my way."));
        replies::fetch(&test.portal, &inbox).await.expect("fetched");
        assert_eq!(said(&test, &stage, id).await, [(stage.oscar.user.name.clone(), "On my way.".to_owned())]);
    }

    async fn a_wrong_password_is_an_error_that_says_so(test: Test) {
        let dovecot = Dovecot::start();
        let mut inbox = dovecot.config("none");
        inbox.password = serde_json::from_value("wrong".into()).expect("a secret");
        with_inbox(&mut test, &inbox);
        let error = replies::fetch(&test.portal, &inbox).await.expect_err("refused");
        assert!(error.to_string().contains("uthentication"), "{error}");
    }

    async fn an_answer_from_another_address_is_not_added_and_its_person_is_told(test: Test) {
        let inbox = unread();
        with_inbox(&mut test, &inbox);
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let to = answer_address(&test, "emma").await;
        let mail = letter("eve@elsewhere.test", &to, "", "Let me in.");
        assert_eq!(replies::take(&test.portal, &inbox, mail.as_bytes()).await, Ok(Taken::Refused));
        assert_eq!(said(&test, &stage, id).await, []);
        let told = told(&test, "was not added").await;
        assert!(told.contains("<emma@"), "{told}");
    }

    async fn the_address_of_one_person_is_no_use_to_another(test: Test) {
        let inbox = unread();
        with_inbox(&mut test, &inbox);
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let to = answer_address(&test, "emma").await;
        let mail = letter(&stage.ada.user.email, &to, "", "I am Emma.");
        assert_eq!(replies::take(&test.portal, &inbox, mail.as_bytes()).await, Ok(Taken::Refused));
        assert_eq!(said(&test, &stage, id).await, []);
    }

    async fn a_subject_alone_leads_nowhere(test: Test) {
        let inbox = unread();
        with_inbox(&mut test, &inbox);
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let mail = format!("From: {}\r\nTo: help@portal.test\r\nSubject: Re: [R-1001] Printer\r\n\r\nHello", stage.emma.user.email);
        assert!(matches!(replies::take(&test.portal, &inbox, mail.as_bytes()).await, Ok(Taken::Ignored(_))));
        assert_eq!(said(&test, &stage, id).await, []);
    }

    async fn an_out_of_office_note_is_left_alone_and_nobody_is_told(test: Test) {
        let inbox = unread();
        with_inbox(&mut test, &inbox);
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let to = answer_address(&test, "emma").await;
        let sent = test.portal.mail.sent().len();
        let mail = letter(&stage.emma.user.email, &to, "Auto-Submitted: auto-replied\r\n", "I am away.");
        assert!(matches!(replies::take(&test.portal, &inbox, mail.as_bytes()).await, Ok(Taken::Ignored(_))));
        assert_eq!(said(&test, &stage, id).await, []);
        mail::send_due(&test.portal).await.expect("sent");
        assert_eq!(test.portal.mail.sent().len(), sent);
    }

    async fn an_answer_to_a_closed_request_is_refused_with_the_reason(test: Test) {
        let inbox = unread();
        with_inbox(&mut test, &inbox);
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let to = answer_address(&test, "emma").await;
        service::close(&test.portal, &stage.oscar, id, 2).await.expect("closed");
        let mail = letter(&stage.emma.user.email, &to, "", "One more thing.");
        assert_eq!(replies::take(&test.portal, &inbox, mail.as_bytes()).await, Ok(Taken::Refused));
        let told = told(&test, "its conversation is over").await;
        assert!(told.contains("<emma@"), "{told}");
    }

    async fn a_mail_about_a_note_cannot_be_answered_by_mail(test: Test) {
        with_inbox(&mut test, &unread());
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        deskside::requests::conversation::post_note(&test.portal, &stage.ada, id, "He said so last week.").await.expect("kept");
        let told = told(&test, "last week").await;
        assert!(!told.contains("\nReply-To:"), "{told}");
    }
}

/// A mailbox that the test does not open.
pub fn unread() -> InboxConfig {
    serde_json::from_value(serde_json::json!({
        "host": "localhost",
        "port": 1,
        "security": "none",
        "username": "help",
        "password": "letters",
        "address": "help@portal.test",
    }))
    .expect("settings")
}
