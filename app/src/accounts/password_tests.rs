use super::*;

#[tokio::test]
async fn a_password_fits_its_own_hash_only() {
    let passwords = Passwords::default();
    let hash = passwords.hash("correct horse".into()).await.expect("a hash");
    assert!(
        passwords
            .verify("correct horse".into(), Some(hash.clone()))
            .await
            .expect("an answer")
    );
    assert!(
        !passwords
            .verify("correct horse ".into(), Some(hash))
            .await
            .expect("an answer")
    );
}

#[tokio::test]
async fn two_hashes_of_one_password_differ() {
    let passwords = Passwords::default();
    let [one, two] = [passwords.hash("same".into()).await, passwords.hash("same".into()).await];
    assert_ne!(one.expect("a hash"), two.expect("a hash"));
}

#[tokio::test]
async fn hashes_are_argon2id() {
    let hash = Passwords::default().hash("x".into()).await.expect("a hash");
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
}

#[tokio::test]
async fn without_an_account_no_password_fits() {
    let passwords = Passwords::default();
    for password in ["", "no account has this password"] {
        assert!(!passwords.verify(password.into(), None).await.expect("an answer"));
    }
}

#[tokio::test]
async fn a_damaged_hash_fits_nothing() {
    assert!(
        !Passwords::default()
            .verify("x".into(), Some("$argon2id$".into()))
            .await
            .expect("an answer")
    );
}

#[tokio::test]
async fn a_password_longer_than_the_limit_is_not_even_hashed() {
    let passwords = Passwords::default();
    let longest = "x".repeat(LONGEST);
    let hash = passwords.hash(longest.clone()).await.expect("a hash");
    assert!(
        passwords
            .verify(longest.clone(), Some(hash.clone()))
            .await
            .expect("an answer")
    );
    assert!(!passwords.verify(longest + "x", Some(hash)).await.expect("an answer"));
}

#[tokio::test]
async fn whoever_finds_every_place_taken_is_asked_to_come_back() {
    let passwords = Passwords {
        places: Arc::new(Semaphore::new(0)),
        longest_wait: Duration::from_millis(1),
    };
    let answer = passwords.verify("x".into(), None).await;
    assert_eq!(answer, Err(AppError::TooMany { retry_after_s: 5 }));
}
