//! Password hashes: argon2id, off the async threads, only so many at once.

use crate::{error::AppError, server::reference};
use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::sync::Semaphore;

/// Shortest password, characters.
pub const SHORTEST: usize = 10;
/// Longest password, bytes.
pub const LONGEST: usize = 1024;
/// Whoever waits longer for a free place is asked to come back.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Makes and checks hashes.
#[derive(Clone, Debug)]
pub struct Passwords {
    places: Arc<Semaphore>,
    longest_wait: Duration,
}

impl Default for Passwords {
    /// One place per processor: each hash takes 19 MiB and one of them.
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            places: Arc::new(Semaphore::new(processors)),
            longest_wait: LONGEST_WAIT,
        }
    }
}

impl Passwords {
    /// Hashes `password` with a new salt.
    pub async fn hash(&self, password: String) -> Result<String, AppError> {
        self.run(move || hash_now(&password))
            .await?
            .map_err(|error| reference::internal("password hash", &error))
    }

    /// True when `password` fits `hash`. Without a hash (unknown login) it takes just as long and says no.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, AppError> {
        if password.len() > LONGEST {
            return Ok(false);
        }
        self.run(move || match hash {
            Some(hash) => verify_now(&password, &hash),
            None => {
                verify_now(&password, dummy());
                false
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
        let place = tokio::time::timeout(self.longest_wait, self.places.clone().acquire_owned())
            .await
            .map_err(|_| AppError::TooMany {
                retry_after_s: LONGEST_WAIT.as_secs(),
            })?
            .map_err(|error| reference::internal("password hash", &error))?;
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(place);
            result
        })
        .await
        .map_err(|error| reference::internal("password hash", &error))
    }
}

fn hash_now(password: &str) -> Result<String, argon2::password_hash::Error> {
    let hash: PasswordHash = Argon2::default().hash_password(password.as_bytes())?;
    Ok(hash.to_string())
}

fn verify_now(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// A hash that no password fits, with today's parameters.
fn dummy() -> &'static str {
    static DUMMY: OnceLock<String> = OnceLock::new();
    DUMMY.get_or_init(|| hash_now("no account has this password").unwrap_or_default())
}

#[cfg(test)]
#[path = "password_tests.rs"]
mod tests;
