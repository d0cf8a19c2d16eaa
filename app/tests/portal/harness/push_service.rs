//! A push service: takes messages as RFC 8030 says, checks who sent them (RFC 8292), and opens them with the key of the
//! browser for which they are (RFC 8291). Written from the standards, not from the code under test.

use aes_gcm::{
    Aes128Gcm, Nonce,
    aead::{Aead, KeyInit},
};
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use p256::{
    PublicKey, SecretKey,
    ecdh::diffie_hellman,
    ecdsa::{Signature, VerifyingKey, signature::Verifier},
    elliptic_curve::sec1::ToSec1Point,
};
use serde_json::Value;
use sha2::Sha256;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// The half of a subscription that never leaves the browser.
pub struct PushBrowser {
    pub name: String,
    secret: SecretKey,
    auth: [u8; 16],
}

impl PushBrowser {
    /// `seed` tells browsers apart.
    pub fn new(name: &str, seed: u8) -> Self {
        Self {
            name: name.into(),
            secret: SecretKey::from_slice(&[seed; 32]).expect("a key"),
            auth: [seed; 16],
        }
    }

    pub fn p256dh(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.secret.public_key().to_sec1_point(false).as_bytes())
    }

    pub fn auth(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.auth)
    }

    /// Opens a message that was sent to this browser.
    pub fn open(&self, message: &Message) -> Value {
        let (salt, rest) = message.body.split_at(16);
        let (size, rest) = rest.split_at(4);
        let size = u32::from_be_bytes(size.try_into().expect("four bytes"));
        let (length, rest) = rest.split_at(1);
        let (sender, sealed) = rest.split_at(usize::from(length[0]));
        assert!(sealed.len() <= size as usize, "one record");
        let sender_key = PublicKey::from_sec1_bytes(sender).expect("the sender's key");
        let shared = diffie_hellman(self.secret.to_nonzero_scalar(), sender_key.as_affine());
        let own = self.secret.public_key().to_sec1_point(false);
        let info = [b"WebPush: info\0".as_slice(), own.as_bytes(), sender].concat();
        let mut keying = [0; 32];
        let expand = |salt: &[u8], from: &[u8], info: &[u8], out: &mut [u8]| {
            Hkdf::<Sha256>::new(Some(salt), from)
                .expand(info, out)
                .expect("derived");
        };
        expand(&self.auth, shared.raw_secret_bytes(), &info, &mut keying);
        let (mut key, mut nonce) = ([0; 16], [0; 12]);
        expand(salt, &keying, b"Content-Encoding: aes128gcm\0", &mut key);
        expand(salt, &keying, b"Content-Encoding: nonce\0", &mut nonce);
        let opened = Aes128Gcm::new(&key.into())
            .decrypt(&Nonce::from(nonce), sealed)
            .expect("encrypted for this browser");
        let end = opened.iter().rposition(|byte| *byte != 0).expect("a delimiter");
        assert_eq!(opened[end], 2, "the last record");
        serde_json::from_slice(&opened[..end]).expect("JSON")
    }
}

/// A message as it came.
#[derive(Clone, Debug)]
pub struct Message {
    pub to: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Message {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The claims of the sender's token, after its signature was checked with the key that it names.
    pub fn claims(&self) -> (String, Value) {
        let (token, key) = self
            .header("authorization")
            .strip_prefix("vapid t=")
            .and_then(|rest| rest.split_once(", k="))
            .expect("a token and a key");
        let parts: Vec<&str> = token.split('.').collect();
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64url");
        let head: Value = serde_json::from_slice(&decode(parts[0])).expect("JSON");
        assert_eq!((&head["typ"], &head["alg"]), (&"JWT".into(), &"ES256".into()));
        let signature = Signature::from_slice(&decode(parts[2])).expect("a signature");
        VerifyingKey::from_sec1_bytes(&decode(key))
            .expect("a key")
            .verify(format!("{}.{}", parts[0], parts[1]).as_bytes(), &signature)
            .expect("a good signature");
        (key.to_owned(), serde_json::from_slice(&decode(parts[1])).expect("JSON"))
    }
}

/// A status with headers.
type Reply = (u16, Vec<(String, String)>);

#[derive(Clone, Default)]
struct Shared {
    messages: Arc<Mutex<Vec<Message>>>,
    /// What is answered instead of 201.
    answer: Arc<Mutex<Option<Reply>>>,
    /// True while answers are kept back.
    held: Arc<watch::Sender<bool>>,
    /// Messages that are not answered yet, and the most of them that there were.
    unanswered: Arc<Mutex<(usize, usize)>>,
}

/// The running service, on the loopback interface.
pub struct PushService {
    pub origin: String,
    shared: Shared,
}

impl PushService {
    pub async fn start() -> Self {
        let shared = Shared::default();
        let router = Router::new()
            .route("/send/{browser}", post(take))
            .with_state(shared.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { origin, shared }
    }

    pub fn endpoint(&self, browser: &PushBrowser) -> String {
        format!("{}/send/{}", self.origin, browser.name)
    }

    /// Answers with this from now on.
    pub fn answers(&self, status: u16, headers: &[(&str, &str)]) {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        *self.shared.answer.lock().expect("not poisoned") = Some((status, headers.collect()));
    }

    /// Keeps back its answers, or gives them.
    pub fn holds(&self, held: bool) {
        self.shared.held.send_replace(held);
    }

    /// The most messages that waited for their answers at once.
    pub fn most_at_once(&self) -> usize {
        self.shared.unanswered.lock().expect("not poisoned").1
    }

    /// What came since the last look.
    pub fn messages(&self) -> Vec<Message> {
        std::mem::take(&mut *self.shared.messages.lock().expect("not poisoned"))
    }
}

async fn take(State(shared): State<Shared>, Path(to): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let message = Message {
        to,
        headers,
        body: body.to_vec(),
    };
    {
        let mut unanswered = shared.unanswered.lock().expect("not poisoned");
        unanswered.0 += 1;
        unanswered.1 = unanswered.1.max(unanswered.0);
    }
    shared.messages.lock().expect("not poisoned").push(message);
    let mut held = shared.held.subscribe();
    held.wait_for(|held| !held).await.expect("the service runs");
    shared.unanswered.lock().expect("not poisoned").0 -= 1;
    let Some((status, headers)) = shared.answer.lock().expect("not poisoned").clone() else {
        return (StatusCode::CREATED, [(header::LOCATION, "/message/1")]).into_response();
    };
    let mut response = StatusCode::from_u16(status).expect("a status").into_response();
    for (name, value) in headers {
        let name = header::HeaderName::from_bytes(name.as_bytes()).expect("a name");
        response.headers_mut().insert(name, value.parse().expect("a value"));
    }
    response
}
