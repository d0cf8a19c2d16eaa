//! The address of the portal, as an administrator types it.

use std::{fmt, str::FromStr};
use tokio_tungstenite::tungstenite::http::Uri;

/// Where the portal is. Displayed as an origin: `https://help.example.org`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Server {
    /// TLS.
    pub secure: bool,
    /// Name or address, an IPv6 address without its brackets.
    pub host: String,
    pub port: u16,
}

/// Why a text is no server address.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadServer {
    #[error("\"{0}\" is not an address such as https://help.example.org")]
    Unreadable(String),
    #[error("the address must start with https:// (or http:// on a private network)")]
    Scheme,
    #[error("give the address of the portal alone, without a path, user name or anything after it")]
    MoreThanOrigin,
}

/// Longest address accepted, bytes.
const ADDRESS_BYTES: usize = 300;

impl FromStr for Server {
    type Err = BadServer;

    fn from_str(text: &str) -> Result<Self, BadServer> {
        let text = text.trim();
        let unreadable = || BadServer::Unreadable(text.chars().take(80).collect());
        if text.len() > ADDRESS_BYTES {
            return Err(unreadable());
        }
        let uri: Uri = text.parse().map_err(|_| unreadable())?;
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(BadServer::Scheme),
        };
        let authority = uri.authority().ok_or_else(unreadable)?;
        if authority.as_str().contains('@')
            || !matches!(uri.path(), "" | "/")
            || uri.query().is_some()
            || text.contains('#')
        {
            return Err(BadServer::MoreThanOrigin);
        }
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        // A port that is no number is left in neither of the two by the parser.
        let rest = authority.as_str().rsplit(']').next().unwrap_or_default();
        let port = match (authority.port_u16(), rest.contains(':')) {
            (Some(port), _) => port,
            (None, true) => return Err(unreadable()),
            (None, false) if secure => 443,
            (None, false) => 80,
        };
        if host.is_empty() || port == 0 {
            return Err(unreadable());
        }
        Ok(Self { secure, host, port })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.secure { "https://" } else { "http://" })?;
        self.authority(f)
    }
}

impl Server {
    fn authority(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?;
        } else {
            f.write_str(&self.host)?;
        }
        if self.port != if self.secure { 443 } else { 80 } {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }

    /// The address of a WebSocket at `path` on this server.
    pub fn websocket(&self, path: &str) -> String {
        let origin = self.to_string();
        let rest = origin.split_once("://").map_or("", |(_, rest)| rest);
        format!("{}://{rest}{path}", if self.secure { "wss" } else { "ws" })
    }

    /// True when nothing between here and the server can be listened to: TLS, or this same machine.
    pub fn is_private(&self) -> bool {
        self.secure
            || self.host == "localhost"
            || self
                .host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn websocket(text: &str) -> String {
        text.parse::<Server>().unwrap().websocket("/relay/agent")
    }

    #[test]
    fn an_origin_becomes_the_websocket_beside_it() {
        assert_eq!(
            websocket("https://help.example.org"),
            "wss://help.example.org/relay/agent"
        );
        assert_eq!(websocket(" http://127.0.0.1:8080/ "), "ws://127.0.0.1:8080/relay/agent");
        assert_eq!(websocket("https://[::1]:8443"), "wss://[::1]:8443/relay/agent");
    }

    #[test]
    fn anything_but_an_origin_is_refused_with_a_reason() {
        assert_eq!("help.example.org".parse::<Server>(), Err(BadServer::Scheme));
        assert_eq!("ftp://help.example.org".parse::<Server>(), Err(BadServer::Scheme));
        for text in [
            "https://a.example/devices",
            "https://me@a.example",
            "https://a.example/?x=1",
            "https://a.example/#x",
        ] {
            assert_eq!(text.parse::<Server>(), Err(BadServer::MoreThanOrigin), "{text}");
        }
        for text in [
            "",
            "https://",
            "https://a.example:0",
            "https://a.example:99999",
            "https://a b",
        ] {
            assert!(text.parse::<Server>().is_err(), "{text}");
        }
    }

    #[test]
    fn plain_http_is_private_only_on_the_same_machine() {
        for (text, private) in [
            ("http://127.0.0.1:1", true),
            ("http://localhost", true),
            ("http://10.0.0.1", false),
            ("https://a.example", true),
        ] {
            assert_eq!(text.parse::<Server>().unwrap().is_private(), private, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_parses_or_is_refused(text in ".{0,320}") {
            let _ = text.parse::<Server>();
        }

        #[test]
        fn what_is_displayed_parses_to_the_same(secure: bool, host in "[a-z][a-z0-9.-]{0,30}[a-z]", port in 1..=u16::MAX) {
            let server = Server { secure, host, port };
            prop_assert_eq!(server.to_string().parse::<Server>(), Ok(server));
        }
    }
}
