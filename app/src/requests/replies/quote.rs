//! What somebody wrote into a mail, without what their mail program put around it.
//!
//! Invariant: pure; gives only lines that were in the mail, in their order, and never nothing where there was something.

/// Words before the sender in the block that Outlook puts above what it quotes.
const FROM: [&str; 9] = ["from:", "von:", "de:", "da:", "van:", "od:", "från:", "fra:", "差出人:"];
/// Words before the subject in that block.
const SUBJECT: [&str; 10] = [
    "subject:",
    "betreff:",
    "objet:",
    "asunto:",
    "oggetto:",
    "onderwerp:",
    "temat:",
    "ämne:",
    "emne:",
    "件名:",
];
/// Words between dashes above a mail that is quoted as a whole.
const ORIGINAL: [&str; 9] = [
    "original message",
    "originalnachricht",
    "ursprüngliche nachricht",
    "message d'origine",
    "mensaje original",
    "messaggio originale",
    "forwarded message",
    "weitergeleitete nachricht",
    "元のメッセージ",
];
/// Lines between the sender and the subject in that block at most.
const BLOCK_LINES: usize = 6;

/// The answer in a mail's text.
pub fn answer(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.lines().collect();
    let end = (0..lines.len()).find(|&at| is_end(&lines, at)).unwrap_or(lines.len());
    let mut kept: Vec<&str> = Vec::new();
    for (at, line) in lines[..end].iter().enumerate() {
        if !is_quoted(line) && !introduces_quote(&lines[..end], at) {
            kept.push(line);
        }
    }
    let answer = kept.join("\n").trim().to_owned();
    if answer.is_empty() {
        return text.trim().to_owned();
    }
    answer
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// From here on nothing is the writer's: a signature (RFC 3676, section 4.3), or a mail quoted as a whole.
fn is_end(lines: &[&str], at: usize) -> bool {
    let line = lines[at].trim_end_matches('\n');
    let bare = line.trim();
    if line == "-- " || bare == "--" {
        return true;
    }
    if bare.starts_with("---") && bare.ends_with("---") {
        let words = bare.trim_matches('-').trim().to_lowercase();
        return ORIGINAL.contains(&words.as_str());
    }
    let begins = |line: &str, words: &[&str]| {
        let line = line.trim().trim_start_matches('*').to_lowercase();
        words.iter().any(|word| line.starts_with(word))
    };
    begins(line, &FROM)
        && lines[at + 1..]
            .iter()
            .take(BLOCK_LINES)
            .any(|line| begins(line, &SUBJECT))
}

/// “On Monday Oscar wrote:”, which may take two lines, right above a quote.
fn introduces_quote(lines: &[&str], at: usize) -> bool {
    let quote_follows = |at: usize| {
        let rest = lines.get(at + 1..).unwrap_or_default();
        rest.iter()
            .find(|line| !line.trim().is_empty())
            .is_some_and(|line| is_quoted(line))
    };
    let ends = |at: usize| lines.get(at).is_some_and(|line| line.trim_end().ends_with([':', '：']));
    if ends(at) {
        return quote_follows(at);
    }
    let words = lines[at].trim();
    !words.is_empty() && words.contains(|c: char| c.is_ascii_digit()) && ends(at + 1) && quote_follows(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_quote_below_the_answer_goes() {
        let text =
            "It works again, thanks!\r\n\r\nOn Mon, 2 Nov 2026 at 09:00, Oscar wrote:\r\n> Did you restart?\r\n> \r\n";
        assert_eq!(answer(text), "It works again, thanks!");
    }

    #[test]
    fn an_introduction_over_two_lines_goes_with_its_quote() {
        let text = "Yes.\n\nAm Montag, 2. November 2026 um 09:00 schrieb Oscar Operator\n<help@example.org>:\n\n> Did you restart?\n";
        assert_eq!(answer(text), "Yes.");
    }

    #[test]
    fn answers_between_and_below_quotes_stay() {
        let text = "> Did you restart?\nTwice.\n> And the cable?\nIs new.";
        assert_eq!(answer(text), "Twice.\nIs new.");
    }

    #[test]
    fn the_block_of_outlook_and_all_below_it_go() {
        let text = "Danke!\n\n________________________________\nVon: Helpdesk <help@example.org>\nGesendet: Montag\nAn: Emma\n\
                    Betreff: [REQ-1001] Printer\n\nOscar wrote.";
        assert_eq!(answer(text).lines().next(), Some("Danke!"));
        assert!(!answer(text).contains("Betreff"));
    }

    #[test]
    fn a_line_of_dashes_ends_nothing() {
        let text = "See:\n----- log -----\nE42\n----------\nThat is all.";
        assert_eq!(answer(text), text);
    }

    #[test]
    fn what_is_below_original_message_goes() {
        assert_eq!(answer("Yes.\n-----Original Message-----\nIs it on?"), "Yes.");
    }

    #[test]
    fn a_signature_goes() {
        assert_eq!(answer("Tomorrow is fine.\n-- \nEmma\nSales"), "Tomorrow is fine.");
    }

    #[test]
    fn a_line_that_begins_with_from_is_no_block() {
        assert_eq!(
            answer("From: here I see nothing.\nStill nothing."),
            "From: here I see nothing.\nStill nothing."
        );
    }

    #[test]
    fn a_mail_of_nothing_but_a_quote_is_kept_whole() {
        assert_eq!(answer("> Did you restart?"), "> Did you restart?");
    }

    proptest! {
        #[test]
        fn every_line_was_in_the_mail(text in "([ -~>:\u{e4}\u{5dee}]{0,20}\n){0,12}") {
            for line in answer(&text).lines() {
                prop_assert!(text.contains(line));
            }
        }

        #[test]
        fn something_stays_of_something(text in "\\PC{1,60}") {
            prop_assume!(!text.trim().is_empty());
            prop_assert!(!answer(&text).is_empty());
        }
    }
}
