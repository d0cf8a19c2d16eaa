use super::*;
use crate::stun::{BindingRequest, write_response};
use proptest::prelude::*;

const AGENT: Conn = Conn(7);
const PASSWORD: &str = "a-password-of-22-chars";
const LIMITS: BridgeLimits = BridgeLimits {
    tunnels: 3,
    sources_per_tunnel: 2,
    tunnel_bytes_per_second: 10_000,
    streams: 2,
};
const START: Duration = Duration::ZERO;

type TestBridge = Bridge<&'static str, &'static str>;

fn plan(tunnel: u32) -> TunnelPlan<&'static str> {
    let username = format!("agent{tunnel}:browser");
    TunnelPlan {
        tunnel,
        conn: AGENT,
        agent: "agent",
        username,
        password: PASSWORD.into(),
        paths: PathPolicy::ALL,
    }
}

fn bridge() -> TestBridge {
    let mut bridge = Bridge::new(LIMITS);
    assert!(bridge.open(plan(1), START));
    bridge
}

fn udp(port: u16) -> Source {
    Source {
        transport: Transport::Udp,
        peer: ([192, 0, 2, 1], port).into(),
    }
}

fn tcp(port: u16) -> Source {
    Source {
        transport: Transport::Tcp,
        peer: ([192, 0, 2, 1], port).into(),
    }
}

fn check_with(tunnel: u32, password: &str) -> Vec<u8> {
    let username = format!("agent{tunnel}:browser");
    let request = BindingRequest {
        transaction: [1; 12],
        username: &username,
        priority: 1,
        nominate: false,
    };
    request.write(&Password::new(password))
}

fn check(tunnel: u32) -> Vec<u8> {
    check_with(tunnel, PASSWORD)
}

/// Sends a browser's datagram; answers the tunnel that it went to.
fn send(bridge: &mut TestBridge, source: Source, payload: &[u8], now: Duration) -> Result<u32, Dropped> {
    bridge
        .take_from_browser(
            Datagram {
                source,
                local: None,
                payload,
            },
            now,
        )
        .map(|to_agent| to_agent.frame.tunnel)
}

fn frame(source: Source, tunnel: u32, payload: &[u8]) -> Vec<u8> {
    TunnelFrame {
        transport: source.transport,
        tunnel,
        peer: source.peer,
        payload,
    }
    .encode()
}

/// Sends an agent's frame; answers whether it went out.
fn answer(bridge: &mut TestBridge, conn: Conn, frame: &[u8]) -> Result<(), Dropped> {
    bridge.take_from_agent(conn, frame, START).map(|_| ())
}

#[test]
fn a_good_check_pins_its_source_and_reaches_the_agent() {
    let mut bridge = bridge();
    let payload = check(1);
    let to_agent = bridge
        .take_from_browser(
            Datagram {
                source: udp(1),
                local: None,
                payload: &payload,
            },
            START,
        )
        .unwrap();
    assert_eq!((*to_agent.agent, to_agent.priority), ("agent", Priority::Urgent));
    assert_eq!(
        to_agent.frame,
        TunnelFrame {
            transport: Transport::Udp,
            tunnel: 1,
            peer: udp(1).peer,
            payload: &payload
        }
    );
}

#[test]
fn only_a_good_check_moves_a_pin_to_another_local_address() {
    let mut bridge = bridge();
    let arrive = |bridge: &mut TestBridge, payload: &[u8], local: &str| {
        let datagram = Datagram {
            source: udp(1),
            local: Some(local.parse().unwrap()),
            payload,
        };
        bridge.take_from_browser(datagram, START).map(|_| ())
    };
    let leaves_from = |bridge: &mut TestBridge| match bridge.take_from_agent(AGENT, &frame(udp(1), 1, b"x"), START) {
        Ok(ToBrowser::Udp { local, .. }) => local.map(|local| local.to_string()),
        other => panic!("{other:?}"),
    };
    arrive(&mut bridge, &check(1), "203.0.113.1").unwrap();
    assert_eq!(
        arrive(&mut bridge, &check_with(1, "wrong"), "203.0.113.2"),
        Err(Dropped::BadCheck)
    );
    assert_eq!(leaves_from(&mut bridge).as_deref(), Some("203.0.113.1"));
    arrive(&mut bridge, &check(1), "203.0.113.2").unwrap();
    assert_eq!(leaves_from(&mut bridge).as_deref(), Some("203.0.113.2"));
}

#[test]
fn nothing_passes_before_a_good_check() {
    let mut bridge = bridge();
    assert_eq!(send(&mut bridge, udp(1), &[20, 1, 2], START), Err(Dropped::Unpinned));
    assert_eq!(
        send(
            &mut bridge,
            udp(1),
            &write_response([0; 12], udp(1).peer, &Password::new(PASSWORD)),
            START
        ),
        Err(Dropped::Unpinned)
    );
    assert_eq!(
        send(&mut bridge, udp(1), &check_with(1, "wrong"), START),
        Err(Dropped::BadCheck)
    );
    assert_eq!(send(&mut bridge, udp(1), &check(2), START), Err(Dropped::NoTunnel));
    assert_eq!(send(&mut bridge, udp(1), &[0; 19], START), Err(Dropped::BadCheck));
    assert_eq!(
        answer(&mut bridge, AGENT, &frame(udp(1), 1, b"x")),
        Err(Dropped::Unpinned)
    );
}

#[test]
fn after_it_everything_passes_both_ways() {
    let mut bridge = bridge();
    send(&mut bridge, udp(1), &check(1), START).unwrap();
    assert_eq!(send(&mut bridge, udp(1), &[128, 1, 2], START), Ok(1));
    let local = Some([203, 0, 113, 1].into());
    bridge
        .take_from_browser(
            Datagram {
                source: udp(1),
                local,
                payload: &check(1),
            },
            START,
        )
        .unwrap();
    let bytes = frame(udp(1), 1, b"media");
    let sent = bridge.take_from_agent(AGENT, &bytes, START).unwrap();
    assert!(
        matches!(sent, ToBrowser::Udp { peer, local: from, payload: b"media" } if peer == udp(1).peer && from == local)
    );
}

#[test]
fn a_pin_holds_for_its_port_and_its_transport_only() {
    let mut bridge = bridge();
    send(&mut bridge, udp(1), &check(1), START).unwrap();
    assert_eq!(send(&mut bridge, udp(2), &[128], START), Err(Dropped::Unpinned));
    assert_eq!(send(&mut bridge, tcp(1), &[128], START), Err(Dropped::Unpinned));
    assert_eq!(
        answer(&mut bridge, AGENT, &frame(udp(2), 1, b"x")),
        Err(Dropped::Unpinned)
    );
    assert_eq!(
        answer(&mut bridge, AGENT, &frame(tcp(1), 1, b"x")),
        Err(Dropped::Unpinned)
    );
}

#[test]
fn an_agent_cannot_use_the_tunnel_of_another_one() {
    let mut bridge = bridge();
    send(&mut bridge, udp(1), &check(1), START).unwrap();
    assert_eq!(
        answer(&mut bridge, Conn(8), &frame(udp(1), 1, b"x")),
        Err(Dropped::NoTunnel)
    );
    assert!(bridge.open(
        TunnelPlan {
            conn: Conn(8),
            ..plan(2)
        },
        START
    ));
    assert_eq!(
        answer(&mut bridge, Conn(8), &frame(udp(1), 2, b"x")),
        Err(Dropped::Unpinned)
    );
}

#[test]
fn a_source_that_proves_another_session_moves_there() {
    let mut bridge = bridge();
    bridge.open(plan(2), START);
    assert_eq!(send(&mut bridge, udp(1), &check(1), START), Ok(1));
    assert_eq!(send(&mut bridge, udp(1), &check(2), START), Ok(2));
    assert_eq!(
        answer(&mut bridge, AGENT, &frame(udp(1), 1, b"x")),
        Err(Dropped::Unpinned)
    );
    assert!(answer(&mut bridge, AGENT, &frame(udp(1), 2, b"x")).is_ok());
    bridge.close(1);
    assert_eq!(send(&mut bridge, udp(1), &[128], START), Ok(2));
}

#[test]
fn a_forged_check_for_another_session_moves_nothing() {
    let mut bridge = bridge();
    bridge.open(plan(2), START);
    send(&mut bridge, udp(1), &check(1), START).unwrap();
    assert_eq!(
        send(&mut bridge, udp(1), &check_with(2, "wrong"), START),
        Err(Dropped::BadCheck)
    );
    assert_eq!(send(&mut bridge, udp(1), &[128], START), Ok(1));
}

#[test]
fn a_transport_that_the_policy_forbids_pins_nothing() {
    let mut bridge: TestBridge = Bridge::new(LIMITS);
    bridge.open(
        TunnelPlan {
            paths: PathPolicy {
                relay_udp: false,
                ..PathPolicy::ALL
            },
            ..plan(1)
        },
        START,
    );
    bridge.open(
        TunnelPlan {
            paths: PathPolicy {
                relay_tcp: false,
                ..PathPolicy::ALL
            },
            ..plan(2)
        },
        START,
    );
    assert_eq!(send(&mut bridge, udp(1), &check(1), START), Err(Dropped::Path));
    assert_eq!(send(&mut bridge, tcp(1), &check(1), START), Ok(1));
    assert_eq!(send(&mut bridge, tcp(2), &check(2), START), Err(Dropped::Path));
    assert_eq!(send(&mut bridge, udp(2), &check(2), START), Ok(2));
}

#[test]
fn closing_a_tunnel_takes_its_pins_and_streams() {
    let mut bridge = bridge();
    bridge.add_stream(tcp(5).peer, "stream", START);
    send(&mut bridge, udp(1), &check(1), START).unwrap();
    send(&mut bridge, tcp(5), &check(1), START).unwrap();
    assert!(answer(&mut bridge, AGENT, &frame(tcp(5), 1, b"x")).is_ok());
    bridge.close(1);
    assert_eq!(send(&mut bridge, udp(1), &[128], START), Err(Dropped::Unpinned));
    assert_eq!(send(&mut bridge, udp(1), &check(1), START), Err(Dropped::NoTunnel));
    assert!(bridge.streams.is_empty() && bridge.pins.is_empty() && bridge.by_username.is_empty());
}

#[test]
fn a_tunnel_takes_as_many_sources_as_it_may_and_not_one_more() {
    let mut bridge = bridge();
    assert_eq!(send(&mut bridge, udp(1), &check(1), START), Ok(1));
    assert_eq!(send(&mut bridge, udp(2), &check(1), START), Ok(1));
    assert_eq!(send(&mut bridge, udp(3), &check(1), START), Err(Dropped::Sources));
    assert_eq!(send(&mut bridge, udp(1), &check(1), START), Ok(1), "pinned ones go on");
}

#[test]
fn an_idle_source_makes_room() {
    let mut bridge = bridge();
    send(&mut bridge, udp(1), &check(1), START).unwrap();
    send(&mut bridge, udp(2), &check(1), START).unwrap();
    send(&mut bridge, udp(2), &[128], PIN_IDLE / 2).unwrap();
    bridge.sweep(PIN_IDLE - Duration::from_millis(1));
    assert_eq!(send(&mut bridge, udp(3), &check(1), PIN_IDLE), Err(Dropped::Sources));
    bridge.sweep(PIN_IDLE);
    assert_eq!(send(&mut bridge, udp(3), &check(1), PIN_IDLE), Ok(1));
    assert_eq!(send(&mut bridge, udp(1), &[128], PIN_IDLE), Err(Dropped::Unpinned));
}

#[test]
fn tunnels_open_up_to_the_limit() {
    let mut bridge = bridge();
    assert!(bridge.open(plan(2), START) && bridge.open(plan(3), START));
    assert!(!bridge.open(plan(4), START));
    bridge.close(2);
    assert!(bridge.open(plan(4), START));
}

#[test]
fn a_username_or_a_number_belongs_to_one_tunnel() {
    let mut bridge = bridge();
    assert!(!bridge.open(
        TunnelPlan {
            username: "agent1:browser".into(),
            ..plan(2)
        },
        START
    ));
    assert!(!bridge.open(
        TunnelPlan {
            username: "other:browser".into(),
            ..plan(1)
        },
        START
    ));
}

#[test]
fn streams_open_up_to_the_limit() {
    let mut bridge = bridge();
    assert!(bridge.add_stream(tcp(1).peer, "a", START) && bridge.add_stream(tcp(2).peer, "b", START));
    assert!(!bridge.add_stream(tcp(3).peer, "c", START));
    bridge.remove_stream(tcp(1).peer);
    assert!(bridge.add_stream(tcp(3).peer, "c", START));
}

#[test]
fn a_stream_that_proves_nothing_in_time_is_dropped() {
    let mut bridge = bridge();
    bridge.add_stream(tcp(1).peer, "silent", START);
    bridge.add_stream(tcp(2).peer, "proved", START);
    send(&mut bridge, tcp(2), &check(1), START).unwrap();
    bridge.sweep(UNAUTHENTICATED - Duration::from_millis(1));
    assert_eq!(bridge.streams.len(), 2);
    bridge.sweep(UNAUTHENTICATED);
    assert_eq!(bridge.streams.keys().copied().collect::<Vec<_>>(), [tcp(2).peer]);
}

#[test]
fn a_tunnel_carries_its_rate_and_no_more() {
    let mut bridge = bridge();
    let check = check(1);
    send(&mut bridge, udp(1), &check, START).unwrap();
    let mut left = 10_000 - check.len();
    while left > 1000 {
        assert_eq!(send(&mut bridge, udp(1), &[128; 1000], START), Ok(1));
        left -= 1000;
    }
    assert_eq!(
        send(&mut bridge, udp(1), &vec![128; left + 1], START),
        Err(Dropped::Rate)
    );
    assert!(
        bridge
            .take_from_agent(AGENT, &frame(udp(1), 1, &vec![128; left]), START)
            .is_ok()
    );
    assert!(matches!(
        bridge.take_from_agent(AGENT, &frame(udp(1), 1, b"x"), START),
        Err(Dropped::Rate)
    ));
    assert_eq!(
        send(&mut bridge, udp(1), &[128; 1000], Duration::from_millis(100)),
        Ok(1)
    );
}

#[test]
fn the_longest_datagram_passes_and_fits_a_tunnel_frame() {
    let mut bridge = bridge();
    let v6 = Source {
        transport: Transport::Udp,
        peer: "[2001:db8::1]:9".parse().unwrap(),
    };
    send(&mut bridge, v6, &check(1), START).unwrap();
    let longest = [128; DATAGRAM_BYTES];
    let to_agent = bridge
        .take_from_browser(
            Datagram {
                source: v6,
                local: None,
                payload: &longest,
            },
            START,
        )
        .unwrap();
    assert!(TunnelFrame::decode(&to_agent.frame.encode()).is_ok());
    assert_eq!(
        send(&mut bridge, v6, &[128; DATAGRAM_BYTES + 1], START),
        Err(Dropped::Length)
    );
    assert_eq!(send(&mut bridge, v6, &[], START), Err(Dropped::Length));
}

#[test]
fn srtp_is_media_and_everything_else_is_urgent() {
    for (first, priority) in [
        (0, Priority::Urgent),
        (20, Priority::Urgent),
        (63, Priority::Urgent),
        (127, Priority::Urgent),
        (128, Priority::Media),
        (191, Priority::Media),
        (192, Priority::Urgent),
    ] {
        assert_eq!(Priority::of(&[first]), priority, "{first}");
    }
}

proptest! {
    #[test]
    fn hostile_datagrams_and_frames_never_pass_or_panic(
        datagrams in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..100), 0..50)
    ) {
        let mut bridge = bridge();
        for payload in datagrams {
            prop_assert!(send(&mut bridge, udp(1), &payload, START).is_err());
            prop_assert!(answer(&mut bridge, AGENT, &payload).is_err());
            prop_assert!(payload.is_empty() || answer(&mut bridge, AGENT, &frame(udp(1), 1, &payload)).is_err());
        }
        prop_assert!(bridge.pins.is_empty());
    }

    #[test]
    fn pins_and_tunnels_always_agree(steps in proptest::collection::vec((0u8..6, 1u32..4, 1u16..5), 0..100)) {
        let mut bridge: TestBridge = Bridge::new(LIMITS);
        let mut now = START;
        for (step, tunnel, port) in steps {
            now += Duration::from_secs(3);
            match step {
                0 => { bridge.open(plan(tunnel), now); }
                1 => bridge.close(tunnel),
                2 => { let _ = send(&mut bridge, udp(port), &check(tunnel), now); }
                3 => {
                    bridge.add_stream(tcp(port).peer, "s", now);
                    let _ = send(&mut bridge, tcp(port), &check(tunnel), now);
                }
                4 => bridge.remove_stream(tcp(port).peer),
                _ => bridge.sweep(now),
            }
            for (source, pin) in &bridge.pins {
                prop_assert!(bridge.tunnels.get(&pin.tunnel).is_some_and(|tunnel| tunnel.sources.contains(source)));
            }
            let sources: usize = bridge.tunnels.values().map(|tunnel| tunnel.sources.len()).sum();
            prop_assert_eq!(sources, bridge.pins.len());
            prop_assert!(bridge.tunnels.values().all(|tunnel| tunnel.sources.len() <= LIMITS.sources_per_tunnel));
        }
    }
}
