//! Two WebRTC peers over a relay of two queues: no packet leaves the process.
#![cfg(target_os = "linux")]

use super::{
    network::{Network, TUNNEL_IP, outgoing_sdp},
    path::PathWatch,
    *,
};
use crate::connection::tunnel::{OutgoingQueue, TunnelLink, TunnelSender};
use bytes::Bytes;
use deskside_protocol::{
    channel::{self, AgentControl, BrowserControl, Cursor, Input, InputAction, Modifiers},
    ids::TransferId,
    session::EndReason,
    transfer::{CHUNK_BYTES, FileMessage},
    tunnel::{Transport, TunnelFrame},
};
use openh264::{decoder::Decoder, formats::YUVSource};
use rtc::{
    ice::mdns::MulticastDnsMode,
    interceptor::Registry,
    peer_connection::configuration::{interceptor_registry::register_default_interceptors, media_engine::MediaEngine},
    rtp::{codec::h264::H264Packet, packetizer::Depacketizer},
    rtp_transceiver::rtp_sender::RtpCodecKind,
};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{sync::mpsc, time::timeout};
use webrtc::{
    data_channel::{DataChannel, DataChannelEvent},
    media_stream::track_remote::{TrackRemote, TrackRemoteEvent},
    peer_connection::{
        PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCIceCandidateInit, RTCSessionDescription,
        SettingEngineBuilder,
    },
};

#[path = "../../tests/xserver/window.rs"]
mod window;
#[path = "../../tests/xserver/xvfb.rs"]
mod xvfb;

const SOON: Duration = Duration::from_secs(15);
const BROWSER: &str = "198.51.100.7:4000";
const RELAY: &str = "198.51.100.1:3478";

/// Passes frames from one side to the other, as the relay does; both sides see the other's address in them.
async fn relay(
    mut from: OutgoingQueue,
    tunnel: u32,
    peer: SocketAddr,
    transport: Transport,
    to: mpsc::Sender<Vec<u8>>,
) {
    loop {
        let outgoing = from.recv().await;
        from.written(outgoing.frame.len());
        let frame = TunnelFrame::decode(&outgoing.frame).unwrap();
        let frame = TunnelFrame {
            transport,
            tunnel,
            peer,
            payload: frame.payload,
        };
        if to.send(frame.encode()).await.is_err() {
            return;
        }
    }
}

struct Handler(mpsc::UnboundedSender<Arc<dyn TrackRemote>>);

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let _ = self.0.send(track);
    }
}

/// The browser's side.
struct Browser {
    connection: Arc<dyn PeerConnection>,
    tracks: mpsc::UnboundedReceiver<Arc<dyn TrackRemote>>,
    channels: Vec<(&'static str, Arc<dyn DataChannel>)>,
}

impl Browser {
    async fn open(link: TunnelLink) -> Self {
        let mut media = MediaEngine::default();
        media.register_default_codecs().unwrap();
        let registry = register_default_interceptors(Registry::new(), &mut media).unwrap();
        let settings = SettingEngineBuilder::new()
            .with_multicast_dns_mode(MulticastDnsMode::Disabled)
            .with_include_loopback_candidate(true)
            .build();
        let (handler, tracks) = mpsc::unbounded_channel();
        let connection = PeerConnectionBuilder::new()
            .with_media_engine(media)
            .with_setting_engine(settings)
            .with_interceptor_registry(registry)
            .with_runtime(Arc::new(Network::new(link, PathWatch::new().0)))
            .with_handler(Arc::new(Handler(handler)))
            .with_udp_addrs(vec![format!("{TUNNEL_IP}:0")])
            .build()
            .await
            .unwrap();
        let connection: Arc<dyn PeerConnection> = Arc::new(connection);
        connection
            .add_transceiver_from_kind(RtpCodecKind::Video, None)
            .await
            .unwrap();
        let mut channels = Vec::new();
        for label in [
            channel::INPUT,
            channel::POINTER,
            channel::CURSOR,
            channel::CONTROL,
            channel::FILES,
        ] {
            channels.push((label, connection.create_data_channel(label, None).await.unwrap()));
        }
        Self {
            connection,
            tracks,
            channels,
        }
    }

    fn channel(&self, label: &str) -> Arc<dyn DataChannel> {
        self.channels.iter().find(|(name, _)| *name == label).unwrap().1.clone()
    }

    async fn offer(&self) -> String {
        let offer = self.connection.create_offer(None).await.unwrap();
        self.connection.set_local_description(offer).await.unwrap();
        outgoing_sdp(&self.connection.local_description().await.unwrap().sdp)
    }

    async fn accept(&self, answer: &str) {
        let answer = RTCSessionDescription::answer(answer.to_owned()).unwrap();
        self.connection.set_remote_description(answer).await.unwrap();
        let (ip, port) = RELAY.split_once(':').unwrap();
        let candidate = format!("candidate:1 1 udp 2130706431 {ip} {port} typ host");
        let init = RTCIceCandidateInit {
            candidate,
            sdp_mid: Some(String::new()),
            sdp_mline_index: Some(0),
            ..Default::default()
        };
        self.connection.add_ice_candidate(init).await.unwrap();
    }
}

async fn next<T: serde::de::DeserializeOwned>(channel: &dyn DataChannel) -> T {
    loop {
        match timeout(SOON, channel.poll())
            .await
            .expect("a message in time")
            .expect("an open channel")
        {
            DataChannelEvent::OnMessage(message) => return channel::decode(&message.data).unwrap(),
            DataChannelEvent::OnClose => panic!("the channel closed"),
            _ => {}
        }
    }
}

async fn opened(channel: &dyn DataChannel) {
    while !matches!(
        timeout(SOON, channel.poll()).await.expect("an open channel in time"),
        Some(DataChannelEvent::OnOpen)
    ) {}
}

async fn send<T: serde::Serialize>(channel: &dyn DataChannel, message: &T) {
    channel.send(channel::encode(message).as_slice().into()).await.unwrap();
}

/// Puts packets together and decodes what they carry.
struct Screen {
    track: Arc<dyn TrackRemote>,
    depacketizer: H264Packet,
    frame: Vec<u8>,
    decoder: Decoder,
}

impl Screen {
    fn new(track: Arc<dyn TrackRemote>) -> Self {
        Self {
            track,
            depacketizer: H264Packet::default(),
            frame: Vec::new(),
            decoder: Decoder::new().unwrap(),
        }
    }

    /// Luma at a pixel of the next frame that decodes.
    async fn luma(&mut self, x: usize, y: usize) -> u8 {
        loop {
            let event = timeout(SOON, self.track.poll())
                .await
                .expect("a packet in time")
                .expect("a live track");
            let TrackRemoteEvent::OnRtpPacket(packet) = event else {
                continue;
            };
            if packet.payload.is_empty() {
                continue;
            }
            let bytes: Bytes = packet.payload.clone();
            self.frame
                .extend_from_slice(&self.depacketizer.depacketize(&bytes).unwrap());
            if !packet.header.marker {
                continue;
            }
            let frame = std::mem::take(&mut self.frame);
            if let Ok(Some(picture)) = self.decoder.decode(&frame) {
                return picture.y()[y * picture.strides().0 + x];
            }
        }
    }

    async fn until_luma(&mut self, x: usize, y: usize, wanted: u8) {
        let seen = async { while self.luma(x, y).await.abs_diff(wanted) > 12 {} };
        timeout(SOON, seen).await.expect("the colour in time");
    }
}

struct Stage {
    session: MediaSession,
    events: mpsc::Receiver<MediaEvent>,
    browser: Browser,
    scopes: watch::Sender<Vec<Scope>>,
    answer: Answer,
}

async fn stage(server: &xvfb::Xvfb, transport: Transport) -> Stage {
    stage_with(server, transport, None).await
}

async fn stage_with(server: &xvfb::Xvfb, transport: Transport, files: Option<FileChannel>) -> Stage {
    let (agent_out, agent_queue) = TunnelSender::new();
    let (browser_out, browser_queue) = TunnelSender::new();
    let (to_agent, agent_in) = mpsc::channel(1024);
    let (to_browser, browser_in) = mpsc::channel(1024);
    let (browser_at, relay_at): (SocketAddr, SocketAddr) = (BROWSER.parse().unwrap(), RELAY.parse().unwrap());
    // The browser's end of the tunnel has to have heard from the relay before it sends there.
    let hello = TunnelFrame {
        transport: Transport::Udp,
        tunnel: 2,
        peer: relay_at,
        payload: &[0],
    };
    to_browser.try_send(hello.encode()).unwrap();
    tokio::spawn(relay(agent_queue, 2, relay_at, Transport::Udp, to_browser));
    tokio::spawn(relay(browser_queue, 1, browser_at, transport, to_agent));
    let browser = Browser::open(TunnelLink {
        tunnel: 2,
        outgoing: browser_out,
        incoming: browser_in,
    })
    .await;
    let offer = browser.offer().await;
    let (scopes, granted) = watch::channel(vec![Scope::View, Scope::Control]);
    let config = MediaConfig {
        session: SessionId(uuid::Uuid::nil()),
        attempt: 1,
        paths: PathPolicy {
            direct: false,
            ..PathPolicy::ALL
        },
        scopes: granted,
        display: DisplayTarget::Named(server.display.clone()),
        files,
        asking: watch::channel(false).1,
        peer_fingerprint: Fingerprint::from_sdp(&offer).unwrap(),
    };
    let (tell, events) = mpsc::channel(64);
    let link = TunnelLink {
        tunnel: 1,
        outgoing: agent_out,
        incoming: agent_in,
    };
    let (session, answer) = MediaSession::answer(config, &offer, link, tell).await.unwrap();
    browser.accept(&answer.sdp).await;
    Stage {
        session,
        events,
        browser,
        scopes,
        answer,
    }
}

async fn connected(events: &mut mpsc::Receiver<MediaEvent>) -> MediaPath {
    let event = timeout(SOON, events.recv()).await.expect("an event in time");
    match event.expect("a live session") {
        MediaEvent::Connected(path) => path,
        MediaEvent::Candidate(line) => panic!("the tunnel was named: {line}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn picture_pointer_input_and_farewell_flow_through_the_tunnel() {
    let server = xvfb::Xvfb::start(640, 480);
    let window = window::Window::open(&server.display);
    window.fill(0, 0, 640, 480, 0xFF_FF_FF);
    let mut stage = stage(&server, Transport::Udp).await;
    assert!(!stage.answer.sdp.contains("127.0.0.77"));
    assert_eq!(connected(&mut stage.events).await, MediaPath::RelayUdp);
    let track = timeout(SOON, stage.browser.tracks.recv()).await.unwrap().unwrap();
    let mut screen = Screen::new(track);
    screen.until_luma(320, 240, 235).await;
    window.fill(0, 0, 640, 480, 0x00_00_00);
    screen.until_luma(320, 240, 16).await;

    let control = stage.browser.channel(channel::CONTROL);
    assert_eq!(
        next::<AgentControl>(&*control).await,
        AgentControl::Desktop {
            width: 640,
            height: 480
        }
    );
    let granted = vec![Scope::View, Scope::Control];
    assert_eq!(next::<AgentControl>(&*control).await, AgentControl::Scopes { granted });
    send(&*control, &BrowserControl::Ping { number: 9 }).await;
    assert_eq!(next::<AgentControl>(&*control).await, AgentControl::Pong { number: 9 });
    let cursor = stage.browser.channel(channel::CURSOR);
    assert!(matches!(next::<Cursor>(&*cursor).await, Cursor::Shape { id: 1, .. }));
    assert_eq!(next::<Cursor>(&*cursor).await, Cursor::Use { id: 1 });

    send(&*control, &BrowserControl::Timings { on: true }).await;
    let input = stage.browser.channel(channel::INPUT);
    opened(&*input).await;
    let key = |key: &str| InputAction::KeyDown {
        code: String::new(),
        key: key.into(),
        modifiers: Modifiers::default(),
        repeat: false,
    };
    for (number, text) in (1..).zip(["h", "\u{df}", "\u{20ac}"]) {
        send(
            &*input,
            &Input {
                number,
                action: key(text),
            },
        )
        .await;
    }
    let heard = tokio::task::spawn_blocking(move || (window.heard(Duration::from_millis(500)), window))
        .await
        .unwrap();
    assert_eq!(heard.0, "h\u{df}\u{20ac}");
    heard.1.fill(0, 0, 320, 480, 0xFF_FF_FF);
    screen.until_luma(160, 240, 235).await;
    let frame = loop {
        if let AgentControl::Frame {
            after_input, timing, ..
        } = next(&*control).await
            && after_input == 3
        {
            break timing;
        }
    };
    assert!(frame.bytes > 0 && frame.encode > 0);

    stage.session.close(EndReason::Employee).await;
    let ended = loop {
        match next::<AgentControl>(&*control).await {
            AgentControl::Frame { .. } => {}
            other => break other,
        }
    };
    assert_eq!(
        ended,
        AgentControl::Ended {
            reason: EndReason::Employee
        }
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_many_small_changes_is_shown() {
    let server = xvfb::Xvfb::start(1280, 800);
    let window = window::Window::open(&server.display);
    let mut stage = stage(&server, Transport::Udp).await;
    connected(&mut stage.events).await;
    let track = timeout(SOON, stage.browser.tracks.recv()).await.unwrap().unwrap();
    let mut screen = Screen::new(track);
    screen.until_luma(14, 16, 235).await;
    let mut spent = Vec::new();
    for turn in 0..60u64 {
        let (colour, luma) = if turn % 2 == 0 {
            (0x00_00_00, 16)
        } else {
            (0xFF_FF_FF, 235)
        };
        tokio::time::sleep(Duration::from_millis(turn * 37 % 400)).await;
        let start = std::time::Instant::now();
        window.fill(8, 8, 10, 20, colour);
        screen.until_luma(14, 16, luma).await;
        spent.push(start.elapsed());
    }
    spent.sort_unstable();
    eprintln!("from drawing to decoded: p50 {:?}, p95 {:?}", spent[30], spent[57]);
    assert!(spent[30] < Duration::from_millis(100), "{spent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_scope_to_control_keys_do_nothing() {
    let server = xvfb::Xvfb::start(640, 480);
    let window = window::Window::open(&server.display);
    let mut stage = stage(&server, Transport::Tcp).await;
    assert_eq!(connected(&mut stage.events).await, MediaPath::RelayTcp);
    let control = stage.browser.channel(channel::CONTROL);
    let input = stage.browser.channel(channel::INPUT);
    opened(&*input).await;
    let shift = Modifiers {
        shift: true,
        ..Default::default()
    };
    let down = |code: &str, key: &str, modifiers| InputAction::KeyDown {
        code: code.into(),
        key: key.into(),
        modifiers,
        repeat: false,
    };
    send(
        &*input,
        &Input {
            number: 1,
            action: down("F1", "F1", Modifiers::default()),
        },
    )
    .await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    stage.scopes.send(vec![Scope::View]).unwrap();
    loop {
        let message = next::<AgentControl>(&*control).await;
        if message
            == (AgentControl::Scopes {
                granted: vec![Scope::View],
            })
        {
            break;
        }
    }
    send(
        &*input,
        &Input {
            number: 2,
            action: down("KeyX", "X", shift),
        },
    )
    .await;
    let heard = tokio::task::spawn_blocking(move || window.heard(Duration::from_millis(500)))
        .await
        .unwrap();
    assert_eq!(heard, "+ffbe -ffbe ");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operators_end_is_reported() {
    let server = xvfb::Xvfb::start(640, 480);
    let mut stage = stage(&server, Transport::Udp).await;
    connected(&mut stage.events).await;
    let control = stage.browser.channel(channel::CONTROL);
    next::<AgentControl>(&*control).await;
    send(&*control, &BrowserControl::End).await;
    let ended = timeout(SOON, stage.events.recv()).await.unwrap().unwrap();
    assert_eq!(ended, MediaEvent::EndedByOperator);
}

#[tokio::test]
async fn a_broken_offer_is_refused_with_a_reason() {
    let server = xvfb::Xvfb::start(640, 480);
    for offer in ["", "v=0", "not an sdp\r\n", &"a".repeat(50_000)] {
        let (outgoing, _queue) = TunnelSender::new();
        let (_relay, incoming) = mpsc::channel(1);
        let (_scopes, scopes) = watch::channel(vec![Scope::View]);
        let config = MediaConfig {
            session: SessionId(uuid::Uuid::nil()),
            attempt: 1,
            paths: PathPolicy {
                direct: false,
                ..PathPolicy::ALL
            },
            scopes,
            display: DisplayTarget::Named(server.display.clone()),
            files: None,
            asking: watch::channel(false).1,
            peer_fingerprint: Fingerprint([1; 32]),
        };
        let link = TunnelLink {
            tunnel: 1,
            outgoing,
            incoming,
        };
        let refused = MediaSession::answer(config, offer, link, mpsc::channel(1).0)
            .await
            .err();
        assert!(matches!(refused, Some(MediaError::Offer(_))), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_both_ways_over_a_channel_of_their_own() {
    let server = xvfb::Xvfb::start(640, 480);
    let (to_desk, mut at_desk) = mpsc::channel(16);
    let (from_desk, outgoing) = mpsc::channel(16);
    let files = FileChannel {
        incoming: to_desk,
        outgoing,
    };
    let mut stage = stage_with(&server, Transport::Udp, Some(files)).await;
    connected(&mut stage.events).await;
    let files = stage.browser.channel(channel::FILES);
    opened(&*files).await;
    let chunk = FileMessage::Chunk {
        id: TransferId(uuid::Uuid::nil()),
        offset: 0,
        bytes: vec![7; CHUNK_BYTES],
    };
    send(&*files, &chunk).await;
    let arrived = timeout(SOON, at_desk.recv()).await.expect("a message in time");
    assert_eq!(arrived.as_ref(), Some(&chunk));
    let sender = tokio::spawn({
        let chunk = chunk.clone();
        async move {
            for _ in 0..40 {
                from_desk.send(chunk.clone()).await.unwrap();
            }
        }
    });
    for _ in 0..40 {
        assert_eq!(next::<FileMessage>(&*files).await, chunk);
    }
    sender.await.unwrap();
}
