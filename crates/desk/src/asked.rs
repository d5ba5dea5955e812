//! What a request says: who, what for, and a body.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use tributary_access::Purpose;
use tributary_cases::Page;
use tributary_model::Timestamp;
use tributary_register::Caller;

use crate::{Desk, Problem};

/// Longest value of a header that is looked at, in bytes.
const HEADER_MAX: usize = 128;

/// The caller of a request, who has shown a second factor: without one a session reaches what [`Bare`] stands at and nothing else (SG-054).
pub(crate) struct Who(pub(crate) Caller);

impl FromRequestParts<Desk> for Who {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Problem> {
        let Bare(caller) = Bare::from_request_parts(parts, desk).await?;
        if caller.principal.mfa {
            return Ok(Self(caller));
        }
        Err(Problem::of(StatusCode::FORBIDDEN, "show a second factor first: `POST /api/v1/session/second-factor`, or `.../key`"))
    }
}

/// The caller of a request, whether or not they have shown a second factor: for showing one.
pub(crate) struct Bare(pub(crate) Caller);

impl FromRequestParts<Desk> for Bare {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Problem> {
        let token = token(&parts.headers)?;
        let purpose = header(&parts.headers, "x-purpose")?
            .ok_or_else(|| Problem::of(StatusCode::BAD_REQUEST, "say what for: a header `x-purpose`, such as `investigation`"))?;
        let purpose: Purpose =
            purpose.parse().map_err(|error: tributary_access::AccessError| Problem::of(StatusCode::BAD_REQUEST, error.to_string()))?;
        let mut caller = desk.register().caller(&token, purpose, desk.now()).await?;
        caller.case = header(&parts.headers, "x-case")?;
        caller.legal_basis = header(&parts.headers, "x-legal-basis")?;
        Ok(Self(caller))
    }
}

/// The token of a request.
pub(crate) struct Token(pub(crate) String);

impl FromRequestParts<Desk> for Token {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _desk: &Desk) -> Result<Self, Problem> {
        token(&parts.headers).map(Self)
    }
}

fn token(headers: &HeaderMap) -> Result<String, Problem> {
    let given = header(headers, "authorization")?.and_then(|value| value.strip_prefix("Bearer ").map(ToOwned::to_owned));
    given.ok_or_else(|| Problem::of(StatusCode::UNAUTHORIZED, "sign in at `POST /api/v1/session` and send `authorization: Bearer TOKEN`"))
}

fn header(headers: &HeaderMap, name: &str) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let fits = value.to_str().ok().filter(|text| text.len() <= HEADER_MAX && !text.trim().is_empty());
    fits.map(|text| Some(text.to_owned()))
        .ok_or_else(|| Problem::of(StatusCode::BAD_REQUEST, format!("the header `{name}` is not plain text of 1 to {HEADER_MAX} bytes")))
}

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Desk> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, desk: &Desk) -> Result<Self, Problem> {
        let json =
            request.headers().get("content-type").and_then(|value| value.to_str().ok()).is_some_and(|value| value.starts_with("application/json"));
        if !json {
            return Err(Problem::of(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send JSON: `content-type: application/json`"));
        }
        let bytes = Bytes::from_request(request, desk).await.map_err(|error| Problem::of(error.status(), error.body_text()))?;
        read(&bytes).map(Self).map_err(|error| Problem::of(StatusCode::UNPROCESSABLE_ENTITY, format!("the body is not understood: {error}")))
    }
}

/// Reads a body.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(bytes)
}

/// What stands after the `?` of an address.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Desk> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _desk: &Desk) -> Result<Self, Problem> {
        from_query(parts.uri.query().unwrap_or_default()).map(Self).map_err(|why| Problem::of(StatusCode::BAD_REQUEST, why))
    }
}

/// Reads what stands after the `?` of an address.
pub(crate) fn from_query<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let uri: Uri = format!("/?{text}").parse().map_err(|_| "what follows the `?` is not understood".to_owned())?;
    axum::extract::Query::try_from_uri(&uri)
        .map(|query| query.0)
        .map_err(|error| format!("what follows the `?` is not understood: {}", error.body_text()))
}

/// The part of an address that varies.
pub(crate) struct Path<T>(pub(crate) T);

impl FromRequestParts<Desk> for Path<String> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Problem> {
        let found = axum::extract::Path::<String>::from_request_parts(parts, desk).await;
        found.map(|path| Self(path.0)).map_err(|error| Problem::of(error.status(), error.body_text()))
    }
}

/// Which part of a list: `after` (as the last answer's `next` said) and `limit`.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    /// What the last answer gave as `next`.
    pub(crate) after: Option<String>,
    /// 1 to 1000; 100 unless told.
    pub(crate) limit: Option<u32>,
}

impl Part {
    /// As the store asks it.
    pub(crate) fn page(&self) -> Result<Page, Problem> {
        let wrong = || Problem::of(StatusCode::BAD_REQUEST, "`after` is what the last answer gave as `next`");
        let limit = self.limit.unwrap_or(100);
        if !(1..=1_000).contains(&limit) {
            return Err(Problem::of(StatusCode::BAD_REQUEST, "`limit` is 1 to 1000"));
        }
        let after = self.after.as_deref().map(|after| {
            let (made, id) = after.split_once('.')?;
            Some((Timestamp(made.parse().ok()?), id.to_owned()))
        });
        let after = after.map(|after| after.ok_or_else(wrong)).transpose()?;
        Ok(Page { after, limit })
    }
}
