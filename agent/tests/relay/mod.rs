//! A relay and a portal in one, as far as an agent sees them.

use deskside_protocol::{
    PROTOCOL_VERSION, UnixMillis,
    agent::{
        AgentToRelay, CONNECT_CONTEXT, DeviceFacts, ENROL_CONTEXT, Refusal, RelayToAgent, connect_text, enrol_text,
    },
    bytes::{Fixed, PublicKey},
    command::{Command, Order},
    ids::{DeviceId, Nonce},
    report::{Event, Report},
    signed::{Signed, verify},
};
use ed25519_dalek::SigningKey;
use futures_util::{SinkExt, StreamExt};
use std::time::{Duration, SystemTime};
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};
use uuid::Uuid;

pub const SOON: Duration = Duration::from_secs(20);

pub struct Relay {
    listener: TcpListener,
    pub portal: SigningKey,
    pub device: DeviceId,
    /// How far the server's clock is ahead of the device's.
    pub ahead: UnixMillis,
}

impl Relay {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let portal = SigningKey::from_bytes(&[42; 32]);
        Self {
            listener,
            portal,
            device: DeviceId(Uuid::now_v7()),
            ahead: 0,
        }
    }

    pub fn address(&self) -> String {
        format!("http://{}", self.listener.local_addr().unwrap())
    }

    pub fn portal_key(&self) -> PublicKey {
        Fixed(self.portal.verifying_key().to_bytes())
    }

    pub fn now(&self) -> UnixMillis {
        SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis() as UnixMillis + self.ahead
    }

    /// The next connection, before its first frame.
    pub async fn accept(&self) -> Peer {
        let (stream, _) = timeout(SOON, self.listener.accept())
            .await
            .expect("the agent connects")
            .unwrap();
        Peer {
            socket: accept_async(stream).await.unwrap(),
        }
    }

    /// The next connection, let in.
    pub async fn welcome(&self, key: PublicKey, heartbeat_ms: u32) -> Peer {
        let mut peer = self.accept().await;
        let AgentToRelay::Hello { version, device, .. } = peer.receive().await else {
            panic!("no hello")
        };
        assert_eq!((version, device), (PROTOCOL_VERSION, self.device));
        let challenge = Fixed([5; 32]);
        peer.send(&RelayToAgent::Challenge {
            challenge,
            server_time: self.now(),
        })
        .await;
        let AgentToRelay::Proof { signature } = peer.receive().await else {
            panic!("no proof")
        };
        assert!(verify(
            CONNECT_CONTEXT,
            connect_text(device, &challenge).as_bytes(),
            &signature,
            &key
        ));
        peer.send(&RelayToAgent::Welcome { heartbeat_ms }).await;
        peer
    }

    /// The enrolment token with this secret.
    pub fn token(&self, secret: &str) -> String {
        format!("{secret}.{}", self.portal_key())
    }

    /// Serves one enrolment; the key and the facts of the device.
    pub async fn enrol(&self, good_secret: &str) -> Option<(PublicKey, DeviceFacts)> {
        let mut peer = self.accept().await;
        let AgentToRelay::Enrol {
            version,
            token,
            key,
            facts,
            signature,
        } = peer.receive().await
        else {
            panic!("no enrol")
        };
        assert_eq!(version, PROTOCOL_VERSION);
        assert!(verify(
            ENROL_CONTEXT,
            enrol_text(&token, &key).as_bytes(),
            &signature,
            &key
        ));
        if token != good_secret {
            peer.send(&RelayToAgent::Refused {
                why: Refusal::BadToken,
                message: "used".into(),
            })
            .await;
            return None;
        }
        peer.send(&RelayToAgent::Enrolled {
            device: self.device,
            portal_key: self.portal_key(),
        })
        .await;
        Some((key, facts))
    }

    pub fn command(&self, order: Order) -> RelayToAgent {
        let issued_at = self.now();
        let nonce = Nonce(Uuid::now_v7());
        let command = Command {
            nonce,
            device: self.device,
            issued_at,
            expires_at: issued_at + 60_000,
            order,
        };
        RelayToAgent::Command {
            command: Signed::seal(&command, &self.portal).unwrap(),
        }
    }
}

pub struct Peer {
    pub socket: WebSocketStream<TcpStream>,
}

impl Peer {
    pub async fn send(&mut self, message: &RelayToAgent) {
        self.socket
            .send(Message::text(serde_json::to_string(message).unwrap()))
            .await
            .unwrap();
    }

    /// The next message; `None` when the connection ends.
    pub async fn next(&mut self) -> Option<AgentToRelay> {
        loop {
            match timeout(SOON, self.socket.next())
                .await
                .expect("the agent says something")?
            {
                Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    pub async fn receive(&mut self) -> AgentToRelay {
        self.next().await.expect("the connection stays")
    }

    /// The next report, checked against the device's key.
    pub async fn report(&mut self, key: &PublicKey) -> Event {
        loop {
            match self.receive().await {
                AgentToRelay::Report { report } => return report.open::<Report>(key).unwrap().event,
                AgentToRelay::Pong => {}
                other => panic!("not a report: {other:?}"),
            }
        }
    }
}
