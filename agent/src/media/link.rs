//! What is known about the way to the browser, shared between the network's side and the screen's.

use crate::connection::tunnel::TunnelSender;
use std::{
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    time::Duration,
};

/// Rate and backlog of one session's link.
#[derive(Debug)]
pub struct Link {
    rate: AtomicU64,
    paced: AtomicUsize,
    tunnel: TunnelSender,
}

impl Link {
    pub fn new(rate: f64, tunnel: TunnelSender) -> Self {
        Self {
            rate: AtomicU64::new(rate.to_bits()),
            paced: AtomicUsize::new(0),
            tunnel,
        }
    }

    /// Bits a second that the link is believed to carry.
    pub fn rate(&self) -> f64 {
        f64::from_bits(self.rate.load(Ordering::Relaxed))
    }

    pub fn set_rate(&self, rate: f64) {
        self.rate.store(rate.to_bits(), Ordering::Relaxed);
    }

    /// Bytes that the pacer holds back.
    pub fn set_paced(&self, bytes: usize) {
        self.paced.store(bytes, Ordering::Relaxed);
    }

    /// Bytes that wait for the device's one connection.
    pub fn tunnel_backlog(&self) -> usize {
        self.tunnel.backlog()
    }

    /// How long it takes to send what waits.
    pub fn backlog(&self) -> Duration {
        let bytes = self.paced.load(Ordering::Relaxed) + self.tunnel_backlog();
        Duration::from_secs_f64((bytes as f64 * 8.0 / self.rate().max(1.0)).min(60.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::tunnel::Priority;

    #[test]
    fn the_backlog_is_what_waits_anywhere_over_the_rate() {
        let (tunnel, _queue) = TunnelSender::new();
        let link = Link::new(8e6, tunnel.clone());
        assert_eq!(link.backlog(), Duration::ZERO);
        link.set_paced(10_000);
        assert!(tunnel.send(vec![0; 40_000], Priority::Media));
        assert_eq!(link.backlog(), Duration::from_millis(50));
        link.set_rate(4e6);
        assert_eq!(link.backlog(), Duration::from_millis(100));
    }
}
