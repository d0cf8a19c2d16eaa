//! What owner and assistant wrote to each other. The list is live; the form beside it is not.

use crate::{
    components::{field::TextArea, reader::Reader, time::Moment},
    requests::model::Message,
    server::forms::FormState,
};
use deskside_protocol::ids::RequestId;
use leptos::prelude::*;

/// The conversation with its form.
#[component]
pub fn Conversation(request: RequestId, messages: Vec<Message>, may_write: bool, may_note: bool) -> impl IntoView {
    let note = may_note.then(|| {
        view! {
            <details class="note-form">
                <summary>"Write a note for staff"</summary>
                <form class="talk-form" method="post" action=format!("/requests/{request}/notes") novalidate>
                    <TextArea
                        name="note"
                        field="text"
                        label="Note"
                        hint="The owner does not see it."
                        rows=2
                        required=true
                        form=FormState::default()
                    />
                    <button class="btn btn-quiet" type="submit">"Keep note"</button>
                </form>
            </details>
        }
    });
    let form = may_write.then(|| {
        view! {
            <form class="talk-form" method="post" action=format!("/requests/{request}/messages") novalidate>
                <TextArea name="text" label="Message" rows=2 required=true form=FormState::current() />
                <button class="btn btn-quiet" type="submit">"Send"</button>
            </form>
        }
    });
    view! {
        <section class="sheet" aria-labelledby="conversation-heading">
            <h2 id="conversation-heading" class="mb-3">"Conversation"</h2>
            <div data-live id="request-messages" aria-live="polite">
                <Messages messages=messages />
            </div>
            {form}
            {note}
        </section>
    }
    .into_any()
}

#[component]
fn Messages(messages: Vec<Message>) -> impl IntoView {
    if messages.is_empty() {
        return view! { <p class="muted mb-4">"Nothing written yet. Both sides see what is written here."</p> }
            .into_any();
    }
    let reader = Reader::current().actor.map(|actor| actor.id());
    let lines = messages
        .into_iter()
        .map(|message| {
            let mine = reader == Some(message.author.id);
            let device = message.from_device.then_some(" · on the device");
            let note = message.note.then_some(" · note for staff");
            view! {
                <li class:mine=mine class:note=message.note>
                    <p class="said-by">{message.author.name} " · " <Moment at=message.at /> {device} {note}</p>
                    <p class="said">{message.text}</p>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="talk">{lines}</ul> }.into_any()
}
