//! Everything that is not a test and must be clean: format, lints for every target, documentation, licences.

use crate::{
    agent_windows,
    binaries::cargo,
    places::Places,
    step::{run, step},
    targets::{self, WASM},
    tools,
};
use anyhow::Result;
use std::process::Command;

/// Runs all of it, cheapest first.
pub fn all(places: &Places) -> Result<()> {
    step("Format", || run(cargo(places)?.args(["fmt", "--all", "--check"])))?;
    step("Licences, bans and sources", || {
        let deny = tools::cargo_deny(places)?;
        run(Command::new(deny).current_dir(&places.root).args([
            "--log-level",
            "error",
            "check",
            "licenses",
            "bans",
            "sources",
        ]))
    })?;
    step("Lints for this machine", || {
        run(cargo(places)?.args([
            "clippy",
            "--quiet",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]))
    })?;
    step("Lints for the browser", || browser_lints(places))?;
    agent_windows::check(places)?;
    step("Documentation", || {
        run(cargo(places)?
            .args(["doc", "--quiet", "--workspace", "--no-deps", "--document-private-items"])
            // Private items are documented as well, for those who work here.
            .env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private_intra_doc_links"))
    })?;
    step("Types of the browser tests", || {
        tools::npm_packages(places, "end2end")?;
        run(Command::new("node_modules/.bin/tsc")
            .arg("--noEmit")
            .current_dir(places.root.join("end2end")))
    })
}

fn browser_lints(places: &Places) -> Result<()> {
    let compiler = targets::compiler(places, WASM)?;
    let verb = if compiler.is_native() { "clippy" } else { "check" };
    let mut cargo = compiler.cargo();
    cargo.current_dir(&places.root).args([
        verb,
        "--quiet",
        "-p",
        "deskside",
        "--lib",
        "--no-default-features",
        "--features",
        "hydrate",
    ]);
    cargo.args(["--target", WASM]);
    if compiler.is_native() {
        cargo.args(["--", "-D", "warnings"]);
    }
    run(&mut cargo)
}
