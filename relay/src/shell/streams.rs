//! ICE-TCP: the connections of browsers that cannot use UDP.
//!
//! Invariant: a stream lives only while the bridge holds its sender; the bridge drops those that do not prove in time
//! which session they belong to.

use super::{
    media::{STREAM_PACKETS, StreamEvent},
    tune,
    udp::canonical,
};
use crate::bridge::Deframer;
use bytes::Bytes;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::mpsc,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// A peer that takes no byte for so long is gone.
const STALLED: Duration = Duration::from_secs(10);
/// Packets written in one call.
const BATCH: usize = 16;

/// Accepts streams until it is told to end.
pub async fn listen(
    listener: TcpListener,
    events: mpsc::Sender<StreamEvent>,
    tasks: TaskTracker,
    closing: CancellationToken,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = closing.cancelled() => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                let serve = serve(stream, canonical(peer), events.clone());
                let closing = closing.clone();
                tasks.spawn(async move { closing.run_until_cancelled(serve).await });
            }
            Err(error) => {
                // Out of file descriptors, most likely: waiting lets others end.
                tracing::warn!(%error, "accepting an ICE-TCP connection failed");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn serve(mut stream: TcpStream, peer: SocketAddr, events: mpsc::Sender<StreamEvent>) {
    tune::tune_socket(&stream);
    let (packets, outgoing) = mpsc::channel(STREAM_PACKETS);
    if events.send(StreamEvent::Opened { peer, packets }).await.is_err() {
        return;
    }
    let (reader, writer) = stream.split();
    tokio::select! {
        () = read(reader, peer, &events) => {}
        () = write(writer, outgoing) => {}
    }
    let _ = events.send(StreamEvent::Closed { peer }).await;
}

async fn read(mut reader: ReadHalf<'_>, peer: SocketAddr, events: &mpsc::Sender<StreamEvent>) {
    let mut deframer = Deframer::default();
    loop {
        match reader.read(deframer.space()).await {
            Ok(0) | Err(_) => return,
            Ok(count) => deframer.filled(count),
        }
        loop {
            let packet = match deframer.next() {
                Ok(Some(packet)) => Bytes::copy_from_slice(packet),
                Ok(None) => break,
                Err(error) => {
                    tracing::debug!(%peer, %error, "an ICE-TCP stream is not framed");
                    return;
                }
            };
            if events.send(StreamEvent::Packet { peer, packet }).await.is_err() {
                return;
            }
        }
    }
}

async fn write(mut writer: WriteHalf<'_>, mut outgoing: mpsc::Receiver<Bytes>) {
    let (mut packets, mut bytes) = (Vec::with_capacity(BATCH), Vec::new());
    while outgoing.recv_many(&mut packets, BATCH).await > 0 {
        bytes.clear();
        for packet in packets.drain(..) {
            bytes.extend_from_slice(&packet);
        }
        match tokio::time::timeout(STALLED, writer.write_all(&bytes)).await {
            Ok(Ok(())) => {}
            _ => return,
        }
    }
}
