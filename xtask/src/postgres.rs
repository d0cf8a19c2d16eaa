//! A PostgreSQL cluster of our own for the tests: on loopback, in a temporary folder, gone afterwards.

use crate::{
    running::Running,
    step::{output_of, run_quiet},
};
use anyhow::{Context, Result, bail};
use rustix::process::geteuid;
use std::{
    env, fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// The variable in which tests find it.
pub const VARIABLE: &str = "DESKSIDE_TEST_POSTGRES";

/// A running cluster.
pub struct Cluster {
    // Stopped before its folder is removed: fields drop in this order.
    _server: Running,
    _folder: Folder,
    url: String,
}

impl Cluster {
    /// Makes and starts one. PostgreSQL refuses to run as root, so root runs it as the user `postgres`.
    pub fn start() -> Result<Self> {
        let programs = programs()?;
        let folder = Folder::make()?;
        let data = folder.0.join("data");
        run_quiet(
            as_plain_user(&programs.join("initdb"))
                .args([
                    "--username",
                    "postgres",
                    "--auth",
                    "trust",
                    "--encoding",
                    "UTF8",
                    "--no-locale",
                    "--no-sync",
                    "--pgdata",
                ])
                .arg(&data),
        )
        .context("cannot make a PostgreSQL cluster for the tests")?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut server = as_plain_user(&programs.join("postgres"));
        server
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-k"])
            .arg(&folder.0);
        for setting in [
            "listen_addresses=127.0.0.1",
            "max_connections=400",
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
        ] {
            server.args(["-c", setting]);
        }
        let mut server = Running::start("PostgreSQL", &server, &folder.0.join("log"))?;
        server.wait_until(Duration::from_secs(60), || {
            output_of(Command::new(programs.join("pg_isready")).args([
                "-q",
                "-h",
                "127.0.0.1",
                "-p",
                &port.to_string(),
            ]))
            .ok()
        })?;
        Ok(Self {
            _server: server,
            _folder: folder,
            url: format!("postgres://postgres@127.0.0.1:{port}/postgres"),
        })
    }

    /// How to reach it, as its superuser.
    pub fn url(&self) -> &str {
        &self.url
    }
}

struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Self> {
        let folder = Self(env::temp_dir().join(format!("deskside-postgres-{}", std::process::id())));
        fs::create_dir_all(&folder.0)?;
        if geteuid().is_root() {
            run_quiet(Command::new("chown").arg("postgres:").arg(&folder.0))?;
        }
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn as_plain_user(program: &Path) -> Command {
    if !geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args([
            "--reuid",
            "postgres",
            "--regid",
            "postgres",
            "--clear-groups",
            "--pdeathsig",
            "INT",
            "--",
        ])
        .arg(program);
    command
}

/// The folder of the newest installed server; Debian keeps it off the path.
fn programs() -> Result<PathBuf> {
    let mut versions: Vec<u32> = fs::read_dir("/usr/lib/postgresql")
        .map(|entries| {
            entries
                .flatten()
                .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
                .collect()
        })
        .unwrap_or_default();
    versions.sort_unstable();
    if let Some(version) = versions.last() {
        return Ok(PathBuf::from(format!("/usr/lib/postgresql/{version}/bin")));
    }
    match output_of(Command::new("pg_config").arg("--bindir")) {
        Ok(folder) => Ok(folder.into()),
        Err(_) => bail!(
            "PostgreSQL's server is not installed, and the tests do not do without (xtask/setup.sh test installs it)"
        ),
    }
}
