//! An X server of a test's own, gone with the value.

use std::{
    io::Read,
    process::{Child, Command, Stdio},
};

/// A running Xvfb.
pub struct Xvfb {
    child: Child,
    /// The display's name, such as `:7`.
    pub display: String,
}

impl Xvfb {
    /// Starts a server with one screen of this size; the server chooses a free number.
    pub fn start(width: u16, height: u16) -> Self {
        let mut child = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-nolisten",
                "tcp",
                "-noreset",
                "-screen",
                "0",
                &format!("{width}x{height}x24"),
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is installed");
        let mut number = String::new();
        let mut byte = [0];
        let mut out = child.stdout.take().expect("piped");
        while out.read_exact(&mut byte).is_ok() && byte[0] != b'\n' {
            number.push(char::from(byte[0]));
        }
        assert!(!number.is_empty(), "Xvfb did not start");
        Self {
            child,
            display: format!(":{number}"),
        }
    }
}

impl Drop for Xvfb {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
