//! The search field above a list, with the choice of a directory. A GET form: what is searched stands in the address.

use super::icon::Icon;
use crate::{
    directories::model::Directory,
    words::{t, tc},
};
use leptos::prelude::*;

/// Searches the list at `path`.
#[component]
pub fn SearchForm(
    path: &'static str,
    #[prop(into)] text: String,
    label: &'static str,
    /// Shown as a choice when there are several.
    #[prop(optional)]
    directories: Vec<Directory>,
    /// The chosen one's id; empty for all.
    #[prop(optional)]
    directory: String,
    /// What else the address says, which stays.
    #[prop(optional)]
    keep: Vec<(&'static str, String)>,
) -> impl IntoView {
    let kept = keep
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect_view();
    let chooser =
        (directories.len() > 1).then(|| view! { <DirectoryChoice directories=directories chosen=directory /> });
    view! {
        <form class="search" method="get" action=path role="search">
            {kept}
            <div class="search-text">
                <label class="sr-only" for="q">{label}</label>
                {Icon::Search.draw()}
                <input class="input" type="search" id="q" name="q" value=text placeholder=label maxlength="100" />
            </div>
            {chooser}
            <button class="btn btn-quiet" type="submit">{tc("button", "Search")}</button>
        </form>
    }
    .into_any()
}

/// Which directory's things a list shows.
#[component]
pub fn DirectoryChoice(directories: Vec<Directory>, chosen: String) -> impl IntoView {
    let options = directories
        .into_iter()
        .map(|directory| {
            let id = directory.id.to_string();
            view! { <option value=id.clone() selected=id == chosen>{directory.name}</option> }
        })
        .collect_view();
    view! {
        <label class="sr-only" for="directory">{t("Directory")}</label>
        <select class="select" id="directory" name="directory">
            <option value="">{t("All directories")}</option>
            {options}
        </select>
    }
    .into_any()
}
