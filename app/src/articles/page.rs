//! The pages of help articles: reading them, and saying whether they helped.

mod manage;

pub use manage::{ArticlesPage, DeleteArticlePage, EditArticlePage, NewArticlePage};

use super::{
    markdown,
    model::{ArticleId, ArticleLink},
    service,
};
use crate::{
    components::{
        around::{Around, HERE},
        empty::Empty,
        frame::Frame,
        icon::Icon,
        list::address,
        notice::{ErrorSummary, Kind, Notice},
        page::page,
        raw::escaped,
        search::SearchForm,
    },
    error::AppError,
    server::{self, forms::FormState},
    tf,
    words::{t, tc},
};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

const PATH: &str = "/help";
/// Where one gets after saving an article.
pub const SAVED: &str = "/articles?done=article";

/// Where one gets after deleting one.
pub const DELETED: &str = "/articles?done=article-deleted";

/// The address of `page` after somebody said whether the article helped.
pub fn thanks_page(page: &str, solved: bool) -> String {
    format!("{page}?answered={}", if solved { "yes" } else { "no" })
}

/// The articles that fit what is typed, for the form of a new request; empty when there are none.
pub fn suggestions(found: &[ArticleLink]) -> String {
    if found.is_empty() {
        return String::new();
    }
    let line = |article: &ArticleLink| {
        format!(
            "<li><a href=\"{PATH}/{}\" target=\"_blank\" rel=\"noopener\">{}\
             <span class=\"sr-only\"> {}</span></a></li>",
            article.id,
            escaped(&article.title),
            escaped(t("(opens in a new tab)"))
        )
    };
    let lines: String = found.iter().map(line).collect();
    format!("<p>{}</p><ul>{lines}</ul>", escaped(t("Perhaps this helps:")))
}

/// `/help`.
#[component]
pub fn HelpPage() -> impl IntoView {
    let text = use_query_map().get_untracked().get("q").unwrap_or_default();
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let found = service::help(&portal, &actor, &text).await?;
        let list = if found.is_empty() {
            nothing(&text)
        } else {
            let lines = found.into_iter().map(line).collect_view();
            view! { <ul class="cards">{lines}</ul> }.into_any()
        };
        Ok(view! {
            <Frame title=t("Help")>
                <div class="page-head">
                    <div>
                        <h1>{t("Help")}</h1>
                        <p class="lead">{t("Short articles of your helpdesk. Perhaps one of them solves it at once.")}</p>
                    </div>
                    <a class="btn btn-quiet" href="/requests/new">{Icon::Add.draw()} {t("New request")}</a>
                </div>
                <SearchForm
                    path=PATH
                    text=text
                    label=t("Search the articles")
                />
                {list}
            </Frame>
        }
        .into_any())
    })
}

fn line(article: ArticleLink) -> impl IntoView {
    view! {
        <li class="card-row">
            <h2>
                <a class="row-link" href=format!("{PATH}/{}", article.id)>{article.title}</a>
            </h2>
        </li>
    }
}

/// What the list shows when it is empty.
fn nothing(text: &str) -> AnyView {
    if text.trim().is_empty() {
        return view! {
            <Empty icon=Icon::Note title=t("There are no articles yet")>
                <p>{t("File a request, and the helpdesk takes care of it.")}</p>
            </Empty>
        }
        .into_any();
    }
    view! {
        <Empty icon=Icon::Search title=t("No article fits")>
            <p>{t("Try fewer or other words.")}</p>
        </Empty>
    }
    .into_any()
}

/// `/help/{id}`.
#[component]
pub fn HelpArticlePage() -> impl IntoView {
    let form = FormState::current();
    let id = use_params_map()
        .get_untracked()
        .get("id")
        .and_then(|id| id.parse::<ArticleId>().ok());
    let answered = use_query_map().get_untracked().get("answered");
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let article = service::read(&portal, &actor, id.ok_or(AppError::NotFound)?).await?;
        let title = article.content.title;
        // The only place that writes this into a page; only `markdown::render` makes it.
        let text = markdown::render(&article.content.body).into_string();
        let below = match answered.as_deref() {
            Some("yes") => view! {
                <Notice kind=Kind::Done>{t("Thank you. It is good to know that this article helped.")}</Notice>
            }
            .into_any(),
            Some("no") => {
                let request = address("/requests/new", &[("subject", &title)]);
                view! {
                    <Notice kind=Kind::Note>
                        <Around sentence=tf!("Thank you. Then let the helpdesk look at it: {link}.", link = HERE)>
                            <a href=request>{t("file a request")}</a>
                        </Around>
                    </Notice>
                }
                .into_any()
            }
            _ => view! { <Question id=article.id /> }.into_any(),
        };
        Ok(view! {
            <Frame title=title.clone()>
                <a class="back" href=PATH>{Icon::Back.draw()} {t("Help")}</a>
                <div class="page-head">
                    <h1>{title}</h1>
                </div>
                <ErrorSummary form=form />
                <article class="sheet article" inner_html=text></article>
                <div class="mt-6">{below}</div>
            </Frame>
        }
        .into_any())
    })
}

#[component]
fn Question(id: ArticleId) -> impl IntoView {
    view! {
        <form class="sheet helped" method="post" action=format!("{PATH}/{id}") id="answer" tabindex="-1">
            <h2>{t("Did this help?")}</h2>
            <button class="btn btn-primary" type="submit" name="answer" value="yes">
                {tc("button", "Yes")}
            </button>
            <button class="btn btn-quiet" type="submit" name="answer" value="no">
                {tc("button", "No")}
            </button>
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn suggestions_are_links_with_the_title_as_text() {
        let article = ArticleLink {
            id: ArticleId(Uuid::nil()),
            title: "<b>Printer</b>".to_owned(),
        };
        let html = suggestions(&[article]);
        assert!(
            html.contains("href=\"/help/00000000-0000-0000-0000-000000000000\""),
            "{html}"
        );
        assert!(html.contains("&lt;b>Printer") && !html.contains("<b>"), "{html}");
    }

    #[test]
    fn where_nothing_fits_nothing_is_said() {
        assert_eq!(suggestions(&[]), "");
    }
}
