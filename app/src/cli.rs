//! The command line: thin; every command loads the configuration and calls a use case.

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use deskside::{
    accounts::{NewAccount, model::StartingRole, service as accounts, service::RightsChange},
    assembly,
    audit::{self, By},
    device_groups, devices,
    directories::model::LOCAL,
    error::AppError,
    serve,
    server::{
        clock::Clock,
        config::{self, Config},
        key,
        portal::Portal,
    },
};
use deskside_protocol::ids::DirectoryId;
use std::{
    io::{BufRead, IsTerminal},
    path::PathBuf,
    process::ExitCode,
};
use tokio::sync::mpsc;
use tracing_subscriber::EnvFilter;

/// The self-hosted help portal.
#[derive(Parser)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the portal.
    Serve(Common),
    /// Say whether the configuration can be used.
    CheckConfig(Common),
    /// Bring the database's tables up to date.
    Migrate(Common),
    /// Manage accounts.
    Admin {
        #[command(subcommand)]
        command: Admin,
    },
    /// Make a token with which a device can be enrolled once.
    EnrolmentToken {
        #[command(flatten)]
        common: Common,
        /// Login of the person who uses the device.
        #[arg(long)]
        owner: String,
        /// Name of the device; absent: the device says its own.
        #[arg(long, default_value = "")]
        device_name: String,
        /// Name of the device group in which the device begins; absent: none.
        #[arg(long)]
        group: Option<String>,
    },
    /// Print the public key that a stand-alone relay wants as `portal_key`.
    RelayKey(Common),
    /// Look into the audit log.
    Audit {
        #[command(subcommand)]
        command: Audit,
    },
}

#[derive(Args)]
struct Common {
    /// Configuration file; absent: deskside.toml if there is one, else the built-in defaults.
    #[arg(long)]
    config: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Admin {
    /// Make an account; the password is the first line of standard input.
    Create {
        #[command(flatten)]
        common: Common,
        #[arg(long)]
        login: String,
        #[arg(long)]
        name: String,
        #[arg(long)]
        email: String,
        /// employee, operator or administrator
        #[arg(long)]
        role: StartingRole,
        /// Id of a directory; absent: the one that every installation begins with.
        #[arg(long)]
        directory: Option<DirectoryId>,
        /// Such as Europe/Berlin.
        #[arg(long, default_value = "UTC")]
        time_zone: String,
    },
    /// Let nobody sign in with this login any longer, and end what they do now.
    Disable(Account),
    /// Let a disabled account sign in again.
    Enable(Account),
    /// Give an account another role, and end what it does now.
    SetRole {
        #[command(flatten)]
        account: Account,
        /// employee, operator or administrator
        #[arg(long)]
        role: StartingRole,
    },
}

#[derive(Args)]
struct Account {
    #[command(flatten)]
    common: Common,
    #[arg(long)]
    login: String,
}

impl Account {
    async fn change(self, change: RightsChange, what: &str) -> anyhow::Result<()> {
        let portal = open(self.common.load()?).await?;
        portal.db.migrate().await?;
        let by = By::Machine("command line");
        let user = accounts::change_rights(&portal, by, &self.login, change)
            .await
            .map_err(in_words)?;
        println!(
            "{what} {}. A running portal ends open remote sessions within seconds.",
            user.login
        );
        Ok(())
    }
}

#[derive(Subcommand)]
enum Audit {
    /// Prove that the log is complete and unchanged, or say where it breaks.
    Verify(Common),
}

impl Cli {
    /// Carries out the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        log_to_stderr();
        rustls::crypto::ring::default_provider()
            .install_default()
            .map_err(|_| anyhow::anyhow!("another TLS provider is installed already"))?;
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?
            .block_on(self.command.run())
    }
}

impl Command {
    async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Serve(common) => serve::run(common.load()?).await?,
            Self::CheckConfig(common) => {
                let config = common.load()?;
                open(config).await?;
                println!("The configuration is good.");
            }
            Self::Migrate(common) => {
                open(common.load()?).await?.db.migrate().await?;
                println!("The tables are up to date.");
            }
            Self::Admin {
                command: Admin::Disable(account),
            } => account.change(RightsChange::Disable, "Disabled").await?,
            Self::Admin {
                command: Admin::Enable(account),
            } => account.change(RightsChange::Enable, "Enabled").await?,
            Self::Admin {
                command: Admin::SetRole { account, role },
            } => account.change(RightsChange::Role(role), "Changed the role of").await?,
            Self::Admin {
                command:
                    Admin::Create {
                        common,
                        login,
                        name,
                        email,
                        role,
                        directory,
                        time_zone,
                    },
            } => {
                let portal = open(common.load()?).await?;
                portal.db.migrate().await?;
                let account = NewAccount {
                    login,
                    name,
                    email,
                    role,
                    directory: directory.unwrap_or(LOCAL),
                    time_zone,
                    password: read_password()?,
                };
                let by = By::Machine("command line");
                let user = accounts::create(&portal, by, account).await.map_err(in_words)?;
                println!("Made the account {} ({role}).", user.login);
            }
            Self::EnrolmentToken {
                common,
                owner,
                device_name,
                group,
            } => {
                let portal = open(common.load()?).await?;
                let user = accounts::find_by_login(portal.db.on(), &owner)
                    .await?
                    .with_context(|| format!("there is no account with the login {owner}"))?;
                let group = match group {
                    Some(name) => {
                        let found = device_groups::service::find_by_name(portal.db.on(), &name, user.directory).await?;
                        let missing = || format!("there is no device group “{name}” for devices of {owner}");
                        Some(found.with_context(missing)?.id)
                    }
                    None => None,
                };
                let by = By::Machine("command line");
                let now = portal.clock.now();
                let token = devices::service::issue_token(&portal, by, &user, &device_name, group, now)
                    .await
                    .map_err(in_words)?;
                println!("{}", token.token);
            }
            Self::RelayKey(common) => {
                let config = common.load()?;
                key::make_data_dir(&config.data_dir)?;
                let signing_key = key::load_or_make(&config.data_dir)?;
                println!(
                    "{}",
                    deskside_protocol::bytes::Fixed(signing_key.verifying_key().to_bytes())
                );
            }
            Self::Audit {
                command: Audit::Verify(common),
            } => {
                let portal = open(common.load()?).await?;
                match audit::verify(portal.db.on()).await? {
                    audit::Verdict::Whole { entries } => println!("The audit log is whole: {entries} entries."),
                    audit::Verdict::Broken { seq, why } => {
                        println!("The audit log is broken at entry {seq}: {why}.");
                        return Ok(ExitCode::from(2));
                    }
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Common {
    fn load(&self) -> anyhow::Result<Config> {
        Ok(config::load(self.config.as_deref())?)
    }
}

/// A portal without relay, for commands that only need its database.
async fn open(config: Config) -> anyhow::Result<Portal> {
    key::make_data_dir(&config.data_dir)?;
    let signing_key = key::load_or_make(&config.data_dir)?;
    let db = serve::open_database(&config).await?;
    let (relay, _) = mpsc::channel(1);
    assembly::portal(config, db, Clock::System, signing_key, relay)
}

fn read_password() -> anyhow::Result<String> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        eprint!("Password: ");
    }
    let mut line = String::new();
    stdin
        .lock()
        .read_line(&mut line)
        .context("the password cannot be read from standard input")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn in_words(error: AppError) -> anyhow::Error {
    let fields: Vec<String> = error
        .fields()
        .iter()
        .map(|error| format!("{}: {}", error.field, error.message))
        .collect();
    if fields.is_empty() {
        anyhow::anyhow!("{error}")
    } else {
        anyhow::anyhow!("{}", fields.join(" "))
    }
}

fn log_to_stderr() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}
