//! The viewer's HTML. The shell brings it to life: it finds the pieces by their class and the buttons by `data-act`.

use crate::words::{t, tc};
use deskside_protocol::{
    ids::{RequestId, SessionId},
    limits::CHAT_CHARS,
    transfer::FilePolicy,
};
use leptos::prelude::*;

/// Shows and controls the device of `session`; `owner` is who is asked for consent, `files` what may be sent.
#[island]
pub fn Viewer(session: SessionId, request: RequestId, owner: String, files: FilePolicy) -> impl IntoView {
    let root = NodeRef::<leptos::html::Section>::new();
    let waiting = super::status::Status::Waiting.words(&owner);
    let hint = t("Click the picture to type on the device. {keys} gives the keyboard back to this page.");
    let (before, after) = hint.split_once("{keys}").unwrap_or((hint, ""));
    #[cfg(feature = "viewer")]
    Effect::new(move |_| {
        if let Some(root) = root.get() {
            super::shell::start(&root, session, request, owner.clone(), files.clone());
        }
    });
    #[cfg(not(feature = "viewer"))]
    let _ = (session, files);
    view! {
        <section class="viewer" node_ref=root data-status="waiting" data-scale="fit" aria-label=t("Remote session")>
            <div class="viewer-bar">
                <p class="viewer-status" role="status">{waiting}</p>
                <p class="viewer-statistics"></p>
                <div class="viewer-buttons" role="group" aria-label=t("Session")>
                    <button class="btn btn-sm" type="button" data-act="retry" hidden>{t("Try again")}</button>
                    <button class="btn btn-sm" type="button" data-act="fit" aria-pressed="true">{tc("button", "Fit")}</button>
                    <button class="btn btn-sm" type="button" data-act="actual" aria-pressed="false">{t("Actual size")}</button>
                    <button class="btn btn-sm" type="button" data-act="full-screen">{t("Full screen")}</button>
                    <button class="btn btn-sm" type="button" data-act="keyboard">{t("Keyboard")}</button>
                    <button class="btn btn-sm" type="button" data-act="paste">{t("Paste text")}</button>
                    <button class="btn btn-sm" type="button" data-act="chat" aria-expanded="false" aria-controls="viewer-chat">
                        {t("Chat")} <span class="viewer-unread badge badge-sm badge-primary" hidden></span>
                    </button>
                    <button class="btn btn-sm" type="button" data-act="files" hidden>{t("Send file")}</button>
                    <button class="btn btn-sm btn-error" type="button" data-act="end">{t("End session")}</button>
                    <a class="btn btn-sm" href=format!("/requests/{request}") target="_blank" rel="noopener">
                        {t("The request")}
                    </a>
                </div>
            </div>
            <div class="viewer-body">
                <div class="viewer-stage">
                    <p class="viewer-curtain m-auto max-w-prose p-8 text-center"></p>
                    <div class="viewer-surface" hidden>
                        <video
                            class="viewer-screen in-data-[status=interrupted]:opacity-40"
                            aria-label=t("Remote screen")
                            autoplay
                            muted
                            playsinline
                        ></video>
                        <img class="viewer-device-pointer" alt="" hidden />
                        <textarea
                            class="viewer-keys"
                            aria-label=t("Remote keyboard")
                            aria-describedby="viewer-keys-hint"
                            autocomplete="off"
                            autocapitalize="off"
                            spellcheck="false"
                            rows="1"
                        ></textarea>
                    </div>
                    <p class="viewer-blind" role="status" hidden></p>
                    <p class="viewer-drop" hidden>{t("Drop files here to send them to the device")}</p>
                </div>
                <aside class="viewer-files" aria-label=t("Files") hidden>
                    <div class="viewer-files-top">
                        <h2 class="viewer-files-title">{t("Files")}</h2>
                        <button class="btn btn-sm" type="button" data-act="close-files">{tc("button", "Close")}</button>
                    </div>
                    <p class="viewer-files-policy"></p>
                    <ul class="viewer-transfers"></ul>
                </aside>
                <input class="viewer-file-input" type="file" multiple hidden aria-label=t("Files to send") />
                <aside class="viewer-chat" id="viewer-chat" aria-label=t("Conversation") hidden>
                    <div class="viewer-messages" role="log" aria-label=t("Messages") tabindex="0"></div>
                    <p class="viewer-chat-error" role="alert" hidden></p>
                    <form class="viewer-chat-form">
                        <label class="label" for="viewer-message">{t("Message")}</label>
                        <textarea class="textarea" id="viewer-message" rows="2" maxlength=CHAT_CHARS required></textarea>
                        <button class="btn btn-primary btn-sm" type="submit">{tc("button", "Send")}</button>
                    </form>
                </aside>
            </div>
            <p class="viewer-hint" id="viewer-keys-hint">
                {before} <kbd class="kbd kbd-sm">{tc("key", "Ctrl")}</kbd> " + "
                <kbd class="kbd kbd-sm">{tc("key", "Alt")}</kbd> " + " <kbd class="kbd kbd-sm">{tc("key", "Shift")}</kbd>
                {after}
            </p>
            <p class="viewer-notice" role="status"></p>
            <p class="viewer-files-said sr-only" role="status"></p>
        </section>
    }
}
