use super::{
    courier::{Courier, Out, Rules},
    desk::{Desk, FileChannel, Order, channel},
    scratch::Scratch,
};
use crate::ui::words::{FileAnswer, ToWindow};
use deskside_protocol::{
    ids::{SessionId, TransferId},
    report::Event,
    transfer::{Due, FileMessage, FileOffer, FilePolicy, FileResult, Receiving, Sending, Step},
};
use std::{fs, time::Duration};
use tokio::{sync::mpsc, time::timeout};
use uuid::Uuid;

const SOON: Duration = Duration::from_secs(10);

fn desk(folder: &Scratch) -> (Desk, mpsc::Receiver<Out>) {
    let rules = Rules {
        session: SessionId(Uuid::nil()),
        operator: "Oscar".into(),
        policy: FilePolicy::default(),
        to_device: true,
        to_assistant: true,
    };
    let (told, telling) = mpsc::channel(256);
    let courier = Courier::new(rules, Some(folder.path().join("in")));
    (Desk::open(courier, told, |out| out), telling)
}

fn connect(desk: &Desk) -> FileChannel {
    let (line, browser) = channel();
    desk.tell(Order::Connect(line));
    browser
}

async fn heard(browser: &mut FileChannel) -> FileMessage {
    timeout(SOON, browser.outgoing.recv())
        .await
        .expect("in time")
        .expect("a live desk")
}

async fn reported(telling: &mut mpsc::Receiver<Out>) -> FileResult {
    loop {
        let out = timeout(SOON, telling.recv())
            .await
            .expect("in time")
            .expect("a live desk");
        if let Out::Report(Event::File { result, .. }) = out {
            return result;
        }
    }
}

/// Sends until `stop_at` bytes are acknowledged, or to the end.
async fn send(browser: &mut FileChannel, sending: &mut Sending, content: &[u8], stop_at: u64) {
    let offer = sending.connect().expect("an offer");
    browser.incoming.send(offer).await.expect("a live desk");
    while sending.result().is_none() && sending.progress() < stop_at {
        match sending.due() {
            Due::Read { offset, length } => {
                let at = offset as usize;
                let chunk = sending
                    .chunk(offset, content[at..at + length].to_vec())
                    .expect("a chunk");
                browser.incoming.send(chunk).await.expect("a live desk");
            }
            Due::Say(message) => browser.incoming.send(message).await.expect("a live desk"),
            Due::Wait => {
                let message = heard(browser).await;
                sending.take(&message);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_to_the_device_survives_the_loss_of_its_connection() {
    let folder = Scratch::new();
    let (desk, mut telling) = desk(&folder);
    let content: Vec<u8> = (0..1_000_000u32).map(|at| (at * 31) as u8).collect();
    let id = TransferId(Uuid::from_u128(1));
    let mut sending = Sending::new(FileOffer {
        id,
        name: "large.bin".into(),
        size: content.len() as u64,
        modified: 3,
    });
    let mut browser = connect(&desk);
    let answer = async {
        let asked = timeout(SOON, telling.recv()).await.expect("in time");
        assert!(
            matches!(asked, Some(Out::Show(ToWindow::FileOffer { .. }))),
            "{asked:?}"
        );
        desk.tell(Order::Answer(id, FileAnswer::Save { folder: None }));
    };
    tokio::join!(send(&mut browser, &mut sending, &content, 400_000), answer);
    drop(browser);
    sending.disconnect();
    let mut browser = connect(&desk);
    send(&mut browser, &mut sending, &content, u64::MAX).await;
    assert_eq!(sending.result(), Some(FileResult::Sent));
    assert_eq!(reported(&mut telling).await, FileResult::Sent);
    assert!(fs::read(folder.path().join("in/large.bin")).unwrap() == content);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_the_device_arrives_whole() {
    let folder = Scratch::new();
    let (desk, mut telling) = desk(&folder);
    let content: Vec<u8> = (0..700_000u32).map(|at| (at * 7) as u8).collect();
    let path = folder.path().join("log.txt");
    fs::write(&path, &content).unwrap();
    let mut browser = connect(&desk);
    desk.tell(Order::Send(path));
    let FileMessage::Offer(offer) = heard(&mut browser).await else {
        panic!("no offer")
    };
    let mut receiving = Receiving::new(offer, &FilePolicy::default());
    let mut arrived = Vec::new();
    let mut say = receiving.accept();
    while receiving.result().is_none() {
        if let Some(message) = say.take() {
            browser.incoming.send(message).await.expect("a live desk");
        }
        say = match receiving.take(heard(&mut browser).await) {
            Step::Nothing => None,
            Step::Say(message) => Some(message),
            Step::Write(bytes) => {
                arrived.extend_from_slice(&bytes);
                Some(receiving.wrote(&bytes))
            }
            Step::Finish => receiving.finished(),
        };
    }
    browser
        .incoming
        .send(say.expect("a verdict"))
        .await
        .expect("a live desk");
    assert!(arrived == content);
    assert_eq!(reported(&mut telling).await, FileResult::Sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_is_closed_reports_what_was_under_way() {
    let folder = Scratch::new();
    let (desk, mut telling) = desk(&folder);
    let path = folder.path().join("log.txt");
    fs::write(&path, "hello").unwrap();
    let mut browser = connect(&desk);
    desk.tell(Order::Send(path));
    heard(&mut browser).await;
    drop(desk);
    assert!(matches!(reported(&mut telling).await, FileResult::Cancelled(_)));
}
