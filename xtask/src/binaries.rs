//! The binaries for this machine, and the variables that building them needs.

use crate::{
    places::Places,
    step::{cargo_command, run, step},
    tools,
};
use anyhow::Result;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// How much the compiler optimises.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    Dev,
    /// As `Dev`, for a folder in which the Rust tests were built.
    WithTests,
    Release,
}

impl Profile {
    /// The profile for `--release` or its absence.
    pub fn of(release: bool) -> Self {
        if release { Self::Release } else { Self::Dev }
    }

    /// The tests' own programs turn on features of dependencies; building everything at once builds those only once.
    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Dev => &[],
            Self::WithTests => &["--tests"],
            Self::Release => &["--release"],
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Dev | Self::WithTests => "debug",
            Self::Release => "release",
        }
    }
}

/// The folder with `deskside`, `deskside-relay` and `deskside-agent`.
pub struct Binaries(PathBuf);

impl Binaries {
    pub fn folder(&self) -> &Path {
        &self.0
    }

    pub fn portal(&self) -> PathBuf {
        self.0.join("deskside")
    }

    pub fn agent(&self) -> PathBuf {
        self.0.join("deskside-agent")
    }
}

/// Builds all three.
pub fn build(places: &Places, profile: Profile) -> Result<Binaries> {
    tools::require_nasm()?;
    step("Building portal, relay and agent", || {
        let mut cargo = cargo(places)?;
        run(cargo.args(["build", "--workspace", "--bins"]).args(profile.flags()))
    })?;
    Ok(Binaries(places.target.join(profile.folder())))
}

/// This machine's cargo, in the checkout, with everything that the build scripts need.
pub fn cargo(places: &Places) -> Result<Command> {
    let mut cargo = cargo_command("cargo");
    cargo.current_dir(&places.root).envs(environment(places)?);
    Ok(cargo)
}

/// The variables that a build needs.
pub fn environment(places: &Places) -> Result<Vec<(&'static str, PathBuf)>> {
    Ok(vec![
        ("CARGO_TARGET_DIR", places.target.clone()),
        ("CMAKE", tools::cmake(places)?),
    ])
}

/// Prints them for `eval`.
pub fn print_environment(places: &Places) -> Result<()> {
    for (name, value) in environment(places)? {
        println!("export {name}='{}'", value.display());
    }
    Ok(())
}
