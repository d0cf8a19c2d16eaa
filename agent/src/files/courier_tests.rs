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
        AGAIN_SECONDS, CHUNK_BYTES, CancelFile, FileDirection, FileHash, FileMessage, FileOffer, FilePolicy,
        FileResult, OFFER_SECONDS, OPEN_TRANSFERS, REFUSALS_TOLD, RefuseFile, TRANSFERS, WINDOW_BYTES,
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
        let now = Instant::now();
        courier.connect(now);
        Self { folder, courier, now }
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
        handed: 5,
    })));
    assert_eq!(rig.received(), ["report.pdf"]);
    // The answer may have been lost with its connection.
    rig.courier.connect(rig.now);
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

fn id(number: usize) -> TransferId {
    TransferId(Uuid::from_u128(number as u128))
}

#[test]
fn ten_files_that_are_refused_at_once_are_reported_and_hide_none_that_is_not() {
    let mut rig = Rig::new();
    for number in 0..2 * TRANSFERS {
        let out = rig.offer(id(number), "a.exe", 1);
        let told = result(&out).is_some();
        assert_eq!((said(&out).len(), told), (1, number < REFUSALS_TOLD), "{number}");
    }
    assert!(asks(&rig.offer(id(2 * TRANSFERS), "a.txt", 1)));
}

#[test]
fn a_file_of_the_device_that_is_refused_at_once_is_shown_even_if_it_is_not_reported() {
    let mut rig = Rig::with(true, false);
    let path = rig.write("notes.txt", b"hello");
    let mut last = Vec::new();
    for number in 0..=REFUSALS_TOLD {
        rig.courier.send(&path, id(number));
        last = rig.out();
    }
    assert_eq!(result(&last), None);
    let shown = |out: &Out| matches!(out, Out::Show(ToWindow::Files { lines }) if lines.len() == REFUSALS_TOLD + 1);
    assert!(last.iter().any(shown), "{last:?}");
}

#[test]
fn a_session_has_200_files_each_way_and_says_so_of_one_more() {
    let mut rig = Rig::new();
    for number in 0..TRANSFERS {
        assert!(asks(&rig.offer(id(number), "a.txt", 1)), "{number}");
        rig.take(FileMessage::Cancel {
            id: id(number),
            why: CancelFile::Person,
        });
    }
    let out = rig.offer(id(TRANSFERS), "a.txt", 1);
    let full = FileResult::Refused(RefuseFile::SessionFull);
    assert_eq!(
        (asks(&out), result(&out)),
        (false, Some((FileDirection::ToDevice, full)))
    );
    let path = rig.write("notes.txt", b"hello");
    rig.courier.send(&path, id(TRANSFERS + 1));
    assert!(matches!(said(&rig.out())[..], [FileMessage::Offer(_)]));
}

#[test]
fn what_is_not_offered_again_within_60_seconds_of_a_connection_is_given_up() {
    let mut rig = Rig::new();
    rig.offer(ID, "big.bin", CHUNK_BYTES as u64 + 5);
    rig.save();
    rig.take(chunk(&[7; CHUNK_BYTES]));
    rig.courier.connect(rig.now);
    rig.now += Duration::from_secs(AGAIN_SECONDS.into()) - Duration::from_millis(1);
    let out = rig.out();
    assert_eq!(result(&out), None);
    let interrupted = |out: &Out| matches!(out, Out::Show(ToWindow::Files { lines }) if lines.iter().any(|line| line.says.starts_with("Interrupted")));
    assert!(out.iter().any(interrupted), "{out:?}");
    rig.now += Duration::from_millis(1);
    let out = rig.out();
    let why = CancelFile::NotContinued;
    assert_eq!(said(&out), [&FileMessage::Cancel { id: ID, why }]);
    assert!(rig.received().is_empty());
}

#[test]
fn what_was_offered_again_in_time_goes_on_for_as_long_as_it_takes() {
    let mut rig = Rig::new();
    rig.offer(ID, "big.bin", CHUNK_BYTES as u64 + 5);
    rig.save();
    rig.courier.connect(rig.now);
    rig.offer(ID, "big.bin", CHUNK_BYTES as u64 + 5);
    rig.now += Duration::from_secs(2 * u64::from(AGAIN_SECONDS));
    assert_eq!(result(&rig.out()), None);
}

#[test]
fn a_file_that_waits_holds_no_other_up() {
    let mut rig = Rig::new();
    let large = rig.write("large.bin", &vec![7; WINDOW_BYTES as usize + 1]);
    let small = rig.write("small.txt", b"hello");
    rig.courier.send(&large, id(8));
    rig.courier.send(&small, ID);
    for id in [id(8), ID] {
        rig.courier.take(FileMessage::Accept { id, offset: 0 }, rig.now);
    }
    while rig.courier.pump() {}
    let done = |message: &&FileMessage| matches!(message, FileMessage::Done { id: ID, .. });
    assert!(said(&rig.out()).iter().any(done));
}

/// A file of the device that the assistant takes.
fn sending(rig: &mut Rig, content: &[u8]) -> std::path::PathBuf {
    let path = rig.write("notes.txt", content);
    rig.courier.send(&path, ID);
    rig.take(FileMessage::Accept { id: ID, offset: 0 });
    path
}

#[test]
fn a_file_that_becomes_a_program_after_its_offer_stays() {
    let mut rig = Rig::new();
    let path = sending(&mut rig, b"hello");
    fs::write(&path, b"MZhel").unwrap();
    while rig.courier.pump() {}
    let why = CancelFile::Changed;
    assert_eq!(said(&rig.out()), [&FileMessage::Cancel { id: ID, why }]);
}

#[test]
fn a_file_that_was_changed_while_it_was_sent_is_not_called_done() {
    let mut rig = Rig::new();
    let path = sending(&mut rig, b"hello");
    assert!(rig.courier.pump());
    fs::write(&path, b"hello and more").unwrap();
    while rig.courier.pump() {}
    let why = CancelFile::Changed;
    assert_eq!(
        said(&rig.out()),
        [&chunk(b"hello"), &FileMessage::Cancel { id: ID, why }]
    );
}

/// What is reported to have left the device.
fn handed(out: &[Out]) -> Option<(u64, Option<FileHash>)> {
    out.iter().find_map(|out| match out {
        Out::Report(Event::File { handed, sha256, .. }) => Some((*handed, *sha256)),
        _ => None,
    })
}

#[test]
fn a_file_that_left_the_device_is_reported_with_its_hash_whatever_the_other_side_says() {
    for why in [CancelFile::Person, CancelFile::Unwritable] {
        let mut rig = Rig::new();
        sending(&mut rig, b"hello");
        while rig.courier.pump() {}
        let out = rig.take(FileMessage::Cancel { id: ID, why });
        assert_eq!(handed(&out), Some((5, Some(Fixed(HELLO)))));
    }
}

#[test]
fn what_left_the_device_of_a_file_is_reported_without_a_hash_of_the_rest() {
    let mut rig = Rig::new();
    sending(&mut rig, &vec![7; CHUNK_BYTES + 5]);
    assert!(rig.courier.pump());
    let why = RefuseFile::Declined;
    let out = rig.take(FileMessage::Refuse { id: ID, why });
    assert_eq!(handed(&out), Some((CHUNK_BYTES as u64, None)));
}

#[test]
fn an_offered_file_that_was_not_wanted_did_not_leave_the_device() {
    let mut rig = Rig::new();
    let path = rig.write("notes.txt", b"");
    rig.courier.send(&path, ID);
    let why = RefuseFile::Declined;
    let out = rig.take(FileMessage::Refuse { id: ID, why });
    assert_eq!(handed(&out), Some((0, None)));
}

#[test]
fn a_later_policy_counts_for_files_that_are_offered_then() {
    let mut rig = Rig::new();
    rig.offer(ID, "report.pdf", 5);
    rig.courier.follow(Rules {
        session: SessionId(Uuid::nil()),
        operator: "Oscar".into(),
        policy: FilePolicy::default(),
        to_device: false,
        to_assistant: true,
    });
    let out = rig.out();
    let why = RefuseFile::NotAllowed;
    assert_eq!(said(&out), [&FileMessage::Refuse { id: ID, why }]);
    assert!(!asks(&rig.offer(id(8), "report.pdf", 5)));
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
    rig.courier.connect(rig.now);
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
