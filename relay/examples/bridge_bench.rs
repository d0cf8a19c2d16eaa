//! What the relay costs: datagrams per second, the delay it adds, and its CPU time per datagram.
//!
//! `cargo run --release -p deskside-relay --example bridge_bench [-- --sessions 4 --seconds 5]`. Agents, browsers and
//! relay share this machine over loopback; the relay has threads of its own, whose CPU time is counted apart. The
//! delay is compared with the same datagrams sent straight from socket to socket.

#[path = "../tests/support/mod.rs"]
mod support;

use bytes::Bytes;
use clap::Parser;
use deskside_protocol::{
    agent::RelayToAgent,
    session::PathPolicy,
    tunnel::{Transport, TunnelFrame},
};
use deskside_relay::{Limits, Relay, RelayConfig};
use futures_util::{SinkExt, StreamExt};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use support::{
    config,
    media::{Path, good_check},
    peers::{self, connect_agent, join, offer},
    portal::FakePortal,
};
use tokio::{
    net::UdpSocket,
    runtime::{Builder, Runtime},
};
use tokio_tungstenite::tungstenite::Message;

/// Datagrams of a video stream.
const DATAGRAM: usize = 1200;
/// Paced: two at once every millisecond, about 19 Mb/s.
const EVERY: Duration = Duration::from_millis(1);
const AT_ONCE: usize = 2;
const RELAY_THREADS: &str = "relay-bench";

#[derive(Parser)]
struct Arguments {
    /// Sessions that send as fast as they can, side by side.
    #[arg(long, default_value_t = 4)]
    sessions: u8,
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let relay_runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name(RELAY_THREADS)
        .enable_all()
        .build()?;
    let peers_runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (at, _relay) = start_relay(&relay_runtime)?;
    let seconds = Duration::from_secs(arguments.seconds);

    let direct = peers_runtime.block_on(direct_delay(seconds))?;
    let relayed = peers_runtime.block_on(relayed_delay(at, seconds));
    println!(
        "delay, {} datagrams/s of {DATAGRAM} B, agent to browser:",
        AT_ONCE as u128 * 1_000_000 / EVERY.as_micros()
    );
    print_delays("straight", &direct);
    print_delays("relayed ", &relayed);
    let added = |share| percentile(&relayed, share).saturating_sub(percentile(&direct, share));
    println!(
        "  added      p50 {:>6} µs   p99 {:>6} µs",
        added(0.5).as_micros(),
        added(0.99).as_micros()
    );

    let before = relay_cpu();
    let received = peers_runtime.block_on(throughput(at, arguments.sessions, seconds));
    let cpu = relay_cpu().saturating_sub(before);
    let rate = received as f64 / seconds.as_secs_f64();
    println!(
        "throughput, {} sessions: {rate:.0} datagrams/s, {:.0} Mb/s",
        arguments.sessions,
        rate * DATAGRAM as f64 * 8e-6
    );
    println!(
        "  relay CPU  {:.2} µs per datagram",
        cpu.as_secs_f64() * 1e6 / received.max(1) as f64
    );
    Ok(())
}

fn start_relay(runtime: &Runtime) -> anyhow::Result<(SocketAddr, Relay)> {
    runtime.block_on(async {
        let limits = Limits {
            tunnel_bytes_per_second: u32::MAX,
            ..Limits::default()
        };
        let (relay, end) = Relay::start(RelayConfig { limits, ..config() }).await?;
        let at = support::serve(&relay).await;
        // The portal's end lives as long as somebody listens to it.
        let mut portal = FakePortal::new(end);
        tokio::spawn(async move { portal.hear_until(|_| false).await });
        Ok((at, relay))
    })
}

/// A session whose agent line and browser socket are in our hands.
struct Session {
    agent: peers::Line,
    browser: UdpSocket,
    tunnel: u32,
    _signalling: peers::Line,
}

async fn open_session(at: SocketAddr, number: u8) -> Session {
    let mut agent = connect_agent(at, number).await;
    let mut signalling = join(
        at,
        number,
        PathPolicy {
            direct: false,
            ..PathPolicy::ALL
        },
    )
    .await;
    let (answered, tunnel) = tokio::join!(offer(&mut signalling), async {
        let Some(RelayToAgent::Offer {
            session,
            attempt,
            tunnel,
            ..
        }) = agent.hear().await
        else {
            panic!("no offer")
        };
        agent.say(&peers::agent_answer(number, session, attempt)).await;
        tunnel
    });
    let mut path = Path::udp("127.0.0.1:0", answered.udp.expect("a UDP candidate")).await;
    path.send(&good_check(number)).await;
    while !matches!(agent.0.next().await, Some(Ok(Message::Binary(_)))) {}
    let Path::Udp(browser) = path else { unreachable!() };
    Session {
        agent,
        browser,
        tunnel,
        _signalling: signalling,
    }
}

impl Session {
    fn frame(&self, payload: &[u8]) -> Bytes {
        let peer = self.browser.local_addr().expect("bound");
        TunnelFrame {
            transport: Transport::Udp,
            tunnel: self.tunnel,
            peer,
            payload,
        }
        .encode()
        .into()
    }
}

/// A datagram that says when it was sent.
fn stamped(start: Instant) -> Vec<u8> {
    let mut datagram = vec![0x80; DATAGRAM];
    datagram[8..24].copy_from_slice(&start.elapsed().as_nanos().to_be_bytes());
    datagram
}

/// How long each datagram took, until none comes any longer.
async fn delays(socket: Arc<UdpSocket>, start: Instant) -> Vec<Duration> {
    let (mut buffer, mut delays) = ([0; 2048], Vec::new());
    while let Ok(Ok(_)) = tokio::time::timeout(Duration::from_millis(500), socket.recv(&mut buffer)).await {
        let sent = u128::from_be_bytes(buffer[8..24].try_into().expect("sixteen bytes"));
        delays.push(start.elapsed().saturating_sub(Duration::from_nanos(sent as u64)));
    }
    delays.sort();
    delays
}

async fn direct_delay(lasting: Duration) -> anyhow::Result<Vec<Duration>> {
    let (sender, receiver) = (
        UdpSocket::bind("127.0.0.1:0").await?,
        UdpSocket::bind("127.0.0.1:0").await?,
    );
    sender.connect(receiver.local_addr()?).await?;
    let start = Instant::now();
    let measuring = tokio::spawn(delays(Arc::new(receiver), start));
    let mut tick = tokio::time::interval(EVERY);
    while start.elapsed() < lasting {
        tick.tick().await;
        for _ in 0..AT_ONCE {
            sender.send(&stamped(start)).await?;
        }
    }
    Ok(measuring.await?)
}

async fn relayed_delay(at: SocketAddr, lasting: Duration) -> Vec<Duration> {
    let mut session = open_session(at, 1).await;
    let start = Instant::now();
    let peer = session.browser.local_addr().expect("bound");
    let tunnel = session.tunnel;
    let measuring = tokio::spawn(delays(Arc::new(session.browser), start));
    let mut tick = tokio::time::interval(EVERY);
    while start.elapsed() < lasting {
        tick.tick().await;
        for _ in 0..AT_ONCE {
            let payload = &stamped(start);
            let frame = TunnelFrame {
                transport: Transport::Udp,
                tunnel,
                peer,
                payload,
            }
            .encode();
            session.agent.send(Message::Binary(frame.into())).await;
        }
    }
    measuring.await.expect("measured")
}

/// Datagrams that arrived from all sessions together.
async fn throughput(at: SocketAddr, sessions: u8, lasting: Duration) -> u64 {
    let mut counting = Vec::new();
    for number in 2..2 + sessions {
        let session = open_session(at, number).await;
        let frame = session.frame(&[0x80; DATAGRAM]);
        let Session {
            mut agent,
            browser,
            _signalling,
            ..
        } = session;
        let until = Instant::now() + lasting;
        tokio::spawn(async move {
            while Instant::now() < until {
                for _ in 0..32 {
                    let _ = agent.0.feed(Message::Binary(frame.clone())).await;
                }
                let _ = agent.0.flush().await;
            }
            // Kept to the end: a session without its browser or its device has no tunnel.
            tokio::time::sleep(Duration::from_secs(2)).await;
            drop((agent, _signalling));
        });
        counting.push(tokio::spawn(async move {
            let (mut buffer, mut count) = ([0; 2048], 0u64);
            while let Ok(Ok(_)) = tokio::time::timeout(Duration::from_millis(500), browser.recv(&mut buffer)).await {
                count += 1;
            }
            count
        }));
    }
    let mut total = 0;
    for counting in counting {
        total += counting.await.expect("counted");
    }
    total
}

fn percentile(sorted: &[Duration], share: f64) -> Duration {
    sorted
        .get(((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}

fn print_delays(name: &str, delays: &[Duration]) {
    let micros = |share| percentile(delays, share).as_micros();
    println!(
        "  {name}   p50 {:>6} µs   p99 {:>6} µs   ({} datagrams)",
        micros(0.5),
        micros(0.99),
        delays.len()
    );
}

/// CPU time of the relay's threads so far; zero where the system does not tell.
fn relay_cpu() -> Duration {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else {
        return Duration::ZERO;
    };
    let ticks: u64 = threads
        .filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("stat")).ok())
        .filter_map(|stat| {
            let (name, rest) = stat.rsplit_once(')')?;
            let fields: Vec<&str> = rest.split_whitespace().collect();
            name.ends_with(RELAY_THREADS)
                .then(|| Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?))?
        })
        .sum();
    // Linux reports in hundredths of a second.
    Duration::from_millis(ticks * 10)
}
