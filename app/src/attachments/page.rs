//! Attachments in a conversation.

use super::model::{Attachment, size_words};
use crate::components::icon::Icon;
use crate::tf;
use leptos::prelude::*;

/// The files of one message.
#[component]
pub fn Attachments(files: Vec<Attachment>) -> impl IntoView {
    if files.is_empty() {
        return None;
    }
    let files = files
        .into_iter()
        .map(|file| {
            let href = format!("/attachments/{}", file.id);
            let source = href.clone();
            let size = size_words(file.size);
            if file.is_picture {
                let label = tf!("Picture {name}, {size}", name = file.name, size = size);
                view! {
                    <li>
                        <a class="picture" href=href target="_blank" rel="noopener">
                            <img src=source alt=label loading="lazy" />
                        </a>
                    </li>
                }
                .into_any()
            } else {
                view! {
                    <li>
                        <a class="file" href=href download>{Icon::File.draw()} {file.name} <span class="muted">{size}</span></a>
                    </li>
                }
                .into_any()
            }
        })
        .collect_view();
    Some(view! { <ul class="attached">{files}</ul> })
}
