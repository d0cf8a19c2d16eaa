//! What the agent and its window process say to each other: one JSON value a line.
//!
//! Invariant: text from outside is cleaned before it is shown: bounded, on one line, no control or direction marks that
//! could make a name read as another.

use deskside_protocol::{
    UnixMillis,
    ids::{RequestId, TransferId},
    limits::CHAT_CHARS,
    preconsent::AllowedWindow,
    session::Scope,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Longest line, bytes.
pub const LINE_BYTES: usize = 64 * 1024;
/// Longest name or subject shown, characters.
pub const SHOWN_CHARS: usize = 120;

/// Who asks for what.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    pub operator: String,
    pub subject: String,
    /// Such as `R-1042`.
    pub reference: String,
    pub scopes: Vec<Scope>,
    /// Nobody was asked: because of this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_advance: Option<InAdvance>,
}

/// What the owner allowed in advance, where a session began because of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InAdvance {
    pub request: RequestId,
    /// Who allowed it.
    #[serde(default)]
    pub owner: String,
    pub window: AllowedWindow,
}

/// What was allowed in advance, for the person at the device to see.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    pub owner: String,
    pub subject: String,
    /// Such as `R-1042`.
    pub reference: String,
    /// What whoever connects may do.
    pub scopes: Vec<Scope>,
    pub windows: Vec<AllowedWindow>,
}

impl Notice {
    /// Cleaned for display, whoever sent it.
    pub fn cleaned(&self) -> Self {
        Self {
            owner: clean(&self.owner, SHOWN_CHARS),
            subject: clean(&self.subject, SHOWN_CHARS),
            reference: clean(&self.reference, SHOWN_CHARS),
            scopes: self.scopes.clone(),
            windows: self.windows.clone(),
        }
    }
}

impl About {
    /// Cleans what the portal sent for display.
    pub fn new(operator: &str, subject: &str, reference: &str, mut scopes: Vec<Scope>) -> Self {
        scopes.sort_unstable();
        scopes.dedup();
        let operator = clean(operator, SHOWN_CHARS);
        Self {
            operator: if operator.is_empty() {
                "Somebody without a name".into()
            } else {
                operator
            },
            subject: clean(subject, SHOWN_CHARS),
            reference: clean(reference, SHOWN_CHARS),
            scopes,
            in_advance: None,
        }
    }

    /// Reference and subject on one line.
    pub fn request(&self) -> String {
        match (self.reference.as_str(), self.subject.as_str()) {
            ("", subject) => subject.into(),
            (reference, "") => reference.into(),
            (reference, subject) => format!("{reference} · {subject}"),
        }
    }

    /// What the operator could do, a line for each scope.
    pub fn asked(&self) -> Vec<&'static str> {
        asked(&self.scopes)
    }
}

/// What somebody could do, a line for each scope.
pub fn asked(scopes: &[Scope]) -> Vec<&'static str> {
    let line = |scope: &Scope| match scope {
        Scope::View => "see your screen",
        Scope::Control => "use your mouse and keyboard",
        Scope::Chat => "chat with you",
        Scope::SendFiles => "send you files, each after your yes",
        Scope::ReceiveFiles => "receive the files that you send",
    };
    scopes.iter().map(line).collect()
}

/// What the bar says about the connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BarState {
    Connecting,
    Connected,
    Interrupted,
}

/// One file in the window of files.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileLine {
    pub id: TransferId,
    pub name: String,
    /// It comes to this device.
    pub incoming: bool,
    /// Bytes.
    pub size: u64,
    /// Bytes that have arrived.
    pub done: u64,
    /// How it stands, in a sentence.
    pub says: String,
    /// It can be cancelled.
    pub open: bool,
}

/// What the person says to an offered file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FileAnswer {
    /// Save it in this folder, or in the usual one.
    Save {
        folder: Option<String>,
    },
    Refuse,
}

/// Agent → window.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "show", rename_all = "snake_case", deny_unknown_fields)]
pub enum ToWindow {
    Prompt {
        about: About,
        seconds: u32,
    },
    Bar {
        about: About,
        state: BarState,
    },
    Chat {
        from: String,
        text: String,
        sent_at: UnixMillis,
    },
    /// What was allowed in advance.
    Notice {
        notice: Notice,
    },
    /// Somebody wants to send a file.
    FileOffer {
        id: TransferId,
        operator: String,
        name: String,
        /// Bytes.
        size: u64,
        /// Where it is saved, unless the person chooses another folder.
        folder: String,
        seconds: u32,
    },
    /// That question is no longer open.
    FileGone {
        id: TransferId,
    },
    /// All files of the session, in the order in which they began.
    Files {
        lines: Vec<FileLine>,
    },
    Close,
}

/// Window → agent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
pub enum FromWindow {
    /// The first window is on the screen.
    Shown,
    /// Whether a question is on the screen, or a dialog that the person opened, after so many questions of the agent
    /// were taken; said again with every change.
    Questions {
        taken: u32,
        open: bool,
    },
    Answered {
        accepted: bool,
    },
    Stop,
    Chat {
        text: String,
    },
    /// The notice was read.
    Read,
    /// What the notice shows is taken back.
    TakenBack,
    FileAnswered {
        id: TransferId,
        answer: FileAnswer,
    },
    /// The person chose a file to send.
    SendFile {
        path: String,
    },
    CancelFile {
        id: TransferId,
    },
}

impl ToWindow {
    /// True of what puts a question on the screen.
    pub fn asks(&self) -> bool {
        matches!(self, Self::Prompt { .. } | Self::Notice { .. } | Self::FileOffer { .. })
    }
}

/// Why a line was not read.
#[derive(Debug, thiserror::Error)]
pub enum BadLine {
    #[error("the line is longer than {LINE_BYTES} bytes")]
    Long,
    #[error("the line cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
}

/// Reads one line, with or without its end.
pub fn read<T: DeserializeOwned>(line: &str) -> Result<T, BadLine> {
    if line.len() > LINE_BYTES {
        return Err(BadLine::Long);
    }
    Ok(serde_json::from_str(line)?)
}

/// One value as a line with its end.
pub fn line<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).map(|text| text + "\n").unwrap_or_default()
}

/// One line of at most `most` characters, without what cannot or must not be seen.
pub fn clean(text: &str, most: usize) -> String {
    let visible = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| is_harmless(*c));
    let visible: String = visible.take(most * 4).collect();
    let mut clean = visible
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    if clean.chars().count() > most {
        clean = clean.chars().take(most - 1).chain(['…']).collect();
    }
    clean
}

/// A chat message: as [`clean`], but it may have several lines.
pub fn clean_chat(text: &str) -> String {
    text.chars()
        .filter(|c| *c == '\n' || is_harmless(*c))
        .take(CHAT_CHARS)
        .collect()
}

fn is_harmless(c: char) -> bool {
    // Direction marks and overrides, invisible separators, and the byte order mark.
    let marks = matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}');
    !c.is_control() && !marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_value_survives_its_line() {
        let about = About::new("Oscar Operator", "Printer", "R-1001", vec![Scope::Control, Scope::View]);
        let values = [
            ToWindow::Prompt {
                about: about.clone(),
                seconds: 30,
            },
            ToWindow::Bar {
                about,
                state: BarState::Interrupted,
            },
            ToWindow::Chat {
                from: "Oscar".into(),
                text: "two\nlines".into(),
                sent_at: 5,
            },
            ToWindow::Notice {
                notice: Notice {
                    owner: "Emma".into(),
                    subject: "Printer".into(),
                    reference: "R-1".into(),
                    scopes: vec![Scope::View],
                    windows: vec![AllowedWindow {
                        starts_at: 1,
                        ends_at: 2,
                    }],
                },
            },
            ToWindow::FileOffer {
                id: TransferId(uuid::Uuid::nil()),
                operator: "Oscar".into(),
                name: "report.pdf".into(),
                size: u64::MAX,
                folder: "/home/emma".into(),
                seconds: 60,
            },
            ToWindow::Files {
                lines: vec![FileLine {
                    id: TransferId(uuid::Uuid::nil()),
                    name: "report.pdf".into(),
                    incoming: true,
                    size: 2,
                    done: 1,
                    says: "Receiving…".into(),
                    open: true,
                }],
            },
            ToWindow::Close,
        ];
        for value in values {
            let line = line(&value);
            assert_eq!(line.matches('\n').count(), 1);
            assert_eq!(read::<ToWindow>(&line).unwrap(), value);
        }
        for value in [
            FromWindow::Shown,
            FromWindow::Questions { taken: 1, open: false },
            FromWindow::Answered { accepted: true },
            FromWindow::Stop,
            FromWindow::Chat { text: "ß€".into() },
            FromWindow::Read,
            FromWindow::TakenBack,
            FromWindow::FileAnswered {
                id: TransferId(uuid::Uuid::nil()),
                answer: FileAnswer::Save { folder: None },
            },
            FromWindow::SendFile { path: "/tmp/ä".into() },
        ] {
            assert_eq!(read::<FromWindow>(&line(&value)).unwrap(), value);
        }
    }

    #[test]
    fn the_lines_are_these() {
        assert_eq!(
            line(&FromWindow::Answered { accepted: false }),
            "{\"event\":\"answered\",\"accepted\":false}\n"
        );
        assert_eq!(line(&ToWindow::Close), "{\"show\":\"close\"}\n");
    }

    #[test]
    fn a_line_over_the_limit_is_refused() {
        let value = |length: usize| {
            let text = line(&ToWindow::Close);
            text.trim_end().to_owned() + &" ".repeat(length - text.trim_end().len())
        };
        assert!(read::<ToWindow>(&value(LINE_BYTES)).is_ok());
        assert!(matches!(read::<ToWindow>(&value(LINE_BYTES + 1)), Err(BadLine::Long)));
    }

    #[test]
    fn a_name_cannot_hide_or_reorder_its_letters() {
        let about = About::new("Eve\u{202E}rotarepO\u{200B}\n\tX", "a\u{7}b", "\u{FEFF}R-1", vec![]);
        assert_eq!(
            (
                about.operator.as_str(),
                about.subject.as_str(),
                about.reference.as_str()
            ),
            ("EverotarepO X", "ab", "R-1")
        );
        assert_eq!(About::new(" \n ", "", "", vec![]).operator, "Somebody without a name");
    }

    #[test]
    fn a_long_text_is_cut_with_an_ellipsis() {
        assert_eq!(clean(&"ä".repeat(SHOWN_CHARS), SHOWN_CHARS), "ä".repeat(SHOWN_CHARS));
        let cut = clean(&"ä".repeat(SHOWN_CHARS + 1), SHOWN_CHARS);
        assert_eq!(cut.chars().count(), SHOWN_CHARS);
        assert!(cut.ends_with('…'));
    }

    #[test]
    fn what_is_asked_is_said_in_words_and_once() {
        let about = About::new(
            "O",
            "S",
            "R",
            vec![Scope::Chat, Scope::View, Scope::View, Scope::Control],
        );
        assert_eq!(
            about.asked(),
            ["see your screen", "use your mouse and keyboard", "chat with you"]
        );
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_refused(text in ".{0,200}") {
            let _ = read::<ToWindow>(&text);
            let _ = read::<FromWindow>(&text);
        }

        #[test]
        fn cleaned_text_is_bounded_and_on_one_line(text in any::<String>(), most in 1..200usize) {
            let clean = clean(&text, most);
            prop_assert!(clean.chars().count() <= most);
            prop_assert!(!clean.contains('\n') && clean.chars().all(is_harmless));
        }

        #[test]
        fn chat_keeps_its_lines_and_its_bound(text in any::<String>()) {
            let clean = clean_chat(&text);
            prop_assert!(clean.chars().count() <= CHAT_CHARS);
            prop_assert!(clean.chars().all(|c| c == '\n' || is_harmless(c)));
        }
    }
}
