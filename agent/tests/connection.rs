//! The whole agent against a relay, without media.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod relay;

use deskside_agent::{
    connection::{server::Server, tls},
    enrol::{EnrolError, Enrolment, enrol},
    identity::Identity,
    session::shell::{self, Options},
};
use deskside_protocol::{
    agent::{AgentToRelay, DeclineOffer, Refusal, RelayToAgent},
    bytes::{Fixed, PublicKey},
    command::Order,
    ids::{RequestId, SessionId},
    report::Event,
    session::{ConsentAnswer, EndReason, Scope},
    signed::Signed,
};
use relay::{Relay, SOON};
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tokio::{task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("deskside-agent-test-{}", Uuid::now_v7())))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn enrolment<'a>(server: &str, token: &'a str) -> Enrolment<'a> {
    Enrolment {
        server: server.parse::<Server>().unwrap(),
        token,
        name: Some("Desk 4"),
        authority: None,
        replace: false,
    }
}

/// A token that can be read, from a portal that nobody knows.
fn whole_token() -> String {
    format!("good.{}", Fixed([9; 32]))
}

async fn enrolled(relay: &Relay, state: &Path) -> PublicKey {
    let (address, token) = (relay.address(), relay.token("good"));
    let (enrolled, seen) = tokio::join!(enrol(state, enrolment(&address, &token)), relay.enrol("good"));
    let (key, facts) = seen.unwrap();
    assert_eq!(facts.name, "Desk 4");
    assert_eq!(enrolled.unwrap().public_key(), key);
    key
}

struct Agent {
    task: JoinHandle<Result<(), String>>,
    stop: CancellationToken,
}

/// An agent that asks in the portal alone.
fn agent(state: &Path) -> Agent {
    let stop = CancellationToken::new();
    let options = Options {
        state: state.into(),
        program: env!("CARGO_BIN_EXE_deskside-agent").into(),
        prompt: false,
        tls: tls::client(None).unwrap(),
        name: None,
    };
    let running = shell::run(Identity::load(state).unwrap(), options, stop.clone());
    let task = tokio::spawn(async move { running.await.map_err(|error| error.to_string()) });
    Agent { task, stop }
}

fn ask(relay: &Relay, session: SessionId) -> RelayToAgent {
    relay.command(Order::AskConsent {
        session,
        request: RequestId(Uuid::nil()),
        operator: "Oscar Operator".into(),
        subject: "Printer".into(),
        reference: "R-1001".into(),
        scopes: vec![Scope::View],
        files: deskside_protocol::transfer::FilePolicy::default(),
        answer_by: relay.now() + 30_000,
    })
}

fn a_session() -> SessionId {
    SessionId(Uuid::now_v7())
}

#[tokio::test]
async fn a_device_enrols_and_connects_with_the_key_it_made() {
    let (relay, folder) = (Relay::start().await, Folder::new());
    let key = enrolled(&relay, &folder.0).await;
    let agent = agent(&folder.0);
    relay.welcome(key, 30_000).await;
    agent.stop.cancel();
    assert_eq!(timeout(SOON, agent.task).await.unwrap().unwrap(), Ok(()));
}

#[tokio::test]
async fn a_used_token_is_explained_and_leaves_nothing_behind() {
    let (relay, folder) = (Relay::start().await, Folder::new());
    let (address, token) = (relay.address(), relay.token("used"));
    let (result, _) = tokio::join!(enrol(&folder.0, enrolment(&address, &token)), relay.enrol("good"));
    let sentence = result.unwrap_err().to_string();
    assert!(sentence.contains("already used or expired"), "{sentence}");
    assert!(Identity::load(&folder.0).is_err());
}

#[tokio::test]
async fn an_enrolled_device_is_not_enrolled_again_by_accident() {
    let (relay, folder) = (Relay::start().await, Folder::new());
    let first = enrolled(&relay, &folder.0).await;
    let address = relay.address();
    let (good, bad) = (relay.token("good"), relay.token("bad"));
    let again = enrol(&folder.0, enrolment(&address, &good)).await;
    assert!(matches!(again, Err(EnrolError::Already { .. })));
    let replace = Enrolment {
        replace: true,
        ..enrolment(&address, &bad)
    };
    let (failed, _) = tokio::join!(enrol(&folder.0, replace), relay.enrol("good"));
    assert!(failed.is_err());
    assert_eq!(
        Identity::load(&folder.0).unwrap().public_key(),
        first,
        "a failed try keeps the old identity"
    );
    let replace = Enrolment {
        replace: true,
        ..enrolment(&address, &good)
    };
    let (replaced, _) = tokio::join!(enrol(&folder.0, replace), relay.enrol("good"));
    assert_ne!(replaced.unwrap().public_key(), first);
}

#[tokio::test]
async fn a_relay_with_another_portals_key_gets_no_device() {
    let (relay, folder) = (Relay::start().await, Folder::new());
    let (address, token) = (relay.address(), format!("good.{}", Fixed([9; 32])));
    let (result, _) = tokio::join!(enrol(&folder.0, enrolment(&address, &token)), relay.enrol("good"));
    assert!(matches!(result, Err(EnrolError::OtherPortal { .. })));
    assert!(Identity::load(&folder.0).is_err(), "nothing is kept");
}

#[tokio::test]
async fn an_incomplete_token_is_not_even_sent() {
    let folder = Folder::new();
    for token in ["", " ", "two words", "secret-without-key", &"x".repeat(201)] {
        let result = enrol(&folder.0, enrolment("http://127.0.0.1:9", token)).await;
        assert!(matches!(result, Err(EnrolError::TokenShape)), "{token}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let folder = Folder::new();
    let sentence = enrol(&folder.0, enrolment("http://127.0.0.1:9", &whole_token()))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        sentence.starts_with("http://127.0.0.1:9 cannot be reached"),
        "{sentence}"
    );
}

#[tokio::test]
async fn a_server_that_is_no_portal_is_named() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let web = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 1024];
        let _ = stream.read(&mut request).await.unwrap();
        stream
            .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            .await
            .unwrap();
    });
    let folder = Folder::new();
    let sentence = enrol(&folder.0, enrolment(&address, &whole_token()))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        sentence.contains("not as a Deskside portal (HTTP status 404)"),
        "{sentence}"
    );
    web.await.unwrap();
}

#[tokio::test]
async fn another_protocol_version_is_explained() {
    let (relay, folder) = (Relay::start().await, Folder::new());
    let (address, token) = (relay.address(), relay.token("good"));
    let refuse = async {
        let mut peer = relay.accept().await;
        peer.receive().await;
        peer.send(&RelayToAgent::Refused {
            why: Refusal::Version,
            message: "this relay speaks 2".into(),
        })
        .await;
    };
    let (result, ()) = tokio::join!(enrol(&folder.0, enrolment(&address, &token)), refuse);
    let sentence = result.unwrap_err().to_string();
    assert!(
        sentence.contains("speaks another protocol version") && sentence.contains("speaks 2"),
        "{sentence}"
    );
}

#[tokio::test]
async fn a_lost_connection_comes_back() {
    let (relay, folder) = (Relay::start().await, Folder::new());
    let key = enrolled(&relay, &folder.0).await;
    let _agent = agent(&folder.0);
    drop(relay.welcome(key, 30_000).await);
    relay.welcome(key, 30_000).await;
}

#[tokio::test]
async fn a_restarting_relay_is_back_within_seconds() {
    let (relay, folder) = (Relay::start().await, Folder::new());
    let key = enrolled(&relay, &folder.0).await;
    let _agent = agent(&folder.0);
    let mut peer = relay.welcome(key, 30_000).await;
    peer.send(&RelayToAgent::Refused {
        why: Refusal::Restarting,
        message: "restarting".into(),
    })
    .await;
    let start = Instant::now();
    relay.welcome(key, 30_000).await;
    assert!(start.elapsed() < Duration::from_secs(6));
}

#[tokio::test]
async fn a_silent_relay_is_left_after_two_heartbeats() {
    let (relay, folder) = (Relay::start().await, Folder::new());
    let key = enrolled(&relay, &folder.0).await;
    let _agent = agent(&folder.0);
    let mut peer = relay.welcome(key, 1_000).await;
    peer.send(&RelayToAgent::Ping).await;
    assert_eq!(peer.receive().await, AgentToRelay::Pong);
    let start = Instant::now();
    assert_eq!(peer.next().await, None);
    assert!(start.elapsed() >= Duration::from_millis(1_900), "{:?}", start.elapsed());
    relay.welcome(key, 30_000).await;
}

#[tokio::test]
async fn an_agent_that_is_not_wanted_stops_with_a_sentence() {
    for (why, words) in [
        (Refusal::NotEnrolled, "Enrol it again"),
        (Refusal::Replaced, "Another agent connected"),
    ] {
        let (relay, folder) = (Relay::start().await, Folder::new());
        let key = enrolled(&relay, &folder.0).await;
        let agent = agent(&folder.0);
        let mut peer = relay.welcome(key, 30_000).await;
        peer.send(&RelayToAgent::Refused {
            why,
            message: String::new(),
        })
        .await;
        let sentence = timeout(SOON, agent.task).await.unwrap().unwrap().unwrap_err();
        assert!(sentence.contains(words), "{sentence}");
    }
}

#[tokio::test]
async fn unreadable_frames_end_the_connection_and_not_the_agent() {
    use futures_util::SinkExt;
    use tokio_tungstenite::tungstenite::Message;
    let (relay, folder) = (Relay::start().await, Folder::new());
    let key = enrolled(&relay, &folder.0).await;
    let _agent = agent(&folder.0);
    for frame in [
        Message::text("{\"type\":\"dance\"}"),
        Message::text("x".repeat(70 * 1024)),
    ] {
        let mut peer = relay.welcome(key, 30_000).await;
        let _ = peer.socket.send(frame).await;
        assert_eq!(peer.next().await, None);
    }
    let mut peer = relay.welcome(key, 30_000).await;
    peer.socket.send(Message::binary(vec![9; 2000])).await.unwrap();
    peer.send(&RelayToAgent::Ping).await;
    assert_eq!(
        peer.receive().await,
        AgentToRelay::Pong,
        "a bad tunnel frame is dropped alone"
    );
}

#[tokio::test]
async fn the_owner_accepts_in_the_portal_and_a_bad_ticket_still_starts_nothing() {
    let (relay, folder) = (Relay::start().await, Folder::new());
    let key = enrolled(&relay, &folder.0).await;
    let _agent = agent(&folder.0);
    let mut peer = relay.welcome(key, 30_000).await;
    let session = a_session();
    peer.send(&ask(&relay, session)).await;
    peer.send(&relay.command(Order::ConsentAnswered {
        session,
        accepted: true,
    }))
    .await;
    let sdp = format!(
        "v=0\r\na=fingerprint:sha-256 {}\r\n",
        deskside_protocol::fingerprint::Fingerprint([3; 32])
    );
    let ticket = Signed {
        body: "{}".into(),
        signature: deskside_protocol::bytes::Fixed([0; 64]),
    };
    peer.send(&RelayToAgent::Offer {
        session,
        attempt: 1,
        sdp,
        ticket,
        tunnel: 1,
    })
    .await;
    assert_eq!(
        peer.receive().await,
        AgentToRelay::Decline {
            session,
            attempt: 1,
            why: DeclineOffer::BadTicket
        }
    );
    peer.send(&relay.command(Order::EndSession {
        session,
        reason: EndReason::Operator,
    }))
    .await;
    assert_eq!(
        peer.report(&key).await,
        Event::Ended {
            session,
            reason: EndReason::Operator
        }
    );
}

#[tokio::test]
async fn a_device_with_a_wrong_clock_goes_by_the_servers() {
    let (mut relay, folder) = (Relay::start().await, Folder::new());
    let key = enrolled(&relay, &folder.0).await;
    relay.ahead = 400 * 24 * 3_600_000;
    let _agent = agent(&folder.0);
    let mut peer = relay.welcome(key, 30_000).await;
    let session = a_session();
    peer.send(&ask(&relay, session)).await;
    peer.send(&relay.command(Order::ConsentAnswered {
        session,
        accepted: true,
    }))
    .await;
    peer.send(&ask(&relay, session)).await;
    assert_eq!(
        peer.report(&key).await,
        Event::Consent {
            session,
            answer: ConsentAnswer::Accepted
        }
    );
}

#[tokio::test]
async fn a_consent_outlives_a_restart_of_the_agent() {
    let (relay, folder) = (Relay::start().await, Folder::new());
    let key = enrolled(&relay, &folder.0).await;
    let first = agent(&folder.0);
    let mut peer = relay.welcome(key, 30_000).await;
    let session = a_session();
    peer.send(&ask(&relay, session)).await;
    peer.send(&relay.command(Order::ConsentAnswered {
        session,
        accepted: true,
    }))
    .await;
    peer.send(&ask(&relay, session)).await;
    assert_eq!(
        peer.report(&key).await,
        Event::Consent {
            session,
            answer: ConsentAnswer::Accepted
        }
    );
    first.task.abort();
    let _second = agent(&folder.0);
    let mut peer = relay.welcome(key, 30_000).await;
    assert_eq!(
        peer.report(&key).await,
        Event::Consent {
            session,
            answer: ConsentAnswer::Accepted
        }
    );
}
