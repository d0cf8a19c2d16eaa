//! The name under which a received file is kept.

/// Longest name, bytes of UTF-8: file systems take 255, and ` (2)` and `.part` have to fit too.
pub const NAME_BYTES: usize = 200;
/// Longest ending that is kept when a name is cut, bytes with its dot.
const ENDING_BYTES: usize = 20;
/// Stands for a name of which nothing is left.
const NAMELESS: &str = "file";
/// Names that are devices on Windows, with any ending.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// One harmless path component: no separators, drives or streams, nothing invisible, no direction marks, nothing that
/// pushes the ending out of sight, no device of Windows, not hidden, not empty, at most [`NAME_BYTES`] long. A cleaned
/// name stays as it is.
pub fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible = last.chars().filter(|c| !is_invisible(*c));
    let mut clean = String::with_capacity(last.len());
    for c in visible {
        match c {
            '<' | '>' | ':' | '"' | '|' | '?' | '*' => clean.push('_'),
            c if c.is_whitespace() && clean.ends_with(' ') => {}
            c if c.is_whitespace() => clean.push(' '),
            c => clean.push(c),
        }
    }
    clean = trimmed(&clean).to_owned();
    if is_device(&clean) {
        clean.insert(0, '_');
    }
    clean = shortened(&clean);
    if clean.is_empty() { NAMELESS.to_owned() } else { clean }
}

/// `name` with a number before its ending: `report (2).pdf`.
pub fn numbered(name: &str, number: u32) -> String {
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => format!("{stem} ({number}).{ending}"),
        _ => format!("{name} ({number})"),
    }
}

/// The part after the last dot, in lower case; empty without one.
pub(super) fn ending(name: &str) -> String {
    name.rsplit_once('.')
        .map(|(_, ending)| ending.to_lowercase())
        .unwrap_or_default()
}

fn trimmed(name: &str) -> &str {
    name.trim_start_matches(['.', ' ']).trim_end_matches(['.', ' '])
}

/// Controls, what reorders or hides the letters around it, and letters that look like nothing.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFC}'
            | '\u{1D159}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let numbered = port.is_some_and(|number| {
        let mut chars = number.chars();
        matches!((chars.next(), chars.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
    });
    numbered || DEVICES.contains(&stem.as_str())
}

/// Cut in its stem, so that the ending stays.
fn shortened(name: &str) -> String {
    if name.len() <= NAME_BYTES {
        return name.to_owned();
    }
    let ending = match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= ENDING_BYTES => &name[dot..],
        _ => "",
    };
    let mut cut = NAME_BYTES - ending.len();
    while !name.is_char_boundary(cut) {
        cut -= 1;
    }
    format!("{}{ending}", trimmed(&name[..cut]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_ordinary_name_stays() {
        for name in [
            "report.pdf",
            "Übersicht 2026 (final).xlsx",
            "文書.txt",
            "no ending",
            "a_b-c+d.tar.gz",
        ] {
            assert_eq!(safe_name(name), name);
        }
    }

    #[test]
    fn folders_drives_and_streams_are_gone() {
        assert_eq!(safe_name("../../etc/passwd"), "passwd");
        assert_eq!(safe_name(r"C:\Windows\System32\drivers\etc\hosts"), "hosts");
        assert_eq!(safe_name("C:evil.txt"), "C_evil.txt");
        assert_eq!(safe_name("report.pdf:Zone.Identifier"), "report.pdf_Zone.Identifier");
    }

    #[test]
    fn devices_of_windows_are_files_afterwards() {
        for name in ["CON", "nul.txt", "Com1", "LPT¹.log", "aux .h", "conin$"] {
            assert!(safe_name(name).starts_with('_'), "{name}");
        }
        for name in ["COM10", "console", "nullify.txt", "comb"] {
            assert_eq!(safe_name(name), name);
        }
    }

    #[test]
    fn a_name_cannot_be_hidden_or_reordered() {
        assert_eq!(safe_name("...hidden"), "hidden");
        assert_eq!(safe_name("photo\u{202E}gpj.exe"), "photogpj.exe");
        assert_eq!(safe_name("a\u{0}b\r\n.txt"), "ab.txt");
        assert_eq!(safe_name("setup.exe. . "), "setup.exe");
    }

    #[test]
    fn nothing_pushes_the_ending_out_of_sight() {
        assert_eq!(
            safe_name(&format!("report.pdf{}.exe", " ".repeat(100))),
            "report.pdf .exe"
        );
        assert_eq!(safe_name("a\u{3000}\u{2003} \u{A0}b.txt"), "a b.txt");
        for filler in ['\u{3164}', '\u{2800}', '\u{115F}', '\u{1160}', '\u{FFA0}'] {
            let name = format!("report.pdf{}.exe", filler.to_string().repeat(40));
            assert_eq!(safe_name(&name), "report.pdf.exe", "{filler:?}");
            assert_eq!(safe_name(&format!("a {filler} b")), "a b", "{filler:?}");
        }
    }

    #[test]
    fn of_nothing_a_name_is_made() {
        for name in ["", ".", "..", "/", "\\", " . ", "\u{202E}"] {
            assert_eq!(safe_name(name), "file");
        }
    }

    #[test]
    fn a_name_of_200_bytes_stays_and_a_longer_one_keeps_its_ending() {
        let longest = format!("{}.pdf", "a".repeat(NAME_BYTES - 4));
        assert_eq!(safe_name(&longest), longest);
        assert_eq!(safe_name(&format!("a{longest}")), longest);
        let umlauts = safe_name(&format!("{}.pdf", "ä".repeat(150)));
        assert!(umlauts.len() <= NAME_BYTES && umlauts.ends_with("ä.pdf"), "{umlauts}");
    }

    #[test]
    fn a_number_stands_before_the_ending() {
        assert_eq!(numbered("report.pdf", 2), "report (2).pdf");
        assert_eq!(numbered("report", 3), "report (3)");
    }

    proptest! {
        #[test]
        fn whatever_comes_the_name_is_one_harmless_component(
            name in prop_oneof![
                any::<String>(),
                "[a-zA-Z.:/\\\\ \u{202e}]{0,20}",
                "(con|nul|lpt1|\\.|\\.\\.)[. ]{0,3}(txt|exe)?",
                "[äa. ]{150,300}",
                "[a. \u{3164}\u{2800}\u{115f}\u{1160}\u{ffa0}\u{3000}\u{a0}]{0,40}",
            ]
        ) {
            let clean = safe_name(&name);
            prop_assert!(!clean.is_empty() && clean.len() <= NAME_BYTES);
            prop_assert!(!clean.contains(['/', '\\', ':', '<', '>', '"', '|', '?', '*']));
            prop_assert!(!clean.chars().any(is_invisible));
            prop_assert!(!clean.contains("  ") && !clean.chars().any(|c| c.is_whitespace() && c != ' '));
            prop_assert!(!clean.starts_with(['.', ' ']) && !clean.ends_with(['.', ' ']));
            prop_assert!(!is_device(&clean));
            prop_assert_eq!(safe_name(&clean), clean);
        }
    }
}
