//! Canned replies: who keeps them, who inserts them, and that nothing typed is lost by it.

use crate::{
    harness::Test,
    on_both_engines,
    stage::{self, Stage},
};
use axum::{body::Body, http::Request};
use deskside::{
    canned::{
        model::{MOST_REPLIES, ReplyId, TEXT_CHARS, TITLE_CHARS},
        service::{self, ReplyForm},
    },
    directories::{
        model::LOCAL,
        service::{self as directories, DirectoryForm},
    },
    error::AppError,
    requests::{conversation, service as requests},
    roles::{
        model::{ADMINISTRATOR, Scope},
        service as roles,
    },
    server::{
        access::{Actor, Subject},
        db::sql,
    },
};
use deskside_protocol::ids::{DirectoryId, RequestId};

/// A reply for everybody.
fn reply(title: &str, text: &str) -> ReplyForm {
    ReplyForm {
        title: title.into(),
        text: text.into(),
        directory: "all".into(),
    }
}

async fn write(test: &Test, actor: &Actor, form: &ReplyForm) -> ReplyId {
    service::create(&test.portal, actor, form).await.expect("a reply")
}

async fn branch(test: &Test, ada: &Actor) -> DirectoryId {
    let form = DirectoryForm {
        name: "Branch".into(),
        time_zone: "UTC".into(),
    };
    directories::create(&test.portal, ada, &form)
        .await
        .expect("a directory")
}

/// The titles that `actor` can insert into a request of Emma.
async fn offered(test: &Test, stage: &Stage, actor: &Actor) -> Vec<String> {
    let found = service::offered(&test.portal, actor, Subject::of(&stage.emma.user)).await;
    found.expect("a list").into_iter().map(|reply| reply.title).collect()
}

async fn inserted(test: &Test, actor: &Actor, request: RequestId, typed: &str) -> Result<String, AppError> {
    service::text(&test.portal, actor, request, "reply", typed).await
}

on_both_engines! {
    async fn only_administrators_keep_replies(test: Test) {
        let stage = Stage::set(&test).await;
        let id = write(&test, &stage.ada, &reply("Hello", "Text")).await;
        for actor in [&stage.emma, &stage.oscar] {
            let form = reply("Mine", "Text");
            assert_eq!(service::create(&test.portal, actor, &form).await, Err(AppError::NotFound));
            assert_eq!(service::edit(&test.portal, actor, id, 1, &form).await, Err(AppError::NotFound));
            assert_eq!(service::delete(&test.portal, actor, id, 1).await, Err(AppError::NotFound));
            assert_eq!(service::open(&test.portal, actor, id).await, Err(AppError::NotFound));
            assert_eq!(service::list(&test.portal, actor, "").await, Err(AppError::NotFound));
        }
        assert_eq!(stage::audited(&test, &format!("reply:{id}")).await, ["reply.created"]);
    }

    async fn whoever_administers_one_directory_keeps_those_of_that_one_only(test: Test) {
        let stage = Stage::set(&test).await;
        let branch = branch(&test, &stage.ada).await;
        roles::grant(&test.portal, &stage.ada, stage.emma.id(), ADMINISTRATOR, Scope::Directory(branch)).await.expect("given");
        let emma = test.as_actor(stage.emma.id()).await;
        let shared = write(&test, &stage.ada, &reply("For all", "Text")).await;
        for directory in ["all".to_owned(), LOCAL.to_string(), "nowhere".to_owned()] {
            let form = ReplyForm { directory, ..reply("Mine", "Text") };
            let refused = service::create(&test.portal, &emma, &form).await.expect_err("refused");
            assert_eq!(refused.fields()[0].field, "directory");
        }
        assert_eq!(service::delete(&test.portal, &emma, shared, 1).await, Err(AppError::NotFound));
        let own = write(&test, &emma, &ReplyForm { directory: branch.to_string(), ..reply("Mine", "Text") }).await;
        let rows = service::list(&test.portal, &emma, "").await.expect("a list");
        assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [own]);
    }

    async fn staff_are_offered_what_is_for_the_directory_of_the_request(test: Test) {
        let stage = Stage::set(&test).await;
        let branch = branch(&test, &stage.ada).await;
        for (title, directory) in [("Shared", "all".to_owned()), ("Here", LOCAL.to_string()), ("There", branch.to_string())] {
            write(&test, &stage.ada, &ReplyForm { directory, ..reply(title, "Text") }).await;
        }
        assert_eq!(offered(&test, &stage, &stage.oscar).await, ["Here", "Shared"]);
        assert!(offered(&test, &stage, &stage.emma).await.is_empty());
        let id = stage.claimed(&test).await;
        assert_eq!(inserted(&test, &stage.oscar, id, "There").await.expect_err("refused").fields()[0].field, "reply");
    }

    async fn the_owner_of_a_request_inserts_nothing_whatever_their_rights(test: Test) {
        let stage = Stage::set(&test).await;
        write(&test, &stage.ada, &reply("Hello", "Text")).await;
        let form = stage::form();
        let own = requests::file(&test.portal, &stage.oscar, &form).await.expect("filed");
        assert_eq!(inserted(&test, &stage.oscar, own, "Hello").await, Err(AppError::NotFound));
        assert!(inserted(&test, &stage.ada, own, "Hello").await.is_ok());
        let mut oscar = test.signed_in("oscar").await;
        let page = format!("/requests/{own}");
        assert!(!oscar.get(&page).await.body.contains("reply-titles"));
        assert_eq!(oscar.post(&format!("{page}/messages"), &[("text", "a"), ("reply", "Hello"), ("insert", "yes")]).await.status, 404);
    }

    async fn placeholders_are_filled_in_and_what_they_bring_is_not_looked_into(test: Test) {
        let stage = Stage::set(&test).await;
        write(&test, &stage.ada, &reply("Hello", "{name}, {request}: {assistant} {other} {")).await;
        let id = stage.file(&test, "Printer").await;
        assert_eq!(inserted(&test, &stage.ada, id, "hello").await.expect("a text"), "Emma, R-1001: Ada {other} {");
        requests::claim(&test.portal, &stage.oscar, id, 1).await.expect("claimed");
        assert_eq!(inserted(&test, &stage.ada, id, "hello").await.expect("a text"), "Emma, R-1001: Oscar {other} {");
    }

    async fn a_directorys_own_reply_stands_for_the_shared_one_of_the_same_title(test: Test) {
        let stage = Stage::set(&test).await;
        write(&test, &stage.ada, &reply("Hello", "Shared")).await;
        write(&test, &stage.ada, &ReplyForm { directory: LOCAL.to_string(), ..reply("HELLO", "Own") }).await;
        let id = stage.claimed(&test).await;
        assert_eq!(offered(&test, &stage, &stage.oscar).await, ["HELLO"]);
        assert_eq!(inserted(&test, &stage.oscar, id, "Hello").await.as_deref(), Ok("Own"));
        let refused = service::create(&test.portal, &stage.ada, &reply("hello", "Again")).await.expect_err("refused");
        assert_eq!(refused.fields()[0].field, "title");
    }

    async fn without_a_script_a_reply_is_added_below_what_was_typed(test: Test) {
        let stage = Stage::set(&test).await;
        write(&test, &stage.ada, &reply("Printer is off", "Hello {name},\nturn it on.")).await;
        let id = stage.claimed(&test).await;
        let mut oscar = test.signed_in("oscar").await;
        let page = format!("/requests/{id}");
        let shown = oscar.get(&page).await;
        assert!(shown.body.contains("<option value=\"Printer is off\"") && shown.body.contains("name=\"note_reply\""), "{}", shown.body);
        let fields = [("text", "Typed <so> far"), ("reply", "is off"), ("insert", "yes")];
        let redrawn = oscar.post(&format!("{page}/messages"), &fields).await;
        assert_eq!(redrawn.status, 200);
        assert!(redrawn.body.contains("Typed &lt;so> far\n\nHello Emma,\nturn it on.</textarea>"), "{}", redrawn.body);
        assert!(conversation::list(&test.portal, &stage.oscar, id, None).await.expect("a list").is_empty(), "nothing is sent");
        let note = oscar.post(&format!("{page}/notes"), &[("note", "Inside"), ("note_reply", "off"), ("insert", "yes")]).await;
        assert!(note.body.contains("Inside\n\nHello Emma,"), "{}", note.body);
        assert_eq!(note.body.matches("Hello Emma,").count(), 1, "a note comes back in its own field only");
    }

    async fn a_reply_that_nobody_knows_leaves_everything_typed(test: Test) {
        let stage = Stage::set(&test).await;
        for title in ["Printer one", "Printer two"] {
            write(&test, &stage.ada, &reply(title, "Text")).await;
        }
        let id = stage.claimed(&test).await;
        let mut oscar = test.signed_in("oscar").await;
        for (typed, why) in [
            ("scanner", "No reply has this title."),
            ("printer", "Several replies fit: Printer one · Printer two."),
            ("", "Choose a reply first"),
        ] {
            let fields = [("text", "Typed so far"), ("reply", typed), ("insert", "yes")];
            let refused = oscar.post(&format!("/requests/{id}/messages"), &fields).await;
            assert_eq!(refused.status, 422);
            assert!(refused.body.contains(why) && refused.body.contains("Typed so far"), "{}", refused.body);
        }
    }

    async fn a_reply_that_makes_a_message_too_long_is_not_inserted_and_nothing_is_lost(test: Test) {
        let stage = Stage::set(&test).await;
        write(&test, &stage.ada, &reply("Long", &"x".repeat(TEXT_CHARS))).await;
        let id = stage.claimed(&test).await;
        let mut oscar = test.signed_in("oscar").await;
        let address = format!("/requests/{id}/messages");
        assert_eq!(oscar.post(&address, &[("text", ""), ("reply", "long"), ("insert", "yes")]).await.status, 200);
        let refused = oscar.post(&address, &[("text", "Kept"), ("reply", "long"), ("insert", "yes")]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains("The reply does not fit: with it the text would have 4006 characters"), "{}", refused.body);
        assert!(refused.body.contains("Kept</textarea>"));
    }

    async fn files_that_a_browser_cannot_send_again_are_asked_for_by_name(test: Test) {
        let stage = Stage::set(&test).await;
        write(&test, &stage.ada, &reply("Hello", "Hello {name}")).await;
        let id = stage.claimed(&test).await;
        let mut oscar = test.signed_in("oscar").await;
        let part = |name: &str, rest: &str| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"{rest}\r\n");
        let body = [
            part("text", "\r\n\r\nTyped"),
            part("reply", "\r\n\r\nHello"),
            part("insert", "\r\n\r\nyes"),
            part("files", "; filename=\"screen.txt\"\r\nContent-Type: text/plain\r\n\r\ntext"),
            "--x--\r\n".to_owned(),
        ];
        let request = Request::post(format!("/requests/{id}/messages"))
            .header("content-type", "multipart/form-data; boundary=x")
            .header("origin", "http://portal.test")
            .header("sec-fetch-site", "same-origin");
        let answer = oscar.send(request.body(Body::from(body.concat())).expect("a request")).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains("Choose your files again: screen.txt"), "{}", answer.body);
        assert!(answer.body.contains("Typed\n\nHello Emma</textarea>"), "{}", answer.body);
    }

    async fn a_script_gets_the_text_or_the_reason_alone(test: Test) {
        let stage = Stage::set(&test).await;
        write(&test, &stage.ada, &reply("Hello", "Hello <{name}>")).await;
        let id = stage.claimed(&test).await;
        let mut oscar = test.signed_in("oscar").await;
        let found = oscar.fetch(&format!("/requests/{id}/reply?q=hel")).await;
        assert_eq!((found.status, found.header("content-type")), (200, "text/plain; charset=utf-8"));
        assert_eq!(found.body, "Hello <Emma>");
        let refused = oscar.fetch(&format!("/requests/{id}/reply?q=x")).await;
        assert_eq!((refused.status, refused.body.as_str()), (422, "No reply has this title. Type a part of it, such as one word."));
        assert_eq!(test.signed_in("emma").await.fetch(&format!("/requests/{id}/reply?q=hel")).await.status, 404);
    }

    async fn titles_and_texts_end_at_their_limits_and_every_mistake_is_told_at_once(test: Test) {
        let stage = Stage::set(&test).await;
        write(&test, &stage.ada, &reply(&"ß".repeat(TITLE_CHARS), &"💡".repeat(TEXT_CHARS))).await;
        let long = reply(&"ß".repeat(TITLE_CHARS + 1), &"x".repeat(TEXT_CHARS + 1));
        for form in [ReplyForm { directory: "nowhere".into(), ..long }, ReplyForm::default()] {
            let refused = service::create(&test.portal, &stage.ada, &form).await.expect_err("refused");
            let fields: Vec<_> = refused.fields().iter().map(|error| error.field.as_str()).collect();
            assert_eq!(fields, ["title", "body", "directory"]);
        }
    }

    async fn of_two_replies_with_one_title_that_are_saved_at_once_one_is_refused(test: Test) {
        let stage = Stage::set(&test).await;
        for (round, directory) in ["all".to_owned(), LOCAL.to_string()].into_iter().enumerate() {
            let one = ReplyForm { directory: directory.clone(), ..reply(&format!("ÜBER {round}"), "Text") };
            let two = ReplyForm { directory, ..reply(&format!("über {round}"), "Text") };
            let (one, two) = tokio::join!(
                service::create(&test.portal, &stage.ada, &one),
                service::create(&test.portal, &stage.ada, &two),
            );
            let refused: Vec<AppError> = [one, two].into_iter().filter_map(Result::err).collect();
            assert_eq!(refused.len(), 1, "{refused:?}");
            assert_eq!(refused[0].fields()[0].field, "title");
        }
    }

    async fn of_two_replies_that_are_made_at_once_only_one_is_the_last_possible(test: Test) {
        let stage = Stage::set(&test).await;
        let mut tx = test.portal.db.begin().await.expect("a transaction");
        for number in 1..MOST_REPLIES {
            sql("INSERT INTO canned_replies (id, title, body, directory_id, created_at, changed_at, version) \
                 VALUES ($1, $2, 'Text', NULL, 0, 0, 1)")
                .bind(uuid::Uuid::now_v7())
                .bind(format!("Other {number}"))
                .execute(&mut tx)
                .await
                .expect("an insert");
        }
        tx.commit().await.expect("a commit");
        let (one, two) = (reply("One", "Text"), reply("Two", "Text"));
        let (one, two) = tokio::join!(
            service::create(&test.portal, &stage.ada, &one),
            service::create(&test.portal, &stage.ada, &two),
        );
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    }

    async fn there_are_five_hundred_replies_and_not_one_more(test: Test) {
        let stage = Stage::set(&test).await;
        let mut tx = test.portal.db.begin().await.expect("a transaction");
        for number in 1..MOST_REPLIES {
            sql("INSERT INTO canned_replies (id, title, body, directory_id, created_at, changed_at, version) \
                 VALUES ($1, $2, 'Text', NULL, 0, 0, 1)")
                .bind(uuid::Uuid::now_v7())
                .bind(format!("Other {number}"))
                .execute(&mut tx)
                .await
                .expect("an insert");
        }
        tx.commit().await.expect("a commit");
        let last = write(&test, &stage.ada, &reply("The last", "Text")).await;
        let refused = service::create(&test.portal, &stage.ada, &reply("One more", "Text")).await;
        assert!(matches!(refused, Err(AppError::Conflict { .. })), "{refused:?}");
        service::delete(&test.portal, &stage.ada, last, 1).await.expect("deleted");
        write(&test, &stage.ada, &reply("One more", "Text")).await;
    }

    async fn an_edit_that_was_overtaken_shows_both_and_saves_over_it_when_asked_again(test: Test) {
        let stage = Stage::set(&test).await;
        let id = write(&test, &stage.ada, &reply("Hello", "Old")).await;
        let mut ada = test.signed_in("ada").await;
        let page = format!("/replies/{id}/edit");
        let edit = |body, version| [("title", "Hello"), ("body", body), ("directory", "all"), ("version", version)];
        assert_eq!(ada.post(&page, &edit("First", "1")).await.location(), "/replies?done=reply");
        let overtaken = ada.post(&page, &edit("Second", "1")).await;
        assert_eq!(overtaken.status, 409);
        assert!(overtaken.body.contains("Somebody changed this reply"), "{}", overtaken.body);
        assert!(overtaken.body.contains("<td>First</td>") && overtaken.body.contains("<td>Second</td>"), "{}", overtaken.body);
        assert!(overtaken.body.contains("name=\"version\" value=\"2\""), "{}", overtaken.body);
        assert_eq!(ada.post(&page, &edit("Second", "2")).await.status, 303);
        assert_eq!(service::open(&test.portal, &stage.ada, id).await.expect("the reply").content.text, "Second");
        let audited = stage::audited(&test, &format!("reply:{id}")).await;
        assert_eq!(audited, ["reply.created", "reply.changed", "reply.changed"]);
    }

    async fn a_reply_is_deleted_after_a_question_and_only_as_it_was_seen(test: Test) {
        let stage = Stage::set(&test).await;
        let id = write(&test, &stage.ada, &reply("Hello", "Text")).await;
        let mut ada = test.signed_in("ada").await;
        let page = format!("/replies/{id}/delete");
        let asked = ada.get(&page).await;
        assert!(asked.body.contains("“Hello” is deleted for everybody") && asked.body.contains("value=\"1\""), "{}", asked.body);
        service::edit(&test.portal, &stage.ada, id, 1, &reply("Hello", "Changed")).await.expect("changed");
        let late = ada.post(&page, &[("version", "1")]).await;
        assert_eq!(late.status, 409);
        assert!(late.body.contains("so it was not deleted") && late.body.contains("value=\"2\""), "{}", late.body);
        let done = ada.post(&page, &[("version", "2")]).await;
        assert_eq!(done.location(), "/replies?done=reply-deleted");
        assert!(ada.get(done.location()).await.body.contains("The reply is deleted."));
        assert_eq!(ada.get(&page).await.status, 404);
        let audited = stage::audited(&test, &format!("reply:{id}")).await;
        assert_eq!(audited, ["reply.created", "reply.changed", "reply.deleted"]);
    }

    async fn an_administrator_writes_and_finds_a_reply_in_the_browser(test: Test) {
        Stage::set(&test).await;
        let mut ada = test.signed_in("ada").await;
        assert!(ada.get("/administration").await.body.contains("href=\"/replies\""));
        assert!(ada.get("/replies").await.body.contains("There are no replies yet"));
        let refused = ada.post("/replies/new", &[("title", ""), ("body", "Kept"), ("directory", "all")]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains("Kept</textarea>"), "{}", refused.body);
        let made = ada.post("/replies/new", &[("title", "Ruhige Grüße"), ("body", "Text"), ("directory", "all")]).await;
        assert_eq!(made.location(), "/replies?done=reply", "{}", made.body);
        assert!(ada.get("/replies?q=GRÜ").await.body.contains("Ruhige Grüße"));
        assert!(ada.get("/replies?q=scanner").await.body.contains("No reply fits"));
    }
}
