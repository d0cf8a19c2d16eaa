//! Shell of [`super::refresh`]: one `EventSource`, one alarm.

use super::refresh::{Command, Fetched, Input, Notice, Refresh};
use crate::islands::browser::{Alarm, Listener, Shared, now, shared, window};
use std::{future::Future, rc::Rc};
use web_sys::{EventSource, PageTransitionEvent};

type Say = Box<dyn Fn(Option<&'static str>)>;
type Fetch = Box<dyn Fn(Rc<Watch>)>;

/// Watches topics until it is dropped.
pub struct Watch {
    topics: String,
    refresh: Shared<Refresh>,
    source: Shared<Option<(EventSource, [Listener; 3])>>,
    alarm: Shared<Option<Alarm>>,
    listeners: Shared<Vec<Listener>>,
    fetch: Fetch,
    say: Say,
}

impl Watch {
    /// Calls `fetch` after each change and each gap; `say` with what the reader should know.
    pub fn new<F: Future<Output = Fetched> + 'static>(
        topics: String,
        fetch: impl Fn() -> F + 'static,
        say: impl Fn(Option<&'static str>) + 'static,
    ) -> Rc<Self> {
        let fetch = move |watch: Rc<Self>| {
            let fetching = fetch();
            wasm_bindgen_futures::spawn_local(async move {
                let fetched = fetching.await;
                watch.handle(Input::Fetched(fetched));
            });
        };
        let watch = Rc::new(Self {
            topics,
            refresh: shared(Refresh::new(js_sys::Math::random())),
            source: shared(None),
            alarm: shared(None),
            listeners: shared(Vec::new()),
            fetch: Box::new(fetch),
            say: Box::new(say),
        });
        *watch.alarm.borrow_mut() = Some(Alarm::new(watch.calls(|| Input::Tick)));
        if let Some(document) = window().document() {
            let seen = document.clone();
            let visibility = watch.calls(move || if seen.hidden() { Input::Hidden } else { Input::Shown });
            // A page kept for the back button has lost its connection.
            let mut closed = watch.calls(|| Input::Closed);
            let back = move |event: PageTransitionEvent| {
                if event.persisted() {
                    closed();
                }
            };
            watch.listeners.borrow_mut().extend([
                Listener::plain(&document, "visibilitychange", visibility),
                Listener::new(&window(), "pageshow", back),
            ]);
        }
        watch.handle(Input::Started);
        watch
    }

    /// Watches until the page is left.
    pub fn keep(self: Rc<Self>) {
        std::mem::forget(self);
    }

    fn calls(self: &Rc<Self>, input: impl Fn() -> Input + 'static) -> impl FnMut() + 'static {
        let watch = Rc::downgrade(self);
        move || {
            if let Some(watch) = watch.upgrade() {
                watch.handle(input());
            }
        }
    }

    fn handle(self: &Rc<Self>, input: Input) {
        let commands = self.refresh.borrow_mut().handle(input, now());
        for command in commands {
            match command {
                Command::Connect => self.connect(),
                Command::Disconnect => self.disconnect(),
                Command::Fetch => (self.fetch)(self.clone()),
                Command::Say(notice) => (self.say)(notice.map(Notice::words)),
            }
        }
        let at = self.refresh.borrow().next_timeout();
        if let Some(alarm) = &*self.alarm.borrow() {
            alarm.set(at);
        }
    }

    fn connect(self: &Rc<Self>) {
        self.disconnect();
        let url = ["/live?topics=", &self.topics].concat();
        let Ok(source) = EventSource::new(&url) else { return };
        let listeners = [
            Listener::plain(&source, "open", self.calls(|| Input::Opened)),
            Listener::plain(&source, "change", self.calls(|| Input::Changed)),
            Listener::plain(&source, "error", self.calls(|| Input::Closed)),
        ];
        *self.source.borrow_mut() = Some((source, listeners));
    }

    fn disconnect(&self) {
        // Dropped later: this may run inside one of its own listeners.
        if let Some((source, listeners)) = self.source.borrow_mut().take() {
            source.close();
            wasm_bindgen_futures::spawn_local(async move { drop(listeners) });
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.disconnect();
    }
}
