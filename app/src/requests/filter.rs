//! What a list of requests shows, as its address says it.
//!
//! Invariant: pure; whatever an address says gives a filter, and a filter's address gives the same filter again.

use super::{
    model::{Priority, Status},
    tags,
};
use crate::{
    components::list::address,
    device_groups::model::GroupId,
    words::{t, tc},
};
use deskside_protocol::ids::DirectoryId;

/// Furthest page of a list; who looks further should search.
pub const MOST_PAGES: usize = 200;
/// Longest text to search for, characters.
const SEARCH_CHARS: usize = 100;

/// Which requests a list shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Show {
    /// Neither closed nor cancelled.
    #[default]
    Open,
    /// Open and assigned to the reader.
    Mine,
    /// Open and for a team of the reader.
    Teams,
    /// Open and without an assistant.
    Unassigned,
    /// Closed and cancelled.
    History,
}

impl Show {
    /// Every choice, in the order of the list's tabs.
    pub const ALL: [Self; 5] = [Self::Open, Self::Mine, Self::Teams, Self::Unassigned, Self::History];

    /// The value of the query parameter `show`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Mine => "mine",
            Self::Teams => "teams",
            Self::Unassigned => "unassigned",
            Self::History => "history",
        }
    }

    /// The words that people see.
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => tc("status", "Open"),
            Self::Mine => t("Mine"),
            Self::Teams => t("My teams"),
            Self::Unassigned => t("Unassigned"),
            Self::History => t("History"),
        }
    }

    /// Reads the query parameter; anything unknown is the default.
    pub fn from_code(code: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|show| show.code() == code)
            .unwrap_or_default()
    }
}

/// The order of a list.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Sort {
    #[default]
    Newest,
    Oldest,
    /// Last changed first.
    Changed,
    /// Most urgent first, then the oldest.
    Priority,
    /// Available now first, then by the next availability.
    Available,
    /// By the agreed time; those without one last.
    Scheduled,
    /// In the order of a request's life.
    Status,
    Subject,
    Owner,
    Assistant,
    /// What fits the searched text best, then the newest. Where a searched word is in very many requests, and without
    /// a text, the newest first.
    Best,
}

impl Sort {
    pub const ALL: [Self; 11] = [
        Self::Newest,
        Self::Oldest,
        Self::Changed,
        Self::Priority,
        Self::Available,
        Self::Scheduled,
        Self::Status,
        Self::Subject,
        Self::Owner,
        Self::Assistant,
        Self::Best,
    ];

    /// The order of a list that was asked for none.
    pub fn default_for(text: &str) -> Self {
        if text.is_empty() { Self::Newest } else { Self::Best }
    }

    /// The value of the query parameter `sort`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::Changed => "changed",
            Self::Priority => "priority",
            Self::Available => "available",
            Self::Scheduled => "scheduled",
            Self::Status => "status",
            Self::Subject => "subject",
            Self::Owner => "owner",
            Self::Assistant => "assistant",
            Self::Best => "best",
        }
    }

    /// Reads the query parameter.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.code() == code)
    }
}

/// Everything that a list's address says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    pub show: Show,
    pub status: Option<Status>,
    /// Only requests whose owner is available now.
    pub available_now: bool,
    pub directory: Option<DirectoryId>,
    /// Only requests for devices of this group.
    pub group: Option<GroupId>,
    pub priority: Option<Priority>,
    pub tag: Option<String>,
    pub text: String,
    pub sort: Sort,
    /// Counts from 0.
    pub page: usize,
}

impl From<Show> for Filter {
    fn from(show: Show) -> Self {
        Self {
            show,
            ..Self::default()
        }
    }
}

impl Filter {
    /// Reads an address; `parameter` gives the value of a query parameter.
    pub fn read(parameter: impl Fn(&str) -> Option<String>) -> Self {
        let text: String = parameter("q")
            .unwrap_or_default()
            .trim()
            .chars()
            .filter(|c| !c.is_control())
            .take(SEARCH_CHARS)
            .collect();
        let page = parameter("page")
            .and_then(|page| page.parse::<usize>().ok())
            .unwrap_or(0);
        Self {
            show: parameter("show").map(|code| Show::from_code(&code)).unwrap_or_default(),
            status: parameter("status").and_then(|code| code.parse().ok()),
            available_now: parameter("available").as_deref() == Some("now"),
            directory: parameter("directory").and_then(|id| id.parse().ok()),
            group: parameter("group").and_then(|id| id.parse().ok()),
            priority: parameter("priority").and_then(|code| Priority::from_code(&code)),
            tag: parameter("tag").and_then(|tag| tags::one(&tag)),
            sort: parameter("sort")
                .and_then(|code| Sort::from_code(&code))
                .unwrap_or_else(|| Sort::default_for(&text)),
            text,
            page: page.min(MOST_PAGES),
        }
    }

    /// The parameters of its address, those that say nothing with an empty value.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let unless = |default: bool, code: &str| if default { String::new() } else { code.to_owned() };
        vec![
            ("show", unless(self.show == Show::default(), self.show.code())),
            (
                "status",
                self.status.map(|status| status.code().to_owned()).unwrap_or_default(),
            ),
            ("available", unless(!self.available_now, "now")),
            ("directory", self.directory.map(|id| id.to_string()).unwrap_or_default()),
            ("group", self.group.map(|id| id.to_string()).unwrap_or_default()),
            (
                "priority",
                self.priority
                    .map(|priority| priority.code().to_owned())
                    .unwrap_or_default(),
            ),
            ("tag", self.tag.clone().unwrap_or_default()),
            ("q", self.text.clone()),
            (
                "sort",
                unless(self.sort == Sort::default_for(&self.text), self.sort.code()),
            ),
            ("page", unless(self.page == 0, &self.page.to_string())),
        ]
    }

    /// Its address below `path`.
    pub fn address(&self, path: &str) -> String {
        let parameters = self.parameters();
        let parameters: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        address(path, &parameters)
    }

    /// The same list from its beginning, changed a little.
    pub fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = Self {
            page: 0,
            ..self.clone()
        };
        change(&mut changed);
        if changed.text.is_empty() && changed.sort == Sort::Best {
            changed.sort = Sort::default();
        }
        changed
    }

    /// True when it leaves out requests that its tab would show.
    pub fn narrows(&self) -> bool {
        self.status.is_some()
            || self.available_now
            || self.directory.is_some()
            || self.group.is_some()
            || self.priority.is_some()
            || self.tag.is_some()
            || !self.text.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(query: &[(&str, &str)]) -> Filter {
        Filter::read(|name| {
            query
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn an_empty_address_is_the_open_requests_newest_first() {
        assert_eq!(read(&[]), Filter::default());
        assert_eq!(Filter::default().address("/requests"), "/requests");
        assert!(!Filter::default().narrows());
    }

    #[test]
    fn what_nobody_knows_is_left_out() {
        let filter = read(&[
            ("show", "x"),
            ("status", "x"),
            ("sort", "x"),
            ("page", "-1"),
            ("directory", "x"),
            ("group", "x"),
        ]);
        assert_eq!(filter, Filter::default());
    }

    #[test]
    fn a_change_begins_on_the_first_page() {
        let third = Filter {
            page: 3,
            ..Filter::default()
        };
        assert_eq!(
            third.with(|filter| filter.available_now = true).address("/requests"),
            "/requests?available=now"
        );
    }

    #[test]
    fn no_page_is_further_than_the_last() {
        assert_eq!(read(&[("page", "99999999")]).page, MOST_PAGES);
    }

    #[test]
    fn a_search_is_ordered_by_what_fits_best_until_another_order_is_chosen() {
        assert_eq!(read(&[("q", "print")]).sort, Sort::Best);
        assert_eq!(read(&[("q", "print"), ("sort", "newest")]).sort, Sort::Newest);
        let without = read(&[("q", "print")]).with(|filter| filter.text.clear());
        assert_eq!(without.address("/requests"), "/requests");
    }

    proptest! {
        #[test]
        fn an_address_reads_back(
            show in prop::sample::select(Show::ALL.to_vec()),
            sort in prop::sample::select(Sort::ALL.to_vec()),
            status in prop::option::of(prop::sample::select(Status::ALL.to_vec())),
            priority in prop::option::of(prop::sample::select(Priority::ALL.to_vec())),
            available_now: bool,
            text in "[a-zA-Zäß &=%+]{0,40}",
            tag in prop::option::of("[a-z]{1,10}"),
            page in 0..=MOST_PAGES,
            group in prop::option::of(any::<u128>()),
        ) {
            let text = text.trim().to_owned();
            let group = group.map(|id| GroupId(uuid::Uuid::from_u128(id)));
            let filter = Filter { show, status, available_now, directory: None, group, priority, tag, text, sort, page };
            let parameters = filter.parameters();
            let again = Filter::read(|name| {
                parameters.iter().find(|(key, value)| *key == name && !value.is_empty()).map(|(_, value)| value.clone())
            });
            prop_assert_eq!(again, filter);
        }
    }
}
