//! `make run`: the whole product on this machine, with a desktop to assist on.
//!
//! Invariant: everything started here stops with it; data stays in `.deskside` for the next time.

mod agent;
mod desktop;
mod portal;
mod ports;

use crate::{
    assets, binaries,
    places::Places,
    running::Running,
    step::{say, step},
};
use anyhow::{Context, Result, bail};
use std::{
    fs::{self, File},
    sync::mpsc::{self, RecvTimeoutError},
    time::Duration,
};

/// The device that the employee of the demo sits at.
const DEVICE: &str = "emma-desktop";
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Builds and starts everything, and waits for Ctrl-C.
pub fn run(places: &Places) -> Result<()> {
    let (stop, stopped) = mpsc::channel();
    assets::build(places)?;
    let binaries = binaries::build(places, binaries::Profile::Dev)?;
    ctrlc::set_handler(move || {
        // Nobody listens any more when everything is being stopped already.
        let _ = stop.send(());
    })
    .context("cannot listen for Ctrl-C")?;

    let folder = places.root.join(".deskside");
    fs::create_dir_all(&folder)?;
    let lock = File::create(folder.join("lock"))?;
    if lock.try_lock().is_err() {
        bail!(
            "it runs already, with its data in {}; stop that one first",
            folder.display()
        );
    }

    let mut portal = step("Starting the portal", || portal::start(places, &binaries, &folder))?;
    let mut desktop = step("Starting a virtual desktop", || desktop::start(&folder))?;
    let mut agent = step("Starting the agent on it", || {
        agent::start(&binaries, &folder, &portal, &desktop)
    })?;
    print_welcome(&portal.url, &desktop.display);

    let ended = wait(&stopped, &mut [&mut agent, &mut portal.program, &mut desktop.server]);
    say("Stopping everything");
    // Dropped in this order: the agent says goodbye to a portal that still listens.
    drop(agent);
    drop(portal);
    ended
}

/// Returns when Ctrl-C was pressed or a program ended by itself.
fn wait(stopped: &mpsc::Receiver<()>, programs: &mut [&mut Running]) -> Result<()> {
    loop {
        match stopped.recv_timeout(LOOK_EVERY) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
        for program in programs.iter_mut() {
            if let Some(status) = program.ended()? {
                bail!(
                    "{} ended with {status}; its last words:\n{}",
                    program.name(),
                    program.last_words()
                );
            }
        }
    }
}

fn print_welcome(url: &str, display: &str) {
    println!(
        "
  Deskside runs at  \x1b[1;4m{url}\x1b[0m

      emma    employee         her computer is \"{DEVICE}\" (display {display})
      oscar   operator
      ada     administrator    password of all three: \x1b[1m{password}\x1b[0m

  Play both sides in two browser windows (one of them private):
    1. as emma:   My requests → New request → File request
    2. as oscar:  Requests → open it → Claim → Launch
    3. as emma:   the request's page asks; Accept
    4. as oscar:  you see and control her desktop. Type, chat, End session.
  The e-mails that went out are under Mail.

  Ctrl-C stops everything. Data stays in .deskside; remove that folder to begin anew.
",
        password = portal::PASSWORD,
    );
}
