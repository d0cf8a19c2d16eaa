//! Reading the overview.

use super::{
    figures::{self, Day},
    store,
};
use crate::{
    articles::{self, model::Answered},
    error::AppError,
    requests::{
        model::{Person, Status},
        service::zone_of,
    },
    server::{
        access::{Action, Actor, Subject, authorize},
        portal::Portal,
    },
    words::t,
};
use deskside_protocol::{UnixMillis, ids::DirectoryId};

const HOUR: UnixMillis = 3_600_000;
const DAY: UnixMillis = 24 * HOUR;
/// Assistants shown at most.
const ASSISTANTS: i64 = 20;
/// Help articles shown each by itself, at most.
const ARTICLES: usize = 8;

/// How old open requests are, in words, with the least and the greatest age.
fn ages() -> [(&'static str, UnixMillis, UnixMillis); 5] {
    [
        (t("under 1 h"), 0, HOUR),
        (t("1 to 4 h"), HOUR, 4 * HOUR),
        (t("4 to 24 h"), 4 * HOUR, DAY),
        (t("1 to 3 days"), DAY, 3 * DAY),
        (t("over 3 days"), 3 * DAY, i64::MAX / 4),
    ]
}

/// Everything that the overview shows.
#[derive(Clone, PartialEq, Debug)]
pub struct Overview {
    /// Open ones, in the order of a request's life.
    pub by_status: Vec<(Status, i64)>,
    pub by_age: Vec<(&'static str, i64)>,
    pub load: Vec<(Person, i64)>,
    pub days: Vec<Day>,
    /// How many ratings, and their mean in hundredths of a star.
    pub ratings: Option<(i64, i64)>,
    /// What people said of help articles, those with most answers first.
    pub self_help: Vec<Answered>,
}

/// The overview of the requests that the actor may see, of one directory if one is chosen.
pub async fn overview(portal: &Portal, actor: &Actor, directory: Option<DirectoryId>) -> Result<Overview, AppError> {
    let permit = authorize(actor, Action::ListRequests, Subject::NONE)?;
    let reach = permit.reach().only(directory);
    let on = || portal.db.on();
    let now = portal.clock.now();
    let zone = zone_of(&actor.user);
    let counted = store::by_status(on(), &reach).await?;
    let by_status = Status::ALL
        .into_iter()
        .filter(|status| status.is_open())
        .map(|status| {
            let found = counted.iter().find(|(other, _)| *other == status);
            (status, found.map_or(0, |(_, found)| *found))
        })
        .collect();
    let mut by_age = Vec::new();
    for (words, least, most) in ages() {
        // A request filed this very moment is in the first.
        let until = if least == 0 { i64::MAX / 4 } else { now - least };
        by_age.push((words, store::open_between(on(), &reach, now - most, until).await?));
    }
    let lives = store::lives(on(), &reach, figures::since(now, &zone)).await?;
    Ok(Overview {
        by_status,
        by_age,
        load: store::load(on(), &reach, ASSISTANTS).await?,
        days: figures::days(&lives, now, &zone),
        ratings: figures::ratings(&lives),
        self_help: articles::service::list_answered(on(), actor, &reach).await?,
    })
}

impl Overview {
    /// What people said of help articles, as a plot has room for it: the rest is one line.
    pub fn self_help_in_short(&self) -> Vec<Answered> {
        let (shown, rest) = self.self_help.split_at(self.self_help.len().min(ARTICLES));
        let rest = Answered::together(t("All other articles"), rest.iter().cloned());
        shown.iter().cloned().chain(rest).collect()
    }

    /// How many answers said that an article solved the problem, and how many answers there are; nothing without any.
    pub fn solved_by_articles(&self) -> Option<(i64, i64)> {
        let all = Answered::together("", self.self_help.iter().cloned())?;
        Some((all.solved, all.solved + all.unsolved))
    }
}
