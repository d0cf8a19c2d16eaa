use super::world::*;
use crate::{
    config::Limits,
    core::{Command, Conn, Input},
};
use deskside_protocol::{
    PROTOCOL_VERSION,
    agent::{AgentToRelay, DeviceFacts, ENROL_CONTEXT, Refusal, RelayToAgent, enrol_text},
    bytes::Fixed,
    ids::{Nonce, SessionId},
    limits::UNAUTHENTICATED,
    link::{PortalToRelay, RelayToPortal},
    report::{Event, Report},
    signed::{Signed, sign},
};
use std::time::Duration;
use uuid::Uuid;

fn enrol(token: &str) -> AgentToRelay {
    let key = public(&device_key(1));
    let signature = sign(ENROL_CONTEXT, enrol_text(token, &key).as_bytes(), &device_key(1));
    AgentToRelay::Enrol {
        version: PROTOCOL_VERSION,
        token: token.into(),
        key,
        facts: facts(),
        signature,
    }
}

fn report(signer: u8) -> AgentToRelay {
    let event = Event::Interrupted {
        session: SessionId(Uuid::nil()),
    };
    let report = Report {
        nonce: Nonce(Uuid::nil()),
        at: WALL,
        event,
    };
    AgentToRelay::Report {
        report: Signed::seal(&report, &device_key(signer)).unwrap(),
    }
}

#[test]
fn a_device_is_challenged_while_the_portal_is_asked_for_its_key() {
    let mut world = World::new();
    let (conn, _) = world.open_agent();
    let commands = world.hello(conn, 1);
    assert_eq!(
        to_agent(&commands, conn),
        [RelayToAgent::Challenge {
            challenge: Fixed([7; 32]),
            server_time: WALL
        }]
    );
    assert_eq!(
        to_portal(&commands),
        [RelayToPortal::DeviceKeyWanted {
            query: 1,
            device: device(1)
        }]
    );
}

#[test]
fn a_device_with_the_right_key_is_welcome_whichever_answer_comes_first() {
    let mut world = World::new();
    for proof_first in [true, false] {
        let (conn, _) = world.open_agent();
        world.hello(conn, 1);
        let key = Some(public(&device_key(1)));
        let commands = if proof_first {
            assert!(to_agent(&world.proof(conn, 1), conn).is_empty());
            world.key_answer(key)
        } else {
            assert!(to_agent(&world.key_answer(key), conn).is_empty());
            world.proof(conn, 1)
        };
        assert_eq!(
            to_agent(&commands, conn),
            [RelayToAgent::Welcome { heartbeat_ms: 15_000 }]
        );
        assert!(commands.contains(&Command::Admit { conn }));
        assert_eq!(
            to_portal(&commands),
            [RelayToPortal::DeviceOnline {
                device: device(1),
                facts: facts(),
                at: WALL
            }]
        );
    }
}

#[test]
fn an_unknown_device_and_a_wrong_key_look_alike_and_alike_late() {
    for key in [None, Some(public(&device_key(2)))] {
        let mut world = World::new();
        let (conn, _) = world.open_agent();
        world.hello(conn, 1);
        assert_eq!(refusal(&world.key_answer(key), conn), None);
        assert_eq!(refusal(&world.proof(conn, 1), conn), Some(Refusal::NotEnrolled));
    }
}

#[test]
fn a_device_enrols_and_connects_on_the_same_line() {
    let mut world = World::new();
    let (conn, _) = world.open_agent();
    let commands = world.agent_says(conn, enrol("token"));
    let key = public(&device_key(1));
    assert_eq!(
        to_portal(&commands),
        [RelayToPortal::EnrolWanted {
            query: 1,
            token: "token".into(),
            key,
            facts: facts()
        }]
    );
    let answer = PortalToRelay::EnrolAnswer {
        query: 1,
        device: Some(device(1)),
    };
    let commands = world.input(Input::FromPortal(answer));
    let portal_key = public(&portal_key());
    assert_eq!(
        to_agent(&commands, conn),
        [RelayToAgent::Enrolled {
            device: device(1),
            portal_key
        }]
    );
    world.hello(conn, 1);
    world.proof(conn, 1);
    assert!(world.key_answer(Some(key)).contains(&Command::Admit { conn }));
}

#[test]
fn a_bad_token_is_refused_by_name() {
    let mut world = World::new();
    let (conn, _) = world.open_agent();
    world.agent_says(conn, enrol("token"));
    let commands = world.input(Input::FromPortal(PortalToRelay::EnrolAnswer { query: 1, device: None }));
    assert_eq!(refusal(&commands, conn), Some(Refusal::BadToken));
}

#[test]
fn a_device_that_does_not_hold_the_key_it_enrols_never_reaches_the_portal() {
    let mut world = World::new();
    let (conn, _) = world.open_agent();
    let AgentToRelay::Enrol {
        version,
        token,
        facts,
        signature,
        ..
    } = enrol("token")
    else {
        unreachable!()
    };
    let stolen = AgentToRelay::Enrol {
        version,
        token,
        key: public(&device_key(2)),
        facts,
        signature,
    };
    let commands = world.agent_says(conn, stolen);
    assert_eq!(refusal(&commands, conn), Some(Refusal::BadMessage));
    assert_eq!(to_portal(&commands), []);
}

#[test]
fn a_token_of_256_bytes_is_passed_on_and_one_of_257_refused() {
    for (length, expected) in [(256, None), (257, Some(Refusal::BadMessage))] {
        let mut world = World::new();
        let (conn, _) = world.open_agent();
        let commands = world.agent_says(conn, enrol(&"t".repeat(length)));
        assert_eq!(refusal(&commands, conn), expected);
    }
}

#[test]
fn a_name_of_255_characters_is_taken_and_one_of_256_refused() {
    for (length, expected) in [(255, None), (256, Some(Refusal::BadMessage))] {
        let mut world = World::new();
        let (conn, _) = world.open_agent();
        let facts = DeviceFacts {
            name: "ü".repeat(length),
            ..facts()
        };
        let hello = AgentToRelay::Hello {
            version: PROTOCOL_VERSION,
            device: device(1),
            facts,
        };
        assert_eq!(refusal(&world.agent_says(conn, hello), conn), expected);
    }
}

#[test]
fn another_protocol_version_is_refused_by_name() {
    let mut world = World::new();
    let (conn, _) = world.open_agent();
    let hello = AgentToRelay::Hello {
        version: PROTOCOL_VERSION + 1,
        device: device(1),
        facts: facts(),
    };
    assert_eq!(refusal(&world.agent_says(conn, hello), conn), Some(Refusal::Version));
}

#[test]
fn an_unreadable_frame_of_another_version_is_refused_as_such() {
    let mut world = World::new();
    for (version, why) in [
        (Some(9), Refusal::Version),
        (Some(PROTOCOL_VERSION), Refusal::BadMessage),
        (None, Refusal::BadMessage),
    ] {
        let (conn, _) = world.open_agent();
        assert_eq!(
            refusal(&world.input(Input::Unreadable { conn, version }), conn),
            Some(why)
        );
    }
}

#[test]
fn frames_at_the_wrong_time_are_refused() {
    let early = [
        AgentToRelay::Pong,
        report(1),
        AgentToRelay::Proof {
            signature: Fixed([0; 64]),
        },
        answer(1, 1, 1),
    ];
    for message in early {
        let mut world = World::new();
        let (conn, _) = world.open_agent();
        assert_eq!(
            refusal(&world.agent_says(conn, message), conn),
            Some(Refusal::BadMessage)
        );
    }
    let mut world = World::new();
    let conn = world.connect(1);
    assert_eq!(refusal(&world.hello(conn, 1), conn), Some(Refusal::BadMessage));
}

#[test]
fn the_same_device_connecting_again_replaces_its_older_connection() {
    let mut world = World::new();
    let older = world.connect(1);
    let (newer, commands) = world.connect_with(1);
    assert_eq!(refusal(&commands, older), Some(Refusal::Replaced));
    let portal = to_portal(&commands);
    assert!(
        matches!(portal[..], [RelayToPortal::DeviceOnline { .. }]),
        "never offline in between: {portal:?}"
    );
    assert_eq!(
        world.input(Input::Closed { conn: older }),
        [],
        "the end of the older one means nothing any more"
    );
    assert!(matches!(
        to_portal(&world.input(Input::Closed { conn: newer }))[..],
        [RelayToPortal::DeviceOffline { .. }]
    ));
}

#[test]
fn a_connection_without_proof_is_refused_after_exactly_the_time_it_has() {
    let mut world = World::new();
    let (conn, _) = world.open_agent();
    world.hello(conn, 1);
    assert_eq!(world.run_until(UNAUTHENTICATED - Duration::from_millis(1)), []);
    assert_eq!(refusal(&world.run_until(UNAUTHENTICATED), conn), Some(Refusal::TooSlow));
}

#[test]
fn enrolling_gives_no_more_time() {
    let mut world = World::new();
    let (conn, _) = world.open_agent();
    world.run_until(UNAUTHENTICATED / 2);
    world.agent_says(conn, enrol("token"));
    world.input(Input::FromPortal(PortalToRelay::EnrolAnswer {
        query: 1,
        device: Some(device(1)),
    }));
    assert_eq!(refusal(&world.run_until(UNAUTHENTICATED), conn), Some(Refusal::TooSlow));
}

#[test]
fn a_device_that_answers_pings_stays_and_one_that_does_not_is_gone_after_two() {
    let mut world = World::new();
    let conn = world.connect(1);
    assert_eq!(to_agent(&world.run_until(HEARTBEAT), conn), [RelayToAgent::Ping]);
    world.agent_says(conn, AgentToRelay::Pong);
    assert_eq!(to_agent(&world.run_until(2 * HEARTBEAT), conn), [RelayToAgent::Ping]);
    let commands = world.run_until(3 * HEARTBEAT);
    assert_eq!(refusal(&commands, conn), Some(Refusal::TooSlow));
    assert!(matches!(
        to_portal(&commands)[..],
        [RelayToPortal::DeviceOffline { .. }]
    ));
}

#[test]
fn a_report_reaches_the_portal_only_when_this_device_signed_it() {
    let mut world = World::new();
    let conn = world.connect(1);
    assert!(matches!(
        to_portal(&world.agent_says(conn, report(1)))[..],
        [RelayToPortal::Report { .. }]
    ));
    assert_eq!(
        refusal(&world.agent_says(conn, report(2)), conn),
        Some(Refusal::BadMessage)
    );
}

#[test]
fn agents_connect_up_to_the_limit() {
    let mut world = World::with(Limits {
        agents: 2,
        ..Limits::default()
    });
    world.connect(1);
    world.connect(2);
    let (third, commands) = world.open_agent();
    assert_eq!(refusal(&commands, third), Some(Refusal::Busy));
    world.input(Input::Closed { conn: Conn(1) });
    let (fourth, commands) = world.open_agent();
    assert_eq!(refusal(&commands, fourth), None);
}

#[test]
fn unauthenticated_agents_connect_up_to_their_own_limit() {
    let mut world = World::with(Limits {
        unauthenticated: 2,
        ..Limits::default()
    });
    world.connect(1);
    world.open_agent();
    world.open_agent();
    let (fourth, commands) = world.open_agent();
    assert_eq!(refusal(&commands, fourth), Some(Refusal::Busy));
}

#[test]
fn questions_to_the_portal_wait_up_to_the_limit() {
    let mut world = World::with(Limits {
        queries: 1,
        ..Limits::default()
    });
    let (first, _) = world.open_agent();
    let (second, _) = world.open_agent();
    assert_eq!(refusal(&world.hello(first, 1), first), None);
    assert_eq!(refusal(&world.hello(second, 2), second), Some(Refusal::Busy));
    world.key_answer(None);
    let (third, _) = world.open_agent();
    assert_eq!(refusal(&world.hello(third, 3), third), None);
}

#[test]
fn a_peer_may_send_its_frames_at_once_and_not_one_more() {
    let mut world = World::with(Limits {
        frames_per_second: 10,
        ..Limits::default()
    });
    let conn = world.connect(1);
    for _ in 2..20 {
        assert_eq!(world.agent_says(conn, AgentToRelay::Pong), []);
    }
    assert_eq!(
        refusal(&world.agent_says(conn, AgentToRelay::Pong), conn),
        Some(Refusal::Busy)
    );
}
