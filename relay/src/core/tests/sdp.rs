use super::*;
use proptest::prelude::*;

const SDP: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n\
    m=video 51000 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 192.0.2.9\r\na=rtcp:51001 IN IP4 192.0.2.9\r\n\
    a=candidate:1 1 udp 2122260223 192.0.2.9 51000 typ host\r\na=ice-ufrag:Ab+/\r\n\
    a=ice-pwd:0123456789abcdefghijkl\r\na=end-of-candidates\r\n\
    m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP6 2001:db8::1\r\na=ice-ufrag:Ab+/\r\n\
    a=ice-pwd:0123456789abcdefghijkl\r\n";

#[test]
fn the_credentials_that_all_media_share_are_found() {
    assert_eq!(
        credentials(SDP),
        Ok(Credentials {
            ufrag: "Ab+/",
            password: "0123456789abcdefghijkl"
        })
    );
}

#[test]
fn media_with_different_credentials_are_refused() {
    let two = SDP.replacen("a=ice-ufrag:Ab+/", "a=ice-ufrag:other", 1);
    assert_eq!(credentials(&two), Err(BadSdp::Credentials));
}

#[test]
fn credentials_have_the_lengths_and_characters_of_the_standard() {
    let with = |ufrag: &str, password: &str| format!("a=ice-ufrag:{ufrag}\r\na=ice-pwd:{password}\r\n");
    let password = "p".repeat(22);
    assert!(credentials(&with("abcd", &password)).is_ok());
    assert!(credentials(&with(&"a".repeat(256), &"p".repeat(256))).is_ok());
    for bad in [
        with("abc", &password),
        with(&"a".repeat(257), &password),
        with("ab:cd", &password),
        with("abcd", &"p".repeat(21)),
        with("abcd", &"p".repeat(257)),
        with("abcd", "white space in a password"),
        String::new(),
    ] {
        assert_eq!(credentials(&bad), Err(BadSdp::Credentials), "{bad}");
    }
}

#[test]
fn an_sdp_of_exactly_the_limit_is_read_and_one_byte_more_refused() {
    let fill = SDP_BYTES - SDP.len();
    assert!(credentials(&format!("{SDP}{}", " ".repeat(fill))).is_ok());
    assert_eq!(
        credentials(&format!("{SDP}{}", " ".repeat(fill + 1))),
        Err(BadSdp::Long)
    );
}

#[test]
fn candidates_are_counted_up_to_the_limit() {
    let line = "a=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n";
    assert_eq!(count_candidates(&line.repeat(CANDIDATES)), Ok(CANDIDATES));
    assert_eq!(count_candidates(&line.repeat(CANDIDATES + 1)), Err(BadSdp::Candidates));
}

#[test]
fn no_address_of_its_maker_is_left_in_a_filtered_sdp() {
    let filtered = without_candidates(SDP);
    assert!(!filtered.contains("192.0.2.9") && !filtered.contains("2001:db8"));
    assert!(!filtered.contains("candidate"));
    assert_eq!(credentials(&filtered), credentials(SDP));
    assert_eq!(filtered.matches("c=IN IP4 0.0.0.0\r\n").count(), 2);
}

#[test]
fn candidates_are_told_from_other_text() {
    assert!(is_candidate("candidate:1 1 udp 1 192.0.2.1 1 typ host"));
    assert!(is_candidate(""));
    for bad in ["a=candidate:1", "hello", "candidate:1\r\na=evil", "candidate:\0"] {
        assert!(!is_candidate(bad), "{bad:?}");
    }
}

#[test]
fn a_candidate_of_exactly_the_limit_passes() {
    let candidate = |length: usize| format!("candidate:{}", "1".repeat(length - 10));
    assert!(is_candidate(&candidate(CANDIDATE_BYTES)));
    assert!(!is_candidate(&candidate(CANDIDATE_BYTES + 1)));
}

proptest! {
    #[test]
    fn hostile_sdps_never_panic_and_never_grow(sdp in "(a=candidate:|c=IN IP|a=ice-ufrag:|a=ice-pwd:|[ -~]|\r|\n|é){0,200}") {
        let _ = (credentials(&sdp), count_candidates(&sdp));
        let filtered = without_candidates(&sdp);
        prop_assert!(filtered.len() <= sdp.len() * 3);
        prop_assert!(filtered.lines().all(|line| !line.starts_with("a=candidate:")));
    }

    #[test]
    fn an_sdp_without_addresses_passes_unchanged(lines in proptest::collection::vec("[abst]=[a-z0-9:]{0,40}", 0..30)) {
        let sdp: String = lines.iter().filter(|line| !line.contains("candidate") && !line.starts_with("a=rtcp:"))
            .map(|line| format!("{line}\r\n")).collect();
        prop_assert_eq!(without_candidates(&sdp), sdp);
    }
}
