//! What every request passes before a handler sees it, and every answer before it leaves.

use std::time::Duration;

use axum::extract::{Request, State as Extract};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN, REFERRER_POLICY, RETRY_AFTER, TRANSFER_ENCODING,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use crate::problem::{Problem, is_for_programs};
use crate::serve::{Body, body_of};
use crate::state::State;

/// No script, no outside resource, no frame: the page is markup and one stylesheet.
pub(crate) const CONTENT_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Bounds on requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests worked on at one time; more are turned away with 503.
    pub requests_max: usize,
    /// Longest one request may take.
    pub time_max: Duration,
    /// Longest path and query, bytes.
    pub uri_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests_max: 64, time_max: Duration::from_secs(15), uri_bytes_max: 2_048 }
    }
}

/// Is this a name of this machine by which a browser here would ask? A page elsewhere that makes its own name point at this
/// machine (DNS rebinding) comes with that name and is refused.
pub(crate) fn is_local(authority: &str) -> bool {
    let (name, port) = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((name, "")) => (name, None),
            Some((name, port)) => (name, port.strip_prefix(':').or(Some("-"))),
            None => return false,
        },
        None => authority.split_once(':').map_or((authority, None), |(name, port)| (name, Some(port))),
    };
    let bracketed = authority.starts_with('[');
    let named = if bracketed { name == "::1" } else { name == "127.0.0.1" || name.eq_ignore_ascii_case("localhost") };
    named && port.is_none_or(|p| !p.is_empty() && p.len() <= 5 && p.bytes().all(|b| b.is_ascii_digit()))
}

fn check(request: &Request, uri_bytes_max: usize) -> Result<(), Problem> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let (host, second) = (hosts.next(), hosts.next());
    let local = host.is_some_and(|h| h.to_str().is_ok_and(is_local)) && second.is_none();
    if !local || request.uri().authority().is_some_and(|a| !is_local(a.as_str())) {
        let detail = "this page answers to `localhost`, `127.0.0.1` and `[::1]` only: open it under one of these names";
        return Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, detail));
    }
    if request.uri().path_and_query().map_or(0, |p| p.as_str().len()) > uri_bytes_max {
        return Err(Problem::new(StatusCode::URI_TOO_LONG, format!("the address is longer than {uri_bytes_max} bytes")));
    }
    let length = request.headers().get(CONTENT_LENGTH);
    if let Some(body) = body_of(request.uri().path()).filter(|_| request.method() == Method::POST) {
        return check_body(request, body);
    }
    if request.headers().contains_key(TRANSFER_ENCODING) || length.is_some_and(|l| l.as_bytes() != b"0") {
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "nothing here takes a body: send none"));
    }
    Ok(())
}

/// A body is of the route's type, of a stated and bounded length, and comes from no other site's page: a form elsewhere cannot send this content type unasked,
/// and a script's origin is told.
fn check_body(request: &Request, body: Body) -> Result<(), Problem> {
    let headers = request.headers();
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(body.media) {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("send the request as `content-type: {}`", body.media)));
    }
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()).and_then(|length| length.parse::<usize>().ok());
    match length.filter(|_| !headers.contains_key(TRANSFER_ENCODING)) {
        None => Err(Problem::new(StatusCode::LENGTH_REQUIRED, "say the body's length: content-length")),
        Some(length) if length > body.bytes_max => {
            Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is longer than {} bytes: {}", body.bytes_max, body.remedy)))
        }
        Some(_) => match headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or_default()) {
            None => Ok(()),
            Some(origin) if origin.strip_prefix("http://").is_some_and(is_local) => Ok(()),
            Some(_) => Err(Problem::new(StatusCode::FORBIDDEN, "another site's page may not ask here")),
        },
    }
}

/// Bounds, then the handler, then the headers that every answer bears.
pub(crate) async fn guard(Extract(state): Extract<State>, request: Request, next: Next) -> Response {
    let wants_json = is_for_programs(request.uri().path());
    let busy = |detail: &str| {
        let mut response = Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).respond(wants_json);
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("2"));
        response
    };
    let mut response = match check(&request, state.limits.uri_bytes_max) {
        Err(problem) => problem.respond(wants_json),
        Ok(()) => match state.permits.try_acquire() {
            Err(_) => busy("too many requests at one time: try again in a moment"),
            Ok(_permit) => match tokio::time::timeout(state.limits.time_max, next.run(request)).await {
                Ok(response) => response,
                Err(_) => busy("the answer took too long: try again in a moment"),
            },
        },
    };
    protect(response.headers_mut());
    response
}

fn protect(headers: &mut HeaderMap) {
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, CONTENT_POLICY),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
