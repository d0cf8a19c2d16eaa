//! Agents and browsers as WebSocket clients.

use super::{browser_fingerprint, device, device_key, soon, ticket};
use deskside_protocol::{
    PROTOCOL_VERSION,
    agent::{self, AgentToRelay, CONNECT_CONTEXT, DeviceFacts, Refusal, RelayToAgent, connect_text},
    browser::{self, BrowserToRelay, RelayToBrowser},
    fingerprint::{Fingerprint, FingerprintProof, PROOF_CONTEXT, proof_text},
    ids::SessionId,
    session::{PathPolicy, Platform},
    signed::{Signed, sign},
    tunnel::TunnelFrame,
};
use deskside_relay::stun::{Message as Stun, Password, is_stun, write_response};
use futures_util::{SinkExt, StreamExt};
use serde::{Serialize, de::DeserializeOwned};
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config, tungstenite::Message};

pub const AGENT_PASSWORD: &str = "the+agent/s+ice+password";

/// As real agents do: without it Nagle's algorithm holds tunnel frames back.
const NO_DELAY: bool = true;

/// One WebSocket.
pub struct Line(pub WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Line {
    pub async fn open(to: SocketAddr, path: &str) -> Self {
        let (socket, _) = soon(
            "connecting",
            connect_async_with_config(format!("ws://{to}{path}"), None, NO_DELAY),
        )
        .await
        .expect("connect");
        Self(socket)
    }

    pub async fn say(&mut self, message: &impl Serialize) {
        self.send(Message::text(serde_json::to_string(message).unwrap())).await;
    }

    /// Sends; a relay that has closed already is for the test to notice when it listens.
    pub async fn send(&mut self, message: Message) {
        let _ = self.0.send(message).await;
    }

    /// The next text frame; `None` when the relay closed.
    pub async fn hear<M: DeserializeOwned>(&mut self) -> Option<M> {
        loop {
            match soon("the relay's next word", self.0.next()).await {
                Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).expect(&text)),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// Waits for the refusal of an agent and the end of its connection.
    pub async fn agent_refused(&mut self) -> Refusal {
        loop {
            match self.hear().await.expect("closed without a reason") {
                RelayToAgent::Refused { why, .. } => {
                    assert!(self.hear::<RelayToAgent>().await.is_none(), "refused, but not closed");
                    return why;
                }
                _ => continue,
            }
        }
    }

    /// Waits for the refusal of a browser and the end of its connection.
    pub async fn browser_refused(&mut self) -> Refusal {
        loop {
            match self.hear().await.expect("closed without a reason") {
                RelayToBrowser::Refused { why, .. } => {
                    assert!(self.hear::<RelayToBrowser>().await.is_none(), "refused, but not closed");
                    return why;
                }
                _ => continue,
            }
        }
    }
}

pub fn facts() -> DeviceFacts {
    DeviceFacts {
        name: "PC".into(),
        platform: Platform::Linux,
        agent_version: "0.1.0".into(),
    }
}

/// Connects a device up to its welcome.
pub async fn connect_agent(to: SocketAddr, number: u8) -> Line {
    try_connect_agent(to, number).await.expect("a welcome")
}

/// `None` when the relay is not there or refuses.
pub async fn try_connect_agent(to: SocketAddr, number: u8) -> Option<Line> {
    let (socket, _) = soon(
        "connecting",
        connect_async_with_config(format!("ws://{to}{}", agent::PATH), None, NO_DELAY),
    )
    .await
    .ok()?;
    let mut line = Line(socket);
    prove(&mut line, number).await.then_some(line)
}

/// From Hello to Welcome on an open line; false when the relay refuses.
pub async fn prove(line: &mut Line, number: u8) -> bool {
    line.say(&AgentToRelay::Hello {
        version: PROTOCOL_VERSION,
        device: device(number),
        facts: facts(),
    })
    .await;
    let Some(RelayToAgent::Challenge { challenge, .. }) = line.hear().await else {
        return false;
    };
    let text = connect_text(device(number), &challenge);
    let signature = sign(CONNECT_CONTEXT, text.as_bytes(), &device_key(number));
    line.say(&AgentToRelay::Proof { signature }).await;
    matches!(line.hear().await, Some(RelayToAgent::Welcome { .. }))
}

fn sdp(ufrag: &str, password: &str, fingerprint: Fingerprint) -> String {
    format!("v=0\r\na=ice-ufrag:{ufrag}\r\na=ice-pwd:{password}\r\na=fingerprint:sha-256 {fingerprint}\r\n")
}

/// Answers one offer, then answers checks and sends every other datagram back, until the relay closes.
pub async fn serve_sessions(mut line: Line, number: u8) {
    let password = Password::new(AGENT_PASSWORD);
    while let Some(Ok(frame)) = line.0.next().await {
        match frame {
            Message::Text(text) => match serde_json::from_str(&text).unwrap() {
                RelayToAgent::Offer { session, attempt, .. } => line.say(&agent_answer(number, session, attempt)).await,
                RelayToAgent::Ping => line.say(&AgentToRelay::Pong).await,
                _ => {}
            },
            Message::Binary(bytes) => {
                let frame = TunnelFrame::decode(&bytes).unwrap();
                let reply = reply(&frame, &password);
                line.send(Message::Binary(
                    TunnelFrame {
                        payload: &reply,
                        ..frame
                    }
                    .encode()
                    .into(),
                ))
                .await;
            }
            _ => {}
        }
    }
}

pub fn agent_answer(number: u8, to: SessionId, attempt: u32) -> AgentToRelay {
    let fingerprint = Fingerprint([number; 32]);
    let text = proof_text(to, attempt, &fingerprint);
    let proof = FingerprintProof {
        fingerprint,
        signature: sign(PROOF_CONTEXT, text.as_bytes(), &device_key(number)),
    };
    AgentToRelay::Answer {
        session: to,
        attempt,
        sdp: sdp(&format!("agent{number}"), AGENT_PASSWORD, fingerprint),
        proof,
    }
}

fn reply(frame: &TunnelFrame<'_>, password: &Password) -> Vec<u8> {
    match Stun::read(frame.payload) {
        Ok(check) if is_stun(frame.payload) && check.is_binding_request() => {
            assert!(check.is_made_with(password), "the relay let a bad check through");
            write_response(frame.payload[8..20].try_into().unwrap(), frame.peer, password)
        }
        _ => frame.payload.to_vec(),
    }
}

/// Joins session `number` with a fresh ticket.
pub async fn join(to: SocketAddr, number: u8, paths: PathPolicy) -> Line {
    let (line, _) = join_with(to, ticket(number, paths)).await;
    line
}

/// Joins with this ticket; answers what the relay said to it.
pub async fn join_with(to: SocketAddr, ticket: Signed) -> (Line, Option<RelayToBrowser>) {
    let mut line = Line::open(to, browser::PATH).await;
    line.say(&BrowserToRelay::Join {
        version: PROTOCOL_VERSION,
        ticket,
    })
    .await;
    let heard = line.hear().await;
    (line, heard)
}

/// What a browser knows after the answer.
pub struct Answered {
    pub udp: Option<SocketAddr>,
    pub tcp: Option<SocketAddr>,
    pub relay_after_ms: u32,
}

/// Offers, and reads the relay's candidates from the answer.
pub async fn offer(line: &mut Line) -> Answered {
    line.say(&BrowserToRelay::Offer {
        sdp: sdp("brow", "browserPasswordLongEnough", browser_fingerprint()),
    })
    .await;
    loop {
        match line.hear().await {
            Some(RelayToBrowser::Answer {
                relay, relay_after_ms, ..
            }) => {
                let address = |protocol: &str| {
                    relay
                        .iter()
                        .map(|relay| relay.candidate.split(' ').collect::<Vec<_>>())
                        .find_map(|fields| {
                            (fields[2] == protocol).then(|| format!("{}:{}", fields[4], fields[5]).parse().unwrap())
                        })
                };
                return Answered {
                    udp: address("udp"),
                    tcp: address("tcp"),
                    relay_after_ms,
                };
            }
            Some(RelayToBrowser::Ping | RelayToBrowser::DeviceOnline) => {}
            other => panic!("no answer, but {other:?}"),
        }
    }
}
