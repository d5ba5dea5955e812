//! The routes, and the socket they are served on.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use tributary_engine::Workspace;

use crate::error::ServerError;
use crate::guard::{Limits, guard};
use crate::problem::{Problem, is_for_programs};
use crate::source::{Served, Source};
use crate::state::{Shared, State};
use crate::{api, events, pages, who};

/// Longest that open requests may take once the end was asked for.
const ENDING: Duration = Duration::from_secs(5);
/// Threads that answer requests; blocking work has its own.
const THREADS: usize = 2;

/// What a route takes in a request's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Body {
    /// The content type, without parameters.
    pub media: &'static str,
    /// Longest body, bytes.
    pub bytes_max: usize,
    /// What to do where it is longer.
    pub remedy: &'static str,
}

/// One person or firm.
const QUESTION: Option<Body> = Some(Body { media: "application/json", bytes_max: 65_536, remedy: "ask about one person at a time" });
/// Transfers, one a line.
const LINES: Option<Body> = Some(Body { media: "application/x-ndjson", bytes_max: 1 << 20, remedy: "send fewer lines at a time" });

/// One route.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// Its path as OpenAPI writes it; `{id}` stands for an alert's id.
    pub path: &'static str,
    /// The content type of a good answer, without parameters.
    pub media: &'static str,
    /// The method it answers to; what answers to GET answers to HEAD as well.
    pub method: &'static str,
    /// The body it takes.
    pub body: Option<Body>,
    /// Does it stand in the OpenAPI document?
    pub documented: bool,
    handler: fn() -> MethodRouter<State>,
}

/// Every route there is. None of them changes anything, but that events are added where they are taken.
pub const ROUTES: &[Route] = &[
    Route { path: "/", media: "text/html", method: "GET", body: None, documented: false, handler: || get(pages::list) },
    Route { path: "/alerts/{id}", media: "text/html", method: "GET", body: None, documented: false, handler: || get(pages::alert) },
    Route { path: "/resolution", media: "text/html", method: "GET", body: None, documented: false, handler: || get(who::page) },
    Route { path: "/style.css", media: "text/css", method: "GET", body: None, documented: false, handler: || get(pages::style) },
    Route { path: "/icon.svg", media: "image/svg+xml", method: "GET", body: None, documented: false, handler: || get(pages::icon) },
    Route { path: "/openapi.json", media: "application/json", method: "GET", body: None, documented: false, handler: || get(api::openapi) },
    Route { path: "/api/v1/alerts", media: "application/json", method: "GET", body: None, documented: true, handler: || get(api::alerts) },
    Route { path: "/api/v1/alerts/{id}", media: "application/json", method: "GET", body: None, documented: true, handler: || get(api::alert) },
    Route { path: "/api/v1/run", media: "application/json", method: "GET", body: None, documented: true, handler: || get(api::run) },
    Route { path: "/api/v1/indicators", media: "application/json", method: "GET", body: None, documented: true, handler: || get(api::indicators) },
    Route { path: "/api/v1/health", media: "application/json", method: "GET", body: None, documented: true, handler: || get(api::health) },
    Route { path: "/api/v1/lists", media: "application/json", method: "GET", body: None, documented: true, handler: || get(who::lists) },
    Route { path: "/api/v1/resolution", media: "application/json", method: "GET", body: None, documented: true, handler: || get(who::resolution) },
    Route { path: "/api/v1/screen", media: "application/json", method: "POST", body: QUESTION, documented: true, handler: || post(who::screen) },
    Route { path: "/api/v1/events", media: "application/json", method: "POST", body: LINES, documented: true, handler: || post(events::take) },
];

/// The body that this address takes with POST, if it does. By the table of routes: none with an id in its path does.
pub(crate) fn body_of(path: &str) -> Option<Body> {
    ROUTES.iter().find(|route| route.method == "POST" && route.path == path).and_then(|route| route.body)
}

/// All routes over a source, with their guard.
pub fn router(source: impl Source, limits: Limits) -> Router {
    let state = Shared::new(Box::new(source), limits);
    let mut router = Router::new();
    for route in ROUTES {
        router = router.route(route.path, (route.handler)());
    }
    router
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        .layer(axum::middleware::from_fn_with_state(State::clone(&state), guard))
        .with_state(state)
}

async fn not_found(request: Request) -> Response {
    Problem::new(StatusCode::NOT_FOUND, "there is nothing at this address: the list of alerts is at `/`")
        .respond(is_for_programs(request.uri().path()))
}

async fn wrong_method(request: Request) -> Response {
    let path = request.uri().path();
    let (allowed, detail) = match body_of(path) {
        Some(body) => ("POST", format!("this is asked with POST and a body of `{}`", body.media)),
        None => ("GET, HEAD", "this can only be read: ask with GET".to_owned()),
    };
    Problem::wrong_method(allowed, detail).respond(is_for_programs(path))
}

/// Serves the page of a workspace until Ctrl-C or SIGTERM; requests that are open then are finished. `ready` is told the address
/// that was bound (its port is free when 0 was asked for). With `take_events`, transfers that are sent are kept in the workspace and searched.
/// Blocks.
///
/// # Errors
/// The address is not this machine's own loopback, or cannot be listened on.
pub fn serve(workspace: Workspace, address: SocketAddr, take_events: bool, ready: impl FnOnce(SocketAddr)) -> Result<(), ServerError> {
    // `::ffff:127.0.0.1` is 127.0.0.1 to the operating system, so it is judged as that.
    if !address.ip().to_canonical().is_loopback() {
        return Err(ServerError::NotLoopback { address });
    }
    let failed = |source| ServerError::Serve { source };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build().map_err(failed)?;
    let outcome = runtime.block_on(async {
        // The signals are taken before the address is told, so that whoever waits for it can end us at once.
        let ended = signals().map_err(failed)?;
        let listener = tokio::net::TcpListener::bind(address).await.map_err(|source| ServerError::Listen { address, source })?;
        ready(listener.local_addr().map_err(failed)?);
        let (tell, mut told) = tokio::sync::watch::channel(false);
        let served = axum::serve(listener, router(Served::new(workspace, take_events), Limits::default()))
            .with_graceful_shutdown(async move {
                ended.await;
                let _ = tell.send(true);
            })
            .into_future();
        tokio::select! {
            outcome = served => outcome.map_err(failed),
            // A client that never finishes its request does not keep the program alive.
            () = async { let _ = told.wait_for(|ended| *ended).await; tokio::time::sleep(ENDING).await; } => Ok(()),
        }
    });
    // Blocking work that is still going only reads; it is left behind.
    runtime.shutdown_background();
    outcome
}

/// Ready when the end is asked for.
#[cfg(unix)]
fn signals() -> Result<impl Future<Output = ()>, std::io::Error> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! { _ = interrupt.recv() => (), _ = terminate.recv() => () }
    })
}

/// Ready when the end is asked for.
#[cfg(not(unix))]
fn signals() -> Result<impl Future<Output = ()>, std::io::Error> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
