//! Every route: answers, headers, methods, bounds and refusals.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use tributary_server::{Limits, ROUTES, Route, router};

use crate::fixture::{Answer, FIRST, Made, get, get_with, request, runtime, send};

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

fn made() -> Router {
    router(Made::new(), Limits::default())
}

fn example(route: &Route) -> String {
    route.path.replace("{id}", FIRST)
}

fn ask(router: &Router, method: &str, uri: &str) -> Answer {
    runtime().block_on(send(router, request(method, uri).body(Body::empty()).expect("a request")))
}

/// What every answer bears, good or bad.
fn check_headers(answer: &Answer, what: &str) {
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{what}: {name}");
    }
}

/// A refusal: a page for people, problem+json for programs, plain words in both.
fn check_problem(answer: &Answer, uri: &str, status: u16, words: &str) {
    assert_eq!(answer.status(), status, "{uri}");
    check_headers(answer, uri);
    if uri.starts_with("/api/") || uri.starts_with("/openapi") {
        assert_eq!(answer.media(), "application/problem+json", "{uri}");
        let problem = answer.json();
        assert_eq!(problem["status"], status, "{uri}");
        let detail = problem["detail"].as_str().expect("detail");
        assert!(detail.contains(words), "{uri}: {detail}");
    } else {
        assert_eq!(answer.media(), "text/html", "{uri}");
        assert!(answer.body.contains(words), "{uri}: {}", answer.body);
    }
}

#[test]
fn every_route_answers_with_its_type_and_headers() {
    let router = made();
    for route in ROUTES.iter().filter(|route| route.method == "GET") {
        let uri = example(route);
        let answer = ask(&router, "GET", &uri);
        assert_eq!(answer.status(), 200, "{uri}");
        assert_eq!(answer.media(), route.media, "{uri}");
        check_headers(&answer, &uri);
        assert!(!answer.body.is_empty(), "{uri}");
        let head = ask(&router, "HEAD", &uri);
        assert_eq!((head.status(), head.media(), head.body.as_str()), (200, route.media, ""), "HEAD {uri}");
        check_headers(&head, &uri);
    }
}

#[test]
fn nothing_but_reading_is_offered() {
    let router = made();
    for route in ROUTES.iter().filter(|route| route.method == "GET") {
        let uri = example(route);
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let answer = ask(&router, method, &uri);
            check_problem(&answer, &uri, 405, "ask with GET");
            assert_eq!(answer.header("allow"), "GET, HEAD", "{method} {uri}");
        }
    }
}

#[test]
fn what_is_not_there_says_so() {
    let router = made();
    for (uri, words) in [
        ("/nowhere", "nothing at this address"),
        ("/api/v1/nowhere", "nothing at this address"),
        ("/api/v2/alerts", "nothing at this address"),
        ("/alerts/ffffffffffffffff", "there is no alert"),
        ("/alerts/%3Cscript%3E", "there is no alert"),
        ("/api/v1/alerts/ffffffffffffffff", "there is no alert"),
        ("/api/v1/alerts/0011", "there is no alert"),
    ] {
        check_problem(&ask(&router, "GET", uri), uri, 404, words);
    }
}

#[test]
fn bad_queries_are_refused_in_plain_words() {
    let router = made();
    for (uri, words) in [
        ("/?kind=nonsense", "is no kind of alert"),
        ("/?kind=laundering&kind=laundering", "given twice"),
        ("/?q=2", "a number from 0 to 1"),
        ("/?q=NaN", "a number from 0 to 1"),
        ("/?q=-0.5", "a number from 0 to 1"),
        ("/?page=0", "a whole number from 1"),
        ("/?page=99999999999999999999", "a whole number from 1"),
        ("/?colour=red", "is not known"),
        ("/alerts/00112233445566aa?x=1", "is not known"),
        ("/api/v1/alerts?q_max=much", "a number from 0 to 1"),
        ("/api/v1/alerts?limit=0", "a whole number from 1 to 10000"),
        ("/api/v1/alerts?limit=10001", "a whole number from 1 to 10000"),
        ("/api/v1/alerts?format=xml", "choose json or ndjson"),
        ("/api/v1/alerts?kind=", ""),
        ("/api/v1/run?x=1", "is not known"),
        ("/api/v1/health?x=1", "is not known"),
    ] {
        let answer = ask(&router, "GET", uri);
        if words.is_empty() {
            assert_eq!(answer.status(), 200, "{uri}: an empty value is as good as none");
        } else {
            check_problem(&answer, uri, 400, words);
        }
    }
}

#[test]
fn only_names_of_this_machine_are_answered_to() {
    let router = made();
    let check = |hosts: &[&str], uri: &str, status: u16| {
        let builder = hosts.iter().fold(Request::builder().uri(uri), |b, host| b.header("host", *host));
        let answer = runtime().block_on(send(&router, builder.body(Body::empty()).expect("a request")));
        assert_eq!(answer.status(), status, "{hosts:?} {uri}");
        check_headers(&answer, uri);
    };
    for host in ["localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:8700", "[::1]", "[::1]:8700"] {
        check(&[host], "/", 200);
    }
    for host in [
        "example.org",
        "localhost.example.org",
        "127.0.0.1.example.org",
        "127.0.0.2",
        "0.0.0.0",
        "[::]",
        "[::1",
        "[::1]x",
        "::1",
        "localhost:",
        "localhost:http",
        "user@localhost",
        "",
    ] {
        check(&[host], "/", 421);
        check(&[host], "/api/v1/run", 421);
    }
    check(&[], "/", 421);
    check(&["localhost", "localhost"], "/", 421);
    check(&["localhost"], "http://example.org/", 421);
    check(&["localhost"], "http://localhost/", 200);
}

#[test]
fn addresses_and_bodies_are_bounded() {
    let router = made();
    let long = format!("/?q={}", "0".repeat(3_000));
    check_problem(&ask(&router, "GET", &long), "/", 414, "longer than 2048 bytes");
    for (name, value) in [("content-length", "5"), ("transfer-encoding", "chunked")] {
        let answer =
            runtime().block_on(send(&router, request("GET", "/api/v1/run").header(name, value).body(Body::from("hello")).expect("a request")));
        check_problem(&answer, "/api/v1/run", 413, "send none");
    }
}

#[test]
fn too_many_and_too_slow_are_turned_away() {
    let slow = Made { slow: Duration::from_millis(400), ..Made::new() };
    let limits = Limits { requests_max: 1, time_max: Duration::from_secs(20), ..Limits::default() };
    let one = router(slow.clone(), limits);
    let (first, second) = runtime().block_on(async {
        let ask = || send(&one, request("GET", "/api/v1/run").body(Body::empty()).expect("a request"));
        tokio::join!(ask(), ask())
    });
    assert_eq!(first.status(), 200);
    check_problem(&second, "/api/v1/run", 503, "too many requests");
    assert_eq!(second.header("retry-after"), "2");
    let hasty = router(slow, Limits { time_max: Duration::from_millis(50), ..Limits::default() });
    check_problem(&ask(&hasty, "GET", "/api/v1/run"), "/api/v1/run", 503, "took too long");
}

#[test]
fn a_run_is_read_once() {
    let made = Made::new();
    let router = router(made.clone(), Limits::default());
    for _ in 0..3 {
        assert_eq!(get_with(&router, "/").status(), 200);
        assert_eq!(get_with(&router, "/api/v1/alerts").status(), 200);
    }
    assert_eq!(made.reads.load(Ordering::SeqCst), 1);
}

#[test]
fn without_a_run_the_remedy_is_named() {
    let router = router(Made { kept: None, ..Made::new() }, Limits::default());
    for uri in ["/", "/alerts/0011", "/api/v1/run", "/api/v1/alerts"] {
        check_problem(&ask(&router, "GET", uri), uri, 404, "no finished run");
    }
    let health = ask(&router, "GET", "/api/v1/health").json();
    assert_eq!((&health["status"], &health["run"]), (&"ok".into(), &serde_json::Value::Null));
}

#[test]
fn alerts_go_out_as_they_were_written() {
    let lines: Vec<String> = crate::fixture::ndjson().lines().map(str::to_owned).collect();
    let check = |uri: &str, accept: &str, media: &str, expected: &[String]| {
        let answer = runtime().block_on(send(&made(), request("GET", uri).header("accept", accept).body(Body::empty()).expect("a request")));
        assert_eq!(answer.media(), media, "{uri} {accept}");
        assert_eq!(answer.header("vary"), "Accept");
        if media == "application/x-ndjson" {
            assert_eq!(answer.body.lines().collect::<Vec<_>>(), expected, "{uri}");
        } else {
            let total = answer.json()["total"].clone();
            assert_eq!(answer.body, format!("{{\"run\":\"aabbccddeeff0011\",\"total\":{total},\"alerts\":[{}]}}\n", expected.join(",")), "{uri}");
        }
    };
    const JSON: &str = "application/json";
    const LINES: &str = "application/x-ndjson";
    check("/api/v1/alerts", "*/*", JSON, &lines);
    check("/api/v1/alerts", LINES, LINES, &lines);
    check("/api/v1/alerts", "application/json, application/x-ndjson;q=0.5", JSON, &lines);
    check("/api/v1/alerts?format=ndjson", JSON, LINES, &lines);
    check("/api/v1/alerts?format=json", LINES, JSON, &lines);
    check("/api/v1/alerts?limit=3&format=ndjson", "*/*", LINES, &lines[..3]);
    check("/api/v1/alerts?kind=laundering", LINES, LINES, &lines[31..]);
    check("/api/v1/alerts?kind=trafficking&q_max=0.05", LINES, LINES, &lines[1..5]);
    assert_eq!(get("/api/v1/alerts?kind=laundering&limit=2").json()["total"], 9);
    assert_eq!(get(&format!("/api/v1/alerts/{FIRST}")).body, format!("{}\n", lines[0]));
    assert_eq!(get("/api/v1/run").json(), crate::fixture::run());
}
