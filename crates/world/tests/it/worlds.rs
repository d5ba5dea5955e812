//! Properties of whole worlds.
use crate::support::{World, make};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use tributary_world::{Overlap, SCALE_MAX, WorldError, WorldOptions, generate};

/// SHA-256 of every file, by name.
fn hashes(world: &World) -> BTreeMap<String, String> {
    let mut hashes = BTreeMap::new();
    for folder in [world.folder.path().to_owned(), world.folder.path().join("truth")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let digest = Sha256::digest(std::fs::read(&path).unwrap());
                hashes.insert(path.strip_prefix(world.folder.path()).unwrap().display().to_string(), format!("{digest:x?}"));
            }
        }
    }
    hashes
}

#[test]
fn same_seed_same_bytes() {
    for seed in [1, u64::MAX] {
        let (first, again) = (make(seed, 0.02, Overlap::Low), make(seed, 0.02, Overlap::Low));
        assert_eq!(hashes(&first), hashes(&again));
        assert_eq!(first.summary, again.summary);
    }
    let (one, other) = (hashes(&make(1, 0.02, Overlap::Low)), hashes(&make(2, 0.02, Overlap::Low)));
    let same: Vec<&String> = one.iter().filter(|(name, hash)| other.get(*name) == Some(hash)).map(|(name, _)| name).collect();
    assert_eq!(same, ["places.csv"], "only the reference table is the same in every world");
}

/// People with a criminal role are below 1 % of parties, and below 1.5 % in the smallest worlds.
#[test]
fn crime_is_rare() {
    for (scale, most) in [(0.02, 0.015), (0.1, 0.01), (0.3, 0.01)] {
        for seed in 10..13 {
            let summary = make(seed, scale, Overlap::High).summary;
            let share = summary.member_parties as f64 / summary.parties as f64;
            assert!(share < most, "seed {seed} scale {scale}: {share}");
            assert!(summary.networks >= 4, "seed {seed} scale {scale}");
            let labelled = summary.labelled_transfers as f64 / summary.rows.iter().find(|r| r.0 == "transfers").unwrap().1 as f64;
            assert!(labelled < 0.05, "seed {seed} scale {scale}: {labelled}");
        }
    }
}

#[test]
fn overlap_is_as_asked() {
    for seed in 20..22 {
        let count = |overlap| make(seed, 0.3, overlap).summary.convergences;
        assert_eq!(count(Overlap::None), 0);
        assert_eq!(make(seed, 0.02, Overlap::Low).summary.convergences, 1);
        let (low, high) = (count(Overlap::Low), count(Overlap::High));
        assert!(low >= 1 && high >= 2 * low, "seed {seed}: low {low}, high {high}");
    }
    let none = make(24, 0.1, Overlap::None);
    assert!(none.rows("truth/convergences.csv").is_empty());
    assert!(!none.rows("truth/near_misses.csv").is_empty(), "near-misses are there whatever the overlap");
}

/// Without overlap no two networks of different sides have a member, facilitator, account or tool in common.
#[test]
fn networks_are_apart_unless_said() {
    for seed in 30..34 {
        for overlap in [Overlap::None, Overlap::High] {
            let world = make(seed, 0.1, overlap);
            let sides: BTreeMap<String, String> =
                world.rows("truth/networks.csv").into_iter().map(|r| (r["network_id"].clone(), r["side"].clone())).collect();
            let pairs: BTreeSet<(String, String)> = world
                .rows("truth/convergences.csv")
                .into_iter()
                .map(|r| (r["trafficking_network"].clone(), r["financing_network"].clone()))
                .collect();
            let mut networks: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for row in world.rows("truth/members.csv") {
                networks.entry(format!("{}:{}", row["subject_type"], row["id"])).or_default().insert(row["network_id"].clone());
            }
            for (thing, owners) in networks {
                for a in &owners {
                    for b in owners.iter().filter(|b| sides[a] == "trafficking" && sides[*b] != "trafficking") {
                        assert!(pairs.contains(&(a.clone(), b.clone())), "seed {seed} {overlap:?}: {thing} is in {a} and {b}");
                    }
                }
            }
        }
    }
}

/// What two networks are said to share can be met in the tables: a claim of the truth that nothing shows could not be found by anybody.
#[test]
fn what_is_shared_leaves_traces() {
    let (mut seen, mut all) = (0, 0);
    for seed in 40..46 {
        let world = make(seed, 0.05, Overlap::High);
        let mut ids: HashSet<String> = HashSet::new();
        for (file, columns) in [("transfers.csv", ["from_account", "to_account"]), ("contacts.csv", ["from_account", "to_account"])] {
            for column in columns {
                ids.extend(world.column(file, column));
            }
        }
        ids.extend(world.rows("sightings.csv").into_iter().map(|r| format!("{}:{}", r["identifier_kind"], r["identifier"])));
        let mut pairs: BTreeMap<String, bool> = BTreeMap::new();
        for row in world.rows("truth/convergences.csv") {
            *pairs.entry(row["convergence_id"].clone()).or_default() |= ids.contains(&row["shared_id"]);
        }
        all += pairs.len();
        seen += pairs.values().filter(|s| **s).count();
    }
    assert!(all >= 6 && seen * 10 >= all * 9, "{seen} of {all}");
}

/// SG-031, SG-033: who is exploited, and who saw it, has no criminal role in the truth and is no suspect in the records.
#[test]
fn the_exploited_are_no_members() {
    for seed in 50..53 {
        let world = make(seed, 0.1, Overlap::High);
        let members: HashSet<String> =
            world.rows("truth/members.csv").into_iter().filter(|r| r["subject_type"] == "party").map(|r| r["id"].clone()).collect();
        let victims: HashSet<String> = world.column("truth/victims.csv", "party_id").into_iter().collect();
        assert!(members.is_disjoint(&victims));
        let of = |roles: &[&str]| -> HashSet<String> {
            world.rows("case_records.csv").into_iter().filter(|r| roles.contains(&r["role"].as_str())).map(|r| r["subject"].clone()).collect()
        };
        let (accused, spared) = (of(&["suspect", "facilitator"]), of(&["victim", "witness", "reporter"]));
        assert!(!accused.is_empty() && !spared.is_empty());
        assert!(accused.is_disjoint(&spared));
        assert!(members.is_disjoint(&spared));
        assert!(victims.is_disjoint(&accused));
        let direct: HashSet<String> =
            world.rows("truth/protected.csv").into_iter().filter(|r| r["recorded"] == "direct").map(|r| r["id"].clone()).collect();
        assert!(spared.is_subset(&direct));
    }
}

/// Groups are drawn without regard to crime: over several worlds the share of women among members is that among those who could be cast.
#[test]
fn networks_have_no_gender_of_their_own() {
    let (mut member_women, mut members, mut women, mut people) = (0, 0, 0, 0);
    for seed in 60..64 {
        let world = make(seed, 0.1, Overlap::None);
        let banked: HashSet<String> = world
            .rows("accounts.csv")
            .into_iter()
            .filter(|r| matches!(r["kind"].as_str(), "bank" | "mobile_money"))
            .map(|r| r["holder"].clone())
            .collect();
        let ids: HashSet<String> = world.column("truth/members.csv", "id").into_iter().collect();
        for row in world.rows("truth/groups.csv").into_iter().filter(|r| banked.contains(&r["party_id"])) {
            let woman = u32::from(row["gender"] == "female");
            people += 1;
            women += woman;
            if ids.contains(&row["party_id"]) {
                members += 1;
                member_women += woman;
            }
        }
    }
    let (inside, outside) = (f64::from(member_women) / f64::from(members), f64::from(women) / f64::from(people));
    assert!((inside - outside).abs() < 0.12, "{inside} against {outside}, {members} members");
}

#[test]
fn volume_is_linear() {
    let rows = |scale| {
        let world = make(70, scale, Overlap::Low);
        ["transfers", "contacts", "sightings"].map(|t| world.count(t) as f64)
    };
    let (one, two, four) = (rows(0.05), rows(0.1), rows(0.2));
    for ((a, b), c) in one.into_iter().zip(two).zip(four) {
        let growth = (c - b) / (b - a) / 2.0;
        assert!((0.85..1.15).contains(&growth), "{a} {b} {c}");
    }
}

#[test]
fn refuses_and_stops() {
    let folder = tempfile::tempdir().unwrap();
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY, SCALE_MAX * 1.01] {
        let options = WorldOptions { seed: 1, scale, overlap: Overlap::None };
        assert!(matches!(generate(&options, folder.path(), &|_| true), Err(WorldError::Scale { .. })), "{scale}");
    }
    let options = WorldOptions { seed: 1, scale: 0.02, overlap: Overlap::None };
    assert!(matches!(generate(&options, folder.path(), &|p| p.done < 50), Err(WorldError::Stopped)));
    let file = folder.path().join("transfers.csv");
    assert!(matches!(generate(&options, &file, &|_| true), Err(WorldError::Folder { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    /// No seed makes the smallest world fail or be empty.
    #[test]
    fn any_seed_makes_a_world(seed: u64, high: bool) {
        let world = make(seed, 0.005, if high { Overlap::High } else { Overlap::None });
        prop_assert!(world.summary.rows.iter().all(|(_, rows)| *rows > 0));
        prop_assert_eq!(world.summary.convergences > 0, high);
    }
}
