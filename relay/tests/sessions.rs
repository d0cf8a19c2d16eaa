//! The relay on real sockets: signalling, the bridge over UDP and ICE-TCP, and peers that break the rules.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod support;

use deskside_protocol::{
    agent::{self, AgentToRelay, ENROL_CONTEXT, Refusal, RelayToAgent, enrol_text},
    browser::{self, BrowserToRelay, RelayToBrowser},
    limits::TEXT_FRAME_BYTES,
    link::{PortalToRelay, RelayToPortal},
    session::PathPolicy,
    signed::sign,
};
use deskside_relay::{Relay, RelayConfig};
use std::net::SocketAddr;
use support::{
    config, device, device_key,
    media::{Path, check, good_check, is_answer},
    peers::{self, Line, connect_agent, join, join_with, offer, serve_sessions},
    portal::FakePortal,
    public, serve, session, soon, ticket,
};
use tokio_tungstenite::tungstenite::Message;

const RELAYED: PathPolicy = PathPolicy {
    direct: false,
    relay_udp: true,
    relay_tcp: true,
};

/// A relay with its portal and device 1 serving sessions.
struct Stage {
    relay: Relay,
    portal: FakePortal,
    at: SocketAddr,
}

async fn stage_with(config: RelayConfig) -> Stage {
    let (relay, end) = Relay::start(config).await.unwrap();
    let at = serve(&relay).await;
    let portal = FakePortal::new(end);
    let agent = connect_agent(at, 1).await;
    tokio::spawn(serve_sessions(agent, 1));
    Stage { relay, portal, at }
}

async fn stage() -> Stage {
    stage_with(config()).await
}

#[tokio::test]
async fn media_goes_over_udp_through_the_tunnel_and_back() {
    let stage = stage().await;
    let mut browser = join(stage.at, 1, RELAYED).await;
    let answered = offer(&mut browser).await;
    assert_eq!(answered.relay_after_ms, 0);
    let mut path = Path::udp("127.0.0.1:0", answered.udp.unwrap()).await;
    assert!(is_answer(&path.echo(&good_check(1)).await.unwrap()));
    for length in [1, 1200, 2000] {
        assert_eq!(path.echo(&vec![0x80; length]).await, Some(vec![0x80; length]));
    }
}

#[tokio::test]
async fn media_goes_over_ice_tcp_through_the_tunnel_and_back() {
    let stage = stage().await;
    let mut browser = join(stage.at, 1, PathPolicy::ALL).await;
    let answered = offer(&mut browser).await;
    assert_eq!(answered.relay_after_ms, 500);
    let mut path = Path::tcp(answered.tcp.unwrap()).await;
    assert!(is_answer(&path.echo(&good_check(1)).await.unwrap()));
    for length in [1, 1200, 2000] {
        assert_eq!(path.echo(&vec![0x80; length]).await, Some(vec![0x80; length]));
    }
}

#[tokio::test]
async fn hundreds_of_datagrams_at_once_arrive_in_order() {
    let stage = stage().await;
    let mut browser = join(stage.at, 1, RELAYED).await;
    let answered = offer(&mut browser).await;
    let mut path = Path::udp("127.0.0.1:0", answered.udp.unwrap()).await;
    path.echo(&good_check(1)).await.unwrap();
    for round in 0..10u8 {
        for number in 0..40u8 {
            path.send(&[0x80, round, number]).await;
        }
        for number in 0..40u8 {
            assert_eq!(
                path.receive_within(support::PATIENCE).await,
                Some(vec![0x80, round, number])
            );
        }
    }
}

#[tokio::test]
async fn nobody_gets_a_byte_without_a_good_check() {
    let stage = stage().await;
    let mut browser = join(stage.at, 1, RELAYED).await;
    let to = offer(&mut browser).await.udp.unwrap();
    let mut stranger = Path::udp("127.0.0.1:0", to).await;
    for datagram in [
        vec![0x80; 100],
        check(1, "wrong-password-of-length"),
        good_check(2),
        vec![0; 100],
    ] {
        assert!(stranger.is_ignored(&datagram).await, "{datagram:?}");
    }
    let mut path = Path::udp("127.0.0.1:0", to).await;
    assert!(is_answer(&path.echo(&good_check(1)).await.unwrap()));
    assert!(
        stranger.is_ignored(&[0x80; 100]).await,
        "another's pin is not the stranger's"
    );
}

#[tokio::test]
async fn an_answer_leaves_from_the_address_that_was_asked() {
    let any = RelayConfig {
        udp: "0.0.0.0:0".parse().unwrap(),
        public_ips: vec!["127.0.0.9".parse().unwrap()],
        ..config()
    };
    let stage = stage_with(any).await;
    let mut browser = join(stage.at, 1, RELAYED).await;
    let to = offer(&mut browser).await.udp.unwrap();
    assert_eq!(to.ip().to_string(), "127.0.0.9");
    let mut path = Path::udp("127.0.0.5:0", to).await;
    assert!(is_answer(&path.echo(&good_check(1)).await.unwrap()));
}

#[tokio::test]
async fn one_socket_serves_both_families() {
    let both = RelayConfig {
        udp: "[::]:0".parse().unwrap(),
        public_ips: vec!["127.0.0.1".parse().unwrap()],
        ..config()
    };
    let stage = stage_with(both).await;
    let mut browser = join(stage.at, 1, RELAYED).await;
    let to = offer(&mut browser).await.udp.unwrap();
    let mut v4 = Path::udp("127.0.0.1:0", to).await;
    assert!(is_answer(&v4.echo(&good_check(1)).await.unwrap()));
    let mut v6 = Path::udp("[::1]:0", SocketAddr::new("::1".parse().unwrap(), to.port())).await;
    assert!(is_answer(&v6.echo(&good_check(1)).await.unwrap()));
}

#[tokio::test]
async fn a_browser_that_leaves_takes_its_media_paths_with_it() {
    let mut stage = stage().await;
    let mut browser = join(stage.at, 1, RELAYED).await;
    let answered = offer(&mut browser).await;
    let mut udp = Path::udp("127.0.0.1:0", answered.udp.unwrap()).await;
    let mut tcp = Path::tcp(answered.tcp.unwrap()).await;
    udp.echo(&good_check(1)).await.unwrap();
    tcp.echo(&good_check(1)).await.unwrap();
    drop(browser);
    stage
        .portal
        .hear_until(|message| matches!(message, RelayToPortal::BrowserLeft { .. }))
        .await;
    assert!(
        soon("the end of the stream", tcp.receive_within(support::PATIENCE))
            .await
            .is_none()
    );
    assert!(udp.is_ignored(&[0x80; 10]).await);
}

#[tokio::test]
async fn a_session_that_the_portal_closes_ends_at_once() {
    let stage = stage().await;
    let mut browser = join(stage.at, 1, RELAYED).await;
    let answered = offer(&mut browser).await;
    let mut udp = Path::udp("127.0.0.1:0", answered.udp.unwrap()).await;
    udp.echo(&good_check(1)).await.unwrap();
    stage
        .portal
        .to_relay
        .send(PortalToRelay::CloseSession { session: session(1) })
        .await
        .unwrap();
    assert_eq!(browser.browser_refused().await, Refusal::BadTicket);
    assert!(udp.is_ignored(&[0x80; 10]).await);
}

#[tokio::test]
async fn a_stream_of_something_else_is_closed() {
    let stage = stage().await;
    let mut path = Path::tcp(stage.relay.tcp_addr()).await;
    let Path::Tcp(stream, _) = &mut path else {
        unreachable!()
    };
    tokio::io::AsyncWriteExt::write_all(stream, b"GET / HTTP/1.1\r\n\r\n")
        .await
        .unwrap();
    assert!(
        soon("the end of the stream", path.receive_within(support::PATIENCE))
            .await
            .is_none()
    );
}

#[tokio::test]
async fn a_replayed_ticket_is_refused_and_the_session_goes_on() {
    let stage = stage().await;
    let ticket = ticket(1, RELAYED);
    let (mut first, _) = join_with(stage.at, ticket.clone()).await;
    let (_, heard) = join_with(stage.at, ticket).await;
    assert!(
        matches!(
            heard,
            Some(RelayToBrowser::Refused {
                why: Refusal::BadTicket,
                ..
            })
        ),
        "{heard:?}"
    );
    assert!(offer(&mut first).await.udp.is_some());
}

#[tokio::test]
async fn a_new_device_enrols_and_connects_on_the_same_line() {
    let mut stage = stage().await;
    let mut line = Line::open(stage.at, agent::PATH).await;
    let key = public(&device_key(9));
    let signature = sign(ENROL_CONTEXT, enrol_text("good", &key).as_bytes(), &device_key(9));
    line.say(&AgentToRelay::Enrol {
        version: 1,
        token: "good".into(),
        key,
        facts: peers::facts(),
        signature,
    })
    .await;
    let enrolled = RelayToAgent::Enrolled {
        device: device(9),
        portal_key: public(&support::portal_key()),
    };
    assert_eq!(line.hear().await, Some(enrolled));
    assert!(peers::prove(&mut line, 9).await);
    stage
        .portal
        .hear_until(|message| matches!(message, RelayToPortal::DeviceOnline { device: who, .. } if *who == device(9)))
        .await;
}

#[tokio::test]
async fn hostile_frames_end_their_own_connection_and_no_other() {
    let stage = stage().await;
    let mut browser = join(stage.at, 1, RELAYED).await;
    let to = offer(&mut browser).await.udp.unwrap();
    let mut path = Path::udp("127.0.0.1:0", to).await;
    path.echo(&good_check(1)).await.unwrap();

    let hostile = || {
        [
            (Message::text("not json"), Refusal::BadMessage),
            (Message::text("{\"type\":\"nonsense\"}"), Refusal::BadMessage),
            (
                Message::text("{\"type\":\"hello\",\"version\":99,\"new_field\":1}"),
                Refusal::Version,
            ),
            (
                Message::text(format!("{{\"type\":\"{}\"}}", "x".repeat(TEXT_FRAME_BYTES))),
                Refusal::BadMessage,
            ),
            (Message::binary(vec![1; 40]), Refusal::BadMessage),
            (Message::binary(vec![0; TEXT_FRAME_BYTES + 1]), Refusal::BadMessage),
        ]
    };
    for (message, why) in hostile() {
        let mut line = Line::open(stage.at, agent::PATH).await;
        line.send(message).await;
        assert_eq!(line.agent_refused().await, why);
    }
    for (message, why) in hostile() {
        let mut line = Line::open(stage.at, browser::PATH).await;
        line.send(message).await;
        assert_eq!(line.browser_refused().await, why);
    }
    for frame in [vec![], vec![3; 40], vec![1; 2049], vec![1, 0, 0, 0, 1, 4, 1, 2, 3]] {
        let mut connected = connect_agent(stage.at, 2).await;
        connected.send(Message::binary(frame)).await;
        assert_eq!(connected.agent_refused().await, Refusal::BadMessage);
    }
    let mut other = join(stage.at, 3, RELAYED).await;
    other.say(&BrowserToRelay::Offer { sdp: "x".into() }).await;
    assert_eq!(other.browser_refused().await, Refusal::BadMessage);

    assert_eq!(
        path.echo(&[0x80, 7]).await,
        Some(vec![0x80, 7]),
        "the session in between went on"
    );
    browser
        .say(&BrowserToRelay::Candidate {
            candidate: String::new(),
        })
        .await;
    browser.say(&BrowserToRelay::Pong).await;
    assert_eq!(path.echo(&[0x80, 8]).await, Some(vec![0x80, 8]));
}

#[tokio::test]
async fn the_longest_text_frame_is_read() {
    let stage = stage().await;
    let mut line = Line::open(stage.at, agent::PATH).await;
    let pong = "{\"type\":\"pong\"}";
    let text = format!("{pong}{}", " ".repeat(TEXT_FRAME_BYTES - pong.len()));
    line.send(Message::text(text)).await;
    let refused: Option<RelayToAgent> = line.hear().await;
    let Some(RelayToAgent::Refused { message, .. }) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(message, "this frame may not come now", "it was read and understood");
}

#[tokio::test]
async fn a_relay_that_stops_tells_its_peers_to_come_back() {
    let stage = stage().await;
    let mut agent = connect_agent(stage.at, 2).await;
    let mut browser = join(stage.at, 2, RELAYED).await;
    let stopped = tokio::spawn(stage.relay.stop());
    assert_eq!(agent.agent_refused().await, Refusal::Restarting);
    assert_eq!(browser.browser_refused().await, Refusal::Restarting);
    soon("stopping", stopped).await.unwrap();
}
