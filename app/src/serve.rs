//! The running portal: database, relay, background work, listener; and their end.

use crate::{
    accounts, assembly, notices, requests,
    server::{
        clock::Clock,
        config::{Config, RelayMode},
        db::Db,
        key, mail,
        portal::Portal,
    },
    sessions, vocabulary,
};
use anyhow::Context;
use axum::Router;
use axum_server::{
    Handle,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use deskside_relay::{PortalEnd, Relay, RelayConfig, TunedAcceptor};
use ed25519_dalek::SigningKey;
use std::{net::SocketAddr, time::Duration};
use tokio::task::JoinSet;

/// Open requests get this long to finish when the portal stops.
const FINISH_WITHIN: Duration = Duration::from_secs(10);
/// How long a connection may take to send its first request, and the header of each later one.
const HEADER_WITHIN: Duration = Duration::from_secs(10);
const REMIND_EVERY: Duration = Duration::from_secs(20);
const CLEAN_UP_EVERY: Duration = Duration::from_secs(10 * 60);
const FORGET_WORDS_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// Serves until the process is asked to stop.
pub async fn run(config: Config) -> anyhow::Result<()> {
    key::make_data_dir(&config.data_dir)?;
    let _lock = key::lock(&config.data_dir)?;
    let signing_key = key::load_or_make(&config.data_dir)?;
    let tls = tls(&config).await?;
    let db = open_database(&config).await?;
    db.migrate()
        .await
        .context("database.url: the tables could not be brought up to date")?;

    let (relay, end) = start_relay(&config, &signing_key).await?;
    let address = config.listen.address;
    let portal = assembly::portal(config, db, Clock::System, signing_key, end.to_relay)?;
    sessions::presence::recover(&portal)
        .await
        .context("open sessions could not be taken up again")?;

    let mut tasks = JoinSet::new();
    tasks.spawn(sessions::relay_link::carry(
        portal.clone(),
        end.from_relay,
        portal.stopping.clone(),
    ));
    tasks.spawn(sessions::relay_link::tick(portal.clone(), portal.stopping.clone()));
    tasks.spawn(mail::run(portal.clone()));
    tasks.spawn(requests::replies::run(portal.clone()));
    tasks.spawn(notices::push::run(portal.clone()));
    tasks.spawn(notices::ticker::run(portal.clone()));
    tasks.spawn(clean_up(portal.clone()));
    tasks.spawn(index(portal.clone()));
    tasks.spawn(forget_words(portal.clone()));
    tasks.spawn(remind(portal.clone()));

    let handle = Handle::new();
    let router = assembly::router(portal.clone(), relay.as_ref().map(Relay::router));
    let mut listener = tokio::spawn(listen(address, tls, router, handle.clone(), HEADER_WITHIN));
    if let Some(bound) = handle.listening().await {
        tracing::info!(address = %bound, url = portal.config.origin(), "the portal is ready");
    }
    tokio::select! {
        ended = &mut listener => return ended?.with_context(|| format!("listen.address {address} cannot be used")),
        () = asked_to_stop() => tracing::info!("stopping"),
    }

    portal.stopping.cancel();
    if let Some(relay) = relay {
        relay.stop().await;
    }
    handle.graceful_shutdown(Some(FINISH_WITHIN));
    listener.await?.context("the listener ended badly")?;
    while tasks.join_next().await.is_some() {}
    portal.db.close().await;
    Ok(())
}

/// Opens the configured database; the error names its key.
pub async fn open_database(config: &Config) -> anyhow::Result<Db> {
    Db::open(&config.database_url())
        .await
        .context("database.url: the database cannot be reached")
}

async fn tls(config: &Config) -> anyhow::Result<Option<RustlsConfig>> {
    let (Some(certificate), Some(key)) = (&config.listen.tls_certificate, &config.listen.tls_key) else {
        return Ok(None);
    };
    let loaded = RustlsConfig::from_pem_file(certificate, key).await;
    Ok(Some(
        loaded.context("listen.tls_certificate and listen.tls_key cannot be used")?,
    ))
}

async fn start_relay(config: &Config, key: &SigningKey) -> anyhow::Result<(Option<Relay>, PortalEnd)> {
    let settings = &config.relay;
    match (settings.mode, &settings.url) {
        (RelayMode::Embedded, _) => {
            let relay_config = RelayConfig {
                udp: settings.udp,
                tcp: settings.tcp,
                public_ips: settings.public_ips.clone(),
                portal_key: deskside_protocol::bytes::Fixed(key.verifying_key().to_bytes()),
                ice_servers: settings.ice_servers.clone(),
                turn: settings.turn.clone(),
                limits: settings.limits.clone(),
            };
            let (relay, end) = Relay::start(relay_config)
                .await
                .context("relay.udp or relay.tcp cannot be used")?;
            Ok((Some(relay), end))
        }
        (RelayMode::Remote, Some(url)) => {
            let end = deskside_relay::link::connect(url, key.clone())
                .await
                .context("relay.url cannot be used")?;
            Ok((None, end))
        }
        (RelayMode::Remote, None) => anyhow::bail!("relay.url is missing: relay.mode = \"remote\" needs it"),
    }
}

async fn listen(
    address: SocketAddr,
    tls: Option<RustlsConfig>,
    router: Router,
    handle: Handle<SocketAddr>,
    header_within: Duration,
) -> std::io::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    // Not `http1_only`: with it this server does no upgrades, and so no WebSockets.
    let mut server = axum_server::bind(address)
        .handle(handle)
        .first_request_timeout(header_within);
    server.http_builder().http1().header_read_timeout(header_within);
    match tls {
        Some(tls) => {
            let acceptor = RustlsAcceptor::new(tls).acceptor(TunedAcceptor);
            server.acceptor(acceptor).serve(service).await
        }
        None => server.acceptor(TunedAcceptor).serve(service).await,
    }
}

/// Reminds people of scheduled times.
async fn remind(portal: Portal) {
    let mut look = tokio::time::interval(REMIND_EVERY);
    loop {
        tokio::select! {
            () = portal.stopping.cancelled() => return,
            _ = look.tick() => {}
        }
        if let Err(error) = requests::service::remind(&portal).await {
            tracing::error!(%error, "people cannot be reminded");
        }
    }
}

/// Makes findable what is from before there was a search, or before it looked inside words.
async fn index(portal: Portal) {
    while !portal.stopping.is_cancelled() {
        match vocabulary::service::learn_some(&portal).await {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "the insides of words cannot be made findable");
                break;
            }
        }
    }
    while !portal.stopping.is_cancelled() {
        match requests::service::index_some(&portal).await {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "requests cannot be made findable");
                return;
            }
        }
    }
}

/// Forgets words that nothing is found by any longer.
async fn forget_words(portal: Portal) {
    let mut every = tokio::time::interval(FORGET_WORDS_EVERY);
    loop {
        tokio::select! {
            () = portal.stopping.cancelled() => return,
            _ = every.tick() => {}
        }
        if let Err(error) = vocabulary::service::forget(&portal).await {
            tracing::error!(%error, "unused words could not be removed");
        }
    }
}

async fn clean_up(portal: Portal) {
    let mut every = tokio::time::interval(CLEAN_UP_EVERY);
    loop {
        tokio::select! {
            () = portal.stopping.cancelled() => return,
            _ = every.tick() => {}
        }
        if let Err(error) = accounts::service::clean_up(&portal).await {
            tracing::error!(%error, "old sign-ins could not be removed");
        }
        if let Err(error) = mail::clean_up(&portal).await {
            tracing::error!(%error, "old mails could not be removed");
        }
    }
}

#[cfg(unix)]
async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(not(unix))]
async fn asked_to_stop() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    async fn connected() -> (TcpStream, Handle<SocketAddr>) {
        let handle = Handle::new();
        let address = "127.0.0.1:0".parse().expect("an address");
        let router = Router::new().route("/", get(async || "here"));
        tokio::spawn(listen(
            address,
            None,
            router,
            handle.clone(),
            Duration::from_millis(200),
        ));
        let bound = handle.listening().await.expect("a listener");
        (TcpStream::connect(bound).await.expect("a connection"), handle)
    }

    /// Everything until the portal closes the connection.
    async fn rest(mut peer: TcpStream) -> String {
        let mut answer = Vec::new();
        // Closing with unread bytes may be a reset, which is an end as well.
        let _ = peer.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[tokio::test]
    async fn a_connection_that_never_finishes_its_first_header_is_closed() {
        let (mut peer, handle) = connected().await;
        peer.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n").await.expect("sent");
        rest(peer).await;
        handle.shutdown();
    }

    #[tokio::test]
    async fn a_connection_that_stalls_in_a_later_header_is_closed_after_the_first_answer() {
        let (mut peer, handle) = connected().await;
        peer.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HT")
            .await
            .expect("sent");
        assert!(rest(peer).await.contains("here"));
        handle.shutdown();
    }
}
