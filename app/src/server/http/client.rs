//! Who sent a request: address, login token, person.

use crate::{accounts::token::Token, server::page::Viewer};
use axum::http::HeaderMap;
use std::net::{IpAddr, Ipv4Addr};

/// Put into every request's extensions before a handler runs.
#[derive(Clone, Debug)]
pub struct Client {
    pub address: IpAddr,
    pub token: Option<Token>,
    pub viewer: Viewer,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            address: Ipv4Addr::UNSPECIFIED.into(),
            token: None,
            viewer: Viewer::default(),
        }
    }
}

/// The address that a request came from: the last one in `X-Forwarded-For` that is not a trusted proxy of ours, and
/// that header counts only when the connection itself comes from such a proxy.
pub fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let peer = peer.to_canonical();
    if !trusted.contains(&peer) {
        return peer;
    }
    let chain: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let mut nearest = peer;
    for hop in chain.into_iter().rev() {
        let Ok(hop) = hop.trim().parse::<IpAddr>() else { break };
        nearest = hop.to_canonical();
        if !trusted.contains(&nearest) {
            break;
        }
    }
    nearest
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
