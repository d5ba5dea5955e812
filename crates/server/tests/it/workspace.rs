//! Over a real workspace and a real socket.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::channel;
use std::time::Duration;

use tempfile::TempDir;
use tributary_engine::Workspace;
use tributary_engine::ingest::{Flow, IngestObserver, IngestRequest};
use tributary_engine::stream::Change;
use tributary_engine::workspace::Declared;
use tributary_model::{Grading, Handling, InformationGrade, SourceGrade, Timestamp};
use tributary_server::source::{Served, Source};
use tributary_server::{ServerError, serve};

use crate::fixture::FIRST;

struct Silent;

impl IngestObserver for Silent {
    fn progress(&self, _read: u64, _total: u64, _rows: u64) -> Flow {
        Flow::Continue
    }
}

fn workspace() -> (TempDir, Workspace) {
    let folder = tempfile::tempdir().expect("a folder");
    let grading = Grading { source: SourceGrade::Untested, information: InformationGrade::C, handling: Handling::P };
    let declared = Declared { legal_basis: "synthetic-data".to_owned(), purpose: "test".to_owned() };
    let workspace = Workspace::init(&folder.path().join("workspace"), declared, grading).expect("a workspace");
    (folder, workspace)
}

/// A workspace with places and the made-up run.
fn with_run() -> (TempDir, Workspace) {
    let (folder, workspace) = workspace();
    let places = folder.path().join("places.csv");
    std::fs::write(&places, "place,country,admin1,lat,lon,kind\nQuetta,PK,PK-BA,30.18,66.98,city\nDubai,AE,AE-DU,25.2,55.27,city\n").expect("places");
    let provenance = workspace.provenance(None, Timestamp::parse("2025-04-01T00:00:00Z").expect("a time"));
    workspace.ingest(&IngestRequest::new(places, provenance), &Silent).expect("ingested");
    let runs = workspace.root().join("runs");
    let run = runs.join("aabbccddeeff0011");
    std::fs::create_dir_all(run.join("enriched")).expect("a run");
    std::fs::write(run.join("run.json"), crate::fixture::run().to_string()).expect("a summary");
    std::fs::write(run.join("alerts.ndjson"), crate::fixture::ndjson()).expect("alerts");
    std::fs::write(runs.join("latest.txt"), "aabbccddeeff0011").expect("the latest");
    (folder, workspace)
}

#[test]
fn addresses_that_others_can_reach_are_refused() {
    for address in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0", "[2001:db8::1]:0", "[::ffff:192.0.2.1]:0"] {
        let address: SocketAddr = address.parse().expect("an address");
        let (_folder, workspace) = workspace();
        let error = serve(workspace, address, false, |_| panic!("it must not start")).expect_err("refused");
        assert!(matches!(error, ServerError::NotLoopback { .. }), "{error}");
        assert!(error.chain().contains("listen on 127.0.0.1"), "{}", error.chain());
    }
}

#[test]
fn an_address_in_use_is_named_with_its_cause() {
    let (_folder, workspace) = workspace();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    let error = serve(workspace, address, false, |_| panic!("it must not start")).expect_err("in use");
    assert!(error.chain().contains(&address.to_string()) && error.chain().contains("because: "), "{}", error.chain());
}

#[test]
fn a_workspace_is_read_by_the_engine() {
    let (_folder, workspace) = with_run();
    let workspace = Served::new(workspace, false);
    assert_eq!(workspace.latest().expect("a run"), "aabbccddeeff0011");
    let kept = workspace.kept().expect("a run");
    assert_eq!(kept.alerts.len(), 40);
    let quetta = kept.gazetteer.spot("Quetta").expect("a place");
    assert_eq!((quetta.latitude, quetta.longitude), (30.18, 66.98));
    assert_eq!(kept.gazetteer.spot("PK-BA").map(|s| s.middle_of), Some(1));
    let in_force = workspace.in_force().expect("packs");
    assert!(in_force.indicators.len() > 5 && in_force.indicators.iter().all(|i| !i.benign.is_empty() && !i.sources.is_empty()));
}

#[test]
fn without_a_run_the_engine_names_the_remedy() {
    let (_folder, workspace) = workspace();
    let error = Served::new(workspace, false).latest().expect_err("none");
    assert!(error.to_string().contains("tributary run"), "{error}");
}

#[test]
fn a_socket_answers_as_the_router_does() {
    let (_folder, workspace) = with_run();
    let (tell, told) = channel();
    // The server ends with the test's process: its signals belong to the whole process.
    std::thread::spawn(move || serve(workspace, "127.0.0.1:0".parse().expect("an address"), false, move |address| tell.send(address).expect("told")));
    let address: SocketAddr = told.recv_timeout(Duration::from_secs(20)).expect("it starts");
    let ask = |request: String| {
        let mut stream = TcpStream::connect(address).expect("connected");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("bounded");
        stream.write_all(request.as_bytes()).expect("asked");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        answer
    };
    let page = ask(format!("GET /alerts/{FIRST} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"));
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    assert!(page.contains("30.18° N, 66.98° E") && page.contains("class=\"map\""), "the places come from the workspace");
    let foreign = ask("GET / HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n".to_owned());
    assert!(foreign.starts_with("HTTP/1.1 421 "), "{foreign}");
    let indicators = ask(format!("GET /api/v1/indicators HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"));
    assert!(indicators.starts_with("HTTP/1.1 200 OK\r\n") && indicators.contains("\"benign\":"), "{indicators}");
}

fn event(n: u32, to: &str) -> String {
    format!(
        "{{\"transfer_id\":\"T{n}\",\"at\":\"2026-01-01T00:{:02}:00Z\",\"from_account\":\"A{n}\",\"to_account\":\"{to}\",\"amount\":\"100\"}}\n",
        n % 60
    )
}

#[test]
fn events_are_kept_before_they_are_acknowledged_and_searched_after_a_restart_too() {
    let (folder, first) = workspace();
    let root = first.root().to_path_buf();
    let served = Served::new(first, true);
    let taken = served.take_events((0..6).map(|n| event(n, "HUB")).collect::<String>().as_bytes()).expect("taken");
    assert_eq!((taken.kept, taken.refused.len()), (6, 0));
    drop(served);
    // As after a crash within a line: what was not whole was never acknowledged.
    let file = root.join("events/000001.ndjson");
    let whole = std::fs::read_to_string(&file).expect("kept");
    std::fs::write(&file, format!("{whole}{{\"transfer_id\":\"T9")).expect("torn");
    let served = Served::new(Workspace::open(&root).expect("a workspace"), true);
    let again = served.take_events(format!("{}no transfer\n{}{}", event(3, "HUB"), event(6, "HUB"), event(7, "HUB")).as_bytes()).expect("taken");
    assert_eq!(again.kept, 2, "{again:?}");
    let refused: Vec<(u64, Option<&str>)> = again.refused.iter().map(|one| (one.line, one.transfer_id.as_deref())).collect();
    assert_eq!(refused, [(1, Some("T3")), (2, None)], "{again:?}");
    let mut appeared = again.patterns.iter().filter(|one| one.change == Change::Appeared).map(|one| &one.pattern);
    let fan = appeared.find(|pattern| pattern.kind == "fan_in" && pattern.center.as_deref() == Some("HUB"));
    assert_eq!(fan.map(|pattern| pattern.transfers.len()), Some(8), "{again:?}");
    let lines = |text: &str| text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect::<Vec<serde_json::Value>>();
    let kept = std::fs::read_to_string(&file).expect("kept");
    assert_eq!(lines(&kept), lines(&format!("{whole}{}{}", event(6, "HUB"), event(7, "HUB"))));
    // Too late to be searched, and kept all the same.
    let late = event(21, "HUB").replace("2026-01-01", "2025-12-01");
    let taken = served.take_events(late.as_bytes()).expect("taken");
    assert_eq!((taken.kept, taken.refused.len(), taken.not_searched.len()), (1, 0, 1), "{taken:?}");
    // What has no column is not kept: a message's text, a trait.
    let more = event(20, "HUB").replace("\"amount\"", "\"text\":\"SECRET\",\"religion\":\"X\",\"amount\"");
    assert_eq!(served.take_events(more.as_bytes()).expect("taken").kept, 1);
    let kept = std::fs::read_to_string(&file).expect("kept");
    assert!(kept.contains("T20") && !kept.contains("SECRET") && !kept.contains("religion"), "{kept}");
    let held = Served::new(Workspace::open(&root).expect("a workspace"), true).take_events(event(8, "HUB").as_bytes()).expect_err("held");
    assert!(held.to_string().contains("another program"), "{held}");
    // A file that was changed since is not passed over.
    drop(served);
    std::fs::write(&file, kept.replacen("\"amount\"", "amount", 1)).expect("changed");
    let damaged = Served::new(Workspace::open(&root).expect("a workspace"), true).take_events(event(8, "HUB").as_bytes()).expect_err("damaged");
    assert!(damaged.to_string().contains("was changed"), "{damaged}");
    drop(folder);
}

/// SG-031: who is under protection is no subject of a pattern, and is not named in another's.
#[test]
fn a_pattern_does_not_name_whom_the_run_protects() {
    let (_folder, workspace) = with_run();
    let shield = |id: &str| format!("{{\"type\":\"account\",\"id\":\"{id}\",\"reason\":\"victim\"}}\n");
    std::fs::write(workspace.root().join("runs/aabbccddeeff0011/protected.ndjson"), shield("HUB") + &shield("A3")).expect("kept");
    let served = Served::new(workspace, true);
    let lines: String = (0..12).map(|n| event(n, if n % 2 == 0 { "HUB" } else { "OTHER" })).collect();
    let taken = served.take_events(lines.as_bytes()).expect("taken");
    let text = serde_json::to_string(&taken.patterns).expect("JSON");
    assert!(text.contains("OTHER") && text.contains("\"protected\"") && !text.contains("HUB") && !text.contains("\"A3\""), "{text}");
}

#[test]
fn too_many_events_are_refused_whole_and_none_are_taken_unasked() {
    let (_folder, one) = workspace();
    let error = Served::new(one, false).take_events(event(1, "HUB").as_bytes()).expect_err("not taken");
    assert!(error.to_string().contains("--take-events"), "{error}");
    let (_folder, one) = workspace();
    let root = one.root().to_path_buf();
    let served = Served::new(one, true);
    let error = served.take_events((0..1_025).map(|n| event(n, "HUB")).collect::<String>().as_bytes()).expect_err("too many");
    assert!(error.to_string().contains("1024 lines"), "{error}");
    assert_eq!(std::fs::read(root.join("events/000001.ndjson")).expect("a file"), b"");
}
