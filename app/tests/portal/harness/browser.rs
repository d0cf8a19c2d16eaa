//! A browser without JavaScript: cookies, GET, form posts with the headers that browsers send.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, header},
};
use std::collections::BTreeMap;
use tower::ServiceExt;

const ORIGIN: &str = "http://portal.test";

/// One browser profile.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    pub cookies: BTreeMap<String, String>,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// A header's text; empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Where a redirect leads.
    pub fn location(&self) -> &str {
        self.header("location")
    }
}

impl Browser {
    pub fn new(router: Router) -> Self {
        Self {
            router,
            cookies: BTreeMap::new(),
        }
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        let request = Request::get(path)
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-site", "same-origin");
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Fetches as a script on a page does.
    pub async fn fetch(&mut self, path: &str) -> Answer {
        let request = Request::get(path)
            .header("sec-fetch-mode", "cors")
            .header("sec-fetch-site", "same-origin");
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Posts a form of the portal's own page.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = Self::form(path, fields)
            .header("origin", ORIGIN)
            .header("sec-fetch-site", "same-origin");
        self.send(request.body(Body::from(encode(fields))).expect("a request"))
            .await
    }

    /// Posts a form from a page of somebody else.
    pub async fn post_from_elsewhere(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = Self::form(path, fields)
            .header("origin", "http://evil.test")
            .header("sec-fetch-site", "cross-site");
        self.send(request.body(Body::from(encode(fields))).expect("a request"))
            .await
    }

    /// Calls a server function as an island does.
    pub async fn call(&mut self, function: &str, fields: &[(&str, &str)]) -> Answer {
        let path = format!("/api/island/{function}");
        let request = Self::form(&path, fields)
            .header("origin", ORIGIN)
            .header("sec-fetch-site", "same-origin")
            .header("sec-fetch-mode", "cors")
            .header("accept", "application/json");
        self.send(request.body(Body::from(encode(fields))).expect("a request"))
            .await
    }

    fn form(path: &str, _: &[(&str, &str)]) -> axum::http::request::Builder {
        Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("content-type", "application/x-www-form-urlencoded")
    }

    /// Sends any request with this browser's cookies.
    pub async fn send(&mut self, request: Request<Body>) -> Answer {
        let answer = self.open(request).await;
        let (parts, body) = answer.into_parts();
        let bytes = to_bytes(body, 4 << 20).await.expect("a body");
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    /// Sends and leaves the body unread, for streams.
    pub async fn open(&mut self, mut request: Request<Body>) -> axum::response::Response {
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request
                .headers_mut()
                .insert(header::COOKIE, cookies.join("; ").parse().expect("cookies"));
        }
        request
            .headers_mut()
            .insert(header::HOST, "portal.test".parse().expect("a host"));
        let answer = self.router.clone().oneshot(request).await.expect("an answer");
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("a readable cookie");
            let (name, value) = cookie
                .split(';')
                .next()
                .and_then(|pair| pair.split_once('='))
                .expect("name=value");
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

fn encode(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| {
        text.bytes().fold(String::new(), |mut out, byte| {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => out.push(char::from(byte)),
                b' ' => out.push('+'),
                _ => out.push_str(&format!("%{byte:02X}")),
            }
            out
        })
    };
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    pairs.join("&")
}
