//! The agent's windows on a real X desktop, used by keyboard.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod screen;

use screen::{Desktop, SOON};
use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

const PROMPT: &str = "Deskside: connection request";
const BAR: &str = "Deskside: session";
const CHAT: &str = "Deskside: chat";
const NOTICE: &str = "Deskside: allowed in advance";
const FILE: &str = "Deskside: file";
const CHOOSER: &str = "Choose a file to send";
const SHOWN: &str = r#"{"event":"shown"}"#;
const ACCEPTED: &str = r#"{"event":"answered","accepted":true}"#;
const DECLINED: &str = r#"{"event":"answered","accepted":false}"#;

/// A window process of the agent.
struct Windows {
    child: Child,
    input: Option<ChildStdin>,
    said: Receiver<String>,
    /// What it says about the questions that are open.
    questions: Receiver<String>,
}

impl Windows {
    fn start(desktop: &Desktop) -> Self {
        Self::spawn(desktop.command(env!("CARGO_BIN_EXE_deskside-agent")))
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command
            .arg("ui")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (line, said) = channel();
        let (question, questions) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            output
                .lines()
                .map_while(Result::ok)
                .try_for_each(|said| match said.contains(r#""event":"questions""#) {
                    true => question.send(said),
                    false => line.send(said),
                })
        });
        Self {
            input: child.stdin.take(),
            child,
            said,
            questions,
        }
    }

    fn show(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{line}").unwrap();
    }

    /// The next line it says.
    fn next(&self) -> String {
        self.said.recv_timeout(SOON).expect("the window process says something")
    }

    fn says_nothing_for(&self, time: Duration) -> bool {
        self.said.recv_timeout(time).is_err()
    }

    /// Closes its input, as the end of the agent would.
    fn hang_up(&mut self) {
        self.input = None;
    }

    /// Waits for its end.
    fn ends(&mut self) -> bool {
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

fn about() -> &'static str {
    r#"{"operator":"Oscar Operator","subject":"Printer","reference":"R-1001","scopes":["view","control","chat"]}"#
}

fn prompt(desktop: &Desktop) -> Windows {
    let mut windows = Windows::start(desktop);
    windows.show(&format!(r#"{{"show":"prompt","about":{},"seconds":30}}"#, about()));
    assert_eq!(windows.next(), SHOWN);
    windows
}

fn bar(desktop: &Desktop) -> Windows {
    let mut windows = Windows::start(desktop);
    windows.show(&format!(r#"{{"show":"bar","about":{},"state":"connected"}}"#, about()));
    assert_eq!(windows.next(), SHOWN);
    windows
}

#[test]
fn alt_a_accepts_and_closes_the_prompt() {
    let desktop = Desktop::open();
    let windows = prompt(&desktop);
    desktop.answer(PROMPT, &["alt+a"]);
    assert_eq!(windows.next(), ACCEPTED);
    desktop.wait_for_none(PROMPT);
}

#[test]
fn alt_d_and_escape_decline() {
    let desktop = Desktop::open();
    for keys in ["alt+d", "Escape"] {
        let windows = prompt(&desktop);
        desktop.answer(PROMPT, &[keys]);
        assert_eq!(windows.next(), DECLINED, "{keys}");
        desktop.wait_for_none(PROMPT);
    }
}

#[test]
fn the_first_button_with_the_focus_is_decline() {
    let desktop = Desktop::open();
    for (keys, answer) in [
        (&["Return"][..], DECLINED),
        (&["Tab", "Return"][..], ACCEPTED),
        (&["Tab", "space"][..], ACCEPTED),
    ] {
        let windows = prompt(&desktop);
        desktop.answer(PROMPT, keys);
        assert_eq!(windows.next(), answer, "{keys:?}");
    }
}

#[test]
fn somebody_who_is_typing_does_not_answer_by_accident() {
    let desktop = Desktop::open();
    // On a busy machine the keys may come too late to be those of somebody who is still typing; then try again.
    for _ in 0..10 {
        let start = Instant::now();
        let windows = prompt(&desktop);
        desktop.keys(&["Return", "space", "alt+a", "Escape"]);
        if start.elapsed() < Duration::from_millis(900) {
            assert!(windows.says_nothing_for(Duration::from_millis(500)));
            return;
        }
    }
    panic!("this machine is too slow to type on");
}

#[test]
fn the_bar_follows_the_prompt_in_the_same_process() {
    let desktop = Desktop::open();
    let mut windows = prompt(&desktop);
    desktop.answer(PROMPT, &["alt+a"]);
    assert_eq!(windows.next(), ACCEPTED);
    windows.show(&format!(r#"{{"show":"bar","about":{},"state":"connecting"}}"#, about()));
    desktop.wait_for(BAR);
}

#[test]
fn stop_is_reached_by_keyboard_and_the_bar_cannot_be_closed() {
    let desktop = Desktop::open();
    let windows = bar(&desktop);
    desktop.press(BAR, &["Escape", "alt+F4"]);
    assert!(windows.says_nothing_for(Duration::from_millis(500)));
    desktop.press(BAR, &["alt+s"]);
    assert_eq!(windows.next(), r#"{"event":"stop"}"#);
}

#[test]
fn chat_opens_from_the_bar_and_sends_what_is_typed() {
    let desktop = Desktop::open();
    let windows = bar(&desktop);
    desktop.press(BAR, &["alt+c"]);
    desktop.wait_for(CHAT);
    desktop.press(CHAT, &[]);
    desktop.type_text("it is fixed");
    desktop.press(CHAT, &["Return"]);
    assert_eq!(windows.next(), r#"{"event":"chat","text":"it is fixed"}"#);
}

#[test]
fn a_message_opens_the_chat() {
    let desktop = Desktop::open();
    let mut windows = bar(&desktop);
    windows.show(r#"{"show":"chat","from":"Oscar","text":"Hello","sent_at":1}"#);
    desktop.wait_for(CHAT);
}

#[test]
fn the_windows_end_with_the_agent() {
    let desktop = Desktop::open();
    let mut windows = prompt(&desktop);
    windows.hang_up();
    assert!(windows.ends());
    assert!(
        windows.says_nothing_for(Duration::from_millis(100)),
        "the end of the agent is no answer"
    );
}

#[test]
fn without_a_display_the_process_ends_before_it_shows_anything() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deskside-agent"));
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    let mut windows = Windows::spawn(command);
    let mut input = format!(r#"{{"show":"prompt","about":{},"seconds":30}}"#, about());
    input.push('\n');
    windows.show(input.trim_end());
    assert!(windows.ends());
    assert!(windows.says_nothing_for(Duration::from_millis(100)));
}

fn notice(desktop: &Desktop) -> Windows {
    let mut windows = Windows::start(desktop);
    windows.show(
        r#"{"show":"notice","notice":{"owner":"Emma Example","subject":"Printer","reference":"R-12","scopes":["view","control"],"windows":[{"starts_at":1795507200000,"ends_at":1795514400000}]}}"#,
    );
    assert_eq!(windows.next(), SHOWN);
    windows
}

#[test]
fn the_notice_of_what_was_allowed_is_closed_or_takes_it_back() {
    let desktop = Desktop::open();
    for (keys, says) in [
        ("alt+t", r#"{"event":"taken_back"}"#),
        ("alt+o", r#"{"event":"read"}"#),
        ("Escape", r#"{"event":"read"}"#),
    ] {
        let windows = notice(&desktop);
        desktop.answer(NOTICE, &[keys]);
        assert_eq!(windows.next(), says);
        desktop.wait_for_none(NOTICE);
    }
}

#[test]
fn a_question_is_told_from_when_it_is_taken_until_it_is_answered() {
    let desktop = Desktop::open();
    let windows = prompt(&desktop);
    let told = || windows.questions.recv_timeout(SOON).unwrap();
    assert_eq!(told(), r#"{"event":"questions","taken":1,"open":true}"#);
    desktop.answer(PROMPT, &["alt+d"]);
    assert_eq!(told(), r#"{"event":"questions","taken":1,"open":false}"#);
}

#[test]
fn stop_works_while_the_dialog_for_files_is_open_and_the_dialog_ends_with_the_session() {
    let desktop = Desktop::open();
    let mut windows = Windows::start(&desktop);
    windows.show(
        r#"{"show":"bar","about":{"operator":"Oscar","subject":"S","reference":"R-1","scopes":["view","receive_files"]},"state":"connected"}"#,
    );
    assert_eq!(windows.next(), SHOWN);
    desktop.press(BAR, &["alt+f"]);
    desktop.wait_for(CHOOSER);
    desktop.press(BAR, &["alt+s"]);
    assert_eq!(windows.next(), r#"{"event":"stop"}"#);
    windows.hang_up();
    desktop.wait_for_none(CHOOSER);
}

#[test]
fn a_second_offer_waits_for_the_first_and_a_double_click_answers_one() {
    let desktop = Desktop::open();
    let mut windows = bar(&desktop);
    let id = |number: u8| format!("00000000-0000-0000-0000-00000000000{number}");
    for number in [1, 2] {
        windows.show(&format!(
            r#"{{"show":"file_offer","id":"{}","operator":"Oscar","name":"a.pdf","size":1,"folder":"/tmp","seconds":60}}"#,
            id(number)
        ));
    }
    desktop.wait_for(FILE);
    thread::sleep(Duration::from_millis(1400));
    desktop.double_click(FILE, (397, 211));
    assert!(windows.next().contains(&id(1)));
    assert!(windows.says_nothing_for(Duration::from_millis(500)));
    desktop.answer(FILE, &["alt+r"]);
    let second = windows.next();
    assert!(second.contains(&id(2)) && second.contains("refuse"), "{second}");
}
