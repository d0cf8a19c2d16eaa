//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::{env, path::PathBuf};

/// The Deskside agent: lets a helpdesk see and control this computer, when the person at it agrees.
#[derive(Debug, Parser)]
#[command(name = "deskside-agent", version, about)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make this computer a device of a portal. Needs a token from the portal's page Devices.
    Enrol(Enrol),
    /// Stay connected to the portal until interrupted.
    Run(Run),
    /// The windows of one session; started by `run`.
    #[command(hide = true)]
    Ui,
    /// The dialog for a file or a folder; started by `ui`.
    #[command(hide = true)]
    Choose { what: Choose },
}

/// What a dialog is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Choose {
    File,
    Folder,
}

impl Choose {
    /// As the command line has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Folder => "folder",
        }
    }
}

#[derive(Debug, Args)]
pub struct Enrol {
    /// Address of the portal, such as `https://help.example.org`
    #[arg(long)]
    pub server: String,
    /// Enrolment token; single use
    #[arg(long, allow_hyphen_values = true)]
    pub token: String,
    /// Name of the device in the portal [default: the computer's name]
    #[arg(long)]
    pub name: Option<String>,
    /// PEM file of the certificate authority of the portal, if it is a private one
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Give up an earlier enrolment
    #[arg(long)]
    pub replace: bool,
    #[command(flatten)]
    pub state: State,
}

#[derive(Debug, Args)]
pub struct Run {
    /// Never ask on this computer: the owner answers in the portal alone
    #[arg(long, value_name = "WHEN", default_value = "never", default_missing_value = "always", num_args = 0..=1)]
    pub no_prompt_window: NoPromptWindow,
    #[command(flatten)]
    pub state: State,
}

/// When the prompt is left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum NoPromptWindow {
    Never,
    Always,
}

#[derive(Debug, Args)]
pub struct State {
    /// Folder that keeps the identity [default: the user's state folder]
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
}

impl State {
    /// The folder given, or the user's own; `None` when the system names none.
    pub fn folder(self) -> Option<PathBuf> {
        self.state
            .or_else(|| default_folder(|name| env::var_os(name).map(PathBuf::from)))
    }
}

fn default_folder(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let absolute = |name| variable(name).filter(|path| path.is_absolute());
    if cfg!(windows) {
        return absolute("LOCALAPPDATA").map(|folder| folder.join("Deskside"));
    }
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")));
    state.map(|folder| folder.join("deskside-agent"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_prompt_is_shown_unless_it_is_switched_off() {
        let parse = |args: &[&str]| match Cli::parse_from(args).command {
            Command::Run(run) => run.no_prompt_window,
            _ => unreachable!("the arguments say run"),
        };
        assert_eq!(parse(&["deskside-agent", "run"]), NoPromptWindow::Never);
        assert_eq!(
            parse(&["deskside-agent", "run", "--no-prompt-window", "never"]),
            NoPromptWindow::Never
        );
        assert_eq!(
            parse(&["deskside-agent", "run", "--no-prompt-window"]),
            NoPromptWindow::Always
        );
    }

    #[test]
    fn the_dialogs_are_started_with_the_words_that_are_read() {
        for choose in [Choose::File, Choose::Folder] {
            let cli = Cli::parse_from(["deskside-agent", "choose", choose.word()]);
            assert!(matches!(cli.command, Command::Choose { what } if what == choose));
        }
    }

    #[cfg(not(windows))]
    #[test]
    fn the_state_lies_where_the_user_keeps_it() {
        let folder = |set: &[(&str, &str)]| {
            default_folder(|name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
        };
        assert_eq!(
            folder(&[("HOME", "/h"), ("XDG_STATE_HOME", "/x")]),
            Some("/x/deskside-agent".into())
        );
        assert_eq!(
            folder(&[("HOME", "/h"), ("XDG_STATE_HOME", "x")]),
            Some("/h/.local/state/deskside-agent".into())
        );
        assert_eq!(folder(&[]), None);
    }
}
