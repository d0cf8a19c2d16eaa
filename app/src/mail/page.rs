//! Mails of the file transport. Their text is shown, never their HTML: nothing foreign runs or loads in the portal.

use crate::{
    components::{
        empty::Empty,
        frame::{Frame, Width},
        icon::Icon,
        list::{Pager, TableFrame, address},
        page::page,
        time::Moment,
    },
    error::AppError,
    server::{
        self,
        mail::{self, MAILS_SHOWN, MailLine, StoredMail},
    },
    words::{t, tc},
};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// `/mail`.
#[component]
pub fn MailsPage() -> impl IntoView {
    let before = use_query_map().get_untracked().get("before");
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let lines = mail::list(&portal, &actor, before.as_deref()).await?;
        let full = lines.len() >= MAILS_SHOWN;
        let next = lines
            .last()
            .filter(|_| full)
            .map(|line| address("/mail", &[("before", &line.id)]));
        let first = before.map(|_| "/mail".to_owned());
        let shown = lines.len();
        let list = if lines.is_empty() {
            view! {
                <Empty icon=Icon::Mail title=t("No mail yet")>
                    <p>{t("Every change of a request writes one to its owner and its assistant.")}</p>
                </Empty>
            }
            .into_any()
        } else {
            let rows = lines
                .into_iter()
                .map(|line| view! { <Line line=line /> })
                .collect_view();
            view! { <TableFrame label=t("Mail") columns=vec![t("Subject"), tc("mail", "To"), tc("mail", "Sent")]>{rows}</TableFrame> }.into_any()
        };
        Ok(view! {
            <Frame title=t("Mail") width=Width::Wide>
                <div class="page-head">
                    <div>
                        <h1>{t("Mail")}</h1>
                        <p class="lead">{t("This portal writes its mails to files instead of sending them. Here they can be read.")}</p>
                    </div>
                </div>
                {list}
                <Pager shown=shown first=first next=next />
            </Frame>
        }
        .into_any())
    })
}

#[component]
fn Line(line: MailLine) -> impl IntoView {
    // A thread has one subject; the first line says what is new.
    let news = line.text_body.lines().next().unwrap_or_default().to_owned();
    view! {
        <tr role="row">
            <td role="cell" data-label=t("Subject") class="main-cell">
                <a class="row-link" href=format!("/mail/{}", line.id)>{line.subject}</a>
                <span class="under">{news}</span>
            </td>
            <td role="cell" data-label=tc("mail", "To")>
                {line.recipient_name} " " <span class="muted">{line.recipient_email}</span>
            </td>
            <td role="cell" data-label=tc("mail", "Sent") class="numeric">
                <Moment at=line.created_at />
            </td>
        </tr>
    }
    .into_any()
}

/// `/mail/{id}`.
#[component]
pub fn MailPage() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id");
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let found = mail::read(&portal, &actor, &id.ok_or(AppError::NotFound)?).await?;
        let home = portal.config.public_url.clone();
        Ok(view! {
            <Frame title=found.subject.clone()>
                <a class="back" href="/mail">{Icon::Back.draw()} {t("Mail")}</a>
                <div class="page-head">
                    <h1>{found.subject.clone()}</h1>
                </div>
                <Mail mail=found home=home />
            </Frame>
        }
        .into_any())
    })
}

#[component]
fn Mail(mail: StoredMail, home: String) -> impl IntoView {
    let answers = mail
        .references
        .last()
        .map(|last| view! { <dt>{tc("mail", "Answers")}</dt> <dd class="small">{last.clone()}</dd> });
    let lines = mail
        .text
        .lines()
        .map(|line| view! { <TextLine line=line.to_owned() home=home.clone() /> });
    view! {
        <article class="sheet stack">
            <dl class="facts">
                <dt>{tc("mail", "To")}</dt>
                <dd>{mail.recipient_name} " <" {mail.recipient_email} ">"</dd>
                <dt>{tc("mail", "Sent")}</dt>
                <dd>
                    <Moment at=mail.created_at />
                </dd>
                <dt>{t("Message-ID")}</dt>
                <dd class="small">{mail.message_id}</dd>
                {answers}
            </dl>
            <hr class="rule" />
            <div class="mail-text">{lines.collect_view()}</div>
        </article>
    }
    .into_any()
}

/// One line of a mail's text; the address of a page of this portal becomes a link.
#[component]
fn TextLine(line: String, home: String) -> impl IntoView {
    match own_path(&line, &home) {
        Some(path) => view! { <a class="text-link" href=path.to_owned()>{line.clone()}</a> "\n" }.into_any(),
        None => view! { {line} "\n" }.into_any(),
    }
}

/// The path of an address on this portal, when `line` is nothing else.
fn own_path<'l>(line: &'l str, home: &str) -> Option<&'l str> {
    let path = line.strip_prefix(home.trim_end_matches('/'))?;
    let plain = path
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-'));
    (path.starts_with('/') && !path.starts_with("//") && plain).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::own_path;

    const HOME: &str = "https://help.example.org";

    #[test]
    fn the_address_of_a_page_becomes_a_link() {
        assert_eq!(
            own_path("https://help.example.org/requests/018f-aa", HOME),
            Some("/requests/018f-aa")
        );
        assert_eq!(
            own_path("https://help.example.org/mail", "https://help.example.org/"),
            Some("/mail")
        );
    }

    #[test]
    fn nothing_else_becomes_a_link() {
        for line in [
            "see https://help.example.org/requests/1",
            "https://help.example.org.evil.example/x",
            "https://help.example.org//evil.example",
            "https://help.example.org/a?next=javascript:",
            "https://help.example.org",
            "",
        ] {
            assert_eq!(own_path(line, HOME), None, "{line}");
        }
    }
}
