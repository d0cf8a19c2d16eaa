//! A virtual X desktop with a window manager, for one test; gone when dropped.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, Output, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

/// How long something may take to appear on a busy machine.
pub const SOON: Duration = Duration::from_secs(20);

pub struct Desktop {
    display: String,
    server: Child,
    manager: Option<Child>,
}

impl Desktop {
    /// Needs Xvfb, openbox and xdotool.
    pub fn open() -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts; install xvfb");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap())
            .read_line(&mut number)
            .unwrap();
        let mut desktop = Self {
            display: format!(":{}", number.trim()),
            server,
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

    /// A window that is mapped while the manager starts may never be drawn.
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
        command.env("DISPLAY", &self.display);
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
        for child in self.manager.iter_mut().chain([&mut self.server]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A window process of the agent.
pub struct Windows {
    child: Child,
    input: Option<ChildStdin>,
    said: Receiver<String>,
}

impl Windows {
    pub fn start(desktop: &Desktop) -> Self {
        Self::spawn(desktop.command(env!("CARGO_BIN_EXE_deskside-agent")))
    }

    pub fn spawn(mut command: Command) -> Self {
        let mut child = command
            .arg("ui")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (line, said) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            output
                .lines()
                .map_while(Result::ok)
                .try_for_each(|said| line.send(said))
        });
        Self {
            input: child.stdin.take(),
            child,
            said,
        }
    }

    pub fn show(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{line}").unwrap();
    }

    /// The next line it says.
    pub fn next(&self) -> String {
        self.said.recv_timeout(SOON).expect("the window process says something")
    }

    pub fn says_nothing_for(&self, time: Duration) -> bool {
        self.said.recv_timeout(time).is_err()
    }

    /// Closes its input, as the end of the agent would.
    pub fn hang_up(&mut self) {
        self.input = None;
    }

    /// Waits for its end.
    pub fn ends(&mut self) -> bool {
        let end = Instant::now() + SOON;
        while Instant::now() < end {
            if self.child.try_wait().unwrap().is_some() {
                return true;
            }
            thread::sleep(Duration::from_millis(50));
        }
        false
    }
}

impl Drop for Windows {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
