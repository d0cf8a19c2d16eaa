//! A portal, agents and browsers that speak the protocol over real sockets, just enough to test a relay.
#![allow(dead_code, reason = "each test program uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

pub mod media;
pub mod peers;
pub mod portal;

use axum::serve::ListenerExt;
use deskside_protocol::{
    UnixMillis,
    bytes::{Fixed, PublicKey},
    fingerprint::Fingerprint,
    ids::{DeviceId, Nonce, SessionId, UserId},
    session::PathPolicy,
    signed::Signed,
    ticket::Ticket,
};
use deskside_relay::{Limits, Relay, RelayConfig};
use ed25519_dalek::SigningKey;
use std::{
    net::SocketAddr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use uuid::Uuid;

/// Longer than anything here takes, on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub fn portal_key() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

pub fn public(key: &SigningKey) -> PublicKey {
    Fixed(key.verifying_key().to_bytes())
}

pub fn device(number: u8) -> DeviceId {
    DeviceId(Uuid::from_u128(number.into()))
}

pub fn device_key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[100 + number; 32])
}

pub fn session(number: u8) -> SessionId {
    SessionId(Uuid::from_u128(1000 + u128::from(number)))
}

pub fn wall() -> UnixMillis {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as UnixMillis
}

pub fn browser_fingerprint() -> Fingerprint {
    Fingerprint([0xB0; 32])
}

pub fn config() -> RelayConfig {
    RelayConfig {
        udp: "127.0.0.1:0".parse().unwrap(),
        tcp: "127.0.0.1:0".parse().unwrap(),
        public_ips: Vec::new(),
        portal_key: public(&portal_key()),
        ice_servers: Vec::new(),
        turn: None,
        limits: Limits::default(),
    }
}

/// A ticket for attempt 1 of the session and device of the same number.
pub fn ticket(number: u8, paths: PathPolicy) -> Signed {
    let issued_at = wall();
    let ticket = Ticket {
        nonce: Nonce(Uuid::now_v7()),
        session: session(number),
        device: device(number),
        operator: UserId(Uuid::from_u128(5)),
        attempt: 1,
        fingerprint: browser_fingerprint(),
        paths,
        issued_at,
        expires_at: issued_at + 60_000,
    };
    Signed::seal(&ticket, &portal_key()).unwrap()
}

/// Serves an embedded relay's router; answers where.
pub async fn serve(relay: &Relay) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = relay.router();
    let listener = listener.tap_io(|stream| deskside_relay::tune_socket(stream));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// What a future answers, if it does so before the test's patience ends.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(result) => result,
        Err(_) => panic!("{what} took too long"),
    }
}
