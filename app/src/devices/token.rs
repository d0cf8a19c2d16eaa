//! The secret of an enrolment token: 256 random bits, shown once; the database knows only their SHA-256.

use crate::server::random;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::fmt;

const TOKEN_BYTES: usize = 32;

/// What a new device proves itself with.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// What the database holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenHash(String);

impl Token {
    /// A new one.
    pub fn generate() -> Self {
        Self(URL_SAFE_NO_PAD.encode(random::bytes::<TOKEN_BYTES>()))
    }

    /// Reads what a device sent; `None` when it cannot be one of ours.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let right_length = text.len() == (TOKEN_BYTES * 4).div_ceil(3);
        (right_length
            && URL_SAFE_NO_PAD
                .decode(text)
                .is_ok_and(|bytes| bytes.len() == TOKEN_BYTES))
        .then(|| Self(text.to_owned()))
    }

    /// The text, for the one page that shows it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub fn hash(&self) -> TokenHash {
        TokenHash(URL_SAFE_NO_PAD.encode(Sha256::digest(self.0.as_bytes())))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(•••)")
    }
}

impl TokenHash {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_token_reads_back_with_blanks_around_it() {
        let token = Token::generate();
        assert_eq!(Token::read(&format!(" {}\n", token.reveal())), Some(token));
    }

    #[test]
    fn a_token_never_prints_itself() {
        let token = Token::generate();
        assert!(!format!("{token:?}").contains(token.reveal()));
    }

    proptest! {
        #[test]
        fn any_text_is_a_token_of_32_bytes_or_none(text in ".{0,60}") {
            if let Some(token) = Token::read(&text) {
                prop_assert_eq!(token.reveal().len(), 43);
            }
        }
    }
}
