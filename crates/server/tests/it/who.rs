//! Screening one person over the wire, and the pairs that wait for people.

use axum::body::Body;
use tributary_server::{Limits, router};

use crate::fixture::{Made, get, get_with, post, request, runtime, send};

const URI: &str = "/api/v1/screen";

#[test]
fn a_hit_says_why_and_no_hit_is_no_clearance() {
    let hit = post(&Made::new(), URI, r#"{"names":["Yesgat Murovand"],"births":["1960"],"documents":["passport:ZX4481209"]}"#).json();
    assert_eq!((&hit["lists"][0]["list"], &hit["lists"][0]["age_days"]), (&"own".into(), &8.into()), "{hit}");
    let first = &hit["hits"][0];
    assert_eq!((&first["entry"], &first["disposition"]), (&"q1".into(), &"strong_match".into()), "{hit}");
    assert!(first["probability"].as_f64().expect("a number") < 1.0 && first["name"]["listed"] == "Yesgat Murovand", "{hit}");
    let none = post(&Made::new(), URI, r#"{"names":["Somebody Other"]}"#).json();
    assert_eq!((&none["hits"], &none["routing"]), (&serde_json::json!([]), &"ordinary".into()));
    // SG-017: an old list abstains.
    let old = post(&Made::new(), URI, r#"{"names":["Yesgat Murovand"],"as_of":"2026-09-01"}"#).json();
    assert!(old["abstained"][0]["reason"] == "stale_list" && old["hits"][0]["disposition"] == "abstain", "{old}");
    // SG-032: under protection hit and no hit look the same.
    let (listed, not) = (r#"{"names":["Yesgat Murovand"],"possible_victim":true}"#, r#"{"names":["Somebody Other"],"possible_victim":true}"#);
    assert_eq!(post(&Made::new(), URI, listed).body, post(&Made::new(), URI, not).body);
}

#[test]
fn requests_are_bounded_and_refused_in_plain_words() {
    let many = format!("{{\"names\":[{}]}}", vec!["\"x\""; 1_000].join(","));
    let long = format!("{{\"names\":[\"{}\"]}}", "x".repeat(2_000));
    for (body, status, words) in [
        ("", 400, "not understood"),
        ("[]", 400, "not understood"),
        ("{\"names\":\"x\"}", 400, "not understood"),
        ("{\"name\":[\"x\"]}", 400, "unknown field `name`"),
        ("{\"births\":[\"some day\"]}", 400, "no date"),
        ("{\"as_of\":\"2026-13-01\"}", 400, "no day"),
        ("{\"kind\":\"alien\"}", 400, "unknown variant"),
        (many.as_str(), 400, "`names` has more than"),
        (long.as_str(), 400, "1024 characters"),
    ] {
        let answer = post(&Made::new(), URI, body);
        assert_eq!((answer.status(), answer.media()), (status, "application/problem+json"), "{body:.60}");
        assert!(answer.body.contains(words), "{body:.60}: {}", answer.body);
    }
    let bare = Made { lists: Vec::new(), ..Made::new() };
    let answer = post(&bare, URI, "{\"names\":[\"x\"]}");
    assert!(answer.status() == 404 && answer.body.contains("no watch lists"), "{}", answer.body);
    assert_eq!(get_with(&router(bare, Limits::default()), "/api/v1/lists").json(), serde_json::json!({ "lists": [] }));
}

/// Another site's page cannot ask: neither by a form nor by a script that tells its origin.
#[test]
fn only_json_of_this_machine_is_taken() {
    let router = router(Made::new(), Limits::default());
    let body = "{\"names\":[\"x\"]}";
    let cases: [(&[(&str, &str)], u16); 9] = [
        (&[("content-type", "application/json"), ("content-length", "15")], 200),
        (&[("content-type", "application/json; charset=utf-8"), ("content-length", "15"), ("origin", "http://localhost:8700")], 200),
        (&[("content-type", "text/plain"), ("content-length", "15")], 415),
        (&[("content-type", "application/x-www-form-urlencoded"), ("content-length", "15")], 415),
        (&[("content-length", "15")], 415),
        (&[("content-type", "application/json")], 411),
        (&[("content-type", "application/json"), ("transfer-encoding", "chunked")], 411),
        (&[("content-type", "application/json"), ("content-length", "70000")], 413),
        (&[("content-type", "application/json"), ("content-length", "15"), ("origin", "http://example.org")], 403),
    ];
    for (headers, status) in cases {
        let builder = headers.iter().fold(request("POST", URI), |builder, (name, value)| builder.header(*name, *value));
        let answer = runtime().block_on(send(&router, builder.body(Body::from(body)).expect("a request")));
        assert_eq!(answer.status(), status, "{headers:?}: {}", answer.body);
    }
    for method in ["GET", "PUT", "DELETE"] {
        let answer = runtime().block_on(send(&router, request(method, URI).body(Body::empty()).expect("a request")));
        assert_eq!((answer.status(), answer.header("allow")), (405, "POST"), "{method}");
    }
    assert_eq!(get("/api/v1/screen?x=1").status(), 405);
}

/// The values compared stay at the terminal: a page and an answer name ids and fields alone.
#[test]
fn pairs_are_shown_without_the_values_compared() {
    let answer = get("/api/v1/resolution");
    let value = answer.json();
    assert_eq!((&value["open"], value["pairs"].as_array().expect("pairs").len()), (&40.into(), 40));
    assert_eq!((&value["pairs"][0]["kind"], &value["pairs"][0]["identifier_agrees"]), (&"listed".into(), &true.into()));
    assert_eq!(value["pairs"][3]["judged"]["same_values"], false);
    let page = get("/resolution").body;
    let second = get("/resolution?page=2").body;
    for text in [&answer.body, &page, &second] {
        assert!(!text.contains("SECRET") && !text.contains("Qadri"), "{text}");
    }
    assert!(page.contains("Pairs 1 to 25 of 40") && page.contains("An identifier agrees.") && page.contains("1 pair was judged before"), "{page}");
    assert!(second.contains("to 40 of 40") && page.contains("Watch lists in force") && page.contains("2026-02-20"), "{second}");
    let none = router(Made { queue: Vec::new(), lists: Vec::new(), ..Made::new() }, Limits::default());
    let empty = get_with(&none, "/resolution").body;
    assert!(empty.contains("Nothing waits.") && empty.contains("tributary lists load"), "{empty}");
    assert_eq!(get("/resolution?page=0").status(), 400);
}
