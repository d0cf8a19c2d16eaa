//! The few lines of an SDP that the relay has to do with: ICE credentials and candidates.
//!
//! Invariant: what is not a candidate or a default address passes through unchanged, byte for byte.

use deskside_protocol::limits::{CANDIDATE_BYTES, CANDIDATES, SDP_BYTES};

/// `ice-ufrag` and `ice-pwd` of a description.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Credentials<'a> {
    pub ufrag: &'a str,
    pub password: &'a str,
}

/// Why an SDP cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadSdp {
    #[error("the SDP is longer than {SDP_BYTES} bytes")]
    Long,
    #[error("the SDP has no ICE credentials, or not the same ones for all its media")]
    Credentials,
    #[error("the SDP has more than {CANDIDATES} candidates")]
    Candidates,
}

/// Reads the credentials, which must be the same for all media: everything goes over one transport (BUNDLE).
pub fn credentials(sdp: &str) -> Result<Credentials<'_>, BadSdp> {
    if sdp.len() > SDP_BYTES {
        return Err(BadSdp::Long);
    }
    let ufrag = only(sdp, "a=ice-ufrag:").filter(|text| is_ice_text(text, 4));
    let password = only(sdp, "a=ice-pwd:").filter(|text| is_ice_text(text, 22));
    ufrag
        .zip(password)
        .map(|(ufrag, password)| Credentials { ufrag, password })
        .ok_or(BadSdp::Credentials)
}

/// The value that all lines with `prefix` share.
fn only<'a>(sdp: &'a str, prefix: &str) -> Option<&'a str> {
    let mut values = sdp
        .lines()
        .filter_map(|line| line.strip_prefix(prefix))
        .map(str::trim_end);
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

/// `ice-char`s (RFC 8839, section 5.4): at least `shortest`, at most 256.
fn is_ice_text(text: &str, shortest: usize) -> bool {
    (shortest..=256).contains(&text.len())
        && text
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || c == b'+' || c == b'/')
}

/// How many candidates a description carries.
pub fn count_candidates(sdp: &str) -> Result<usize, BadSdp> {
    let count = sdp.lines().filter(|line| line.starts_with("a=candidate:")).count();
    if count > CANDIDATES {
        Err(BadSdp::Candidates)
    } else {
        Ok(count)
    }
}

/// The description without any address at which its maker could be reached directly.
pub fn without_candidates(sdp: &str) -> String {
    let mut kept = String::with_capacity(sdp.len());
    for line in sdp.split_inclusive('\n') {
        let text = line.trim_end_matches(['\r', '\n']);
        if text.starts_with("c=IN IP") {
            kept.push_str("c=IN IP4 0.0.0.0");
            kept.push_str(&line[text.len()..]);
        } else if !["a=candidate:", "a=end-of-candidates", "a=remote-candidates:", "a=rtcp:"]
            .iter()
            .any(|p| text.starts_with(p))
        {
            kept.push_str(line);
        }
    }
    kept
}

/// True for a candidate-attribute, or the empty text that says that there are no more.
pub fn is_candidate(text: &str) -> bool {
    let shaped = text.is_empty() || text.starts_with("candidate:");
    shaped && text.len() <= CANDIDATE_BYTES && !text.chars().any(char::is_control)
}

#[cfg(test)]
#[path = "tests/sdp.rs"]
mod tests;
