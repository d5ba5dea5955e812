//! The same hits on one thread and on four, over the bench's own data.
use tributary_patterns::{Limits, Roles, search};

#[path = "../../examples/patterns_bench.rs"]
#[expect(dead_code, reason = "the example's main is not run here")]
mod patterns_bench;

#[test]
fn hits_do_not_depend_on_threads() {
    let (graph, requests) = (patterns_bench::world(20_000, 7), patterns_bench::requests());
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let outcome = pool.install(|| search(&graph, &requests, &Limits::default(), &Roles::none()));
        (patterns_bench::digest(&outcome), outcome)
    };
    let (one, four) = (on(1), on(4));
    assert!(!one.1.hits.is_empty());
    assert_eq!(one, four);
}
