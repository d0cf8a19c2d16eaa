//! Login tokens: 256 random bits in a cookie; the database knows only their SHA-256.

use crate::server::{config::Config, random};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

const TOKEN_BYTES: usize = 32;

/// What the browser holds.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// What the database holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenHash(String);

impl Token {
    /// A new one.
    pub fn new() -> Self {
        Self(URL_SAFE_NO_PAD.encode(random::bytes::<TOKEN_BYTES>()))
    }

    /// Reads a cookie's value; `None` when it cannot be one of ours.
    pub fn read(text: &str) -> Option<Self> {
        let long_enough = text.len() == (TOKEN_BYTES * 4).div_ceil(3);
        (long_enough
            && URL_SAFE_NO_PAD
                .decode(text)
                .is_ok_and(|bytes| bytes.len() == TOKEN_BYTES))
        .then(|| Self(text.to_owned()))
    }

    /// Finds the token among the cookies of a request.
    pub fn from_cookies(config: &Config, cookies: &str) -> Option<Self> {
        cookies
            .split(';')
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == cookie_name(config))
            .and_then(|(_, value)| Self::read(value))
    }

    /// The text itself, for a cookie.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    pub fn hash(&self) -> TokenHash {
        TokenHash(URL_SAFE_NO_PAD.encode(Sha256::digest(self.0.as_bytes())))
    }

    /// The `Set-Cookie` value that gives this token to the browser until it closes or the session ends.
    pub fn set_cookie(&self, config: &Config) -> String {
        let name = cookie_name(config);
        let seconds = config.sign_in.absolute().as_secs();
        format!(
            "{name}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{}",
            self.0,
            secure(config)
        )
    }
}

impl Default for Token {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(•••)")
    }
}

impl TokenHash {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The `Set-Cookie` value that takes the token from the browser.
pub fn clear_cookie(config: &Config) -> String {
    format!(
        "{}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{}",
        cookie_name(config),
        secure(config)
    )
}

fn cookie_name(config: &Config) -> &'static str {
    if config.is_https() {
        "__Host-deskside"
    } else {
        "deskside"
    }
}

fn secure(config: &Config) -> &'static str {
    if config.is_https() { "; Secure" } else { "" }
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
