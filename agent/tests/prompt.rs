//! The agent's program with its windows, on a real X desktop, against a relay.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod relay;
mod screen;

use deskside_agent::{
    connection::server::Server,
    enrol::{Enrolment, enrol},
};
use deskside_protocol::{
    agent::RelayToAgent,
    bytes::PublicKey,
    command::Order,
    ids::{MessageId, RequestId, SessionId},
    preconsent::{AllowedWindow, PreConsent},
    report::Event,
    session::{ConsentAnswer, EndReason, Scope},
};
use relay::{Peer, Relay};
use screen::Desktop;
use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use uuid::Uuid;

const PROMPT: &str = "Deskside: connection request";
const BAR: &str = "Deskside: session";
const CHAT: &str = "Deskside: chat";
const REQUEST: RequestId = RequestId(Uuid::from_u128(12));

/// A running agent on a desktop, connected.
struct Rig {
    desktop: Desktop,
    relay: Relay,
    peer: Peer,
    key: PublicKey,
    agent: Child,
    state: PathBuf,
    session: SessionId,
}

impl Rig {
    async fn start() -> Self {
        let desktop = tokio::task::spawn_blocking(Desktop::open).await.unwrap();
        let relay = Relay::start().await;
        let state = std::env::temp_dir().join(format!("deskside-prompt-test-{}", Uuid::now_v7()));
        let server: Server = relay.address().parse().unwrap();
        let token = relay.token("good");
        let enrolment = Enrolment {
            server,
            token: &token,
            name: None,
            authority: None,
            replace: false,
        };
        let (enrolled, seen) = tokio::join!(enrol(&state, enrolment), relay.enrol("good"));
        enrolled.unwrap();
        let (key, _) = seen.unwrap();
        let agent = start(&desktop, &state);
        let peer = relay.welcome(key, 30_000).await;
        Self {
            desktop,
            relay,
            peer,
            key,
            agent,
            state,
            session: SessionId(Uuid::now_v7()),
        }
    }

    async fn ask(&mut self) {
        let session = self.session;
        let order = Order::AskConsent {
            session,
            request: REQUEST,
            operator: "Oscar Operator".into(),
            subject: "Printer".into(),
            reference: "R-1001".into(),
            scopes: vec![Scope::View, Scope::Control, Scope::Chat],
            files: deskside_protocol::transfer::FilePolicy::default(),
            answer_by: self.relay.now() + 30_000,
        };
        self.peer.send(&self.relay.command(order)).await;
        assert_eq!(self.report().await, Event::ConsentShown { session });
    }

    /// Asks, and accepts at the prompt.
    async fn accept(&mut self) {
        self.ask().await;
        self.desktop.answer(PROMPT, &["alt+a"]);
        assert_eq!(self.report().await, self.answer(ConsentAnswer::Accepted));
        self.desktop.wait_for(BAR);
    }

    async fn report(&mut self) -> Event {
        self.peer.report(&self.key).await
    }

    fn answer(&self, answer: ConsentAnswer) -> Event {
        Event::Consent {
            session: self.session,
            answer,
        }
    }

    fn ended(&self, reason: EndReason) -> Event {
        Event::Ended {
            session: self.session,
            reason,
        }
    }

    /// Kills the window process, as a crash would.
    fn crash_windows(&self) {
        let mut killed = false;
        let end = Instant::now() + screen::SOON;
        while !killed && Instant::now() < end {
            let agent = self.agent.id().to_string();
            killed = Command::new("pkill")
                .args(["-KILL", "-P", &agent])
                .status()
                .unwrap()
                .success();
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(killed, "the agent has a window process");
    }

    fn signal(&self, signal: &str) {
        Command::new("kill")
            .args([signal, &self.agent.id().to_string()])
            .status()
            .unwrap();
    }
}

fn start(desktop: &Desktop, state: &PathBuf) -> Child {
    let mut command = desktop.command(env!("CARGO_BIN_EXE_deskside-agent"));
    command
        .args(["run", "--state"])
        .arg(state)
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = self.agent.kill();
        let _ = self.agent.wait();
        let _ = fs::remove_dir_all(&self.state);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accepting_at_the_prompt_tells_the_portal_and_stop_ends_it() {
    let mut rig = Rig::start().await;
    rig.accept().await;
    rig.desktop.press(BAR, &["alt+s"]);
    assert_eq!(rig.report().await, rig.ended(EndReason::Employee));
    rig.desktop.wait_for_none(BAR);
}

#[tokio::test(flavor = "multi_thread")]
async fn declining_at_the_prompt_tells_the_portal() {
    let mut rig = Rig::start().await;
    rig.ask().await;
    rig.desktop.answer(PROMPT, &["Escape"]);
    assert_eq!(rig.report().await, rig.answer(ConsentAnswer::Declined));
    rig.desktop.wait_for_none(PROMPT);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_in_the_portal_turns_the_prompt_into_the_bar() {
    let mut rig = Rig::start().await;
    rig.ask().await;
    let session = rig.session;
    rig.peer
        .send(&rig.relay.command(Order::ConsentAnswered {
            session,
            accepted: true,
        }))
        .await;
    rig.desktop.wait_for(BAR);
    rig.desktop.wait_for_none(PROMPT);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_that_crashes_counts_as_no_answer() {
    let mut rig = Rig::start().await;
    rig.ask().await;
    rig.crash_windows();
    assert_eq!(rig.report().await, rig.answer(ConsentAnswer::Ignored));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bar_that_crashes_comes_back_once_and_then_the_session_ends() {
    let mut rig = Rig::start().await;
    rig.accept().await;
    rig.crash_windows();
    rig.desktop.wait_for(BAR);
    rig.crash_windows();
    assert_eq!(rig.report().await, rig.ended(EndReason::Failed));
}

#[tokio::test(flavor = "multi_thread")]
async fn chat_goes_both_ways() {
    let mut rig = Rig::start().await;
    rig.accept().await;
    let session = rig.session;
    let message = MessageId(Uuid::now_v7());
    let order = Order::ShowChat {
        session,
        message,
        from: "Oscar".into(),
        text: "Hello".into(),
        sent_at: 0,
    };
    rig.peer.send(&rig.relay.command(order)).await;
    rig.desktop.press(CHAT, &["Tab"]);
    rig.desktop.type_text("thank you");
    rig.desktop.press(CHAT, &["Return"]);
    let Event::Chat { text, .. } = rig.report().await else {
        panic!("not a chat")
    };
    assert_eq!(text, "thank you");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_agent_keeps_the_consent_and_shows_the_bar_again() {
    let mut rig = Rig::start().await;
    rig.accept().await;
    rig.signal("-KILL");
    rig.agent.wait().unwrap();
    rig.desktop.wait_for_none(BAR);
    rig.agent = start(&rig.desktop, &rig.state);
    rig.peer = rig.relay.welcome(rig.key, 30_000).await;
    assert_eq!(rig.report().await, rig.answer(ConsentAnswer::Accepted));
    rig.desktop.wait_for(BAR);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_agent_closes_its_windows_and_its_connection_and_succeeds() {
    for signal in ["-INT", "-TERM"] {
        let mut rig = Rig::start().await;
        rig.accept().await;
        rig.signal(signal);
        assert_eq!(rig.peer.next().await, None);
        assert!(rig.agent.wait().unwrap().success());
        rig.desktop.wait_for_none(BAR);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_agent_for_the_same_device_refuses_to_start() {
    let rig = Rig::start().await;
    let second = rig
        .desktop
        .command(env!("CARGO_BIN_EXE_deskside-agent"))
        .args(["run", "--state"])
        .arg(&rig.state)
        .output();
    let second = second.unwrap();
    assert!(!second.status.success());
    let words = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(words.contains("An agent already runs"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_display_only_the_portal_can_answer() {
    let mut rig = Rig::start().await;
    rig.signal("-TERM");
    rig.agent.wait().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_deskside-agent"));
    command
        .env_remove("DISPLAY")
        .args(["run", "--state"])
        .arg(&rig.state)
        .stderr(Stdio::null());
    rig.agent = command.spawn().unwrap();
    rig.peer = rig.relay.welcome(rig.key, 30_000).await;
    let session = rig.session;
    let order = Order::AskConsent {
        session,
        request: REQUEST,
        operator: "Oscar Operator".into(),
        subject: "Printer".into(),
        reference: "R-1001".into(),
        scopes: vec![Scope::View],
        files: deskside_protocol::transfer::FilePolicy::default(),
        answer_by: rig.relay.now() + 3_000,
    };
    rig.peer.send(&rig.relay.command(order)).await;
    rig.peer.send(&RelayToAgent::Ping).await;
    // No ConsentShown before it.
    assert_eq!(rig.report().await, rig.answer(ConsentAnswer::Ignored));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_allowed_in_advance_is_shown_and_then_connects_without_a_prompt_over_a_restart_too() {
    let mut rig = Rig::start().await;
    let now = rig.relay.now();
    let window = AllowedWindow {
        starts_at: now - 60_000,
        ends_at: now + 3_600_000,
    };
    let stated = PreConsent {
        request: REQUEST,
        version: 1,
        owner: "Emma Example".into(),
        subject: "Printer".into(),
        reference: "R-1001".into(),
        scopes: vec![Scope::View, Scope::Control, Scope::Chat],
        windows: vec![window],
    };
    rig.peer.send(&rig.relay.command(Order::PreConsent(stated))).await;
    let shown = Event::PreConsentShown {
        request: REQUEST,
        version: 1,
    };
    assert_eq!(rig.report().await, shown);
    rig.signal("-KILL");
    rig.agent.wait().unwrap();
    rig.agent = start(&rig.desktop, &rig.state);
    rig.peer = rig.relay.welcome(rig.key, 30_000).await;
    let session = rig.session;
    let order = Order::AskConsent {
        session,
        request: REQUEST,
        operator: "Oscar Operator".into(),
        subject: "Printer".into(),
        reference: "R-1001".into(),
        scopes: vec![Scope::View],
        files: deskside_protocol::transfer::FilePolicy::default(),
        answer_by: rig.relay.now() + 30_000,
    };
    rig.peer.send(&rig.relay.command(order)).await;
    assert_eq!(rig.report().await, rig.answer(ConsentAnswer::AllowedInAdvance));
    rig.desktop.wait_for(BAR);
    rig.desktop.press(BAR, &["alt+s"]);
    let taken_back = Event::PreConsentTakenBack {
        request: REQUEST,
        version: 1,
    };
    assert_eq!(rig.report().await, taken_back);
    assert_eq!(rig.report().await, rig.ended(EndReason::Employee));
}
