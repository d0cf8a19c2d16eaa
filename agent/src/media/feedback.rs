//! Listens for the browser's wish for a keyframe (PLI and FIR).
//!
//! Invariant: changes no packet.

use rtc::{
    interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket},
    rtcp::payload_feedbacks::{full_intra_request::FullIntraRequest, picture_loss_indication::PictureLossIndication},
    sansio::Protocol,
    shared::error::Error,
};
use std::{collections::VecDeque, time::Instant};

/// The interceptor; calls `wanted` for every request.
pub struct KeyframeRequests<F> {
    wanted: F,
    inbound: VecDeque<TaggedPacket>,
    outbound: VecDeque<TaggedPacket>,
}

impl<F: Fn() + Send + Sync> KeyframeRequests<F> {
    pub fn new(wanted: F) -> Self {
        Self {
            wanted,
            inbound: VecDeque::new(),
            outbound: VecDeque::new(),
        }
    }
}

fn asks_for_keyframe(packet: &TaggedPacket) -> bool {
    let Packet::Rtcp(parts) = &packet.message.packet else {
        return false;
    };
    parts.iter().any(|part| {
        let part = part.as_any();
        part.is::<PictureLossIndication>() || part.is::<FullIntraRequest>()
    })
}

impl<F: Fn() + Send + Sync> Protocol<TaggedPacket, TaggedPacket, ()> for KeyframeRequests<F> {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        if asks_for_keyframe(&packet) {
            (self.wanted)();
        }
        self.inbound.push_back(packet);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.inbound.pop_front()
    }

    fn handle_write(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        self.outbound.push_back(packet);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.outbound.pop_front()
    }
}

impl<F: Fn() + Send + Sync> Interceptor for KeyframeRequests<F> {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtc::{interceptor::AttributedPacket, rtcp::receiver_report::ReceiverReport, shared::TransportContext};
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn only_keyframe_requests_count_and_all_packets_pass() {
        let count = AtomicUsize::new(0);
        let mut requests = KeyframeRequests::new(|| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        let parts: [Box<dyn rtc::rtcp::Packet>; 3] = [
            Box::new(ReceiverReport::default()),
            Box::new(PictureLossIndication::default()),
            Box::new(FullIntraRequest::default()),
        ];
        for part in parts {
            requests
                .handle_read(TaggedPacket {
                    now: Instant::now(),
                    transport: TransportContext::default(),
                    message: AttributedPacket::new(Packet::Rtcp(vec![part])),
                })
                .unwrap();
            assert!(requests.poll_read().is_some());
        }
        assert_eq!(count.load(Ordering::Relaxed), 2);
    }
}
