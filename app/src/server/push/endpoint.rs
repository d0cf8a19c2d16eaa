//! Addresses of push services. They come from browsers, which can lie: a portal that posted to any address would be a
//! way into its own network.
//!
//! Invariant: pure. [`Endpoint::read`] refuses what cannot be a public service by its text, [`is_public`] what its name
//! leads to. Hosts that the configuration names are exempt from both.

use super::ENDPOINT_BYTES;
use axum::http::Uri;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address to which messages may be posted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Endpoint {
    uri: Uri,
    host: String,
    port: u16,
    secure: bool,
    /// Named in the configuration: may lead into our own network.
    allowed: bool,
}

/// Why it is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadEndpoint {
    #[error("it is no address, or a longer one than {ENDPOINT_BYTES} bytes")]
    Address,
    #[error("it is not https")]
    NotSecure,
    #[error("it is not on the port of https")]
    Port,
    #[error("its host is not a public name")]
    Host,
}

impl Endpoint {
    /// Reads an address. For hosts in `allowed` http, any port and any kind of host are taken.
    pub fn read(text: &str, allowed: &[String]) -> Result<Self, BadEndpoint> {
        if text.len() > ENDPOINT_BYTES || !text.bytes().all(|byte| (0x21..0x7f).contains(&byte)) {
            return Err(BadEndpoint::Address);
        }
        let uri: Uri = text.parse().map_err(|_| BadEndpoint::Address)?;
        let authority = uri.authority().ok_or(BadEndpoint::Address)?;
        if authority.as_str().contains('@') {
            return Err(BadEndpoint::Address);
        }
        let host = authority.host().to_ascii_lowercase();
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(BadEndpoint::NotSecure),
        };
        let usual = if secure { 443 } else { 80 };
        let port = match authority.as_str().rsplit_once(':') {
            // The colon is one of an IPv6 address.
            Some((_, after)) if after.contains(']') => usual,
            Some(_) => authority.port_u16().ok_or(BadEndpoint::Address)?,
            None => usual,
        };
        let allowed = allowed.iter().any(|name| name.eq_ignore_ascii_case(&host));
        if !allowed {
            if !secure {
                return Err(BadEndpoint::NotSecure);
            }
            if port != usual {
                return Err(BadEndpoint::Port);
            }
            if !is_public_name(&host) {
                return Err(BadEndpoint::Host);
            }
        }
        Ok(Self {
            host,
            port,
            secure,
            allowed,
            uri,
        })
    }

    /// Scheme, host and port, for which a token is made (RFC 6454).
    pub fn origin(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        match (self.secure, self.port) {
            (true, 443) | (false, 80) => format!("{scheme}://{}", self.host),
            _ => format!("{scheme}://{}:{}", self.host, self.port),
        }
    }

    /// What follows the host.
    pub fn path(&self) -> &str {
        self.uri.path_and_query().map_or("/", |path| path.as_str())
    }

    /// The name, or an address without brackets.
    pub fn host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Over TLS.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// True when `address`, to which the name leads, may be connected to.
    pub fn may_be_at(&self, address: IpAddr) -> bool {
        self.allowed || is_public(address)
    }
}

/// A name with a top-level domain of letters: neither an IP address, in whichever way it is written, nor a host of the
/// local network.
fn is_public_name(host: &str) -> bool {
    const LOCAL: [&str; 8] = [
        "localhost",
        "local",
        "internal",
        "lan",
        "home",
        "corp",
        "intranet",
        "arpa",
    ];
    let Some((_, last)) = host.rsplit_once('.') else {
        return false;
    };
    let labels = host.split('.').all(|label| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    });
    labels && last.bytes().any(|byte| byte.is_ascii_alphabetic()) && !last.starts_with("0x") && !LOCAL.contains(&last)
}

/// True for addresses of the internet, and for no others.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Not in the special-purpose registry of RFC 6890.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let protocol = a == 192 && b == 0 && c == 0;
    let relay_anycast = a == 192 && b == 88 && c == 99;
    let benchmark = a == 198 && (b == 18 || b == 19);
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || a >= 224
        || shared
        || protocol
        || relay_anycast
        || benchmark)
}

/// Global unicast, without what carries IPv4 addresses or stands in books; and NAT64 of a public IPv4 address.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    if [a, b, c, d, e, f] == [0x64, 0xff9b, 0, 0, 0, 0] {
        let [[w, x], [y, z]] = [g.to_be_bytes(), h.to_be_bytes()];
        return is_public_v4(Ipv4Addr::new(w, x, y, z));
    }
    let unicast = a & 0xe000 == 0x2000;
    let teredo_and_protocols = a == 0x2001 && b < 0x200;
    let documentation = (a == 0x2001 && b == 0xdb8) || (a == 0x3fff && b < 0x1000);
    let six_to_four = a == 0x2002;
    unicast && !teredo_and_protocols && !documentation && !six_to_four
}

#[cfg(test)]
#[path = "endpoint_tests.rs"]
mod tests;
