//! Whose answers by mail are believed.

use crate::{
    harness::Test,
    on_both_engines,
    replies::{answer_address, letter, said, told, unread, with_inbox},
    stage::Stage,
};
use deskside::{
    requests::replies::{self, Taken},
    server::config::InboxConfig,
};

const FAILED: &str = "Authentication-Results: mx.portal.test; spf=fail; dmarc=fail header.from=example.org\r\n";

fn asking(server: Option<&str>) -> InboxConfig {
    InboxConfig {
        trusted_authserv: server.map(str::to_owned),
        ..unread()
    }
}

on_both_engines! {
    async fn an_answer_that_the_trusted_server_disowns_is_refused_and_its_person_is_told(test: Test) {
        let inbox = asking(Some("mx.portal.test"));
        with_inbox(&mut test, &inbox);
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let to = answer_address(&test, "emma").await;
        let mail = letter(&stage.emma.user.email, &to, FAILED, "Reset my password.");
        assert_eq!(replies::take(&test.portal, &inbox, mail.as_bytes()).await, Ok(Taken::Refused));
        assert_eq!(said(&test, &stage, id).await, []);
        let told = told(&test, "(DMARC)").await;
        assert!(told.contains("<emma@"), "{told}");
    }

    async fn an_answer_that_the_trusted_server_lets_pass_is_added(test: Test) {
        let inbox = asking(Some("mx.portal.test"));
        with_inbox(&mut test, &inbox);
        let stage = Stage::set(&test).await;
        stage.claimed(&test).await;
        let to = answer_address(&test, "emma").await;
        let passed = "Authentication-Results: mx.portal.test; dmarc=pass header.from=example.org\r\n";
        let mail = letter(&stage.emma.user.email, &to, passed, "It is me.");
        assert!(matches!(replies::take(&test.portal, &inbox, mail.as_bytes()).await, Ok(Taken::Added(_))));
    }

    async fn what_other_servers_found_out_does_not_count(test: Test) {
        let inbox = asking(Some("mx.elsewhere.test"));
        with_inbox(&mut test, &inbox);
        let stage = Stage::set(&test).await;
        stage.claimed(&test).await;
        let to = answer_address(&test, "emma").await;
        let mail = letter(&stage.emma.user.email, &to, FAILED, "Over a mailing list.");
        assert!(matches!(replies::take(&test.portal, &inbox, mail.as_bytes()).await, Ok(Taken::Added(_))));
    }

    async fn without_a_trusted_server_nobody_is_asked(test: Test) {
        let inbox = asking(None);
        with_inbox(&mut test, &inbox);
        let stage = Stage::set(&test).await;
        stage.claimed(&test).await;
        let to = answer_address(&test, "emma").await;
        let mail = letter(&stage.emma.user.email, &to, FAILED, "As before.");
        assert!(matches!(replies::take(&test.portal, &inbox, mail.as_bytes()).await, Ok(Taken::Added(_))));
    }

    async fn an_answer_to_all_is_taken_by_the_writers_own_address(test: Test) {
        let inbox = unread();
        with_inbox(&mut test, &inbox);
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let (emma, oscar) = (answer_address(&test, "emma").await, answer_address(&test, "oscar").await);
        let mail = letter(&stage.emma.user.email, &format!("{oscar}, {emma}"), "", "To both.");
        assert!(matches!(replies::take(&test.portal, &inbox, mail.as_bytes()).await, Ok(Taken::Added(_))));
        assert_eq!(said(&test, &stage, id).await, [(stage.emma.user.name.clone(), "To both.".to_owned())]);
    }

    async fn a_mail_with_two_senders_is_left_alone(test: Test) {
        let inbox = unread();
        with_inbox(&mut test, &inbox);
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let to = answer_address(&test, "emma").await;
        let senders = format!("eve@elsewhere.test\r\nFrom: {}", stage.emma.user.email);
        let mail = letter(&senders, &to, "", "Which one?");
        assert!(matches!(replies::take(&test.portal, &inbox, mail.as_bytes()).await, Ok(Taken::Ignored(_))));
        assert_eq!(said(&test, &stage, id).await, []);
    }

    async fn a_file_that_holds_links_of_its_writer_alone_is_left_out_and_the_message_says_so(test: Test) {
        let inbox = unread();
        with_inbox(&mut test, &inbox);
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let to = answer_address(&test, "emma").await;
        let body = format!(
            "--x\r\nContent-Type: text/plain\r\n\r\nSee the mail.\r\n--x\r\nContent-Type: text/plain\r\n\
             Content-Disposition: attachment; filename=\"mail.txt\"\r\n\r\nReply-To: {to}\r\n--x--"
        );
        let mail = letter(&stage.emma.user.email, &to, "Content-Type: multipart/mixed; boundary=x\r\n", &body);
        assert!(matches!(replies::take(&test.portal, &inbox, mail.as_bytes()).await, Ok(Taken::Added(_))));
        let text = said(&test, &stage, id).await.remove(0).1;
        assert!(text.starts_with("See the mail.") && text.contains("[A file was left out"), "{text}");
        assert!(stage.see(&test, &stage.oscar, id).await.attachments.is_empty());
    }

    async fn an_attached_mail_in_which_such_a_link_is_encoded_is_left_out(test: Test) {
        let inbox = unread();
        with_inbox(&mut test, &inbox);
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let to = answer_address(&test, "emma").await;
        // "http://portal.test/answer/time.1"
        let link = "aHR0cDovL3BvcnRhbC50ZXN0L2Fuc3dlci90aW1lLjE=";
        let body = format!(
            "--x\r\nContent-Type: text/plain\r\n\r\nSee the mail.\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n\
             From: eve@elsewhere.test\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n{link}\r\n--x--"
        );
        let mail = letter(&stage.emma.user.email, &to, "Content-Type: multipart/mixed; boundary=x\r\n", &body);
        assert!(matches!(replies::take(&test.portal, &inbox, mail.as_bytes()).await, Ok(Taken::Added(_))));
        let text = said(&test, &stage, id).await.remove(0).1;
        assert!(text.contains("[A file was left out"), "{text}");
        assert!(stage.see(&test, &stage.oscar, id).await.attachments.is_empty());
    }
}
