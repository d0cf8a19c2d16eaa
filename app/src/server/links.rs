//! Addresses that let their holder do one thing without signing in: signed, for one person, until a time.
//!
//! Invariant: pure but for the key. That a link works once is decided by what it answers, which is open only once.

use super::keyed;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use deskside_protocol::{UnixMillis, ids::UserId};
use ed25519_dalek::SigningKey;
use hmac::Mac;
use uuid::Uuid;

/// Longest token read, bytes.
const TOKEN_BYTES: usize = 200;
const PURPOSE: &[u8] = b"deskside links v1";

/// What a link allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Link {
    pub purpose: Purpose,
    /// What it is about.
    pub subject: Uuid,
    /// As whom its holder acts.
    pub person: UserId,
    pub expires_at: UnixMillis,
}

/// What can be done with a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Answer a proposed time.
    AnswerProposal,
    /// Say how content one was with a closed request, or open it again.
    AfterClosing,
}

impl Purpose {
    const ALL: [Self; 2] = [Self::AnswerProposal, Self::AfterClosing];

    fn code(self) -> &'static str {
        match self {
            Self::AnswerProposal => "time",
            Self::AfterClosing => "closed",
        }
    }
}

/// Why a token opens nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadLink {
    #[error("nobody here signed this")]
    Forged,
    #[error("its time is over")]
    Expired,
}

impl Link {
    /// The text for an address.
    pub fn token(&self, key: &SigningKey) -> String {
        let text = self.text();
        let mac = URL_SAFE_NO_PAD.encode(keyed::mac(key, PURPOSE, text.as_bytes()).finalize().into_bytes());
        format!("{text}.{mac}")
    }

    /// Reads a token of `purpose`.
    pub fn read(token: &str, purpose: Purpose, key: &SigningKey, now: UnixMillis) -> Result<Self, BadLink> {
        if token.len() > TOKEN_BYTES {
            return Err(BadLink::Forged);
        }
        let (text, signature) = token.rsplit_once('.').ok_or(BadLink::Forged)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| BadLink::Forged)?;
        // Compares in constant time.
        keyed::mac(key, PURPOSE, text.as_bytes())
            .verify_slice(&signature)
            .map_err(|_| BadLink::Forged)?;
        let link = Self::parse(text)
            .filter(|link| link.purpose == purpose)
            .ok_or(BadLink::Forged)?;
        if now >= link.expires_at {
            return Err(BadLink::Expired);
        }
        Ok(link)
    }

    fn text(&self) -> String {
        let Self {
            purpose,
            subject,
            person,
            expires_at,
        } = self;
        format!(
            "{}.{}.{}.{expires_at}",
            purpose.code(),
            subject.simple(),
            person.0.simple()
        )
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let purpose = parts.next()?;
        let link = Self {
            purpose: Purpose::ALL.into_iter().find(|known| known.code() == purpose)?,
            subject: Uuid::parse_str(parts.next()?).ok()?,
            person: UserId(Uuid::parse_str(parts.next()?).ok()?),
            expires_at: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(link)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn link() -> Link {
        Link {
            purpose: Purpose::AnswerProposal,
            subject: Uuid::from_u128(1),
            person: UserId(Uuid::from_u128(2)),
            expires_at: 1000,
        }
    }

    fn read(token: &str, now: UnixMillis) -> Result<Link, BadLink> {
        Link::read(token, Purpose::AnswerProposal, &key(), now)
    }

    #[test]
    fn a_link_is_good_until_its_time_and_not_longer() {
        let token = link().token(&key());
        assert_eq!(read(&token, 999), Ok(link()));
        assert_eq!(read(&token, 1000), Err(BadLink::Expired));
    }

    #[test]
    fn a_link_with_another_person_is_forged() {
        let token = link().token(&key());
        let other = Link {
            person: UserId(Uuid::from_u128(3)),
            ..link()
        };
        let forged = format!("{}.{}", other.text(), token.rsplit('.').next().unwrap_or_default());
        assert_eq!(read(&forged, 0), Err(BadLink::Forged));
    }

    #[test]
    fn a_link_for_one_purpose_is_forged_for_another() {
        let token = link().token(&key());
        assert_eq!(
            Link::read(&token, Purpose::AfterClosing, &key(), 0),
            Err(BadLink::Forged)
        );
    }

    #[test]
    fn a_link_of_another_portal_is_forged() {
        let token = link().token(&SigningKey::from_bytes(&[8; 32]));
        assert_eq!(read(&token, 0), Err(BadLink::Forged));
    }

    proptest! {
        #[test]
        fn no_other_text_is_a_link(text in ".{0,220}") {
            prop_assert_eq!(read(&text, 0), Err(BadLink::Forged));
        }

        #[test]
        fn one_changed_byte_makes_it_forged(place in 0usize..100, byte in 0x21u8..0x7f) {
            let token = link().token(&key());
            let mut bytes = token.clone().into_bytes();
            let place = place % bytes.len();
            prop_assume!(bytes[place] != byte);
            bytes[place] = byte;
            let changed = String::from_utf8(bytes).expect("ASCII");
            // The last digit of unpadded base64 has bits that say nothing; a strict decoder refuses them.
            prop_assert_eq!(read(&changed, 0), Err(BadLink::Forged));
        }
    }
}
