//! Messages that bring files, and files for a browser: thin.

use super::{
    model::{ATTACHMENT_BYTES, ATTACHMENTS},
    service::{self, Opened, Upload},
};
use crate::{
    canned::{self, forms::INSERT},
    error::AppError,
    requests::{
        conversation::{self, Draft},
        forms::{back, page_of},
    },
    server::{
        forms::Posted,
        http::{client::Client, login::plain, pages},
        portal::Portal,
    },
    words::t,
};
use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, FromRequest, Multipart, Path, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};

/// Largest post with files, bytes: all files of a message, and the text around them.
const BODY_BYTES: usize = ATTACHMENTS * ATTACHMENT_BYTES + 256 * 1024;
/// Longest text field beside the files, bytes; what is too long for a message is to come back to whoever typed it.
const FIELD_BYTES: usize = 2 * 1024 * 1024;

/// The routes of this feature.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/requests/{id}/messages", post(message).get(back))
        .route("/requests/{id}/notes", post(note).get(back))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .route("/attachments/{id}", get(open))
}

async fn message(path: Path<String>, portal: State<Portal>, request: Request) -> Response {
    write(path, portal, request, false).await
}

async fn note(path: Path<String>, portal: State<Portal>, request: Request) -> Response {
    write(path, portal, request, true).await
}

async fn write(Path(id): Path<String>, State(portal): State<Portal>, request: Request, note: bool) -> Response {
    let page = page_of(&id);
    let (posted, files) = match take(&portal, request).await {
        Ok(taken) => taken,
        Err(unreadable) => return unreadable,
    };
    // A note never comes back in the box that the owner reads.
    let field = if note { "note" } else { "text" };
    let files = match files {
        Ok(files) if posted.has(INSERT) => return canned::forms::insert(posted, &id, field, &files).await,
        files => files,
    };
    let done = match (files, id.parse(), posted.actor()) {
        (Ok(files), Ok(id), Ok(actor)) => {
            let text = posted.field(field);
            let draft = Draft {
                text,
                files,
                note,
                ..Draft::default()
            };
            conversation::write(&posted.portal, actor, id, draft).await
        }
        (Err(error), ..) | (_, _, Err(error)) => Err(error),
        (_, Err(_), _) => Err(AppError::NotFound),
    };
    posted.answer(&page, done.map(|_| page.clone())).await
}

/// Takes the form, with files or as programs without any send it.
async fn take(portal: &Portal, request: Request) -> Result<(Posted, Result<Vec<Upload>, AppError>), Response> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let has_files = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"));
    if !has_files {
        return Ok((Posted::from_request(request, portal).await?, Ok(Vec::new())));
    }
    let client = request.extensions().get::<Client>().cloned().unwrap_or_default();
    let multipart = Multipart::from_request(request, portal)
        .await
        .map_err(IntoResponse::into_response)?;
    let mut posted = Posted::of(portal.clone(), client);
    let files = read(multipart, &mut posted).await;
    Ok((posted, files))
}

/// Reads the fields into the post and gives back the files. A body that is cut off is an error at the files.
async fn read(mut multipart: Multipart, posted: &mut Posted) -> Result<Vec<Upload>, AppError> {
    let cut = || {
        AppError::invalid(
            "files",
            t("The files did not arrive completely, or are too large. Send them again."),
        )
    };
    let mut files = Vec::new();
    while let Some(field) = multipart.next_field().await.map_err(|_| cut())? {
        let name = field.name().unwrap_or_default().to_owned();
        match field.file_name().map(str::to_owned) {
            Some(file_name) => {
                let bytes = field.bytes().await.map_err(|_| cut())?.to_vec();
                // A form whose file field was left empty sends a file without a name.
                if !(file_name.is_empty() && bytes.is_empty()) {
                    files.push(Upload { name: file_name, bytes });
                }
            }
            None => {
                let value = field.text().await.map_err(|_| cut())?;
                if value.len() > FIELD_BYTES {
                    return Err(AppError::invalid(
                        name,
                        t("This text is far too long. Send it as a file."),
                    ));
                }
                posted.push(&name, &value);
            }
        }
    }
    Ok(files)
}

/// GET of `/attachments/{id}`.
async fn open(Path(id): Path<String>, State(portal): State<Portal>, Extension(client): Extension<Client>) -> Response {
    let Some(actor) = client.viewer.0.clone() else {
        return plain(&AppError::SignedOut);
    };
    let opened = match id.parse() {
        Ok(id) => service::open(&portal, &actor, id).await,
        Err(_) => Err(AppError::NotFound),
    };
    match opened {
        Ok(opened) => file(opened),
        Err(AppError::NotFound | AppError::Denied) => pages::not_found(portal, client.viewer).await,
        Err(error) => plain(&error),
    }
}

/// Pictures are shown, everything else is saved; nothing of it may run or reach out.
fn file(opened: Opened) -> Response {
    let place = if opened.kind.is_picture() {
        "inline"
    } else {
        "attachment"
    };
    let disposition = format!("{place}; filename*=UTF-8''{}", percent(&opened.name));
    let headers: [(HeaderName, &str); 4] = [
        (header::CONTENT_TYPE, opened.kind.media_type()),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "private, max-age=3600"),
    ];
    let mut response = (StatusCode::OK, opened.bytes).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(
            name,
            HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static("")),
        );
    }
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

/// As RFC 5987, section 3.2.1 wants it in a header.
fn percent(name: &str) -> String {
    name.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
        text
    })
}
