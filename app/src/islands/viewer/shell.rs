//! Runs [`super::core`] in the browser: carries out its commands and feeds it what happens.

use super::{
    attempt::{Attempt, Told, pause},
    chat::Chat,
    core::{Command, Core, Input, Progress},
    cursor::DeviceCursor,
    files::Files,
    hands::Hands,
    line::Line,
    peer::Peer,
    portal,
    rates::{Counters, Pings, line as statistics_line},
    screen::{Screen, detail, piece},
    statistics,
    status::Status,
};
use crate::islands::{
    browser::{Alarm, Listener, Shared, now, shared, window},
    live::{refresh::Fetched, watch::Watch},
};
use crate::{tf, words::t};
use deskside_protocol::{
    channel::{AgentControl, BrowserControl, CONTROL, Cursor, FILES, decode, encode},
    ids::{RequestId, SessionId},
    session::{MediaPath, Scope},
    transfer::FilePolicy,
};
use std::{
    cell::Cell,
    rc::{Rc, Weak},
};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Element, Event, HtmlElement};

/// How often the statistics line is renewed and the device is pinged.
const SECOND: u64 = 1_000;
/// How long a connection is kept to send what was written last, milliseconds.
const LAST_WORDS: i32 = 500;

/// The running viewer. Lives as long as the page.
struct Shell {
    me: Weak<Self>,
    session: SessionId,
    owner: String,
    core: Shared<Core>,
    attempt: Shared<Option<Rc<Attempt>>>,
    /// Of the last connection: while another is made, its last picture stays on the screen.
    picture: Shared<Option<Rc<Peer>>>,
    screen: Rc<Screen>,
    line: Rc<Line>,
    hands: Rc<Hands>,
    cursor: Shared<DeviceCursor>,
    chat: Rc<Chat>,
    files: Rc<Files>,
    pings: Shared<Pings>,
    counters: Cell<Option<Counters>>,
    path: Cell<Option<MediaPath>>,
    timings: bool,
    alarm: Shared<Option<Alarm>>,
    second: Shared<Option<Alarm>>,
}

/// Starts the viewer in its HTML.
pub fn start(root: &HtmlElement, session: SessionId, request: RequestId, owner: String, files: FilePolicy) {
    let Some(screen) = Screen::find(root).map(Rc::new) else {
        return;
    };
    let search = window().location().search().unwrap_or_default();
    let timings = search
        .trim_start_matches('?')
        .split('&')
        .any(|part| part == "timings=1");
    let line = Line::new(timings.then(|| screen.clone()));
    let cursor = shared(DeviceCursor::new(screen.clone()));
    let shell = Rc::new_cyclic(|me: &Weak<Shell>| Shell {
        me: me.clone(),
        session,
        owner: owner.clone(),
        core: shared(Core::default()),
        attempt: shared(None),
        picture: shared(None),
        hands: Hands::new(screen.clone(), line.clone(), cursor.clone()),
        chat: Chat::new(request, screen.clone()),
        files: Files::new(screen.clone(), owner.clone(), files),
        line,
        cursor,
        pings: shared(Pings::default()),
        counters: Cell::new(None),
        path: Cell::new(None),
        timings,
        alarm: shared(None),
        second: shared(None),
        screen,
    });
    let (ticking, each_second) = (shell.clone(), shell.clone());
    *shell.alarm.borrow_mut() = Some(Alarm::new(move || ticking.handle(Input::Tick)));
    *shell.second.borrow_mut() = Some(Alarm::new(move || each_second.each_second()));
    let pressing = shell.clone();
    let pressed = Listener::new(root, "click", move |event: Event| pressing.pressed(&event));
    let leaving = shell.clone();
    let left = Listener::plain(&window(), "pagehide", move || {
        if leaving.core.borrow().is_open() {
            portal::leave(leaving.session);
        }
    });
    std::mem::forget((pressed, left));
    shell.watch(request);
    shell.chat.refresh();
    shell.handle(Input::Started);
    shell.each_second();
}

impl Shell {
    fn watch(self: &Rc<Self>, request: RequestId) {
        let topics = ["session:", &self.session.to_string(), ",request:", &request.to_string()].concat();
        let shell = self.clone();
        let changed = move || {
            shell.handle(Input::Changed);
            shell.chat.refresh();
            std::future::ready(Fetched::Done)
        };
        // The status line already says what a lost connection means here.
        Watch::new(topics, changed, |_| {}).keep();
    }

    fn handle(&self, input: Input) {
        let commands = self.core.borrow_mut().handle(input, now());
        for command in commands {
            self.carry_out(command);
        }
        let at = self.core.borrow().next_timeout();
        if let Some(alarm) = &*self.alarm.borrow() {
            alarm.set(at);
        }
    }

    fn carry_out(&self, command: Command) {
        let attempt = self.attempt.borrow().clone();
        match command {
            Command::AskPortal => {
                let (me, session) = (self.me.clone(), self.session);
                spawn_local(async move {
                    let seen = portal::look(session).await;
                    if let Some(shell) = me.upgrade() {
                        shell.handle(Input::Seen(seen));
                    }
                });
            }
            Command::Start { attempt } => {
                self.cursor.borrow_mut().reset();
                let me = self.me.clone();
                let tell = move |number, told| {
                    if let Some(shell) = me.upgrade() {
                        shell.told(number, told);
                    }
                };
                *self.attempt.borrow_mut() = Some(Attempt::start(attempt, self.session, Rc::new(tell)));
            }
            Command::Offer => attempt.into_iter().for_each(|attempt| attempt.offer(&attempt)),
            Command::AddRelay => attempt.into_iter().for_each(|attempt| attempt.add_relay()),
            Command::Drop => {
                self.line.connect(None);
                self.files.disconnect();
                self.path.set(None);
                self.screen.write(".viewer-statistics", "");
                // Dropped later: this may run inside one of the attempt's own callbacks.
                let dropped = self.attempt.borrow_mut().take();
                spawn_local(async move { drop((attempt, dropped)) });
            }
            Command::TellEnd => self.end(),
            Command::Show(status) => self.show(status),
        }
    }

    /// Tells the portal, which tells the device; where it cannot be reached, the device is told directly.
    fn end(&self) {
        let (screen, session) = (self.screen.clone(), self.session);
        let attempt = self.attempt.borrow().clone();
        spawn_local(async move {
            let Err(why) = portal::end(session).await else { return };
            let peer = attempt.as_ref().and_then(|attempt| attempt.peer().cloned());
            if peer.is_some_and(|peer| peer.send_control(&encode(&BrowserControl::End))) {
                pause(LAST_WORDS).await;
            } else {
                screen.write(".viewer-notice", &tf!("The portal was not told: {why}", why = why));
            }
        });
    }

    fn show(&self, status: Status) {
        let root = &self.screen.root;
        self.screen.write(".viewer-status", &status.words(&self.owner));
        let _ = root.set_attribute("data-status", status.name());
        if let Some(retry) = self.screen.button("retry") {
            retry.set_hidden(!status.may_retry());
        }
        let over = matches!(status, Status::Over(_));
        if over {
            self.screen.keep_focus();
            self.picture.borrow_mut().take();
            self.files.finish();
            if let Some(button) = self.screen.button("files") {
                button.set_hidden(true);
            }
        }
        for act in ["end", "keyboard", "paste", "fit", "actual", "full-screen"] {
            if let Some(button) = self.screen.button(act) {
                button.set_hidden(over);
            }
        }
        if let Some(hint) = piece::<HtmlElement>(root, ".viewer-hint") {
            hint.set_hidden(over);
        }
        self.screen.write(".viewer-curtain", status.explanation());
        match status {
            Status::Connected(_) => self.screen.surface.set_hidden(false),
            Status::Over(_) => {
                self.screen.write(".viewer-blind", "");
                self.screen.surface.set_hidden(true);
                self.screen.show(None);
                if window()
                    .document()
                    .is_some_and(|document| document.fullscreen_element().is_some())
                {
                    self.screen.toggle_full_screen();
                }
            }
            _ => {}
        }
    }

    fn told(&self, number: u32, told: Told) {
        let attempt = self
            .attempt
            .borrow()
            .clone()
            .filter(|attempt| attempt.number() == number);
        let Some(attempt) = attempt else { return };
        match told {
            Told::Progress(what) => {
                let was_connected = self.core.borrow().is_connected();
                self.handle(Input::Progress { attempt: number, what });
                if !was_connected && self.core.borrow().is_connected() {
                    self.connected(&attempt);
                }
                if let Progress::Connected { path } = what {
                    self.path_is(path);
                }
            }
            Told::Open(CONTROL) => {
                if let Some(peer) = attempt.peer().filter(|_| self.timings) {
                    peer.send_control(&encode(&BrowserControl::Timings { on: true }));
                }
                self.path.get().into_iter().for_each(|path| self.tell_path(path));
            }
            Told::Open(FILES) => {
                if let Some(peer) = attempt.peer() {
                    self.files.connect(peer.clone());
                }
            }
            Told::Open(_) => {}
            Told::Files(bytes) => self.files.took(&bytes),
            Told::FilesDrained => self.files.pump(),
            Told::Cursor(bytes) => {
                if let Ok(message) = decode::<Cursor>(&bytes) {
                    self.cursor.borrow_mut().apply(message);
                }
            }
            Told::Control(bytes) => {
                if let Ok(message) = decode::<AgentControl>(&bytes) {
                    self.device_says(message);
                }
            }
        }
    }

    fn connected(&self, attempt: &Attempt) {
        let Some(peer) = attempt.peer() else { return };
        *self.pings.borrow_mut() = Pings::default();
        self.counters.set(None);
        self.line.connect(Some(peer.clone()));
        self.screen.show(peer.stream().as_ref());
        *self.picture.borrow_mut() = Some(peer.clone());
    }

    fn path_is(&self, path: MediaPath) {
        if self.path.replace(Some(path)) != Some(path) {
            self.tell_path(path);
        }
    }

    fn tell_path(&self, path: MediaPath) {
        self.line.control(&BrowserControl::Path { path });
    }

    fn device_says(&self, message: AgentControl) {
        match message {
            AgentControl::Pong { number } => self.pings.borrow_mut().answered(number, now()),
            AgentControl::Desktop { width, height } => {
                self.screen.set_desktop(width, height);
                self.screen.write(".viewer-blind", "");
            }
            AgentControl::Scopes { granted } => {
                let control = granted.contains(&Scope::Control);
                self.line.allow_control(control);
                self.files.allow(&granted);
                let notice = if control {
                    ""
                } else {
                    t("View only: mouse and keyboard are not granted.")
                };
                self.screen.write(".viewer-notice", notice);
            }
            AgentControl::Frame {
                rtp_timestamp,
                after_input,
                timing,
            } => {
                let fields = [
                    ("rtpTimestamp", rtp_timestamp),
                    ("afterInput", after_input),
                    ("wait", timing.wait),
                    ("capture", timing.capture),
                    ("convert", timing.convert),
                    ("encode", timing.encode),
                    ("bytes", timing.bytes),
                ];
                self.screen.tell("deskside-frame", &detail(&fields));
            }
            AgentControl::Blind { why } => self.screen.write(".viewer-blind", &why),
            AgentControl::Ended { reason } => self.handle(Input::EndedByDevice(reason)),
        }
    }

    /// Pings the device, renews the statistics line and notices a changed path.
    fn each_second(&self) {
        if let Some(second) = &*self.second.borrow() {
            second.set(Some(now() + SECOND));
        }
        self.files.each_second();
        let Some(attempt) = self
            .attempt
            .borrow()
            .clone()
            .filter(|_| self.core.borrow().is_connected())
        else {
            return;
        };
        let Some(peer) = attempt.peer().cloned() else { return };
        if !self.pings.borrow().is_alive() {
            return self.handle(Input::Progress {
                attempt: attempt.number(),
                what: Progress::Weak,
            });
        }
        let number = self.pings.borrow_mut().next(now());
        if !self.line.control(&BrowserControl::Ping { number }) {
            self.pings.borrow_mut().answered(number, now());
        }
        let me = self.me.clone();
        spawn_local(async move {
            let read = statistics::read(&peer, &attempt.relays()).await;
            if let (Some((path, counters)), Some(shell)) = (read, me.upgrade()) {
                shell.renew(&attempt, path, counters);
            }
        });
    }

    fn renew(&self, attempt: &Attempt, path: MediaPath, counters: Counters) {
        if !self.core.borrow().is_connected() {
            return;
        }
        if let Some(before) = self.counters.replace(Some(counters)) {
            let text = statistics_line(path, &self.pings.borrow(), before, counters);
            self.screen.write(".viewer-statistics", &text);
        }
        if attempt.peer().is_some_and(|peer| peer.is_connected()) {
            self.told(attempt.number(), Told::Progress(Progress::Connected { path }));
        }
    }

    fn pressed(&self, event: &Event) {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let act = target.and_then(|target| target.closest("[data-act]").ok().flatten());
        match act
            .and_then(|act| act.get_attribute("data-act"))
            .unwrap_or_default()
            .as_str()
        {
            "fit" => self.screen.set_actual_size(false),
            "actual" => self.screen.set_actual_size(true),
            "full-screen" => self.screen.toggle_full_screen(),
            "keyboard" => drop(self.screen.keys.focus()),
            "paste" => self.paste(),
            "chat" => self.chat.toggle(),
            "files" => self.files.choose(),
            "close-files" => self.files.close(),
            "end" => self.handle(Input::EndPressed),
            "retry" => self.handle(Input::RetryPressed),
            _ => {}
        }
    }

    fn paste(&self) {
        let (screen, hands) = (self.screen.clone(), self.hands.clone());
        let reading = window().navigator().clipboard().read_text();
        spawn_local(async move {
            match JsFuture::from(reading).await {
                Ok(text) => hands.type_text(&text.as_string().unwrap_or_default()),
                Err(_) => screen.write(".viewer-notice", t("The browser gave no access to the clipboard.")),
            }
        });
    }
}
