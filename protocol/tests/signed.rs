#![cfg(feature = "signing")]
use deskside_protocol::{
    bytes::{Fixed, PublicKey},
    command::{Command, Order},
    ids::{DeviceId, Nonce, SessionId},
    report::Report,
    session::EndReason,
    signed::{Signed, SignedError, verify},
};
use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use uuid::Uuid;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn public(key: &SigningKey) -> PublicKey {
    Fixed(key.verifying_key().to_bytes())
}

fn command() -> Command {
    Command {
        nonce: Nonce(Uuid::from_u128(1)),
        device: DeviceId(Uuid::from_u128(2)),
        issued_at: 1000,
        expires_at: 2000,
        order: Order::EndSession {
            session: SessionId(Uuid::from_u128(3)),
            reason: EndReason::Operator,
        },
    }
}

#[test]
fn a_sealed_command_opens_with_the_signers_key() {
    let signed = Signed::seal(&command(), &key(1)).expect("sealed");
    assert_eq!(signed.open::<Command>(&public(&key(1))).expect("opened"), command());
}

#[test]
fn a_command_of_another_signer_does_not_open() {
    let signed = Signed::seal(&command(), &key(2)).expect("sealed");
    assert!(matches!(
        signed.open::<Command>(&public(&key(1))),
        Err(SignedError::BadSignature)
    ));
}

#[test]
fn a_changed_command_does_not_open() {
    let mut signed = Signed::seal(&command(), &key(1)).expect("sealed");
    signed.body = signed.body.replace("operator", "employee");
    assert!(matches!(
        signed.open::<Command>(&public(&key(1))),
        Err(SignedError::BadSignature)
    ));
}

#[test]
fn a_signature_for_one_kind_of_body_is_none_for_another() {
    let signed = Signed::seal(&command(), &key(1)).expect("sealed");
    assert!(matches!(
        signed.open::<Report>(&public(&key(1))),
        Err(SignedError::BadSignature)
    ));
}

#[test]
fn the_all_zero_key_verifies_nothing() {
    let weak = Fixed([0; 32]);
    assert!(!verify("any", b"text", &Fixed([0; 64]), &weak));
}

proptest! {
    #[test]
    fn hostile_envelopes_never_panic(text in ".{0,300}", signature: [u8; 32]) {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&signature);
        let signed = Signed { body: text.clone(), signature: Fixed(bytes) };
        prop_assert!(signed.open::<Command>(&public(&key(1))).is_err());
        let _ = serde_json::from_str::<Signed>(&text);
    }
}
