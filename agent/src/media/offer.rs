//! The browser's offer, made to name one certificate only.
//!
//! Invariant: whatever parser reads the result, it finds the fingerprint of the checked ticket and no other.

use deskside_protocol::fingerprint::Fingerprint;

/// The offer with the ticket's fingerprint (RFC 8122, section 5) at session level in place of all that it said itself.
pub fn pinned(offer: &str, fingerprint: &Fingerprint) -> String {
    let mut pinned = String::with_capacity(offer.len() + 128);
    let mut named = false;
    let mut name = |pinned: &mut String| {
        if !std::mem::replace(&mut named, true) {
            pinned.push_str(&format!("a=fingerprint:sha-256 {fingerprint}\r\n"));
        }
    };
    for line in offer.split(['\r', '\n']).filter(|line| !line.is_empty()) {
        if line.to_ascii_lowercase().contains("fingerprint") {
            continue;
        }
        if line.starts_with("m=") {
            name(&mut pinned);
        }
        pinned.push_str(line);
        pinned.push_str("\r\n");
    }
    name(&mut pinned);
    pinned
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OWN: Fingerprint = Fingerprint([3; 32]);
    const FOREIGN: Fingerprint = Fingerprint([9; 32]);

    #[test]
    fn the_tickets_fingerprint_stands_before_the_first_medium() {
        let offer = "v=0\r\ns=-\r\nm=video 9 x 102\r\na=mid:0\r\nm=application 9 x y\r\na=mid:1\r\n";
        assert_eq!(
            pinned(offer, &OWN),
            format!(
                "v=0\r\ns=-\r\na=fingerprint:sha-256 {OWN}\r\n\
                 m=video 9 x 102\r\na=mid:0\r\nm=application 9 x y\r\na=mid:1\r\n"
            )
        );
    }

    #[test]
    fn an_offer_without_media_names_it_at_the_end() {
        assert_eq!(pinned("v=0", &OWN), format!("v=0\r\na=fingerprint:sha-256 {OWN}\r\n"));
    }

    #[test]
    fn every_other_fingerprint_is_gone_however_it_is_written() {
        let lines = [
            format!("a=fingerprint:sha-256 {FOREIGN}"),
            format!("a=Fingerprint:SHA-256 {FOREIGN}"),
            format!(" a = FINGERPRINT:sha-1 {FOREIGN}"),
            format!("a=mid:0 fingerprint:sha-256 {FOREIGN}"),
            format!("s=-\ra=fingerprint:sha-512 {FOREIGN}\r"),
        ];
        for line in lines {
            for offer in [
                format!("v=0\r\n{line}\r\nm=video 9 x 102\r\n"),
                format!("v=0\nm=video 9 x 102\n{line}\n"),
            ] {
                let pinned = pinned(&offer, &OWN);
                assert!(!pinned.contains(&FOREIGN.to_string()), "{pinned:?}");
                assert_eq!(Fingerprint::from_sdp(&pinned), Some(OWN), "{pinned:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_names_one_fingerprint_and_it_is_the_tickets(
            parts in prop::collection::vec(
                prop_oneof![
                    ".{0,12}",
                    "[a-z =:\r\n]{0,12}",
                    Just("\r".to_owned()),
                    Just("\r\n".to_owned()),
                    Just("m=video 9 x 1".to_owned()),
                    Just("a=fingerPRINT:sha-256 ".to_owned()),
                    Just(FOREIGN.to_string()),
                    Just("a=fingerprint:sha-256 09".to_owned()),
                ],
                0..24,
            )
        ) {
            let pinned = pinned(&parts.concat(), &OWN);
            prop_assert_eq!(pinned.to_ascii_lowercase().matches("fingerprint").count(), 1);
            prop_assert_eq!(Fingerprint::from_sdp(&pinned), Some(OWN));
            let before = pinned.split("a=fingerprint").next().unwrap_or_default();
            prop_assert!(!before.lines().any(|line| line.starts_with("m=")));
        }
    }
}
