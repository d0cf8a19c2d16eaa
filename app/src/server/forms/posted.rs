//! A posted form with everything that a handler needs to answer it.

use super::FormState;
use crate::{
    accounts::token::Token,
    error::AppError,
    server::{
        access::Actor,
        http::{client::Client, pages},
        page::Viewer,
        portal::Portal,
    },
    words::t,
};
use axum::{
    RequestExt,
    body::Body,
    extract::{Form, FromRequest},
    http::{HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use std::net::IpAddr;

/// Most fields that a form may have; ours have a tenth of that.
const MOST_FIELDS: usize = 200;

/// One form post.
pub struct Posted {
    pub portal: Portal,
    pub viewer: Viewer,
    pub token: Option<Token>,
    /// Where the post came from.
    pub address: IpAddr,
    /// In the order of the form; line ends are `\n`, other control characters are gone.
    pub fields: Vec<(String, String)>,
}

impl FromRequest<Portal> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request<Body>, portal: &Portal) -> Result<Self, Response> {
        let client = request.extensions().get::<Client>().cloned().unwrap_or_default();
        let unreadable = |status| (status, t("The form could not be read.")).into_response();
        let Form(fields): Form<Vec<(String, String)>> = request
            .extract()
            .await
            .map_err(|rejection: axum::extract::rejection::FormRejection| unreadable(rejection.status()))?;
        if fields.len() > MOST_FIELDS {
            return Err(unreadable(StatusCode::UNPROCESSABLE_ENTITY));
        }
        let fields = fields.into_iter().map(|(name, value)| (name, clean(&value))).collect();
        Ok(Self {
            portal: portal.clone(),
            viewer: client.viewer,
            token: client.token,
            address: client.address,
            fields,
        })
    }
}

fn clean(value: &str) -> String {
    value
        .replace("\r\n", "\n")
        .chars()
        .filter(|&c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

impl Posted {
    /// A post whose fields are still to be read.
    pub fn of(portal: Portal, client: Client) -> Self {
        Self {
            portal,
            viewer: client.viewer,
            token: client.token,
            address: client.address,
            fields: Vec::new(),
        }
    }

    /// Adds a field.
    pub fn push(&mut self, name: &str, value: &str) {
        if self.fields.len() < MOST_FIELDS {
            self.fields.push((name.to_owned(), clean(value)));
        }
    }

    /// Puts `value` into the field `name`.
    pub fn set(&mut self, name: &str, value: &str) {
        match self.fields.iter_mut().find(|(field, _)| field == name) {
            Some((_, present)) => *present = clean(value),
            None => self.push(name, value),
        }
    }

    /// The person who is signed in.
    pub fn actor(&self) -> Result<&Actor, AppError> {
        self.viewer.0.as_ref().ok_or(AppError::SignedOut)
    }

    /// The first value of `name`; empty when the form has none.
    pub fn field(&self, name: &str) -> &str {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map_or("", |(_, value)| value.as_str())
    }

    /// All values of `name`.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields
            .iter()
            .filter(move |(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    /// True when the form has a field `name`: a checked box, or the button that was pressed.
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, _)| field == name)
    }

    /// The row version that the page was made from.
    pub fn version(&self) -> Result<i64, AppError> {
        self.field("version")
            .parse()
            .map_err(|_| AppError::invalid("version", t("The page is out of date.")))
    }

    /// On success goes to the address that the service gave; else shows `page` again with what was typed.
    pub async fn answer(self, page: &str, result: Result<String, AppError>) -> Response {
        match result {
            Ok(to) => Self::see_other(&to),
            Err(error) => self.again(page, error).await,
        }
    }

    /// Shows `page` again with what was typed and what is wrong with it.
    pub async fn again(self, page: &str, error: AppError) -> Response {
        match error {
            AppError::SignedOut => Self::see_other(&crate::server::http::login::sign_in_address(page)),
            AppError::NotFound => pages::not_found(self.portal, self.viewer).await,
            error => {
                let state = FormState::after(&error, self.fields);
                pages::again(self.portal, self.viewer, page, state, &error).await
            }
        }
    }

    /// Shows `page` again because the form asked for another row, not because something is wrong.
    pub async fn redraw(self, page: &str) -> Response {
        let state = FormState {
            values: self.fields,
            ..FormState::default()
        };
        pages::redraw(self.portal, self.viewer, page, state).await
    }

    /// Goes to `to` with GET.
    pub fn see_other(to: &str) -> Response {
        match HeaderValue::from_str(to) {
            Ok(to) => (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }

    /// Goes to `to` and sets a cookie.
    pub fn see_other_with_cookie(to: &str, cookie: &str) -> Response {
        let mut response = Self::see_other(to);
        if let Ok(cookie) = HeaderValue::from_str(cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }
}
