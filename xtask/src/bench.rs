//! `make bench`: from key press to pixel, measured in the browser on released binaries, which bring their own site.
//! `make bench-portal`: the portal's own time with a large database.

use crate::{
    assets, binaries,
    places::Places,
    postgres::{self, Cluster},
    step::{run, step},
    tools,
};
use anyhow::Result;
use std::process::Command;

/// Builds with optimisation and measures. The numbers go to the terminal and to `bench.json` in the target folder.
pub fn run_scenes(places: &Places, quick: bool) -> Result<()> {
    assets::build(places)?;
    let binaries = binaries::build(places, binaries::Profile::Release)?;
    tools::npm_packages(places, "end2end")?;
    let result = places.target.join("bench.json");
    step("Measuring", || {
        run(Command::new("node_modules/.bin/playwright")
            .args(["test", "--config", "bench/playwright.config.ts"])
            .current_dir(places.root.join("end2end"))
            .env("DESKSIDE_BINARIES", binaries.folder())
            .env("DESKSIDE_SITE", "")
            .env("DESKSIDE_BENCH_RESULT", &result)
            .env("DESKSIDE_BENCH_QUICK", if quick { "1" } else { "" }))
    })?;
    eprintln!("  {}", result.display());
    Ok(())
}

/// Builds with optimisation and measures the portal on both engines. The numbers go to the terminal.
pub fn run_portal(places: &Places) -> Result<()> {
    tools::require_nasm()?;
    let cluster = step("Starting PostgreSQL", Cluster::start)?;
    run(binaries::cargo(places)?
        .args(["bench", "--quiet", "-p", "deskside", "--bench", "portal"])
        .env(postgres::VARIABLE, cluster.url()))
}
