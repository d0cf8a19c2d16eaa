//! Is the answering certificate the device's own? Checked with the browser's cryptography.

use super::{core::Failure, peer::get, status::Obstacle};
use deskside_protocol::{
    bytes::PublicKey,
    fingerprint::{Fingerprint, FingerprintProof, PROOF_CONTEXT, proof_text},
    ids::SessionId,
    signed::signed_bytes,
};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};

const ALGORITHM: &str = "Ed25519";

/// What the portal says about the device, and what the viewer asked it for.
pub struct Expected {
    pub device_key: PublicKey,
    pub session: SessionId,
    pub attempt: u32,
}

impl Expected {
    /// Fails unless the answer names exactly one certificate, the proof is about that one, for this session and
    /// attempt, and the device signed it.
    pub async fn check(&self, answer: &str, proof: &FingerprintProof) -> Result<(), Failure> {
        if Fingerprint::from_sdp(answer) != Some(proof.fingerprint) {
            return Err(Failure::Final(Obstacle::Impostor));
        }
        let subtle: SubtleCrypto = get(&get(&js_sys::global(), "crypto"), "subtle")
            .dyn_into()
            .map_err(|_| Failure::Final(Obstacle::Insecure))?;
        let key = import(&subtle, &self.device_key)
            .await
            .map_err(|_| Failure::Final(Obstacle::OldBrowser))?;
        let text = proof_text(self.session, self.attempt, &proof.fingerprint);
        let signed = signed_bytes(PROOF_CONTEXT, text.as_bytes());
        match verify(&subtle, &key, &proof.signature.0, &signed).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::Final(Obstacle::Impostor)),
            Err(_) => Err(Failure::Final(Obstacle::OldBrowser)),
        }
    }
}

/// True when the browser gives this page cryptography at all: only over HTTPS or from the same machine.
pub fn is_secure() -> bool {
    get(&js_sys::global(), "isSecureContext").is_truthy()
}

async fn import(subtle: &SubtleCrypto, key: &PublicKey) -> Result<CryptoKey, JsValue> {
    let bytes = Uint8Array::from(key.0.as_slice());
    let usages = Array::of1(&"verify".into());
    let key = subtle.import_key_with_str("raw", &bytes, ALGORITHM, false, &usages)?;
    JsFuture::from(key).await?.dyn_into()
}

async fn verify(subtle: &SubtleCrypto, key: &CryptoKey, signature: &[u8], signed: &[u8]) -> Result<bool, JsValue> {
    let verdict = subtle.verify_with_str_and_js_u8_array_and_js_u8_array(
        ALGORITHM,
        key,
        &Uint8Array::from(signature),
        &Uint8Array::from(signed),
    )?;
    Ok(JsFuture::from(verdict).await?.is_truthy())
}
