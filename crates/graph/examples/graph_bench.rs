//! Seconds and results of components, PageRank and Leiden on a graph given as `src,dst` lines with a header.
//!
//! `cargo run --release -p tributary-graph --example graph_bench -- EDGES.csv [NODES]` prints one JSON object; CPU seconds are of the whole process, all threads.

use std::time::Instant;

use tributary_graph::{LeidenSettings, LinkGraph, SimpleGraph, WalkSettings, leiden, modularity};

/// Digits to numbers; anything else separates them.
fn read(bytes: &[u8]) -> Vec<(u32, u32)> {
    let mut numbers = Vec::new();
    let mut number: Option<u32> = None;
    for byte in bytes {
        if byte.is_ascii_digit() {
            number = Some(number.unwrap_or(0).wrapping_mul(10).wrapping_add(u32::from(byte - b'0')));
        } else {
            numbers.extend(number.take());
        }
    }
    numbers.extend(number);
    numbers.as_chunks::<2>().0.iter().map(|pair| (pair[0], pair[1])).collect()
}

/// CPU seconds of this process so far, where the system says (Linux); hundredths of a second.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().map(|field| field.parse().unwrap_or(0.0)).collect();
    fields.iter().skip(11).take(2).sum::<f64>() / 100.0
}

fn timed<T>(name: &str, times: &mut Vec<String>, work: impl FnOnce() -> T) -> T {
    let (started, cpu) = (Instant::now(), cpu_seconds());
    let result = work();
    times.push(format!("\"{name}\": {{\"wall_s\": {:.3}, \"cpu_s\": {:.2}}}", started.elapsed().as_secs_f64(), cpu_seconds() - cpu));
    result
}

/// How many different labels, and the size of the largest class.
fn classes(labels: &[u32]) -> (usize, usize) {
    let mut sorted = labels.to_vec();
    sorted.sort_unstable();
    let sizes = sorted.chunk_by(|a, b| a == b).map(<[u32]>::len);
    (sizes.clone().count(), sizes.max().unwrap_or(0))
}

fn main() {
    let Some(bytes) = std::env::args().nth(1).and_then(|path| std::fs::read(path).ok()) else {
        eprintln!("give a file with the columns src,dst");
        std::process::exit(2);
    };
    let edges = read(&bytes);
    let most = edges.iter().map(|edge| edge.0.max(edge.1) + 1).max().unwrap_or(0);
    let nodes = std::env::args().nth(2).and_then(|text| text.parse().ok()).unwrap_or(0).max(most);
    let mut times = Vec::new();
    let simple = timed("build_undirected", &mut times, || SimpleGraph::new(nodes, &edges)).unwrap_or_default();
    let links = timed("build_directed", &mut times, || LinkGraph::new(nodes, &edges)).unwrap_or_default();
    let components = classes(&timed("cc", &mut times, || simple.components()));
    let settings = WalkSettings { tolerance: 1e-6, ..WalkSettings::default() };
    let rank = timed("pagerank", &mut times, || links.page_rank(settings));
    let communities = timed("leiden", &mut times, || leiden(&simple, LeidenSettings::default()));
    let top = rank.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or((0, 0.0), |(node, rank)| (node, *rank));
    println!(
        "{{\"tool\": \"tributary\", \"nodes\": {nodes}, \"edges\": {}, \"edges_undirected\": {}, \"times\": {{{}}}, \"quality\": {{\"cc\": [{}, {}], \
         \"pagerank\": [{:.9}, {}, {:.9}], \"leiden_modularity\": {:.5}, \"leiden_communities\": {}}}}}",
        edges.len(),
        simple.n_edges(),
        times.join(", "),
        components.0,
        components.1,
        rank.iter().sum::<f64>(),
        top.0,
        top.1,
        modularity(&simple, &communities, 1.0),
        classes(&communities).0
    );
}
