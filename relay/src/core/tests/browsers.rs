use super::world::*;
use crate::{
    config::{Limits, TurnServer},
    core::{Command, Input},
};
use deskside_protocol::{
    PROTOCOL_VERSION,
    agent::{Refusal, RelayToAgent},
    browser::{BrowserToRelay, IceServer, RelayToBrowser},
    limits::UNAUTHENTICATED,
    link::{PortalToRelay, RelayToPortal},
    session::PathPolicy,
    signed::Signed,
};
use std::time::Duration;

#[test]
fn a_good_ticket_joins_and_the_portal_hears_of_it() {
    let mut world = World::new();
    world.connect(1);
    let ticket = world.ticket(1, 1, 1, PathPolicy::ALL);
    let (conn, commands) = world.join_with(&ticket);
    let joined = RelayToBrowser::Joined {
        session: session(1),
        attempt: 1,
        device_online: true,
        ice_servers: vec![],
    };
    assert_eq!(to_browser(&commands, conn), [joined]);
    assert_eq!(
        to_portal(&commands),
        [RelayToPortal::BrowserJoined {
            session: session(1),
            attempt: 1
        }]
    );
}

#[test]
fn a_browser_hears_when_its_device_comes_and_goes() {
    let mut world = World::new();
    let ticket = world.ticket(1, 1, 1, PathPolicy::ALL);
    let (browser, commands) = world.join_with(&ticket);
    assert!(matches!(
        to_browser(&commands, browser)[..],
        [RelayToBrowser::Joined {
            device_online: false,
            ..
        }]
    ));
    let (_, commands) = world.connect_with(2);
    assert_eq!(to_browser(&commands, browser), [], "another device");
    let (agent, commands) = world.connect_with(1);
    assert_eq!(to_browser(&commands, browser), [RelayToBrowser::DeviceOnline]);
    assert_eq!(
        to_browser(&world.input(Input::Closed { conn: agent }), browser),
        [RelayToBrowser::DeviceOffline]
    );
}

#[test]
fn a_ticket_shown_twice_is_refused_and_the_first_browser_stays() {
    let mut world = World::new();
    let ticket = world.ticket(1, 1, 1, PathPolicy::ALL);
    let (first, _) = world.join_with(&ticket);
    let (second, commands) = world.join_with(&ticket);
    assert_eq!(refusal(&commands, second), Some(Refusal::BadTicket));
    assert_eq!(to_browser(&commands, first), []);
}

#[test]
fn a_ticket_that_the_portal_did_not_sign_is_refused() {
    let mut world = World::new();
    let ticket = world.ticket(1, 1, 1, PathPolicy::ALL);
    let (conn, _) = world.open_browser();
    let forged = Signed::seal(&ticket, &device_key(1)).unwrap();
    let commands = world.browser_says(
        conn,
        BrowserToRelay::Join {
            version: PROTOCOL_VERSION,
            ticket: forged,
        },
    );
    assert_eq!(refusal(&commands, conn), Some(Refusal::BadTicket));
    assert_eq!(
        refusal(&world.join_with(&ticket).1, conn),
        None,
        "and is not used up by that"
    );
}

#[test]
fn an_expired_ticket_is_refused() {
    let mut world = World::new();
    let ticket = world.ticket(1, 1, 1, PathPolicy::ALL);
    world.run_until(Duration::from_millis(60_000 + 30_000 + 1));
    let (conn, commands) = world.join_with(&ticket);
    assert_eq!(refusal(&commands, conn), Some(Refusal::BadTicket));
}

#[test]
fn another_protocol_version_is_refused_by_name() {
    let mut world = World::new();
    let ticket = Signed::seal(&world.ticket(1, 1, 1, PathPolicy::ALL), &portal_key()).unwrap();
    let (conn, _) = world.open_browser();
    let join = BrowserToRelay::Join {
        version: PROTOCOL_VERSION + 1,
        ticket,
    };
    assert_eq!(refusal(&world.browser_says(conn, join), conn), Some(Refusal::Version));
}

#[test]
fn a_newer_attempt_replaces_the_older_one() {
    let mut world = World::new();
    let (agent, first, _) = world.answered(PathPolicy::ALL);
    let ticket = world.ticket(1, 1, 2, PathPolicy::ALL);
    let (_, commands) = world.join_with(&ticket);
    assert_eq!(refusal(&commands, first), Some(Refusal::Replaced));
    assert!(commands.contains(&Command::CloseTunnel { tunnel: 1 }));
    assert_eq!(
        to_agent(&commands, agent),
        [RelayToAgent::BrowserLeft {
            session: session(1),
            attempt: 1
        }]
    );
    let left = RelayToPortal::BrowserLeft {
        session: session(1),
        attempt: 1,
    };
    assert_eq!(
        to_portal(&commands),
        [
            left,
            RelayToPortal::BrowserJoined {
                session: session(1),
                attempt: 2
            }
        ]
    );
}

#[test]
fn a_session_that_the_portal_closes_ends_for_browser_and_bridge() {
    let mut world = World::new();
    let (agent, browser, _) = world.answered(PathPolicy::ALL);
    let commands = world.input(Input::FromPortal(PortalToRelay::CloseSession { session: session(1) }));
    assert_eq!(refusal(&commands, browser), Some(Refusal::BadTicket));
    assert!(commands.contains(&Command::CloseTunnel { tunnel: 1 }));
    assert_eq!(
        to_agent(&commands, agent),
        [RelayToAgent::BrowserLeft {
            session: session(1),
            attempt: 1
        }]
    );
    let ticket = world.ticket(1, 1, 2, PathPolicy::ALL);
    let (late, commands) = world.join_with(&ticket);
    assert_eq!(refusal(&commands, late), Some(Refusal::BadTicket));
}

#[test]
fn a_browser_that_leaves_takes_its_tunnel_with_it() {
    let mut world = World::new();
    let (agent, browser, _) = world.answered(PathPolicy::ALL);
    let commands = world.input(Input::Closed { conn: browser });
    assert!(commands.contains(&Command::CloseTunnel { tunnel: 1 }));
    assert_eq!(
        to_agent(&commands, agent),
        [RelayToAgent::BrowserLeft {
            session: session(1),
            attempt: 1
        }]
    );
    assert_eq!(
        to_portal(&commands),
        [RelayToPortal::BrowserLeft {
            session: session(1),
            attempt: 1
        }]
    );
}

#[test]
fn a_browser_without_a_ticket_is_refused_after_exactly_the_time_it_has() {
    let mut world = World::new();
    let (conn, _) = world.open_browser();
    assert_eq!(world.run_until(UNAUTHENTICATED - Duration::from_millis(1)), []);
    assert_eq!(refusal(&world.run_until(UNAUTHENTICATED), conn), Some(Refusal::TooSlow));
}

#[test]
fn a_silent_browser_is_gone_after_two_pings() {
    let mut world = World::new();
    let conn = world.join(PathPolicy::ALL);
    assert_eq!(to_browser(&world.run_until(HEARTBEAT), conn), [RelayToBrowser::Ping]);
    assert_eq!(refusal(&world.run_until(2 * HEARTBEAT), conn), Some(Refusal::TooSlow));
}

#[test]
fn a_browser_that_answers_stays() {
    let mut world = World::new();
    let conn = world.join(PathPolicy::ALL);
    for beat in 1..5 {
        assert_eq!(
            to_browser(&world.run_until(beat * HEARTBEAT), conn),
            [RelayToBrowser::Ping]
        );
        world.browser_says(conn, BrowserToRelay::Pong);
    }
}

#[test]
fn frames_at_the_wrong_time_are_refused() {
    for message in [
        offer(),
        BrowserToRelay::Pong,
        BrowserToRelay::Candidate {
            candidate: CANDIDATE.into(),
        },
    ] {
        let mut world = World::new();
        let (conn, _) = world.open_browser();
        assert_eq!(
            refusal(&world.browser_says(conn, message), conn),
            Some(Refusal::BadMessage)
        );
    }
    let mut world = World::new();
    let conn = world.join(PathPolicy::ALL);
    let ticket = Signed::seal(&world.ticket(1, 1, 2, PathPolicy::ALL), &portal_key()).unwrap();
    let again = BrowserToRelay::Join {
        version: PROTOCOL_VERSION,
        ticket,
    };
    assert_eq!(
        refusal(&world.browser_says(conn, again), conn),
        Some(Refusal::BadMessage)
    );
}

#[test]
fn sessions_are_joined_up_to_the_limit_and_a_newer_attempt_needs_no_room() {
    let mut world = World::with(Limits {
        sessions: 1,
        ..Limits::default()
    });
    world.join(PathPolicy::ALL);
    let other = world.ticket(1, 2, 1, PathPolicy::ALL);
    let (conn, commands) = world.join_with(&other);
    assert_eq!(refusal(&commands, conn), Some(Refusal::Busy));
    let newer = world.ticket(1, 1, 2, PathPolicy::ALL);
    let (conn, commands) = world.join_with(&newer);
    assert_eq!(refusal(&commands, conn), None);
}

#[test]
fn unauthenticated_browsers_connect_up_to_their_limit() {
    let mut world = World::with(Limits {
        unauthenticated: 1,
        ..Limits::default()
    });
    world.join(PathPolicy::ALL);
    world.open_browser();
    let (conn, commands) = world.open_browser();
    assert_eq!(refusal(&commands, conn), Some(Refusal::Busy));
}

#[test]
fn ice_servers_are_given_only_where_direct_paths_are_allowed() {
    let mut world = World::new();
    let stun = IceServer {
        urls: vec!["stun:stun.example:3478".into()],
        username: None,
        credential: None,
    };
    world.core.config.ice_servers = vec![stun.clone()];
    world.core.config.turn = Some(TurnServer {
        urls: vec!["turn:t".into()],
        secret: "s".into(),
        lifetime_s: 60,
    });
    for (paths, count) in [
        (PathPolicy::ALL, 2),
        (
            PathPolicy {
                direct: false,
                ..PathPolicy::ALL
            },
            0,
        ),
    ] {
        let ticket = world.ticket(1, 1, 1, paths);
        let (conn, commands) = world.join_with(&ticket);
        let [RelayToBrowser::Joined { ice_servers, .. }] = &to_browser(&commands, conn)[..] else {
            unreachable!()
        };
        assert_eq!(ice_servers.len(), count);
        assert!(ice_servers.first().is_none_or(|first| *first == stun));
    }
}
