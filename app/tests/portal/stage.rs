//! The people and devices of the main job, and short ways to get to a point in it.

use crate::harness::Test;
use deskside::{
    accounts::model::StartingRole,
    devices,
    requests::{
        model::{RequestDetail, RequestForm},
        reading, service,
    },
    server::{access::Actor, db::sql},
    sessions::{
        self, relay_link,
        reports::{self, Taken},
    },
};
use deskside_protocol::{
    agent::DeviceFacts,
    bytes::Fixed,
    command::{Command, Order},
    enrolment::EnrolmentToken,
    ids::{DeviceId, Nonce, RequestId, SessionId},
    link::{PortalToRelay, RelayToPortal},
    report::{Event, Report},
    session::{ConsentAnswer, Platform},
    signed::Signed,
};
use ed25519_dalek::SigningKey;

/// A device whose key the test holds.
pub struct Device {
    pub id: DeviceId,
    pub key: SigningKey,
    pub name: String,
}

/// Emma files, Oscar assists, Ada administers.
pub struct Stage {
    pub emma: Actor,
    pub oscar: Actor,
    pub ada: Actor,
    pub device: Device,
}

impl Stage {
    pub async fn set(test: &Test) -> Self {
        let emma = test.person("emma", StartingRole::Employee).await;
        let oscar = test.person("oscar", StartingRole::Operator).await;
        let ada = test.person("ada", StartingRole::Administrator).await;
        let device = enrol(test, &emma, "EMMA-PC").await;
        Self {
            emma,
            oscar,
            ada,
            device,
        }
    }

    /// Emma files a request for her device.
    pub async fn file(&self, test: &Test, subject: &str) -> RequestId {
        self.file_form(
            test,
            RequestForm {
                subject: subject.into(),
                ..form()
            },
        )
        .await
    }

    /// Emma files what `form` says, for her device.
    pub async fn file_form(&self, test: &Test, form: RequestForm) -> RequestId {
        let form = RequestForm {
            device: self.device.id.to_string(),
            ..form
        };
        service::file(&test.portal, &self.emma, &form)
            .await
            .expect("the request is filed")
    }

    /// A request "Printer" that Oscar has claimed.
    pub async fn claimed(&self, test: &Test) -> RequestId {
        let id = self.file(test, "Printer").await;
        service::claim(&test.portal, &self.oscar, id, 1).await.expect("claimed");
        id
    }

    /// A claimed request that is kept after its session.
    pub async fn claimed_reusable(&self, test: &Test) -> RequestId {
        let id = self
            .file_form(
                test,
                RequestForm {
                    one_time: false,
                    ..form()
                },
            )
            .await;
        service::claim(&test.portal, &self.oscar, id, 1).await.expect("claimed");
        id
    }

    /// Oscar launches the claimed request.
    pub async fn launch(&self, test: &Test, id: RequestId) -> SessionId {
        let version = self.see(test, &self.oscar, id).await.row.version;
        sessions::service::launch(&test.portal, &self.oscar, id, version)
            .await
            .expect("launched")
    }

    /// A request with a session in which media flows.
    pub async fn connected(&self, test: &Test) -> (RequestId, SessionId) {
        self.device.comes_online(test).await;
        let id = self.claimed(test).await;
        let session = self.launch(test, id).await;
        self.device.answers(test, session, ConsentAnswer::Accepted).await;
        self.connect(test, session).await;
        (id, session)
    }

    /// Oscar's browser connects to the device.
    pub async fn connect(&self, test: &Test, session: SessionId) {
        let fingerprint = deskside_protocol::fingerprint::Fingerprint([1; 32]);
        let grant = sessions::service::grant_ticket(&test.portal, &self.oscar, session, fingerprint).await;
        let attempt = grant.expect("a ticket").attempt;
        let path = deskside_protocol::session::MediaPath::Direct;
        self.device
            .reports(test, Event::Connected { session, attempt, path })
            .await;
    }

    /// The request's page as `actor` sees it.
    pub async fn see(&self, test: &Test, actor: &Actor, id: RequestId) -> RequestDetail {
        reading::detail(&test.portal, actor, id)
            .await
            .expect("the request is visible")
    }
}

impl Device {
    pub fn facts(&self) -> DeviceFacts {
        DeviceFacts {
            name: self.name.clone(),
            platform: Platform::Linux,
            agent_version: "0.1.0".into(),
        }
    }

    pub async fn comes_online(&self, test: &Test) {
        let message = RelayToPortal::DeviceOnline {
            device: self.id,
            facts: self.facts(),
            at: test.portal.clock.now(),
        };
        relay_link::take(&test.portal, message).await.expect("taken");
    }

    pub async fn goes_offline(&self, test: &Test) {
        let message = RelayToPortal::DeviceOffline {
            device: self.id,
            at: test.portal.clock.now(),
        };
        relay_link::take(&test.portal, message).await.expect("taken");
    }

    /// A report with a new nonce, signed by the device.
    pub fn report(&self, test: &Test, event: Event) -> Signed {
        let report = Report {
            nonce: Nonce(uuid::Uuid::now_v7()),
            at: test.portal.clock.now(),
            event,
        };
        Signed::seal(&report, &self.key).expect("a report")
    }

    /// Sends a report that must be taken.
    pub async fn reports(&self, test: &Test, event: Event) {
        let report = self.report(test, event);
        assert_eq!(
            reports::take(&test.portal, self.id, &report).await.expect("no error"),
            Taken::Yes
        );
    }

    pub async fn answers(&self, test: &Test, session: SessionId, answer: ConsentAnswer) {
        self.reports(test, Event::Consent { session, answer }).await;
    }
}

/// An empty but valid form: any time, one-time.
pub fn form() -> RequestForm {
    RequestForm {
        subject: "Printer".into(),
        ..RequestForm::default()
    }
}

/// The part of a new token that a device of `owner` sends.
pub async fn enrolment_secret(test: &Test, owner: &Actor) -> String {
    let made = devices::service::make_token(&test.portal, owner, "", "", "")
        .await
        .expect("a token");
    let token: EnrolmentToken = made.token.parse().expect("a whole token");
    assert_eq!(token.portal_key, test.portal.public_key());
    token.secret
}

/// Enrols a device of `owner` through a real token.
pub async fn enrol(test: &Test, owner: &Actor, name: &str) -> Device {
    let token = enrolment_secret(test, owner).await;
    let seed: [u8; 16] = *uuid::Uuid::now_v7().as_bytes();
    let mut secret = [0; 32];
    secret[..16].copy_from_slice(&seed);
    let key = SigningKey::from_bytes(&secret);
    let public = Fixed(key.verifying_key().to_bytes());
    let facts = DeviceFacts {
        name: name.into(),
        platform: Platform::Linux,
        agent_version: "0.1.0".into(),
    };
    let id = devices::service::enrol(&test.portal, &token, public, &facts)
        .await
        .expect("no error");
    Device {
        id: id.expect("the token is good"),
        key,
        name: name.into(),
    }
}

/// One mail in the outbox.
#[derive(Debug, sqlx::FromRow)]
pub struct StoredMail {
    pub recipient_email: String,
    pub subject: String,
    pub text_body: String,
    pub message_id: String,
    pub thread_ids: String,
}

/// Every mail so far.
pub async fn mails(test: &Test) -> Vec<StoredMail> {
    sql("SELECT recipient_email, subject, text_body, message_id, thread_ids FROM outbox ORDER BY message_id")
        .fetch_all(test.portal.db.on())
        .await
        .expect("the outbox")
}

#[derive(sqlx::FromRow)]
struct ActionRow {
    action: String,
}

/// What the audit log has on `subject`, in order.
pub async fn audited(test: &Test, subject: &str) -> Vec<String> {
    let rows: Vec<ActionRow> = sql("SELECT action FROM audit_log WHERE subject = $1 ORDER BY seq")
        .bind(subject)
        .fetch_all(test.portal.db.on())
        .await
        .expect("the audit log");
    rows.into_iter().map(|row| row.action).collect()
}

/// What the portal told the relay since the last look.
pub fn told(test: &mut Test) -> Vec<PortalToRelay> {
    std::iter::from_fn(|| test.relay.try_recv().ok()).collect()
}

/// The orders for `device` since the last look, each with a good signature and for that device only.
pub fn orders(test: &mut Test, device: &Device) -> Vec<Order> {
    let key = test.portal.public_key();
    let mut orders = Vec::new();
    for message in told(test) {
        if let PortalToRelay::Command { device: to, command } = message {
            let command: Command = command.open(&key).expect("a good signature");
            assert_eq!((to, command.device), (device.id, device.id));
            orders.push(command.order);
        }
    }
    orders
}
