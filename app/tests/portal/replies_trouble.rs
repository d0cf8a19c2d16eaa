//! Answers by mail where something goes wrong: with a mail, with its reading, or with the mail server.

use crate::{
    harness::{Dovecot, Test},
    on_both_engines,
    replies::{answer_address, letter, said, with_inbox},
    stage::{self, Stage},
};
use deskside::{
    error::AppError,
    requests::replies::{self, Arrived, MOST_ATTEMPTS, RoundError, Taken},
    server::{
        budget::{MESSAGES_A_MINUTE, REFUSALS_A_DAY},
        config::InboxConfig,
        db::sql,
        mail::inbox::MAIL_BYTES,
        portal::Portal,
    },
};
use deskside_protocol::ids::RequestId;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// A portal, its mailbox, and the address to which Emma answers.
struct Scene {
    dovecot: Dovecot,
    inbox: InboxConfig,
    stage: Stage,
    id: RequestId,
    to: String,
}

impl Scene {
    async fn set(test: &mut Test) -> Self {
        let dovecot = Dovecot::start();
        let inbox = dovecot.config("none");
        with_inbox(test, &inbox);
        let stage = Stage::set(test).await;
        let id = stage.claimed(test).await;
        let to = answer_address(test, "emma").await;
        Self {
            dovecot,
            inbox,
            stage,
            id,
            to,
        }
    }

    fn emma_writes(&self, words: &str) {
        let mail = letter(&self.stage.emma.user.email, &self.to, "", words);
        self.dovecot.deliver(&mail);
    }

    async fn fetch(&self, test: &Test) -> Vec<Taken> {
        replies::fetch(&test.portal, &self.inbox).await.expect("fetched")
    }

    /// A round in which each mail that says “bad” has the end that `trouble` makes of it.
    async fn fetch_with(&self, test: &Test, trouble: fn() -> Result<Taken, AppError>) -> Vec<Taken> {
        let read = move |portal: Portal, config: InboxConfig, arrived: Arrived| async move {
            if String::from_utf8_lossy(&arrived.bytes).contains("bad") {
                return trouble();
            }
            replies::take_arrived(&portal, &config, &arrived).await
        };
        replies::fetch_by(&test.portal, &self.inbox, read)
            .await
            .expect("fetched")
    }

    async fn texts(&self, test: &Test) -> Vec<String> {
        said(test, &self.stage, self.id)
            .await
            .into_iter()
            .map(|(_, text)| text)
            .collect()
    }
}

/// The port of a server that passes everything on to the one at `port`, and refuses to mark mails.
async fn refusing_marks(port: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let own = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(("127.0.0.1", port)).await.expect("the server");
            tokio::spawn(pass_on(client, server));
        }
    });
    own
}

async fn pass_on(client: TcpStream, server: TcpStream) {
    let (from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let mut commands = BufReader::new(from_client).lines();
    let mut answer = vec![0; 8192];
    loop {
        tokio::select! {
            command = commands.next_line() => {
                let Ok(Some(command)) = command else { return };
                let sent = match command.split_once(' ') {
                    Some((tag, what)) if what.contains("STORE") => {
                        to_client.write_all(format!("{tag} NO The mailbox cannot be changed.\r\n").as_bytes()).await
                    }
                    _ => to_server.write_all(format!("{command}\r\n").as_bytes()).await,
                };
                if sent.is_err() {
                    return;
                }
            }
            read = from_server.read(&mut answer) => match read {
                Ok(0) | Err(_) => return,
                Ok(length) => {
                    if to_client.write_all(&answer[..length]).await.is_err() {
                        return;
                    }
                }
            },
        }
    }
}

#[derive(sqlx::FromRow)]
struct Audited {
    action: String,
}

fn fails() -> Result<Taken, AppError> {
    Err(AppError::Internal {
        reference: "k3v9reason".to_owned(),
    })
}

fn panics() -> Result<Taken, AppError> {
    panic!("a parser tripped")
}

const LONG: Duration = Duration::from_secs(24 * 3600);

on_both_engines! {
    async fn a_mail_that_fails_waits_and_the_others_are_taken(test: Test) {
        let scene = Scene::set(&mut test).await;
        scene.emma_writes("bad");
        scene.emma_writes("Good.");
        let taken = scene.fetch_with(&test, fails).await;
        assert!(matches!(&taken[..], [Taken::Failed, Taken::Added(_)]), "{taken:?}");
        assert_eq!(scene.fetch_with(&test, fails).await, []);
        test.advance(Duration::from_secs(59));
        assert_eq!(scene.fetch_with(&test, fails).await, []);
        test.advance(Duration::from_secs(1));
        assert_eq!(scene.fetch_with(&test, fails).await, [Taken::Failed]);
    }

    async fn a_mail_that_failed_is_taken_when_the_trouble_is_over(test: Test) {
        let scene = Scene::set(&mut test).await;
        scene.emma_writes("Not so bad.");
        scene.fetch_with(&test, fails).await;
        test.advance(LONG);
        assert!(matches!(scene.fetch(&test).await[..], [Taken::Added(_)]));
        assert_eq!(scene.texts(&test).await, ["Not so bad."]);
        assert_eq!(scene.fetch(&test).await, []);
    }

    async fn a_mail_that_failed_five_times_is_set_aside_flagged_and_audited(test: Test) {
        let scene = Scene::set(&mut test).await;
        scene.emma_writes("bad");
        for _ in 1..MOST_ATTEMPTS {
            assert_eq!(scene.fetch_with(&test, fails).await, [Taken::Failed]);
            test.advance(LONG);
        }
        assert_eq!(scene.fetch_with(&test, fails).await, [Taken::SetAside]);
        assert_eq!(scene.dovecot.marked("FS"), 1);
        test.advance(LONG);
        assert_eq!(scene.fetch_with(&test, fails).await, []);
        let audited: Vec<Audited> = sql("SELECT action FROM audit_log WHERE actor_name = 'inbox'")
            .fetch_all(test.portal.db.on())
            .await
            .expect("read");
        assert_eq!(audited.iter().map(|entry| entry.action.as_str()).collect::<Vec<_>>(), ["mail.set_aside"]);
        let ada = replies::list_set_aside(&test.portal, &scene.stage.ada).await.expect("listed");
        assert_eq!(ada.iter().map(|mail| mail.reference.as_str()).collect::<Vec<_>>(), ["k3v9reason"]);
    }

    async fn a_mail_that_ended_the_portal_five_times_is_not_tried_once_more(test: Test) {
        let scene = Scene::set(&mut test).await;
        scene.emma_writes("bad");
        let tries = Arc::new(AtomicUsize::new(0));
        // A round that is dropped in the middle of reading, as when the portal is killed.
        for _ in 0..MOST_ATTEMPTS {
            let counted = tries.clone();
            let read = move |_: Portal, _: InboxConfig, _: Arrived| {
                counted.fetch_add(1, Ordering::SeqCst);
                std::future::pending::<Result<Taken, AppError>>()
            };
            let before = tries.load(Ordering::SeqCst);
            let round = replies::fetch_by(&test.portal, &scene.inbox, read);
            let begun = async {
                while tries.load(Ordering::SeqCst) == before {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            tokio::select! {
                _ = round => panic!("the reading does not end"),
                () = begun => {}
            }
            test.advance(LONG);
        }
        assert_eq!(scene.fetch(&test).await, [Taken::SetAside]);
        assert_eq!(scene.texts(&test).await, Vec::<String>::new());
    }

    async fn a_mail_at_which_reading_panics_is_set_aside_at_once_and_the_others_go_on(test: Test) {
        let scene = Scene::set(&mut test).await;
        scene.emma_writes("bad");
        scene.emma_writes("Good.");
        let taken = scene.fetch_with(&test, panics).await;
        assert!(matches!(&taken[..], [Taken::SetAside, Taken::Added(_)]), "{taken:?}");
        assert_eq!(scene.dovecot.marked("FS"), 1);
        assert_eq!(scene.fetch_with(&test, panics).await, []);
    }

    async fn a_mail_that_was_set_aside_is_tried_again_when_it_is_marked_as_unread(test: Test) {
        let scene = Scene::set(&mut test).await;
        scene.emma_writes("Not so bad.");
        scene.fetch_with(&test, panics).await;
        assert_eq!(scene.fetch(&test).await, []);
        scene.dovecot.mark_all_unread();
        assert!(matches!(scene.fetch(&test).await[..], [Taken::Added(_)]));
        assert_eq!(replies::list_set_aside(&test.portal, &scene.stage.ada).await, Ok(vec![]));
    }

    async fn administrators_of_everything_see_what_was_set_aside_and_nobody_else_does(test: Test) {
        let scene = Scene::set(&mut test).await;
        let mut ada = test.signed_in("ada").await;
        assert!(!ada.get("/administration").await.body.contains("set aside"));
        scene.emma_writes("bad");
        scene.fetch_with(&test, panics).await;
        let page = ada.get("/administration").await.body;
        assert!(page.contains("1 mail to help@portal.test could not be read and was set aside."), "{page}");
        let refused = replies::list_set_aside(&test.portal, &scene.stage.oscar).await;
        assert_eq!(refused, Err(AppError::NotFound));
    }

    async fn where_the_server_refuses_to_mark_mails_each_is_taken_once(test: Test) {
        let mut scene = Scene::set(&mut test).await;
        let port = scene.inbox.port;
        scene.inbox.port = refusing_marks(port).await;
        scene.emma_writes("One.");
        scene.emma_writes("Not so bad.");
        assert!(matches!(scene.fetch_with(&test, fails).await[..], [Taken::Added(_), Taken::Failed]));
        assert_eq!(scene.fetch(&test).await, []);
        test.advance(Duration::from_secs(60));
        assert!(matches!(scene.fetch(&test).await[..], [Taken::Added(_)]));
        for _ in 0..3 {
            test.advance(LONG);
            assert_eq!(scene.fetch(&test).await, []);
        }
        assert_eq!(scene.texts(&test).await, ["One.", "Not so bad."]);
        assert_eq!(scene.dovecot.marked("S"), 0);
        scene.inbox.port = port;
        test.advance(LONG);
        assert_eq!(scene.fetch(&test).await, []);
        assert_eq!(scene.dovecot.marked("S"), 2);
    }

    async fn where_the_server_forgets_marks_each_mail_is_taken_once(test: Test) {
        let scene = Scene::set(&mut test).await;
        scene.emma_writes("Not so bad.");
        // The server moves new mails when it first sees them, which it cannot do later.
        assert_eq!(scene.fetch_with(&test, fails).await, [Taken::Failed]);
        scene.dovecot.forbid_marks();
        test.advance(LONG);
        assert!(matches!(scene.fetch(&test).await[..], [Taken::Added(_)]));
        for _ in 0..3 {
            assert_eq!(scene.fetch(&test).await, []);
        }
        assert_eq!(scene.texts(&test).await, ["Not so bad."]);
        assert_eq!(scene.dovecot.marked("S"), 0);
        scene.dovecot.allow_marks();
        test.advance(LONG);
        assert_eq!(scene.fetch(&test).await, []);
        assert_eq!(scene.dovecot.marked("S"), 1);
    }

    async fn a_mail_that_is_marked_as_unread_is_the_same_message(test: Test) {
        let scene = Scene::set(&mut test).await;
        scene.emma_writes("Once.");
        let first = scene.fetch(&test).await;
        assert_eq!(scene.fetch(&test).await, []);
        scene.dovecot.mark_all_unread();
        assert_eq!(scene.fetch(&test).await, first);
        assert_eq!(scene.texts(&test).await, ["Once."]);
    }

    async fn a_mail_of_somebody_who_wrote_a_lot_waits_a_minute_and_holds_up_nobody(test: Test) {
        let scene = Scene::set(&mut test).await;
        for number in 0..MESSAGES_A_MINUTE {
            deskside::requests::conversation::post(&test.portal, &scene.stage.emma, scene.id, &number.to_string()).await.expect("sent");
        }
        scene.emma_writes("One more.");
        let to = answer_address(&test, "oscar").await;
        scene.dovecot.deliver(&letter(&scene.stage.oscar.user.email, &to, "", "Enough."));
        let taken = scene.fetch(&test).await;
        assert!(matches!(&taken[..], [Taken::Later { wait_s: 60 }, Taken::Added(_)]), "{taken:?}");
        assert_eq!(scene.fetch(&test).await, []);
        test.advance(Duration::from_secs(60));
        assert!(matches!(scene.fetch(&test).await[..], [Taken::Added(_)]));
    }

    async fn ten_times_a_day_somebody_is_told_that_an_answer_was_not_added_and_not_once_more(test: Test) {
        let scene = Scene::set(&mut test).await;
        let mail = letter("eve@elsewhere.test", &scene.to, "", "Let me in.");
        let take = || replies::take(&test.portal, &scene.inbox, mail.as_bytes());
        let before = stage::mails(&test).await.len();
        for _ in 0..REFUSALS_A_DAY {
            assert_eq!(take().await, Ok(Taken::Refused));
        }
        assert_eq!(take().await, Ok(Taken::Ignored("its writer was told often enough today")));
        assert_eq!(stage::mails(&test).await.len(), before + REFUSALS_A_DAY as usize);
        test.advance(LONG);
        assert_eq!(take().await, Ok(Taken::Refused));
    }

    async fn a_mail_of_the_longest_size_is_taken_and_a_longer_one_refused_with_the_reason(test: Test) {
        let scene = Scene::set(&mut test).await;
        let mail = |words: &str| letter(&scene.stage.emma.user.email, &scene.to, "Content-Type: multipart/mixed; boundary=x\r\n", words);
        let body = |filler: usize| {
            let part = "--x\r\nContent-Type: text/plain\r\n\r\nHello.\r\n--x--\r\n";
            mail(&format!("{part}{}", "0".repeat(filler)))
        };
        let filler = MAIL_BYTES as usize - body(0).len();
        scene.dovecot.deliver(&body(filler));
        scene.dovecot.deliver(&body(filler + 1));
        let taken = scene.fetch(&test).await;
        assert!(matches!(&taken[..], [Taken::Added(_), Taken::Refused]), "{taken:?}");
        let told = crate::replies::told(&test, "It is longer than 30 MB.").await;
        assert!(told.contains("<emma@"), "{told}");
    }
}

#[tokio::test]
async fn a_mail_server_that_says_nothing_does_not_hold_up_the_end_of_the_portal() {
    let mut test = Test::start(crate::harness::Engine::Sqlite).await;
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let mut inbox = crate::replies::unread();
    inbox.host = "127.0.0.1".to_owned();
    inbox.port = silent.local_addr().expect("an address").port();
    with_inbox(&mut test, &inbox);
    let running = tokio::spawn(replies::run(test.portal.clone()));
    let (_line, _) = silent.accept().await.expect("it connects");
    test.portal.stopping.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(10), running).await;
    assert!(ended.is_ok());
    test.end().await;
}

#[tokio::test]
async fn a_mailbox_that_cannot_be_reached_is_an_error_and_counts_against_no_mail() {
    let mut test = Test::start(crate::harness::Engine::Sqlite).await;
    let inbox = crate::replies::unread();
    with_inbox(&mut test, &inbox);
    let error = replies::fetch(&test.portal, &inbox).await.expect_err("unreachable");
    assert!(matches!(error, RoundError::Inbox(_)), "{error}");
    test.end().await;
}
