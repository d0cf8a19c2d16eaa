//! Lists: the table, choosing what it shows, moving through its pages.

use super::icon::Icon;
use crate::{tn, words::t};
use leptos::prelude::*;

/// The head of one column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Column {
    Plain(&'static str),
    /// Chooses the order of the list.
    Sorted {
        label: &'static str,
        href: String,
        /// For `aria-sort`, when the list is in this order.
        direction: Option<&'static str>,
    },
}

/// The heads of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Columns(Vec<Column>);

impl From<Vec<Column>> for Columns {
    fn from(columns: Vec<Column>) -> Self {
        Self(columns)
    }
}

impl From<Vec<&'static str>> for Columns {
    fn from(names: Vec<&'static str>) -> Self {
        Self(names.into_iter().map(Column::Plain).collect())
    }
}

/// A table. On a phone each line becomes a card, with `data-label` beside each value; the roles keep it a table for
/// screen readers.
#[component]
pub fn TableFrame(label: &'static str, #[prop(into)] columns: Columns, children: Children) -> impl IntoView {
    let heads = columns.0.into_iter().map(|column| match column {
        Column::Plain(name) => view! { <th role="columnheader" scope="col">{name}</th> }.into_any(),
        Column::Sorted { label, href, direction } => view! {
            <th role="columnheader" scope="col" aria-sort=direction>
                <a class="sort" href=href>{label}</a>
            </th>
        }
        .into_any(),
    });
    view! {
        <div class="table-frame">
            <table class="rows rows-cards" role="table" aria-label=label>
                <thead role="rowgroup">
                    <tr role="row">{heads.collect_view()}</tr>
                </thead>
                <tbody role="rowgroup">{children()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// One choice of what a list shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tab {
    pub label: &'static str,
    pub href: String,
    pub current: bool,
}

/// What a list shows, as links.
#[component]
pub fn Tabs(label: &'static str, tabs: Vec<Tab>) -> impl IntoView {
    let links = tabs
        .into_iter()
        .map(|tab| view! { <a href=tab.href aria-current=tab.current.then_some("page")>{tab.label}</a> })
        .collect_view();
    view! { <nav class="tabs" aria-label=label>{links}</nav> }
}

/// Links to the first and the next page; nothing where there is only one.
#[component]
pub fn Pager(
    shown: usize,
    /// Address of the first page, when this is not it.
    first: Option<String>,
    next: Option<String>,
) -> impl IntoView {
    if first.is_none() && next.is_none() {
        return None;
    }
    let lines = tn!(shown, "{n} line on this page", "{n} lines on this page");
    Some(view! {
        <nav class="pager" aria-label=t("Pages")>
            <span>{lines}</span>
            <span class="buttons">
                {first.map(|href| view! { <a class="btn btn-quiet btn-sm" href=href>{t("Newest")}</a> })}
                {next.map(|href| {
                    view! { <a class="btn btn-quiet btn-sm" href=href>{t("Older")} {Icon::Next.draw()}</a> }
                })}
            </span>
        </nav>
    })
}

/// An address with a query; parameters without a value are left out.
pub fn address(path: &str, parameters: &[(&str, &str)]) -> String {
    let query: Vec<String> = parameters
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", leptos_router::location::Url::escape(value)))
        .collect();
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", query.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_address_leaves_out_what_has_no_value_and_escapes_the_rest() {
        assert_eq!(address("/requests", &[("show", ""), ("before", "")]), "/requests");
        assert_eq!(
            address("/requests", &[("show", "mine"), ("before", "7")]),
            "/requests?show=mine&before=7"
        );
        assert_eq!(address("/x", &[("q", "a&b=c")]), "/x?q=a%26b%3Dc");
    }
}
