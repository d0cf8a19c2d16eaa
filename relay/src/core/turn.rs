//! Time-limited credentials for a TURN server that shares a secret with the relay (the TURN REST scheme).

use crate::config::TurnServer;
use base64::{Engine, engine::general_purpose::STANDARD};
use deskside_protocol::{UnixMillis, browser::IceServer, ids::SessionId};
use hmac::{Hmac, KeyInit, Mac};

/// The server with a credential for one session.
pub fn ice_server(turn: &TurnServer, session: SessionId, now: UnixMillis) -> IceServer {
    let expiry = now / 1000 + UnixMillis::from(turn.lifetime_s);
    let username = format!("{expiry}:{session}");
    // HMAC takes a key of any length, so the error cannot happen.
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(turn.secret.as_bytes()).expect("HMAC takes any key");
    mac.update(username.as_bytes());
    let credential = STANDARD.encode(mac.finalize().into_bytes());
    IceServer {
        urls: turn.urls.clone(),
        username: Some(username),
        credential: Some(credential),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_credential_is_the_mac_of_expiry_and_session() {
        let turn = TurnServer {
            urls: vec!["turn:turn.example:3478".into()],
            secret: "north".into(),
            lifetime_s: 60,
        };
        let session: SessionId = "00000000-0000-0000-0000-000000000001".parse().unwrap();
        let server = ice_server(&turn, session, 1_000_000);
        assert_eq!(
            server.username.as_deref(),
            Some("1060:00000000-0000-0000-0000-000000000001")
        );
        // printf '1060:00000000-0000-0000-0000-000000000001' | openssl dgst -sha1 -hmac north -binary | base64
        assert_eq!(server.credential.as_deref(), Some("Zyi3P9F22zvFKiTkEMMjOnyEj4s="));
    }
}
