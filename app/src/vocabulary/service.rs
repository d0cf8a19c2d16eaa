//! What can be done with the vocabulary.

use super::{
    parts::parts,
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
use std::collections::HashSet;

/// Words whose parts are added in one transaction at start-up.
pub const ROUND: i64 = 500;

/// Adds the words that are new, with their parts; for those who store words that lead to something.
pub async fn learn(tx: &mut Tx, words: &[String]) -> Result<(), DbError> {
    let written: Vec<String> = words.iter().map(|word| stored(word)).collect();
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

fn with_parts(word: &str, written: &str) -> Vec<(String, String)> {
    parts(word)
        .into_iter()
        .map(|part| (stored(part), written.to_owned()))
        .collect()
}
