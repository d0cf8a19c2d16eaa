//! Spreads large frames over time, at a multiple of the link's rate; small ones leave at once.
//!
//! Invariant: packets of one stream leave in the order they came; retransmissions and RTCP go first and never wait.

use super::link::Link;
use rtc::{
    interceptor::{Attribute, Interceptor, Packet, StreamInfo, TaggedPacket},
    sansio::Protocol,
    shared::{error::Error, marshal::MarshalSize},
};
use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

/// How much faster than the believed rate packets may leave: a burst at this pace also shows what the link can carry.
pub const PACE: f64 = 2.5;
/// Slowest pace, bits a second.
pub const SLOWEST: f64 = 2e6;
/// Bytes that leave at once after a pause.
pub const BURST_BYTES: f64 = 16_000.0;
/// Most packets held. A keyframe of a dense 4K desktop is about 1,800.
pub const MOST_PACKETS: usize = 8192;

/// A bucket of bytes that fills with time.
#[derive(Debug)]
pub struct Bucket {
    bytes: f64,
    at: Option<Instant>,
}

impl Default for Bucket {
    fn default() -> Self {
        Self {
            bytes: BURST_BYTES,
            at: None,
        }
    }
}

impl Bucket {
    /// Fills up to `now` at `pace` bits a second.
    pub fn fill(&mut self, now: Instant, pace: f64) {
        if let Some(at) = self.at {
            let seconds = now.saturating_duration_since(at).as_secs_f64();
            self.bytes = (self.bytes + seconds * pace / 8.0).min(BURST_BYTES.max(pace / 8.0 * 0.005));
        }
        self.at = Some(now);
    }

    /// Whether a packet may leave: as long as anything is left, so that the largest packet can.
    pub fn open(&self) -> bool {
        self.bytes > 0.0
    }

    pub fn take(&mut self, bytes: usize) {
        self.bytes -= bytes as f64;
    }

    /// When the next packet may leave.
    pub fn opens_at(&self, pace: f64) -> Option<Instant> {
        // At least a millisecond: timers are no finer, and a deadline must lie in the future.
        let wait = Duration::from_secs_f64((1.0 - self.bytes).max(0.0) * 8.0 / pace).max(Duration::from_millis(1));
        self.at.map(|at| at + wait)
    }
}

/// The interceptor between packet sources and the wire.
pub struct Pacer {
    link: Arc<Link>,
    bucket: Bucket,
    held: VecDeque<TaggedPacket>,
    held_bytes: usize,
    inbound: VecDeque<TaggedPacket>,
    outbound: VecDeque<TaggedPacket>,
}

impl Pacer {
    pub fn new(link: Arc<Link>) -> Self {
        Self {
            link,
            bucket: Bucket::default(),
            held: VecDeque::new(),
            held_bytes: 0,
            inbound: VecDeque::new(),
            outbound: VecDeque::new(),
        }
    }

    fn pace(&self) -> f64 {
        (self.link.rate() * PACE).max(SLOWEST)
    }

    fn release(&mut self, now: Instant) {
        self.bucket.fill(now, self.pace());
        while self.bucket.open()
            && let Some(mut packet) = self.held.pop_front()
        {
            let bytes = size(&packet);
            self.bucket.take(bytes);
            self.held_bytes -= bytes.min(self.held_bytes);
            // Departure is now: the send history must not count our own delay as the network's.
            packet.now = now;
            self.outbound.push_back(packet);
        }
        self.link.set_paced(self.held_bytes);
    }
}

fn size(packet: &TaggedPacket) -> usize {
    match &packet.message.packet {
        Packet::Rtp(rtp) => rtp.marshal_size(),
        _ => 0,
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Pacer {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        self.inbound.push_back(packet);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.inbound.pop_front()
    }

    fn handle_write(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        let urgent = !matches!(packet.message.packet, Packet::Rtp(_)) || packet.message.has(&Attribute::Retransmission);
        if urgent {
            self.bucket.take(size(&packet));
            self.outbound.push_back(packet);
        } else if self.held.len() < MOST_PACKETS {
            let now = packet.now;
            self.held_bytes += size(&packet);
            self.held.push_back(packet);
            self.release(now);
        }
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.outbound.pop_front()
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), Error> {
        self.release(now);
        Ok(())
    }

    fn poll_timeout(&mut self) -> Option<Instant> {
        if self.held.is_empty() {
            None
        } else {
            self.bucket.opens_at(self.pace())
        }
    }
}

impl Interceptor for Pacer {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::tunnel::TunnelSender;
    use rtc::{interceptor::AttributedPacket, rtp, shared::TransportContext};

    fn packet(now: Instant, number: u16) -> TaggedPacket {
        let header = rtp::header::Header {
            version: 2,
            sequence_number: number,
            ..Default::default()
        };
        let packet = rtp::Packet {
            header,
            payload: vec![0; 1188].into(),
        };
        TaggedPacket {
            now,
            transport: TransportContext::default(),
            message: AttributedPacket::new(Packet::Rtp(packet)),
        }
    }

    fn number(packet: &TaggedPacket) -> u16 {
        match &packet.message.packet {
            Packet::Rtp(rtp) => rtp.header.sequence_number,
            _ => panic!("not RTP"),
        }
    }

    fn pacer(rate: f64) -> Pacer {
        Pacer::new(Arc::new(Link::new(rate, TunnelSender::new().0)))
    }

    #[test]
    fn a_small_frame_leaves_at_once() {
        let now = Instant::now();
        let mut pacer = pacer(1e6);
        for index in 0..10 {
            pacer.handle_write(packet(now, index)).unwrap();
            assert_eq!(number(&pacer.poll_write().unwrap()), index);
        }
        assert_eq!(pacer.poll_timeout(), None);
    }

    #[test]
    fn a_large_frame_is_spread_and_stays_in_order() {
        let start = Instant::now();
        let mut pacer = pacer(4e6);
        for index in 0..100 {
            pacer.handle_write(packet(start, index)).unwrap();
        }
        let mut now = start;
        let mut next = 0;
        loop {
            while let Some(packet) = pacer.poll_write() {
                assert_eq!(number(&packet), next);
                next += 1;
            }
            let Some(at) = pacer.poll_timeout() else { break };
            assert!(at > now, "the deadline must move on");
            now = at;
            pacer.handle_timeout(now).unwrap();
        }
        assert_eq!(next, 100);
        // 120 kB less the burst at 10 Mb/s is 83 ms.
        let spent = now - start;
        assert!(
            (Duration::from_millis(70)..Duration::from_millis(100)).contains(&spent),
            "{spent:?}"
        );
        assert_eq!(pacer.link.backlog(), Duration::ZERO);
    }

    #[test]
    fn a_retransmission_overtakes() {
        let now = Instant::now();
        let mut pacer = pacer(1e6);
        (0..50).for_each(|index| pacer.handle_write(packet(now, index)).unwrap());
        while pacer.poll_write().is_some() {}
        let mut again = packet(now, 3);
        again.message.add(Attribute::Retransmission);
        pacer.handle_write(again).unwrap();
        assert_eq!(number(&pacer.poll_write().unwrap()), 3);
    }

    #[test]
    fn what_waits_is_known_to_the_link() {
        let now = Instant::now();
        let mut pacer = pacer(2e6);
        (0..60).for_each(|index| pacer.handle_write(packet(now, index)).unwrap());
        let backlog = pacer.link.backlog();
        assert!(backlog > Duration::from_millis(200), "{backlog:?}");
    }

    #[test]
    fn the_number_of_held_packets_is_bounded() {
        let now = Instant::now();
        let mut pacer = pacer(1e6);
        (0..MOST_PACKETS + 100).for_each(|index| pacer.handle_write(packet(now, index as u16)).unwrap());
        assert_eq!(pacer.held.len(), MOST_PACKETS);
    }
}
