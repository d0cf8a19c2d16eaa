//! Both sides of a transfer against each other, and against whatever else.

use super::*;
use crate::channel::{decode, encode};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use uuid::Uuid;

const ID: TransferId = TransferId(Uuid::from_u128(1));

fn content(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at * 7 + at / 251) as u8).collect()
}

fn offer(size: usize) -> FileOffer {
    FileOffer {
        id: ID,
        name: "report.pdf".into(),
        size: size as u64,
        modified: 5,
    }
}

/// Both ends and what was written.
struct Pair {
    content: Vec<u8>,
    sending: Sending,
    receiving: Option<Receiving>,
    written: Vec<u8>,
}

impl Pair {
    fn new(content: Vec<u8>) -> Self {
        Self {
            sending: Sending::new(offer(content.len())),
            content,
            receiving: None,
            written: Vec::new(),
        }
    }

    /// Runs one connection until nothing happens any more, or until `messages` were carried.
    fn connect(&mut self, mut messages: usize) {
        let mut to_receiver: Vec<FileMessage> = self.sending.connect().into_iter().collect();
        loop {
            let mut to_sender = Vec::new();
            for message in std::mem::take(&mut to_receiver) {
                if messages == 0 {
                    return self.disconnect();
                }
                messages -= 1;
                to_sender.extend(self.receive(carried(message)));
            }
            for message in to_sender {
                to_receiver.extend(self.sending.take(&carried(message)));
            }
            loop {
                match self.sending.due() {
                    Due::Read { offset, length } => {
                        let at = offset as usize;
                        let bytes = self.content[at..(at + length).min(self.content.len())].to_vec();
                        to_receiver.extend(self.sending.chunk(offset, bytes));
                    }
                    Due::Say(message) => to_receiver.push(message),
                    Due::Wait => break,
                }
            }
            if to_receiver.is_empty() {
                return self.disconnect();
            }
        }
    }

    fn disconnect(&mut self) {
        self.sending.disconnect();
        self.receiving.iter_mut().for_each(Receiving::disconnect);
    }

    fn receive(&mut self, message: FileMessage) -> Option<FileMessage> {
        let Some(receiving) = &mut self.receiving else {
            let FileMessage::Offer(offer) = message else {
                panic!("{message:?} before an offer")
            };
            let mut receiving = Receiving::new(offer, &FilePolicy::default());
            let said = receiving.answer().or_else(|| receiving.accept());
            self.receiving = Some(receiving);
            return said;
        };
        match receiving.take(message) {
            Step::Nothing => None,
            Step::Say(message) => Some(message),
            Step::Write(bytes) => {
                self.written.extend_from_slice(&bytes);
                Some(receiving.wrote(&bytes))
            }
            Step::Finish => receiving.finished(),
        }
    }

    fn results(&self) -> (Option<FileResult>, Option<FileResult>) {
        (
            self.sending.result(),
            self.receiving.as_ref().and_then(Receiving::result),
        )
    }
}

fn carried(message: FileMessage) -> FileMessage {
    decode(&encode(&message)).expect("readable")
}

const BOTH_SENT: (Option<FileResult>, Option<FileResult>) = (Some(FileResult::Sent), Some(FileResult::Sent));

#[test]
fn a_file_of_any_size_around_the_bounds_arrives_whole() {
    let window = WINDOW_BYTES as usize;
    for size in [
        0,
        1,
        CHUNK_BYTES - 1,
        CHUNK_BYTES,
        CHUNK_BYTES + 1,
        window,
        window + 1,
        3 * window,
    ] {
        let mut pair = Pair::new(content(size));
        pair.connect(usize::MAX);
        assert_eq!(pair.results(), BOTH_SENT, "{size}");
        assert_eq!(pair.written, pair.content, "{size}");
    }
}

#[test]
fn both_sides_know_the_hash_of_the_whole() {
    let mut pair = Pair::new(content(100_000));
    pair.connect(usize::MAX);
    let expected = Fixed(Sha256::digest(&pair.content).into());
    assert_eq!(pair.sending.sha256(), Some(expected));
    assert_eq!(pair.receiving.and_then(|receiving| receiving.sha256()), Some(expected));
}

#[test]
fn an_interrupted_file_goes_on_where_the_receiver_stopped_whenever_that_was() {
    for messages in 0..30 {
        let mut pair = Pair::new(content(20 * CHUNK_BYTES + 5));
        pair.connect(messages);
        let before = pair.written.len();
        pair.connect(usize::MAX);
        assert_eq!(pair.results(), BOTH_SENT, "after {messages}");
        assert_eq!(pair.written, pair.content, "after {messages}");
        assert!(pair.written.len() >= before);
    }
}

#[test]
fn no_more_than_a_window_is_on_its_way() {
    let mut sending = Sending::new(offer(10 * WINDOW_BYTES as usize));
    sending.connect();
    sending.take(&FileMessage::Accept { id: ID, offset: 0 });
    let mut sent = 0;
    while let Due::Read { offset, length } = sending.due() {
        sent += length as u64;
        sending.chunk(offset, vec![0; length]);
    }
    assert_eq!(sent, WINDOW_BYTES);
    sending.take(&FileMessage::Ack {
        id: ID,
        offset: CHUNK_BYTES as u64,
    });
    assert!(matches!(sending.due(), Due::Read { .. }));
}

fn accepted(size: usize) -> Receiving {
    let mut receiving = Receiving::new(offer(size), &FilePolicy::default());
    receiving.accept();
    receiving
}

#[test]
fn a_hash_that_lies_is_caught() {
    let mut receiving = accepted(3);
    let Step::Write(bytes) = receiving.take(FileMessage::Chunk {
        id: ID,
        offset: 0,
        bytes: b"abc".to_vec(),
    }) else {
        panic!("not written")
    };
    receiving.wrote(&bytes);
    let said = receiving.take(FileMessage::Done {
        id: ID,
        sha256: Fixed([0; 32]),
    });
    assert_eq!(
        said,
        Step::Say(FileMessage::Finished {
            id: ID,
            verified: false
        })
    );
    assert_eq!(receiving.result(), Some(FileResult::Corrupt));
}

#[test]
fn more_bytes_than_announced_are_never_written() {
    let mut receiving = accepted(3);
    let step = receiving.take(FileMessage::Chunk {
        id: ID,
        offset: 0,
        bytes: b"abcd".to_vec(),
    });
    assert_eq!(
        step,
        Step::Say(FileMessage::Cancel {
            id: ID,
            why: CancelFile::Broken
        })
    );
}

#[test]
fn nothing_is_written_before_somebody_said_yes() {
    let mut receiving = Receiving::new(offer(3), &FilePolicy::default());
    let step = receiving.take(FileMessage::Chunk {
        id: ID,
        offset: 0,
        bytes: b"abc".to_vec(),
    });
    assert!(matches!(step, Step::Say(FileMessage::Cancel { .. })), "{step:?}");
    assert_eq!(receiving.accept(), None);
}

#[test]
fn a_renamed_program_is_refused_with_its_first_chunk() {
    let mut receiving = accepted(4);
    let step = receiving.take(FileMessage::Chunk {
        id: ID,
        offset: 0,
        bytes: b"MZ\x90\0".to_vec(),
    });
    let why = RefuseFile::Blocked;
    assert_eq!(step, Step::Say(FileMessage::Refuse { id: ID, why }));
    assert_eq!(receiving.result(), Some(FileResult::Refused(why)));
}

#[test]
fn what_is_accepted_during_an_interruption_waits_to_be_offered_again() {
    let mut receiving = Receiving::new(offer(3), &FilePolicy::default());
    receiving.disconnect();
    assert_eq!((receiving.accept(), receiving.is_interrupted()), (None, true));
    let step = receiving.take(FileMessage::Offer(offer(3)));
    assert_eq!(step, Step::Say(FileMessage::Accept { id: ID, offset: 0 }));
    assert!(!receiving.is_interrupted());
}

#[test]
fn a_file_that_was_changed_meanwhile_is_not_continued() {
    let mut receiving = accepted(3);
    receiving.disconnect();
    let other = FileOffer {
        modified: 6,
        ..offer(3)
    };
    receiving.take(FileMessage::Offer(other));
    assert_eq!(receiving.result(), Some(FileResult::Cancelled(CancelFile::Changed)));
}

#[test]
fn a_sender_that_reads_less_than_it_offered_says_so() {
    let mut sending = Sending::new(offer(10));
    sending.connect();
    sending.take(&FileMessage::Accept { id: ID, offset: 0 });
    let why = CancelFile::Changed;
    assert_eq!(sending.chunk(0, vec![1; 9]), Some(FileMessage::Cancel { id: ID, why }));
}

#[test]
fn a_receiver_that_claims_to_have_what_was_never_sent_is_not_believed() {
    let mut sending = Sending::new(offer(10));
    sending.connect();
    sending.take(&FileMessage::Accept { id: ID, offset: 10 });
    assert_eq!(sending.result(), Some(FileResult::Cancelled(CancelFile::Broken)));
}

#[test]
fn what_was_cancelled_during_an_interruption_is_told_after_it() {
    let mut sending = Sending::new(offer(10));
    sending.connect();
    sending.disconnect();
    let why = CancelFile::Person;
    sending.cancel(why);
    assert_eq!(sending.connect(), Some(FileMessage::Cancel { id: ID, why }));
    assert_eq!(sending.connect(), None);
}

#[test]
fn sizes_are_short() {
    assert_eq!(
        [812, 34_999, 1_570_000, 2_000_000_000].map(size_words),
        ["812 B", "34 kB", "1.5 MB", "2.0 GB"]
    );
}

#[test]
fn a_hash_is_shown_in_hexadecimal() {
    assert_eq!(hash_words(&Fixed([0xa5; 32])), "a5".repeat(32));
}

fn message() -> impl Strategy<Value = FileMessage> {
    let id = prop_oneof![9 => Just(ID), 1 => Just(TransferId(Uuid::nil()))];
    let at = prop_oneof![Just(0u64), Just(CHUNK_BYTES as u64), 0..60_000u64, any::<u64>()];
    let bytes = prop_oneof![Just(vec![1; CHUNK_BYTES]), prop::collection::vec(any::<u8>(), 0..20)];
    (id, at, bytes, 0..9u8).prop_map(|(id, offset, bytes, which)| match which {
        0 => FileMessage::Offer(FileOffer { id, ..offer(40_000) }),
        1 => FileMessage::Offer(FileOffer { id, ..offer(7) }),
        2 => FileMessage::Accept { id, offset },
        3 => FileMessage::Refuse {
            id,
            why: RefuseFile::Declined,
        },
        4 => FileMessage::Chunk { id, offset, bytes },
        5 => FileMessage::Ack { id, offset },
        6 => FileMessage::Done {
            id,
            sha256: Fixed([offset as u8; 32]),
        },
        7 => FileMessage::Finished { id, verified: true },
        _ => FileMessage::Cancel {
            id,
            why: CancelFile::Person,
        },
    })
}

proptest! {
    #[test]
    fn a_receiver_never_writes_beyond_the_size_whatever_comes(
        messages in prop::collection::vec(message(), 0..60), yes_after in 0..5usize,
    ) {
        let mut receiving = Receiving::new(offer(40_000), &FilePolicy::default());
        let mut written = 0;
        for (number, message) in messages.into_iter().enumerate() {
            if number == yes_after {
                receiving.accept();
            }
            match receiving.take(message) {
                Step::Write(bytes) => {
                    prop_assert!(number >= yes_after);
                    written += bytes.len();
                    receiving.wrote(&bytes);
                }
                Step::Finish => drop(receiving.finished()),
                Step::Say(_) | Step::Nothing => {}
            }
            prop_assert!(written <= 40_000);
            prop_assert_eq!(receiving.progress(), written as u64);
        }
        // Nobody can know a hash of what was not sent.
        prop_assert!(receiving.result() != Some(FileResult::Sent));
    }

    #[test]
    fn a_sender_survives_whatever_comes(messages in prop::collection::vec((message(), any::<bool>()), 0..60)) {
        let mut sending = Sending::new(offer(40_000));
        for (message, connects) in messages {
            if connects {
                sending.disconnect();
                sending.connect();
            }
            sending.take(&message);
            while let Due::Read { offset, length } = sending.due() {
                prop_assert!(offset + length as u64 <= 40_000);
                sending.chunk(offset, vec![3; length]);
            }
            prop_assert!(sending.progress() <= 40_000);
        }
    }

    #[test]
    fn after_any_interruptions_the_file_is_whole(size in 0..400_000usize, cuts in prop::collection::vec(0..40usize, 0..6)) {
        let mut pair = Pair::new(content(size));
        for messages in cuts {
            pair.connect(messages);
        }
        pair.connect(usize::MAX);
        prop_assert_eq!(pair.results(), BOTH_SENT);
        prop_assert!(pair.written == pair.content);
    }

    #[test]
    fn messages_survive_their_encoding(message in message()) {
        prop_assert_eq!(carried(message.clone()), message);
    }

    #[test]
    fn hostile_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode::<FileMessage>(&bytes);
    }
}
