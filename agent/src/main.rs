//! The agent's program.

use anyhow::{Context, Result};
use clap::Parser;
use deskside_agent::{
    cli::{Cli, Command, Enrol, NoPromptWindow, Run},
    connection::{server::Server, tls},
    enrol::{Enrolment, enrol},
    identity::{Identity, lock::Lock},
    interrupt::interrupted,
    session::shell::{self, Options},
    ui,
};
use std::{
    fs,
    future::Future,
    io::{self, IsTerminal},
    process::ExitCode,
};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Ui => return ui::window::run(),
        Command::Choose { what } => return ui::window::choose(what),
        Command::Enrol(options) => block_on(enrol_device(options)),
        Command::Run(options) => block_on(run(options)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn block_on(work: impl Future<Output = Result<()>>) -> Result<()> {
    let filter =
        EnvFilter::try_from_env("DESKSIDE_LOG").unwrap_or_else(|_| EnvFilter::new("info,webrtc=warn,rtc=warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
    // Two threads carry one session; an idle agent should be small.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let result = runtime.block_on(work);
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    result
}

async fn enrol_device(options: Enrol) -> Result<()> {
    let Enrol {
        server,
        token,
        name,
        ca,
        replace,
        state,
    } = options;
    let state = state.folder().context("Name a folder for the identity with --state.")?;
    let server: Server = server.parse()?;
    if !server.is_private() {
        tracing::warn!("{server} is not encrypted: use https outside a trusted network");
    }
    let authority = match ca {
        Some(file) => Some(fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?),
        None => None,
    };
    // An agent that runs would go on with the old identity.
    let _lock = Lock::take(&state)?;
    let enrolment = Enrolment {
        server,
        token: &token,
        name: name.as_deref(),
        authority,
        replace,
    };
    let identity = enrol(&state, enrolment).await?;
    println!("Enrolled with {} as device {}.", identity.server, identity.device);
    println!("Start the agent with: deskside-agent run");
    Ok(())
}

async fn run(options: Run) -> Result<()> {
    let state = options
        .state
        .folder()
        .context("Name the folder of the identity with --state.")?;
    let identity = Identity::load(&state)?;
    let _lock = Lock::take(&state)?;
    let tls = tls::client(identity.authority.as_deref()).context("The kept certificate authority cannot be used")?;
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    tokio::spawn(async move {
        if let Err(error) = interrupted().await {
            tracing::error!("the agent cannot listen for signals: {error}");
        }
        stopping.cancel();
    });
    let options = Options {
        program: std::env::current_exe().context("The agent does not find its own program")?,
        prompt: options.no_prompt_window == NoPromptWindow::Never,
        tls,
        name: identity.name.clone(),
        state,
    };
    shell::run(identity, options, stop).await?;
    Ok(())
}
