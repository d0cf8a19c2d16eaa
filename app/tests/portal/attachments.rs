//! Screenshots and files in a conversation, as browsers send them.

use crate::{
    harness::{Answer, Browser, Test},
    on_both_engines,
    stage::{self, Stage},
};
use axum::{body::Body, http::Request};
use deskside::{
    accounts::model::StartingRole,
    attachments::{model::ATTACHMENT_BYTES, service::Upload},
    requests::{
        conversation::{self, Draft},
        filter::Filter,
        reading,
    },
};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nnot much of a picture";
const BOUNDARY: &str = "----a-boundary";

/// One field of a form with files.
enum Part<'a> {
    Text(&'a str, &'a str),
    File(&'a str, &'a [u8]),
}

fn body(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for part in parts {
        body.extend_from_slice(format!("--{BOUNDARY}\r\n").as_bytes());
        match part {
            Part::Text(name, value) => {
                let text = format!("Content-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
                body.extend_from_slice(text.as_bytes());
            }
            Part::File(name, bytes) => {
                // What a browser says of a file's type is not believed, so it may say anything.
                let head = format!(
                    "Content-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\nContent-Type: image/png\r\n\r\n"
                );
                body.extend_from_slice(head.as_bytes());
                body.extend_from_slice(bytes);
                body.extend_from_slice(b"\r\n");
            }
        }
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

async fn send(browser: &mut Browser, path: &str, body: Vec<u8>) -> Answer {
    let request = Request::post(path)
        .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
        .header("origin", "http://portal.test")
        .header("sec-fetch-site", "same-origin");
    browser.send(request.body(Body::from(body)).expect("a request")).await
}

on_both_engines! {
    async fn a_pasted_screenshot_is_shown_in_the_conversation_to_both(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let mut emma = test.signed_in("emma").await;
        let parts = [Part::Text("text", "Look:"), Part::File("C:\\shots\\shot.png", PNG)];
        let sent = send(&mut emma, &format!("/requests/{id}/messages"), body(&parts)).await;
        assert_eq!((sent.status, sent.location()), (303, format!("/requests/{id}").as_str()), "{}", sent.body);
        let detail = stage.see(&test, &stage.oscar, id).await;
        let [file] = &detail.attachments[..] else { panic!("one file") };
        assert_eq!((file.name.as_str(), file.is_picture, file.size), ("shot.png", true, PNG.len() as i64));
        assert_eq!(file.message, detail.messages[0].id);
        let mut oscar = test.signed_in("oscar").await;
        let shown = oscar.get(&format!("/requests/{id}")).await;
        assert!(shown.body.contains(&format!("<img src=\"/attachments/{}\"", file.id)), "{}", shown.body);
        let opened = oscar.get(&format!("/attachments/{}", file.id)).await;
        assert_eq!((opened.status, opened.header("content-type")), (200, "image/png"));
        assert_eq!(opened.header("content-security-policy"), "default-src 'none'; sandbox");
        assert!(opened.header("content-disposition").starts_with("inline"));
        let mail = stage::mails(&test).await.pop().expect("a mail");
        assert!(mail.text_body.contains("Look:\n[shot.png]"), "{}", mail.text_body);
    }

    async fn a_file_comes_back_as_it_went_and_is_only_downloaded(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let mut emma = test.signed_in("emma").await;
        let text: String = (0..100_000).map(|number| format!("line {number}\n")).collect();
        let parts = [Part::Text("text", ""), Part::File("Öl & log.txt", text.as_bytes())];
        assert_eq!(send(&mut emma, &format!("/requests/{id}/messages"), body(&parts)).await.status, 303);
        let file = stage.see(&test, &stage.emma, id).await.attachments.remove(0);
        let opened = emma.get(&format!("/attachments/{}", file.id)).await;
        assert_eq!(opened.body, text);
        assert_eq!(opened.header("content-type"), "application/octet-stream");
        assert_eq!(opened.header("content-disposition"), "attachment; filename*=UTF-8''%C3%96l%20%26%20log.txt");
        let filter = Filter { text: "log.txt".into(), ..Filter::default() };
        let found = reading::list_all(&test.portal, &stage.oscar, &filter);
        assert_eq!(found.await.expect("a list").rows.len(), 1, "it is found by its name");
    }

    async fn a_lie_about_the_type_and_what_runs_are_refused_and_the_text_is_kept(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let mut emma = test.signed_in("emma").await;
        for (name, bytes, why) in [
            ("shot.png", &b"<script>alert(1)</script>"[..], "shot.png: It is called a picture and is none."),
            ("tool.exe", b"x", "tool.exe: Programs and scripts cannot be attached."),
            ("notes.txt", b"MZ\x90\0", "notes.txt: Programs and scripts"),
            ("empty.txt", b"", "empty.txt: The file is empty."),
        ] {
            let parts = [Part::Text("text", "My precious words"), Part::File(name, bytes)];
            let refused = send(&mut emma, &format!("/requests/{id}/messages"), body(&parts)).await;
            assert_eq!(refused.status, 422, "{name}");
            assert!(refused.body.contains(why) && refused.body.contains("My precious words"), "{}", refused.body);
        }
        assert!(stage.see(&test, &stage.emma, id).await.messages.is_empty());
    }

    async fn an_upload_that_is_cut_off_stores_nothing_and_says_so(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let mut emma = test.signed_in("emma").await;
        let mut cut = body(&[Part::Text("text", "Look:"), Part::File("shot.png", PNG)]);
        cut.truncate(cut.len() - 20);
        let refused = send(&mut emma, &format!("/requests/{id}/messages"), cut).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert!(refused.body.contains("did not arrive completely") && refused.body.contains("Look:"));
        assert!(stage.see(&test, &stage.emma, id).await.messages.is_empty());
    }

    async fn a_file_over_the_limit_is_refused_by_name(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let mut emma = test.signed_in("emma").await;
        let large = vec![b'x'; ATTACHMENT_BYTES + 1];
        let refused = send(&mut emma, &format!("/requests/{id}/messages"), body(&[Part::File("big.log", &large)])).await;
        assert!(refused.body.contains("big.log is larger than 10 MB."), "{}", refused.status);
    }

    async fn a_refused_note_comes_back_in_its_own_box_and_not_in_the_owners(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        let mut oscar = test.signed_in("oscar").await;
        let long = "x".repeat(4001);
        let refused = send(&mut oscar, &format!("/requests/{id}/notes"), body(&[Part::Text("note", &long)])).await;
        assert_eq!(refused.status, 422);
        let of_area = |id: &str| {
            let start = refused.body.split(&format!("id=\"{id}\"")).nth(1).expect("the area").to_owned();
            start.split("</textarea>").next().unwrap_or_default().to_owned()
        };
        assert!(of_area("note").contains(&long) && !of_area("text").contains("xxx"), "{}", refused.body);
    }

    async fn strangers_do_not_open_files_and_owners_not_those_of_notes(test: Test) {
        let stage = Stage::set(&test).await;
        test.person("eve", StartingRole::Employee).await;
        let id = stage.claimed(&test).await;
        let file = || vec![Upload { name: "a.txt".into(), bytes: b"secret".to_vec() }];
        conversation::write(&test.portal, &stage.emma, id, Draft { files: file(), ..Draft::default() }).await.expect("sent");
        conversation::write(&test.portal, &stage.oscar, id, Draft { files: file(), note: true, ..Draft::default() }).await.expect("kept");
        let all = stage.see(&test, &stage.ada, id).await.attachments;
        assert_eq!((all.len(), stage.see(&test, &stage.emma, id).await.attachments.len()), (2, 1));
        let own = stage.see(&test, &stage.emma, id).await.attachments[0].id;
        let note = all.iter().map(|file| file.id).find(|id| *id != own).expect("the note's");
        let status = async |login: &str, file| test.signed_in(login).await.get(&format!("/attachments/{file}")).await.status;
        assert_eq!((status("emma", own).await, status("emma", note).await), (200, 404));
        assert_eq!((status("eve", own).await, status("eve", note).await), (404, 404));
        assert_eq!((status("ada", own).await, status("ada", note).await), (200, 200));
    }

    async fn the_overview_counts_what_happened(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        stage.file(&test, "Waiting").await;
        deskside::requests::service::close(&test.portal, &stage.oscar, id, 2).await.expect("closed");
        deskside::requests::service::rate(&test.portal, &stage.emma, id, "4", "").await.expect("rated");
        let overview = deskside::overview::service::overview(&test.portal, &stage.oscar, None).await.expect("figures");
        let today = overview.days.last().expect("today");
        assert_eq!((today.filed, today.closed), (2, 1));
        assert_eq!(overview.by_status[0].1, 1);
        assert_eq!(overview.by_age[0].1, 1);
        assert_eq!(overview.ratings, Some((1, 400)));
        let page = test.signed_in("oscar").await.get("/overview").await;
        assert!(page.body.contains("Show the numbers") && page.body.contains("<svg"), "{}", page.body);
        let csv = test.signed_in("oscar").await.get("/overview.csv").await;
        assert_eq!(csv.body.lines().count(), 15);
        assert!(csv.body.contains("2026-11-23,2,1,0,0"), "{}", csv.body);
    }
}
