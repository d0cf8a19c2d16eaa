//! Encoded frames to RTP packets.
//!
//! Invariant: the timestamp is the time the picture was taken, whatever was skipped before; every frame's last packet
//! is marked; sequence numbers have no gap.

use bytes::Bytes;
use rtc::rtp::{self, codec::h264::H264Payloader, packetizer::Payloader};
use std::time::{Duration, Instant};

/// Most payload bytes in a packet: with all headers of SRTP, UDP and IPv6 a packet stays under 1280 bytes.
pub const PAYLOAD_BYTES: usize = 1160;
const CLOCK: u128 = 90_000;

/// What the answer settled for the stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stream {
    pub ssrc: u32,
    pub payload_type: u8,
    /// Id of the playout-delay header extension, if the browser knows it.
    pub playout_delay: Option<u8>,
}

/// Makes packets of one stream.
pub struct Packets {
    stream: Stream,
    payloader: H264Payloader,
    sequence: u16,
    offset: u32,
    epoch: Instant,
}

impl Packets {
    /// `random` is where sequence numbers and timestamps start (RFC 3550, section 5.1).
    pub fn new(stream: Stream, epoch: Instant, random: u64) -> Self {
        let [.., s0, s1, t0, t1, t2, t3] = random.to_be_bytes();
        let sequence = u16::from_be_bytes([s0, s1]);
        let offset = u32::from_be_bytes([t0, t1, t2, t3]);
        Self {
            stream,
            payloader: H264Payloader::default(),
            sequence,
            offset,
            epoch,
        }
    }

    /// The RTP timestamp of a picture taken at this time.
    pub fn timestamp(&self, taken: Instant) -> u32 {
        let since: Duration = taken.saturating_duration_since(self.epoch);
        self.offset.wrapping_add((since.as_micros() * CLOCK / 1_000_000) as u32)
    }

    /// The packets of one frame.
    pub fn of(&mut self, frame: &Bytes, taken: Instant) -> Vec<rtp::Packet> {
        let payloads = self.payloader.payload(PAYLOAD_BYTES, frame).unwrap_or_default();
        let timestamp = self.timestamp(taken);
        let last = payloads.len().saturating_sub(1);
        let mut packets = Vec::with_capacity(payloads.len());
        for (index, payload) in payloads.into_iter().enumerate() {
            let mut header = rtp::header::Header {
                version: 2,
                marker: index == last,
                payload_type: self.stream.payload_type,
                sequence_number: self.sequence,
                timestamp,
                ssrc: self.stream.ssrc,
                ..Default::default()
            };
            self.sequence = self.sequence.wrapping_add(1);
            if let Some(id) = self.stream.playout_delay {
                // Both delays zero: show at once. A header without room for it is one without it.
                let _ = header.set_extension(id, Bytes::from_static(&[0, 0, 0]));
            }
            packets.push(rtp::Packet { header, payload });
        }
        packets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: Stream = Stream {
        ssrc: 7,
        payload_type: 102,
        playout_delay: Some(5),
    };

    fn frame(length: usize) -> Bytes {
        let mut bytes = vec![0, 0, 0, 1, 0x61];
        bytes.resize(5 + length, 0xAB);
        bytes.into()
    }

    #[test]
    fn a_small_frame_is_one_marked_packet_without_delay() {
        let epoch = Instant::now();
        let packets = Packets::new(STREAM, epoch, 0).of(&frame(100), epoch);
        assert_eq!(packets.len(), 1);
        assert!(packets[0].header.marker);
        assert_eq!(packets[0].header.get_extension(5).as_deref(), Some(&[0, 0, 0][..]));
    }

    #[test]
    fn a_large_frame_is_cut_and_only_its_end_marked() {
        let epoch = Instant::now();
        let packets = Packets::new(STREAM, epoch, u64::MAX).of(&frame(5000), epoch);
        assert_eq!(packets.len(), 5);
        assert!(packets.iter().all(|packet| packet.payload.len() <= PAYLOAD_BYTES));
        assert_eq!(packets.iter().filter(|packet| packet.header.marker).count(), 1);
        assert!(packets[4].header.marker);
        let numbers: Vec<u16> = packets.iter().map(|packet| packet.header.sequence_number).collect();
        assert_eq!(numbers, [65535, 0, 1, 2, 3]);
    }

    #[test]
    fn timestamps_are_real_time_at_90_khz() {
        let epoch = Instant::now();
        let packets = Packets::new(STREAM, epoch, 1000);
        assert_eq!(packets.timestamp(epoch), 1000);
        assert_eq!(packets.timestamp(epoch + Duration::from_secs(2)), 181_000);
        let wrapped = epoch + Duration::from_secs(48_000);
        assert_eq!(
            packets.timestamp(wrapped),
            1000u32.wrapping_add((48_000u64 * 90_000) as u32)
        );
    }
}
