//! Running other programs, saying what happens and how long it took.

use anyhow::{Context, Result, bail};
use std::{
    env,
    ffi::OsStr,
    process::{Command, Stdio},
    time::Instant,
};

/// Says what is being done now.
pub fn say(what: &str) {
    eprintln!("\x1b[1;36m▸\x1b[0m {what}");
}

/// Does one step under a headline, and says how long it took when that was noticeable.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    say(what);
    let start = Instant::now();
    let result = work().with_context(|| format!("{what}: failed"))?;
    let seconds = start.elapsed().as_secs_f32();
    if seconds >= 2.0 {
        eprintln!("  \x1b[2m{what}: {seconds:.0} s\x1b[0m");
    }
    Ok(result)
}

/// A cargo that sees nothing of the cargo that started us: some build scripts watch those variables, and everything
/// that depends on them would be built again whenever people switch between `make` and plain cargo.
pub fn cargo_command(cargo: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(cargo);
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a program to its end; its output is the user's. A failure names the program.
pub fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("cannot start {name}"))?;
    if !status.success() {
        bail!("{name} ended with {status}");
    }
    Ok(())
}

/// Runs a program quietly; what it wrote is shown only when it fails.
pub fn run_quiet(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {name}"))?;
    if !output.status.success() {
        eprint!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        bail!("{name} ended with {}", output.status);
    }
    Ok(())
}

/// What a program writes on standard output.
pub fn output_of(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {name}"))?;
    if !output.status.success() {
        bail!(
            "{name} ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
