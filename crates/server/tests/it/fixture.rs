//! A made-up run, and a source that hands it out.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use serde_json::{Value, json};
use tower::ServiceExt;
use tributary_engine::events::{RefusedEvent, TakenEvents};
use tributary_engine::lists::ListVersion;
use tributary_engine::resolution::{Compared, Pair, PairKind, Queued, Said, Verdict};
use tributary_engine::search::FoundPattern;
use tributary_engine::stream::{Change, ChangedPattern};
use tributary_model::{Date, Family, Side, Timestamp};
use tributary_screen::read::Form;
use tributary_screen::{Screener, Settings, WatchList};
use tributary_server::source::{Gazetteer, InForce, IndicatorInForce, Kept, Source, SourceError};
use tributary_server::{Limits, ROUTES, router};

/// The id of the first alert.
pub(crate) const FIRST: &str = "00112233445566aa";

const PLACES: [(&str, &str, &str, f64, f64); 8] = [
    ("Quetta", "PK", "PK-BA", 30.18, 66.98),
    ("Chaman", "PK", "PK-BA", 30.92, 66.45),
    ("Karachi", "PK", "PK-SD", 24.86, 67.01),
    ("Gwadar", "PK", "PK-BA", 25.12, 62.33),
    ("Zahedan", "IR", "IR-11", 29.50, 60.86),
    ("Bandar Abbas", "IR", "IR-22", 27.18, 56.27),
    ("Dubai", "AE", "AE-DU", 25.20, 55.27),
    ("Muscat", "OM", "OM-MA", 23.59, 58.41),
];

pub(crate) fn gazetteer() -> Gazetteer {
    Gazetteer::new(PLACES.into_iter())
}

fn indicator(id: &str, family: &str, side: &str, weight: f64, subject: Option<&str>, period: Option<(&str, &str)>) -> Value {
    let mut value = json!({
        "id": id, "version": "1.2.0", "family": family, "side": side, "weight": weight,
        "statement": format!("Made-up statement of {id}: many small payments come in from several districts and leave within a day."),
        "sources": ["A made-up guide to indicators, p. 12", "Another made-up report, p. 3"],
        "benign": ["a shop that banks its takings daily", "a savings circle"],
        "observations": (0..5).map(|i| format!("transfers/0123456789ab/{}", 17 + i)).collect::<Vec<_>>(), "observations_total": 41
    });
    if let Some(subject) = subject {
        value["subject"] = subject.into();
    }
    if let Some((from, to)) = period {
        value["from"] = format!("{from}T00:00:00Z").into();
        value["to"] = format!("{to}T00:00:00Z").into();
    }
    value
}

fn link(from: &str, to: &str, kind: &str, weight: f64, weakest: bool) -> Value {
    json!({ "from": from, "to": to, "kind": kind, "weight": weight, "weakest": weakest,
        "statement": format!("{from} and {to} were seen together, 3 times, between 2024-11-02 and 2025-02-11"), "observations": ["sightings/0123456789ab/9", "sightings/0123456789ab/12"] })
}

fn hypotheses() -> Value {
    let one = |name: &str, odds: f64, evidence_for: &[&str], against: &[&str], decides: &str| json!({ "name": name, "log_odds": odds, "evidence_for": evidence_for, "evidence_against": against, "would_decide": decides });
    json!([
        one(
            "trafficking_only",
            -2.1,
            &["indicators of trafficking add 3.4 nats"],
            &["evidence of the other side comes close (surprise 5.3 nats)"],
            "the business purpose of the flows at the centre"
        ),
        one(
            "terrorist_financing_only",
            -3.0,
            &["indicators of terrorist financing add 2.9 nats"],
            &["evidence of the other side comes close"],
            "the business purpose of the flows at the centre"
        ),
        one(
            "shared_infrastructure",
            1.7,
            &["both sides' indicators add 6.3 nats", "a comparable network elsewhere would seldom come as close"],
            &["the finding hangs on its weakest link"],
            "a second, independent source for the weakest link"
        ),
        one(
            "lawful",
            -1.2,
            &["would also look like this: a savings circle"],
            &["3 independent sources speak against it"],
            "licence and registration records"
        ),
        one("data_error", -4.0, &[], &["3 sources agree"], "the records behind the links, checked at their sources")
    ])
}

/// A convergence alert with everything a page can show.
pub(crate) fn convergence() -> Value {
    json!({
        "alert_id": FIRST, "snapshot": "5f0e1d2c3b4a", "detector": { "program": "0.1.0", "packs": "aa11bb22", "settings": "cc33dd44" },
        "kind": "convergence", "rank": 1,
        "subjects": [
            { "type": "identifier", "id": "phone:+00000000017", "role": "shared_infrastructure", "score": 1.0 },
            { "type": "account", "id": "ACC-000451", "role": "collector", "score": 0.61 },
            { "type": "party", "id": "P-000020", "role": "recruiter", "score": 0.42 },
            { "type": "account", "id": "ACC-000777", "role": "funder", "score": 0.55 }
        ],
        "protected": { "count": 3 }, "score": 0.8123, "p_value": 0.0019, "q_value": 0.021, "trafficking": 0.71, "terrorist_financing": 0.64, "convergence": 0.99,
        "indicators": [
            indicator("REC-02", "REC", "trafficking", 1.31, Some("party:P-000020"), Some(("2024-08-03", "2024-12-20"))),
            indicator("FTF-03", "FTF", "terrorist_financing", 1.12, Some("account:ACC-000777"), Some(("2024-11-10", "2025-03-01"))),
            indicator("FTR-05", "FTR", "trafficking", 0.94, Some("account:ACC-000451"), Some(("2024-09-01", "2024-10-15"))),
            indicator("FTR-05", "FTR", "trafficking", 0.66, Some("account:ACC-000452"), Some(("2025-01-05", "2025-01-06"))),
            indicator("HAW-01", "HAW", "neutral", 0.52, None, None)
        ],
        "path": [
            link("account:ACC-000451", "party:P-000020", "holds", 0.93, false),
            link("party:P-000020", "identifier:phone:+00000000017", "identifier", 0.71, false),
            link("identifier:phone:+00000000017", "protected", "identifier", 0.22, true),
            link("protected", "account:ACC-000777", "transfer", 0.48, false)
        ],
        "hypotheses": hypotheses(),
        "explanation": "Signs of human trafficking or migrant smuggling: 2 families of indicators (recruitment and proceeds) at 3 accounts, parties or identifiers between 2024-08-03 and 2025-01-06, from 3 sources. Signs of terrorist financing: 2 families of indicators. They are joined by 4 links; the shared point is identifier:phone:+00000000017.",
        "limits": ["An indicator that is present proves nothing, and one that is absent disproves nothing.", "No person has reviewed this yet.", "The weakest link is: a made-up one."],
        "from": "2024-08-03T00:00:00Z", "to": "2025-03-01T00:00:00Z", "places": ["AE-DU", "Chaman", "Dubai", "Nowhere", "PK-BA", "Quetta"], "jurisdictions": ["AE", "PK"]
    })
}

/// A plain alert of one network.
pub(crate) fn single(rank: u64, kind: &str, q: f64) -> Value {
    let mut alert = convergence();
    alert["alert_id"] = format!("{rank:016x}").into();
    alert["rank"] = rank.into();
    alert["kind"] = kind.into();
    alert["q_value"] = q.into();
    alert["score"] = (1.0 - q).into();
    alert["path"] = json!([]);
    alert["subjects"] = json!([{ "type": "account", "id": format!("ACC-{rank:06}"), "role": "collector", "score": 0.6 }]);
    alert["indicators"] = json!([indicator("FTR-05", "FTR", "trafficking", 0.94, Some("account:ACC-000451"), None)]);
    alert["places"] = json!([]);
    alert
}

pub(crate) fn run() -> Value {
    json!({
        "run": "aabbccddeeff0011", "snapshot": "5f0e1d2c3b4a", "detector": { "program": "0.1.0", "packs": "aa11bb22", "settings": "cc33dd44" },
        "as_of": "2025-03-31T23:00:00Z", "observations": { "transfers": 120_345, "parties": 4_021, "sightings": 9_100 }, "records": 4_021, "parties": 3_877, "judgements": 2, "possible_links": 3,
        "protected": 212, "nodes": 14_000, "links": 51_234, "patterns": { "fan_in": 212 }, "indicators": { "REC-02": 41, "FTR-05": 112 },
        "indicators_abstained": { "MOV-04": "fewer than 50 movements: 12" }, "networks": [31, 17, 44], "pairs_tested": 210, "networks_tested": 14,
        "alerts": { "convergence": 1, "trafficking": 30, "laundering": 9 }, "convergence_at_q10": 1,
        "abstentions": [{ "what": "terrorist_financing", "reason": "fewer than two families of indicators", "count": 12 }, { "what": "convergence", "reason": "fewer than two independent sources", "count": 3 }]
    })
}

/// The alerts of the made-up run: one convergence, 30 of trafficking, 9 of laundering.
pub(crate) fn ndjson() -> String {
    let singles = (2..=31)
        .map(|rank| single(rank, "trafficking", rank as f64 / 100.0))
        .chain((32..=40).map(|rank| single(rank, "laundering", rank as f64 / 100.0)));
    std::iter::once(convergence()).chain(singles).map(|alert| format!("{alert}\n")).collect()
}

pub(crate) fn kept(ndjson: &str) -> Kept {
    Kept::new(serde_json::from_value(run()).expect("a run"), ndjson, gazetteer()).expect("alerts")
}

/// The day it is in these tests.
pub(crate) const TODAY: &str = "2026-02-28";

/// A list of invented entries.
pub(crate) fn own_list() -> (ListVersion, WatchList) {
    let day = Date::parse("2026-02-20").expect("a day");
    let text = b"id,name,alias,birth,document\nq1,Qandrish Polvashti,Yesgat Murovand,1960,passport:ZX4481209\n";
    let list = Form::Csv.read(&[text], "own", Some(day), day).expect("a list").list;
    let version = json!({ "list": "own", "form": "csv", "version": "00aa11bb22cc33dd", "files": [text.len()], "published": "2026-02-20",
        "loaded": "2026-02-21", "loaded_at": "2026-02-21T08:00:00Z", "entries": 1, "put_aside": 0 });
    (serde_json::from_value(version).expect("a version"), list)
}

/// Pairs that wait for people, and one that was judged.
pub(crate) fn queue(open: usize) -> Vec<Queued> {
    let compared = |field: &str, a: &str, b: &str, odds: f64| Compared { field: field.to_owned(), a: a.to_owned(), b: b.to_owned(), log_odds: odds };
    let one = |at: usize, open: bool| {
        let listed = at.is_multiple_of(2);
        let kind = if listed { PairKind::Listed } else { PairKind::Parties };
        let b = if listed { "own/q1".to_owned() } else { format!("P-9{at:05}") };
        let compared = vec![compared("name", "SECRET NAME", "SECRET NAME TWO", 6.5), compared("birth_date", "1960-01-01", "1960", 1.5)];
        let pair = Pair {
            id: format!("{at:012x}"),
            kind,
            a: format!("P-{at:06}"),
            b,
            log_odds: 8.0 - at as f64 / 10.0,
            strong: at == 0,
            compared,
            fingerprint: "0".repeat(16),
        };
        let said =
            Said { verdict: Verdict::Different, by: "R. Qadri".to_owned(), at: Timestamp(0), reason: "SECRET REASON".to_owned(), same_values: !open };
        Queued { pair, open, judged: (at == 3 || !open).then_some(said) }
    };
    (0..open).map(|at| one(at, true)).chain([one(open, false)]).collect()
}

/// Hands out a made-up run; counts how often it is read.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) kept: Option<Arc<Kept>>,
    pub(crate) reads: Arc<AtomicUsize>,
    /// How long each answer takes.
    pub(crate) slow: std::time::Duration,
    pub(crate) lists: Vec<(ListVersion, WatchList)>,
    pub(crate) queue: Vec<Queued>,
}

impl Made {
    pub(crate) fn new() -> Self {
        Self {
            kept: Some(Arc::new(kept(&ndjson()))),
            reads: Arc::default(),
            slow: std::time::Duration::ZERO,
            lists: vec![own_list()],
            queue: queue(40),
        }
    }
}

impl Source for Made {
    fn latest(&self) -> Result<String, SourceError> {
        std::thread::sleep(self.slow);
        self.kept.as_ref().map(|k| k.run.run.clone()).ok_or_else(|| SourceError::NoRun("this workspace has no finished run: start one".to_owned()))
    }
    fn kept(&self) -> Result<Kept, SourceError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.kept.as_deref().cloned().ok_or_else(|| SourceError::NoRun("this workspace has no finished run: start one".to_owned()))
    }
    fn in_force(&self) -> Result<InForce, SourceError> {
        let one = IndicatorInForce {
            id: "REC-02".to_owned(),
            title: "A title".to_owned(),
            statement: "A statement.".to_owned(),
            pack: "Recruitment".to_owned(),
            version: "1.2.0".to_owned(),
            family: Family::Rec,
            side: Side::Trafficking,
            context_only: false,
            protects: true,
            weight: 1.2,
            cap: 1.5,
            calibrated: false,
            weight_reason: "by judgement".to_owned(),
            benign: vec!["a fair".to_owned()],
            discriminates: vec!["a licence".to_owned()],
            sources: vec!["A guide, p. 1".to_owned()],
        };
        Ok(InForce { packs: "aa11bb22".to_owned(), indicators: vec![one] })
    }
    fn lists(&self) -> Result<Vec<ListVersion>, SourceError> {
        Ok(self.lists.iter().map(|(version, _)| version.clone()).collect())
    }
    fn screener(&self) -> Result<Screener, SourceError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        if self.lists.is_empty() {
            return Err(SourceError::NoLists("this workspace has no watch lists: load some".to_owned()));
        }
        Ok(Screener::new(self.lists.iter().map(|(_, list)| list.clone()).collect(), Settings::default()))
    }
    fn resolution(&self) -> Result<Vec<Queued>, SourceError> {
        Ok(self.queue.clone())
    }
    fn take_events(&self, lines: &[u8]) -> Result<TakenEvents, SourceError> {
        let at = Timestamp::parse("2026-01-01T00:00:00Z").expect("a time");
        let pattern = FoundPattern {
            kind: "fan_in",
            center: Some("HUB".to_owned()),
            accounts: vec!["HUB".to_owned()],
            transfers: vec!["T1".to_owned()],
            from: at,
            to: at,
            value: 1.0,
            score: 0.5,
            p: None,
            bounded: false,
        };
        Ok(TakenEvents {
            kept: lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count() as u64,
            refused: vec![RefusedEvent { line: 1, transfer_id: None, reason: "is no transfer".to_owned() }],
            not_searched: vec![RefusedEvent { line: 2, transfer_id: Some("T2".to_owned()), reason: "is 4000 seconds behind".to_owned() }],
            patterns: vec![ChangedPattern { change: Change::Appeared, pattern }],
        })
    }
    fn today(&self) -> Date {
        Date::parse(TODAY).expect("a day")
    }
}

/// An answer in full.
pub(crate) struct Answer {
    pub(crate) response: Response<()>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }
    pub(crate) fn header(&self, name: &str) -> &str {
        self.response.headers().get(name).map_or("", |v| v.to_str().expect("text"))
    }
    /// The content type without parameters.
    pub(crate) fn media(&self) -> &str {
        self.header("content-type").split(';').next().unwrap_or_default()
    }
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

pub(crate) async fn send(router: &Router, request: Request<Body>) -> Answer {
    let (parts, body) = router.clone().oneshot(request).await.expect("an answer").into_parts();
    let bytes = axum::body::to_bytes(body, 64 << 20).await.expect("a body");
    Answer { response: Response::from_parts(parts, ()), body: String::from_utf8(bytes.to_vec()).expect("UTF-8") }
}

/// A request as a browser on this machine sends it.
pub(crate) fn request(method: &str, uri: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(uri).header("host", "127.0.0.1:8700")
}

pub(crate) fn get_with(router: &Router, uri: &str) -> Answer {
    runtime().block_on(send(router, request("GET", uri).body(Body::empty()).expect("a request")))
}

/// Asks with a body of the route's type, as a program on this machine does.
pub(crate) fn post(made: &Made, uri: &str, body: &str) -> Answer {
    let media = ROUTES.iter().find(|route| route.path == uri).and_then(|route| route.body).map_or("application/json", |body| body.media);
    let request = request("POST", uri).header("content-type", media).header("content-length", body.len());
    runtime().block_on(send(&router(made.clone(), Limits::default()), request.body(Body::from(body.to_owned())).expect("a request")))
}

pub(crate) fn get(uri: &str) -> Answer {
    get_with(&router(Made::new(), Limits::default()), uri)
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}
