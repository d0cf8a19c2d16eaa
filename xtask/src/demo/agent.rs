//! The demo's agent: enrolled once, then run on the virtual desktop.

use super::{DEVICE, desktop::Desktop, portal::Portal};
use crate::{
    binaries::Binaries,
    running::Running,
    step::{output_of, run_quiet},
};
use anyhow::{Context, Result};
use std::{fs, path::Path, process::Command, time::Duration};

const PATIENCE: Duration = Duration::from_secs(30);

/// Starts it and waits until the portal knows it as online.
pub fn start(binaries: &Binaries, folder: &Path, portal: &Portal, desktop: &Desktop) -> Result<Running> {
    let state = folder.join("agent");
    if state.join("device.json").exists() {
        follow_portal(&state.join("device.json"), &portal.url)?;
    } else {
        enrol(binaries, portal, &state)?;
    }
    let log = folder.join("agent.log");
    let mut command = Command::new(binaries.agent());
    command.args(["run", "--state"]).arg(&state).current_dir(&desktop.home);
    command
        .env("DISPLAY", &desktop.display)
        .env("XAUTHORITY", &desktop.authority)
        .env("HOME", &desktop.home);
    let mut agent = Running::start("the agent", &command, &log)?;
    agent.wait_until(PATIENCE, || {
        fs::read_to_string(&log).ok()?.contains("connected").then_some(())
    })?;
    Ok(agent)
}

fn enrol(binaries: &Binaries, portal: &Portal, state: &Path) -> Result<()> {
    let token = output_of(
        Command::new(binaries.portal())
            .args(["enrolment-token", "--config"])
            .arg(&portal.configuration)
            .args(["--owner", "emma", "--device-name", DEVICE]),
    )?;
    run_quiet(
        Command::new(binaries.agent())
            .args([
                "enrol",
                "--server",
                &portal.url,
                "--token",
                token.trim(),
                "--name",
                DEVICE,
                "--state",
            ])
            .arg(state),
    )
    .context("the agent could not be enrolled")
}

/// The portal may have another port this time.
fn follow_portal(device: &Path, url: &str) -> Result<()> {
    let mut facts: serde_json::Value =
        serde_json::from_slice(&fs::read(device)?).context("device.json cannot be read")?;
    if facts["server"] != url {
        facts["server"] = url.into();
        fs::write(device, serde_json::to_vec_pretty(&facts)?)?;
    }
    Ok(())
}
