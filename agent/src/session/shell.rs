//! Does what the core decides: signs and sends, shows windows, runs media, keeps the file of consents.
//!
//! Invariant: one loop owns everything; nothing in it waits for a person, a browser or the network.

mod notice;
mod questions;

use super::{
    core::{Action, Core, Input, Offer, WindowNotice},
    media::{self, Running},
    newest::{self, Throttle},
    preconsent, saved,
};
use crate::{
    connection::{self, Barred, Line, Notice, clock, clock::ServerClock},
    files::{self, Courier, Desk, FileChannel, Out, Rules},
    identity::{self, Identity},
    media::{DisplayTarget, MediaConfig},
    ui::{
        process::{self, Starter, Window},
        words::{FromWindow, ToWindow},
    },
};
use deskside_protocol::{
    UnixMillis,
    agent::{AgentToRelay, RelayToAgent},
    fingerprint::{FingerprintProof, PROOF_CONTEXT, proof_text},
    ids::{MessageId, Nonce, SessionId},
    report::{Event, Report},
    session::Scope,
    signed::{self, Signed},
    transfer::FILE_REPORTS,
};
use questions::Questions;
use rustls::ClientConfig;
use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Reports kept while the line is down, beside all that a session's files can have; the oldest go first.
const OUTBOX: usize = 256 + FILE_REPORTS as usize;
/// How long the last words to the relay may take.
const FAREWELL: Duration = Duration::from_secs(3);
/// How long a desk that ends may be silent before it has said everything.
const LAST_REPORTS: Duration = Duration::from_millis(200);

/// How the agent runs.
#[derive(Debug)]
pub struct Options {
    pub state: PathBuf,
    /// This executable; it shows the windows too.
    pub program: PathBuf,
    /// Ask on this computer, not in the portal alone.
    pub prompt: bool,
    pub tls: Arc<ClientConfig>,
    /// Name of the device in the portal, if not the machine's own.
    pub name: Option<String>,
}

enum Told {
    Window(SessionId, u64, process::Told),
    Media(SessionId, u32, media::Told),
    Notice(u64, process::Told),
    Files(SessionId, Out),
}

struct Shell {
    core: Core,
    identity: Arc<Identity>,
    options: Options,
    starter: Starter,
    clock: ServerClock,
    newest: Throttle,
    line: Option<Line>,
    restored: bool,
    outbox: VecDeque<Signed>,
    windows: BTreeMap<SessionId, (u64, Window)>,
    windows_opened: u64,
    notice: Option<notice::Open>,
    questions: Questions,
    media: BTreeMap<SessionId, (Running, watch::Sender<Vec<Scope>>)>,
    desks: BTreeMap<SessionId, Desk>,
    told: mpsc::Sender<Told>,
}

/// Runs the agent until `stop`, or until the relay says that it is not wanted.
pub async fn run(identity: Identity, options: Options, stop: CancellationToken) -> Result<(), Barred> {
    let identity = Arc::new(identity);
    let (notices, mut noticed) = mpsc::channel(256);
    let (told, mut telling) = mpsc::channel(256);
    let farewell = CancellationToken::new();
    let facts = identity::facts(options.name.as_deref());
    let keep = connection::keep(identity.clone(), facts, options.tls.clone(), notices, farewell.clone());
    let mut connection = tokio::spawn(keep);
    let mut core = Core::new(identity.device, identity.portal_key);
    let kept = newest::load(&options.state, identity.device).unwrap_or(UnixMillis::MIN);
    if kept > UnixMillis::MIN {
        core.not_before(kept);
    }
    core.hold(preconsent::load(&options.state, identity.device));
    let mut shell = Shell {
        core,
        starter: Starter::new(options.program.clone()),
        identity,
        options,
        clock: ServerClock::from_machine().no_earlier(Instant::now(), kept),
        newest: Throttle::new(kept),
        line: None,
        restored: false,
        outbox: VecDeque::new(),
        windows: BTreeMap::new(),
        windows_opened: 0,
        notice: None,
        questions: Questions::default(),
        media: BTreeMap::new(),
        desks: BTreeMap::new(),
        told,
    };
    loop {
        let newest = shell.newest.due(shell.core.newest());
        let next = shell.core.next_timeout().into_iter().chain(newest).min();
        let inputs = tokio::select! {
            Some(notice) = noticed.recv() => shell.noticed(notice),
            Some(told) = telling.recv() => shell.told(told),
            () = until(shell.clock, next) => vec![Input::Time],
            () = stop.cancelled() => break,
            ended = &mut connection => {
                shell.stop().await;
                return ended.unwrap_or(Ok(()));
            }
        };
        for input in inputs {
            shell.take(input).await;
        }
    }
    let had_desks = !shell.desks.is_empty();
    shell.stop().await;
    if had_desks {
        shell.last_reports(&mut telling).await;
    }
    farewell.cancel();
    // The connection's last notices have no reader any longer.
    drop(noticed);
    timeout(FAREWELL, connection)
        .await
        .map_or(Ok(()), |ended| ended.unwrap_or(Ok(())))
}

async fn until(clock: ServerClock, then: Option<UnixMillis>) {
    match then {
        Some(then) => {
            let left = u64::try_from(then.saturating_sub(clock.now())).unwrap_or(0);
            tokio::time::sleep(Duration::from_millis(left + 1)).await;
        }
        None => std::future::pending().await,
    }
}

impl Shell {
    async fn take(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let now = self.clock.now();
            self.core.set_own_clock(clock::machine().saturating_sub(now));
            for action in self.core.handle(input, now) {
                inputs.extend(self.act(action).await);
            }
            self.clock = self.clock.no_earlier(Instant::now(), self.core.newest());
        }
        self.forget_questions();
        let now = self.clock.now();
        if self.newest.due(self.core.newest()).is_some_and(|due| due <= now) {
            self.keep_newest(now).await;
        }
    }

    /// Stops every session, and leaves behind what the next run needs.
    async fn stop(&mut self) {
        self.take(Input::Stopping).await;
        if self.newest.due(self.core.newest()).is_some() {
            self.keep_newest(self.clock.now()).await;
        }
    }

    async fn keep_newest(&mut self, now: UnixMillis) {
        let newest = self.core.newest();
        self.newest.written(newest, now);
        let (state, device) = (self.options.state.clone(), self.identity.device);
        let stored = tokio::task::spawn_blocking(move || newest::store(&state, device, newest)).await;
        if let Ok(Err(error)) = stored {
            tracing::warn!("the portal's newest time cannot be kept for a restart: {error}");
        }
    }

    fn noticed(&mut self, notice: Notice) -> Vec<Input> {
        match notice {
            Notice::Up(line, clock) => {
                // The relay's word for the time is not signed; the portal's is.
                self.clock = clock.no_earlier(Instant::now(), self.core.newest());
                self.line = Some(line);
                self.flush();
                let mut inputs = Vec::new();
                if !std::mem::replace(&mut self.restored, true) {
                    inputs.push(Input::Restored(saved::load(&self.options.state)));
                }
                inputs.push(Input::LineUp);
                inputs
            }
            Notice::Down => {
                self.line = None;
                vec![Input::LineDown]
            }
            Notice::Message(message) => match *message {
                RelayToAgent::Command { command } => vec![Input::Command(command)],
                RelayToAgent::Offer {
                    session,
                    attempt,
                    sdp,
                    ticket,
                    tunnel,
                } => {
                    vec![Input::Offer(Offer {
                        session,
                        attempt,
                        sdp,
                        ticket,
                        tunnel,
                    })]
                }
                RelayToAgent::Candidate {
                    session,
                    attempt,
                    candidate,
                } => {
                    vec![Input::Candidate {
                        session,
                        attempt,
                        candidate,
                    }]
                }
                RelayToAgent::BrowserLeft { session, attempt } => vec![Input::BrowserLeft { session, attempt }],
                // The line has taken these already, or they came at the wrong time.
                RelayToAgent::Challenge { .. }
                | RelayToAgent::Enrolled { .. }
                | RelayToAgent::Welcome { .. }
                | RelayToAgent::Refused { .. }
                | RelayToAgent::Ping => vec![],
            },
        }
    }

    fn told(&mut self, told: Told) -> Vec<Input> {
        match told {
            Told::Window(session, number, told) => {
                if self.windows.get(&session).is_none_or(|(current, _)| *current != number) {
                    return vec![];
                }
                let notice = match told {
                    process::Told::Said(FromWindow::Shown) => WindowNotice::Shown,
                    process::Told::Said(FromWindow::Answered { accepted }) => WindowNotice::Answered { accepted },
                    process::Told::Said(FromWindow::Stop) => WindowNotice::Stop,
                    process::Told::Said(FromWindow::Chat { text }) => WindowNotice::Chat {
                        message: MessageId(Uuid::now_v7()),
                        text,
                    },
                    process::Told::Said(FromWindow::Read | FromWindow::TakenBack) => return vec![],
                    process::Told::Said(FromWindow::Questions { taken, open }) => {
                        self.questions.told(number, taken, open);
                        return vec![];
                    }
                    process::Told::Said(FromWindow::FileAnswered { id, answer }) => {
                        return self.tell_desk(session, files::Order::Answer(id, answer));
                    }
                    process::Told::Said(FromWindow::SendFile { path }) => {
                        return self.tell_desk(session, files::Order::Send(path.into()));
                    }
                    process::Told::Said(FromWindow::CancelFile { id }) => {
                        return self.tell_desk(session, files::Order::Cancel(id));
                    }
                    process::Told::NeverShown => WindowNotice::Unavailable,
                    process::Told::Gone => WindowNotice::Died,
                };
                if matches!(notice, WindowNotice::Unavailable | WindowNotice::Died) {
                    self.windows.remove(&session);
                }
                vec![Input::Window(session, notice)]
            }
            Told::Notice(number, told) => self.notice_told(number, told),
            Told::Files(session, out) => {
                self.files(session, out);
                vec![]
            }
            Told::Media(session, attempt, told) => {
                if self
                    .media
                    .get(&session)
                    .is_none_or(|(running, _)| running.attempt != attempt)
                {
                    return vec![];
                }
                match told {
                    media::Told::Notice(notice) => return vec![Input::Media(session, attempt, notice)],
                    media::Told::Candidate(candidate) => {
                        self.send(&AgentToRelay::Candidate {
                            session,
                            attempt,
                            candidate,
                        });
                    }
                    media::Told::Answered(answer) => {
                        let text = proof_text(session, attempt, &answer.fingerprint);
                        let signature = signed::sign(PROOF_CONTEXT, text.as_bytes(), &self.identity.key);
                        let proof = FingerprintProof {
                            fingerprint: answer.fingerprint,
                            signature,
                        };
                        self.send(&AgentToRelay::Answer {
                            session,
                            attempt,
                            sdp: answer.sdp,
                            proof,
                        });
                    }
                }
                vec![]
            }
        }
    }

    async fn act(&mut self, action: Action) -> Vec<Input> {
        match action {
            Action::Report(event) => self.report(event),
            Action::ShowPrompt {
                session,
                about,
                seconds,
            } => {
                tracing::info!(%session, operator = about.operator, "an operator asks to connect");
                if !self.options.prompt {
                    return vec![Input::Window(session, WindowNotice::Unavailable)];
                }
                self.show(session, ToWindow::Prompt { about, seconds });
            }
            Action::ShowBar { session, about, state } => self.show(session, ToWindow::Bar { about, state }),
            Action::ShowChat {
                session,
                from,
                text,
                sent_at,
            } => {
                self.show(session, ToWindow::Chat { from, text, sent_at });
            }
            Action::CloseWindow { session } => {
                self.windows.remove(&session);
                self.desks.remove(&session);
            }
            Action::ShowNotice { request, notice } => return self.show_notice(request, notice),
            Action::CloseNotice => self.notice = None,
            Action::SaveAllowed(allowed) => self.save_allowed(allowed).await,
            Action::StartMedia {
                session,
                attempt,
                sdp,
                paths,
                scopes,
                operator,
                files,
                tunnel,
                peer_fingerprint,
            } => {
                let rules = Rules {
                    session,
                    operator,
                    policy: files,
                    to_device: scopes.contains(&Scope::SendFiles),
                    to_assistant: scopes.contains(&Scope::ReceiveFiles),
                };
                let (granted, scopes) = watch::channel(scopes);
                let config = MediaConfig {
                    session,
                    attempt,
                    paths,
                    scopes,
                    display: DisplayTarget::Own,
                    files: self.connect_desk(rules),
                    asking: self.questions.watch(),
                    peer_fingerprint,
                };
                self.start_media(config, granted, sdp, tunnel);
            }
            Action::AddCandidate {
                session,
                attempt,
                candidate,
            } => {
                if let Some((running, _)) = self
                    .media
                    .get(&session)
                    .filter(|(running, _)| running.attempt == attempt)
                {
                    running.add_candidate(candidate);
                }
            }
            Action::CloseMedia { session, reason } => {
                if let Some((running, _)) = self.media.remove(&session)
                    && let Some(reason) = reason
                {
                    running.close(reason);
                }
            }
            Action::Decline { session, attempt, why } => {
                tracing::info!(%session, attempt, ?why, "an offer was declined");
                self.send(&AgentToRelay::Decline { session, attempt, why });
            }
            Action::Save(saved) => {
                let state = self.options.state.clone();
                let stored = tokio::task::spawn_blocking(move || saved::store(&state, &saved)).await;
                if let Ok(Err(error)) = stored {
                    tracing::warn!("consents cannot be kept for a restart: {error}");
                }
            }
            Action::Log(sentence) => tracing::warn!("{sentence}"),
        }
        vec![]
    }

    fn start_media(&mut self, config: MediaConfig, granted: watch::Sender<Vec<Scope>>, sdp: String, tunnel: u32) {
        let Some(line) = &self.line else { return };
        let MediaConfig { session, attempt, .. } = config;
        let link = line.open_tunnel(tunnel);
        let wrap = move |told| Told::Media(session, attempt, told);
        let running = Running::start(config, sdp, link, self.told.clone(), wrap);
        self.media.insert(session, (running, granted));
    }

    /// A new connection to the desk of a session, which is opened if there is none; `None`: no files may be sent.
    fn connect_desk(&mut self, rules: Rules) -> Option<FileChannel> {
        let session = rules.session;
        let allowed = rules.to_device || rules.to_assistant;
        if let Some(desk) = self.desks.get(&session) {
            desk.tell(files::Order::Follow(rules.clone()));
        }
        if !allowed {
            return None;
        }
        let told = &self.told;
        let desk = self.desks.entry(session).or_insert_with(|| {
            let courier = Courier::new(rules, files::downloads());
            Desk::open(courier, told.clone(), move |out| Told::Files(session, out))
        });
        let (line, channel) = files::channel();
        desk.tell(files::Order::Connect(line));
        Some(channel)
    }

    fn tell_desk(&self, session: SessionId, order: files::Order) -> Vec<Input> {
        if let Some(desk) = self.desks.get(&session) {
            desk.tell(order);
        }
        vec![]
    }

    fn files(&mut self, session: SessionId, out: Out) {
        match out {
            Out::Report(event) => self.report(event),
            Out::Show(what) => {
                if self.windows.contains_key(&session) {
                    self.show(session, what);
                }
            }
            // Said over the desk's own connection.
            Out::Say(_) => {}
        }
    }

    /// Reports what the desks have to say of transfers that end with the agent.
    async fn last_reports(&mut self, telling: &mut mpsc::Receiver<Told>) {
        while let Ok(Some(told)) = timeout(LAST_REPORTS, telling.recv()).await {
            if let Told::Files(session, out) = told {
                self.files(session, out);
            }
        }
    }

    /// Shows something in the window process of a session, which is started if there is none.
    fn show(&mut self, session: SessionId, what: ToWindow) {
        let (starter, told, opened) = (&self.starter, &self.told, &mut self.windows_opened);
        let (number, window) = self.windows.entry(session).or_insert_with(|| {
            *opened += 1;
            let number = *opened;
            (
                number,
                starter.open(told.clone(), move |told| Told::Window(session, number, told)),
            )
        });
        if what.asks() {
            self.questions.put(*number);
        }
        window.show(what);
    }

    fn forget_questions(&mut self) {
        let (windows, notice) = (&self.windows, &self.notice);
        self.questions.only(|number| {
            let of_session = windows.values().any(|(window, _)| *window == number);
            of_session || notice.as_ref().is_some_and(|open| open.number() == number)
        });
    }

    fn report(&mut self, event: Event) {
        log(&event);
        let report = Report {
            nonce: Nonce(Uuid::now_v7()),
            at: self.clock.now(),
            event,
        };
        match Signed::seal(&report, &self.identity.key) {
            Ok(report) => {
                if self.outbox.len() >= OUTBOX {
                    self.outbox.pop_front();
                }
                self.outbox.push_back(report);
                self.flush();
            }
            Err(error) => tracing::error!("a report cannot be written: {error}"),
        }
    }

    fn flush(&mut self) {
        while let Some(report) = self.outbox.front() {
            if !self.send(&AgentToRelay::Report { report: report.clone() }) {
                break;
            }
            self.outbox.pop_front();
        }
    }

    fn send(&self, message: &AgentToRelay) -> bool {
        self.line.as_ref().is_some_and(|line| line.send(message))
    }
}

/// What happened and to which session; what people wrote stays between them.
fn log(event: &Event) {
    let kind = match event {
        Event::ConsentShown { .. } => "consent shown",
        Event::Consent { .. } => "consent answered",
        Event::Connected { .. } => "connected",
        Event::Interrupted { .. } => "interrupted",
        Event::Ended { .. } => "ended",
        Event::Chat { .. } => "chat",
        Event::PreConsentShown { .. } => "allowance shown",
        Event::PreConsentTakenBack { .. } => "allowance taken back",
        Event::File { .. } => "file",
    };
    match (event, event.session()) {
        (_, Some(session)) => tracing::info!(%session, kind, "report"),
        (Event::PreConsentShown { request, .. } | Event::PreConsentTakenBack { request, .. }, None) => {
            tracing::info!(%request, kind, "report");
        }
        (_, None) => tracing::info!(kind, "report"),
    }
}

#[cfg(test)]
#[path = "shell_tests.rs"]
mod tests;
