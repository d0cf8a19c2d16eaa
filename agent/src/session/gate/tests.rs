use super::*;
use crate::session::core::fixture::{NOW, Portal, fingerprint, session};
use deskside_protocol::{session::EndReason, signed::Signed};

fn order() -> Order {
    Order::EndSession {
        session: session(1),
        reason: EndReason::Operator,
    }
}

fn gate(portal: &Portal) -> Gate {
    Gate::new(portal.device, portal.public())
}

#[test]
fn a_command_passes_once() {
    let portal = Portal::pinned();
    let mut gate = gate(&portal);
    let command = portal.command(order(), NOW);
    assert_eq!(gate.command(&command, NOW).unwrap(), order());
    assert!(matches!(gate.command(&command, NOW), Err(Rejected::Replayed)));
}

#[test]
fn a_command_of_another_key_or_with_a_changed_text_does_not_pass() {
    let portal = Portal::pinned();
    let mut gate = gate(&portal);
    let forged = Portal::forger().command(order(), NOW);
    assert!(matches!(
        gate.command(&forged, NOW),
        Err(Rejected::Signature(SignedError::BadSignature))
    ));
    let mut changed = portal.command(order(), NOW);
    changed.body = changed.body.replace("operator", "employee");
    assert!(matches!(
        gate.command(&changed, NOW),
        Err(Rejected::Signature(SignedError::BadSignature))
    ));
}

#[test]
fn a_ticket_is_no_command() {
    let portal = Portal::pinned();
    let ticket = portal.ticket(session(1), 1, NOW);
    assert!(matches!(
        gate(&portal).command(&ticket, NOW),
        Err(Rejected::Signature(SignedError::BadSignature))
    ));
}

#[test]
fn a_command_for_another_device_does_not_pass() {
    let portal = Portal::pinned();
    let mut gate = Gate::new(DeviceId(uuid::Uuid::from_u128(99)), portal.public());
    assert!(matches!(
        gate.command(&portal.command(order(), NOW), NOW),
        Err(Rejected::OtherDevice)
    ));
}

#[test]
fn a_command_passes_until_it_expired_by_more_than_the_skew() {
    let portal = Portal::pinned();
    let last = NOW + millis(COMMAND_LIFETIME + CLOCK_SKEW);
    assert!(gate(&portal).command(&portal.command(order(), NOW), last).is_ok());
    assert!(matches!(
        gate(&portal).command(&portal.command(order(), NOW), last + 1),
        Err(Rejected::Expired)
    ));
}

#[test]
fn a_command_may_come_from_the_future_by_the_skew() {
    let portal = Portal::pinned();
    let earliest = NOW - millis(CLOCK_SKEW);
    assert!(gate(&portal).command(&portal.command(order(), NOW), earliest).is_ok());
    assert!(matches!(
        gate(&portal).command(&portal.command(order(), NOW), earliest - 1),
        Err(Rejected::Early)
    ));
}

#[test]
fn a_command_may_live_as_long_as_allowed_and_not_longer() {
    let portal = Portal::pinned();
    let most = millis(COMMAND_LIFETIME);
    assert!(
        gate(&portal)
            .command(&portal.command_until(order(), NOW, NOW + most), NOW)
            .is_ok()
    );
    let long = portal.command_until(order(), NOW, NOW + most + 1);
    assert!(matches!(gate(&portal).command(&long, NOW), Err(Rejected::LongLived)));
}

#[test]
fn what_was_issued_before_the_process_began_does_not_pass() {
    let portal = Portal::pinned();
    let mut gate = gate(&portal);
    gate.opened_at(NOW);
    let skew = millis(CLOCK_SKEW);
    assert!(gate.command(&portal.command(order(), NOW - skew), NOW).is_ok());
    assert!(matches!(
        gate.command(&portal.command(order(), NOW - skew - 1), NOW),
        Err(Rejected::Expired)
    ));
    gate.opened_at(NOW + 3_600_000);
    assert!(
        gate.command(&portal.command(order(), NOW), NOW).is_ok(),
        "only the first opening counts"
    );
}

#[test]
fn the_memory_for_nonces_is_bounded_and_frees_itself() {
    let portal = Portal::pinned();
    let mut gate = gate(&portal);
    for number in 0..NONCES {
        let nonce = Nonce(uuid::Uuid::from_u128(number as u128));
        assert!(gate.first_time(nonce, NOW, NOW).is_ok());
    }
    let command = portal.command(order(), NOW);
    assert!(matches!(gate.command(&command, NOW), Err(Rejected::Full)));
    assert!(gate.command(&command, NOW + millis(CLOCK_SKEW) + 1).is_ok());
    assert_eq!(gate.seen.len(), 1);
}

#[test]
fn a_ticket_passes_once_for_its_session_attempt_and_browser() {
    let portal = Portal::pinned();
    let mut gate = gate(&portal);
    let ticket = portal.ticket(session(1), 2, NOW);
    assert!(matches!(
        gate.ticket(&ticket, session(2), 2, fingerprint(), NOW),
        Err(Rejected::OtherSession)
    ));
    assert!(matches!(
        gate.ticket(&ticket, session(1), 3, fingerprint(), NOW),
        Err(Rejected::OtherSession)
    ));
    let stranger = Fingerprint([9; 32]);
    assert!(matches!(
        gate.ticket(&ticket, session(1), 2, stranger, NOW),
        Err(Rejected::OtherBrowser)
    ));
    assert!(gate.ticket(&ticket, session(1), 2, fingerprint(), NOW).is_ok());
    assert!(matches!(
        gate.ticket(&ticket, session(1), 2, fingerprint(), NOW),
        Err(Rejected::Replayed)
    ));
}

#[test]
fn a_ticket_passes_until_it_expired_by_more_than_the_skew() {
    let portal = Portal::pinned();
    let last = NOW + millis(TICKET_LIFETIME + CLOCK_SKEW);
    let ticket: Signed = portal.ticket(session(1), 1, NOW);
    assert!(
        gate(&portal)
            .ticket(&ticket, session(1), 1, fingerprint(), last)
            .is_ok()
    );
    assert!(matches!(
        gate(&portal).ticket(&ticket, session(1), 1, fingerprint(), last + 1),
        Err(Rejected::Expired)
    ));
}

#[test]
fn what_an_earlier_process_may_have_obeyed_does_not_pass_even_when_the_clock_is_turned_back() {
    let portal = Portal::pinned();
    for issued in [NOW - 3_600_000, NOW - 1, NOW] {
        let mut gate = gate(&portal);
        gate.remember(NOW);
        gate.opened_at(issued);
        assert!(
            matches!(
                gate.command(&portal.command(order(), issued), issued),
                Err(Rejected::Expired)
            ),
            "{issued}"
        );
        let ticket = portal.ticket(session(1), 1, issued);
        assert!(matches!(
            gate.ticket(&ticket, session(1), 1, fingerprint(), issued),
            Err(Rejected::Expired)
        ));
    }
    let mut gate = gate(&portal);
    gate.remember(NOW);
    gate.opened_at(NOW - 3_600_000);
    assert!(gate.command(&portal.command(order(), NOW + 1), NOW - 3_600_000).is_ok());
}

#[test]
fn time_does_not_go_back_behind_what_the_portal_signed() {
    let portal = Portal::pinned();
    let before = millis(COMMAND_LIFETIME + CLOCK_SKEW);
    let mut gate = gate(&portal);
    assert!(gate.command(&portal.command(order(), NOW), NOW).is_ok());
    assert_eq!(gate.newest(), NOW);
    // The relay's clock says an hour ago.
    let turned_back = NOW - 3_600_000;
    assert!(
        gate.command(&portal.command(order(), NOW - before), turned_back)
            .is_ok()
    );
    assert!(matches!(
        gate.command(&portal.command(order(), NOW - before - 1), turned_back),
        Err(Rejected::Expired)
    ));
    assert_eq!(gate.newest(), NOW, "an older command changes nothing");
}

#[test]
fn a_ticket_may_be_older_than_the_newest_command_by_its_own_lifetime_and_the_skew() {
    let portal = Portal::pinned();
    let before = millis(TICKET_LIFETIME + CLOCK_SKEW);
    let mut gate = gate(&portal);
    assert!(gate.command(&portal.command(order(), NOW), NOW).is_ok());
    let mut pass = |issued| {
        gate.ticket(
            &portal.ticket(session(1), 1, issued),
            session(1),
            1,
            fingerprint(),
            NOW - 3_600_000,
        )
        .is_ok()
    };
    assert!(!pass(NOW - before - 1));
    assert!(pass(NOW - before));
}

#[test]
fn what_is_refused_does_not_move_the_time() {
    let portal = Portal::pinned();
    let mut gate = gate(&portal);
    let early = portal.command(order(), NOW + millis(CLOCK_SKEW) + 1);
    assert!(matches!(gate.command(&early, NOW), Err(Rejected::Early)));
    assert!(gate.command(&Portal::forger().command(order(), NOW), NOW).is_err());
    assert_eq!(gate.newest(), UnixMillis::MIN);
}
