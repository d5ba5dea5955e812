//! The witness over HTTP/1.1: `POST /add-checkpoint`, and `GET /vkey` for whoever makes a policy.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tributary_ledger::witness::REQUEST_BYTES_MAX;

use crate::memory::Memory;

/// The paths.
pub fn router(memory: Arc<Memory>) -> Router {
    Router::new().route("/add-checkpoint", post(add)).route("/vkey", get(vkey)).layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX)).with_state(memory)
}

/// Answers until it is told to stop.
///
/// # Errors
/// Where the listener fails.
pub async fn serve(listener: TcpListener, memory: Arc<Memory>) -> std::io::Result<()> {
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    axum::serve(listener, router(memory)).with_graceful_shutdown(stop).await
}

async fn add(State(memory): State<Arc<Memory>>, body: Bytes) -> Response {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let done = tokio::task::spawn_blocking(move || memory.answer(&body, now)).await;
    match done {
        Ok(Ok(reply)) => {
            let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, [(CONTENT_TYPE, reply.content_type)], reply.body).into_response()
        }
        Ok(Err(error)) => {
            eprintln!("tributary-witness: {error}");
            (StatusCode::INTERNAL_SERVER_ERROR, "the witness cannot write; nothing was cosigned\n").into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn vkey(State(memory): State<Arc<Memory>>) -> String {
    memory.signers().iter().map(|signer| format!("{}\n", signer.verifier())).collect()
}
