//! Scripts and styles under `/pkg`: from inside the binary, or from a folder while developing.

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use std::{borrow::Cow, path::PathBuf, sync::Arc};

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/site.rs"));

    pub const fn files() -> &'static [(&'static str, &'static [u8])] {
        FILES
    }

    pub const fn folder() -> Option<&'static str> {
        FOLDER
    }
}

/// Where the files come from.
#[derive(Clone, Debug)]
pub enum Site {
    Embedded(&'static [(&'static str, &'static [u8])]),
    Folder(Arc<PathBuf>),
}

impl Site {
    /// `site_dir` of the configuration when set, else what the build decided.
    pub fn new(site_dir: Option<&std::path::Path>) -> Self {
        match (site_dir, embedded::folder()) {
            (Some(folder), _) => Self::Folder(Arc::new(folder.join("pkg"))),
            (None, Some(folder)) => Self::Folder(Arc::new(folder.into())),
            (None, None) => Self::Embedded(embedded::files()),
        }
    }

    async fn read(&self, name: &str) -> Option<Cow<'static, [u8]>> {
        match self {
            Self::Embedded(files) => files
                .iter()
                .find(|(file, _)| *file == name)
                .map(|(_, bytes)| Cow::Borrowed(*bytes)),
            Self::Folder(folder) => tokio::fs::read(folder.join(name)).await.ok().map(Cow::Owned),
        }
    }
}

/// GET of `/pkg/{name}`.
pub async fn file(State(site): State<Site>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(kind) = content_type(&name).filter(|_| is_plain(&name)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let takes_gzip = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value
                .split(',')
                .any(|coding| coding.trim().split(';').next() == Some("gzip"))
        });
    let packed = if takes_gzip {
        site.read(&format!("{name}.gz")).await
    } else {
        None
    };
    let is_packed = packed.is_some();
    let bytes = match packed {
        Some(bytes) => bytes,
        None => match site.read(&name).await {
            Some(bytes) => bytes,
            None => return StatusCode::NOT_FOUND.into_response(),
        },
    };
    let tag = tag(&bytes);
    let mut response = if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes())
    {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let body = match bytes {
            Cow::Borrowed(bytes) => Body::from(bytes),
            Cow::Owned(bytes) => Body::from(bytes),
        };
        ([(header::CONTENT_TYPE, kind)], body).into_response()
    };
    let answer = response.headers_mut();
    if is_packed {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.insert(header::ETAG, tag);
    }
    response
}

fn is_plain(name: &str) -> bool {
    !name.starts_with('.')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

fn content_type(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        _ => return None,
    })
}

fn tag(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest
        .iter()
        .take(12)
        .fold(String::from("\""), |tag, byte| format!("{tag}{byte:02x}"))
        + "\""
}
