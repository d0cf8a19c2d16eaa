//! The system's dialog for a file or a folder.
//!
//! Invariant: it runs in a process of its own, because it keeps the process that shows it from doing anything else, and
//! Stop has to work while it is open. There is one at a time, and it ends with the process that opened it.

use crate::{
    cli::Choose,
    ui::{process::console, words::LINE_BYTES},
};
use deskside_protocol::ids::TransferId;
use fltk::{
    app,
    dialog::{FileDialogAction, FileDialogType, NativeFileChooser},
};
use std::{
    cell::RefCell,
    env,
    io::{self, BufRead, BufReader, Write},
    process::{Child, Command, ExitCode, Stdio},
    rc::Rc,
    sync::mpsc::{Receiver, TryRecvError, channel},
    thread,
};

/// Opens dialogs, and knows the one that is open.
#[derive(Clone, Default)]
pub struct Chooser {
    open: Rc<RefCell<Option<Open>>>,
}

type Done = Box<dyn FnOnce(Option<String>)>;

struct Open {
    /// The question that it belongs to, if it does.
    offer: Option<TransferId>,
    child: Child,
    answer: Receiver<Option<String>>,
    done: Option<Done>,
}

impl Chooser {
    /// Opens a dialog unless one is open; `done` is called with what was chosen.
    pub fn ask(&self, what: Choose, offer: Option<TransferId>, done: impl FnOnce(Option<String>) + 'static) -> bool {
        let mut open = self.open.borrow_mut();
        if open.is_some() {
            return false;
        }
        match start(what) {
            Ok((child, answer)) => {
                *open = Some(Open {
                    offer,
                    child,
                    answer,
                    done: Some(Box::new(done)),
                });
                true
            }
            Err(error) => {
                eprintln!("the dialog for files cannot be opened: {error}");
                false
            }
        }
    }

    /// True while a dialog is on the screen, or about to be.
    pub fn is_open(&self) -> bool {
        self.open.borrow().is_some()
    }

    /// Passes on what was chosen, if something was.
    pub fn tick(&self) {
        let answer = match self.open.borrow().as_ref().map(|open| open.answer.try_recv()) {
            None | Some(Err(TryRecvError::Empty)) => return,
            Some(Ok(answer)) => answer,
            Some(Err(TryRecvError::Disconnected)) => None,
        };
        // Not borrowed any longer: what is done may ask for another one.
        let open = self.open.borrow_mut().take();
        if let Some(done) = open.and_then(|mut open| open.done.take()) {
            done(answer);
        }
    }

    /// Closes the dialog of a question that is gone.
    pub fn close_of(&self, offer: TransferId) {
        let mut open = self.open.borrow_mut();
        if open.as_ref().is_some_and(|open| open.offer == Some(offer)) {
            *open = None;
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(what: Choose) -> io::Result<(Child, Receiver<Option<String>>)> {
    let mut command = Command::new(env::current_exe()?);
    command
        .args(["choose", what.word()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    console::hide(&mut command);
    let mut child = command.spawn()?;
    let stdout = child.stdout.take();
    let (tell, answer) = channel();
    thread::spawn(move || {
        let chosen = stdout.and_then(|stdout| chosen(BufReader::new(stdout)));
        let _ = tell.send(chosen);
        app::awake();
    });
    Ok((child, answer))
}

/// Reads what a dialog's process says; nothing, if it says anything else.
fn chosen(said: impl BufRead) -> Option<String> {
    let mut line = String::new();
    said.take(LINE_BYTES as u64).read_line(&mut line).ok()?;
    serde_json::from_str::<Option<String>>(line.trim_end())
        .ok()?
        .filter(|path| !path.is_empty())
}

/// The dialog's process: says what was chosen in one line, and ends as soon as its input does.
pub fn run(what: Choose) -> ExitCode {
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(0);
    });
    let _app = app::App::default();
    let (kind, title) = match what {
        Choose::File => (FileDialogType::BrowseFile, "Choose a file to send"),
        Choose::Folder => (FileDialogType::BrowseDir, "Choose a folder"),
    };
    let mut chooser = NativeFileChooser::new(kind);
    chooser.set_title(title);
    let path = match chooser.try_show() {
        Ok(FileDialogAction::Success) => Some(chooser.filename().to_string_lossy().into_owned()),
        _ => None,
    };
    let mut out = io::stdout().lock();
    let line = serde_json::to_string(&path).unwrap_or_default() + "\n";
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_and_everything_else_is_none() {
        assert_eq!(chosen(&b"\"/tmp/\xC3\xA4\\n\"\n"[..]), Some("/tmp/ä\n".into()));
        for said in ["", "null\n", "\"\"\n", "/tmp\n", "{}\n"] {
            assert_eq!(chosen(said.as_bytes()), None, "{said}");
        }
    }

    #[test]
    fn an_endless_line_is_not_read_beyond_the_limit() {
        let path = |length: usize| format!("\"{}\"", "x".repeat(length - 2));
        assert!(chosen(path(LINE_BYTES).as_bytes()).is_some());
        assert!(chosen(path(LINE_BYTES + 1).as_bytes()).is_none());
    }
}
