//! Posts a message to a push service (RFC 8030, section 5).
//!
//! Invariant: the connection goes to an address that was looked at, not to what the name leads to a moment later; no
//! redirect is followed; of the answer nothing but its head is read, and that is bounded.

use super::{
    cipher::{self, Once, Recipient},
    endpoint::Endpoint,
    vapid::Vapid,
};
use crate::server::random;
use axum::http::{Request, Response, StatusCode, header};
use deskside_protocol::UnixMillis;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// The whole exchange; a lease of a message lasts longer.
pub const SEND_WITHIN: Duration = Duration::from_secs(20);
/// Longest head of an answer, bytes.
const HEAD_BYTES: usize = 16 * 1024;
/// A service that asks for a longer wait is asked again after this one, seconds.
const LONGEST_WAIT: u64 = 3600;

/// What is sent.
#[derive(Clone, Debug)]
pub struct Delivery<'a> {
    pub endpoint: &'a str,
    pub p256dh: &'a str,
    pub auth: &'a str,
    pub payload: &'a [u8],
    /// How long the service keeps it for a browser that is away, seconds.
    pub ttl: u64,
    pub urgent: bool,
    /// A later message of the same topic takes the place of this one: at most 32 characters of base64url.
    pub topic: &'a str,
}

/// Why it was not delivered.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SendError {
    /// The browser takes no messages any longer.
    #[error("the subscription has ended")]
    Gone,
    /// This message will never be taken.
    #[error("refused: {0}")]
    Refused(String),
    /// Perhaps later; after so many seconds when the service said it.
    #[error("not now: {reason}")]
    NotNow { reason: String, wait: Option<u64> },
}

impl SendError {
    fn later(reason: impl Into<String>) -> Self {
        Self::NotNow {
            reason: reason.into(),
            wait: None,
        }
    }
}

/// Sends to push services. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    tls: Arc<ClientConfig>,
    vapid: Arc<Vapid>,
    allow_hosts: Arc<[String]>,
}

impl Client {
    /// `allow_hosts` may be in our own network.
    pub fn new(vapid: Vapid, allow_hosts: &[String]) -> anyhow::Result<Self> {
        let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            tls: Arc::new(tls),
            vapid: Arc::new(vapid),
            allow_hosts: allow_hosts.into(),
        })
    }

    /// For browsers, which subscribe for this sender alone.
    pub fn public_key(&self) -> String {
        self.vapid.public_key()
    }

    /// Reads the address of a push service, as far as one may be used here.
    pub fn endpoint(&self, text: &str) -> Result<Endpoint, super::endpoint::BadEndpoint> {
        Endpoint::read(text, &self.allow_hosts)
    }

    /// Delivers to the push service.
    pub async fn send(&self, delivery: &Delivery<'_>, now: UnixMillis) -> Result<(), SendError> {
        match tokio::time::timeout(SEND_WITHIN, self.exchange(delivery, now)).await {
            Ok(answer) => judge(&answer?),
            Err(_) => Err(SendError::later("the push service took too long")),
        }
    }

    async fn exchange(&self, delivery: &Delivery<'_>, now: UnixMillis) -> Result<Response<Incoming>, SendError> {
        let refused = |error: &dyn std::fmt::Display| SendError::Refused(error.to_string());
        let endpoint = self.endpoint(delivery.endpoint).map_err(|error| refused(&error))?;
        let to = Recipient::read(delivery.p256dh, delivery.auth).map_err(|error| refused(&error))?;
        let once = Once {
            secret: random::bytes(),
            salt: random::bytes(),
        };
        let body = cipher::encrypt(delivery.payload, &to, &once).map_err(|error| refused(&error))?;
        let request = Request::post(endpoint.path())
            .header(
                header::HOST,
                endpoint.origin().split_once("://").map_or("", |(_, host)| host),
            )
            .header(header::AUTHORIZATION, self.vapid.authorization(&endpoint, now))
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .header(header::CONTENT_ENCODING, "aes128gcm")
            .header("ttl", delivery.ttl)
            .header("urgency", if delivery.urgent { "high" } else { "normal" })
            .header("topic", delivery.topic)
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| refused(&error))?;
        let line = tokio::time::timeout(CONNECT_WITHIN, self.connect(&endpoint))
            .await
            .map_err(|_| SendError::later("the push service cannot be reached in time"))??;
        post(line, request).await
    }

    async fn connect(&self, endpoint: &Endpoint) -> Result<Box<dyn Line>, SendError> {
        let found: Vec<_> = tokio::net::lookup_host((endpoint.host(), endpoint.port()))
            .await
            .map_err(|error| SendError::later(error.to_string()))?
            .filter(|address| endpoint.may_be_at(address.ip()))
            .collect();
        if found.is_empty() {
            return Err(SendError::Refused("its host is not in the internet".into()));
        }
        let line = TcpStream::connect(found.as_slice())
            .await
            .map_err(|error| SendError::later(error.to_string()))?;
        if !endpoint.is_secure() {
            return Ok(Box::new(line));
        }
        let name = ServerName::try_from(endpoint.host().to_owned())
            .map_err(|_| SendError::Refused("its host is no name".into()))?;
        let line = TlsConnector::from(self.tls.clone()).connect(name, line).await;
        Ok(Box::new(line.map_err(|error| SendError::later(error.to_string()))?))
    }
}

trait Line: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Line for T {}

async fn post(line: Box<dyn Line>, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, SendError> {
    let failed = |error: hyper::Error| SendError::later(error.to_string());
    let mut http = hyper::client::conn::http1::Builder::new();
    http.max_buf_size(HEAD_BYTES);
    let (mut sender, connection) = http.handshake(TokioIo::new(line)).await.map_err(failed)?;
    let answer = sender.send_request(request);
    tokio::pin!(answer, connection);
    tokio::select! {
        answer = &mut answer => answer.map_err(failed),
        ended = &mut connection => {
            ended.map_err(failed)?;
            // It can end after the answer came in.
            answer.await.map_err(failed)
        }
    }
}

/// What the head of an answer means (RFC 8030, sections 5 and 7.3).
fn judge(answer: &Response<Incoming>) -> Result<(), SendError> {
    let wait = answer
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok())
        .map(|wait| wait.min(LONGEST_WAIT));
    match answer.status() {
        status if status.is_success() => Ok(()),
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(SendError::Gone),
        status if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() => Err(SendError::NotNow {
            reason: format!("the push service answered {status}"),
            wait,
        }),
        status => Err(SendError::Refused(format!("the push service answered {status}"))),
    }
}
