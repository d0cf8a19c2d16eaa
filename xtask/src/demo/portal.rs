//! The demo's portal: configuration, accounts, process.

use super::ports;
use crate::{binaries::Binaries, places::Places, running::Running, step::say};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

/// Of every demo account.
pub const PASSWORD: &str = "deskside-demo";
const USUAL_PORT: u16 = 8080;
const USUAL_RELAY_PORT: u16 = 8478;
const PATIENCE: Duration = Duration::from_secs(30);

const ACCOUNTS: [[&str; 3]; 3] = [
    ["emma", "Emma Employee", "employee"],
    ["oscar", "Oscar Operator", "operator"],
    ["ada", "Ada Administrator", "administrator"],
];

/// A running portal.
pub struct Portal {
    pub program: Running,
    pub url: String,
    pub configuration: PathBuf,
}

/// Starts it on the usual port or the next free one.
pub fn start(places: &Places, binaries: &Binaries, folder: &Path) -> Result<Portal> {
    let port = ports::tcp_from(USUAL_PORT)?;
    if port != USUAL_PORT {
        say(&format!("Port {USUAL_PORT} is in use; taking {port}"));
    }
    let url = format!("http://127.0.0.1:{port}");
    let configuration = folder.join("deskside.toml");
    fs::write(
        &configuration,
        configuration_text(places, folder, &url, port, ports::tcp_and_udp_from(USUAL_RELAY_PORT)?),
    )?;
    add_accounts(binaries, folder, &configuration)?;
    let mut command = Command::new(binaries.portal());
    command
        .args(["serve", "--config"])
        .arg(&configuration)
        .current_dir(folder);
    let mut program = Running::start("the portal", &command, &folder.join("portal.log"))?;
    program.wait_until(PATIENCE, || answers(port).then_some(()))?;
    Ok(Portal {
        program,
        url,
        configuration,
    })
}

fn configuration_text(places: &Places, folder: &Path, url: &str, port: u16, relay: u16) -> String {
    let (data, site) = (folder.join("portal"), places.site());
    format!(
        "# Written anew by every `make run`.\n\
         public_url = \"{url}\"\n\
         data_dir = {data:?}\n\
         site_dir = {site:?}\n\n\
         [listen]\naddress = \"127.0.0.1:{port}\"\n\n\
         [mail]\ntransport = \"file\"\nfrom = \"Deskside <deskside@example.org>\"\n\n\
         [relay]\nudp = \"127.0.0.1:{relay}\"\ntcp = \"127.0.0.1:{relay}\"\n"
    )
}

/// Adds the demo accounts the first time.
fn add_accounts(binaries: &Binaries, folder: &Path, configuration: &Path) -> Result<()> {
    let made = folder.join("accounts");
    let before = fs::read_to_string(&made).unwrap_or_default();
    let zone = machine_time_zone();
    for [login, name, role] in ACCOUNTS
        .into_iter()
        .filter(|[login, ..]| !before.lines().any(|line| line == *login))
    {
        let mut command = Command::new(binaries.portal());
        command
            .args(["admin", "create", "--config"])
            .arg(configuration)
            .args(["--login", login, "--name", name]);
        command.args([
            "--email",
            &format!("{login}@example.org"),
            "--role",
            role,
            "--time-zone",
            &zone,
        ]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        child
            .stdin
            .take()
            .context("standard input is a pipe")?
            .write_all(PASSWORD.as_bytes())?;
        let output = child.wait_with_output()?;
        if !output.status.success() {
            bail!(
                "cannot add the account {login}: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        let mut list = fs::OpenOptions::new().create(true).append(true).open(&made)?;
        writeln!(list, "{login}")?;
    }
    Ok(())
}

/// The time zone of this machine, so that the demo's times look right.
fn machine_time_zone() -> String {
    let link = fs::read_link("/etc/localtime").unwrap_or_default();
    let zone = link
        .to_string_lossy()
        .split_once("zoneinfo/")
        .map(|(_, zone)| zone.to_owned());
    zone.filter(|zone| zone.contains('/') && !zone.starts_with("Etc/"))
        .unwrap_or_else(|| "Europe/Berlin".to_owned())
}

fn answers(port: u16) -> bool {
    let attempt = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        write!(stream, "GET /healthz HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n")?;
        let mut text = String::new();
        stream.take(64).read_to_string(&mut text)?;
        Ok(text)
    };
    attempt().is_ok_and(|text| text.split(' ').nth(1) == Some("200"))
}
