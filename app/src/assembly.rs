//! Puts features and machinery together; the only module that knows both.

use crate::{
    accounts, app, articles, attachments, canned, device_groups, devices, directories,
    error::AppError,
    feedback, notices, overview, preconsents, proposals, requests, roles,
    server::{
        access::Subject,
        budget::Budgets,
        config::Config,
        db::Db,
        features::{Answer, Features},
        key,
        live::{Live, Topic},
        lookers::Lookers,
        mail::Transport,
        portal::Portal,
        push::{self, Vapid},
    },
    sessions,
};
use axum::{Router, routing::get};
use deskside_protocol::link::PortalToRelay;
use ed25519_dalek::SigningKey;
use leptos::{
    config::LeptosOptions,
    prelude::{AnyView, IntoAny},
};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A portal on these parts. `relay` is the sending end towards the relay.
pub fn portal(
    config: Config,
    db: Db,
    clock: crate::server::clock::Clock,
    signing_key: SigningKey,
    relay: mpsc::Sender<PortalToRelay>,
) -> anyhow::Result<Portal> {
    Ok(Portal {
        mail: Transport::new(&config)?,
        push: push::Client::new(
            Vapid::new(&signing_key, config.push_contact()),
            &config.push.allow_hosts,
        )?,
        instance: key::instance(&config.data_dir)?.into(),
        db,
        clock,
        config: Arc::new(config),
        live: Live::default(),
        lookers: Lookers::default(),
        relay,
        key: Arc::new(signing_key),
        passwords: accounts::password::Passwords::default(),
        features: FEATURES,
        budgets: Budgets::default(),
        stopping: CancellationToken::new(),
    })
}

/// The portal's whole HTTP side.
pub fn router(portal: Portal, relay: Option<Router>) -> Router {
    crate::server::http::router(portal, posts(), relay)
}

const FEATURES: Features = Features { shell, subject_of };

/// The form posts of all features, and the way to one's first page.
fn posts() -> Router<Portal> {
    Router::new()
        .route("/", get(accounts::forms::first_page))
        .merge(accounts::forms::routes())
        .merge(notices::forms::routes())
        .merge(requests::forms::routes())
        .merge(devices::forms::routes())
        .merge(device_groups::forms::routes())
        .merge(attachments::forms::routes())
        .merge(articles::forms::routes())
        .merge(canned::forms::routes())
        .merge(feedback::forms::routes())
        .merge(overview::forms::routes())
        .merge(proposals::forms::routes())
        .merge(preconsents::forms::routes())
        .merge(roles::forms::routes())
        .merge(directories::forms::routes())
        .merge(sessions::forms::routes())
}

fn shell(options: LeptosOptions) -> AnyView {
    app::shell(options).into_any()
}

fn subject_of(portal: Portal, topic: Topic) -> Answer<Subject> {
    Box::pin(async move {
        match topic {
            Topic::Request(id) => requests::service::subject(&portal, id).await,
            Topic::Session(id) => sessions::service::subject(&portal, id).await,
            Topic::Requests | Topic::Mine(_) | Topic::Devices => Err(AppError::NotFound),
        }
    })
}
