//! Packets in a TCP stream: each behind its length in two bytes (RFC 4571), as ICE-TCP uses it.
//!
//! Invariant: the deframer holds at most one packet of the greatest length and what came with it in one read.

use super::DATAGRAM_BYTES;

/// The stream is not framed as it must be, or a packet is too long.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a packet of {length} bytes, longer than {DATAGRAM_BYTES}")]
pub struct BadFraming {
    pub length: usize,
}

/// Cuts a byte stream into packets.
#[derive(Debug)]
pub struct Deframer {
    buffer: Box<[u8]>,
    begin: usize,
    end: usize,
}

impl Default for Deframer {
    fn default() -> Self {
        Self {
            buffer: vec![0; 4 * (2 + DATAGRAM_BYTES)].into(),
            begin: 0,
            end: 0,
        }
    }
}

impl Deframer {
    /// Where the next bytes of the stream go. Never empty when [`Deframer::next`] has answered `None`.
    pub fn space(&mut self) -> &mut [u8] {
        self.buffer.copy_within(self.begin..self.end, 0);
        self.end -= self.begin;
        self.begin = 0;
        &mut self.buffer[self.end..]
    }

    /// `count` bytes were written to the space.
    pub fn filled(&mut self, count: usize) {
        self.end = self.buffer.len().min(self.end + count);
    }

    /// The next whole packet; `None` until more bytes come. Empty packets are skipped.
    #[expect(
        clippy::should_implement_trait,
        reason = "a packet borrows from the buffer, which an Iterator cannot say"
    )]
    pub fn next(&mut self) -> Result<Option<&[u8]>, BadFraming> {
        while let Some((length, rest)) = self.buffer[self.begin..self.end].split_first_chunk::<2>() {
            let length = usize::from(u16::from_be_bytes(*length));
            if length > DATAGRAM_BYTES {
                return Err(BadFraming { length });
            }
            if rest.len() < length {
                break;
            }
            let packet = self.begin + 2..self.begin + 2 + length;
            self.begin = packet.end;
            if length > 0 {
                return Ok(Some(&self.buffer[packet]));
            }
        }
        Ok(None)
    }
}

/// Appends a packet in its frame. Longer packets than a frame can say do not fit a datagram either.
pub fn frame_into(packet: &[u8], out: &mut Vec<u8>) {
    debug_assert!(packet.len() <= usize::from(u16::MAX));
    out.extend_from_slice(&(packet.len() as u16).to_be_bytes());
    out.extend_from_slice(packet);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Feeds `stream` in pieces and collects the packets.
    fn deframe(stream: &[u8], pieces: usize) -> Result<Vec<Vec<u8>>, BadFraming> {
        let (mut deframer, mut packets) = (Deframer::default(), Vec::new());
        for piece in stream.chunks(pieces.max(1)) {
            let mut piece = piece;
            while !piece.is_empty() {
                let space = deframer.space();
                let count = space.len().min(piece.len());
                space[..count].copy_from_slice(&piece[..count]);
                deframer.filled(count);
                piece = &piece[count..];
                while let Some(packet) = deframer.next()? {
                    packets.push(packet.to_vec());
                }
            }
        }
        Ok(packets)
    }

    fn framed(packets: &[Vec<u8>]) -> Vec<u8> {
        let mut stream = Vec::new();
        for packet in packets {
            frame_into(packet, &mut stream);
        }
        stream
    }

    #[test]
    fn the_longest_packet_passes() {
        let packets = vec![vec![5; DATAGRAM_BYTES]; 3];
        assert_eq!(deframe(&framed(&packets), 7), Ok(packets));
    }

    #[test]
    fn a_packet_one_byte_longer_is_refused_by_its_length_alone() {
        let length = DATAGRAM_BYTES + 1;
        assert_eq!(deframe(&(length as u16).to_be_bytes(), 2), Err(BadFraming { length }));
    }

    #[test]
    fn a_tls_hello_is_refused_at_its_first_two_bytes() {
        assert_eq!(deframe(&[0x16, 0x03, 0x01], 3), Err(BadFraming { length: 0x1603 }));
    }

    #[test]
    fn empty_packets_are_skipped() {
        assert_eq!(deframe(&[0, 0, 0, 1, 9, 0, 0], 3), Ok(vec![vec![9]]));
    }

    proptest! {
        #[test]
        fn packets_come_out_as_they_went_in(
            packets in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..DATAGRAM_BYTES), 0..20),
            pieces in 1usize..5000,
        ) {
            prop_assert_eq!(deframe(&framed(&packets), pieces), Ok(packets));
        }

        #[test]
        fn hostile_streams_never_panic(stream in proptest::collection::vec(any::<u8>(), 0..5000), pieces in 1usize..3000) {
            let _ = deframe(&stream, pieces);
        }

        #[test]
        fn there_is_always_space_after_the_last_packet(stream in proptest::collection::vec(0u8..8, 0..9000)) {
            let mut deframer = Deframer::default();
            for piece in stream.chunks(1000) {
                let space = deframer.space();
                prop_assert!(!space.is_empty());
                let count = space.len().min(piece.len());
                space[..count].copy_from_slice(&piece[..count]);
                deframer.filled(count);
                while let Ok(Some(_)) = deframer.next() {}
            }
        }
    }
}
