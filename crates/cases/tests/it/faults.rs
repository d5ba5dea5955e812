//! Every step that makes something permanent is made to fail, before it and after it: what was acknowledged is there, what was refused
//! without doubt is not, and the ledger says what the store says once it is published again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tributary_cases::{CasesError, Faults, Note, Notes, Store};
use tributary_ledger::entry::Entry;

use crate::ledger::logged;
use crate::support::{Bench, Thing, at, both, signer};

/// Every step of the store.
const STEPS: [&str; 10] = ["insert", "update", "delete", "seal", "erase", "entry", "commit", "places", "publish", "recorded"];

/// Fails at the nth time of one step.
struct At {
    step: &'static str,
    after: bool,
    left: AtomicU32,
}

impl At {
    fn strike(&self, step: &'static str, after: bool) -> Result<(), CasesError> {
        if step != self.step || after != self.after {
            return Ok(());
        }
        match self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
            Ok(1) => Err(CasesError::Fault(step.into())),
            _ => Ok(()),
        }
    }
}

impl Faults for At {
    fn before(&self, step: &'static str) -> Result<(), CasesError> {
        self.strike(step, false)
    }

    fn after(&self, step: &'static str) -> Result<(), CasesError> {
        self.strike(step, true)
    }
}

/// One change of every sort, each in a transaction of its own; what was acknowledged of it.
async fn work(store: &Store, bench: &Bench, round: i64) -> Vec<(String, bool)> {
    let mut told = Vec::new();
    for act in ["add", "change", "seal", "erase", "remove"] {
        let name = format!("{act}-r{round}");
        told.push((name.clone(), one(store, act, round, &name).await.is_ok()));
    }
    // Publishing may fail: entries wait.
    let _ = store.publish(&bench.folder, &signer()).await;
    told
}

async fn one(store: &Store, act: &str, round: i64, name: &str) -> Result<(), CasesError> {
    let mut writing = store.write(at(round)).await?;
    let id = format!("r{round}");
    match act {
        "add" => drop(writing.add(&id, Thing::of("open")).await?),
        "change" => {
            let mut thing = writing.need::<Thing>(&id).await?;
            thing.body.count += 1;
            writing.put(&mut thing).await?;
        }
        "seal" => writing.seal(&id, b"sealed").await?,
        "erase" => writing.erase(&id).await?,
        _ => {
            let thing = writing.need::<Thing>(&id).await?;
            writing.remove(&thing).await?;
        }
    }
    writing.commit(Notes::one(Note::of("thing.changed").tag("name", name))).await.map(|_| ())
}

#[test]
fn a_fault_at_any_step_leaves_store_and_ledger_agreed() {
    both(|bench| async move {
        let mut struck = 0;
        let mut round = 0;
        for step in STEPS {
            for after in [false, true] {
                for nth in 1..=2 {
                    round += 1;
                    let faults = Arc::new(At { step, after, left: AtomicU32::new(nth) });
                    let told = work(&bench.open().await.with_faults(Arc::clone(&faults) as Arc<dyn Faults>), &bench, round).await;
                    struck += u32::from(faults.left.load(Ordering::SeqCst) == 0);
                    check(&bench, &told, step, after).await;
                }
            }
        }
        assert!(struck >= 24, "only {struck} faults struck");
    });
}

/// After the fault is gone: every acknowledged change is in the ledger once, no refused one is unless its commit was what failed afterwards.
async fn check(bench: &Bench, told: &[(String, bool)], step: &str, after: bool) {
    let store = bench.open().await;
    store.publish(&bench.folder, &signer()).await.unwrap();
    assert_eq!(store.waiting().await.unwrap(), 0);
    let names: Vec<String> =
        logged(bench).iter().filter_map(|entry| Entry::decode(entry.as_bytes()).unwrap().tag("name").map(ToOwned::to_owned)).collect();
    for (name, acknowledged) in told {
        let times = names.iter().filter(|logged| *logged == name).count();
        let in_doubt = step == "commit" && after;
        let fits = if *acknowledged { times == 1 } else { times == 0 || in_doubt && times == 1 };
        assert!(fits, "{name}: acknowledged {acknowledged}, {times} times in the ledger; fault at {step}, after: {after}");
    }
    // The object is where the acknowledged changes left it.
    let id = format!("r{}", told[0].0.rsplit('r').next().unwrap());
    let there = store.read().await.unwrap().get::<Thing>(&id).await.unwrap();
    let happened = |act: &str| names.iter().any(|name| *name == format!("{act}-{id}"));
    assert_eq!(there.is_some(), happened("add") && !happened("remove"), "{id} after a fault at {step}, after: {after}");
    if let Some(there) = there {
        assert_eq!(there.body.count, u64::from(happened("change")));
    }
}
