use super::*;

const NOW: UnixMillis = 1_800_000_000_000;

fn fail(times: i64, limit: Limit) -> Failures {
    (0..times).fold(Failures::default(), |state, _| {
        let at = state.blocked_until.max(NOW);
        attempt(state, limit, at).expect("not blocked")
    })
}

#[test]
fn five_attempts_on_a_login_are_free() {
    assert_eq!(fail(4, Limit::Login).blocked_until, 0);
}

#[test]
fn the_fifth_failure_blocks_for_half_a_minute() {
    assert_eq!(fail(5, Limit::Login).blocked_until, NOW + 30_000);
}

#[test]
fn a_blocked_login_is_refused_until_the_block_ends_and_no_longer() {
    let state = fail(5, Limit::Login);
    assert_eq!(
        attempt(state, Limit::Login, NOW + 29_999),
        Err(Blocked { until: NOW + 30_000 })
    );
    assert!(attempt(state, Limit::Login, NOW + 30_000).is_ok());
}

#[test]
fn each_further_failure_doubles_the_block() {
    let state = fail(5, Limit::Login);
    let next = attempt(state, Limit::Login, state.blocked_until).expect("not blocked");
    assert_eq!(next.blocked_until - next.last_at, 60_000);
}

#[test]
fn no_block_is_longer_than_a_quarter_of_an_hour() {
    let state = Failures {
        failures: i64::MAX - 1,
        last_at: NOW,
        blocked_until: 0,
    };
    let next = attempt(state, Limit::Login, NOW + 1).expect("not blocked");
    assert_eq!(next.blocked_until, NOW + 1 + LONGEST_BLOCK);
}

#[test]
fn failures_are_forgotten_after_a_quarter_of_an_hour_and_not_before() {
    let state = fail(4, Limit::Login);
    let before = attempt(state, Limit::Login, NOW + FORGET_AFTER - 1).expect("not blocked");
    assert_eq!(before.failures, 5);
    let after = attempt(state, Limit::Login, NOW + FORGET_AFTER).expect("not blocked");
    assert_eq!(after.failures, 1);
}

#[test]
fn a_refused_attempt_changes_nothing() {
    let state = fail(5, Limit::Login);
    for later in 0..100 {
        assert_eq!(
            attempt(state, Limit::Login, NOW + later),
            Err(Blocked { until: NOW + 30_000 })
        );
    }
}

#[test]
fn an_address_has_thirty() {
    assert_eq!(fail(29, Limit::Address).blocked_until, 0);
    assert_eq!(fail(30, Limit::Address).blocked_until, NOW + 30_000);
}

#[test]
fn a_success_clears_the_login_but_only_itself_from_the_address() {
    assert_eq!(succeeded(fail(3, Limit::Login), Limit::Login), Failures::default());
    assert_eq!(succeeded(fail(3, Limit::Address), Limit::Address).failures, 2);
}

#[test]
fn the_thirtieth_attempt_from_an_address_blocks_nobody_when_it_succeeds() {
    let state = succeeded(fail(30, Limit::Address), Limit::Address);
    assert!(attempt(state, Limit::Address, NOW).is_ok());
}
