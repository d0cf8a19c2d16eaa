//! A running session: joins the peer, the screen and the hands.
//!
//! Invariant: everything it started ends with it; the hands and the screen are told to let go when it is dropped.

use super::{
    Answer, MediaConfig, MediaError, MediaEvent,
    channels::{self, Outgoing, Readers},
    estimate::INITIAL,
    link::Link,
    packets::Packets,
    path::PathWatch,
    peer::{self, Notices, Peer, PeerNotice, PeerParts},
    screen::{self, Outlets, ScreenHandle, VideoFrame},
};
use crate::{
    capture::{Capturer, DisplayTarget},
    connection::tunnel::TunnelLink,
    input::{Hands, Touch},
};
use deskside_protocol::{
    channel::{self, AgentControl, Cursor},
    fingerprint::Fingerprint,
    limits::{CANDIDATE_BYTES, CANDIDATES},
    session::{EndReason, MediaPath, Scope},
    transfer::FileMessage,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::{OnceCell, mpsc, watch};
use tokio_util::sync::CancellationToken;
use webrtc::{
    data_channel::DataChannel,
    media_stream::track_local::TrackLocal,
    peer_connection::{PeerConnection, RTCIceCandidateInit, RTCPeerConnectionState},
};

/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_millis(300);

/// One answered peer.
pub struct MediaSession {
    connection: Arc<dyn PeerConnection>,
    control: Outgoing<AgentControl>,
    control_channel: Arc<OnceCell<Arc<dyn DataChannel>>>,
    candidates: AtomicUsize,
    hands: Arc<Hands>,
    screen: ScreenHandle,
    /// Ends before all else: the operator is no longer heard.
    deaf: CancellationToken,
    stop: CancellationToken,
}

impl MediaSession {
    /// Answers the browser's offer and starts to capture once it is connected.
    pub async fn answer(
        config: MediaConfig,
        offer_sdp: &str,
        tunnel: TunnelLink,
        events: mpsc::Sender<MediaEvent>,
    ) -> Result<(Self, Answer), MediaError> {
        let link = Arc::new(Link::new(INITIAL, tunnel.outgoing.clone()));
        let (path, path_seen) = PathWatch::new();
        let (notices, notices_seen, overflow) = Notices::new();
        let (capturer, hands, touch) = open(config.display.clone(), config.asking.clone()).await?;
        let (frames, frames_out) = mpsc::channel(1);
        let (cursor, cursor_out) = Outgoing::new();
        let (control, control_out) = Outgoing::new();
        let outlets = Outlets {
            frames,
            cursor,
            control: control.clone(),
        };
        let screen = screen::start(capturer, config.display, link.clone(), touch.clone(), outlets)?;
        let (files, files_out) = config.files.map(|files| (files.incoming, files.outgoing)).unzip();
        let stop = CancellationToken::new();
        let mut guard = Guard(Some(screen.clone()));
        let wanted = screen.clone();
        let parts = PeerParts {
            paths: config.paths,
            tunnel,
            path,
            link: link.clone(),
            keyframe_wanted: Box::new(move || wanted.keyframe()),
            notices,
        };
        let peer = peer::answer(parts, offer_sdp, &config.peer_fingerprint).await?;
        let fingerprint = Fingerprint::from_sdp(&peer.sdp)
            .ok_or_else(|| MediaError::Offer("the answer has no single fingerprint".into()))?;
        let answer = Answer {
            sdp: peer.sdp.clone(),
            fingerprint,
        };
        let timings = Arc::new(AtomicBool::new(false));
        let control_channel = Arc::new(OnceCell::new());
        let packets = Packets::new(peer.stream, Instant::now(), peer::random()?);
        let Peer { connection, track, .. } = peer;
        tokio::spawn(send_frames(
            frames_out,
            packets,
            track,
            control.clone(),
            timings.clone(),
        ));
        let (ended, end_wanted) = mpsc::channel(1);
        let deaf = stop.child_token();
        let readers = Readers {
            hands: Some(hands.clone()),
            scopes: config.scopes.clone(),
            control: control.clone(),
            timings,
            files,
            ended,
        };
        let life = Life {
            events,
            scopes: config.scopes,
            asking: config.asking,
            screen: screen.clone(),
            hands: hands.clone(),
            touch,
            control: control.clone(),
            control_channel: control_channel.clone(),
            control_out: Some(control_out),
            cursor_out: Some(cursor_out),
            files_out,
            link,
            readers: Arc::new(readers),
            deaf: deaf.clone(),
            stop: stop.clone(),
            connected: false,
            ever_connected: false,
        };
        tokio::spawn(life.run(notices_seen, overflow, path_seen, end_wanted));
        guard.0 = None;
        let session = Self {
            connection,
            control,
            control_channel,
            candidates: AtomicUsize::new(0),
            hands,
            screen,
            deaf,
            stop,
        };
        Ok((session, answer))
    }

    /// Adds a candidate of the browser; an empty line ends them.
    pub async fn add_candidate(&self, candidate: &str) -> Result<(), MediaError> {
        if candidate.len() > CANDIDATE_BYTES {
            return Err(MediaError::Candidate(format!(
                "it is longer than {CANDIDATE_BYTES} bytes"
            )));
        }
        if self.candidates.fetch_add(1, Ordering::Relaxed) >= CANDIDATES {
            return Err(MediaError::Candidate(format!("there are more than {CANDIDATES}")));
        }
        // A name that only the browser's own network resolves; its checks will tell the address.
        if candidate
            .split_ascii_whitespace()
            .nth(4)
            .is_some_and(|address| address.ends_with(".local"))
        {
            return Ok(());
        }
        let init = RTCIceCandidateInit {
            candidate: candidate.trim_start_matches("a=").to_owned(),
            sdp_mid: Some(String::new()),
            sdp_mline_index: Some(0),
            ..Default::default()
        };
        self.connection
            .add_ice_candidate(init)
            .await
            .map_err(|error| MediaError::Candidate(error.to_string()))
    }

    /// Tells the browser why, releases everything that is held, and closes the connection.
    pub async fn close(self, reason: EndReason) {
        self.hands.close();
        self.deaf.cancel();
        self.screen.show(false);
        self.control.send(AgentControl::Ended { reason });
        if let Some(channel) = self.control_channel.get() {
            // The message has to get from the queue into the channel first.
            tokio::time::sleep(Duration::from_millis(20)).await;
            channels::drained(&**channel, FAREWELL, &self.stop).await;
        }
        let _ = tokio::time::timeout(FAREWELL, self.connection.close()).await;
    }
}

impl Drop for MediaSession {
    fn drop(&mut self) {
        self.hands.close();
        self.stop.cancel();
        self.screen.stop();
        let connection = self.connection.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { connection.close().await });
        }
    }
}

/// Stops what was started when an answer fails half way.
struct Guard(Option<ScreenHandle>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(screen) = &self.0 {
            screen.stop();
        }
    }
}

/// Opens the desktop for eyes and hands; both block, so not on the runtime's threads.
async fn open(
    target: DisplayTarget,
    asking: watch::Receiver<bool>,
) -> Result<(Capturer, Arc<Hands>, Arc<Touch>), MediaError> {
    let opened = tokio::task::spawn_blocking(move || {
        let capturer = Capturer::open(&target)?;
        let touch = Arc::new(Touch::new(capturer.size()));
        touch.rest_while(asking);
        let hands = Arc::new(Hands::open(&target, touch.clone())?);
        Ok((capturer, hands, touch))
    });
    opened.await.unwrap_or(Err(MediaError::Closed))
}

async fn send_frames(
    mut frames: mpsc::Receiver<VideoFrame>,
    mut packets: Packets,
    track: Arc<impl TrackLocal>,
    control: Outgoing<AgentControl>,
    timings: Arc<AtomicBool>,
) {
    while let Some(frame) = frames.recv().await {
        for packet in packets.of(&frame.bytes, frame.taken) {
            if track.write_rtp(packet).await.is_err() {
                return;
            }
        }
        if timings.load(Ordering::Relaxed) {
            let VideoFrame {
                taken,
                after_input,
                timing,
                ..
            } = frame;
            let rtp_timestamp = packets.timestamp(taken);
            control.mention(AgentControl::Frame {
                rtp_timestamp,
                after_input,
                timing,
            });
        }
    }
}

/// What happens while the session lasts.
struct Life {
    events: mpsc::Sender<MediaEvent>,
    scopes: watch::Receiver<Vec<Scope>>,
    asking: watch::Receiver<bool>,
    screen: ScreenHandle,
    hands: Arc<Hands>,
    touch: Arc<Touch>,
    control: Outgoing<AgentControl>,
    control_channel: Arc<OnceCell<Arc<dyn DataChannel>>>,
    control_out: Option<mpsc::Receiver<AgentControl>>,
    cursor_out: Option<mpsc::Receiver<Cursor>>,
    files_out: Option<mpsc::Receiver<FileMessage>>,
    link: Arc<Link>,
    readers: Arc<Readers>,
    deaf: CancellationToken,
    stop: CancellationToken,
    connected: bool,
    ever_connected: bool,
}

impl Life {
    async fn run(
        mut self,
        mut notices: mpsc::Receiver<PeerNotice>,
        overflow: CancellationToken,
        mut path: watch::Receiver<Option<MediaPath>>,
        mut end_wanted: mpsc::Receiver<()>,
    ) {
        let stop = self.stop.clone();
        self.tell_scopes();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = overflow.cancelled() => {
                    self.hands.close();
                    self.report(MediaEvent::Failed("the operator's browser asks for too much at once".into()))
                        .await;
                    return;
                }
                notice = notices.recv() => match notice {
                    Some(PeerNotice::Candidate(line)) => self.report(MediaEvent::Candidate(line)).await,
                    Some(PeerNotice::State(state)) => self.state(state, &mut path).await,
                    Some(PeerNotice::Channel(channel)) => self.channel(channel).await,
                    None => return,
                },
                Ok(()) = path.changed() => self.path(&mut path).await,
                Ok(()) = self.scopes.changed() => {
                    self.tell_scopes();
                    self.apply_scopes();
                }
                Ok(()) = self.asking.changed() => {
                    self.asking.borrow_and_update();
                    self.hands.release();
                    self.screen.look();
                }
                Some(()) = end_wanted.recv() => self.report(MediaEvent::EndedByOperator).await,
            }
        }
    }

    async fn report(&self, event: MediaEvent) {
        let _ = self.events.send(event).await;
    }

    fn tell_scopes(&mut self) {
        let granted = self.scopes.borrow_and_update().clone();
        self.control.send(AgentControl::Scopes { granted });
    }

    fn apply_scopes(&self) {
        let scopes = self.scopes.borrow();
        self.screen.show(self.connected && scopes.contains(&Scope::View));
        let controls = self.connected && scopes.contains(&Scope::Control);
        self.touch.set_controls(controls);
        if !controls {
            self.hands.release();
        }
    }

    async fn state(&mut self, state: RTCPeerConnectionState, path: &mut watch::Receiver<Option<MediaPath>>) {
        let was = self.connected;
        self.connected = state == RTCPeerConnectionState::Connected;
        self.apply_scopes();
        match state {
            RTCPeerConnectionState::Connected => {
                self.ever_connected = true;
                self.path(path).await;
            }
            RTCPeerConnectionState::Failed if !self.ever_connected => {
                self.report(MediaEvent::Failed("no path to the operator's browser works".into()))
                    .await;
            }
            RTCPeerConnectionState::Disconnected | RTCPeerConnectionState::Failed | RTCPeerConnectionState::Closed
                if was =>
            {
                self.report(MediaEvent::Disconnected).await;
            }
            _ => {}
        }
    }

    async fn path(&self, path: &mut watch::Receiver<Option<MediaPath>>) {
        let now = *path.borrow_and_update();
        if let (true, Some(path)) = (self.connected, now) {
            self.report(MediaEvent::Connected(path)).await;
        }
    }

    async fn channel(&mut self, channel: Arc<dyn DataChannel>) {
        let Ok(label) = channel.label().await else { return };
        match label.as_str() {
            channel::CONTROL => {
                if let Some(mut out) = self.control_out.take() {
                    let _ = self.control_channel.set(channel.clone());
                    let channel = channel.clone();
                    tokio::spawn(async move { channels::write(&*channel, &mut out).await });
                }
            }
            channel::CURSOR => {
                if let Some(mut out) = self.cursor_out.take() {
                    let channel = channel.clone();
                    tokio::spawn(async move { channels::write(&*channel, &mut out).await });
                }
            }
            channel::FILES => {
                if let Some(mut out) = self.files_out.take() {
                    let (channel, link, stop) = (channel.clone(), self.link.clone(), self.stop.clone());
                    tokio::spawn(async move {
                        tokio::select! {
                            () = stop.cancelled() => {}
                            () = channels::write_files(&*channel, &mut out, &link) => {}
                        }
                    });
                }
            }
            _ => {}
        }
        let readers = self.readers.clone();
        let deaf = self.deaf.clone();
        tokio::spawn(async move {
            tokio::select! {
                biased;
                () = deaf.cancelled() => {}
                () = readers.read(&label, &*channel) => {}
            }
        });
    }
}
