//! The window process itself: lines on standard input become windows, what the person does becomes lines on standard
//! output.
//!
//! Invariant: it ends as soon as its input ends, so that nothing stays on the screen after the agent.

mod bar;
mod button;
mod chat;
mod files;
mod notice;
mod offer;
mod prompt;
mod text;
mod theme;

use super::words::{self, FromWindow, LINE_BYTES, ToWindow};
use bar::Bar;
use chat::Chat;
use files::Files;
use fltk::app;
use notice::Notice;
use offer::Offer;
use prompt::Prompt;
use std::{
    cell::RefCell,
    io::{self, BufRead, BufReader, Read, Write},
    process::ExitCode,
    rc::Rc,
    sync::mpsc::{Sender, TryRecvError, channel},
    thread,
    time::Duration,
};
use theme::Theme;

/// How often countdowns are drawn anew.
const TICK: Duration = Duration::from_millis(200);

/// What one of the windows did.
type Tell = Rc<dyn Fn(FromWindow)>;

/// Runs the windows until standard input ends or says so.
pub fn run() -> ExitCode {
    let (lines, queue) = channel();
    let app = app::App::default();
    thread::spawn(move || read(BufReader::new(io::stdin()), &lines));
    let mut windows = Windows::new(Theme::of_this_system());
    loop {
        loop {
            match queue.try_recv() {
                Ok(ToWindow::Close) | Err(TryRecvError::Disconnected) => return ExitCode::SUCCESS,
                Ok(what) => windows.show(what),
                Err(TryRecvError::Empty) => break,
            }
        }
        windows.tick();
        let _ = app::wait_for(TICK.as_secs_f64());
        let _ = &app;
    }
}

fn read(mut input: impl BufRead, lines: &Sender<ToWindow>) {
    loop {
        let mut line = String::new();
        match input.by_ref().take(LINE_BYTES as u64 + 2).read_line(&mut line) {
            Ok(0) | Err(_) => break,
            Ok(_) => match words::read(line.trim_end()) {
                Ok(what) => {
                    if lines.send(what).is_err() {
                        break;
                    }
                }
                Err(error) => {
                    eprintln!("{error}");
                    break;
                }
            },
        }
        app::awake();
    }
    let _ = lines.send(ToWindow::Close);
    app::awake();
}

struct Windows {
    theme: Theme,
    tell: Tell,
    prompt: Option<Prompt>,
    bar: Option<Bar>,
    notice: Option<Notice>,
    chat: Rc<RefCell<Option<Chat>>>,
    offers: Vec<Offer>,
    files: Option<Files>,
    told_shown: bool,
}

impl Windows {
    fn new(theme: Theme) -> Self {
        let tell: Tell = Rc::new(|what| {
            let mut out = io::stdout().lock();
            // A parent that is gone ends our input too.
            let _ = out.write_all(words::line(&what).as_bytes()).and_then(|()| out.flush());
        });
        Self {
            theme,
            tell,
            prompt: None,
            bar: None,
            notice: None,
            chat: Rc::default(),
            offers: Vec::new(),
            files: None,
            told_shown: false,
        }
    }

    fn show(&mut self, what: ToWindow) {
        match what {
            ToWindow::Prompt { about, seconds } => {
                self.prompt = Some(Prompt::open(&self.theme, &about, seconds, &self.tell))
            }
            ToWindow::Bar { about, state } => {
                self.prompt = None;
                if let Some(bar) = &mut self.bar {
                    bar.update(state);
                    return;
                }
                let (theme, tell, chat) = (self.theme, self.tell.clone(), self.chat.clone());
                let operator = about.operator.clone();
                let open_chat = move || {
                    chat.borrow_mut()
                        .get_or_insert_with(|| Chat::open(&theme, &operator, &tell))
                        .raise();
                };
                self.bar = Some(Bar::open(&self.theme, &about, state, &self.tell, open_chat));
            }
            ToWindow::Chat { from, text, .. } => {
                let mut chat = self.chat.borrow_mut();
                let chat = chat.get_or_insert_with(|| Chat::open(&self.theme, &from, &self.tell));
                chat.add(&from, &text);
                chat.reveal();
            }
            ToWindow::Notice { notice } => self.notice = Some(Notice::open(&self.theme, &notice, &self.tell)),
            ToWindow::FileOffer {
                id,
                operator,
                name,
                size,
                folder,
                seconds,
            } => {
                let content = offer::Content {
                    id,
                    operator,
                    name,
                    size,
                    folder,
                    seconds,
                };
                self.offers.push(Offer::open(&self.theme, content, &self.tell));
            }
            ToWindow::FileGone { id } => self.offers.retain(|offer| offer.id() != id),
            ToWindow::Files { lines } => {
                let files = self.files.get_or_insert_with(|| Files::new(&self.theme, &self.tell));
                files.set(lines);
            }
            ToWindow::Close => {}
        }
    }

    fn tick(&mut self) {
        if let Some(prompt) = &mut self.prompt {
            prompt.tick();
        }
        self.offers.iter_mut().for_each(Offer::tick);
        let drawn = self.prompt.as_ref().is_some_and(Prompt::is_drawn)
            || self.bar.as_ref().is_some_and(Bar::is_drawn)
            || self.notice.as_ref().is_some_and(Notice::is_drawn);
        if drawn && !self.told_shown {
            self.told_shown = true;
            (self.tell)(FromWindow::Shown);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::Receiver;

    fn read_all(input: &[u8]) -> Receiver<ToWindow> {
        let (lines, queue) = channel();
        read(input, &lines);
        queue
    }

    #[test]
    fn the_end_of_the_input_closes_the_windows() {
        assert_eq!(read_all(b"").try_iter().collect::<Vec<_>>(), [ToWindow::Close]);
    }

    #[test]
    fn an_unreadable_line_closes_the_windows() {
        let queue = read_all(b"{\"show\":\"dance\"}\n{\"show\":\"close\"}\n");
        assert_eq!(queue.try_iter().count(), 1);
    }

    #[test]
    fn a_line_without_end_is_not_read_beyond_the_limit() {
        let endless = vec![b' '; 10 * LINE_BYTES];
        assert_eq!(read_all(&endless).try_iter().count(), 1);
    }
}
