//! `make test`: every test, and a count at the end.

use crate::{
    agent_windows, assets, binaries,
    places::Places,
    postgres::{self, Cluster},
    step::{output_of, say, step},
    tools,
};
use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use std::{
    env, fs,
    io::{BufRead, BufReader},
    process::Command,
    time::Instant,
};

/// A step of the tests.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Unit, store and protocol tests.
    Rust,
    /// The browser part builds.
    Assets,
    /// deskside-agent.exe builds.
    Windows,
    /// Browser, portal, relay, agent and desktops together.
    E2e,
}

/// How many tests there were.
#[derive(Default, Debug, PartialEq, Eq)]
struct Count {
    passed: u64,
    skipped: u64,
}

/// Runs the parts (all when none is named), in the order in which they build on each other.
pub fn parts(places: &Places, only: &[Part]) -> Result<()> {
    let wanted = |part| only.is_empty() || only.contains(&part);
    let start = Instant::now();
    let mut told = Vec::new();
    let cluster = match env::var(postgres::VARIABLE) {
        Ok(url) => Err(url),
        Err(_) => Ok(step("Starting PostgreSQL", Cluster::start)?),
    };
    let postgres = cluster
        .as_ref()
        .map_or_else(String::clone, |cluster| cluster.url().to_owned());
    if wanted(Part::Rust) {
        let count = step("Rust tests", || rust(places, &postgres))?;
        told.push(format!("{} Rust tests passed, {} skipped", count.passed, count.skipped));
    }
    if wanted(Part::Assets) || wanted(Part::E2e) {
        assets::build(places)?;
    }
    if wanted(Part::Windows) || wanted(Part::E2e) {
        agent_windows::build(places)?;
    }
    if wanted(Part::E2e) {
        let count = step("Browser tests", || end_to_end(places, &postgres))?;
        told.push(format!(
            "{} browser tests passed, {} skipped",
            count.passed, count.skipped
        ));
    }
    say(&format!(
        "All good: {} ({:.1} minutes)",
        told.join("; "),
        start.elapsed().as_secs_f32() / 60.0
    ));
    Ok(())
}

fn rust(places: &Places, postgres: &str) -> Result<Count> {
    tools::require_nasm()?;
    let has_nextest = output_of(Command::new("cargo").args(["nextest", "--version"])).is_ok();
    let verb: &[&str] = if has_nextest {
        &["nextest", "run"]
    } else {
        &["test", "--lib", "--bins", "--tests"]
    };
    let mut cargo = binaries::cargo(places)?;
    cargo
        .args(verb)
        .args(["--workspace", "--no-fail-fast"])
        .env(postgres::VARIABLE, postgres);
    let count = run_counting(cargo)?;
    let mut documented = binaries::cargo(places)?;
    documented.args(["test", "--quiet", "--workspace", "--doc"]);
    let examples = run_counting(documented)?;
    Ok(Count {
        passed: count.passed + examples.passed,
        skipped: count.skipped + examples.skipped,
    })
}

/// Runs a test program, passing on what it says and counting in it.
fn run_counting(mut command: Command) -> Result<Count> {
    let (reader, writer) = std::io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn().context("cannot start the tests")?;
    // The command holds the pipe's other end.
    drop(command);
    let mut count = Count::default();
    for line in BufReader::new(reader).lines() {
        let line = line?;
        eprintln!("{line}");
        if let Some(more) = count_in(&line) {
            count = Count {
                passed: count.passed + more.passed,
                skipped: count.skipped + more.skipped,
            };
        }
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("tests failed ({status})");
    }
    Ok(count)
}

/// Reads the summary lines of cargo-nextest and of cargo test.
fn count_in(line: &str) -> Option<Count> {
    let line = line.trim();
    let numbers = match line.strip_prefix("Summary ") {
        Some(summary) => summary.split_once("tests run:")?.1,
        None => line.strip_prefix("test result: ")?,
    };
    let before = |word: &str| {
        let words: Vec<&str> = numbers
            .split([' ', ';', ',', '.'])
            .filter(|word| !word.is_empty())
            .collect();
        words
            .windows(2)
            .find(|pair| pair[1] == word)
            .and_then(|pair| pair[0].parse().ok())
    };
    Some(Count {
        passed: before("passed")?,
        skipped: before("skipped").or_else(|| before("ignored")).unwrap_or(0),
    })
}

fn end_to_end(places: &Places, postgres: &str) -> Result<Count> {
    let binaries = binaries::build(places, binaries::Profile::WithTests)?;
    tools::npm_packages(places, "end2end")?;
    let report = places.target.join("end2end.json");
    let status = Command::new("node_modules/.bin/playwright")
        .arg("test")
        .args(env::var("E2E").unwrap_or_default().split_whitespace())
        .current_dir(places.root.join("end2end"))
        .env(postgres::VARIABLE, postgres)
        .env("DESKSIDE_BINARIES", binaries.folder())
        .env("DESKSIDE_SITE", places.site())
        .env("DESKSIDE_AGENT_EXE", agent_windows::path(places))
        .env("PLAYWRIGHT_JSON_OUTPUT_FILE", &report)
        .status()
        .context("cannot start Playwright")?;
    if !status.success() {
        bail!("browser tests failed ({status}); traces lie in end2end/test-results");
    }
    let report: serde_json::Value = serde_json::from_slice(&fs::read(report)?)?;
    let number = |name: &str| report["stats"][name].as_u64().unwrap_or(0);
    if number("flaky") > 0 {
        bail!("{} browser tests passed only the second time", number("flaky"));
    }
    Ok(Count {
        passed: number("expected"),
        skipped: number("skipped"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summaries_of_both_test_runners_are_understood() {
        let nextest = "     Summary [   1.043s] 41 tests run: 41 passed (2 slow), 3 skipped";
        assert_eq!(count_in(nextest), Some(Count { passed: 41, skipped: 3 }));
        let cargo = "test result: ok. 7 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(count_in(cargo), Some(Count { passed: 7, skipped: 1 }));
        assert_eq!(count_in("   Compiling deskside v0.1.0"), None);
    }
}
