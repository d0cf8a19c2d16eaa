//! Makes this machine a device of a portal: a single-use token in, an identity out.
//!
//! Invariant: an identity is kept only after the portal that made the token has confirmed it; a failed try changes
//! nothing that was enrolled.

use crate::{
    connection::{
        dial::{DialError, dial},
        handshake::{self, HandshakeError},
        server::Server,
        tls::{self, BadAuthority},
    },
    identity::{self, Identity, IdentityError},
};
use deskside_protocol::{
    PROTOCOL_VERSION,
    agent::{AgentToRelay, ENROL_CONTEXT, RelayToAgent, enrol_text},
    enrolment::EnrolmentToken,
    signed,
};
use std::path::{Path, PathBuf};

/// What an administrator typed.
#[derive(Debug)]
pub struct Enrolment<'a> {
    pub server: Server,
    pub token: &'a str,
    /// How the device is called; the machine's name if absent.
    pub name: Option<&'a str>,
    /// PEM of a private certificate authority.
    pub authority: Option<Vec<u8>>,
    /// Give up an earlier enrolment.
    pub replace: bool,
}

/// Why the device was not enrolled: each a sentence.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    #[error("This device is already enrolled with {server}. Add --replace to enrol it anew. (State folder: {state})")]
    Already { server: String, state: PathBuf },
    #[error("The token is not complete: copy it whole from the portal's page Devices.")]
    TokenShape,
    #[error(
        "{server} does not belong to the portal that made this token, so nothing was enrolled. Copy address and token \
         from the same page Devices; if they are, tell your administrator: somebody may stand between."
    )]
    OtherPortal { server: Server },
    #[error("The certificate authority given with --ca cannot be used: {0}.")]
    Authority(#[from] BadAuthority),
    #[error(transparent)]
    Dial(#[from] DialError),
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

/// Enrols this machine and keeps its identity in `state`.
pub async fn enrol(state: &Path, enrolment: Enrolment<'_>) -> Result<Identity, EnrolError> {
    let Enrolment {
        server,
        token,
        name,
        authority,
        replace,
    } = enrolment;
    if let (Some(server), false) = (identity::enrolled_with(state), replace) {
        return Err(EnrolError::Already {
            server,
            state: state.into(),
        });
    }
    let token: EnrolmentToken = token.parse().map_err(|_| EnrolError::TokenShape)?;
    let tls = tls::client(authority.as_deref())?;
    let mut socket = dial(&server, &tls).await?;
    // In memory until the portal knows it: an earlier enrolment stays whole if this one fails.
    let key = identity::new_key()?;
    let public = identity::public(&key);
    let signature = signed::sign(ENROL_CONTEXT, enrol_text(&token.secret, &public).as_bytes(), &key);
    let facts = identity::facts(name);
    let message = AgentToRelay::Enrol {
        version: PROTOCOL_VERSION,
        token: token.secret,
        key: public,
        facts,
        signature,
    };
    handshake::send(&mut socket, &server, &message).await?;
    let RelayToAgent::Enrolled { device, portal_key } = handshake::receive(&mut socket, &server).await? else {
        return Err(HandshakeError::Unreadable(server).into());
    };
    if portal_key != token.portal_key {
        return Err(EnrolError::OtherPortal { server });
    }
    let identity = Identity {
        device,
        server,
        portal_key,
        key,
        authority,
        name: name.map(str::to_owned),
    };
    identity.save(state)?;
    Ok(identity)
}
