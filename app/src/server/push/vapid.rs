//! Who sends: a token signed with the portal's P-256 key (RFC 8292).
//!
//! Invariant: pure. The key comes from the portal's own, so that it stays with it, and all portals with that key have it.

use super::endpoint::Endpoint;
use crate::server::keyed;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use deskside_protocol::UnixMillis;
use hmac::Mac;
use p256::ecdsa::{Signature, SigningKey, signature::Signer};

const PURPOSE: &[u8] = b"deskside push v1";
/// Less than the day that push services allow (RFC 8292, section 2).
const GOOD_FOR: UnixMillis = 12 * 3600 * 1000;

/// The portal as push services know it.
#[derive(Clone)]
pub struct Vapid {
    key: SigningKey,
    /// `mailto:…` or `https:…`, for the people who run push services.
    contact: String,
}

impl Vapid {
    /// The one that belongs to the portal's key.
    pub fn new(portal: &ed25519_dalek::SigningKey, contact: String) -> Self {
        // All but one of 2^32 texts are keys; the first nearly always is.
        let key = (0u8..=255)
            .find_map(|try_| {
                let bytes = keyed::mac(portal, PURPOSE, &[try_]).finalize().into_bytes();
                SigningKey::from_slice(&bytes).ok()
            })
            .expect("256 random numbers in a row are not all above the curve's order");
        Self { key, contact }
    }

    /// What browsers get as `applicationServerKey`: an uncompressed point, base64url.
    pub fn public_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.key.verifying_key().to_sec1_point(false).as_bytes())
    }

    /// The value of `Authorization` for a message to `endpoint`.
    pub fn authorization(&self, endpoint: &Endpoint, now: UnixMillis) -> String {
        let header = URL_SAFE_NO_PAD.encode(br#"{"typ":"JWT","alg":"ES256"}"#);
        let claims = serde_json::json!({
            "aud": endpoint.origin(),
            "exp": (now + GOOD_FOR) / 1000,
            "sub": self.contact,
        });
        let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
        let signed = format!("{header}.{claims}");
        let signature: Signature = self.key.sign(signed.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(signature.to_bytes());
        format!("vapid t={signed}.{signature}, k={}", self.public_key())
    }
}

impl std::fmt::Debug for Vapid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vapid({})", self.public_key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::ecdsa::{VerifyingKey, signature::Verifier};

    const NOW: UnixMillis = 1_795_420_800_000;

    fn vapid(portal: u8) -> Vapid {
        let portal = ed25519_dalek::SigningKey::from_bytes(&[portal; 32]);
        Vapid::new(&portal, "mailto:help@example.org".into())
    }

    fn endpoint() -> Endpoint {
        Endpoint::read("https://push.example.net/send/abc?x=1", &[]).expect("an endpoint")
    }

    #[test]
    fn the_key_stays_with_the_portals_key() {
        assert_eq!(vapid(1).public_key(), vapid(1).public_key());
        assert_ne!(vapid(1).public_key(), vapid(2).public_key());
    }

    #[test]
    fn the_token_is_signed_for_one_push_service_and_half_a_day() {
        let value = vapid(1).authorization(&endpoint(), NOW);
        let (token, key) = value
            .strip_prefix("vapid t=")
            .and_then(|rest| rest.split_once(", k="))
            .expect("both parts");
        let parts: Vec<&str> = token.split('.').collect();
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64url");
        let verifying = VerifyingKey::from_sec1_bytes(&decode(key)).expect("a key");
        let signature = Signature::from_slice(&decode(parts[2])).expect("a signature");
        let signed = format!("{}.{}", parts[0], parts[1]);
        verifying
            .verify(signed.as_bytes(), &signature)
            .expect("a good signature");
        let claims: serde_json::Value = serde_json::from_slice(&decode(parts[1])).expect("claims");
        assert_eq!(claims["aud"], "https://push.example.net");
        assert_eq!(claims["exp"], NOW / 1000 + 12 * 3600);
        assert_eq!(claims["sub"], "mailto:help@example.org");
    }

    #[test]
    fn the_secret_key_never_shows_in_a_log() {
        let vapid = vapid(1);
        assert_eq!(format!("{vapid:?}"), format!("Vapid({})", vapid.public_key()));
    }
}
