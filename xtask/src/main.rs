//! Build steps that cargo alone cannot do. People type `make …`; make types `xtask …`.
//!
//! Invariant: every step does nothing when nothing changed, asks nothing, and writes only below the cache folder, the
//! checkout's ignored folders and `.deskside`.

mod agent_windows;
mod assets;
mod bench;
mod binaries;
mod check;
mod demo;
mod places;
mod postgres;
mod running;
mod stamp;
mod step;
mod targets;
mod test;
mod tools;
mod words;

use anyhow::Result;
use clap::{Parser, Subcommand};
use places::Places;
use std::process::ExitCode;

#[derive(Parser)]
#[command(about = "Build steps that cargo alone cannot do")]
struct Arguments {
    #[command(subcommand)]
    step: Step,
}

#[derive(Subcommand)]
enum Step {
    /// The browser part: script, WebAssembly, style.
    Assets,
    /// The browser part and the binaries for this machine.
    Build {
        /// With optimisation, as released.
        #[arg(long)]
        release: bool,
    },
    /// deskside-agent.exe
    AgentWindows {
        /// Only let the compiler look at it.
        #[arg(long)]
        check: bool,
    },
    /// The whole product with demo accounts and a virtual desktop to assist on; Ctrl-C stops it.
    Run,
    /// Every test. Words narrow it to steps: rust, assets, windows, e2e.
    Test { only: Vec<test::Part> },
    /// From key press to pixel, measured in the browser.
    Bench {
        /// Only the still and typing scenes at one size.
        #[arg(long)]
        quick: bool,
    },
    /// The portal's own time, with a large database on both engines.
    BenchPortal,
    /// Format, lints, documentation, licences.
    Check,
    /// Takes new sentences into the catalogues of translations.
    Words,
    /// Prints the variables that plain `cargo` needs, for a shell's `eval`.
    Env,
}

fn main() -> ExitCode {
    match run(Arguments::parse().step) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\x1b[1;31m✘\x1b[0m {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(step: Step) -> Result<()> {
    let places = Places::find()?;
    match step {
        Step::Assets => assets::build(&places),
        Step::Build { release } => {
            assets::build(&places)?;
            binaries::build(&places, binaries::Profile::of(release)).map(drop)
        }
        Step::AgentWindows { check: true } => agent_windows::check(&places),
        Step::AgentWindows { check: false } => {
            let exe = agent_windows::build(&places)?;
            println!("{}", exe.display());
            Ok(())
        }
        Step::Run => demo::run(&places),
        Step::Test { only } => test::parts(&places, &only),
        Step::Bench { quick } => bench::run_scenes(&places, quick),
        Step::BenchPortal => bench::run_portal(&places),
        Step::Check => check::all(&places),
        Step::Words => words::collect(&places),
        Step::Env => binaries::print_environment(&places),
    }
}
