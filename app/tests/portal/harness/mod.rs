//! A portal for one test: real database, real router, a clock that stands still, mail kept in memory.
//!
//! `on_both_engines! { async fn sentence(test: Test) { … } }` makes one test for SQLite and one for PostgreSQL. Without
//! a PostgreSQL the second fails; it is never skipped.

mod browser;
mod dovecot;
mod folder;
mod postgres;
mod push_service;

pub use browser::{Answer, Browser};
pub use dovecot::Dovecot;
pub use folder::Folder;
pub use push_service::{Message, PushBrowser, PushService};

use deskside::{
    accounts::{NewAccount, model::StartingRole, service as accounts},
    assembly,
    audit::By,
    directories::model::LOCAL,
    server::{access::Actor, clock::Clock, config, db::Db, portal::Portal},
};
use deskside_protocol::{ids::UserId, link::PortalToRelay};
use ed25519_dalek::SigningKey;
use std::{fs, time::Duration};
use tokio::sync::mpsc;

/// 2026-11-23T08:00:00Z, a Monday.
pub const NOW: i64 = 1_795_420_800_000;
pub const PASSWORD: &str = "correct horse battery";

/// Which database a test runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Everything that a test needs.
pub struct Test {
    pub engine: Engine,
    pub portal: Portal,
    /// What the portal tells the relay.
    pub relay: mpsc::Receiver<PortalToRelay>,
    pub folder: Folder,
    database_url: String,
}

impl Test {
    /// A portal with empty tables.
    pub async fn start(engine: Engine) -> Self {
        let folder = Folder::make("portal");
        let database_url = match engine {
            Engine::Sqlite => format!("sqlite://{}", folder.path().join("test.sqlite").display()),
            Engine::Postgres => postgres::new_schema().await,
        };
        let file = folder.path().join("deskside.toml");
        let data = folder.path().join("data");
        fs::create_dir(&data).expect("a data folder");
        let text = format!(
            "public_url = \"http://portal.test\"\ndata_dir = {data:?}\n[mail]\ntransport = \"memory\"\n\
             from = \"Deskside <help@portal.test>\"\n"
        );
        fs::write(&file, text).expect("a configuration file");
        let config = config::load(Some(&file)).expect("a good configuration");
        let db = Db::open(&database_url).await.expect("a database");
        db.migrate().await.expect("migrations");
        let (to_relay, relay) = mpsc::channel(256);
        let key = SigningKey::from_bytes(&[7; 32]);
        let portal = assembly::portal(config, db, Clock::fake(NOW), key, to_relay).expect("a portal");
        Self {
            engine,
            portal,
            relay,
            folder,
            database_url,
        }
    }

    /// The same database under another portal, as after a restart.
    pub async fn restart(&mut self) {
        let db = Db::open(&self.database_url).await.expect("the database again");
        let (to_relay, relay) = mpsc::channel(256);
        let config = (*self.portal.config).clone();
        let key = SigningKey::from_bytes(&[7; 32]);
        let portal = assembly::portal(config, db, self.portal.clock.clone(), key, to_relay).expect("a portal");
        self.portal.stopping.cancel();
        self.portal.db.close().await;
        self.portal = portal;
        self.relay = relay;
    }

    /// Moves the portal's clock.
    pub fn advance(&self, by: Duration) {
        self.portal.clock.advance(by);
    }

    /// Makes an account with [`PASSWORD`] in UTC.
    pub async fn person(&self, login: &str, role: StartingRole) -> Actor {
        let account = NewAccount {
            login: login.to_owned(),
            name: format!("{}{}", login[..1].to_uppercase(), &login[1..]),
            email: format!("{login}@example.org"),
            role,
            directory: LOCAL,
            time_zone: "UTC".to_owned(),
            password: PASSWORD.to_owned(),
        };
        let user = accounts::create(&self.portal, By::Machine("test"), account)
            .await
            .expect("an account");
        self.as_actor(user.id).await
    }

    /// A person with the rights that they have now.
    pub async fn as_actor(&self, id: UserId) -> Actor {
        let user = accounts::find(self.portal.db.on(), id)
            .await
            .expect("no error")
            .expect("a person");
        accounts::actor(self.portal.db.on(), user).await.expect("their rights")
    }

    /// A browser that is not signed in.
    pub fn browser(&self) -> Browser {
        Browser::new(assembly::router(self.portal.clone(), None))
    }

    /// A browser in which `login` is signed in.
    pub async fn signed_in(&self, login: &str) -> Browser {
        let mut browser = self.browser();
        let answer = browser
            .post("/sign-in", &[("login", login), ("password", PASSWORD)])
            .await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        browser
    }

    /// Closes the database.
    pub async fn end(self) {
        self.portal.stopping.cancel();
        self.portal.db.close().await;
        if self.engine == Engine::Postgres {
            postgres::drop_schema(&self.database_url).await;
        }
    }
}

/// One test on each engine.
#[macro_export]
macro_rules! on_both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($test:ident: $kind:ty) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            #[allow(unused_mut)]
            async fn run(mut $test: $kind) -> $kind {
                $body
                $test
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                run($crate::harness::Test::start($crate::harness::Engine::Sqlite).await).await.end().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                run($crate::harness::Test::start($crate::harness::Engine::Postgres).await).await.end().await;
            }
        }
    )*};
}
