use crate::session::core::{
    Action, Input, MediaNotice, Offer, WindowNotice,
    fixture::{Portal, fingerprint, sdp, session},
    rig::{Rig, ended, reports, starts_media},
};
use deskside_protocol::{
    agent::DeclineOffer,
    command::Order,
    fingerprint::Fingerprint,
    limits::{CANDIDATE_BYTES, CANDIDATES, SDP_BYTES},
    report::Event,
    session::{EndReason, MediaPath, PathPolicy, Scope},
};

fn declined(actions: &[Action]) -> Option<DeclineOffer> {
    actions.iter().find_map(|action| match action {
        Action::Decline { why, .. } => Some(*why),
        _ => None,
    })
}

fn give(rig: &mut Rig, change: impl FnOnce(&mut Offer)) -> Vec<Action> {
    let ticket = rig.portal.ticket(session(1), 1, rig.now);
    let mut offer = Offer {
        session: session(1),
        attempt: 1,
        sdp: sdp(fingerprint()),
        ticket,
        tunnel: 7,
    };
    change(&mut offer);
    rig.give(Input::Offer(offer))
}

#[test]
fn an_offer_with_consent_and_ticket_starts_media_with_the_scopes_and_paths_granted() {
    let mut rig = Rig::accepted(session(1));
    let actions = rig.offer(session(1), 1);
    let Action::StartMedia {
        scopes,
        paths,
        tunnel: 7,
        attempt: 1,
        peer_fingerprint,
        ..
    } = &actions[0]
    else {
        panic!("{actions:?}")
    };
    assert_eq!(*scopes, [Scope::View, Scope::Control, Scope::Chat]);
    assert_eq!(*paths, PathPolicy::ALL);
    assert_eq!(*peer_fingerprint, fingerprint());
}

#[test]
fn an_offer_before_the_consent_is_declined() {
    assert_eq!(
        declined(&Rig::asking(session(1)).offer(session(1), 1)),
        Some(DeclineOffer::NoConsent)
    );
}

#[test]
fn an_offer_for_a_session_never_heard_of_is_declined() {
    assert_eq!(
        declined(&Rig::new().offer(session(1), 1)),
        Some(DeclineOffer::NoConsent)
    );
}

#[test]
fn an_offer_for_a_session_that_ended_is_declined() {
    let mut rig = Rig::live(session(1));
    rig.window(session(1), WindowNotice::Stop);
    assert_eq!(declined(&rig.offer(session(1), 2)), Some(DeclineOffer::NoConsent));
}

#[test]
fn an_offer_with_a_forged_ticket_is_declined() {
    let mut rig = Rig::accepted(session(1));
    let now = rig.now;
    let actions = give(&mut rig, |offer| {
        offer.ticket = Portal::forger().ticket(session(1), 1, now)
    });
    assert_eq!(declined(&actions), Some(DeclineOffer::BadTicket));
}

#[test]
fn an_offer_of_another_browser_than_the_ticket_names_is_declined() {
    let mut rig = Rig::accepted(session(1));
    let actions = give(&mut rig, |offer| offer.sdp = sdp(Fingerprint([9; 32])));
    assert_eq!(declined(&actions), Some(DeclineOffer::BadTicket));
}

#[test]
fn an_offer_with_two_certificates_is_declined() {
    let mut rig = Rig::accepted(session(1));
    let actions = give(&mut rig, |offer| offer.sdp += &sdp(Fingerprint([9; 32])));
    assert_eq!(declined(&actions), Some(DeclineOffer::BadOffer));
}

#[test]
fn an_offer_may_be_as_long_as_allowed_and_not_longer() {
    let fill = |offer: &mut Offer, length: usize| offer.sdp += &"x".repeat(length - offer.sdp.len());
    assert!(starts_media(&give(&mut Rig::accepted(session(1)), |offer| fill(
        offer, SDP_BYTES
    ))));
    let actions = give(&mut Rig::accepted(session(1)), |offer| fill(offer, SDP_BYTES + 1));
    assert_eq!(declined(&actions), Some(DeclineOffer::BadOffer));
}

#[test]
fn a_ticket_is_good_for_one_offer() {
    let mut rig = Rig::accepted(session(1));
    let ticket = rig.portal.ticket(session(1), 1, rig.now);
    assert!(starts_media(&give(&mut rig, |offer| offer.ticket = ticket.clone())));
    assert_eq!(
        declined(&give(&mut rig, |offer| offer.ticket = ticket)),
        Some(DeclineOffer::BadTicket)
    );
}

#[test]
fn an_older_attempt_does_not_replace_a_newer_one() {
    let mut rig = Rig::accepted(session(1));
    assert!(starts_media(&rig.offer(session(1), 3)));
    assert_eq!(declined(&rig.offer(session(1), 3)), Some(DeclineOffer::BadTicket));
    assert_eq!(declined(&rig.offer(session(1), 2)), Some(DeclineOffer::BadTicket));
}

#[test]
fn a_newer_attempt_replaces_an_older_one_without_ending_the_session() {
    let mut rig = Rig::live(session(1));
    let actions = rig.offer(session(1), 2);
    assert_eq!(
        actions[0],
        Action::CloseMedia {
            session: session(1),
            reason: None
        }
    );
    assert!(starts_media(&actions));
    assert_eq!(
        rig.media(session(1), 1, MediaNotice::Disconnected),
        [],
        "the old one has nothing to say any longer"
    );
}

#[test]
fn media_that_flows_is_reported_with_its_path_and_each_change_of_it() {
    let mut rig = Rig::accepted(session(1));
    rig.offer(session(1), 1);
    for path in [MediaPath::RelayUdp, MediaPath::Direct] {
        let actions = rig.media(session(1), 1, MediaNotice::Connected(path));
        assert_eq!(
            reports(&actions),
            [&Event::Connected {
                session: session(1),
                attempt: 1,
                path
            }]
        );
        assert_eq!(rig.media(session(1), 1, MediaNotice::Connected(path)), []);
    }
}

#[test]
fn consent_without_media_ends_after_a_minute() {
    let mut rig = Rig::accepted(session(1));
    assert_eq!(reports(&rig.wait(59_999)), [] as [&Event; 0]);
    assert_eq!(reports(&rig.wait(1)), [&ended(session(1), EndReason::Lost)]);
    assert_eq!(rig.core.next_timeout(), None);
}

#[test]
fn media_that_never_flows_ends_after_a_minute() {
    let mut rig = Rig::accepted(session(1));
    rig.offer(session(1), 1);
    let actions = rig.wait(60_000);
    assert!(actions.contains(&Action::CloseMedia {
        session: session(1),
        reason: Some(EndReason::Lost)
    }));
    assert_eq!(reports(&actions), [&ended(session(1), EndReason::Lost)]);
}

#[test]
fn media_that_cannot_start_declines_the_offer_and_waits_for_another() {
    let mut rig = Rig::accepted(session(1));
    rig.offer(session(1), 1);
    let actions = rig.media(
        session(1),
        1,
        MediaNotice::Refused(DeclineOffer::NoScreen, "no display".into()),
    );
    assert_eq!(declined(&actions), Some(DeclineOffer::NoScreen));
    assert!(starts_media(&rig.offer(session(1), 2)));
}

#[test]
fn the_operator_ends_the_session_in_the_viewer() {
    let mut rig = Rig::live(session(1));
    let actions = rig.media(session(1), 1, MediaNotice::EndedByOperator);
    assert_eq!(reports(&actions), [&ended(session(1), EndReason::Operator)]);
    assert!(actions.contains(&Action::CloseWindow { session: session(1) }));
}

#[test]
fn the_portal_ends_the_session() {
    let mut rig = Rig::live(session(1));
    let actions = rig.order(Order::EndSession {
        session: session(1),
        reason: EndReason::RequestClosed,
    });
    assert_eq!(
        actions[0],
        Action::CloseMedia {
            session: session(1),
            reason: Some(EndReason::RequestClosed)
        }
    );
    assert_eq!(reports(&actions), [&ended(session(1), EndReason::RequestClosed)]);
    assert_eq!(actions.last(), Some(&Action::Save(vec![])));
}

#[test]
fn only_so_many_candidates_of_a_browser_are_passed_on() {
    let mut rig = Rig::accepted(session(1));
    rig.offer(session(1), 1);
    let candidate = |attempt, length| Input::Candidate {
        session: session(1),
        attempt,
        candidate: "c".repeat(length),
    };
    assert_eq!(rig.give(candidate(1, CANDIDATE_BYTES + 1)), []);
    assert_eq!(rig.give(candidate(2, 10)), [], "another attempt's");
    for _ in 0..CANDIDATES {
        assert!(matches!(
            rig.give(candidate(1, CANDIDATE_BYTES))[..],
            [Action::AddCandidate { .. }]
        ));
    }
    assert_eq!(rig.give(candidate(1, 10)), []);
}

#[test]
fn a_browser_that_leaves_before_media_flows_takes_its_media_along() {
    let mut rig = Rig::accepted(session(1));
    rig.offer(session(1), 1);
    let left = Input::BrowserLeft {
        session: session(1),
        attempt: 1,
    };
    assert_eq!(
        rig.give(left),
        [Action::CloseMedia {
            session: session(1),
            reason: None
        }]
    );
    assert!(starts_media(&rig.offer(session(1), 2)));
}

#[test]
fn live_media_does_not_need_the_signalling() {
    let mut rig = Rig::live(session(1));
    assert_eq!(
        rig.give(Input::BrowserLeft {
            session: session(1),
            attempt: 1
        }),
        []
    );
}
