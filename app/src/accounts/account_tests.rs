use super::*;
use proptest::prelude::*;

fn good() -> NewAccount {
    NewAccount {
        login: "emma".into(),
        name: "Emma Employee".into(),
        email: "emma@example.org".into(),
        role: StartingRole::Employee,
        directory: crate::directories::model::LOCAL,
        time_zone: "Europe/Berlin".into(),
        password: "0123456789".into(),
    }
}

fn wrong(account: NewAccount) -> Vec<String> {
    account
        .checked()
        .err()
        .unwrap_or_default()
        .into_iter()
        .map(|error| error.field)
        .collect()
}

#[test]
fn a_good_account_passes() {
    assert!(good().checked().is_ok());
}

#[test]
fn logins_are_kept_in_lower_case_without_spaces_around() {
    let account = NewAccount {
        login: " Emma ".into(),
        ..good()
    };
    assert_eq!(account.checked().ok().map(|account| account.login), Some("emma".into()));
}

#[test]
fn each_wrong_field_is_named() {
    let account = NewAccount {
        login: "em ma".into(),
        name: " ".into(),
        email: "emma".into(),
        time_zone: "Mars".into(),
        password: "012345678".into(),
        ..good()
    };
    assert_eq!(wrong(account), ["login", "name", "email", "time_zone", "password"]);
}

#[test]
fn a_login_may_have_sixty_four_characters() {
    assert!(
        wrong(NewAccount {
            login: "a".repeat(64),
            ..good()
        })
        .is_empty()
    );
    assert_eq!(
        wrong(NewAccount {
            login: "a".repeat(65),
            ..good()
        }),
        ["login"]
    );
}

#[test]
fn a_name_may_have_a_hundred_characters_and_no_line_break() {
    assert!(
        wrong(NewAccount {
            name: "ä".repeat(100),
            ..good()
        })
        .is_empty()
    );
    assert_eq!(
        wrong(NewAccount {
            name: "ä".repeat(101),
            ..good()
        }),
        ["name"]
    );
    assert_eq!(
        wrong(NewAccount {
            name: "a\nb".into(),
            ..good()
        }),
        ["name"]
    );
}

#[test]
fn a_password_needs_ten_characters_and_at_most_1024_bytes() {
    for (length, fits) in [(9, false), (10, true), (1024, true), (1025, false)] {
        assert_eq!(
            check_password("password", &"a".repeat(length)).is_none(),
            fits,
            "{length}"
        );
    }
}

proptest! {
    #[test]
    fn whatever_is_typed_is_accepted_or_refused_by_field(login in "\\PC{0,80}", name in "\\PC{0,120}", email in "\\PC{0,80}") {
        let _ = NewAccount { login, name, email, ..good() }.checked();
    }
}
