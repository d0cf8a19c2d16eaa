//! What the viewer says about itself, in words.

use crate::{
    tf,
    words::{t, tc},
};
use deskside_protocol::{
    agent::DeclineOffer,
    session::{EndReason, MediaPath},
};

/// Where the viewer stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// The owner has not answered.
    Waiting,
    Connecting(Option<Obstacle>),
    Connected(MediaPath),
    Interrupted,
    Over(Ending),
}

/// What stands in the way of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Obstacle {
    DeviceAway,
    Declined(DeclineOffer),
    /// The answer was not signed by the device that the portal knows.
    Impostor,
    /// The page came over plain HTTP from another machine, so the browser gives no access to cryptography.
    Insecure,
    /// The browser lacks something.
    OldBrowser,
    /// The relay speaks another protocol version.
    OldPage,
}

/// How it ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    Ended {
        reason: Option<EndReason>,
        unanswered: bool,
    },
    Gone,
    SignedOut,
    /// Nothing connected in time, for this reason if one is known.
    NotReached(Option<Obstacle>),
    Refused(Obstacle),
}

impl Status {
    /// The line that the viewer shows and screen readers hear.
    pub fn words(self, owner: &str) -> String {
        match self {
            Self::Waiting => tf!("Waiting for {owner} to accept…", owner = owner),
            Self::Connecting(None) => t("Connecting…").into(),
            Self::Connecting(Some(obstacle)) => tf!("Connecting… {obstacle}", obstacle = obstacle.words()),
            Self::Connected(path) => tf!("Connected: {path}", path = path_words(path)),
            Self::Interrupted => t("Interrupted, reconnecting…").into(),
            Self::Over(ending) => ending.words(),
        }
    }

    /// What stands in the place of the picture while there is none.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Waiting => t(
                "The question is on the device's screen and on the request's page. No answer within 30 seconds counts as no.",
            ),
            Self::Over(Ending::Refused(_)) => t("Nothing of the device was shown, and nothing was sent to it."),
            Self::Over(_) => t("What happened is on the request's page."),
            Self::Connecting(_) | Self::Connected(_) | Self::Interrupted => "",
        }
    }

    /// A short name for style sheets.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Connecting(_) => "connecting",
            Self::Connected(_) => "connected",
            Self::Interrupted => "interrupted",
            Self::Over(Ending::Refused(_)) => "refused",
            Self::Over(_) => "ended",
        }
    }

    /// True when trying again can help although the viewer stopped.
    pub fn may_retry(self) -> bool {
        matches!(
            self,
            Self::Over(
                Ending::NotReached(_)
                    | Ending::Ended {
                        reason: Some(EndReason::Lost),
                        ..
                    }
            )
        )
    }
}

impl Ending {
    fn words(self) -> String {
        match self {
            Self::Ended {
                reason: Some(EndReason::NoConsent),
                unanswered: true,
            } => tc("session", "No answer").into(),
            Self::Ended {
                reason: Some(EndReason::NoConsent),
                unanswered: false,
            } => tc("session", "Declined").into(),
            Self::Ended { reason, .. } => end_words(reason).into(),
            Self::Gone => t("Session ended: it is no longer open to you").into(),
            Self::SignedOut => t("You are signed out. Sign in again to go on.").into(),
            Self::NotReached(None) => t("The device could not be reached.").into(),
            Self::NotReached(Some(obstacle)) => {
                tf!(
                    "The device could not be reached. {obstacle}",
                    obstacle = obstacle.words()
                )
            }
            Self::Refused(obstacle) => obstacle.words().into(),
        }
    }
}

impl Obstacle {
    fn words(self) -> &'static str {
        match self {
            Self::DeviceAway => t("The device is offline."),
            Self::Declined(DeclineOffer::NoConsent) => t("The device knows of no consent for this session."),
            Self::Declined(DeclineOffer::BadTicket) => t("The device did not accept the portal's ticket."),
            Self::Declined(DeclineOffer::BadOffer) => t("The device could not use this browser's offer."),
            Self::Declined(DeclineOffer::NoScreen) => t("The device's screen cannot be captured."),
            Self::Impostor => t(
                "Connection refused: the answer was not signed by this device. Somebody may be intercepting it. \
                 Do not go on; tell your administrator.",
            ),
            Self::Insecure => t(
                "This page was not loaded over HTTPS, so the browser cannot verify the device. \
                 Open the portal by its https address.",
            ),
            Self::OldBrowser => {
                t("This browser cannot show the session: it lacks WebRTC, H.264 or Ed25519. Update it.")
            }
            Self::OldPage => t("The portal was updated. Reload this page."),
        }
    }
}

fn end_words(reason: Option<EndReason>) -> &'static str {
    match reason {
        Some(EndReason::Employee) => t("Session ended: stopped at the device"),
        Some(EndReason::Operator) => t("Session ended: you ended it"),
        Some(EndReason::NoConsent) => t("Session ended: no consent"),
        Some(EndReason::Lost) => t("Session ended: the connection was lost"),
        Some(EndReason::RequestClosed) => t("Session ended: the request was closed"),
        Some(EndReason::Failed) => t("Session ended: the device could not do what was asked"),
        None => t("Session ended: it is over"),
    }
}

/// The path in the words of the statistics line and of the status.
pub fn path_words(path: MediaPath) -> &'static str {
    match path {
        MediaPath::Direct => tc("path", "direct"),
        MediaPath::RelayUdp => tc("path", "relay (UDP)"),
        MediaPath::RelayTcp => tc("path", "relay (TCP)"),
    }
}
