//! Datagrams to one browser that can leave in one system call (UDP segmentation offload).
//!
//! Invariant: all have the same length, only the last may be shorter; order is kept.

use std::net::{IpAddr, SocketAddr};

/// Longest run that one call takes: a UDP length field's worth, less headers.
const BYTES: usize = 60_000;

/// Datagrams in one piece, as the system takes them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Run<'a> {
    pub peer: SocketAddr,
    /// The own address to send from.
    pub local: Option<IpAddr>,
    pub bytes: &'a [u8],
    /// The length of each datagram, where there are several.
    pub segment: Option<usize>,
}

/// Datagrams gathered for one call.
#[derive(Debug)]
pub struct Burst {
    most: usize,
    to: Option<(SocketAddr, Option<IpAddr>)>,
    segment: usize,
    count: usize,
    bytes: Vec<u8>,
    /// A shorter one was added: nothing fits behind it.
    full: bool,
}

impl Burst {
    /// `most`: datagrams in one call.
    pub fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            to: None,
            segment: 0,
            count: 0,
            bytes: Vec::with_capacity(BYTES),
            full: false,
        }
    }

    /// Adds a datagram; false when it must wait until the burst is sent. An empty burst takes any.
    pub fn push(&mut self, peer: SocketAddr, local: Option<IpAddr>, payload: &[u8]) -> bool {
        if self.count == 0 {
            self.to = Some((peer, local));
            self.segment = payload.len();
        } else if self.full
            || self.to != Some((peer, local))
            || payload.len() > self.segment
            || self.count >= self.most
            || self.bytes.len() + payload.len() > BYTES
        {
            return false;
        }
        self.full = payload.len() < self.segment;
        self.bytes.extend_from_slice(payload);
        self.count += 1;
        true
    }

    /// What to send; `None` when there is nothing.
    pub fn run(&self) -> Option<Run<'_>> {
        let (peer, local) = self.to.filter(|_| self.count > 0)?;
        Some(Run {
            peer,
            local,
            bytes: &self.bytes,
            segment: (self.count > 1).then_some(self.segment),
        })
    }

    pub fn clear(&mut self) {
        self.bytes.clear();
        self.count = 0;
        self.full = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn peer(port: u16) -> SocketAddr {
        ([192, 0, 2, 1], port).into()
    }

    #[test]
    fn equal_datagrams_to_one_browser_leave_together() {
        let mut burst = Burst::new(4);
        assert!(burst.push(peer(1), None, &[1; 10]) && burst.push(peer(1), None, &[2; 10]));
        assert_eq!(
            burst.run().map(|run| (run.bytes.len(), run.segment)),
            Some((20, Some(10)))
        );
    }

    #[test]
    fn a_shorter_datagram_ends_the_burst() {
        let mut burst = Burst::new(4);
        assert!(burst.push(peer(1), None, &[1; 10]) && burst.push(peer(1), None, &[2; 9]));
        assert!(!burst.push(peer(1), None, &[3; 9]));
    }

    #[test]
    fn a_longer_datagram_another_browser_or_another_own_address_must_wait() {
        let mut burst = Burst::new(4);
        assert!(burst.push(peer(1), None, &[1; 10]));
        assert!(!burst.push(peer(1), None, &[1; 11]));
        assert!(!burst.push(peer(2), None, &[1; 10]));
        assert!(!burst.push(peer(1), Some([127, 0, 0, 1].into()), &[1; 10]));
    }

    #[test]
    fn no_more_than_the_system_takes() {
        let mut burst = Burst::new(2);
        assert!(burst.push(peer(1), None, &[1]) && burst.push(peer(1), None, &[1]));
        assert!(!burst.push(peer(1), None, &[1]));
    }

    #[test]
    fn a_single_datagram_is_no_segmentation() {
        let mut burst = Burst::new(2);
        burst.push(peer(1), None, &[1]);
        assert_eq!(
            burst.run(),
            Some(Run {
                peer: peer(1),
                local: None,
                bytes: &[1],
                segment: None
            })
        );
        burst.clear();
        assert_eq!(burst.run(), None);
    }

    proptest! {
        #[test]
        fn every_datagram_leaves_once_and_in_order(
            datagrams in proptest::collection::vec((1u16..3, proptest::collection::vec(any::<u8>(), 1..2000)), 0..200)
        ) {
            let (mut burst, mut sent) = (Burst::new(8), Vec::new());
            let mut send = |burst: &mut Burst| {
                if let Some(Run { peer, bytes, segment, .. }) = burst.run() {
                    sent.extend(bytes.chunks(segment.unwrap_or(bytes.len())).map(|one| (peer.port(), one.to_vec())));
                }
                burst.clear();
            };
            for (port, payload) in &datagrams {
                if !burst.push(peer(*port), None, payload) {
                    send(&mut burst);
                    prop_assert!(burst.push(peer(*port), None, payload));
                }
            }
            send(&mut burst);
            prop_assert_eq!(sent, datagrams);
        }
    }
}
