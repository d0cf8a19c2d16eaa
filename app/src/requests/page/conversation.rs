//! What owner and assistant wrote to each other. The list is live; the form beside it is not.

use crate::{
    attachments::{model::Attachment, page::Attachments},
    canned::{
        model::Offered,
        picker::{Picker, Titles},
    },
    components::{
        field::{TextArea, described_by, problem},
        reader::Reader,
        time::Moment,
    },
    islands::drop_files::DropFiles,
    requests::model::Message,
    server::forms::FormState,
    words::{t, tc},
};
use deskside_protocol::ids::RequestId;
use leptos::prelude::*;

/// How a form with files is posted.
const MULTIPART: &str = "multipart/form-data";

/// The files of a message: chosen, or with a script dropped and pasted onto the form.
#[component]
fn Files(form: FormState) -> impl IntoView {
    let failed = form.error("files").is_some();
    view! {
        <div class="field">
            <label for="files">{t("Files (paste or drop screenshots here, too)")}</label>
            <input
                type="file"
                id="files"
                name="files"
                multiple
                aria-invalid=failed.then_some("true")
                aria-describedby=described_by("files", false, failed)
            />
            {problem("files", form.error("files"))}
        </div>
        <DropFiles input="files".to_owned() />
    }
    .into_any()
}

/// The conversation with its form.
#[component]
pub fn Conversation(
    request: RequestId,
    messages: Vec<Message>,
    attachments: Vec<Attachment>,
    may_write: bool,
    may_note: bool,
    replies: Vec<Offered>,
) -> impl IntoView {
    let titles = (!replies.is_empty()).then(|| view! { <Titles replies=replies /> });
    let picker = |field, action: &str| {
        let action = format!("/requests/{request}/{action}");
        titles
            .as_ref()
            .map(|_| view! { <Picker request=request field=field action=action /> })
    };
    let note = may_note.then(|| {
        let reply = picker("note", "notes");
        view! {
            <details class="note-form" open=FormState::current().value("note").is_some()>
                <summary>{t("Write a note for staff")}</summary>
                <form class="talk-form" method="post" action=format!("/requests/{request}/notes") enctype=MULTIPART novalidate>
                    <TextArea
                        name="note"
                        label=tc("message", "Note")
                        hint=t("The owner does not see it.")
                        rows=2
                        required=true
                        form=FormState::current()
                    />
                    {reply}
                    <button class="btn btn-quiet" type="submit">{t("Keep note")}</button>
                </form>
            </details>
        }
    });
    let form = may_write.then(|| {
        let reply = picker("text", "messages");
        view! {
            <form class="talk-form" method="post" action=format!("/requests/{request}/messages") enctype=MULTIPART novalidate>
                <TextArea name="text" label=t("Message") rows=2 required=true form=FormState::current() />
                {reply}
                <Files form=FormState::current() />
                <button class="btn btn-quiet" type="submit">{t("Send")}</button>
            </form>
        }
    });
    view! {
        <section class="sheet" aria-labelledby="conversation-heading">
            <h2 id="conversation-heading" class="mb-3">{t("Conversation")}</h2>
            <div data-live id="request-messages" aria-live="polite">
                <Messages messages=messages attachments=attachments />
            </div>
            {form}
            {note}
            {titles}
        </section>
    }
    .into_any()
}

#[component]
fn Messages(messages: Vec<Message>, attachments: Vec<Attachment>) -> impl IntoView {
    if messages.is_empty() {
        return view! { <p class="muted mb-4">{t("Nothing written yet. Both sides see what is written here.")}</p> }
            .into_any();
    }
    let reader = Reader::current().actor.map(|actor| actor.id());
    let lines = messages
        .into_iter()
        .map(|message| {
            let mine = reader == Some(message.author.id);
            let device = message.from_device.then(|| format!(" · {}", t("on the device")));
            let note = message.note.then(|| format!(" · {}", t("note for staff")));
            let files = attachments
                .iter()
                .filter(|file| file.message == message.id)
                .cloned()
                .collect();
            view! {
                <li class:mine=mine class:note=message.note>
                    <p class="said-by">{message.author.name} " · " <Moment at=message.at /> {device} {note}</p>
                    {(!message.text.is_empty()).then(|| view! { <p class="said">{message.text}</p> })}
                    <Attachments files=files />
                </li>
            }
        })
        .collect_view();
    view! { <ul class="talk">{lines}</ul> }.into_any()
}
