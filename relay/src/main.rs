//! `deskside-relay`: the relay without a portal in the same process.

use clap::Parser;
use deskside_relay::standalone::{Settings, Standalone};
use std::{path::PathBuf, process::ExitCode};
use tracing_subscriber::EnvFilter;

/// Carries signalling and media between operators' browsers and agents.
#[derive(Parser, Debug)]
#[command(version)]
struct Arguments {
    /// The settings; any of them can also come from the environment, such as DESKSIDE_RELAY__TURN__SECRET.
    #[arg(long, value_name = "FILE", default_value = "relay.toml")]
    config: PathBuf,
    /// Read the settings, say whether they are good, and end.
    #[arg(long)]
    check_config: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One sentence for whoever runs the relay; a backtrace would bury it.
            eprintln!("deskside-relay: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();

    let settings = Settings::read(&arguments.config)?;
    if arguments.check_config {
        println!("{}: good", arguments.config.display());
        return Ok(());
    }
    let standalone = Standalone::bind(&settings).await?;
    tracing::info!(
        listen = %standalone.listen_addr(),
        tls = settings.tls.is_some(),
        udp = %standalone.relay().udp_addr(),
        tcp = %standalone.relay().tcp_addr(),
        "the relay runs"
    );
    standalone.serve(asked_to_stop()).await?;
    Ok(())
}

/// Ends when somebody wants the process to stop.
async fn asked_to_stop() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    };
    tokio::select! {
        () = interrupted => {}
        () = terminated() => {}
    }
}

#[cfg(unix)]
async fn terminated() {
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            terminate.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}
