//! The window process itself: lines on standard input become windows, what the person does becomes lines on standard
//! output.
//!
//! Invariant: it ends as soon as its input ends, so that nothing stays on the screen after the agent.

mod bar;
mod button;
mod chat;
mod chooser;
mod files;
mod fresh;
mod notice;
mod offer;
mod prompt;
mod text;
mod theme;

use super::words::{self, FromWindow, LINE_BYTES, ToWindow};
use bar::Bar;
use chat::Chat;
use chooser::Chooser;
use files::Files;
use fltk::app;
use notice::Notice;
use offer::Offer;
use prompt::Prompt;
use std::{
    cell::RefCell,
    collections::VecDeque,
    io::{self, BufRead, BufReader, Read, Write},
    process::ExitCode,
    rc::Rc,
    sync::mpsc::{Sender, TryRecvError, channel},
    thread,
    time::{Duration, Instant},
};
use theme::Theme;

pub use chooser::run as choose;

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
    offer: Option<Offer>,
    /// Offers that wait for the one on the screen.
    offers: VecDeque<offer::Content>,
    chooser: Chooser,
    files: Option<Files>,
    told_shown: bool,
    /// Questions of the agent that were taken.
    taken: u32,
    told_questions: (u32, bool),
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
            offer: None,
            offers: VecDeque::new(),
            chooser: Chooser::default(),
            files: None,
            told_shown: false,
            taken: 0,
            told_questions: (0, false),
        }
    }

    fn show(&mut self, what: ToWindow) {
        if what.asks() {
            self.taken = self.taken.wrapping_add(1);
        }
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
                self.bar = Some(Bar::open(
                    &self.theme,
                    &about,
                    state,
                    &self.tell,
                    &self.chooser,
                    open_chat,
                ));
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
                    asked: Instant::now(),
                };
                self.offers.push_back(content);
                self.next_offer();
            }
            ToWindow::FileGone { id } => {
                self.offers.retain(|offer| offer.id != id);
                if self.offer.as_ref().is_some_and(|offer| offer.id() == id) {
                    self.offer = None;
                }
                self.next_offer();
            }
            ToWindow::Files { lines } => {
                let files = self.files.get_or_insert_with(|| Files::new(&self.theme, &self.tell));
                files.set(lines);
            }
            ToWindow::Close => {}
        }
    }

    /// Opens the next offer unless one is open: the click that answers one cannot answer another.
    fn next_offer(&mut self) {
        if self.offer.as_ref().is_some_and(Offer::is_open) {
            return;
        }
        self.offer = None;
        let next = self.offers.pop_front();
        self.offer = next.map(|content| Offer::open(&self.theme, content, &self.tell, &self.chooser));
    }

    fn tick(&mut self) {
        self.chooser.tick();
        if let Some(prompt) = &mut self.prompt {
            prompt.tick();
        }
        if let Some(notice) = &mut self.notice {
            notice.tick();
        }
        self.next_offer();
        if let Some(offer) = &mut self.offer {
            offer.tick();
        }
        let drawn = self.prompt.as_ref().is_some_and(Prompt::is_drawn)
            || self.bar.as_ref().is_some_and(Bar::is_drawn)
            || self.notice.as_ref().is_some_and(Notice::is_drawn);
        if drawn && !self.told_shown {
            self.told_shown = true;
            (self.tell)(FromWindow::Shown);
        }
        self.tell_questions();
    }

    fn tell_questions(&mut self) {
        let open = self.prompt.as_ref().is_some_and(Prompt::is_open)
            || self.notice.as_ref().is_some_and(Notice::is_open)
            || self.offer.as_ref().is_some_and(Offer::is_open)
            || !self.offers.is_empty()
            || self.chooser.is_open();
        let now = (self.taken, open);
        if now != self.told_questions {
            self.told_questions = now;
            (self.tell)(FromWindow::Questions { taken: now.0, open });
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
