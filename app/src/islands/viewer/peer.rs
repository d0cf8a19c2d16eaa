//! The peer connection: receives the picture and carries the five data channels.

use super::{
    core::Failure,
    path::{End, path},
    status::Obstacle,
};
use crate::islands::browser::Listener;
use deskside_protocol::{
    browser::{IceServer, RelayCandidate},
    channel,
    fingerprint::Fingerprint,
    session::MediaPath,
};
use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    MediaStream, MessageEvent, RtcBundlePolicy, RtcCertificate, RtcConfiguration, RtcDataChannel, RtcDataChannelInit,
    RtcDataChannelState, RtcDataChannelType, RtcIceCandidateInit, RtcPeerConnection, RtcPeerConnectionIceEvent,
    RtcPeerConnectionState, RtcRtpReceiver, RtcRtpTransceiverDirection, RtcRtpTransceiverInit, RtcSdpType,
    RtcSessionDescriptionInit,
};

/// What the peer connection tells.
pub enum PeerEvent {
    /// A local candidate; empty: no more.
    Candidate(String),
    Connected,
    Weak,
    Failed,
    Cursor(Vec<u8>),
    Control(Vec<u8>),
    Files(Vec<u8>),
    /// Little waits in the channel for files.
    FilesDrained,
    /// A channel opened.
    Open(&'static str),
}

/// A peer connection. Closed when dropped.
pub struct Peer {
    pc: RtcPeerConnection,
    certificate: JsValue,
    receiver: RtcRtpReceiver,
    input: RtcDataChannel,
    pointer: RtcDataChannel,
    control: RtcDataChannel,
    files: RtcDataChannel,
    _listeners: Vec<Listener>,
}

/// What the browser offers.
pub struct Offer {
    pub sdp: String,
    pub fingerprint: Fingerprint,
}

/// When this many bytes of files wait or fewer, more can be put there.
const FILES_LOW: u32 = 32 * 1024;

const OLD: Failure = Failure::Final(Obstacle::OldBrowser);

impl Peer {
    /// Makes a fresh certificate, the connection and its offer.
    pub async fn new(tell: Rc<dyn Fn(PeerEvent)>) -> Result<(Self, Offer), Failure> {
        let certificate = certificate().await.map_err(|_| OLD)?;
        let pc = RtcPeerConnection::new_with_configuration(&configuration(&certificate, &[])).map_err(|_| OLD)?;
        let receiver = picture(&pc).map_err(|_| OLD)?;
        let pointer_init = RtcDataChannelInit::new();
        pointer_init.set_ordered(false);
        pointer_init.set_max_retransmits(0);
        let input = open(&pc, channel::INPUT, &RtcDataChannelInit::new());
        let pointer = open(&pc, channel::POINTER, &pointer_init);
        let cursor = open(&pc, channel::CURSOR, &RtcDataChannelInit::new());
        let control = open(&pc, channel::CONTROL, &RtcDataChannelInit::new());
        let files_init = RtcDataChannelInit::new();
        // Where a browser knows priorities, files come after everything else.
        set(&files_init, "priority", &"very-low".into());
        let files = open(&pc, channel::FILES, &files_init);
        files.set_buffered_amount_low_threshold(FILES_LOW);
        let mut listeners = connection_listeners(&pc, &tell);
        listeners.push(messages(&files, tell.clone(), PeerEvent::Files));
        let drained = tell.clone();
        listeners.push(Listener::plain(&files, "bufferedamountlow", move || {
            drained(PeerEvent::FilesDrained)
        }));
        listeners.push(messages(&cursor, tell.clone(), PeerEvent::Cursor));
        listeners.push(messages(&control, tell.clone(), PeerEvent::Control));
        for (channel, label) in [
            (&control, channel::CONTROL),
            (&input, channel::INPUT),
            (&files, channel::FILES),
        ] {
            let tell = tell.clone();
            listeners.push(Listener::plain(channel, "open", move || tell(PeerEvent::Open(label))));
        }
        let offer = JsFuture::from(pc.create_offer()).await.map_err(|_| OLD)?;
        let sdp = text(&offer, "sdp");
        let fingerprint = Fingerprint::from_sdp(&sdp).ok_or(OLD)?;
        // A browser that cannot decode H.264 offers it in no line.
        if !sdp.contains(" H264/90000") {
            return Err(OLD);
        }
        let peer = Self {
            pc,
            certificate,
            receiver,
            input,
            pointer,
            control,
            files,
            _listeners: listeners,
        };
        Ok((peer, Offer { sdp, fingerprint }))
    }

    /// Takes the relay's ICE servers and begins to gather candidates for the offer.
    pub async fn begin(&self, servers: &[IceServer], sdp: &str) -> Result<(), JsValue> {
        // Chromium refuses a configuration without the certificate that it already has.
        self.pc
            .set_configuration_with_configuration(&configuration(&self.certificate, servers))?;
        let offer = RtcSessionDescriptionInit::new(RtcSdpType::Offer);
        offer.set_sdp(sdp);
        JsFuture::from(self.pc.set_local_description(&offer)).await.map(drop)
    }

    /// Applies the answer, whose fingerprint must have been verified.
    pub async fn accept(&self, sdp: &str) -> Result<(), JsValue> {
        let answer = RtcSessionDescriptionInit::new(RtcSdpType::Answer);
        answer.set_sdp(sdp);
        JsFuture::from(self.pc.set_remote_description(&answer)).await?;
        // Show each frame at once; the second name is an older one of the same thing.
        set(&self.receiver, "jitterBufferTarget", &0.into());
        set(&self.receiver, "playoutDelayHint", &0.into());
        Ok(())
    }

    /// Adds a candidate of the device or of the relay. One that the browser cannot use is left out.
    pub async fn add_candidate(&self, candidate: &str) {
        let init = RtcIceCandidateInit::new(candidate);
        init.set_sdp_m_line_index(Some(0));
        let _ = JsFuture::from(self.pc.add_ice_candidate_with_opt_rtc_ice_candidate_init(Some(&init))).await;
    }

    /// The received picture.
    pub fn stream(&self) -> Option<MediaStream> {
        MediaStream::new_with_tracks(&Array::of1(&self.receiver.track())).ok()
    }

    pub fn send_input(&self, bytes: &[u8]) -> bool {
        send(&self.input, bytes)
    }

    pub fn send_pointer(&self, bytes: &[u8]) -> bool {
        send(&self.pointer, bytes)
    }

    pub fn send_control(&self, bytes: &[u8]) -> bool {
        send(&self.control, bytes)
    }

    pub fn send_files(&self, bytes: &[u8]) -> bool {
        send(&self.files, bytes)
    }

    /// Bytes of files that the browser has not sent yet.
    pub fn files_waiting(&self) -> u32 {
        self.files.buffered_amount()
    }

    /// Bytes of pointer messages that the browser has not sent yet.
    pub fn pointer_waiting(&self) -> u32 {
        self.pointer.buffered_amount()
    }

    /// True while packets flow both ways.
    pub fn is_connected(&self) -> bool {
        self.pc.connection_state() == RtcPeerConnectionState::Connected
    }

    /// Everything that the browser knows about the connection.
    pub async fn statistics(&self) -> Option<js_sys::Map> {
        JsFuture::from(self.pc.get_stats())
            .await
            .ok()
            .map(JsCast::unchecked_into)
    }

    /// The way that media takes now; `None` while no pair is selected.
    pub async fn path(&self, relays: &[RelayCandidate]) -> Option<MediaPath> {
        selected_path(&self.statistics().await?, relays)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.pc.close();
    }
}

/// The path of the pair that the statistics call selected.
pub fn selected_path(statistics: &js_sys::Map, relays: &[RelayCandidate]) -> Option<MediaPath> {
    let transport = of_type(statistics, "transport")?;
    let pair = statistics.get(&get(&transport, "selectedCandidatePairId"));
    let end = |side: &str| {
        let candidate = statistics.get(&get(&pair, side));
        let relayed = text(&candidate, "relayProtocol");
        candidate.is_object().then(|| End {
            kind: text(&candidate, "candidateType"),
            protocol: if relayed.is_empty() {
                text(&candidate, "protocol")
            } else {
                relayed
            },
            address: text(&candidate, "address"),
            port: get(&candidate, "port").as_f64().unwrap_or_default() as u16,
        })
    };
    pair.is_object().then_some(())?;
    Some(path(&end("localCandidateId")?, &end("remoteCandidateId")?, relays))
}

/// The first entry of a type in statistics.
pub fn of_type(statistics: &js_sys::Map, kind: &str) -> Option<JsValue> {
    statistics
        .values()
        .into_iter()
        .flatten()
        .find(|entry| text(entry, "type") == kind)
}

/// A property, `undefined` when there is none.
pub fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

fn text(object: &JsValue, name: &str) -> String {
    get(object, name).as_string().unwrap_or_default()
}

fn set(object: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}

async fn certificate() -> Result<JsValue, JsValue> {
    let algorithm = Object::new();
    set(&algorithm, "name", &"ECDSA".into());
    set(&algorithm, "namedCurve", &"P-256".into());
    JsFuture::from(RtcPeerConnection::generate_certificate_with_object(&algorithm)?).await
}

fn configuration(certificate: &JsValue, servers: &[IceServer]) -> RtcConfiguration {
    let configuration = RtcConfiguration::new();
    configuration.set_bundle_policy(RtcBundlePolicy::MaxBundle);
    let certificate: &RtcCertificate = certificate.unchecked_ref();
    configuration.set_certificates(&Array::of1(certificate));
    let list = Array::new();
    for server in servers {
        let entry = Object::new();
        let urls: Array = server.urls.iter().map(|url| JsValue::from_str(url)).collect();
        set(&entry, "urls", &urls);
        for (name, value) in [("username", &server.username), ("credential", &server.credential)] {
            if let Some(value) = value {
                set(&entry, name, &value.into());
            }
        }
        list.push(&entry);
    }
    configuration.set_ice_servers(&list);
    configuration
}

/// One picture, received only, as H.264 with its retransmissions.
fn picture(pc: &RtcPeerConnection) -> Result<RtcRtpReceiver, JsValue> {
    let init = RtcRtpTransceiverInit::new();
    init.set_direction(RtcRtpTransceiverDirection::Recvonly);
    let transceiver = pc.add_transceiver_with_str_and_init("video", &init);
    let receivers: JsValue = get(&js_sys::global(), "RTCRtpReceiver");
    let capabilities: Function = get(&receivers, "getCapabilities").dyn_into()?;
    let codecs: Array = get(&capabilities.call1(&receivers, &"video".into())?, "codecs").dyn_into()?;
    let wanted = |codec: JsValue, _, _| ["video/H264", "video/rtx"].contains(&text(&codec, "mimeType").as_str());
    transceiver.set_codec_preferences(&codecs.filter(&mut { wanted }));
    Ok(transceiver.receiver())
}

fn open(pc: &RtcPeerConnection, label: &str, init: &RtcDataChannelInit) -> RtcDataChannel {
    let channel = pc.create_data_channel_with_data_channel_dict(label, init);
    channel.set_binary_type(RtcDataChannelType::Arraybuffer);
    channel
}

fn messages(channel: &RtcDataChannel, tell: Rc<dyn Fn(PeerEvent)>, wrap: fn(Vec<u8>) -> PeerEvent) -> Listener {
    Listener::new(channel, "message", move |event: MessageEvent| {
        if event.data().is_instance_of::<js_sys::ArrayBuffer>() {
            tell(wrap(Uint8Array::new(&event.data()).to_vec()));
        }
    })
}

fn connection_listeners(pc: &RtcPeerConnection, tell: &Rc<dyn Fn(PeerEvent)>) -> Vec<Listener> {
    let (state, of) = (tell.clone(), pc.clone());
    let changed = move || match of.connection_state() {
        RtcPeerConnectionState::Connected => state(PeerEvent::Connected),
        RtcPeerConnectionState::Disconnected => state(PeerEvent::Weak),
        RtcPeerConnectionState::Failed | RtcPeerConnectionState::Closed => state(PeerEvent::Failed),
        _ => {}
    };
    let tell = tell.clone();
    let candidate = move |event: RtcPeerConnectionIceEvent| {
        tell(PeerEvent::Candidate(
            event
                .candidate()
                .map(|candidate| candidate.candidate())
                .unwrap_or_default(),
        ));
    };
    vec![
        Listener::plain(pc, "connectionstatechange", changed),
        Listener::new(pc, "icecandidate", candidate),
    ]
}

fn send(channel: &RtcDataChannel, bytes: &[u8]) -> bool {
    channel.ready_state() == RtcDataChannelState::Open && channel.send_with_u8_array(bytes).is_ok()
}
