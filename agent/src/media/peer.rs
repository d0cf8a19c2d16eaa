//! The WebRTC peer: answers one offer with one H.264 stream, and lets the browser open data channels.
//!
//! Invariant: without [`PathPolicy::direct`] no socket but the tunnel's is bound.

use super::{
    MediaError,
    estimate::Estimate,
    feedback::KeyframeRequests,
    link::Link,
    network::{Network, TUNNEL_IP, outgoing_candidate, outgoing_sdp},
    offer,
    pacer::Pacer,
    packets::Stream,
    path::PathWatch,
};
use crate::connection::tunnel::TunnelLink;
use deskside_protocol::{fingerprint::Fingerprint, limits::SDP_BYTES, session::PathPolicy};
use rtc::{
    ice::mdns::MulticastDnsMode,
    interceptor::{CongestionControlBuilder, NackResponderBuilder, Registry, Slot, TwccSenderBuilder},
    media_stream::MediaStreamTrack,
    peer_connection::configuration::{
        interceptor_registry::{configure_nack, configure_rtcp_reports},
        media_engine::{MIME_TYPE_H264, MIME_TYPE_RTX, MediaEngine},
    },
    rtp_transceiver::rtp_sender::{
        RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters,
        RTCRtpHeaderExtensionCapability, RTCRtpRtxParameters, RtpCodecKind,
    },
};
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use webrtc::{
    data_channel::DataChannel,
    media_stream::track_local::static_rtp::TrackLocalStaticRTP,
    peer_connection::{
        PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCPeerConnectionIceEvent,
        RTCPeerConnectionState, RTCSessionDescription, SettingEngine, SettingEngineBuilder,
    },
};

const PLAYOUT_DELAY: &str = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";
const TRANSPORT_CC: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
/// Constrained baseline, which every browser decodes; the level is only a floor (level-asymmetry-allowed).
const FORMAT: &str = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f";
const PAYLOAD_TYPE: u8 = 102;
const RTX_PAYLOAD_TYPE: u8 = 103;
/// Packets kept for retransmission; a power of two.
const SENT_PACKETS: u16 = 4096;
/// Most bytes waiting in one data channel.
const CHANNEL_BYTES: usize = 1024 * 1024;

/// What the peer tells.
pub enum PeerNotice {
    /// A candidate line that may be sent out.
    Candidate(String),
    State(RTCPeerConnectionState),
    Channel(Arc<dyn DataChannel>),
}

/// An answered peer.
pub struct Peer {
    pub connection: Arc<dyn PeerConnection>,
    pub track: Arc<TrackLocalStaticRTP>,
    pub stream: Stream,
    /// The answer for the browser.
    pub sdp: String,
}

/// Notices that wait for the session. A further candidate is dropped; at anything else the session ends, because it
/// could no longer be trusted to know how its peer stands.
pub const NOTICES: usize = 64;

/// Tells the session what the peer tells, and never waits for it.
#[derive(Clone)]
pub struct Notices {
    queue: mpsc::Sender<PeerNotice>,
    overflow: CancellationToken,
}

impl Notices {
    /// The queue's ends, and what is cancelled when it overflows.
    pub fn new() -> (Self, mpsc::Receiver<PeerNotice>, CancellationToken) {
        let (queue, waiting) = mpsc::channel(NOTICES);
        let overflow = CancellationToken::new();
        let notices = Self {
            queue,
            overflow: overflow.clone(),
        };
        (notices, waiting, overflow)
    }

    fn tell(&self, notice: PeerNotice) {
        if let Err(mpsc::error::TrySendError::Full(notice)) = self.queue.try_send(notice)
            && !matches!(notice, PeerNotice::Candidate(_))
        {
            self.overflow.cancel();
        }
    }
}

struct Handler(Notices);

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_candidate(&self, event: RTCPeerConnectionIceEvent) {
        let Ok(candidate) = event.candidate.to_json() else {
            return;
        };
        if let Some(line) = outgoing_candidate(&candidate.candidate) {
            self.0.tell(PeerNotice::Candidate(line.to_owned()));
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        self.0.tell(PeerNotice::State(state));
    }

    async fn on_data_channel(&self, channel: Arc<dyn DataChannel>) {
        self.0.tell(PeerNotice::Channel(channel));
    }
}

/// What a peer is made with.
pub struct PeerParts {
    pub paths: PathPolicy,
    pub tunnel: TunnelLink,
    pub path: PathWatch,
    pub link: Arc<Link>,
    pub keyframe_wanted: Box<dyn Fn() + Send + Sync>,
    pub notices: Notices,
}

/// Answers an offer of the browser whose certificate has this fingerprint.
pub async fn answer(parts: PeerParts, offer: &str, peer: &Fingerprint) -> Result<Peer, MediaError> {
    if offer.len() > SDP_BYTES {
        return Err(MediaError::Offer(format!("it is longer than {SDP_BYTES} bytes")));
    }
    let refused = |error: webrtc::error::Error| MediaError::Offer(error.to_string());
    let offer = RTCSessionDescription::offer(offer::pinned(offer, peer)).map_err(refused)?;
    let connection = build(parts).await?;
    match describe(&*connection, offer).await {
        Ok((track, stream, sdp)) => Ok(Peer {
            connection,
            track,
            stream,
            sdp,
        }),
        Err(error) => {
            let _ = connection.close().await;
            Err(error)
        }
    }
}

async fn describe(
    connection: &dyn PeerConnection,
    offer: RTCSessionDescription,
) -> Result<(Arc<TrackLocalStaticRTP>, Stream, String), MediaError> {
    let refused = |error: webrtc::error::Error| MediaError::Offer(error.to_string());
    connection.set_remote_description(offer).await.map_err(refused)?;
    let ids = random()?;
    let (ssrc, rtx) = ((ids >> 32) as u32, ids as u32);
    let track = Arc::new(TrackLocalStaticRTP::new(screen_track(ssrc, rtx)));
    // Only now: the ids of header extensions are taken from the offer when the track is added.
    let sender = connection.add_track(track.clone()).await?;
    let answer = connection.create_answer(None).await?;
    connection.set_local_description(answer).await?;
    let sdp = connection.local_description().await.ok_or(MediaError::Closed)?.sdp;
    let parameters = sender.get_parameters().await?.rtp_parameters;
    let codec = parameters
        .codecs
        .iter()
        .find(|codec| codec.rtp_codec.mime_type.eq_ignore_ascii_case(MIME_TYPE_H264));
    let Some(codec) = codec else {
        return Err(MediaError::Offer("it has no H.264 video to receive".into()));
    };
    let playout_delay = parameters
        .header_extensions
        .iter()
        .find(|extension| extension.uri == PLAYOUT_DELAY);
    let stream = Stream {
        ssrc,
        payload_type: codec.payload_type,
        playout_delay: playout_delay
            .and_then(|extension| u8::try_from(extension.id).ok())
            .filter(|id| *id > 0),
    };
    Ok((track, stream, outgoing_sdp(&sdp)))
}

async fn build(parts: PeerParts) -> Result<Arc<dyn PeerConnection>, MediaError> {
    let PeerParts {
        paths,
        tunnel,
        path,
        link,
        keyframe_wanted,
        notices,
    } = parts;
    let mut addresses = Vec::new();
    if paths.relay_udp || paths.relay_tcp {
        addresses.push(format!("{TUNNEL_IP}:0"));
    }
    if paths.direct {
        addresses.push("0.0.0.0:0".to_owned());
        addresses.push("[::]:0".to_owned());
    }
    if addresses.is_empty() {
        return Err(MediaError::Offer("no path is allowed".into()));
    }
    let mut media = media_engine()?;
    let registry = configure_rtcp_reports(configure_nack(Registry::new(), &mut media))
        .with(
            Slot::NackResponder,
            NackResponderBuilder::new().with_size(SENT_PACKETS).build(),
        )
        .with(
            Slot::CongestionControl,
            CongestionControlBuilder::new(Estimate::new(link.clone())).build(),
        )
        .with(Slot::TwccSender, TwccSenderBuilder::new().build())
        .with(Slot::Pacer, Pacer::new(link))
        .with(Slot::from(12_500), KeyframeRequests::new(keyframe_wanted));
    let connection = PeerConnectionBuilder::new()
        .with_media_engine(media)
        .with_setting_engine(settings())
        .with_interceptor_registry(registry)
        .with_runtime(Arc::new(Network::new(tunnel, path)))
        .with_handler(Arc::new(Handler(notices)))
        .with_udp_addrs(addresses)
        .with_data_channel_send_buffer_limit(CHANNEL_BYTES)
        .build()
        .await?;
    Ok(Arc::new(connection))
}

fn settings() -> SettingEngine {
    SettingEngineBuilder::new()
        .with_ice_timeouts(
            Some(Duration::from_secs(4)),
            Some(Duration::from_secs(20)),
            Some(Duration::from_secs(1)),
        )
        // The browser's `.local` names are of no use: its checks tell its addresses.
        .with_multicast_dns_mode(MulticastDnsMode::Disabled)
        .with_include_loopback_candidate(true)
        .build()
}

fn codec(mime_type: &str, format: &str, feedback: &[(&str, &str)]) -> RTCRtpCodec {
    let feedback = feedback.iter().map(|(typ, parameter)| RTCPFeedback {
        typ: (*typ).to_owned(),
        parameter: (*parameter).to_owned(),
    });
    RTCRtpCodec {
        mime_type: mime_type.to_owned(),
        clock_rate: 90_000,
        channels: 0,
        sdp_fmtp_line: format.to_owned(),
        rtcp_feedback: feedback.collect(),
    }
}

fn h264() -> RTCRtpCodec {
    codec(
        MIME_TYPE_H264,
        FORMAT,
        &[("nack", ""), ("nack", "pli"), ("ccm", "fir"), ("transport-cc", "")],
    )
}

fn media_engine() -> Result<MediaEngine, MediaError> {
    let mut engine = MediaEngine::default();
    let rtx = codec(MIME_TYPE_RTX, &format!("apt={PAYLOAD_TYPE}"), &[]);
    for (rtp_codec, payload_type) in [(h264(), PAYLOAD_TYPE), (rtx, RTX_PAYLOAD_TYPE)] {
        engine.register_codec(
            RTCRtpCodecParameters {
                rtp_codec,
                payload_type,
            },
            RtpCodecKind::Video,
        )?;
    }
    for uri in [TRANSPORT_CC, PLAYOUT_DELAY] {
        let extension = RTCRtpHeaderExtensionCapability { uri: uri.to_owned() };
        engine.register_header_extension(extension, RtpCodecKind::Video, None)?;
    }
    Ok(engine)
}

fn screen_track(ssrc: u32, rtx: u32) -> MediaStreamTrack {
    let coding = RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters {
            ssrc: Some(ssrc),
            rtx: Some(RTCRtpRtxParameters { ssrc: rtx }),
            ..Default::default()
        },
        codec: h264(),
        ..Default::default()
    };
    let name = || "screen".to_owned();
    MediaStreamTrack::new(name(), name(), name(), RtpCodecKind::Video, vec![coding])
}

/// A random number, for stream ids and starting points.
pub fn random() -> Result<u64, MediaError> {
    getrandom::u64().map_err(|error| MediaError::Offer(format!("no random numbers: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_over_the_number_end_the_session_and_candidates_are_dropped() {
        let (notices, _waiting, overflow) = Notices::new();
        for number in 0..NOTICES {
            notices.tell(PeerNotice::State(RTCPeerConnectionState::Connecting));
            assert!(!overflow.is_cancelled(), "at {number}");
        }
        notices.tell(PeerNotice::Candidate("candidate:1".into()));
        assert!(!overflow.is_cancelled());
        notices.tell(PeerNotice::State(RTCPeerConnectionState::Failed));
        assert!(overflow.is_cancelled());
    }
}
