//! Shell of [`super::rates`]: reads the browser's counters.

use super::{
    peer::{Peer, get, of_type, selected_path},
    rates::Counters,
};
use crate::islands::browser::now;
use deskside_protocol::{browser::RelayCandidate, session::MediaPath};

/// Path and counters now; `None` while nothing is connected.
pub async fn read(peer: &Peer, relays: &[RelayCandidate]) -> Option<(MediaPath, Counters)> {
    let statistics = peer.statistics().await?;
    let path = selected_path(&statistics, relays)?;
    let picture = of_type(&statistics, "inbound-rtp")?;
    let count = |name| get(&picture, name).as_f64().unwrap_or_default() as u64;
    Some((
        path,
        Counters {
            at: now(),
            frames: count("framesDecoded"),
            bytes: count("bytesReceived"),
        },
    ))
}
