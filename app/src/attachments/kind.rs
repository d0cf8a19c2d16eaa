//! What a file is: by its first bytes and its name, never by what its sender says.
//!
//! Invariant: pure. Only what is known to be harmless to show is shown; everything else is only downloaded, and what
//! runs when it is opened is not taken at all.

use crate::words::t;
use deskside_protocol::transfer::BLOCKED;

/// The kind of a file that was taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Png,
    Jpeg,
    Gif,
    WebP,
    Pdf,
    /// Anything else: downloaded, never shown.
    Other,
}

/// Why a file is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    #[error(
        "{}",
        t("Programs and scripts cannot be attached. Pack it into an archive if it must be sent.")
    )]
    Runs,
    #[error("{}", t("It is called a picture and is none. Save it again as PNG or JPEG."))]
    NoPicture,
    #[error("{}", t("The file is empty."))]
    Empty,
}

const PICTURES: [&str; 5] = ["png", "jpg", "jpeg", "gif", "webp"];

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] = [Self::Png, Self::Jpeg, Self::Gif, Self::WebP, Self::Pdf, Self::Other];

    /// The kind of a file with this name that begins with these bytes.
    pub fn of(name: &str, start: &[u8]) -> Result<Self, Refused> {
        if start.is_empty() {
            return Err(Refused::Empty);
        }
        let end = name
            .rsplit_once('.')
            .map(|(_, end)| end.trim().to_lowercase())
            .unwrap_or_default();
        let kind = Self::sniff(start);
        // PE and ELF programs, and scripts that name their interpreter.
        let program = start.starts_with(b"MZ") || start.starts_with(b"\x7fELF") || start.starts_with(b"#!");
        if program || BLOCKED.contains(&end.as_str()) {
            return Err(Refused::Runs);
        }
        if PICTURES.contains(&end.as_str()) && !kind.is_picture() {
            return Err(Refused::NoPicture);
        }
        Ok(kind)
    }

    /// By signatures (PNG: RFC 2083, section 3.1; the others as registered with their media types).
    fn sniff(start: &[u8]) -> Self {
        match start {
            [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Self::Png,
            [0xff, 0xd8, 0xff, ..] => Self::Jpeg,
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Self::Gif,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Self::WebP,
            [b'%', b'P', b'D', b'F', b'-', ..] => Self::Pdf,
            _ => Self::Other,
        }
    }

    /// Shown in the conversation.
    pub fn is_picture(self) -> bool {
        matches!(self, Self::Png | Self::Jpeg | Self::Gif | Self::WebP)
    }

    /// The media type with which it is sent to a browser.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
            Self::Pdf => "application/pdf",
            Self::Other => "application/octet-stream",
        }
    }

    /// Reads a stored media type.
    pub fn from_media_type(text: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|kind| kind.media_type() == text)
            .unwrap_or(Self::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

    #[test]
    fn a_file_is_what_its_bytes_say() {
        assert_eq!(Kind::of("a.png", PNG), Ok(Kind::Png));
        assert_eq!(Kind::of("a.txt", PNG), Ok(Kind::Png));
        assert_eq!(Kind::of("a.pdf", b"%PDF-1.7"), Ok(Kind::Pdf));
        assert_eq!(Kind::of("notes.txt", b"hello"), Ok(Kind::Other));
    }

    #[test]
    fn a_picture_that_is_none_is_refused() {
        assert_eq!(Kind::of("a.png", b"<svg onload=alert(1)>"), Err(Refused::NoPicture));
        assert_eq!(Kind::of("a.JPG", b"GIF"), Err(Refused::NoPicture));
    }

    #[test]
    fn what_runs_is_refused_by_name_and_by_bytes() {
        for (name, start) in [
            ("a.exe", &b"x"[..]),
            ("A.PS1", b"x"),
            ("a.txt", b"MZ\x90"),
            ("a", b"#!/bin/sh"),
            ("a.sh ", b"x"),
        ] {
            assert_eq!(Kind::of(name, start), Err(Refused::Runs), "{name}");
        }
    }

    #[test]
    fn every_media_type_reads_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_media_type(kind.media_type()), kind);
        }
    }

    proptest! {
        #[test]
        fn only_pictures_are_shown(name in ".{0,20}", start in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(kind) = Kind::of(&name, &start) {
                prop_assert!(!kind.is_picture() || Kind::sniff(&start) == kind);
            }
        }
    }
}
