//! A virtual X desktop with a window manager, for one test; gone when dropped.

#[path = "../xserver/xvfb.rs"]
mod xvfb;

use std::{
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};
use xvfb::Xvfb;

/// How long something may take to appear on a busy machine.
pub const SOON: Duration = Duration::from_secs(20);

pub struct Desktop {
    server: Xvfb,
    manager: Option<Child>,
}

impl Desktop {
    /// Needs Xvfb, openbox and xdotool.
    pub fn open() -> Self {
        let mut desktop = Self {
            server: Xvfb::start(1280, 800),
            manager: None,
        };
        let manager = desktop
            .command("openbox")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        desktop.manager = Some(manager.expect("openbox starts; install openbox"));
        desktop.wait_for_manager();
        desktop
    }

    /// The manager gives the keyboard to windows.
    fn wait_for_manager(&self) {
        let end = Instant::now() + SOON;
        while Instant::now() < end {
            if self.xdotool(&["get_num_desktops"]).status.success() {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("the window manager does not start");
    }

    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("DISPLAY", &self.server.display);
        command
    }

    fn xdotool(&self, args: &[&str]) -> Output {
        self.command("xdotool")
            .args(args)
            .output()
            .expect("xdotool starts; install xdotool")
    }

    /// Waits until a window of this title is on the screen.
    pub fn wait_for(&self, title: &str) -> String {
        let end = Instant::now() + SOON;
        while Instant::now() < end {
            let found = self.xdotool(&["search", "--onlyvisible", "--name", &format!("^{title}$")]);
            if let Some(id) = String::from_utf8_lossy(&found.stdout).lines().next() {
                return id.to_owned();
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("no window \"{title}\" on the screen");
    }

    /// Waits until no window of this title is on the screen.
    pub fn wait_for_none(&self, title: &str) {
        let end = Instant::now() + SOON;
        while Instant::now() < end {
            if self
                .xdotool(&["search", "--onlyvisible", "--name", &format!("^{title}$")])
                .stdout
                .is_empty()
            {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("the window \"{title}\" stays on the screen");
    }

    /// Gives the keyboard to a window and presses keys there.
    pub fn press(&self, title: &str, keys: &[&str]) {
        let window = self.wait_for(title);
        self.xdotool(&["windowactivate", "--sync", &window]);
        // FLTK takes the focus with the next event it handles.
        thread::sleep(Duration::from_millis(300));
        self.keys(keys);
    }

    /// As [`Desktop::press`], after the time in which a question takes no answer.
    #[allow(dead_code, reason = "not every test asks something")]
    pub fn answer(&self, title: &str, keys: &[&str]) {
        let window = self.wait_for(title);
        self.xdotool(&["windowactivate", "--sync", &window]);
        thread::sleep(Duration::from_millis(1400));
        self.keys(keys);
    }

    /// Clicks twice in a row at a place in a window.
    #[allow(dead_code, reason = "not every test clicks")]
    pub fn double_click(&self, title: &str, (x, y): (i32, i32)) {
        let window = self.wait_for(title);
        let (x, y) = (x.to_string(), y.to_string());
        self.xdotool(&["mousemove", "--window", &window, &x, &y]);
        self.xdotool(&["click", "--repeat", "2", "--delay", "60", "1"]);
    }

    /// Presses keys wherever the keyboard is.
    pub fn keys(&self, keys: &[&str]) {
        let mut args = vec!["key", "--delay", "40"];
        args.extend(keys);
        self.xdotool(&args);
    }

    pub fn type_text(&self, text: &str) {
        self.xdotool(&["type", "--delay", "40", text]);
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        if let Some(manager) = &mut self.manager {
            let _ = manager.kill();
            let _ = manager.wait();
        }
    }
}
