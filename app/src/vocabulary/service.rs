//! What can be done with the vocabulary.

use super::{
    parts::{every_end, parts},
    store::{self, END},
};
use crate::{
    error::AppError,
    requests::search::{read, stored},
    server::{
        db::{DbError, Tx},
        portal::Portal,
    },
};
use deskside_protocol::UnixMillis;
use std::collections::HashSet;

/// Words whose parts are added in one transaction at start-up.
pub const ROUND: i64 = 500;
/// A word is forgotten when it led nowhere for so long. No transaction lasts that long, so whoever stored the word and
/// found it unmarked is seen before it is forgotten.
pub const UNUSED_FOR: UnixMillis = 12 * 60 * 60 * 1000;

/// Adds the words that are new, with their parts; for those who store words that lead to something. Once in a
/// transaction: two who add words that both need wait for each other one way only while each adds them in one go.
pub async fn learn(tx: &mut Tx, words: &[String]) -> Result<(), DbError> {
    let written: Vec<String> = words.iter().map(|word| stored(word)).collect();
    // Before asking what is known, because it waits for whoever is forgetting one of them.
    store::keep(tx, &written).await?;
    let known: HashSet<String> = store::list_known(tx.on(), &written).await?.into_iter().collect();
    let new = words
        .iter()
        .zip(&written)
        .filter(|(_, written)| !known.contains(*written));
    let parts = new.flat_map(|(word, written)| with_parts(word, written)).collect();
    store::add(tx, parts).await
}

/// Adds the parts of some of the words from before there were any; says of how many. It goes on where it stopped, and
/// once it is done it does nothing.
pub async fn learn_some(portal: &Portal) -> Result<usize, AppError> {
    let mut tx = portal.db.begin().await?;
    let done_until = store::lock_progress(&mut tx).await?;
    let words = store::list_after(tx.on(), &done_until, ROUND).await?;
    let parts = words
        .iter()
        .filter_map(|written| Some((read(written)?, written)))
        .flat_map(|(word, written)| with_parts(&word, written))
        .collect();
    store::add(&mut tx, parts).await?;
    // Later words are learned whole when they are stored.
    let done_until = words.last().map_or(END, String::as_str);
    store::set_progress(&mut tx, done_until).await?;
    tx.commit().await?;
    Ok(words.len())
}

/// Forgets the words that led nowhere for a while, and notes which lead nowhere now; says how many it forgot.
pub async fn forget(portal: &Portal) -> Result<usize, AppError> {
    if !store::is_done(portal.db.on()).await? {
        return Ok(0);
    }
    let now = portal.clock.now();
    let mut forgotten = 0;
    loop {
        let marked = store::list_marked(portal.db.on(), now - UNUSED_FOR, ROUND).await?;
        if marked.is_empty() {
            break;
        }
        for word in marked {
            if portal.stopping.is_cancelled() {
                return Ok(forgotten);
            }
            let mut tx = portal.db.begin().await?;
            // Nobody stores the word from here on without finding it gone.
            if store::unmark(&mut tx, &word).await? && store::is_unused(tx.on(), &word).await? {
                let whole = read(&word).unwrap_or_default();
                let ends: Vec<String> = every_end(&whole).map(stored).collect();
                store::remove(&mut tx, &word, &ends).await?;
                forgotten += 1;
            }
            tx.commit().await?;
        }
    }
    let mut after = String::new();
    while !portal.stopping.is_cancelled() {
        let words = store::list_after(portal.db.on(), &after, ROUND).await?;
        let Some(last) = words.into_iter().next_back() else {
            break;
        };
        let unused = store::list_unused(portal.db.on(), &after, &last).await?;
        if !unused.is_empty() {
            let mut tx = portal.db.begin().await?;
            store::mark(&mut tx, &unused, now).await?;
            tx.commit().await?;
        }
        after = last;
    }
    Ok(forgotten)
}

fn with_parts(word: &str, written: &str) -> Vec<(String, String)> {
    parts(word)
        .into_iter()
        .map(|part| (stored(part), written.to_owned()))
        .collect()
}
