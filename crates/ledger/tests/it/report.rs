//! Counts and their hiding (SG-039): an attacker who solves all that is published learns no small count.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tributary_ledger::report::{Report, differences, report};
use tributary_ledger::suppress::{Cell, hide};
use tributary_ledger::{Entry, Rules};

use crate::rules::story;

const RULES: &str = r#"v = 1
[[line]]
id = "by-pack"
title = "By pack"
kind = "alert.raised"
by = ["pack"]
[[line]]
id = "by-pack-region"
title = "By pack and region"
kind = "alert.raised"
by = ["pack", "region"]
[[line]]
id = "by-region"
title = "By region"
kind = "alert.raised"
by = ["region"]
[[line]]
id = "in-core"
title = "Of the core pack"
kind = "alert.raised"
where = { pack = "core" }
[[line]]
id = "decided"
title = "Decided"
kind = "alert.disposed"
by = ["outcome"]
once_per = "alert"
"#;

fn counted(text: &str, k: u64) -> Report {
    let entries: Vec<(u64, Entry)> = story(text);
    report(&entries, &Rules::parse(RULES).unwrap(), (0, u64::MAX), entries.len() as u64, k).unwrap()
}

fn alerts(pack: &str, region: &str, count: usize) -> String {
    format!("alert.raised pack:{pack} region:{region}\n").repeat(count)
}

#[test]
fn a_thing_decided_twice_counts_as_it_was_decided_last() {
    let text = "alert.disposed alert=1 outcome:confirmed\nalert.disposed alert=2 outcome:confirmed\nalert.disposed alert=1 outcome:unconfirmed\nalert.disposed outcome:confirmed";
    let report = counted(text, 0);
    let decided = &report.lines[4];
    assert_eq!(decided.total, Some(3));
    let groups: Vec<(&str, Option<u64>)> = decided.groups.iter().map(|g| (g.key[0].as_str(), g.count)).collect();
    assert_eq!(groups, [("confirmed", Some(2)), ("unconfirmed", Some(1))]);
}

/// What must be hidden where, by hand.
#[test]
fn what_is_small_is_hidden_and_what_gives_it_away_too() {
    // 40 and 5 of 45: the 40 goes too, and with it every other way to the 5
    let report = counted(&[alerts("core", "sindh", 40), alerts("core", "punjab", 5)].concat(), 11);
    let of = |report: &Report, line: usize| report.lines[line].groups.iter().map(|g| g.count).collect::<Vec<_>>();
    assert_eq!((report.lines[1].total, of(&report, 1)), (Some(45), vec![None, None]));
    assert_eq!(of(&report, 2), [None, None]);
    // nothing small: nothing hidden
    let report = counted(&[alerts("core", "sindh", 40), alerts("core", "punjab", 15)].concat(), 11);
    assert_eq!(of(&report, 1), [Some(15), Some(40)]);
    // all of it small: the total too
    let report = counted(&alerts("core", "sindh", 4), 11);
    assert_eq!((report.lines[0].total, of(&report, 0)), (None, vec![None]));
    // nothing at all is said
    assert_eq!(counted("other.kind", 11).lines[0].total, Some(0));
    // two small ones together stay below 11: a third is hidden with them
    let text = [alerts("core", "a", 3), alerts("core", "b", 4), alerts("core", "c", 20), alerts("core", "d", 30)].concat();
    assert_eq!(of(&counted(&text, 11), 2), [None, None, None, Some(30)]);
    // a line over part of another is a difference too: 45 less 40 is 5
    let text = [alerts("core", "a", 40), alerts("edge", "a", 5)].concat();
    let report = counted(&text, 11);
    assert!(report.lines[3].total.is_none() || report.lines[0].total.is_none());
}

#[test]
fn differences_are_told_figure_by_figure() {
    let honest = counted(&alerts("core", "sindh", 40), 11);
    assert_eq!(differences(&honest, &honest), []);
    let mut lied = honest.clone();
    lied.lines[0].total = Some(39);
    lied.lines[1].groups.clear();
    let found: Vec<(String, String, String)> = differences(&lied, &honest).into_iter().map(|d| (d.line, d.published, d.counted)).collect();
    assert_eq!(
        found,
        [("by-pack".to_owned(), "39".to_owned(), "40".to_owned()), ("by-pack-region".to_owned(), "absent".to_owned(), "40".to_owned())]
    );
    let other = Report { to: 5, ..honest.clone() };
    assert_eq!(differences(&other, &honest)[0].line, "report");
}

#[test]
fn too_fine_a_table_is_refused() {
    let text: String = (0..600).map(|n| format!("alert.raised pack:p{n} region:r\n")).collect();
    let entries = story(&text);
    assert!(report(&entries, &Rules::parse(RULES).unwrap(), (0, u64::MAX), 600, 11).is_err());
    assert!(report(&entries, &Rules::parse(RULES).unwrap(), (0, u64::MAX), 600, 0).is_ok());
}

/// An attacker of another making: Gauss over fractions, on dense rows; is this cell a combination of the published ones?
fn derivable(published: &[&BTreeSet<u64>], target: &BTreeSet<u64>, entries: u64) -> bool {
    let row = |cell: &BTreeSet<u64>| (0..entries).map(|e| (i128::from(u8::from(cell.contains(&e))), 1_i128)).collect::<Vec<_>>();
    let reduce = |(n, d): (i128, i128)| {
        let (mut a, mut b) = (n.abs(), d.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let g = a.max(1) * d.signum();
        (n / g, d / g)
    };
    let less = |a: (i128, i128), f: (i128, i128), b: (i128, i128)| reduce((a.0 * f.1 * b.1 - f.0 * b.0 * a.1, a.1 * f.1 * b.1));
    let mut basis: Vec<(usize, Vec<(i128, i128)>)> = Vec::new();
    let rest = |basis: &Vec<(usize, Vec<(i128, i128)>)>, mut row: Vec<(i128, i128)>| {
        for (column, pivot) in basis {
            let factor = reduce((row[*column].0 * pivot[*column].1, row[*column].1 * pivot[*column].0));
            if factor.0 != 0 {
                row = row.iter().zip(pivot).map(|(a, b)| less(*a, factor, *b)).collect();
            }
        }
        row
    };
    for cell in published {
        let left = rest(&basis, row(cell));
        if let Some(column) = left.iter().position(|v| v.0 != 0) {
            basis.push((column, left));
        }
    }
    rest(&basis, row(target)).iter().all(|v| v.0 == 0)
}

proptest! {
    /// SG-039: differencing attacks of three sorts on whatever is published.
    #[test]
    fn no_small_count_is_published_solved_or_subtracted(packs in proptest::collection::vec((0_u8..4, 0_u8..4), 0..60), k in 2_u64..9) {
        let text: String = packs.iter().map(|(p, r)| format!("alert.raised pack:{} region:r{r}\n", if *p == 0 { "core".to_owned() } else { format!("p{p}") })).collect();
        let entries = story(&text);
        let all: BTreeSet<u64> = (0..entries.len() as u64).collect();
        let of = |pack: Option<&str>, region: Option<&str>| entries.iter().filter(|(_, e)| pack.is_none_or(|p| e.tag("pack") == Some(p)) && region.is_none_or(|r| e.tag("region") == Some(r))).map(|(at, _)| *at).collect::<BTreeSet<u64>>();
        let report = report(&entries, &Rules::parse(RULES).unwrap(), (0, u64::MAX), 0, k).unwrap();
        let mut cells: Vec<(BTreeSet<u64>, Option<u64>)> = Vec::new();
        for table in report.lines.iter().take(4) {
            cells.push((if table.id == "in-core" { of(Some("core"), None) } else { all.clone() }, table.total));
            for group in &table.groups {
                let tag = |name: &str| table.by.iter().position(|b| b == name).map(|at| group.key[at].as_str());
                cells.push((of(tag("pack"), tag("region")), group.count));
            }
        }
        let small = |count: usize| count > 0 && (count as u64) < k;
        for (cell, count) in &cells {
            if let Some(count) = count {
                prop_assert_eq!(*count, cell.len() as u64);
                prop_assert!(!small(cell.len()), "a small count is shown");
            }
        }
        let shown: Vec<&BTreeSet<u64>> = cells.iter().filter(|(_, count)| count.is_some()).map(|(cell, _)| cell).collect();
        for outer in &shown {
            for inner in shown.iter().filter(|inner| inner.is_subset(outer)) {
                prop_assert!(!small(outer.len() - inner.len()), "a difference is small");
            }
        }
        for (cell, _) in cells.iter().filter(|(cell, _)| small(cell.len())) {
            prop_assert!(!derivable(&shown, cell, entries.len() as u64), "a small count can be solved for");
        }
    }

    /// Nothing is hidden where nothing is small, and the same cells give the same hiding.
    #[test]
    fn hiding_is_not_wanton(sizes in proptest::collection::vec(11_u64..40, 1..6)) {
        let mut next = 0;
        let mut cells: Vec<Cell> = sizes.iter().map(|size| { let from = next; next += size; Cell { table: 0, total: false, entries: (from..next).collect() } }).collect();
        cells.push(Cell { table: 0, total: true, entries: (0..next).collect() });
        prop_assert!(hide(&cells, 11).iter().all(|hidden| !hidden));
        prop_assert_eq!(hide(&cells, 30), hide(&cells, 30));
    }
}
