//! A relay in a process of its own: HTTP or HTTPS around the relay's WebSockets, and the settings for it.
//!
//! Invariant: it has no database; everything that it must know comes from its settings and over the portal's link.

mod settings;
mod tls;

pub use settings::{BadSettings, Settings, TlsSettings};
pub use tls::TlsError;

use crate::{Relay, RelayError, TunedAcceptor};
use axum_server::{
    Handle,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use std::{
    io,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

/// How long a connection may take to send its first request, and the header of each later one.
const FIRST_REQUEST_WITHIN: Duration = Duration::from_secs(10);

/// Why a stand-alone relay does not run.
#[derive(Debug, thiserror::Error)]
pub enum StandaloneError {
    #[error(transparent)]
    Relay(#[from] RelayError),
    #[error("cannot listen on {address}: {error}")]
    Listen { address: SocketAddr, error: io::Error },
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("serving failed: {0}")]
    Serve(io::Error),
}

/// A stand-alone relay that has bound its sockets.
#[derive(Debug)]
pub struct Standalone {
    relay: Relay,
    listener: TcpListener,
    listen: SocketAddr,
    tls: Option<RustlsConfig>,
}

impl Standalone {
    /// Binds all sockets and reads the certificate.
    pub async fn bind(settings: &Settings) -> Result<Self, StandaloneError> {
        let tls = settings.tls.as_ref().map(tls::read).transpose()?;
        let failed = |error| StandaloneError::Listen {
            address: settings.listen,
            error,
        };
        let listener = TcpListener::bind(settings.listen).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let listen = listener.local_addr().map_err(failed)?;
        let relay = Relay::start_alone(settings.relay_config()).await?;
        Ok(Self {
            relay,
            listener,
            listen,
            tls,
        })
    }

    /// Where agents, browsers and the portal connect.
    pub fn listen_addr(&self) -> SocketAddr {
        self.listen
    }

    /// The relay itself.
    pub fn relay(&self) -> &Relay {
        &self.relay
    }

    /// Serves until `stop`, then tells all peers.
    pub async fn serve(self, stop: impl Future<Output = ()>) -> Result<(), StandaloneError> {
        let handle = Handle::new();
        let server = axum_server::from_tcp(self.listener).map_err(StandaloneError::Serve)?;
        // Not `http1_only`: with it this server does no upgrades, and so no WebSockets.
        let mut server = server
            .handle(handle.clone())
            .first_request_timeout(FIRST_REQUEST_WITHIN);
        server.http_builder().http1().header_read_timeout(FIRST_REQUEST_WITHIN);
        let service = self.relay.standalone_router().into_make_service();
        let serve = async {
            match self.tls {
                Some(tls) => {
                    server
                        .acceptor(RustlsAcceptor::new(tls).acceptor(TunedAcceptor))
                        .serve(service)
                        .await
                }
                None => server.acceptor(TunedAcceptor).serve(service).await,
            }
        };
        tokio::select! {
            served = serve => served.map_err(StandaloneError::Serve),
            // The connections are served by their own tasks, which go on.
            () = stop => {
                self.relay.stop().await;
                handle.shutdown();
                Ok(())
            }
        }
    }
}
