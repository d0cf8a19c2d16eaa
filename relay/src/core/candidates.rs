//! The relay's own ICE candidates, as a browser takes them.

use deskside_protocol::{
    browser::RelayCandidate,
    session::{MediaPath, PathPolicy},
};
use std::net::SocketAddr;

/// Local preference of a UDP candidate; TCP is below it (RFC 6544, section 4.2).
const UDP_PREFERENCE: u32 = 65_535;
const TCP_PREFERENCE: u32 = 8_191;

/// The candidates that `paths` allows.
pub fn relay_candidates(udp: &[SocketAddr], tcp: &[SocketAddr], paths: PathPolicy) -> Vec<RelayCandidate> {
    let udp = udp.iter().enumerate().filter(|_| paths.relay_udp).map(|(index, at)| {
        let (ip, port, priority) = (at.ip(), at.port(), priority(UDP_PREFERENCE, index));
        let unspecified = if ip.is_ipv4() { "0.0.0.0" } else { "::" };
        RelayCandidate {
            candidate: format!(
                "candidate:du{index} 1 udp {priority} {ip} {port} typ relay raddr {unspecified} rport 0"
            ),
            path: MediaPath::RelayUdp,
        }
    });
    // A browser opens TCP connections to passive candidates only; it knows them as hosts.
    let tcp = tcp.iter().enumerate().filter(|_| paths.relay_tcp).map(|(index, at)| {
        let (ip, port, priority) = (at.ip(), at.port(), priority(TCP_PREFERENCE, index));
        RelayCandidate {
            candidate: format!("candidate:dt{index} 1 tcp {priority} {ip} {port} typ host tcptype passive"),
            path: MediaPath::RelayTcp,
        }
    });
    udp.chain(tcp).collect()
}

/// RFC 8445, section 5.1.2.1, with type preference 0: anything direct is better. The address named first is best.
fn priority(preference: u32, index: usize) -> u32 {
    let index = u32::try_from(index).unwrap_or(u32::MAX);
    preference.saturating_sub(index).max(1) << 8 | 255
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses() -> (Vec<SocketAddr>, Vec<SocketAddr>) {
        (
            vec!["192.0.2.7:3478".parse().unwrap()],
            vec!["192.0.2.7:3479".parse().unwrap()],
        )
    }

    #[test]
    fn each_path_has_its_candidate() {
        let (udp, tcp) = addresses();
        let texts: Vec<_> = relay_candidates(&udp, &tcp, PathPolicy::ALL)
            .into_iter()
            .map(|c| (c.path, c.candidate))
            .collect();
        let udp = "candidate:du0 1 udp 16777215 192.0.2.7 3478 typ relay raddr 0.0.0.0 rport 0".to_owned();
        let tcp = "candidate:dt0 1 tcp 2097151 192.0.2.7 3479 typ host tcptype passive".to_owned();
        assert_eq!(texts, [(MediaPath::RelayUdp, udp), (MediaPath::RelayTcp, tcp)]);
    }

    #[test]
    fn a_forbidden_path_has_none() {
        let (udp, tcp) = addresses();
        let paths = PathPolicy {
            relay_udp: false,
            ..PathPolicy::ALL
        };
        assert!(
            relay_candidates(&udp, &tcp, paths)
                .iter()
                .all(|candidate| candidate.path == MediaPath::RelayTcp)
        );
        let paths = PathPolicy {
            relay_tcp: false,
            ..PathPolicy::ALL
        };
        assert!(
            relay_candidates(&udp, &tcp, paths)
                .iter()
                .all(|candidate| candidate.path == MediaPath::RelayUdp)
        );
    }

    #[test]
    fn earlier_addresses_have_a_higher_priority() {
        assert!(priority(UDP_PREFERENCE, 0) > priority(UDP_PREFERENCE, 1));
        assert!(priority(UDP_PREFERENCE, 50) > priority(TCP_PREFERENCE, 0));
    }
}
