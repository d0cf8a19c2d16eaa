//! deskside-agent.exe, cross-built with mingw.
//!
//! Invariant: it needs no DLL that Windows does not bring; the C++ runtime is linked into it.

use crate::{
    binaries::environment,
    places::Places,
    step::{output_of, run, step},
    targets::{Compiler, WINDOWS, compiler},
};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

const PREFIX: &str = "x86_64-w64-mingw32";
/// Runtimes of the compiler that no Windows has.
const STATIC_RUNTIMES: [&str; 5] = [
    "libstdc++.a",
    "libgcc.a",
    "libgcc_eh.a",
    "libpthread.a",
    "libwinpthread.a",
];
const RUNTIME_DLLS: [&str; 3] = ["libstdc++", "libgcc_s", "libwinpthread"];

/// Builds the released .exe and returns its path.
pub fn build(places: &Places) -> Result<PathBuf> {
    let compiler = install(places)?;
    step("Building deskside-agent.exe", || {
        run(cargo(places, &compiler)?.args([
            "build",
            "--release",
            "-p",
            "deskside-agent",
            "--bin",
            "deskside-agent",
            "--target",
            WINDOWS,
        ]))
    })?;
    let built = compiler.target_folder.join(WINDOWS).join("release/deskside-agent.exe");
    refuse_runtime_dlls(&built)?;
    let exe = path(places);
    fs::create_dir_all(places.target.join("windows"))?;
    run(Command::new(format!("{PREFIX}-strip")).arg("-o").arg(&exe).arg(&built))?;
    Ok(exe)
}

/// Where `build` puts it, without what only a debugger needs.
pub fn path(places: &Places) -> PathBuf {
    places.target.join("windows/deskside-agent.exe")
}

/// Lets the compiler look at the agent for Windows; with lints where the toolchain has them.
pub fn check(places: &Places) -> Result<()> {
    let compiler = install(places)?;
    step("Checking the agent for Windows", || {
        let mut cargo = cargo(places, &compiler)?;
        let package = ["-p", "deskside-agent", "--target", WINDOWS];
        if compiler.is_native() {
            run(cargo
                .args(["clippy", "--quiet"])
                .args(package)
                .args(["--", "-D", "warnings"]))
        } else {
            run(cargo.args(["check", "--quiet"]).args(package))
        }
    })
}

fn install(places: &Places) -> Result<Compiler> {
    run(Command::new(places.root.join("xtask/setup.sh")).args(["build", "windows"]))?;
    compiler(places, WINDOWS)
}

fn cargo(places: &Places, compiler: &Compiler) -> Result<Command> {
    let mut command = compiler.cargo();
    let runtimes = static_runtimes(places)?;
    command
        .envs(
            environment(places)?
                .into_iter()
                .filter(|(name, _)| *name != "CARGO_TARGET_DIR"),
        )
        .env(
            "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER",
            format!("{PREFIX}-g++-posix"),
        )
        .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_AR", format!("{PREFIX}-ar"))
        .env(
            "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS",
            format!(
                "-L native={} -C link-arg=-static-libgcc -C link-arg=-static-libstdc++",
                runtimes.display()
            ),
        )
        .env("CC_x86_64_pc_windows_gnu", format!("{PREFIX}-gcc-posix"))
        .env("CXX_x86_64_pc_windows_gnu", format!("{PREFIX}-g++-posix"))
        .env("AR_x86_64_pc_windows_gnu", format!("{PREFIX}-ar"))
        .env("RC_x86_64_pc_windows_gnu", format!("{PREFIX}-windres"))
        .current_dir(&places.root);
    Ok(command)
}

/// A folder with only the static forms of the compiler's runtimes. The linker looks through its folders in order, so
/// that standing first keeps the DLL forms from being found.
fn static_runtimes(places: &Places) -> Result<PathBuf> {
    let folder = places.cache.join("toolchain/mingw-static");
    fs::create_dir_all(&folder)?;
    for name in STATIC_RUNTIMES {
        let found = output_of(Command::new(format!("{PREFIX}-g++-posix")).arg(format!("-print-file-name={name}")))?;
        let link = folder.join(name);
        if Path::new(&found).is_absolute() && fs::read_link(&link).ok().as_deref() != Some(Path::new(&found)) {
            let _ = fs::remove_file(&link);
            symlink(&found, &link).with_context(|| format!("cannot link {}", link.display()))?;
        }
    }
    Ok(folder)
}

fn refuse_runtime_dlls(exe: &Path) -> Result<()> {
    let headers = output_of(Command::new(format!("{PREFIX}-objdump")).arg("-p").arg(exe))?;
    let imports = headers
        .lines()
        .filter_map(|line| line.trim().strip_prefix("DLL Name: "));
    let foreign: Vec<&str> = imports
        .filter(|dll| RUNTIME_DLLS.iter().any(|name| dll.starts_with(name)))
        .collect();
    if !foreign.is_empty() {
        bail!(
            "{} needs {}, which no Windows machine has",
            exe.display(),
            foreign.join(", ")
        );
    }
    Ok(())
}
