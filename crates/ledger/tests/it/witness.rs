//! Both sides of the witness protocol: each status of the standard, and histories that part.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tributary_ledger::client::{Answer, AskError, ask};
use tributary_ledger::note::{Kind, Note, Signer};
use tributary_ledger::witness::{AddCheckpoint, Known, Outcome, SIZE_TYPE, Seen, add_checkpoint};
use tributary_ledger::{Checkpoint, Hash, Log};

use crate::{ORIGIN, Store, entry, log_key, log_signer, signer, tree, written};

fn own() -> Signer {
    signer("w.example", Kind::Cosignature, 50)
}

fn known() -> Vec<Known> {
    vec![Known { origin: ORIGIN.to_owned(), keys: vec![log_key()] }]
}

fn answer(body: &[u8], seen: Option<Seen>) -> Outcome {
    add_checkpoint(body, &known(), |_| seen, 1_700_000_000, &[own()])
}

fn request(store: &Store, log: &Log, old: u64) -> AddCheckpoint {
    let tree = tree(store, log);
    let proof = if old == 0 || old >= log.size() { Vec::new() } else { tree.consistency(old, &tree.root_at(old).unwrap()).unwrap() };
    AddCheckpoint { old, proof, checkpoint: log.checkpoint(), note: log.note().unwrap().clone() }
}

#[test]
fn each_status_is_the_standards() {
    let (store, log) = written(300, 100);
    let (early_store, early) = written(100, 100);
    let at = |log: &Log| Some(Seen { size: log.size(), root: log.checkpoint().root });
    let good = request(&store, &log, 100);
    let text = good.to_string();
    assert_eq!(AddCheckpoint::parse(text.as_bytes()).unwrap(), good);

    let outcome = answer(text.as_bytes(), at(&early));
    assert_eq!((outcome.reply.status, outcome.keep.clone()), (200, Some((ORIGIN.to_owned(), at(&log).unwrap()))));
    let joined = Note::parse(format!("{}{}", good.note, outcome.reply.body).as_bytes()).unwrap();
    assert_eq!(joined.verify(&[own().verifier()]).unwrap()[0].time, Some(1_700_000_000));

    let stranger = Checkpoint { origin: "other.example".to_owned(), ..log.checkpoint() }.sign(&log_signer());
    let forged = log.checkpoint().sign(&signer(ORIGIN, Kind::Ed25519, 2));
    let mut touched = log.note().unwrap().clone();
    touched.signatures[0].bytes[9] ^= 1;
    let emptied = Checkpoint { size: 0, ..log.checkpoint() }.sign(&log_signer());
    let empty = Checkpoint { origin: ORIGIN.to_owned(), size: 0, root: Hash::empty() }.sign(&log_signer());
    let with = |note: Note, old: u64, proof: &[Hash]| AddCheckpoint { old, proof: proof.to_vec(), checkpoint: log.checkpoint(), note }.to_string();
    let fork = Checkpoint { root: Hash::leaf(b"fork"), ..log.checkpoint() }.sign(&log_signer());
    let cases: Vec<(&str, String, Option<Seen>, u16)> = vec![
        ("unknown log", with(stranger, 100, &good.proof), at(&early), 404),
        ("another key", with(forged, 100, &good.proof), at(&early), 403),
        ("a touched signature", with(touched, 100, &good.proof), at(&early), 403),
        ("old beyond new", with(log.note().unwrap().clone(), 301, &[]), at(&early), 400),
        ("stale", text.clone(), at(&log), 409),
        ("never seen, not from zero", text.clone(), None, 409),
        ("first", with(log.note().unwrap().clone(), 0, &[]), None, 200),
        ("first with a proof", with(log.note().unwrap().clone(), 0, &good.proof), None, 422),
        ("the same again", with(log.note().unwrap().clone(), 300, &[]), at(&log), 200),
        ("the same size, another root", with(fork.clone(), 300, &[]), at(&log), 409),
        ("a fork", with(fork, 100, &good.proof), at(&early), 422),
        ("no proof", with(log.note().unwrap().clone(), 100, &[]), at(&early), 422),
        ("another history was seen", text.clone(), Some(Seen { size: 100, root: Hash::leaf(b"other") }), 422),
        ("emptied", with(emptied, 0, &[]), None, 422),
        ("empty", with(empty, 0, &[]), None, 200),
        ("not from the right size", with(log.note().unwrap().clone(), 99, &[]), at(&early), 409),
        ("a leading zero", text.replacen("old 100", "old 0100", 1), at(&early), 400),
        ("no old line", text.replacen("old 100\n", "", 1), at(&early), 400),
        ("a proof line that is none", text.replacen("old 100\n", "old 100\nxyz\n", 1), at(&early), 400),
        ("64 proof lines", with(log.note().unwrap().clone(), 100, &[Hash::empty(); 64]), at(&early), 400),
        ("63 proof lines", with(log.note().unwrap().clone(), 100, &[Hash::empty(); 63]), at(&early), 422),
        ("nothing", String::new(), at(&early), 400),
        ("no blank line", text.replacen("\n\n", "\n", 1), at(&early), 400),
    ];
    for (name, body, seen, status) in cases {
        let outcome = answer(body.as_bytes(), seen);
        assert_eq!(outcome.reply.status, status, "{name}: {:?}", outcome.reply);
        assert_eq!(outcome.keep.is_some(), status == 200, "{name}");
        if status == 409 {
            let size = seen.map_or(0, |seen| seen.size);
            assert_eq!((outcome.reply.content_type, outcome.reply.body), (SIZE_TYPE, format!("{size}\n")), "{name}");
        }
    }
    drop(early_store);
}

/// A witness as its server keeps it, in memory.
#[derive(Default)]
struct Remembered(BTreeMap<String, Seen>);

impl Remembered {
    fn post(&mut self, body: &[u8]) -> Result<Answer, String> {
        let outcome = add_checkpoint(body, &known(), |origin| self.0.get(origin).copied(), 9, &[own()]);
        self.0.extend(outcome.keep);
        let reply = outcome.reply;
        Ok(Answer { status: reply.status, content_type: reply.content_type.to_owned(), body: reply.body.into_bytes() })
    }
}

#[test]
fn the_client_catches_up_and_rings_for_forks_and_rollbacks() {
    let mut witness = Remembered::default();
    let key = own().verifier().clone();
    let run = |witness: &mut Remembered, store: &Store, log: &Log, believed: u64| {
        let mut asked = 0;
        let done = ask(&tree(store, log), log.note().unwrap(), believed, &[&key], |body| {
            asked += 1;
            witness.post(body)
        });
        (done.map(|lines| lines.len()), asked)
    };
    let (store, early) = written(100, 100);
    assert_eq!(run(&mut witness, &store, &early, 0), (Ok(1), 1));
    let (store, log) = written(300, 100);
    assert_eq!(run(&mut witness, &store, &log, 0), (Ok(1), 2), "a conflict tells the size, then it continues");
    assert_eq!(run(&mut witness, &store, &log, 300), (Ok(1), 1));
    let (back_store, back) = written(200, 100);
    assert_eq!(run(&mut witness, &back_store, &back, 200).0, Err(AskError::Ahead { witness: 300, ours: 200 }), "rolled back");
    let mut forked = Store::new();
    let mut fork = Log::open(&forked, &log_key()).unwrap();
    let entries: Vec<Vec<u8>> = (0..400).map(|n| if n == 5 { b"other".to_vec() } else { entry(n) }).collect();
    fork.publish(&mut forked, &log_signer(), 0, &entries).unwrap();
    assert!(matches!(run(&mut witness, &forked, &fork, 0).0, Err(AskError::Parted { status: 422, .. })));
    let mut shorter = Store::new();
    let mut same = Log::open(&shorter, &log_key()).unwrap();
    same.publish(&mut shorter, &log_signer(), 0, &entries[..300]).unwrap();
    assert!(matches!(run(&mut witness, &shorter, &same, 0).0, Err(AskError::Parted { status: 409, .. })));
}

#[test]
fn answers_that_make_no_sense_are_refused() {
    let (store, log) = written(3, 3);
    let key = own().verifier().clone();
    let other = signer("w.example", Kind::Cosignature, 51).sign(&log.note().unwrap().text, 5).to_string();
    let wrong = own().sign("another text\n", 5).to_string();
    let cases: Vec<(u16, &str, String)> = vec![
        (200, "text/plain", String::new()),
        (200, "text/plain", "nonsense\n".to_owned()),
        (200, "text/plain", format!("{other}\n")),
        (200, "text/plain", format!("{wrong}\n")),
        (409, "text/plain", "2\n".to_owned()),
        (409, SIZE_TYPE, "02\n".to_owned()),
        (409, SIZE_TYPE, "2".to_owned()),
        (404, "text/plain", "unknown\n".to_owned()),
        (500, "text/html", "<p>".to_owned()),
    ];
    for (status, content_type, body) in cases {
        let done = ask(&tree(&store, &log), log.note().unwrap(), 0, &[&key], |_| {
            Ok(Answer { status, content_type: content_type.to_owned(), body: body.clone().into_bytes() })
        });
        assert!(done.is_err(), "{status} {body:?}");
    }
    let mut turns = 0;
    let restless = ask(&tree(&store, &log), log.note().unwrap(), 0, &[&key], |_| {
        turns += 1;
        Ok(Answer { status: 409, content_type: SIZE_TYPE.to_owned(), body: format!("{}\n", 1 + turns % 2).into_bytes() })
    });
    assert!(restless.is_err() && turns < 10);
}

proptest! {
    /// Whatever is sent in whatever order, all that a witness cosigned is one history.
    #[test]
    fn a_witness_never_signs_two_histories(steps in proptest::collection::vec((0_usize..3, 1_u64..60, 0_u64..60), 1..30)) {
        let histories: Vec<Vec<Vec<u8>>> = (0_u64..3).map(|h| (0..60).map(|n| if h > 0 && n >= 10 * h { format!("{h} {n}").into_bytes() } else { entry(n) }).collect()).collect();
        let mut witness = Remembered::default();
        let mut signed: BTreeMap<u64, Hash> = BTreeMap::new();
        let mut last = (0, 0);
        for (history, size, old) in steps {
            let mut store = Store::new();
            let mut log = Log::open(&store, &log_key()).unwrap();
            log.publish(&mut store, &log_signer(), 0, &histories[history][..size as usize]).unwrap();
            let body = request(&store, &log, old.min(size)).to_string();
            if witness.post(body.as_bytes()).unwrap().status == 200 {
                let root = log.checkpoint().root;
                prop_assert!(size >= last.0, "never smaller");
                prop_assert_eq!(*signed.entry(size).or_insert(root), root, "never two roots for one size");
                let (of, before) = (last.1, last.0 as usize);
                prop_assert_eq!(&histories[of][..before], &histories[history][..before], "always a continuation");
                last = (size, history);
            }
        }
    }
}
