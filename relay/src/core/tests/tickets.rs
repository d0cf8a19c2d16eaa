use super::*;
use deskside_protocol::{
    fingerprint::Fingerprint,
    ids::{DeviceId, UserId},
    session::PathPolicy,
};
use uuid::Uuid;

const NOW: UnixMillis = 1_700_000_000_000;
const SKEW: UnixMillis = 30_000;

fn ticket(nonce: u128, attempt: u32, issued_at: UnixMillis, expires_at: UnixMillis) -> Ticket {
    Ticket {
        nonce: Nonce(Uuid::from_u128(nonce)),
        session: SessionId(Uuid::from_u128(1)),
        device: DeviceId(Uuid::from_u128(2)),
        operator: UserId(Uuid::from_u128(3)),
        attempt,
        fingerprint: Fingerprint([0; 32]),
        paths: PathPolicy::ALL,
        issued_at,
        expires_at,
    }
}

fn book() -> TicketBook {
    TicketBook::new(10)
}

#[test]
fn a_ticket_is_good_once() {
    let (mut book, ticket) = (book(), ticket(1, 1, NOW, NOW + 60_000));
    assert_eq!(book.use_up(&ticket, NOW), Ok(()));
    assert_eq!(book.use_up(&ticket, NOW), Err(BadTicket::Used));
}

#[test]
fn a_ticket_is_good_until_its_end_and_the_clock_skew() {
    let good = ticket(1, 1, NOW - 60_000, NOW);
    assert_eq!(book().use_up(&good, NOW + SKEW), Ok(()));
    assert_eq!(book().use_up(&good, NOW + SKEW + 1), Err(BadTicket::Expired));
}

#[test]
fn a_ticket_may_be_from_the_future_by_the_clock_skew() {
    let early = ticket(1, 1, NOW + SKEW, NOW + SKEW + 60_000);
    assert_eq!(book().use_up(&early, NOW), Ok(()));
    assert_eq!(book().use_up(&early, NOW - 1), Err(BadTicket::Early));
}

#[test]
fn a_ticket_for_longer_than_the_lifetime_is_refused() {
    assert_eq!(book().use_up(&ticket(1, 1, NOW, NOW + 60_000), NOW), Ok(()));
    assert_eq!(
        book().use_up(&ticket(1, 1, NOW, NOW + 60_001), NOW),
        Err(BadTicket::LongLived)
    );
}

#[test]
fn times_at_the_ends_of_the_scale_are_refused() {
    assert_eq!(
        book().use_up(&ticket(1, 1, i64::MIN, i64::MAX), NOW),
        Err(BadTicket::LongLived)
    );
    assert_eq!(
        book().use_up(&ticket(1, 1, i64::MAX, i64::MAX), NOW),
        Err(BadTicket::Early)
    );
    assert_eq!(
        book().use_up(&ticket(1, 1, i64::MIN, i64::MIN), NOW),
        Err(BadTicket::Expired)
    );
}

#[test]
fn an_attempt_before_the_newest_is_refused() {
    let mut book = book();
    assert_eq!(book.use_up(&ticket(1, 2, NOW, NOW + 60_000), NOW), Ok(()));
    assert_eq!(
        book.use_up(&ticket(2, 1, NOW, NOW + 60_000), NOW),
        Err(BadTicket::OldAttempt)
    );
    assert_eq!(book.use_up(&ticket(3, 2, NOW, NOW + 60_000), NOW), Ok(()));
}

#[test]
fn a_closed_session_takes_no_ticket_that_was_issued_before() {
    let mut book = book();
    book.close_session(SessionId(Uuid::from_u128(1)), NOW);
    for later in [0, 30_000, 60_000 + SKEW] {
        let ticket = ticket(1, 1, NOW, NOW + 60_000);
        assert_eq!(book.use_up(&ticket, NOW + later), Err(BadTicket::SessionClosed));
    }
}

#[test]
fn the_last_ticket_that_can_be_remembered_is_taken_and_the_next_one_is_not() {
    let mut book = book();
    for nonce in 0..10 {
        assert_eq!(book.use_up(&ticket(nonce, 1, NOW, NOW + 60_000), NOW), Ok(()));
    }
    assert_eq!(
        book.use_up(&ticket(10, 1, NOW, NOW + 60_000), NOW),
        Err(BadTicket::TooMany)
    );
}

#[test]
fn expired_tickets_make_room() {
    let mut book = book();
    for nonce in 0..10 {
        assert_eq!(book.use_up(&ticket(nonce, 1, NOW, NOW + 60_000), NOW), Ok(()));
    }
    let later = NOW + 60_000 + SKEW + 1;
    assert_eq!(book.use_up(&ticket(10, 1, later, later + 60_000), later), Ok(()));
}
