//! Every endpoint: what is asked, by which action it is decided, who answers.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, get, post};
use tributary_access::Action;

use crate::handlers::{cases, log, people, policies};
use crate::{Desk, Problem};

/// Longest body, in bytes.
const BODY_MAX: usize = 2 << 20;

/// One endpoint.
pub struct Endpoint {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Its path, with `{name}` for parts that vary.
    pub path: &'static str,
    /// The actions that decide it; none where it is open to everybody or to every session.
    pub actions: &'static [Action],
    /// What it does, in a line.
    pub about: &'static str,
    handler: fn() -> MethodRouter<Desk>,
}

macro_rules! endpoints {
    ($($method:ident $path:literal [$($action:ident),*] $about:literal => $handler:path;)+) => {
        /// The table of all endpoints.
        pub const ENDPOINTS: &[Endpoint] = &[$(Endpoint {
            method: endpoints!(@method $method),
            path: $path,
            actions: &[$(Action::$action),*],
            about: $about,
            handler: || $method($handler),
        },)+];
    };
    (@method get) => { "GET" };
    (@method post) => { "POST" };
}

endpoints! {
    get "/api/v1/health" [] "does it answer, and is the log published and cosigned" => log::health;
    post "/api/v1/session" [] "sign in with login, password and code" => people::sign_in;
    post "/api/v1/session/end" [] "sign out" => people::sign_out;
    post "/api/v1/enrolment" [] "set password and second factor by an invitation, once" => people::enrol;
    get "/api/v1/agencies" [] "all agencies" => people::agencies;
    post "/api/v1/agencies" [AgencyCreate] "enter an agency" => people::create_agency;
    post "/api/v1/accounts" [AccountCreate] "propose an account" => people::propose_account;
    post "/api/v1/accounts/{id}/approval" [AccountCreate] "approve an account that another administrator proposed" => people::approve_account;
    post "/api/v1/accounts/{id}/suspension" [AccountSuspend] "close an account and its sessions" => people::suspend_account;
    get "/api/v1/cases" [CaseList] "cases one belongs to" => cases::list;
    post "/api/v1/cases" [CaseCreate] "open a case" => cases::create;
    get "/api/v1/cases/{id}" [CaseRead] "read a case" => cases::read;
    post "/api/v1/cases/{id}/members" [CaseUpdate] "let an account into a case" => cases::add_member;
    post "/api/v1/cases/{id}/break-glass" [BreakGlassUse] "see a case for an hour without being let in, and answer for it" => cases::break_glass;
    get "/api/v1/break-glass" [BreakGlassReview] "uses that wait for review" => cases::broken_glass;
    post "/api/v1/break-glass/{id}/review" [BreakGlassReview] "review a use" => cases::review_break_glass;
    post "/api/v1/policies" [PolicyPropose] "propose policies" => policies::propose;
    post "/api/v1/policies/{id}/approval" [PolicyApprove] "approve policies" => policies::approve;
    get "/api/v1/report" [StatisticRead] "the transparency report of a period" => log::report;
}

/// Actions that have no endpoint yet, and why.
pub const NO_ENDPOINT: &[(Action, &str)] = &[];

/// All endpoints over a desk.
pub fn router(desk: Desk) -> Router {
    let mut router = Router::new();
    for endpoint in ENDPOINTS {
        router = router.route(endpoint.path, (endpoint.handler)());
    }
    router
        .fallback(|| async { Problem::of(StatusCode::NOT_FOUND, "there is nothing at this address") })
        .method_not_allowed_fallback(|| async { Problem::of(StatusCode::METHOD_NOT_ALLOWED, "this address takes another method") })
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(desk)
}
