use deskside_protocol::fingerprint::{BadFingerprint, Fingerprint};
use proptest::prelude::*;

const TEXT: &str = "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF";

fn sdp(lines: &[&str]) -> String {
    format!("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n{}\r\n", lines.join("\r\n"))
}

#[test]
fn the_text_form_is_that_of_sdp() {
    assert_eq!(TEXT.parse::<Fingerprint>().expect("a fingerprint").to_string(), TEXT);
}

#[test]
fn lower_case_is_read_too() {
    assert_eq!(TEXT.to_lowercase().parse::<Fingerprint>(), TEXT.parse());
}

#[test]
fn one_pair_too_few_or_too_many_is_refused() {
    assert_eq!(TEXT[3..].parse::<Fingerprint>(), Err(BadFingerprint));
    assert_eq!(format!("{TEXT}:00").parse::<Fingerprint>(), Err(BadFingerprint));
}

#[test]
fn a_signed_pair_is_no_hexadecimal() {
    assert_eq!(TEXT.replacen("00", "+0", 1).parse::<Fingerprint>(), Err(BadFingerprint));
}

#[test]
fn the_same_fingerprint_in_session_and_media_is_one() {
    let line = format!("a=fingerprint:sha-256 {TEXT}");
    assert_eq!(
        Fingerprint::from_sdp(&sdp(&[&line, "m=video 9 UDP/TLS/RTP/SAVPF 96", &line])),
        TEXT.parse().ok()
    );
}

#[test]
fn a_description_with_two_certificates_has_no_fingerprint() {
    let line = format!("a=fingerprint:sha-256 {TEXT}");
    let other = line.replace("EE", "EF");
    assert_eq!(Fingerprint::from_sdp(&sdp(&[&line, &other])), None);
}

#[test]
fn another_hash_beside_it_has_no_fingerprint() {
    let line = format!("a=fingerprint:sha-256 {TEXT}");
    assert_eq!(Fingerprint::from_sdp(&sdp(&[&line, "a=fingerprint:sha-1 00:11"])), None);
}

#[test]
fn a_line_that_a_lenient_parser_would_take_for_one_has_no_fingerprint() {
    let line = format!("a=fingerprint:sha-256 {TEXT}");
    let foreign = line.replace("EE", "EF");
    for disguise in [
        foreign.replace("a=", "a= "),
        format!("\r{}", foreign.replace("a=", " a=")),
        foreign.replace("a=", "\ta="),
        foreign.replace("fingerprint", "Fingerprint"),
        foreign.replace("sha-256", "SHA-256"),
        format!("{foreign} "),
        format!("a=x:{foreign}"),
    ] {
        assert_eq!(Fingerprint::from_sdp(&sdp(&[&disguise, &line])), None, "{disguise:?}");
        assert_eq!(Fingerprint::from_sdp(&sdp(&[&line, &disguise])), None, "{disguise:?}");
    }
}

#[test]
fn a_carriage_return_alone_separates_lines() {
    let line = format!("a=fingerprint:sha-256 {TEXT}");
    let foreign = line.replace("EE", "EF");
    assert_eq!(Fingerprint::from_sdp(&format!("v=0\r{foreign}\r\n{line}\r\n")), None);
}

#[test]
fn a_description_without_one_has_none() {
    assert_eq!(Fingerprint::from_sdp(&sdp(&[])), None);
}

proptest! {
    #[test]
    fn every_fingerprint_survives_its_text(bytes: [u8; 32]) {
        prop_assert_eq!(Fingerprint(bytes).to_string().parse(), Ok(Fingerprint(bytes)));
    }

    #[test]
    fn hostile_text_never_panics(text in any::<String>()) {
        let _ = text.parse::<Fingerprint>();
        let _ = Fingerprint::from_sdp(&format!("a=fingerprint:{text}"));
    }
}
