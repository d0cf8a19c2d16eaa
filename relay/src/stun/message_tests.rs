use super::*;
use crate::stun::{BindingRequest, write_response};
use proptest::prelude::*;

/// RFC 5769, section 2.1.
const SAMPLE_REQUEST: &str = "\
    00010058 2112a442 b7e7a701bc34d686fa87dfae \
    80220010 5354554e207465737420636c69656e74 \
    00240004 6e0001ff 80290008 932ff9b151263b36 \
    00060009 6576746a3a68367659202020 \
    00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 \
    80280004 e57a3bcf";
/// RFC 5769, section 2.2.
const SAMPLE_RESPONSE: &str = "\
    0101003c 2112a442 b7e7a701bc34d686fa87dfae \
    8022000b 7465737420766563746f7220 \
    00200008 0001a147e112a643 \
    00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7 \
    80280004 c07d4c96";
/// RFC 5769, section 2.3.
const SAMPLE_RESPONSE_V6: &str = "\
    01010048 2112a442 b7e7a701bc34d686fa87dfae \
    8022000b 7465737420766563746f7220 \
    00200014 0002a147 0113a9faa5d3f179bc25f4b5bed2b9d9 \
    00080014 a382954e4be67bf11784c97c8292c275bfe3ed41 \
    80280004 c8fb0b4c";
const SAMPLE_PASSWORD: &str = "VOkJxbRl1RmTxUk/WvJxBt";

fn bytes(hex: &str) -> Vec<u8> {
    let digits: String = hex.split_whitespace().collect();
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}

fn check(username: &str) -> Vec<u8> {
    let request = BindingRequest {
        transaction: [7; 12],
        username,
        priority: 1,
        nominate: true,
    };
    request.write(&Password::new("a-password-of-22-chars"))
}

/// Puts an attribute at the end and corrects the length.
fn with_attribute(mut message: Vec<u8>, kind: u16, value: &[u8]) -> Vec<u8> {
    message.extend_from_slice(&kind.to_be_bytes());
    message.extend_from_slice(&(value.len() as u16).to_be_bytes());
    message.extend_from_slice(value);
    message.resize(message.len().next_multiple_of(4), 0);
    let length = (message.len() - HEADER_BYTES) as u16;
    message[2..4].copy_from_slice(&length.to_be_bytes());
    message
}

#[test]
fn the_sample_request_of_rfc_5769_is_read_and_verified() {
    let bytes = bytes(SAMPLE_REQUEST);
    let message = Message::read(&bytes).unwrap();
    assert!(message.is_binding_request());
    assert_eq!(message.username(), Some(&b"evtj:h6vY"[..]));
    assert!(message.is_made_with(&Password::new(SAMPLE_PASSWORD)));
}

#[test]
fn the_sample_responses_of_rfc_5769_are_read_and_verified() {
    for sample in [SAMPLE_RESPONSE, SAMPLE_RESPONSE_V6] {
        let bytes = bytes(sample);
        let message = Message::read(&bytes).unwrap();
        assert!(!message.is_binding_request());
        assert!(message.is_made_with(&Password::new(SAMPLE_PASSWORD)));
    }
}

#[test]
fn another_password_does_not_verify() {
    let bytes = bytes(SAMPLE_REQUEST);
    assert!(
        !Message::read(&bytes)
            .unwrap()
            .is_made_with(&Password::new("VOkJxbRl1RmTxUk/WvJxBT"))
    );
}

#[test]
fn a_message_without_integrity_never_verifies() {
    let bytes = bytes("00010000 2112a442 b7e7a701bc34d686fa87dfae");
    assert!(!Message::read(&bytes).unwrap().is_made_with(&Password::new("")));
}

#[test]
fn any_changed_byte_is_noticed() {
    let good = check("agent:browser");
    let password = Password::new("a-password-of-22-chars");
    for at in 0..good.len() - 8 {
        let mut bad = good.clone();
        bad[at] ^= 1;
        let accepted = Message::read(&bad).is_ok_and(|message| message.is_made_with(&password));
        assert!(!accepted, "byte {at}");
    }
}

#[test]
fn a_username_after_the_integrity_is_ignored() {
    let bare = bytes("00010000 2112a442 b7e7a701bc34d686fa87dfae");
    let signed = with_attribute(bare, MESSAGE_INTEGRITY, &[0; 20]);
    assert_eq!(
        Message::read(&with_attribute(signed, USERNAME, b"evil"))
            .unwrap()
            .username(),
        None
    );
}

#[test]
fn a_second_username_is_refused() {
    let bare = bytes("00010000 2112a442 b7e7a701bc34d686fa87dfae");
    let twice = with_attribute(with_attribute(bare, USERNAME, b"a:b"), USERNAME, b"c:d");
    assert_eq!(Message::read(&twice), Err(NotStun::Attribute));
}

#[test]
fn a_username_of_508_bytes_is_read_and_one_of_509_refused() {
    let bare = bytes("00010000 2112a442 b7e7a701bc34d686fa87dfae");
    assert!(Message::read(&with_attribute(bare.clone(), USERNAME, &[b'a'; 508])).is_ok());
    assert_eq!(
        Message::read(&with_attribute(bare, USERNAME, &[b'a'; 509])),
        Err(NotStun::Attribute)
    );
}

#[test]
fn an_attribute_after_the_fingerprint_is_refused() {
    let late = with_attribute(check("a:b"), PRIORITY_LIKE, &[0; 4]);
    assert_eq!(Message::read(&late), Err(NotStun::Fingerprint));
}
const PRIORITY_LIKE: u16 = 0x0024;

#[test]
fn a_written_response_carries_the_address_of_rfc_5769() {
    let transaction = [0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae];
    let written = write_response(
        transaction,
        "192.0.2.1:32853".parse().unwrap(),
        &Password::new(SAMPLE_PASSWORD),
    );
    assert_eq!(
        &written[HEADER_BYTES..HEADER_BYTES + 12],
        &bytes("00200008 0001a147e112a643")[..]
    );
    assert!(
        Message::read(&written)
            .unwrap()
            .is_made_with(&Password::new(SAMPLE_PASSWORD))
    );
}

proptest! {
    #[test]
    fn hostile_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(message) = Message::read(&bytes) {
            let _ = message.is_made_with(&Password::new("x"));
        }
    }

    #[test]
    fn hostile_attributes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..50)) {
        let mut bytes = vec![0, 1, 0, (body.len() * 4) as u8, 0x21, 0x12, 0xA4, 0x42];
        bytes.extend_from_slice(&[0; 12]);
        for byte in body {
            bytes.extend_from_slice(&[0, byte & 0x0f, 0, byte >> 4]);
        }
        if let Ok(message) = Message::read(&bytes) {
            let _ = message.is_made_with(&Password::new("x"));
        }
    }

    #[test]
    fn a_written_request_is_read_back(username in "[a-zA-Z0-9+/]{4,32}:[a-zA-Z0-9+/]{4,32}", password in "[a-z]{22,40}") {
        let password = Password::new(&password);
        let request = BindingRequest { transaction: [9; 12], username: &username, priority: 7, nominate: false };
        let bytes = request.write(&password);
        let message = Message::read(&bytes).unwrap();
        prop_assert!(message.is_binding_request());
        prop_assert_eq!(message.username(), Some(username.as_bytes()));
        prop_assert!(message.is_made_with(&password));
    }

    #[test]
    fn a_cut_message_is_refused(cut in 0usize..100) {
        let bytes = check("agent:browser");
        prop_assume!(cut < bytes.len());
        prop_assert!(Message::read(&bytes[..cut]).is_err());
    }
}
