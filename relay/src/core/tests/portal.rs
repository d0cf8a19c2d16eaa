use super::world::*;
use crate::core::{Input, agents::HELD_REPORTS};
use deskside_protocol::{
    agent::{AgentToRelay, Refusal, RelayToAgent},
    bytes::Fixed,
    ids::{DeviceId, Nonce, SessionId},
    link::{PortalToRelay, RelayToPortal},
    report::{Event, Report},
    session::PathPolicy,
    signed::Signed,
};
use uuid::Uuid;

fn command() -> Signed {
    Signed {
        body: "{}".into(),
        signature: Fixed([3; 64]),
    }
}

fn report(number: u128) -> AgentToRelay {
    let event = Event::Interrupted {
        session: SessionId(Uuid::nil()),
    };
    let report = Report {
        nonce: Nonce(Uuid::from_u128(number)),
        at: WALL,
        event,
    };
    AgentToRelay::Report {
        report: Signed::seal(&report, &device_key(1)).unwrap(),
    }
}

#[test]
fn a_command_goes_to_its_device_and_to_nobody_else() {
    let mut world = World::new();
    let (first, second) = (world.connect(1), world.connect(2));
    let commands = world.input(Input::FromPortal(PortalToRelay::Command {
        device: device(2),
        command: command(),
    }));
    assert_eq!(
        to_agent(&commands, second),
        [RelayToAgent::Command { command: command() }]
    );
    assert_eq!(to_agent(&commands, first), []);
}

#[test]
fn a_command_for_a_device_that_is_not_here_is_dropped() {
    let mut world = World::new();
    let message = PortalToRelay::Command {
        device: DeviceId(Uuid::nil()),
        command: command(),
    };
    assert_eq!(world.input(Input::FromPortal(message)), []);
}

#[test]
fn a_revoked_device_is_dropped() {
    let mut world = World::new();
    let (conn, other) = (world.connect(1), world.connect(2));
    let commands = world.input(Input::FromPortal(PortalToRelay::DropDevice { device: device(1) }));
    assert_eq!(refusal(&commands, conn), Some(Refusal::NotEnrolled));
    assert_eq!(to_agent(&commands, other), []);
    assert!(matches!(
        to_portal(&commands)[..],
        [RelayToPortal::DeviceOffline { .. }]
    ));
}

#[test]
fn answers_to_questions_that_nobody_asked_do_nothing() {
    let mut world = World::new();
    for message in [
        PortalToRelay::DeviceKey { query: 99, key: None },
        PortalToRelay::EnrolAnswer {
            query: 99,
            device: Some(device(1)),
        },
        PortalToRelay::CloseSession { session: session(9) },
    ] {
        assert_eq!(world.input(Input::FromPortal(message)), []);
    }
}

#[test]
fn an_answer_of_the_wrong_kind_does_nothing() {
    let mut world = World::new();
    let (conn, _) = world.open_agent();
    world.hello(conn, 1);
    let wrong = PortalToRelay::EnrolAnswer {
        query: 1,
        device: Some(device(1)),
    };
    assert_eq!(world.input(Input::FromPortal(wrong)), []);
}

#[test]
fn without_a_portal_nobody_can_prove_who_they_are() {
    let mut world = World::new();
    let (waiting, _) = world.open_agent();
    world.hello(waiting, 1);
    let (fresh, _) = world.open_agent();
    assert_eq!(refusal(&world.input(Input::LinkDown), waiting), Some(Refusal::Busy));
    assert_eq!(refusal(&world.hello(fresh, 2), fresh), Some(Refusal::Busy));
    let (late, commands) = world.open_agent();
    assert_eq!(refusal(&commands, late), Some(Refusal::Busy));
}

#[test]
fn a_portal_that_comes_back_hears_of_every_device_and_browser() {
    let mut world = World::new();
    world.answered(PathPolicy::ALL);
    assert_eq!(world.input(Input::LinkDown), [], "those who are connected stay");
    let commands = world.input(Input::LinkUp);
    let online = RelayToPortal::DeviceOnline {
        device: device(1),
        facts: facts(),
        at: WALL,
    };
    let joined = RelayToPortal::BrowserJoined {
        session: session(1),
        attempt: 1,
    };
    assert_eq!(to_portal(&commands), [online, joined]);
}

#[test]
fn reports_made_while_the_portal_is_away_reach_it_later() {
    let mut world = World::new();
    let conn = world.connect(1);
    world.input(Input::LinkDown);
    assert_eq!(world.agent_says(conn, report(1)), []);
    let commands = to_portal(&world.input(Input::LinkUp));
    assert!(matches!(
        commands[..],
        [RelayToPortal::DeviceOnline { .. }, RelayToPortal::Report { .. }]
    ));
}

#[test]
fn held_reports_are_bounded() {
    let mut world = World::new();
    world.input(Input::LinkDown);
    for number in 0..=HELD_REPORTS as u128 {
        let AgentToRelay::Report { report } = (if number < 2 { report(number) } else { report(2) }) else {
            unreachable!()
        };
        world.core.hold_report(device(1), report);
    }
    assert_eq!(world.core.held_reports.len(), HELD_REPORTS);
    let AgentToRelay::Report { report } = report(1) else {
        unreachable!()
    };
    let oldest = RelayToPortal::Report {
        device: device(1),
        report,
    };
    assert_eq!(
        world.core.held_reports.front(),
        Some(&oldest),
        "the first one was given up"
    );
}

#[test]
fn a_relay_that_stops_tells_everybody() {
    let mut world = World::new();
    let (agent, browser, _) = world.answered(PathPolicy::ALL);
    let commands = world.input(Input::Stop);
    assert_eq!(refusal(&commands, agent), Some(Refusal::Restarting));
    assert_eq!(refusal(&commands, browser), Some(Refusal::Restarting));
}
