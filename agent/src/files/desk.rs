//! Runs the courier of one session in a thread of its own.
//!
//! Invariant: every queue is bounded; while the browser does not take what is said to it, nothing more is read.

use super::courier::{Courier, Out, Rules};
use crate::ui::words::FileAnswer;
use deskside_protocol::{
    ids::TransferId,
    transfer::{CancelFile, FileMessage},
};
use std::{
    collections::VecDeque,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};
use tokio::{runtime::Handle, sync::mpsc};
use uuid::Uuid;

/// Messages between courier and data channel, for each direction.
const MESSAGES: usize = 16;
/// Orders that wait for the courier.
const ORDERS: usize = 64;
/// Messages to the browser that wait before no more is taken from it.
const WAITING: usize = 64;
/// How long an idle courier sleeps at most.
const IDLE: Duration = Duration::from_secs(3600);

/// The courier's end of a connection.
#[derive(Debug)]
pub struct Line {
    incoming: mpsc::Receiver<FileMessage>,
    outgoing: mpsc::Sender<FileMessage>,
}

/// The data channel's end of a connection.
#[derive(Debug)]
pub struct FileChannel {
    pub incoming: mpsc::Sender<FileMessage>,
    pub outgoing: mpsc::Receiver<FileMessage>,
}

/// Both ends of a new connection.
pub fn channel() -> (Line, FileChannel) {
    let (to_courier, incoming) = mpsc::channel(MESSAGES);
    let (outgoing, to_browser) = mpsc::channel(MESSAGES);
    let line = Line { incoming, outgoing };
    let channel = FileChannel {
        incoming: to_courier,
        outgoing: to_browser,
    };
    (line, channel)
}

/// What a courier is told.
#[derive(Debug)]
pub enum Order {
    /// What may be sent from now on.
    Follow(Rules),
    /// Go on over this connection.
    Connect(Line),
    Answer(TransferId, FileAnswer),
    Send(PathBuf),
    Cancel(TransferId),
}

/// A running courier. Dropping it ends all of its transfers, and what there is to report comes still.
#[derive(Debug)]
pub struct Desk {
    orders: mpsc::Sender<Order>,
}

impl Desk {
    /// Starts one; what is to be shown and reported comes through `told`, wrapped by `wrap`.
    pub fn open<T: Send + 'static>(
        courier: Courier,
        told: mpsc::Sender<T>,
        wrap: impl Fn(Out) -> T + Send + 'static,
    ) -> Self {
        let (orders, queue) = mpsc::channel(ORDERS);
        let runtime = Handle::current();
        thread::spawn(move || runtime.block_on(run(courier, queue, told, wrap)));
        Self { orders }
    }

    /// Gives an order.
    pub fn tell(&self, order: Order) {
        if self.orders.try_send(order).is_err() {
            tracing::warn!("the files of a session do not keep up with what is wanted of them");
        }
    }
}

enum What {
    /// `None`: the session is over.
    Order(Option<Order>),
    Message(FileMessage),
    /// The connection is.
    Gone,
    Nothing,
}

async fn run<T>(
    mut courier: Courier,
    mut orders: mpsc::Receiver<Order>,
    told: mpsc::Sender<T>,
    wrap: impl Fn(Out) -> T,
) {
    let mut line: Option<Line> = None;
    let mut waiting = VecDeque::new();
    loop {
        courier.tick(Instant::now());
        for out in courier.take_out() {
            match out {
                Out::Say(message) => waiting.push_back(message),
                other => drop(told.send(wrap(other)).await),
            }
        }
        let wake = courier.next_timeout().unwrap_or_else(|| Instant::now() + IDLE);
        let Some(connection) = &mut line else {
            waiting.clear();
            tokio::select! {
                order = orders.recv() => match order {
                    Some(order) => obey(&mut courier, &mut line, order),
                    None => break,
                },
                () = tokio::time::sleep_until(wake.into()) => {}
            }
            continue;
        };
        if waiting.is_empty() && courier.pump() {
            continue;
        }
        let what = tokio::select! {
            biased;
            order = orders.recv() => What::Order(order),
            room = connection.outgoing.reserve(), if !waiting.is_empty() => match (room, waiting.pop_front()) {
                (Ok(room), Some(message)) => {
                    room.send(message);
                    What::Nothing
                }
                (Ok(_), None) => What::Nothing,
                (Err(_), _) => What::Gone,
            },
            message = connection.incoming.recv(), if waiting.len() < WAITING => {
                message.map_or(What::Gone, What::Message)
            }
            () = tokio::time::sleep_until(wake.into()) => What::Nothing,
        };
        match what {
            What::Order(Some(order)) => {
                if matches!(order, Order::Connect(_)) {
                    waiting.clear();
                }
                obey(&mut courier, &mut line, order);
            }
            What::Order(None) => break,
            What::Message(message) => courier.take(message, Instant::now()),
            What::Gone => {
                line = None;
                courier.disconnect();
            }
            What::Nothing => {}
        }
    }
    courier.finish();
    for out in courier.take_out() {
        match (out, &line) {
            // The channel may be gone already, and then nobody waits for it.
            (Out::Say(message), Some(line)) => drop(line.outgoing.try_send(message)),
            (Out::Report(event), _) => drop(told.send(wrap(Out::Report(event))).await),
            _ => {}
        }
    }
}

fn obey(courier: &mut Courier, line: &mut Option<Line>, order: Order) {
    match order {
        Order::Follow(rules) => courier.follow(rules),
        Order::Connect(connection) => {
            *line = Some(connection);
            courier.connect(Instant::now());
        }
        Order::Answer(id, FileAnswer::Save { folder }) => courier.answered(id, Some(folder.map(PathBuf::from))),
        Order::Answer(id, FileAnswer::Refuse) => courier.answered(id, None),
        Order::Send(path) => courier.send(&path, TransferId(Uuid::now_v7())),
        Order::Cancel(id) => courier.cancel(id, CancelFile::Person),
    }
}
