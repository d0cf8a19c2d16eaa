//! Tools that are no Debian package or too old there, installed once into the cache folder.

use crate::{
    places::Places,
    stamp::{Inputs, unless_done},
    step::{cargo_command, output_of, run, run_quiet, step},
};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Oldest cmake that builds the agent's windows (fltk), and the one installed when the machine's is older.
const CMAKE_WANTED: (u32, u32) = (3, 28);
const CMAKE_PACKAGE: &str = "cmake>=3.28,<5";
const CARGO_DENY: &str = "0.20";

/// A cmake that is new enough: the one in `$CMAKE` or on the path, else PyPI's.
pub fn cmake(places: &Places) -> Result<PathBuf> {
    let given = std::env::var_os("CMAKE").map(PathBuf::from);
    if let Some(cmake) = [given, Some("cmake".into())]
        .into_iter()
        .flatten()
        .find(|cmake| is_new_enough(cmake))
    {
        return Ok(cmake);
    }
    let python = places.tools().join("python");
    let cmake = python.join("bin/cmake");
    if !is_new_enough(&cmake) {
        step("Installing cmake", || {
            run_quiet(Command::new("python3").args(["-m", "venv"]).arg(&python))?;
            run_quiet(Command::new(python.join("bin/pip")).args([
                "install",
                "--quiet",
                "--disable-pip-version-check",
                CMAKE_PACKAGE,
            ]))
        })?;
    }
    Ok(cmake)
}

fn is_new_enough(cmake: &Path) -> bool {
    output_of(Command::new(cmake).arg("--version"))
        .ok()
        .and_then(|text| cmake_version(&text))
        .is_some_and(|have| have >= CMAKE_WANTED)
}

fn cmake_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.lines().next()?.strip_prefix("cmake version ")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// wasm-bindgen of exactly the version that the lock file names, because the two talk to each other.
pub fn wasm_bindgen(places: &Places) -> Result<PathBuf> {
    let version = locked_version(places, "wasm-bindgen")?;
    cargo_tool(
        places,
        "wasm-bindgen-cli",
        "wasm-bindgen",
        &format!("={version}"),
        &version,
    )
}

/// cargo-deny, for `make check`.
pub fn cargo_deny(places: &Places) -> Result<PathBuf> {
    cargo_tool(
        places,
        "cargo-deny",
        "cargo-deny",
        &format!("^{CARGO_DENY}"),
        CARGO_DENY,
    )
}

/// Installs a cargo tool in a folder of its version, unless it is there.
fn cargo_tool(places: &Places, package: &str, program: &str, requirement: &str, version: &str) -> Result<PathBuf> {
    let folder = places.tools().join(format!("{package}-{version}"));
    let installed = folder.join("bin").join(program);
    if !installed.exists() {
        step(&format!("Building {package} {version} (once, some minutes)"), || {
            run(cargo_command("cargo")
                .args(["install", "--quiet", package, "--version", requirement, "--root"])
                .arg(&folder)
                .env("CARGO_TARGET_DIR", places.target.join("tools"))
                .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
                .env("CARGO_PROFILE_RELEASE_LTO", "false")
                .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"))
        })?;
    }
    Ok(installed)
}

/// The version of a package in Cargo.lock.
pub fn locked_version(places: &Places, package: &str) -> Result<String> {
    let lock: toml::Table = fs::read_to_string(places.root.join("Cargo.lock"))?.parse()?;
    lock.get("package")
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten()
        .find(|entry| entry.get("name").and_then(toml::Value::as_str) == Some(package))
        .and_then(|entry| entry.get("version")?.as_str())
        .map(str::to_owned)
        .with_context(|| format!("Cargo.lock does not name {package}"))
}

/// Installs a folder's npm packages exactly as its lock file says.
pub fn npm_packages(places: &Places, folder: &str) -> Result<()> {
    let path = places.root.join(folder);
    let modules = path.join("node_modules");
    let inputs = Inputs::of([path.join("package.json"), path.join("package-lock.json")]);
    unless_done(
        &modules.join(".deskside-stamp"),
        &inputs,
        std::slice::from_ref(&modules),
        || {
            step(&format!("Installing the npm packages of {folder}"), || {
                run_quiet(
                    Command::new("npm")
                        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
                        .current_dir(&path),
                )
            })
        },
    )?;
    Ok(())
}

/// nasm must be there: openh264 builds without it, silently, and is three times slower then.
pub fn require_nasm() -> Result<()> {
    if output_of(Command::new("nasm").arg("-v")).is_err() {
        bail!("nasm is missing; without it the video encoder is too slow to use (xtask/setup.sh build installs it)");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_cmake_is_its_first_two_numbers() {
        assert_eq!(cmake_version("cmake version 3.25.1\n\nmore"), Some((3, 25)));
        assert_eq!(cmake_version("cmake version 4.4.4"), Some((4, 4)));
        assert_eq!(cmake_version("something else"), None);
    }
}
