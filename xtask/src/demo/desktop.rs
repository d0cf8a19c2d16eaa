//! A virtual desktop with real programs on it.

use crate::{
    running::Running,
    step::{output_of, run_quiet},
};
use anyhow::Result;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

const SIZE: &str = "1280x800x24";
const PATIENCE: Duration = Duration::from_secs(20);
const WELCOME: &str = "This is Emma's computer.\n\nWhoever assists her sees it in the browser and can type here.\n";

/// Starts inside the desktop; ends with it.
const PROGRAMS: &str = "
    xsetroot -solid '#31546b'
    openbox &
    xterm -geometry 78x22+40+60 -fa 'DejaVu Sans Mono' -fs 11 -title 'Terminal' &
    mousepad \"$HOME/Welcome.txt\" &
    wait
";

/// A running desktop.
pub struct Desktop {
    pub server: Running,
    // Dropped after the server, without which they end anyway.
    _programs: Running,
    /// Such as `:99`.
    pub display: String,
    /// The file that lets programs of this user in, and nobody else.
    pub authority: PathBuf,
    pub home: PathBuf,
}

/// Starts it on a display number that is free.
pub fn start(folder: &Path) -> Result<Desktop> {
    let home = folder.join("home");
    fs::create_dir_all(&home)?;
    if !home.join("Welcome.txt").exists() {
        fs::write(home.join("Welcome.txt"), WELCOME)?;
    }
    let authority = folder.join("desktop.authority");
    let cookie = output_of(&mut Command::new("mcookie"))?;
    let _ = fs::remove_file(&authority);
    allow(&authority, ":0", &cookie)?;

    let log = folder.join("desktop.log");
    let mut command = Command::new("Xvfb");
    command
        .args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            SIZE,
            "-nolisten",
            "tcp",
            "-noreset",
            "-auth",
        ])
        .arg(&authority);
    let mut server = Running::start("the desktop", &command, &log)?;
    let number = server.wait_until(PATIENCE, || {
        fs::read_to_string(&log)
            .ok()?
            .lines()
            .find_map(|line| line.trim().parse::<u32>().ok())
    })?;
    let display = format!(":{number}");
    allow(&authority, &display, &cookie)?;

    let mut programs = Command::new("dbus-run-session");
    programs.args(["--", "sh", "-c", PROGRAMS]).current_dir(&home);
    for (name, value) in [
        ("DISPLAY", display.as_ref()),
        ("XAUTHORITY", authority.as_os_str()),
        ("HOME", home.as_os_str()),
    ] {
        programs.env(name, value);
    }
    programs
        .envs([("GSETTINGS_BACKEND", "memory"), ("NO_AT_BRIDGE", "1")])
        .env_remove("WAYLAND_DISPLAY");
    let programs = Running::start("the desktop's programs", &programs, &folder.join("programs.log"))?;
    Ok(Desktop {
        server,
        _programs: programs,
        display,
        authority,
        home,
    })
}

fn allow(authority: &Path, display: &str, cookie: &str) -> Result<()> {
    run_quiet(
        Command::new("xauth")
            .arg("-f")
            .arg(authority)
            .args(["add", display, ".", cookie]),
    )
}
