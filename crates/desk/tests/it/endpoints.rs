//! The table of endpoints, and what a request must be.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use tributary_access::Action;
use tributary_desk::{ENDPOINTS, NO_ENDPOINT};

use crate::support::{both, by};

#[test]
fn every_action_has_an_endpoint_or_stands_in_the_list_of_those_without() {
    let covered: BTreeSet<&str> = ENDPOINTS.iter().flat_map(|endpoint| endpoint.actions).map(|action| action.as_str()).collect();
    let listed: BTreeSet<&str> = NO_ENDPOINT.iter().map(|(action, _)| action.as_str()).collect();
    let missing: Vec<&str> =
        Action::ALL.iter().map(|action| action.as_str()).filter(|action| !covered.contains(action) && !listed.contains(action)).collect();
    assert_eq!(missing, Vec::<&str>::new());
    let both: Vec<&&str> = covered.intersection(&listed).collect();
    assert!(both.is_empty(), "listed as missing and yet there: {both:?}");
    let paths: BTreeSet<(&str, &str)> = ENDPOINTS.iter().map(|endpoint| (endpoint.method, endpoint.path)).collect();
    assert_eq!(paths.len(), ENDPOINTS.len(), "each address once");
}

#[test]
fn nobody_reaches_an_endpoint_that_is_not_open_without_signing_in() {
    both(|office| async move {
        for endpoint in ENDPOINTS {
            let path = endpoint.path.replace("{id}", "0").replace("{item}", "0");
            let request =
                Request::builder().method(endpoint.method).uri(&path).header("content-type", "application/json").body(Body::from("{}")).unwrap();
            let (status, _) = office.send(request).await;
            let open = [
                "/api/v1/health",
                // What the API is, is no secret: it is in the program's own repository.
                "/api/v1/openapi.json",
                "/api/v1/session",
                "/api/v1/session/key",
                "/api/v1/session/key/answer",
                "/api/v1/providers",
                "/api/v1/session/provider",
                "/api/v1/session/provider/answer",
                "/api/v1/enrolment",
                "/api/v1/enrolment/key",
                "/api/v1/enrolment/key/answer",
            ];
            assert_eq!(status == 401, !open.contains(&endpoint.path), "{} {} gives {status}", endpoint.method, endpoint.path);
        }
    });
}

#[test]
fn requests_that_are_not_understood_say_what_would_do() {
    both(|mut office| async move {
        let (status, answer) = office.ask("/api/v1/agencies", by("admin-1", "administration"), json!({ "id": "fia" })).await;
        assert_eq!(status, 422);
        assert!(answer["detail"].as_str().unwrap().contains("missing field"), "{answer}");
        assert_eq!(office.ask("/api/v1/agencies", by("admin-1", "holiday"), json!({})).await.0, 400);
        assert_eq!(office.ask("/api/v1/nothing", by("admin-1", "administration"), json!({})).await.0, 404);
        assert_eq!(office.get("/api/v1/policies", by("admin-1", "administration")).await.0, 405);
        assert_eq!(office.get("/api/v1/agencies?limit=0", by("admin-1", "administration")).await.0, 400);
        assert_eq!(office.get("/api/v1/agencies?after=x", by("admin-1", "administration")).await.0, 400);
        let long = "x".repeat(3 << 20);
        assert_eq!(office.ask("/api/v1/agencies", by("admin-1", "administration"), json!({ "id": long })).await.0, 413);
    });
}
