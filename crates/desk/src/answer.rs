//! Answers: JSON, or `application/problem+json` (RFC 9457) that says what is wrong and what would do.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use tributary_register::RegisterError;

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    detail: String,
}

impl Problem {
    /// A problem with a request itself.
    #[must_use]
    pub fn of(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into() }
    }
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            // What the store says may hold what nobody should read.
            eprintln!("tributary-desk: {error}");
            return Self::of(status, "the register could not do it; its operator finds the cause in the log of the program");
        }
        Self::of(status, error.to_string())
    }
}

/// A problem as it goes out (RFC 9457).
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(crate) struct ProblemBody {
    /// `about:blank`: the status says what kind it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong, and what would do.
    detail: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or("problem");
        let body = ProblemBody { kind: "about:blank", title, status: self.status.as_u16(), detail: self.detail };
        let body = serde_json::to_string(&body).unwrap_or_default();
        let mut response = ([(CONTENT_TYPE, "application/problem+json")], body).into_response();
        *response.status_mut() = self.status;
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// A good answer: JSON that nobody stores on the way.
pub(crate) struct Good<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Good<T> {
    fn into_response(self) -> Response {
        match serde_json::to_string(&self.0) {
            Ok(body) => ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], body).into_response(),
            Err(_) => Problem::of(StatusCode::INTERNAL_SERVER_ERROR, "the answer could not be written").into_response(),
        }
    }
}

/// What a handler gives.
pub(crate) type Answer<T> = Result<Good<T>, Problem>;
