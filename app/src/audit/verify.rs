//! Walks the whole chain.

use super::{
    chain,
    store::{self, StoredEntry},
};
use crate::server::db::{DbError, On};

/// Entries read at a time.
const BATCH: i64 = 1000;

/// What the walk found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    Whole {
        entries: i64,
    },
    /// The first entry that does not fit.
    Broken {
        seq: i64,
        why: &'static str,
    },
}

/// Recomputes every hash; the head is read first, so entries appended meanwhile do not disturb.
pub async fn verify(mut on: On<'_>) -> Result<Verdict, DbError> {
    let head = store::head(on.again()).await?;
    let mut walk = Walk {
        seq: 0,
        hash: chain::GENESIS.to_owned(),
    };
    while walk.seq < head.seq {
        let batch = store::list_after(on.again(), walk.seq, BATCH).await?;
        if batch.is_empty() {
            return Ok(Verdict::Broken {
                seq: walk.seq + 1,
                why: "it and everything after it is missing",
            });
        }
        for entry in batch {
            if walk.seq == head.seq {
                break;
            }
            if let Err(why) = walk.step(&entry) {
                return Ok(Verdict::Broken { seq: walk.seq + 1, why });
            }
        }
    }
    if walk.hash != head.hash {
        return Ok(Verdict::Broken {
            seq: walk.seq,
            why: "the head of the chain names another last entry",
        });
    }
    Ok(Verdict::Whole { entries: walk.seq })
}

struct Walk {
    seq: i64,
    hash: String,
}

impl Walk {
    fn step(&mut self, entry: &StoredEntry) -> Result<(), &'static str> {
        if entry.seq != self.seq + 1 {
            return Err("it is missing");
        }
        if entry.previous_hash != self.hash {
            return Err("it does not follow the one before it");
        }
        if chain::hash(&self.hash, &entry.link()) != entry.hash {
            return Err("its content was changed");
        }
        self.seq = entry.seq;
        self.hash.clone_from(&entry.hash);
        Ok(())
    }
}
