//! The window process of one session, as the agent sees it.
//!
//! Invariant: the child never outlives its [`Window`], and its end is always told, except when we asked for it.

pub(super) mod console;

use super::words::{self, FromWindow, LINE_BYTES, ToWindow};
use futures_util::StreamExt;
use std::{path::PathBuf, process::Stdio, time::Duration};
use tokio::{
    io::AsyncWriteExt,
    process::{Child, ChildStdin, Command},
    sync::mpsc,
    time::timeout,
};
use tokio_util::codec::{FramedRead, LinesCodec};

/// Lines that wait for the child. It reads at once; a full queue means that it hangs.
const QUEUE: usize = 128;
/// How long the child may take to close its windows.
const CLOSING: Duration = Duration::from_millis(700);

/// What a window process tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Told {
    Said(FromWindow),
    /// It ended before anything was on the screen.
    NeverShown,
    /// It ended after something was.
    Gone,
}

/// A running window process. Dropping it closes the windows.
#[derive(Debug)]
pub struct Window {
    lines: mpsc::Sender<ToWindow>,
}

/// How window processes are started.
#[derive(Clone, Debug)]
pub struct Starter {
    program: PathBuf,
}

impl Starter {
    /// `program` is this very executable.
    pub fn new(program: PathBuf) -> Self {
        Self { program }
    }

    /// Starts a window process; what it tells comes through `told`, wrapped by `wrap`.
    pub fn open<T: Send + 'static>(
        &self,
        told: mpsc::Sender<T>,
        wrap: impl Fn(Told) -> T + Send + Sync + 'static,
    ) -> Window {
        let (lines, queue) = mpsc::channel(QUEUE);
        let mut command = Command::new(&self.program);
        command
            .arg("ui")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true);
        console::hide(command.as_std_mut());
        tokio::spawn(async move {
            let end = match command.spawn() {
                Ok(child) => talk(child, queue, &told, &wrap).await,
                Err(error) => {
                    tracing::warn!("the window process cannot be started: {error}");
                    Some(Told::NeverShown)
                }
            };
            if let Some(end) = end {
                let _ = told.send(wrap(end)).await;
            }
        });
        Window { lines }
    }
}

impl Window {
    /// Asks the windows to show something.
    pub fn show(&self, what: ToWindow) {
        if self.lines.try_send(what).is_err() {
            tracing::warn!("a window process does not take what it should show");
        }
    }
}

/// Runs until the child ends or nobody holds its window any longer; the latter gives `None`.
async fn talk<T>(
    mut child: Child,
    mut queue: mpsc::Receiver<ToWindow>,
    told: &mpsc::Sender<T>,
    wrap: &(impl Fn(Told) -> T + Sync),
) -> Option<Told> {
    let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Some(Told::NeverShown);
    };
    let mut said = FramedRead::new(stdout, LinesCodec::new_with_max_length(LINE_BYTES));
    let mut shown = false;
    loop {
        tokio::select! {
            line = said.next() => {
                let Some(Ok(line)) = line else { break };
                match words::read(&line) {
                    Ok(value) => {
                        shown |= value == FromWindow::Shown;
                        let _ = told.send(wrap(Told::Said(value))).await;
                    }
                    Err(error) => tracing::warn!("a window process said something odd: {error}"),
                }
            }
            what = queue.recv() => match what {
                // A child that no longer reads is noticed by the end of its output.
                Some(what) => { let _ = stdin.write_all(words::line(&what).as_bytes()).await; }
                None => {
                    close(child, stdin).await;
                    return None;
                }
            },
        }
    }
    let _ = child.kill().await;
    Some(if shown { Told::Gone } else { Told::NeverShown })
}

async fn close(mut child: Child, mut stdin: ChildStdin) {
    let _ = stdin.write_all(words::line(&ToWindow::Close).as_bytes()).await;
    drop(stdin);
    if timeout(CLOSING, child.wait()).await.is_err() {
        let _ = child.kill().await;
    }
}
