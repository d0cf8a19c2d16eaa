//! Addresses to which one person's answers about one thing go: `help+4fz…@example.org`.
//!
//! Invariant: pure but for the key. An address is good for the person it was made for alone; what stands before the `+`
//! is at most [`LOCAL_CHARS`] long, so that the whole fits into what a local part may have (RFC 5321, section 4.5.3.1.1).

use crate::server::keyed;
use data_encoding::BASE32_NOPAD;
use deskside_protocol::ids::UserId;
use ed25519_dalek::SigningKey;
use hmac::Mac;
use uuid::Uuid;

/// Longest local part of an inbox, characters.
pub const LOCAL_CHARS: usize = 20;
const PURPOSE: &[u8] = b"deskside reply addresses v1";
/// Bytes of the signature: a forger has no way to try but by sending mail.
const MAC_BYTES: usize = 10;
const TOKEN_BYTES: usize = 16 + MAC_BYTES;

/// What an address says, not yet believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Claimed {
    /// What the answer is about.
    pub subject: Uuid,
    mac: [u8; MAC_BYTES],
}

/// The address for answers of `person` about `subject` that arrive in `inbox`.
pub fn make(inbox: &str, subject: Uuid, person: UserId, key: &SigningKey) -> Option<String> {
    let (local, domain) = inbox.rsplit_once('@')?;
    let mut token = subject.as_bytes().to_vec();
    token.extend_from_slice(&full_mac(subject, person, key).finalize().into_bytes()[..MAC_BYTES]);
    let token = BASE32_NOPAD.encode(&token).to_lowercase();
    Some(format!("{local}+{token}@{domain}"))
}

/// Reads an address to which a mail was sent; letters of either case, because mail servers change them.
pub fn read(address: &str, inbox: &str) -> Option<Claimed> {
    let (local, domain) = address.rsplit_once('@')?;
    let (inbox_local, inbox_domain) = inbox.rsplit_once('@')?;
    let (before, token) = local.split_once('+')?;
    if !before.eq_ignore_ascii_case(inbox_local) || !domain.eq_ignore_ascii_case(inbox_domain) {
        return None;
    }
    let token = BASE32_NOPAD.decode(token.to_ascii_uppercase().as_bytes()).ok()?;
    let token: [u8; TOKEN_BYTES] = token.try_into().ok()?;
    let (subject, mac) = token.split_first_chunk::<16>()?;
    Some(Claimed {
        subject: Uuid::from_bytes(*subject),
        mac: mac.try_into().ok()?,
    })
}

impl Claimed {
    /// Whether the address was made for `person`.
    pub fn is_for(&self, person: UserId, key: &SigningKey) -> bool {
        // Compares in constant time.
        full_mac(self.subject, person, key)
            .verify_truncated_left(&self.mac)
            .is_ok()
    }
}

fn full_mac(subject: Uuid, person: UserId, key: &SigningKey) -> impl Mac<OutputSize = sha2::digest::consts::U32> {
    keyed::mac(key, PURPOSE, &[*subject.as_bytes(), *person.0.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const INBOX: &str = "help@example.org";
    const EMMA: UserId = UserId(Uuid::from_u128(2));

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn made() -> String {
        make(INBOX, Uuid::from_u128(1), EMMA, &key()).expect("an address")
    }

    #[test]
    fn an_address_says_what_it_is_about_and_is_for_one_person() {
        let claimed = read(&made(), INBOX).expect("ours");
        assert_eq!(claimed.subject, Uuid::from_u128(1));
        assert!(claimed.is_for(EMMA, &key()));
        assert!(!claimed.is_for(UserId(Uuid::from_u128(3)), &key()));
    }

    #[test]
    fn letters_of_the_other_case_are_the_same_address() {
        let claimed = read(&made().to_uppercase(), INBOX).expect("ours");
        assert!(claimed.is_for(EMMA, &key()));
    }

    #[test]
    fn an_address_of_another_portal_is_for_nobody() {
        let claimed = read(&made(), INBOX).expect("read");
        assert!(!claimed.is_for(EMMA, &SigningKey::from_bytes(&[8; 32])));
    }

    #[test]
    fn an_address_of_another_inbox_is_none() {
        assert_eq!(read(&made(), "other@example.org"), None);
    }

    #[test]
    fn the_longest_inbox_gives_a_local_part_of_at_most_64_bytes() {
        let inbox = format!("{}@example.org", "a".repeat(LOCAL_CHARS));
        let address = make(&inbox, Uuid::max(), EMMA, &key()).expect("an address");
        assert!(address.split('@').next().is_some_and(|local| local.len() <= 64));
    }

    proptest! {
        #[test]
        fn no_other_token_is_for_somebody(token in "[a-z2-7]{42}") {
            let address = format!("help+{token}@example.org");
            prop_assume!(address != made());
            prop_assert!(read(&address, INBOX).is_none_or(|claimed| !claimed.is_for(EMMA, &key())));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,100}") {
            let _ = read(&text, INBOX);
        }
    }
}
