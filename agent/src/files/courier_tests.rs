use super::{
    courier::{Courier, Out, Rules},
    scratch::Scratch,
};
use crate::ui::words::ToWindow;
use deskside_protocol::{
    bytes::Fixed,
    ids::{SessionId, TransferId},
    report::Event,
    transfer::{
        CHUNK_BYTES, CancelFile, FileDirection, FileMessage, FileOffer, FilePolicy, FileResult, OFFER_SECONDS,
        OPEN_TRANSFERS, RefuseFile, TRANSFERS,
    },
};
use std::{
    fs,
    time::{Duration, Instant},
};
use uuid::Uuid;

const ID: TransferId = TransferId(Uuid::from_u128(1));
/// SHA-256 of "hello" (computed with `sha256sum`).
const HELLO: [u8; 32] = [
    0x2c, 0xf2, 0x4d, 0xba, 0x5f, 0xb0, 0xa3, 0x0e, 0x26, 0xe8, 0x3b, 0x2a, 0xc5, 0xb9, 0xe2, 0x9e, 0x1b, 0x16, 0x1e,
    0x5c, 0x1f, 0xa7, 0x42, 0x5e, 0x73, 0x04, 0x33, 0x62, 0x93, 0x8b, 0x98, 0x24,
];

struct Rig {
    folder: Scratch,
    courier: Courier,
    now: Instant,
}

impl Rig {
    fn new() -> Self {
        Self::with(true, true)
    }

    fn with(to_device: bool, to_assistant: bool) -> Self {
        let folder = Scratch::new();
        let rules = Rules {
            session: SessionId(Uuid::nil()),
            operator: "Oscar".into(),
            policy: FilePolicy::default(),
            to_device,
            to_assistant,
        };
        let mut courier = Courier::new(rules, Some(folder.path().join("in")));
        courier.connect();
        Self {
            folder,
            courier,
            now: Instant::now(),
        }
    }

    fn out(&mut self) -> Vec<Out> {
        self.courier.tick(self.now);
        self.courier.take_out()
    }

    fn take(&mut self, message: FileMessage) -> Vec<Out> {
        self.courier.take(message, self.now);
        self.out()
    }

    fn offer(&mut self, id: TransferId, name: &str, size: u64) -> Vec<Out> {
        self.take(FileMessage::Offer(offer(id, name, size)))
    }

    fn save(&mut self) -> Vec<Out> {
        self.courier.answered(ID, Some(None));
        self.out()
    }

    /// Names in the usual folder.
    fn received(&self) -> Vec<String> {
        let inner = self.folder.path().join("in");
        let entries = fs::read_dir(inner).map(Iterator::collect::<Vec<_>>).unwrap_or_default();
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        entries.into_iter().map(name).collect()
    }

    fn write(&self, name: &str, content: &[u8]) -> std::path::PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

fn offer(id: TransferId, name: &str, size: u64) -> FileOffer {
    FileOffer {
        id,
        name: name.into(),
        size,
        modified: 7,
    }
}

fn chunk(bytes: &[u8]) -> FileMessage {
    FileMessage::Chunk {
        id: ID,
        offset: 0,
        bytes: bytes.to_vec(),
    }
}

fn said(out: &[Out]) -> Vec<&FileMessage> {
    out.iter()
        .filter_map(|out| match out {
            Out::Say(message) => Some(message),
            _ => None,
        })
        .collect()
}

fn result(out: &[Out]) -> Option<(FileDirection, FileResult)> {
    out.iter().find_map(|out| match out {
        Out::Report(Event::File { direction, result, .. }) => Some((*direction, *result)),
        _ => None,
    })
}

fn asks(out: &[Out]) -> bool {
    out.iter()
        .any(|out| matches!(out, Out::Show(ToWindow::FileOffer { .. })))
}

#[test]
fn an_offered_file_is_asked_about_and_nothing_is_written_before_the_answer() {
    let mut rig = Rig::new();
    let out = rig.offer(ID, "../report.pdf", 5);
    assert!(
        matches!(&out[..], [Out::Show(ToWindow::FileOffer { name, size: 5, .. })] if name == "report.pdf"),
        "{out:?}"
    );
    assert!(rig.received().is_empty());
    let out = rig.save();
    assert_eq!(said(&out), [&FileMessage::Accept { id: ID, offset: 0 }]);
    assert_eq!(rig.received(), ["report.pdf.part"]);
}

#[test]
fn a_file_that_arrived_whole_lies_under_its_name_and_is_reported() {
    let mut rig = Rig::new();
    rig.offer(ID, "report.pdf", 5);
    rig.save();
    let out = rig.take(chunk(b"hello"));
    assert_eq!(said(&out), [&FileMessage::Ack { id: ID, offset: 5 }]);
    let out = rig.take(FileMessage::Done {
        id: ID,
        sha256: Fixed(HELLO),
    });
    let verified = FileMessage::Finished { id: ID, verified: true };
    assert_eq!(said(&out), [&verified]);
    assert!(out.contains(&Out::Report(Event::File {
        session: SessionId(Uuid::nil()),
        transfer: ID,
        direction: FileDirection::ToDevice,
        name: "report.pdf".into(),
        size: 5,
        sha256: Some(Fixed(HELLO)),
        result: FileResult::Sent,
    })));
    assert_eq!(rig.received(), ["report.pdf"]);
    // The answer may have been lost with its connection.
    rig.courier.connect();
    let out = rig.offer(ID, "../report.pdf", 5);
    assert_eq!((said(&out), result(&out)), (vec![&verified], None));
}

#[test]
fn a_damaged_file_is_removed_and_reported_as_such() {
    let mut rig = Rig::new();
    rig.offer(ID, "report.pdf", 5);
    rig.save();
    rig.take(chunk(b"hellO"));
    let out = rig.take(FileMessage::Done {
        id: ID,
        sha256: Fixed(HELLO),
    });
    assert_eq!(result(&out), Some((FileDirection::ToDevice, FileResult::Corrupt)));
    assert!(rig.received().is_empty());
}

#[test]
fn nobody_answers_for_60_seconds_and_that_is_a_no() {
    let mut rig = Rig::new();
    rig.offer(ID, "report.pdf", 5);
    rig.now += Duration::from_secs(OFFER_SECONDS.into()) - Duration::from_millis(1);
    assert_eq!(result(&rig.out()), None);
    rig.now += Duration::from_millis(1);
    let out = rig.out();
    let why = RefuseFile::NoAnswer;
    assert_eq!(said(&out), [&FileMessage::Refuse { id: ID, why }]);
    assert!(out.contains(&Out::Show(ToWindow::FileGone { id: ID })));
    rig.save();
    assert!(rig.received().is_empty());
}

#[test]
fn a_refused_file_is_told_and_reported_once() {
    let mut rig = Rig::new();
    rig.offer(ID, "report.pdf", 5);
    rig.courier.answered(ID, None);
    let out = rig.out();
    let declined = FileResult::Refused(RefuseFile::Declined);
    assert_eq!(result(&out), Some((FileDirection::ToDevice, declined)));
    assert_eq!(result(&rig.out()), None);
}

#[test]
fn what_the_policy_forbids_is_refused_without_a_question() {
    let mut rig = Rig::new();
    let largest = FilePolicy::default().max_bytes;
    for (number, name, size, why) in [
        (1, "setup.exe", 5, Some(RefuseFile::Blocked)),
        (2, "large.pdf", largest + 1, Some(RefuseFile::TooLarge)),
        (3, "large.pdf", largest, None),
    ] {
        let out = rig.offer(TransferId(Uuid::from_u128(number)), name, size);
        assert_eq!(asks(&out), why.is_none(), "{name} {size}");
        assert_eq!(result(&out).map(|(_, result)| result), why.map(FileResult::Refused));
    }
}

#[test]
fn without_the_scope_nobody_is_asked_and_nothing_is_sent() {
    let mut rig = Rig::with(false, false);
    let refused = FileResult::Refused(RefuseFile::NotAllowed);
    let out = rig.offer(ID, "report.pdf", 5);
    assert_eq!(
        (asks(&out), result(&out)),
        (false, Some((FileDirection::ToDevice, refused)))
    );
    let path = rig.write("notes.txt", b"hello");
    rig.courier.send(&path, TransferId(Uuid::from_u128(2)));
    let out = rig.out();
    assert_eq!(result(&out), Some((FileDirection::ToAssistant, refused)));
    assert!(said(&out).is_empty());
}

#[test]
fn eight_questions_may_be_open_and_not_one_more() {
    let mut rig = Rig::new();
    let offered = |rig: &mut Rig, number: usize| rig.offer(TransferId(Uuid::from_u128(number as u128)), "a.txt", 1);
    for number in 0..OPEN_TRANSFERS {
        assert!(asks(&offered(&mut rig, number)), "{number}");
    }
    let out = offered(&mut rig, OPEN_TRANSFERS);
    assert_eq!(
        result(&out),
        Some((FileDirection::ToDevice, FileResult::Refused(RefuseFile::Busy)))
    );
}

#[test]
fn a_session_has_200_files_and_offers_beyond_leave_no_trace() {
    let mut rig = Rig::new();
    for number in 0..TRANSFERS {
        let out = rig.offer(TransferId(Uuid::from_u128(number as u128)), "a.exe", 1);
        assert!(result(&out).is_some(), "{number}");
    }
    let out = rig.offer(TransferId(Uuid::from_u128(TRANSFERS as u128)), "a.txt", 1);
    assert_eq!((said(&out).len(), result(&out), asks(&out)), (1, None, false));
}

#[test]
fn an_interrupted_file_goes_on_where_it_stopped() {
    let mut rig = Rig::new();
    let size = CHUNK_BYTES as u64 + 5;
    rig.offer(ID, "big.bin", size);
    rig.save();
    rig.take(chunk(&[7; CHUNK_BYTES]));
    rig.courier.disconnect();
    assert_eq!(rig.received(), ["big.bin.part"]);
    rig.courier.connect();
    let out = rig.offer(ID, "big.bin", size);
    let offset = CHUNK_BYTES as u64;
    assert_eq!(said(&out), [&FileMessage::Accept { id: ID, offset }]);
}

#[test]
fn the_end_of_the_session_removes_what_is_not_whole_and_reports_it() {
    let mut rig = Rig::new();
    rig.offer(ID, "big.bin", CHUNK_BYTES as u64 + 5);
    rig.save();
    rig.take(chunk(&[7; CHUNK_BYTES]));
    rig.courier.finish();
    let over = FileResult::Cancelled(CancelFile::SessionOver);
    assert_eq!(result(&rig.courier.take_out()), Some((FileDirection::ToDevice, over)));
    assert!(rig.received().is_empty());
}

#[test]
fn a_file_of_the_device_is_offered_sent_and_reported() {
    let mut rig = Rig::new();
    let path = rig.write("notes.txt", b"hello");
    rig.courier.send(&path, ID);
    let out = rig.out();
    assert!(
        matches!(said(&out)[..], [FileMessage::Offer(FileOffer { size: 5, .. })]),
        "{out:?}"
    );
    assert!(!rig.courier.pump());
    rig.take(FileMessage::Accept { id: ID, offset: 0 });
    while rig.courier.pump() {}
    let done = FileMessage::Done {
        id: ID,
        sha256: Fixed(HELLO),
    };
    assert_eq!(said(&rig.out()), [&chunk(b"hello"), &done]);
    let out = rig.take(FileMessage::Finished { id: ID, verified: true });
    assert_eq!(result(&out), Some((FileDirection::ToAssistant, FileResult::Sent)));
}

#[test]
fn a_program_under_another_name_does_not_leave_the_device() {
    let mut rig = Rig::new();
    let path = rig.write("notes.txt", b"MZ\x90\x00");
    rig.courier.send(&path, ID);
    let out = rig.out();
    assert!(said(&out).is_empty());
    let blocked = FileResult::Refused(RefuseFile::Blocked);
    assert_eq!(result(&out), Some((FileDirection::ToAssistant, blocked)));
}

#[test]
fn a_file_that_is_gone_is_said_to_be_unreadable() {
    let mut rig = Rig::new();
    rig.courier.send(&rig.folder.path().join("absent"), ID);
    let unreadable = FileResult::Cancelled(CancelFile::Unreadable);
    assert_eq!(result(&rig.out()), Some((FileDirection::ToAssistant, unreadable)));
}

#[test]
fn a_chunk_of_an_unknown_file_is_answered_and_not_written() {
    let mut rig = Rig::new();
    let out = rig.take(chunk(b"hello"));
    let why = CancelFile::Broken;
    assert_eq!(said(&out), [&FileMessage::Cancel { id: ID, why }]);
    assert!(rig.received().is_empty());
}

#[test]
fn a_folder_that_cannot_be_written_is_said_at_once() {
    let mut rig = Rig::new();
    let file = rig.write("in", b"a file where the folder should be");
    rig.offer(ID, "report.pdf", 5);
    let out = rig.save();
    let why = RefuseFile::Unwritable;
    assert_eq!(said(&out), [&FileMessage::Refuse { id: ID, why }]);
    assert!(file.is_file());
}
