//! The signalling WebSocket of one attempt.

use crate::islands::browser::Listener;
use deskside_protocol::{
    PROTOCOL_VERSION,
    browser::{BrowserToRelay, RelayToBrowser},
    limits::TEXT_FRAME_BYTES,
    signed::Signed,
};
use std::rc::Rc;
use web_sys::{MessageEvent, WebSocket};

/// What arrives; `None`: the connection is over.
pub type Heard = Rc<dyn Fn(Option<RelayToBrowser>)>;

/// A signalling connection. Closed when dropped.
pub struct Signalling {
    socket: WebSocket,
    _listeners: [Listener; 4],
}

impl Signalling {
    /// Connects and joins with the ticket. `None`: the address is not one that the browser connects to.
    pub fn join(url: &str, ticket: Signed, heard: Heard) -> Option<Self> {
        let socket = WebSocket::new(url).ok()?;
        let joining = socket.clone();
        let mut join = Some(BrowserToRelay::Join {
            version: PROTOCOL_VERSION,
            ticket,
        });
        let opened = move || {
            if let Some(join) = join.take() {
                send(&joining, &join);
            }
        };
        let (answering, tell) = (socket.clone(), heard.clone());
        let message = move |event: MessageEvent| match read(&event) {
            Some(RelayToBrowser::Ping) => send(&answering, &BrowserToRelay::Pong),
            heard => tell(heard),
        };
        let (closed, failed) = (heard.clone(), heard);
        let listeners = [
            Listener::plain(&socket, "open", opened),
            Listener::new(&socket, "message", message),
            Listener::plain(&socket, "close", move || closed(None)),
            Listener::plain(&socket, "error", move || failed(None)),
        ];
        Some(Self {
            socket,
            _listeners: listeners,
        })
    }

    pub fn send(&self, message: &BrowserToRelay) {
        send(&self.socket, message);
    }
}

impl Drop for Signalling {
    fn drop(&mut self) {
        let _ = self.socket.close();
    }
}

/// A frame that cannot be read ends the connection.
fn read(event: &MessageEvent) -> Option<RelayToBrowser> {
    let text = event.data().as_string().filter(|text| text.len() <= TEXT_FRAME_BYTES)?;
    serde_json::from_str(&text).ok()
}

fn send(socket: &WebSocket, message: &BrowserToRelay) {
    if let Ok(text) = serde_json::to_string(message) {
        let _ = socket.send_with_str(&text);
    }
}
