use super::*;
use std::{io, sync::Mutex};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_log_names_a_chat_message_and_its_session_and_never_its_text() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let session = SessionId(Uuid::from_u128(7));
    let event = Event::Chat {
        session,
        message: MessageId(Uuid::from_u128(8)),
        text: "my password is swordfish".into(),
    };
    tracing::subscriber::with_default(subscriber, || log(&event));
    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(
        logged.contains("chat") && logged.contains(&session.to_string()),
        "{logged}"
    );
    assert!(!logged.contains("swordfish"), "{logged}");
}
