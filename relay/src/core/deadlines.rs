//! One deadline per connection, soonest first.
//!
//! Invariant: a connection has at most one deadline; setting another one replaces it.

use super::Conn;
use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

#[derive(Debug, Default)]
pub struct Deadlines {
    ordered: BTreeSet<(Duration, Conn)>,
    by_conn: HashMap<Conn, Duration>,
}

impl Deadlines {
    pub fn set(&mut self, conn: Conn, at: Duration) {
        self.remove(conn);
        self.ordered.insert((at, conn));
        self.by_conn.insert(conn, at);
    }

    pub fn remove(&mut self, conn: Conn) {
        if let Some(at) = self.by_conn.remove(&conn) {
            self.ordered.remove(&(at, conn));
        }
    }

    pub fn next(&self) -> Option<Duration> {
        self.ordered.first().map(|(at, _)| *at)
    }

    /// Takes out one connection whose deadline has come.
    pub fn take_due(&mut self, now: Duration) -> Option<Conn> {
        let &(at, conn) = self.ordered.first()?;
        (at <= now).then(|| {
            self.remove(conn);
            conn
        })
    }
}
