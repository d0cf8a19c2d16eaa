//! What the own mail server found out about a mail's sender: `Authentication-Results` (RFC 8601).
//!
//! Invariant: pure. Only headers that name the trusted server count, and of these the topmost that speaks of DMARC:
//! what a forger put into the mail stands below what our server added, and so is never reached.

/// What one header says about DMARC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Dmarc {
    Silent,
    Failed,
    Other,
}

/// Whether the server `trusted` found that the sender's domain disowns the mail. `headers` are the values of all
/// `Authentication-Results`, the topmost first.
pub fn fails(headers: &[String], trusted: &str) -> bool {
    let said = headers.iter().filter_map(|raw| dmarc(raw, trusted));
    said.into_iter().find(|said| *said != Dmarc::Silent) == Some(Dmarc::Failed)
}

/// What the header says; `None` when another server wrote it.
fn dmarc(raw: &str, trusted: &str) -> Option<Dmarc> {
    let Some(sections) = sections(raw) else {
        // A comment or a quote without an end, in which a result could hide: read in the way that lets nothing through.
        let raw = raw.to_ascii_lowercase();
        let id = raw.split([';', ' ', '\t', '\r', '\n']).find(|word| !word.is_empty())?;
        let packed: String = raw.chars().filter(|c| !c.is_whitespace()).collect();
        return id
            .eq_ignore_ascii_case(trusted)
            .then_some(match packed.contains("dmarc=fail") {
                true => Dmarc::Failed,
                false => Dmarc::Silent,
            });
    };
    let id = sections.first()?.split_whitespace().next()?;
    if !id.eq_ignore_ascii_case(trusted) {
        return None;
    }
    let results = sections[1..].iter().filter_map(|section| result(section));
    Some(results.fold(Dmarc::Silent, |before, result| match (before, result) {
        (Dmarc::Failed, _) | (_, "fail") => Dmarc::Failed,
        _ => Dmarc::Other,
    }))
}

/// The result of a section about DMARC: `dmarc=fail header.from=…`, with a version perhaps: `dmarc/1 = fail`.
fn result(section: &str) -> Option<&str> {
    let (method, rest) = section.split_once('=')?;
    let method = method.split('/').next().unwrap_or(method).trim();
    (method == "dmarc").then(|| rest.split_whitespace().next().unwrap_or_default())
}

/// The header between its semicolons, in small letters, without comments and quotes; `None` when one has no end.
fn sections(raw: &str) -> Option<Vec<String>> {
    let mut sections = vec![String::new()];
    let (mut depth, mut quoted) = (0usize, false);
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        let last = sections.last_mut()?;
        match c {
            '\\' if quoted || depth > 0 => {
                chars.next();
            }
            '"' if depth == 0 => quoted = !quoted,
            '(' if !quoted => {
                depth += 1;
                last.push(' ');
            }
            ')' if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            // What is quoted is one word, and says no result.
            c if quoted => last.push(if c.is_ascii_alphanumeric() || ".-".contains(c) {
                c
            } else {
                '_'
            }),
            ';' => sections.push(String::new()),
            c => last.extend(c.to_lowercase()),
        }
    }
    (depth == 0 && !quoted).then_some(sections)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OURS: &str = "mx.example.org";

    fn failed(headers: &[&str]) -> bool {
        let headers: Vec<String> = headers.iter().map(|&raw| raw.to_owned()).collect();
        fails(&headers, OURS)
    }

    #[test]
    fn a_failure_that_our_server_found_counts() {
        assert!(failed(&[
            "mx.example.org;\r\n\tdkim=none;\r\n\tdmarc=fail (p=reject) header.from=example.org"
        ]));
    }

    #[test]
    fn a_mail_that_passed_does_not_fail() {
        assert!(!failed(&[
            "mx.example.org; spf=fail; dmarc=pass header.from=example.org"
        ]));
    }

    #[test]
    fn no_header_is_no_failure() {
        assert!(!failed(&[]));
        assert!(!failed(&["mx.example.org 1; none"]));
    }

    #[test]
    fn what_another_server_says_does_not_count() {
        assert!(!failed(&["mx.elsewhere.org; dmarc=fail"]));
    }

    #[test]
    fn a_forged_pass_below_ours_does_not_count() {
        assert!(failed(&["mx.example.org; dmarc=fail", "mx.example.org; dmarc=pass"]));
    }

    #[test]
    fn a_forged_pass_of_another_server_above_ours_does_not_count() {
        assert!(failed(&["mx.elsewhere.org; dmarc=pass", "mx.example.org; dmarc=fail"]));
    }

    #[test]
    fn our_server_may_say_dkim_and_dmarc_in_two_headers() {
        assert!(failed(&["mx.example.org; dkim=pass", "mx.example.org; dmarc=fail"]));
    }

    #[test]
    fn of_two_results_the_failure_counts() {
        assert!(failed(&["mx.example.org; dmarc=pass; dmarc=fail"]));
    }

    #[test]
    fn case_blanks_comments_and_versions_change_nothing() {
        assert!(failed(&["(a \\) b) MX.Example.Org 1 ; DMARC / 1 (why) = (so) Fail"]));
        assert!(failed(&["\"mx.example.org\"; dmarc=fail"]));
    }

    #[test]
    fn a_result_in_a_comment_or_a_quote_is_none() {
        assert!(!failed(&["mx.example.org; arc=pass (i=1; dmarc=fail); dmarc=pass"]));
        assert!(!failed(&["mx.example.org; spf=pass reason=\"a; dmarc=fail\""]));
    }

    #[test]
    fn a_comment_without_an_end_hides_no_failure() {
        assert!(failed(&[
            "mx.example.org; spf=pass smtp.mailfrom=a(b@evil.org; dmarc = fail (p=none)"
        ]));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,200}") {
            let _ = failed(&[&text]);
        }

        #[test]
        fn a_failure_is_found_behind_any_other_result(before in "[a-z]{1,8}=[a-z]{1,8}( [a-z.]{1,9}=[-a-z.@]{1,9})?", comment in "[a-z ;=]{0,20}") {
            prop_assume!(!before.starts_with("dmarc="));
            let header = format!("mx.example.org; {before} ({comment}); dmarc=fail ({comment})");
            prop_assert!(failed(&[&header]));
        }

        #[test]
        fn only_the_trusted_server_is_heard(id in "[a-z.]{1,20}") {
            prop_assume!(id != OURS);
            let header = format!("{id}; dmarc=fail");
            prop_assert!(!failed(&[&header]));
        }
    }
}
