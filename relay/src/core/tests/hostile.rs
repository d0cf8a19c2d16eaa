//! Whatever peers do in whatever order, the core keeps its own books and refuses the offender alone.

use super::world::*;
use crate::core::{Command, Conn, Input};
use deskside_protocol::{
    agent::{AgentToRelay, DeclineOffer},
    browser::BrowserToRelay,
    link::PortalToRelay,
    session::PathPolicy,
};
use proptest::prelude::*;
use std::{collections::HashSet, time::Duration};

fn step(world: &mut World, step: u8, conn: u64, number: u8) -> Vec<Command> {
    let conn = Conn(conn);
    let attempt = u32::from(number % 2) + 1;
    match step {
        0 => world.connect_with(number).1,
        1 => {
            let ticket = world.ticket(
                number,
                number,
                attempt,
                PathPolicy {
                    direct: number == 1,
                    ..PathPolicy::ALL
                },
            );
            world.join_with(&ticket).1
        }
        2 => world.browser_says(conn, offer()),
        3 => world.agent_says(conn, answer(number, number, attempt)),
        4 => world.input(Input::Closed { conn }),
        5 => world.input(Input::Unreadable { conn, version: None }),
        6 => world.agent_says(conn, AgentToRelay::Pong),
        7 => world.browser_says(
            conn,
            BrowserToRelay::Candidate {
                candidate: CANDIDATE.into(),
            },
        ),
        8 => {
            let decline = AgentToRelay::Decline {
                session: session(number),
                attempt,
                why: DeclineOffer::BadOffer,
            };
            world.agent_says(conn, decline)
        }
        9 => world.input(Input::FromPortal(PortalToRelay::CloseSession {
            session: session(number),
        })),
        10 => world.input(Input::FromPortal(PortalToRelay::DropDevice { device: device(number) })),
        11 => world.input(Input::LinkDown),
        12 => world.input(Input::LinkUp),
        13 => world.open_agent().1,
        14 => world.hello(conn, number),
        _ => world.run_until(world.elapsed + Duration::from_secs(7)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_books_always_agree(steps in proptest::collection::vec((0u8..16, 1u64..12, 1u8..4), 1..80)) {
        let mut world = World::new();
        let mut open = HashSet::new();
        for (kind, conn, number) in steps {
            for command in step(&mut world, kind, conn, number) {
                match command {
                    Command::OpenTunnel(tunnel) => prop_assert!(open.insert(tunnel.tunnel), "opened twice"),
                    Command::CloseTunnel { tunnel } => { open.remove(&tunnel); }
                    _ => {}
                }
            }
            let core = &world.core;
            for (device, conn) in &core.devices {
                prop_assert_eq!(core.agents.get(conn).and_then(|agent| agent.identity()).map(|(device, _)| device), Some(*device));
            }
            let ready = core.agents.values().filter(|agent| agent.identity().is_some()).count();
            prop_assert_eq!(ready, core.devices.len());
            for (session, conn) in &core.sessions {
                prop_assert_eq!(core.browsers.get(conn).and_then(|browser| browser.session()).map(|(session, _)| session), Some(*session));
            }
            let joined = core.browsers.values().filter(|browser| browser.session().is_some()).count();
            prop_assert_eq!(joined, core.sessions.len());
            prop_assert!(core.queries.values().all(|conn| core.agents.contains_key(conn)));
            let routed: HashSet<u32> = core.browsers.values()
                .filter_map(|browser| browser.joined.as_ref()?.progress.route().map(|(_, tunnel)| tunnel)).collect();
            prop_assert!(open.is_subset(&routed), "a tunnel outlived its attempt");
        }
    }
}
