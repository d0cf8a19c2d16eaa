//! Which way media takes, from the selected candidate pair, pure.

use deskside_protocol::{browser::RelayCandidate, session::MediaPath};

/// One end of the selected pair, as the browser's statistics name it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct End {
    /// `host`, `srflx`, `prflx` or `relay`.
    pub kind: String,
    /// `udp` or `tcp`; of a TURN candidate the protocol towards the TURN server.
    pub protocol: String,
    pub address: String,
    pub port: u16,
}

/// The path of a pair. `relays` are the candidates of Deskside's own relay.
pub fn path(local: &End, remote: &End, relays: &[RelayCandidate]) -> MediaPath {
    let own = relays.iter().find(|relay| {
        transport(&relay.candidate).is_some_and(|(protocol, address, port)| {
            protocol.eq_ignore_ascii_case(&remote.protocol) && address == remote.address && port == remote.port
        })
    });
    match own {
        Some(relay) => relay.path,
        None if local.kind == "relay" || remote.kind == "relay" => {
            let tcp = ["tcp", "tls"].contains(&local.protocol.as_str()) || remote.protocol == "tcp";
            if tcp { MediaPath::RelayTcp } else { MediaPath::RelayUdp }
        }
        None => MediaPath::Direct,
    }
}

/// Protocol, address and port of a candidate-attribute (RFC 8839, section 5.1).
fn transport(candidate: &str) -> Option<(&str, &str, u16)> {
    let mut words = candidate.split(' ').skip(2);
    let protocol = words.next()?;
    let mut words = words.skip(1);
    Some((protocol, words.next()?, words.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn end(kind: &str, protocol: &str, address: &str, port: u16) -> End {
        End {
            kind: kind.into(),
            protocol: protocol.into(),
            address: address.into(),
            port,
        }
    }

    fn relays() -> Vec<RelayCandidate> {
        let candidate = |candidate: &str, path| RelayCandidate {
            candidate: candidate.into(),
            path,
        };
        vec![
            candidate("candidate:1 1 udp 1000 192.0.2.1 3478 typ relay", MediaPath::RelayUdp),
            candidate(
                "candidate:2 1 tcp 900 192.0.2.1 443 typ host tcptype passive",
                MediaPath::RelayTcp,
            ),
        ]
    }

    #[test]
    fn two_hosts_are_direct() {
        let local = end("host", "udp", "", 1);
        assert_eq!(
            path(&local, &end("prflx", "udp", "192.0.2.1", 9), &relays()),
            MediaPath::Direct
        );
    }

    #[test]
    fn the_relay_is_known_by_its_address_whatever_the_browser_calls_it() {
        let local = end("host", "udp", "", 1);
        assert_eq!(
            path(&local, &end("prflx", "udp", "192.0.2.1", 3478), &relays()),
            MediaPath::RelayUdp
        );
        assert_eq!(
            path(&local, &end("host", "tcp", "192.0.2.1", 443), &relays()),
            MediaPath::RelayTcp
        );
    }

    #[test]
    fn a_turn_server_is_a_relay_too() {
        let remote = end("host", "udp", "198.51.100.7", 5);
        assert_eq!(path(&end("relay", "udp", "", 1), &remote, &[]), MediaPath::RelayUdp);
        assert_eq!(path(&end("relay", "tls", "", 1), &remote, &[]), MediaPath::RelayTcp);
    }

    proptest! {
        #[test]
        fn any_candidate_line_is_read_or_left(line in ".{0,200}") {
            transport(&line);
        }
    }
}
