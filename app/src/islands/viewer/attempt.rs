//! One attempt to connect: certificate, ticket, signalling, offer, verified answer, candidates.
//!
//! Invariant: the answer is applied only after [`super::identity`] accepted it. What arrives for a dropped attempt is
//! ignored, because its callbacks hold it weakly.

use super::{
    core::{Failure, Progress},
    identity::{Expected, is_secure},
    peer::{Peer, PeerEvent},
    portal,
    signalling::Signalling,
    status::Obstacle,
};
use deskside_protocol::{
    agent::Refusal,
    browser::{BrowserToRelay, IceServer, RelayCandidate, RelayToBrowser},
    fingerprint::FingerprintProof,
    ids::SessionId,
};
use std::{
    cell::{OnceCell, RefCell},
    future::Future,
    rc::{Rc, Weak},
};
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// How often, and how many milliseconds apart, a fresh connection is asked for its path.
const PATH_TRIES: (u32, i32) = (20, 50);

/// What an attempt tells the shell.
pub enum Told {
    Progress(Progress),
    Cursor(Vec<u8>),
    Control(Vec<u8>),
    Files(Vec<u8>),
    FilesDrained,
    /// A channel can be written to.
    Open(&'static str),
}

/// One attempt. Dropping it closes its connections.
pub struct Attempt {
    number: u32,
    session: SessionId,
    tell: Rc<dyn Fn(u32, Told)>,
    peer: OnceCell<Rc<Peer>>,
    signalling: OnceCell<Signalling>,
    offer: OnceCell<String>,
    expected: OnceCell<Expected>,
    servers: RefCell<Vec<IceServer>>,
    relays: RefCell<Vec<RelayCandidate>>,
    /// The device's candidates that came before its answer was applied; `None` since then.
    early: RefCell<Option<Vec<String>>>,
}

impl Attempt {
    /// Begins. `tell` gets `number` with everything.
    pub fn start(number: u32, session: SessionId, tell: Rc<dyn Fn(u32, Told)>) -> Rc<Self> {
        let attempt = Rc::new(Self {
            number,
            session,
            tell,
            peer: OnceCell::new(),
            signalling: OnceCell::new(),
            offer: OnceCell::new(),
            expected: OnceCell::new(),
            servers: RefCell::default(),
            relays: RefCell::default(),
            early: RefCell::new(Some(Vec::new())),
        });
        attempt.spawn(|weak| async move { join(weak).await });
        attempt
    }

    /// Sends the offer and begins to gather candidates.
    pub fn offer(&self, this: &Rc<Self>) {
        let (Some(signalling), Some(sdp)) = (self.signalling.get(), self.offer.get()) else {
            return;
        };
        signalling.send(&BrowserToRelay::Offer { sdp: sdp.clone() });
        let (servers, sdp) = (self.servers.borrow().clone(), sdp.clone());
        this.spawn(|weak| async move {
            let Some(peer) = weak.upgrade().and_then(|attempt| attempt.peer.get().cloned()) else {
                return Ok(());
            };
            peer.begin(&servers, &sdp).await.map_err(|_| Failure::Passing)
        });
    }

    /// Adds the relay's candidates.
    pub fn add_relay(&self) {
        let candidates: Vec<String> = self
            .relays
            .borrow()
            .iter()
            .map(|relay| relay.candidate.clone())
            .collect();
        if let Some(peer) = self.peer.get().cloned() {
            spawn_local(async move {
                for candidate in candidates {
                    peer.add_candidate(&candidate).await;
                }
            });
        }
    }

    /// The peer connection, once there is one.
    pub fn peer(&self) -> Option<&Rc<Peer>> {
        self.peer.get()
    }

    pub fn number(&self) -> u32 {
        self.number
    }

    /// The relay's candidates, to know its paths by.
    pub fn relays(&self) -> Vec<RelayCandidate> {
        self.relays.borrow().clone()
    }

    fn progress(&self, progress: Progress) {
        (self.tell)(self.number, Told::Progress(progress));
    }

    /// Runs a task that may fail the attempt.
    fn spawn<F: Future<Output = Result<(), Failure>> + 'static>(self: &Rc<Self>, task: impl FnOnce(Weak<Self>) -> F) {
        let weak = Rc::downgrade(self);
        let running = task(weak.clone());
        spawn_local(async move {
            if let (Err(failure), Some(attempt)) = (running.await, weak.upgrade()) {
                attempt.progress(Progress::Failed(failure));
            }
        });
    }

    fn peer_says(self: &Rc<Self>, event: PeerEvent) {
        match event {
            PeerEvent::Candidate(candidate) => {
                if let Some(signalling) = self.signalling.get() {
                    signalling.send(&BrowserToRelay::Candidate { candidate });
                }
            }
            PeerEvent::Connected => self.spawn(|weak| async move { name_path(weak).await }),
            PeerEvent::Weak => self.progress(Progress::Weak),
            PeerEvent::Failed => self.progress(Progress::Failed(Failure::Passing)),
            PeerEvent::Cursor(bytes) => (self.tell)(self.number, Told::Cursor(bytes)),
            PeerEvent::Control(bytes) => (self.tell)(self.number, Told::Control(bytes)),
            PeerEvent::Files(bytes) => (self.tell)(self.number, Told::Files(bytes)),
            PeerEvent::FilesDrained => (self.tell)(self.number, Told::FilesDrained),
            PeerEvent::Open(label) => (self.tell)(self.number, Told::Open(label)),
        }
    }

    fn relay_says(self: &Rc<Self>, message: RelayToBrowser) {
        match message {
            RelayToBrowser::Joined {
                device_online,
                ice_servers,
                ..
            } => {
                *self.servers.borrow_mut() = ice_servers;
                self.progress(Progress::Joined { device_online });
            }
            RelayToBrowser::DeviceOnline => self.progress(Progress::DeviceOnline),
            RelayToBrowser::DeviceOffline => self.progress(Progress::DeviceOffline),
            RelayToBrowser::Answer {
                sdp,
                proof,
                relay,
                relay_after_ms,
            } => {
                *self.relays.borrow_mut() = relay;
                self.spawn(|weak| async move { accept(weak, sdp, proof, relay_after_ms).await });
            }
            RelayToBrowser::Candidate { candidate } => self.device_candidate(candidate),
            RelayToBrowser::Declined { why } => self.progress(Progress::Failed(Failure::Declined(why))),
            RelayToBrowser::Refused {
                why: Refusal::Version, ..
            } => {
                self.progress(Progress::Failed(Failure::Final(Obstacle::OldPage)));
            }
            RelayToBrowser::Refused { .. } => self.progress(Progress::Failed(Failure::Passing)),
            RelayToBrowser::Ping => {}
        }
    }

    fn device_candidate(&self, candidate: String) {
        if candidate.is_empty() {
            return;
        }
        match (&mut *self.early.borrow_mut(), self.peer.get().cloned()) {
            (Some(early), _) => early.push(candidate),
            (None, Some(peer)) => spawn_local(async move { peer.add_candidate(&candidate).await }),
            (None, None) => {}
        }
    }
}

/// Certificate and offer, ticket, join.
async fn join(weak: Weak<Attempt>) -> Result<(), Failure> {
    if !is_secure() {
        return Err(Failure::Final(Obstacle::Insecure));
    }
    let teller = weak.clone();
    let tell = move |event| {
        if let Some(attempt) = teller.upgrade() {
            attempt.peer_says(event);
        }
    };
    let (peer, offer) = Peer::new(Rc::new(tell)).await?;
    let Some(attempt) = weak.upgrade() else { return Ok(()) };
    let session = attempt.session;
    let _ = attempt.peer.set(Rc::new(peer));
    let _ = attempt.offer.set(offer.sdp);
    drop(attempt);
    let grant = portal::ticket(session, offer.fingerprint).await?;
    let Some(attempt) = weak.upgrade() else { return Ok(()) };
    let _ = attempt.expected.set(Expected {
        device_key: grant.device_key,
        session,
        attempt: grant.attempt,
    });
    let heard = move |message| {
        if let Some(attempt) = weak.upgrade() {
            match message {
                Some(message) => attempt.relay_says(message),
                None => attempt.progress(Progress::Failed(Failure::Passing)),
            }
        }
    };
    let signalling = Signalling::join(&grant.signal_url, grant.ticket, Rc::new(heard)).ok_or(Failure::Passing)?;
    let _ = attempt.signalling.set(signalling);
    Ok(())
}

async fn accept(weak: Weak<Attempt>, sdp: String, proof: FingerprintProof, relay_after: u32) -> Result<(), Failure> {
    let Some(attempt) = weak.upgrade() else { return Ok(()) };
    let expected = attempt.expected.get().ok_or(Failure::Passing)?;
    expected.check(&sdp, &proof).await?;
    let peer = attempt.peer.get().cloned().ok_or(Failure::Passing)?;
    peer.accept(&sdp).await.map_err(|_| Failure::Passing)?;
    let early = attempt.early.borrow_mut().take();
    attempt.progress(Progress::Answered {
        relay_after: relay_after.into(),
    });
    for candidate in early.into_iter().flatten() {
        peer.add_candidate(&candidate).await;
    }
    Ok(())
}

/// Reports the connection with its path, which the browser's statistics name a moment later.
async fn name_path(weak: Weak<Attempt>) -> Result<(), Failure> {
    let (tries, apart) = PATH_TRIES;
    for _ in 0..tries {
        let Some(attempt) = weak.upgrade() else { return Ok(()) };
        let (peer, relays) = (attempt.peer.get().cloned().ok_or(Failure::Passing)?, attempt.relays());
        drop(attempt);
        if let Some(path) = peer.path(&relays).await {
            if let Some(attempt) = weak.upgrade() {
                attempt.progress(Progress::Connected { path });
            }
            return Ok(());
        }
        pause(apart).await;
    }
    Err(Failure::Passing)
}

/// Waits.
pub async fn pause(milliseconds: i32) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        let window = crate::islands::browser::window();
        let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
    });
    let _ = JsFuture::from(promise).await;
}
