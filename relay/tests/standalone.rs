//! The stand-alone relay: settings, TLS, and the portal's link over a WebSocket.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod support;

use deskside_protocol::{
    link::{PortalToRelay, RelayToPortal},
    session::PathPolicy,
};
use deskside_relay::{
    link,
    standalone::{Settings, Standalone},
};
use ed25519_dalek::SigningKey;
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use support::{
    device,
    media::{Path, good_check, is_answer},
    peers::{join, offer, serve_sessions, try_connect_agent},
    portal::FakePortal,
    portal_key, public, session, soon,
};
use tokio::{net::TcpStream, sync::oneshot, task::JoinHandle};
use tokio_tungstenite::{Connector, client_async_tls_with_config};

/// A folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("deskside-relay-{name}-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn settings(listen: &str, more: &str) -> Settings {
    let file = folder("settings").join("relay.toml");
    let key = public(&portal_key());
    let text =
        format!("listen = \"{listen}\"\nudp = \"127.0.0.1:0\"\ntcp = \"127.0.0.1:0\"\nportal_key = \"{key}\"\n{more}");
    std::fs::write(&file, text).unwrap();
    let settings = Settings::read(&file).unwrap();
    std::fs::remove_dir_all(file.parent().unwrap()).unwrap();
    settings
}

struct Running {
    at: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

async fn run(settings: &Settings) -> Running {
    let standalone = Standalone::bind(settings).await.unwrap();
    let at = standalone.listen_addr();
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        let stopped = async { drop(stopped.await) };
        standalone.serve(stopped).await.unwrap();
    });
    Running { at, stop, task }
}

async fn link_to(at: SocketAddr) -> FakePortal {
    FakePortal::new(
        link::connect(&format!("ws://{at}{}", deskside_protocol::link::PATH), portal_key())
            .await
            .unwrap(),
    )
}

/// Tries until the link is up: without it the relay lets nobody in.
async fn agent_when_linked(at: SocketAddr, number: u8) -> support::peers::Line {
    loop {
        if let Some(line) = try_connect_agent(at, number).await {
            return line;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_session_works_over_a_linked_relay() {
    let relay = run(&settings("127.0.0.1:0", "")).await;
    let mut portal = link_to(relay.at).await;
    let agent = soon("the link", agent_when_linked(relay.at, 1)).await;
    tokio::spawn(serve_sessions(agent, 1));
    portal
        .hear_until(|message| matches!(message, RelayToPortal::DeviceOnline { .. }))
        .await;
    let mut browser = join(relay.at, 1, PathPolicy::ALL).await;
    assert_eq!(
        portal.hear().await,
        RelayToPortal::BrowserJoined {
            session: session(1),
            attempt: 1
        }
    );
    let to = offer(&mut browser).await.udp.unwrap();
    let mut path = Path::udp("127.0.0.1:0", to).await;
    assert!(is_answer(&path.echo(&good_check(1)).await.unwrap()));
}

#[tokio::test]
async fn a_relay_that_restarts_is_linked_again_and_told_what_must_not_be_forgotten() {
    let first = run(&settings("127.0.0.1:0", "")).await;
    let at = first.at;
    let mut portal = link_to(at).await;
    let _agent = soon("the link", agent_when_linked(at, 1)).await;
    portal
        .hear_until(|message| matches!(message, RelayToPortal::DeviceOnline { .. }))
        .await;
    let _ = first.stop.send(());
    soon("stopping", first.task).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    portal
        .to_relay
        .send(PortalToRelay::CloseSession { session: session(1) })
        .await
        .unwrap();

    let second = run(&settings(&at.to_string(), "")).await;
    let _agent = soon("the new link", agent_when_linked(second.at, 1)).await;
    portal
        .hear_until(|message| matches!(message, RelayToPortal::DeviceOnline { device: who, .. } if *who == device(1)))
        .await;
    let (_, heard) = support::peers::join_with(second.at, support::ticket(1, PathPolicy::ALL)).await;
    let refused = matches!(heard, Some(deskside_protocol::browser::RelayToBrowser::Refused { .. }));
    assert!(refused, "the session was closed while there was no link: {heard:?}");
}

#[tokio::test]
async fn a_portal_that_comes_back_hears_which_devices_are_here() {
    let relay = run(&settings("127.0.0.1:0", "")).await;
    let first = link_to(relay.at).await;
    let _agent = soon("the link", agent_when_linked(relay.at, 1)).await;
    drop(first);
    let mut second = link_to(relay.at).await;
    let online = second.hear().await;
    assert!(
        matches!(online, RelayToPortal::DeviceOnline { device: who, .. } if who == device(1)),
        "{online:?}"
    );
}

#[tokio::test]
async fn somebody_without_the_portals_key_is_never_linked() {
    let relay = run(&settings("127.0.0.1:0", "")).await;
    let url = format!("ws://{}{}", relay.at, deskside_protocol::link::PATH);
    let mut end = link::connect(&url, SigningKey::from_bytes(&[2; 32])).await.unwrap();
    assert!(
        tokio::time::timeout(Duration::from_millis(700), end.from_relay.recv())
            .await
            .is_err()
    );
    assert!(try_connect_agent(relay.at, 1).await.is_none(), "no portal, no welcome");
}

#[tokio::test]
async fn an_address_that_is_no_websocket_is_refused_at_once() {
    for url in ["http://127.0.0.1:1/relay/link", "nonsense", ""] {
        assert!(link::connect(url, portal_key()).await.is_err(), "{url}");
    }
}

#[tokio::test]
async fn a_relay_with_a_certificate_speaks_tls() {
    let folder = folder("tls");
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let tls = format!("[tls]\ncertificate = {certificate:?}\nkey = {key:?}\n");
    let relay = run(&settings("127.0.0.1:0", &tls)).await;

    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    let client = client.with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(relay.at).await.unwrap();
    let url = format!("wss://localhost{}", deskside_protocol::agent::PATH);
    let connector = Some(Connector::Rustls(Arc::new(client)));
    let (socket, _) = soon("TLS", client_async_tls_with_config(url, stream, None, connector))
        .await
        .unwrap();
    let refused = support::peers::Line(socket).agent_refused().await;
    assert_eq!(refused, deskside_protocol::agent::Refusal::Busy, "no portal is linked");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_certificate_that_is_not_there_stops_the_start_by_its_key() {
    let settings = settings(
        "127.0.0.1:0",
        "[tls]\ncertificate = \"/nowhere/c.pem\"\nkey = \"/nowhere/k.pem\"\n",
    );
    let error = Standalone::bind(&settings).await.unwrap_err().to_string();
    assert!(error.contains("tls.certificate /nowhere/c.pem"), "{error}");
}
