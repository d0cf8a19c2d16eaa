//! The pages on which administrators write help articles.

use crate::{
    articles::{
        model::{Article, ArticleId, ArticleRow},
        service,
    },
    components::{
        confirm::Confirm,
        empty::Empty,
        field::{Choice, SelectField, TextArea, TextField, Tick},
        frame::{Frame, Width},
        icon::Icon,
        list::TableFrame,
        notice::ErrorSummary,
        overtaken::{Difference, Overtaken, version_typed_over},
        page::page,
    },
    directories::places,
    error::AppError,
    server::{
        self,
        access::{Action, Actor, Subject, authorize},
        forms::FormState,
        portal::Portal,
    },
    tf, tn,
    words::{t, tc},
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

const PATH: &str = "/articles";

/// `/articles`.
#[component]
pub fn ArticlesPage() -> impl IntoView {
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let articles = service::list(&portal, &actor).await?;
        let list = if articles.is_empty() {
            view! {
                <Empty icon=Icon::Note title=t("There are no articles yet")>
                    <p>{t("Write down what solves the requests that come again and again.")}</p>
                </Empty>
            }
            .into_any()
        } else {
            let lines = articles.into_iter().map(line).collect_view();
            view! {
                <TableFrame
                    label=t("Help articles")
                    columns=vec![
                        t("Article"),
                        tc("column", "For"),
                        tc("column", "Shown"),
                        tc("column", "Helped"),
                        tc("column", "Did not help"),
                    ]
                >
                    {lines}
                </TableFrame>
            }
            .into_any()
        };
        Ok(view! {
            <Frame title=t("Help articles") width=Width::Wide>
                <a class="back" href="/administration">{Icon::Back.draw()} {t("Administration")}</a>
                <div class="page-head">
                    <div>
                        <h1>{t("Help articles")}</h1>
                        <p class="lead">
                            {t("They are offered while somebody writes a request, so that what is known need not be asked.")}
                        </p>
                    </div>
                    <a class="btn btn-primary" href="/articles/new">{Icon::Add.draw()} {t("New article")}</a>
                </div>
                {list}
            </Frame>
        }
        .into_any())
    })
}

fn line(article: ArticleRow) -> impl IntoView {
    let whose = article.directory_name.unwrap_or_else(|| places::all().to_owned());
    view! {
        <tr role="row">
            <td role="cell" data-label=t("Article") class="main-cell">
                <a class="row-link" href=format!("{PATH}/{}/edit", article.id)>{article.title}</a>
            </td>
            <td role="cell" data-label=tc("column", "For")>{whose}</td>
            <td role="cell" data-label=tc("column", "Shown")>{yes_or_no(article.published)}</td>
            <td role="cell" data-label=tc("column", "Helped") class="numeric">{article.solved}</td>
            <td role="cell" data-label=tc("column", "Did not help") class="numeric">{article.unsolved}</td>
        </tr>
    }
    .into_any()
}

fn yes_or_no(yes: bool) -> &'static str {
    if yes { t("yes") } else { t("no") }
}

/// Where the actor may put articles.
async fn choices(portal: &Portal, actor: &Actor) -> Result<Vec<Choice>, AppError> {
    places::choices(portal, actor, service::may_place(actor, None)).await
}

/// `/articles/new`.
#[component]
pub fn NewArticlePage() -> impl IntoView {
    let form = FormState::current();
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let _permit = authorize(&actor, Action::ListArticles, Subject::NONE)?;
        let places = choices(&portal, &actor).await?;
        Ok(view! {
            <Frame title=t("New article")>
                <a class="back" href=PATH>{Icon::Back.draw()} {t("Help articles")}</a>
                <div class="page-head">
                    <h1>{t("New article")}</h1>
                </div>
                <Fields article=None places=places form=form />
            </Frame>
        }
        .into_any())
    })
}

/// `/articles/{id}/edit`.
#[component]
pub fn EditArticlePage() -> impl IntoView {
    let form = FormState::current();
    let id = use_params_map()
        .get_untracked()
        .get("id")
        .and_then(|id| id.parse::<ArticleId>().ok());
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let article = service::open(&portal, &actor, id.ok_or(AppError::NotFound)?).await?;
        let places = choices(&portal, &actor).await?;
        let delete = format!("{PATH}/{}/delete", article.id);
        Ok(view! {
            <Frame title=t("Edit article")>
                <a class="back" href=PATH>{Icon::Back.draw()} {t("Help articles")}</a>
                <div class="page-head">
                    <h1>{t("Edit article")}</h1>
                    <a class="btn btn-quiet" href=delete>{t("Delete article")}</a>
                </div>
                <Fields article=Some(article) places=places form=form />
            </Frame>
        }
        .into_any())
    })
}

/// `/articles/{id}/delete`.
#[component]
pub fn DeleteArticlePage() -> impl IntoView {
    let id = use_params_map()
        .get_untracked()
        .get("id")
        .and_then(|id| id.parse::<ArticleId>().ok());
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let id = id.ok_or(AppError::NotFound)?;
        let article = service::open(&portal, &actor, id).await?;
        let answers = service::count_answers(&portal, &actor, id).await?;
        let base = format!("{PATH}/{id}");
        let title = article.content.title;
        let lost = (answers > 0).then(|| {
            let words = tn!(
                answers,
                "What {n} person said about it is deleted as well, and no longer counts in the overview.",
                "What {n} people said about it is deleted as well, and no longer counts in the overview."
            );
            view! { <p>{words}</p> }
        });
        Ok(view! {
            <Frame title=t("Delete article")>
                <a class="back" href=PATH>{Icon::Back.draw()} {t("Help articles")}</a>
                <div class="page-head">
                    <h1>{t("Delete article")}</h1>
                </div>
                <Confirm
                    action=format!("{base}/delete")
                    label=t("Delete article")
                    version=article.version
                    back=format!("{base}/edit")
                >
                    <p>{tf!("“{title}” is deleted for everybody and cannot be brought back.", title = title)}</p>
                    {lost}
                    <p class="muted">
                        {t("To keep it without showing it to readers, edit it and take its tick away instead.")}
                    </p>
                </Confirm>
            </Frame>
        }
        .into_any())
    })
}

/// Where what is stored now differs from what was typed over an older version.
fn differences(stored: &Article, choices: &[Choice], form: &FormState) -> Vec<Difference> {
    let content = &stored.content;
    let typed = |name: &str| form.value(name).unwrap_or_default();
    let here = places::words(choices, &places::value(content.directory));
    let there = places::words(choices, typed("directory"));
    let (shown, wanted) = (yes_or_no(content.published), yes_or_no(form.is_checked("published")));
    [
        Difference::between(t("Title"), content.title.as_str(), typed("title")),
        Difference::between(t("Text"), content.body.as_str(), typed("body")),
        Difference::between(tc("column", "For"), here, there),
        Difference::between(t("Shown to readers"), shown, wanted),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[component]
fn Fields(article: Option<Article>, places: Vec<Choice>, form: FormState) -> impl IntoView {
    let action = match &article {
        Some(article) => format!("{PATH}/{}/edit", article.id),
        None => format!("{PATH}/new"),
    };
    let overtaken = article.as_ref().filter(|_| form.overtaken).map(|stored| {
        let differences = differences(stored, &places, &form);
        view! { <Overtaken differences=differences /> }
    });
    let version = article.as_ref().map(|article| {
        let version = version_typed_over(&form, article.version);
        view! { <input type="hidden" name="version" value=version /> }
    });
    let content = article.map(|article| article.content);
    let published = if form.is_posted() {
        form.is_checked("published")
    } else {
        content.as_ref().is_some_and(|content| content.published)
    };
    let place = match &content {
        Some(content) => places::value(content.directory),
        None => places.first().map(|choice| choice.value.clone()).unwrap_or_default(),
    };
    let (title, body) = content.map(|content| (content.title, content.body)).unwrap_or_default();
    view! {
        <ErrorSummary form=form.clone() />
        {overtaken}
        <form class="form sheet" method="post" action=action novalidate>
            {version}
            <TextField
                name="title"
                label=t("Title")
                hint=t("The problem in the words of those who have it; they count double when an article is looked for.")
                value=title
                autocomplete="off"
                form=form.clone()
            />
            <TextArea
                name="body"
                label=t("Text")
                hint=t("Markdown: # heading, *emphasis*, - list, [words](https://example.org).")
                rows=16
                required=true
                value=body
                form=form.clone()
            />
            <SelectField name="directory" label=t("For the people of") value=place choices=places form=form />
            <Tick
                name="published"
                label=t("Show it to readers")
                hint=t("Without the tick only administrators see it.")
                checked=published
            />
            <div class="form-end">
                <button class="btn btn-primary" type="submit">{t("Save article")}</button>
                <a class="btn btn-ghost" href=PATH>{tc("button", "Back")}</a>
            </div>
        </form>
    }
    .into_any()
}
