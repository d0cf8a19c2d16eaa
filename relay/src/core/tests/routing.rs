use super::world::*;
use crate::core::{Command, Input, Tunnel};
use deskside_protocol::{
    agent::{AgentToRelay, DeclineOffer, Refusal, RelayToAgent},
    browser::{BrowserToRelay, RelayToBrowser},
    fingerprint::Fingerprint,
    limits::CANDIDATES,
    session::{MediaPath, PathPolicy},
};

const RELAYED: PathPolicy = PathPolicy {
    direct: false,
    ..PathPolicy::ALL
};

fn candidate_from_agent(number: u8, attempt: u32) -> AgentToRelay {
    AgentToRelay::Candidate {
        session: session(number),
        attempt,
        candidate: CANDIDATE.into(),
    }
}

#[test]
fn an_offer_reaches_the_agent_with_its_ticket_and_a_tunnel() {
    let mut world = World::new();
    let agent = world.connect(1);
    let browser = world.join(PathPolicy::ALL);
    let commands = world.browser_says(browser, offer());
    let [
        RelayToAgent::Offer {
            session: to,
            attempt: 1,
            sdp: text,
            tunnel: 1,
            ..
        },
    ] = &to_agent(&commands, agent)[..]
    else {
        panic!("{commands:?}");
    };
    assert_eq!((*to, text), (session(1), &sdp("browser", browser_fingerprint())));
}

#[test]
fn an_answer_opens_the_tunnel_before_the_browser_hears_of_it() {
    let mut world = World::new();
    let (agent, browser, commands) = world.answered(PathPolicy::ALL);
    let tunnel = Tunnel {
        tunnel: 1,
        agent,
        username: "agent:browser".into(),
        password: "agentPasswordLongEnoughchars".into(),
        paths: PathPolicy::ALL,
    };
    assert_eq!(commands[0], Command::OpenTunnel(tunnel));
    let [
        RelayToBrowser::Answer {
            relay,
            relay_after_ms: 500,
            sdp: text,
            ..
        },
    ] = &to_browser(&commands, browser)[..]
    else {
        panic!("{commands:?}");
    };
    assert_eq!(
        relay.iter().map(|relay| relay.path).collect::<Vec<_>>(),
        [MediaPath::RelayUdp, MediaPath::RelayTcp]
    );
    assert_eq!(text, &sdp("agent", Fingerprint([1; 32])));
}

#[test]
fn without_direct_paths_neither_side_sees_an_address_of_the_other() {
    let mut world = World::new();
    let agent = world.connect(1);
    let browser = world.join(RELAYED);
    let mut commands = world.browser_says(browser, offer());
    commands.extend(world.browser_says(
        browser,
        BrowserToRelay::Candidate {
            candidate: CANDIDATE.into(),
        },
    ));
    commands.extend(world.agent_says(agent, answer(1, 1, 1)));
    commands.extend(world.agent_says(agent, candidate_from_agent(1, 1)));
    for said in to_agent(&commands, agent) {
        assert!(!serde_json::to_string(&said).unwrap().contains("192.0.2.9"), "{said:?}");
    }
    let said = to_browser(&commands, browser);
    assert!(
        said.iter()
            .all(|said| !serde_json::to_string(said).unwrap().contains("192.0.2.9")),
        "{said:?}"
    );
    assert!(matches!(said[..], [RelayToBrowser::Answer { relay_after_ms: 0, .. }]));
}

#[test]
fn each_relay_path_that_is_forbidden_has_no_candidate_and_without_any_there_is_no_tunnel() {
    for (paths, expected) in [
        (
            PathPolicy {
                relay_udp: false,
                ..PathPolicy::ALL
            },
            vec![MediaPath::RelayTcp],
        ),
        (
            PathPolicy {
                relay_tcp: false,
                ..PathPolicy::ALL
            },
            vec![MediaPath::RelayUdp],
        ),
        (
            PathPolicy {
                direct: true,
                relay_udp: false,
                relay_tcp: false,
            },
            vec![],
        ),
    ] {
        let mut world = World::new();
        let (_, browser, commands) = world.answered(paths);
        let [RelayToBrowser::Answer { relay, .. }] = &to_browser(&commands, browser)[..] else {
            panic!("{commands:?}")
        };
        assert_eq!(relay.iter().map(|relay| relay.path).collect::<Vec<_>>(), expected);
        let tunnels = commands
            .iter()
            .filter(|command| matches!(command, Command::OpenTunnel(_)))
            .count();
        assert_eq!(tunnels, usize::from(!expected.is_empty()));
    }
}

#[test]
fn candidates_go_both_ways_and_the_empty_one_too() {
    let mut world = World::new();
    let (agent, browser, _) = world.answered(PathPolicy::ALL);
    for candidate in [CANDIDATE, ""] {
        let commands = world.browser_says(
            browser,
            BrowserToRelay::Candidate {
                candidate: candidate.into(),
            },
        );
        let expected = RelayToAgent::Candidate {
            session: session(1),
            attempt: 1,
            candidate: candidate.into(),
        };
        assert_eq!(to_agent(&commands, agent), [expected]);
        let message = AgentToRelay::Candidate {
            session: session(1),
            attempt: 1,
            candidate: candidate.into(),
        };
        let commands = world.agent_says(agent, message);
        assert_eq!(
            to_browser(&commands, browser),
            [RelayToBrowser::Candidate {
                candidate: candidate.into()
            }]
        );
    }
}

#[test]
fn candidates_of_another_attempt_or_session_are_dropped() {
    let mut world = World::new();
    let (agent, _, _) = world.answered(PathPolicy::ALL);
    assert_eq!(world.agent_says(agent, candidate_from_agent(1, 2)), []);
    assert_eq!(world.agent_says(agent, candidate_from_agent(2, 1)), []);
}

#[test]
fn a_device_cannot_speak_for_another_device_of_a_session() {
    let mut world = World::new();
    let (_, browser, _) = world.answered(PathPolicy::ALL);
    let other = world.connect(2);
    assert_eq!(world.agent_says(other, candidate_from_agent(1, 1)), []);
    assert_eq!(world.agent_says(other, answer(2, 1, 1)), []);
    let decline = AgentToRelay::Decline {
        session: session(1),
        attempt: 1,
        why: DeclineOffer::NoConsent,
    };
    assert_eq!(to_browser(&world.agent_says(other, decline), browser), []);
}

#[test]
fn a_side_may_send_as_many_candidates_as_it_may_and_not_one_more() {
    let mut world = World::new();
    let (agent, browser, _) = world.answered(PathPolicy::ALL);
    for _ in 1..CANDIDATES {
        assert_eq!(
            refusal(&world.agent_says(agent, candidate_from_agent(1, 1)), agent),
            None
        );
    }
    let commands = world.agent_says(agent, candidate_from_agent(1, 1));
    assert_eq!(refusal(&commands, agent), Some(Refusal::BadMessage));
    assert_eq!(refusal(&commands, browser), None, "the other side stays");

    let mut world = World::new();
    let (_, browser, _) = world.answered(PathPolicy::ALL);
    let candidate = || BrowserToRelay::Candidate {
        candidate: CANDIDATE.into(),
    };
    for _ in 1..CANDIDATES {
        assert_eq!(refusal(&world.browser_says(browser, candidate()), browser), None);
    }
    assert_eq!(
        refusal(&world.browser_says(browser, candidate()), browser),
        Some(Refusal::BadMessage)
    );
}

#[test]
fn an_offer_with_another_certificate_than_the_tickets_is_refused() {
    let mut world = World::new();
    let agent = world.connect(1);
    let browser = world.join(PathPolicy::ALL);
    let commands = world.browser_says(
        browser,
        BrowserToRelay::Offer {
            sdp: sdp("browser", Fingerprint([9; 32])),
        },
    );
    assert_eq!(refusal(&commands, browser), Some(Refusal::BadTicket));
    assert_eq!(to_agent(&commands, agent), []);
}

#[test]
fn an_offer_that_is_no_sdp_and_a_second_offer_are_refused() {
    let mut world = World::new();
    world.connect(1);
    let browser = world.join(PathPolicy::ALL);
    let commands = world.browser_says(browser, BrowserToRelay::Offer { sdp: "hello".into() });
    assert_eq!(refusal(&commands, browser), Some(Refusal::BadMessage));
    let ticket = world.ticket(1, 1, 2, PathPolicy::ALL);
    let (browser, _) = world.join_with(&ticket);
    assert_eq!(refusal(&world.browser_says(browser, offer()), browser), None);
    assert_eq!(
        refusal(&world.browser_says(browser, offer()), browser),
        Some(Refusal::BadMessage)
    );
}

#[test]
fn an_offer_to_a_device_that_just_went_away_may_be_made_again() {
    let mut world = World::new();
    let browser = world.join(PathPolicy::ALL);
    assert_eq!(
        world.browser_says(browser, offer()),
        [Command::ToBrowser {
            conn: browser,
            message: RelayToBrowser::DeviceOffline
        }]
    );
    let agent = world.connect(1);
    assert_eq!(to_agent(&world.browser_says(browser, offer()), agent).len(), 1);
}

#[test]
fn a_device_that_goes_away_closes_the_tunnel_and_a_new_offer_gets_another_one() {
    let mut world = World::new();
    let (agent, browser, _) = world.answered(PathPolicy::ALL);
    let commands = world.input(Input::Closed { conn: agent });
    assert!(commands.contains(&Command::CloseTunnel { tunnel: 1 }));
    let agent = world.connect(1);
    let commands = world.browser_says(browser, offer());
    assert!(matches!(
        to_agent(&commands, agent)[..],
        [RelayToAgent::Offer { tunnel: 2, .. }]
    ));
}

#[test]
fn an_answer_with_a_broken_sdp_or_a_foreign_signature_is_the_agents_fault() {
    let AgentToRelay::Answer { proof, .. } = answer(1, 1, 1) else {
        unreachable!()
    };
    let AgentToRelay::Answer { proof: foreign, .. } = answer(2, 1, 1) else {
        unreachable!()
    };
    let AgentToRelay::Answer {
        proof: other_attempt, ..
    } = answer(1, 1, 2)
    else {
        unreachable!()
    };
    let good = sdp("agent", Fingerprint([1; 32]));
    for (text, proof) in [
        ("hello".to_owned(), proof.clone()),
        (sdp("agent", Fingerprint([9; 32])), proof),
        (sdp("agent", Fingerprint([2; 32])), foreign),
        (good, other_attempt),
    ] {
        let mut world = World::new();
        let agent = world.connect(1);
        let browser = world.join(PathPolicy::ALL);
        world.browser_says(browser, offer());
        let commands = world.agent_says(
            agent,
            AgentToRelay::Answer {
                session: session(1),
                attempt: 1,
                sdp: text,
                proof,
            },
        );
        assert_eq!(refusal(&commands, agent), Some(Refusal::BadMessage));
        assert_eq!(to_browser(&commands, browser), [RelayToBrowser::DeviceOffline]);
        assert!(!commands.iter().any(|command| matches!(command, Command::OpenTunnel(_))));
    }
}

#[test]
fn a_second_answer_is_refused_and_one_that_nobody_asked_for_is_dropped() {
    let mut world = World::new();
    let (agent, browser, _) = world.answered(PathPolicy::ALL);
    assert_eq!(
        refusal(&world.agent_says(agent, answer(1, 1, 1)), agent),
        Some(Refusal::BadMessage)
    );
    world.input(Input::Closed { conn: browser });
    let agent = world.connect(1);
    assert_eq!(world.agent_says(agent, answer(1, 1, 1)), []);
}

#[test]
fn a_declined_offer_reaches_the_browser_by_its_reason() {
    let mut world = World::new();
    let agent = world.connect(1);
    let browser = world.join(PathPolicy::ALL);
    world.browser_says(browser, offer());
    let why = DeclineOffer::NoScreen;
    let commands = world.agent_says(
        agent,
        AgentToRelay::Decline {
            session: session(1),
            attempt: 1,
            why,
        },
    );
    assert_eq!(to_browser(&commands, browser), [RelayToBrowser::Declined { why }]);
}
