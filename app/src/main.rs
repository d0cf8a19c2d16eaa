//! The `deskside` program.

mod cli;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("deskside: {error:#}");
            ExitCode::FAILURE
        }
    }
}
