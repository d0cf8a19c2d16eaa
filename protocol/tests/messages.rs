//! Golden texts of version 1: a change here is a change of the protocol and raises its version.

use deskside_protocol::{
    PROTOCOL_VERSION,
    agent::{AgentToRelay, DeviceFacts, Refusal, RelayToAgent},
    browser::{BrowserToRelay, RelayCandidate, RelayToBrowser},
    bytes::{Fixed, PublicKey},
    channel::{self, Button, Cursor, Input, InputAction, Modifiers, Pointer, Position},
    command::Command,
    ids::{DeviceId, SessionId},
    limits::CHANNEL_MESSAGE_BYTES,
    link::{PortalToRelay, RelayToPortal},
    report::Report,
    session::{MediaPath, Platform},
    ticket::Ticket,
};
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;
use uuid::Uuid;

fn golden<T: Serialize + DeserializeOwned + PartialEq + Debug>(message: T, text: &str) {
    assert_eq!(serde_json::to_string(&message).expect("encodes"), text);
    assert_eq!(serde_json::from_str::<T>(text).expect("decodes"), message);
}

#[test]
fn hello_reads_and_writes_as_in_version_1() {
    let facts = DeviceFacts {
        name: "PC-7".into(),
        platform: Platform::Windows,
        agent_version: "0.1.0".into(),
    };
    golden(
        AgentToRelay::Hello {
            version: PROTOCOL_VERSION,
            device: DeviceId(Uuid::nil()),
            facts,
        },
        r#"{"type":"hello","version":1,"device":"00000000-0000-0000-0000-000000000000","facts":{"name":"PC-7","platform":"windows","agent_version":"0.1.0"}}"#,
    );
}

#[test]
fn challenge_reads_and_writes_as_in_version_1() {
    golden(
        RelayToAgent::Challenge {
            challenge: Fixed([0xff; 32]),
            server_time: 1_700_000_000_000,
        },
        r#"{"type":"challenge","challenge":"__________________________________________8","server_time":1700000000000}"#,
    );
}

#[test]
fn refused_reads_and_writes_as_in_version_1() {
    golden(
        RelayToBrowser::Refused {
            why: Refusal::BadTicket,
            message: "sign in again".into(),
        },
        r#"{"type":"refused","why":"bad_ticket","message":"sign in again"}"#,
    );
}

#[test]
fn a_relay_candidate_names_its_path() {
    golden(
        RelayCandidate {
            candidate: "candidate:1 1 udp 1 192.0.2.1 3478 typ relay".into(),
            path: MediaPath::RelayUdp,
        },
        r#"{"candidate":"candidate:1 1 udp 1 192.0.2.1 3478 typ relay","path":"relay_udp"}"#,
    );
}

#[test]
fn close_session_reads_and_writes_as_in_version_1() {
    golden(
        PortalToRelay::CloseSession {
            session: SessionId(Uuid::nil()),
        },
        r#"{"type":"close_session","session":"00000000-0000-0000-0000-000000000000"}"#,
    );
}

#[test]
fn an_unknown_field_is_refused() {
    assert!(serde_json::from_str::<BrowserToRelay>(r#"{"type":"offer","sdp":"v=0","more":1}"#).is_err());
}

#[test]
fn a_key_of_31_bytes_is_refused() {
    let text = Fixed([1; 31]).to_string();
    assert_eq!(PublicKey::from_text(&text), None);
}

#[test]
fn a_key_press_has_the_same_bytes_as_in_version_1() {
    let action = InputAction::KeyDown {
        code: "KeyQ".into(),
        key: "@".into(),
        modifiers: Modifiers {
            alt_graph: true,
            ..Modifiers::default()
        },
        repeat: false,
    };
    let bytes = [&[5, 0, 4][..], b"KeyQ", &[1], b"@", &[0, 0, 0, 0, 1, 0, 0, 0]].concat();
    assert_eq!(channel::encode(&Input { number: 5, action }), bytes);
}

#[test]
fn a_pointer_message_stays_under_a_dozen_bytes() {
    let message = Pointer {
        number: u32::MAX,
        at: Position {
            x: u16::MAX,
            y: u16::MAX,
        },
    };
    assert!(channel::encode(&message).len() < 12);
}

#[test]
fn bytes_left_over_are_refused() {
    let mut bytes = channel::encode(&Cursor::Hidden);
    bytes.push(0);
    assert!(channel::decode::<Cursor>(&bytes).is_err());
}

#[test]
fn the_largest_cursor_fits_and_a_longer_message_is_refused() {
    let rgba = vec![0x7f; 128 * 128 * 4];
    let bytes = channel::encode(&Cursor::Shape {
        id: 1,
        width: 128,
        height: 128,
        hot_x: 0,
        hot_y: 0,
        rgba,
    });
    assert!(channel::decode::<Cursor>(&bytes).is_ok());
    assert!(channel::decode::<Cursor>(&vec![0; CHANNEL_MESSAGE_BYTES + 1]).is_err());
}

fn button() -> impl Strategy<Value = Button> {
    prop_oneof![
        Just(Button::Left),
        Just(Button::Middle),
        Just(Button::Right),
        Just(Button::Back),
        Just(Button::Forward)
    ]
}

proptest! {
    #[test]
    fn input_survives_its_encoding(number: u32, button in button(), x: u16, y: u16, text in ".{0,50}") {
        for action in [InputAction::ButtonDown { button, at: Position { x, y } }, InputAction::Text { text }] {
            let input = Input { number, action };
            prop_assert_eq!(channel::decode::<Input>(&channel::encode(&input)).ok(), Some(input));
        }
    }

    #[test]
    fn hostile_channel_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = channel::decode::<Input>(&bytes);
        let _ = channel::decode::<Pointer>(&bytes);
        let _ = channel::decode::<Cursor>(&bytes);
        let _ = channel::decode::<channel::BrowserControl>(&bytes);
        let _ = channel::decode::<channel::AgentControl>(&bytes);
    }

    #[test]
    fn hostile_text_never_panics(text in r#"\{"(type|do|event)":"[a-z_]{0,12}"(,"[a-z]{1,8}":(null|-?[0-9]{1,20}|"[^"\\]{0,20}")){0,4}\}"#) {
        let _ = serde_json::from_str::<AgentToRelay>(&text);
        let _ = serde_json::from_str::<RelayToAgent>(&text);
        let _ = serde_json::from_str::<BrowserToRelay>(&text);
        let _ = serde_json::from_str::<RelayToBrowser>(&text);
        let _ = serde_json::from_str::<PortalToRelay>(&text);
        let _ = serde_json::from_str::<RelayToPortal>(&text);
        let _ = serde_json::from_str::<Command>(&text);
        let _ = serde_json::from_str::<Report>(&text);
        let _ = serde_json::from_str::<Ticket>(&text);
    }
}
