//! The statistics line: rates from counters, pure.

use super::{core::Millis, status::path_words};
use deskside_protocol::session::MediaPath;

/// Pings without an answer after which the connection counts as weak.
pub const UNANSWERED: u32 = 3;

/// Counters as the browser gives them.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Counters {
    pub at: Millis,
    pub frames: u64,
    pub bytes: u64,
}

/// Round trips by numbered pings.
#[derive(Debug, Default)]
pub struct Pings {
    number: u32,
    answered: u32,
    sent_at: Millis,
    round_trip: Option<Millis>,
}

impl Pings {
    /// The number of the next ping, sent now.
    pub fn next(&mut self, now: Millis) -> u32 {
        self.number += 1;
        self.sent_at = now;
        self.number
    }

    /// An answer came.
    pub fn answered(&mut self, number: u32, now: Millis) {
        if number > self.number {
            return;
        }
        self.answered = self.answered.max(number);
        if number == self.number {
            self.round_trip = Some(now.saturating_sub(self.sent_at));
        }
    }

    /// True while the other side answers.
    pub fn is_alive(&self) -> bool {
        self.number - self.answered < UNANSWERED
    }
}

/// Path, round trip, frames and bits per second, as one line.
pub fn line(path: MediaPath, pings: &Pings, before: Counters, now: Counters) -> String {
    let span = now.at.saturating_sub(before.at).max(1);
    let rate = |from: u64, to: u64| to.saturating_sub(from) * 1000 / span;
    let kilobits = rate(before.bytes, now.bytes) * 8 / 1000;
    let bits = match kilobits {
        0..1000 => [&kilobits.to_string(), " kb/s"].concat(),
        _ => [
            &(kilobits / 1000).to_string(),
            ".",
            &(kilobits % 1000 / 100).to_string(),
            " Mb/s",
        ]
        .concat(),
    };
    let round_trip = pings
        .round_trip
        .map_or("–".to_string(), |milliseconds| milliseconds.to_string());
    let frames = rate(before.frames, now.frames).to_string();
    [
        path_words(path),
        " · ",
        &round_trip,
        " ms · ",
        &frames,
        " fps · ",
        &bits,
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counters(at: Millis, frames: u64, bytes: u64) -> Counters {
        Counters { at, frames, bytes }
    }

    #[test]
    fn rates_are_per_second() {
        let mut pings = Pings::default();
        let number = pings.next(100);
        pings.answered(number, 112);
        let line = line(
            MediaPath::RelayUdp,
            &pings,
            counters(0, 10, 0),
            counters(2_000, 70, 400_000),
        );
        assert_eq!(line, "relay (UDP) · 12 ms · 30 fps · 1.6 Mb/s");
    }

    #[test]
    fn a_still_picture_is_zero_not_an_error() {
        let line = line(
            MediaPath::Direct,
            &Pings::default(),
            counters(5, 10, 7),
            counters(5, 9, 0),
        );
        assert_eq!(line, "direct · – ms · 0 fps · 0 kb/s");
    }

    #[test]
    fn three_pings_without_answer_are_too_many() {
        let mut pings = Pings::default();
        pings.next(0);
        pings.next(1);
        assert!(pings.is_alive());
        pings.next(2);
        assert!(!pings.is_alive());
        pings.answered(3, 9);
        assert!(pings.is_alive());
    }

    #[test]
    fn an_answer_to_no_ping_is_ignored() {
        let mut pings = Pings::default();
        pings.answered(7, 1);
        assert!(pings.is_alive());
    }
}
