//! What the tests are made with.
use serde_json::{Value, json};
use std::path::Path;
use tributary_evaluate::{Report, evaluate};

/// One alert: kind, q, subjects as `type:id`, ends of its path as `type:id`.
pub(crate) struct A<'a>(pub(crate) &'a str, pub(crate) f64, pub(crate) &'a [&'a str], pub(crate) &'a [&'a str]);

pub(crate) fn subject(text: &str) -> Value {
    let (kind, id) = text.split_once(':').unwrap();
    json!({"type": kind, "id": id, "role": "unknown", "score": 0.5})
}

/// The alerts as NDJSON, ranked in order.
pub(crate) fn ndjson(alerts: &[A<'_>]) -> String {
    let lines: Vec<String> = alerts
        .iter()
        .enumerate()
        .map(|(index, A(kind, q, subjects, path))| {
            let links: Vec<Value> = path
                .windows(2)
                .map(|w| json!({"from": w[0], "to": w[1], "kind": "transfer", "weight": 0.5, "statement": "", "observations": [], "weakest": false}))
                .collect();
            json!({
                "alert_id": format!("a{index}"), "snapshot": "s", "detector": {"program": "p", "packs": "k", "settings": "t"},
                "kind": kind, "rank": index + 1, "subjects": subjects.iter().map(|s| subject(s)).collect::<Vec<_>>(),
                "protected": {"count": 0}, "score": 0.5, "p_value": q, "q_value": q, "trafficking": 0.5, "terrorist_financing": 0.5,
                "convergence": 0.5, "indicators": [], "path": links, "hypotheses": [], "explanation": "", "limits": [],
                "from": "2025-01-01T00:00:00Z", "to": "2025-02-01T00:00:00Z", "places": [], "jurisdictions": []
            })
            .to_string()
        })
        .collect();
    lines.join("\n")
}

/// Writes a truth folder.
pub(crate) fn truth(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(format!("{name}.csv")), text).unwrap();
    }
    folder
}

pub(crate) fn report(alerts: &[A<'_>], truth: &Path) -> Report {
    evaluate(ndjson(alerts).as_bytes(), truth).unwrap()
}
