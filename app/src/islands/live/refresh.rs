//! When to connect and when to fetch, as a pure state machine: input and now → commands, and when to wake it next.
//!
//! Invariant: after any change, and after any gap in the connection, exactly one fetch starts later than it.

use crate::words::t;

/// Milliseconds on a clock that only goes forward.
pub type Millis = u64;

/// Changes within this time cause one fetch.
pub const GATHER: Millis = 50;
/// A connection lost for less is not worth a word.
pub const SAY_LOST_AFTER: Millis = 3_000;
/// Waits between attempts to connect; the last one repeats.
pub const BACKOFF: [Millis; 6] = [500, 1_000, 2_000, 5_000, 10_000, 20_000];
/// How long a page in the background keeps its connection: browsers allow six for all pages together.
pub const SLEEP_AFTER: Millis = 20_000;

/// What became of a fetch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fetched {
    Done,
    Failed,
    SignedOut,
    Gone,
}

/// Why the page may be out of date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Notice {
    Lost,
    SignedOut,
    Gone,
}

impl Notice {
    pub fn words(self) -> &'static str {
        match self {
            Self::Lost => t("Connection lost. What you see may be out of date; reconnecting…"),
            Self::SignedOut => t("You are signed out. Sign in again to see changes."),
            Self::Gone => t("This page is no longer available to you."),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Input {
    Started,
    Opened,
    /// The connection failed or closed.
    Closed,
    Changed,
    Fetched(Fetched),
    /// The page went to the background.
    Hidden,
    /// The page is seen again.
    Shown,
    Tick,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Command {
    Connect,
    Disconnect,
    Fetch,
    Say(Option<Notice>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Link {
    Connecting,
    Open,
    Retry {
        at: Millis,
    },
    /// In the background for long.
    Asleep,
    /// Nothing will change any more for this reader.
    Over,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fetch {
    Idle,
    Due { at: Millis },
    Busy { again: bool },
}

/// The state machine.
#[derive(Debug)]
pub struct Refresh {
    link: Link,
    fetch: Fetch,
    failures: usize,
    lost_since: Option<Millis>,
    hidden_since: Option<Millis>,
    said: Option<Notice>,
    /// 0..1, different for each page, so that pages do not come back all at once.
    spread: f64,
}

impl Refresh {
    pub fn new(spread: f64) -> Self {
        Self {
            link: Link::Asleep,
            fetch: Fetch::Idle,
            failures: 0,
            lost_since: None,
            hidden_since: None,
            said: None,
            spread: spread.clamp(0.0, 1.0),
        }
    }

    /// Takes one input and says what to do, in order.
    pub fn handle(&mut self, input: Input, now: Millis) -> Vec<Command> {
        let mut commands = Vec::new();
        match (input, self.link) {
            (_, Link::Over) => return commands,
            (Input::Started, _) => self.connect(&mut commands),
            (Input::Opened, Link::Connecting) => {
                self.link = Link::Open;
                self.failures = 0;
                self.lost_since = None;
                self.want_fetch(now);
            }
            (Input::Closed, Link::Connecting | Link::Open) => {
                let wait = BACKOFF[self.failures.min(BACKOFF.len() - 1)];
                self.link = Link::Retry {
                    at: now + wait + (wait as f64 * self.spread) as Millis,
                };
                self.failures += 1;
                self.lost_since.get_or_insert(now);
                commands.push(Command::Disconnect);
            }
            (Input::Changed, _) => self.want_fetch(now),
            (Input::Fetched(fetched), _) => self.fetched(fetched, now, &mut commands),
            (Input::Hidden, _) => {
                self.hidden_since.get_or_insert(now);
            }
            (Input::Shown, link) => {
                self.hidden_since = None;
                if link == Link::Asleep {
                    self.connect(&mut commands);
                }
            }
            (Input::Tick, _) => self.tick(now, &mut commands),
            (Input::Opened | Input::Closed, _) => {}
        }
        self.say(now, &mut commands);
        commands
    }

    /// When [`Input::Tick`] is due; `None`: never.
    pub fn next_timeout(&self) -> Option<Millis> {
        let link = match self.link {
            Link::Over => return None,
            Link::Retry { at } => Some(at),
            Link::Connecting | Link::Open | Link::Asleep => None,
        };
        let fetch = match self.fetch {
            Fetch::Due { at } => Some(at),
            Fetch::Idle | Fetch::Busy { .. } => None,
        };
        let say = self
            .lost_since
            .filter(|_| self.said.is_none())
            .map(|since| since + SAY_LOST_AFTER);
        let sleep = self
            .hidden_since
            .filter(|_| self.link != Link::Asleep)
            .map(|since| since + SLEEP_AFTER);
        [link, fetch, say, sleep].into_iter().flatten().min()
    }

    fn connect(&mut self, commands: &mut Vec<Command>) {
        self.link = Link::Connecting;
        commands.push(Command::Connect);
    }

    fn want_fetch(&mut self, now: Millis) {
        self.fetch = match self.fetch {
            Fetch::Idle => Fetch::Due { at: now + GATHER },
            Fetch::Due { at } => Fetch::Due { at },
            Fetch::Busy { .. } => Fetch::Busy { again: true },
        };
    }

    fn fetched(&mut self, fetched: Fetched, now: Millis, commands: &mut Vec<Command>) {
        let again = matches!(self.fetch, Fetch::Busy { again: true });
        self.fetch = Fetch::Idle;
        match fetched {
            Fetched::SignedOut | Fetched::Gone => {
                self.link = Link::Over;
                commands.push(Command::Disconnect);
                let notice = if fetched == Fetched::Gone {
                    Notice::Gone
                } else {
                    Notice::SignedOut
                };
                commands.push(Command::Say(Some(notice)));
                self.said = Some(notice);
            }
            Fetched::Failed => self.fetch = Fetch::Due { at: now + BACKOFF[2] },
            Fetched::Done if again => self.fetch = Fetch::Due { at: now + GATHER },
            Fetched::Done => {}
        }
    }

    fn tick(&mut self, now: Millis, commands: &mut Vec<Command>) {
        if self.link != Link::Asleep && self.hidden_since.is_some_and(|since| now >= since + SLEEP_AFTER) {
            self.link = Link::Asleep;
            self.lost_since = None;
            self.fetch = match self.fetch {
                Fetch::Due { .. } => Fetch::Idle,
                other => other,
            };
            commands.push(Command::Disconnect);
        }
        if matches!(self.link, Link::Retry { at } if now >= at) {
            self.connect(commands);
            // Where nothing but plain requests gets through, the page is at least polled.
            self.want_fetch(now);
        }
        if matches!(self.fetch, Fetch::Due { at } if now >= at) {
            self.fetch = Fetch::Busy { again: false };
            commands.push(Command::Fetch);
        }
    }

    fn say(&mut self, now: Millis, commands: &mut Vec<Command>) {
        if self.link == Link::Over {
            return;
        }
        let notice = self
            .lost_since
            .filter(|since| now >= since + SAY_LOST_AFTER)
            .map(|_| Notice::Lost);
        if notice != self.said {
            self.said = notice;
            commands.push(Command::Say(notice));
        }
    }
}

#[cfg(test)]
#[path = "refresh_tests.rs"]
mod tests;
