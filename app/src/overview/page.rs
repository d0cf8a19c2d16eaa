//! `/overview`: the helpdesk in figures.

use super::{
    chart::{Chart, Series},
    figures::Day,
    service::{self, Overview},
};
use crate::{
    articles::model::Answered,
    components::{
        frame::{Frame, Width},
        list::address,
        page::page,
        search::DirectoryChoice,
    },
    directories,
    roles::model::Right,
    server, tf,
    words::{t, tc},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// `/overview`.
#[component]
pub fn OverviewPage() -> impl IntoView {
    let directory = use_query_map()
        .get_untracked()
        .get("directory")
        .and_then(|id| id.parse().ok());
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let overview = service::overview(&portal, &actor, directory).await?;
        let directories = directories::service::list_with(&portal, &actor, Right::RequestsView).await?;
        let chosen = directory.map(|id| id.to_string()).unwrap_or_default();
        let csv = address("/overview.csv", &[("directory", &chosen)]);
        let self_help_csv = address("/overview/self-help.csv", &[("directory", &chosen)]);
        let chooser = (directories.len() > 1).then(|| {
            view! {
                <form class="directory-choice" method="get" action="/overview">
                    <DirectoryChoice directories=directories chosen=chosen />
                    <button class="btn btn-quiet" type="submit">{tc("button", "Show")}</button>
                </form>
            }
        });
        Ok(view! {
            <Frame title=t("Overview") width=Width::Wide>
                <div class="page-head">
                    <h1>{t("Overview")}</h1>
                    <div class="page-tools">
                        {chooser} <a class="btn btn-quiet" href=csv download>
                            "CSV"
                        </a>
                        <a class="btn btn-quiet" href=self_help_csv download>
                            {t("Self-help as CSV")}
                        </a>
                    </div>
                </div>
                <Totals overview=overview.clone() />
                <Charts overview=overview />
            </Frame>
        }
        .into_any())
    })
}

#[component]
fn Totals(overview: Overview) -> impl IntoView {
    let open: i64 = overview.by_status.iter().map(|(_, found)| found).sum();
    let today = overview.days.last().cloned();
    let (filed, closed) = today.map_or((0, 0), |day: Day| (day.filed, day.closed));
    let content = overview.ratings.map_or_else(
        || t("no answers").to_owned(),
        |(count, mean)| {
            let mean = format!("{}.{:02}", mean / 100, mean % 100);
            tf!("{mean} of 5 ({count})", mean = mean, count = count)
        },
    );
    let helped = overview.solved_by_articles().map_or_else(
        || t("no answers").to_owned(),
        |(solved, all)| tf!("{solved} of {all}", solved = solved, all = all),
    );
    let tiles = [
        (tc("status", "Open"), open.to_string()),
        (t("Filed today"), filed.to_string()),
        (t("Closed today"), closed.to_string()),
        (t("How content, 14 days"), content),
        (t("Solved by help articles"), helped),
    ]
    .map(|(name, value)| view! { <div class="tile"><dt>{name}</dt> <dd>{value}</dd></div> });
    view! { <dl class="tiles">{tiles.collect_view()}</dl> }
}

#[component]
fn Charts(overview: Overview) -> impl IntoView {
    let (status_labels, status_values) = overview
        .by_status
        .iter()
        .map(|(status, found)| (status.label().to_owned(), Some(*found)))
        .unzip();
    let (age_labels, age_values) = overview
        .by_age
        .iter()
        .map(|(words, found)| ((*words).to_owned(), Some(*found)))
        .unzip();
    let (load_labels, load_values): (Vec<String>, Vec<Option<i64>>) = overview
        .load
        .iter()
        .map(|(person, found)| (person.name.clone(), Some(*found)))
        .unzip();
    let dates: Vec<String> = overview
        .days
        .iter()
        .map(|day| crate::words::dates::short(day.date))
        .collect();
    let of_days = |pick: fn(&Day) -> Option<i64>| overview.days.iter().map(pick).collect::<Vec<_>>();
    let filed = Series {
        name: tc("chart", "Filed"),
        values: of_days(|day| Some(day.filed)),
    };
    let closed = Series {
        name: tc("chart", "Closed"),
        values: of_days(|day| Some(day.closed)),
    };
    let waited = Series {
        name: t("Until somebody took it"),
        values: of_days(|day| day.waited.map(minutes)),
    };
    let handled = Series {
        name: t("From then until it was closed"),
        values: of_days(|day| day.handled.map(minutes)),
    };
    let open = |values| {
        vec![Series {
            name: t("Open requests"),
            values,
        }]
    };
    let load = (!load_labels.is_empty()).then(|| {
        view! { <Chart title=t("Open requests by assistant") id="load" labels=load_labels series=open(load_values) /> }
    });
    let self_help = self_help(&overview.self_help_in_short());
    view! {
        <div class="charts">
            <Chart title=t("Filed and closed by day") id="days" labels=dates.clone() series=vec![filed, closed] />
            <Chart
                title=t("Usual times by day (medians)")
                id="times"
                labels=dates
                series=vec![waited, handled]
                words=minute_words
            />
            <Chart title=t("Open requests by status") id="status" labels=status_labels series=open(status_values) />
            <Chart title=t("Open requests by age") id="age" labels=age_labels series=open(age_values) />
            {load} {self_help}
        </div>
    }
    .into_any()
}

/// How often help articles solved a problem, and how often they did not.
fn self_help(answered: &[Answered]) -> AnyView {
    if answered.is_empty() {
        return view! {
            <section class="sheet" aria-labelledby="self-help-heading">
                <h2 id="self-help-heading">{t("Self-help")}</h2>
                <p class="muted">{t("Nobody has said yet whether a help article solved their problem.")}</p>
            </section>
        }
        .into_any();
    }
    let counted = |name, pick: fn(&Answered) -> i64| Series {
        name,
        values: answered.iter().map(|article| Some(pick(article))).collect(),
    };
    let series = vec![
        counted(t("Solved by the article"), |article| article.solved),
        counted(t("Not solved"), |article| article.unsolved),
    ];
    let titles: Vec<String> = answered.iter().map(|article| article.title.clone()).collect();
    view! { <Chart title=t("Self-help") id="self-help" labels=titles series=series label_chars=12 /> }.into_any()
}

fn minutes(millis: i64) -> i64 {
    millis / 60_000
}

fn minute_words(minutes: i64) -> String {
    match minutes {
        ..120 => tf!("{n} min", n = minutes),
        120..2880 => tf!("{n} h", n = minutes / 60),
        _ => tf!("{n} d", n = minutes / 1440),
    }
}
