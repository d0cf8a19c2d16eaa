//! Compilers for other targets: WebAssembly and Windows.
//!
//! Where rustup can add a target, it does. Where it reaches no server, Debian's rustc builds the target's standard
//! library from Debian's sources, once, into a sysroot of our own in the cache folder.

use crate::{
    places::Places,
    step::{cargo_command, output_of, run, run_quiet, say, step},
};
use anyhow::{Context, Result, bail};
use std::{
    env, fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};

pub const WASM: &str = "wasm32-unknown-unknown";
pub const WINDOWS: &str = "x86_64-pc-windows-gnu";

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
/// Debian's rustc brings no linker of its own, such as rustup's `rust-lld`.
const DEBIAN_LINKERS: [(&str, &str); 2] = [
    ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld"),
    (
        "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER",
        "x86_64-w64-mingw32-gcc-posix",
    ),
];

/// A cargo that can build for a target.
pub struct Compiler {
    cargo: PathBuf,
    /// None: the machine's own.
    rustc: Option<PathBuf>,
    /// Where it builds.
    pub target_folder: PathBuf,
}

impl Compiler {
    /// A command for this cargo, with the compiler and the target folder set.
    pub fn cargo(&self) -> Command {
        let mut command = cargo_command(&self.cargo);
        command.env("CARGO_TARGET_DIR", &self.target_folder);
        if let Some(rustc) = &self.rustc {
            command.env("RUSTC", rustc).envs(DEBIAN_LINKERS);
        }
        command
    }

    /// Whether the machine's own toolchain has this target; only then does it bring clippy for it.
    pub fn is_native(&self) -> bool {
        self.rustc.is_none()
    }
}

/// A compiler for `target`, installed or built if need be. `DESKSIDE_RUST=debian` asks for Debian's.
pub fn compiler(places: &Places, target: &str) -> Result<Compiler> {
    let wants_debian = env::var("DESKSIDE_RUST").is_ok_and(|wanted| wanted == "debian");
    if !wants_debian && (has_std(Path::new("rustc"), target) || rustup_adds(target)) {
        return Ok(Compiler {
            cargo: "cargo".into(),
            rustc: None,
            target_folder: places.target.clone(),
        });
    }
    let rustc = debian_rustc(places, target)?;
    Ok(Compiler {
        cargo: DEBIAN_CARGO.into(),
        rustc: Some(rustc),
        target_folder: places.target.join("debian"),
    })
}

fn has_std(rustc: &Path, target: &str) -> bool {
    let Ok(folder) = output_of(Command::new(rustc).args(["--print", "target-libdir", "--target", target])) else {
        return false;
    };
    fs::read_dir(folder).is_ok_and(|mut entries| {
        entries.any(|entry| entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("libstd-")))
    })
}

fn rustup_adds(target: &str) -> bool {
    if output_of(Command::new("rustup").arg("--version")).is_err() {
        return false;
    }
    say(&format!("Adding the Rust target {target}"));
    let added = run(Command::new("timeout").args(["300", "rustup", "target", "add", target])).is_ok();
    if !added {
        say("rustup could not add it here; using Debian's Rust instead");
    }
    added && has_std(Path::new("rustc"), target)
}

/// Debian's rustc as a wrapper that knows our sysroot.
fn debian_rustc(places: &Places, target: &str) -> Result<PathBuf> {
    if !Path::new("/usr/src").exists() || output_of(Command::new("dpkg-query").arg("--version")).is_err() {
        bail!("the Rust target {target} is missing; please run: rustup target add {target}");
    }
    run(Command::new(places.root.join("xtask/setup.sh")).arg("debian-rust"))?;
    let version = output_of(Command::new(DEBIAN_RUSTC).arg("--version"))?;
    let version = version.split(' ').nth(1).context("rustc names its version")?;
    let folder = places.cache.join("toolchain").join(format!("debian-{version}"));
    let wrapper = folder.join("bin/rustc");
    if !wrapper.exists() || !has_std(&wrapper, target) {
        step(
            &format!("Building Rust's standard library for {target} (once, about a minute)"),
            || {
                let made = build_std(&folder, target)?;
                install_std(&folder, target, &made)
            },
        )?;
    }
    Ok(wrapper)
}

/// Compiles std for the target from an empty crate; returns the folder of its libraries.
fn build_std(folder: &Path, target: &str) -> Result<PathBuf> {
    let empty = folder.join("empty");
    fs::create_dir_all(empty.join("src"))?;
    fs::write(empty.join("src/lib.rs"), "#![no_std]\n")?;
    fs::write(
        empty.join("Cargo.toml"),
        "[package]\nname = \"empty\"\nedition = \"2024\"\n[workspace]\n",
    )?;
    let parts = if target == WASM {
        "std,panic_abort"
    } else {
        "std,panic_abort,panic_unwind"
    };
    run_quiet(
        cargo_command(DEBIAN_CARGO)
            .args(["build", "--release", "--target", target])
            .arg(format!("-Zbuild-std={parts}"))
            .current_dir(&empty)
            .env("RUSTC", DEBIAN_RUSTC)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_TARGET_DIR", empty.join("target"))
            .envs(DEBIAN_LINKERS)
            .env_remove("RUSTFLAGS"),
    )?;
    Ok(empty.join("target").join(target).join("release/deps"))
}

/// Lays out `sysroot/lib/rustlib`: Debian's own targets by symbolic link, ours by copy; and the wrapper.
fn install_std(folder: &Path, target: &str, made: &Path) -> Result<()> {
    let rustlib = folder.join("sysroot/lib/rustlib");
    let library = rustlib.join(target).join("lib");
    fs::create_dir_all(&library)?;
    for entry in fs::read_dir("/usr/lib/rustlib")? {
        let entry = entry?;
        let link = rustlib.join(entry.file_name());
        if !link.exists() {
            symlink(entry.path(), link)?;
        }
    }
    for entry in fs::read_dir(made)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libempty-") {
            fs::copy(&path, library.join(name))?;
        }
    }
    let wrapper = folder.join("bin/rustc");
    fs::create_dir_all(folder.join("bin"))?;
    fs::write(
        &wrapper,
        format!(
            "#!/bin/sh\nexec {DEBIAN_RUSTC} --sysroot '{}' \"$@\"\n",
            folder.join("sysroot").display()
        ),
    )?;
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755))?;
    fs::remove_dir_all(folder.join("empty"))?;
    Ok(())
}
