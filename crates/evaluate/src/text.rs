//! The report as a plain table.

use crate::rate::{Mean, Rate};
use crate::report::{Calibration, KindReport, Report};
use std::fmt::Write as _;

fn share(value: f64) -> String {
    format!("{:.1} %", value * 100.0)
}

fn rate(rate: &Rate) -> String {
    match rate.value {
        Some(value) => format!("{} ({} of {}; {} to {})", share(value), rate.hits, rate.of, share(rate.low), share(rate.high)),
        None => "nothing to count".to_owned(),
    }
}

fn mean(mean: &Mean) -> String {
    mean.value.map_or_else(|| "nothing to average".to_owned(), |v| format!("{v:.3} ({:.3} to {:.3})", mean.low, mean.high))
}

fn kind(out: &mut String, kind: &KindReport) {
    let _ = writeln!(out, "\n{} alerts: {}", kind.kind, kind.alerts);
    for at in kind.at.iter().filter(|at| kind.alerts > 0 || at.rank.is_none()) {
        let rank = at.rank.map_or_else(|| "all".to_owned(), |r| format!("first {r}"));
        let _ = writeln!(out, "  {rank:<9} precision {:<44} recall {}", rate(&at.precision), rate(&at.recall));
    }
    let _ = writeln!(out, "  average precision {}", mean(&kind.average_precision));
    let _ = writeln!(out, "  subjects that are members {}", rate(&kind.subject_precision));
}

fn calibration(out: &mut String, calibration: &Calibration) {
    let _ = writeln!(out, "\nclaimed q against observed false share, {} alerts", calibration.kind);
    for bin in calibration.bins.iter().chain([&calibration.up_to_0_1]).filter(|b| b.observed.of > 0) {
        let note = if bin.above_claim { "  above the claim by more than sampling error" } else { "" };
        let _ =
            writeln!(out, "  q {:.2} to {:.2}  claimed {}  false {}{note}", bin.from, bin.to, share(bin.claimed.unwrap_or(0.0)), rate(&bin.observed));
    }
}

impl Report {
    /// The same figures as a plain table, with 95 % intervals, and what each does not mean.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        let base = &self.base_rate;
        let _ = writeln!(out, "worlds {}   persons {}   with a criminal role {}", base.worlds, base.persons, rate(&base.members));
        let _ = writeln!(out, "precision at the real workload {}", rate(&base.precision_at_workload));
        if let Some(load) = base.alerts_for_each_right_one {
            let _ = writeln!(out, "alerts to read for each right one {load:.1}");
        }
        let _ = writeln!(out, "members named {}   hard networks found {}", rate(&base.members_named), rate(&base.hard_found));
        for one in &self.kinds {
            kind(&mut out, one);
        }
        let c = &self.convergence;
        let _ = writeln!(out, "\nconvergences found {}\n  at q up to 0.1 {}", rate(&c.found), rate(&c.found_at_q_0_1));
        let _ = writeln!(out, "false convergence alerts {}\n  on near-misses {}", rate(&c.false_alerts), rate(&c.on_near_misses));
        let _ = writeln!(out, "near-misses taken for convergence {}", rate(&c.near_misses_taken));
        let _ = writeln!(out, "worlds without a convergence alert at q up to 0.1 {}", rate(&c.quiet_worlds));
        let _ = writeln!(out, "\nfound by any right alert");
        for one in &self.found {
            let _ = writeln!(out, "  {:<12} {:<26} {}", one.what, one.kind, rate(&one.found));
        }
        for one in &self.calibration {
            calibration(&mut out, one);
        }
        let p = &self.protected;
        let state = if p.held { "held" } else { "BROKEN" };
        let _ = writeln!(
            out,
            "\nprotected people among subjects: recorded {} (must be 0: {state}), under another record {}, unknown to all records {}",
            p.recorded, p.other_record, p.unrecorded
        );
        self.fairness_text(&mut out);
        let _ = writeln!(out, "\nwhat these figures do not mean");
        for caveat in &self.does_not_mean {
            let _ = writeln!(out, "  {}: not {}", caveat.figure, caveat.not);
        }
        out
    }

    fn fairness_text(&self, out: &mut String) {
        let _ = writeln!(out, "\nbenign people who are subjects, by group (cells under 11 withheld)");
        for one in &self.fairness {
            let _ = writeln!(out, "  {} ({} of {} groups withheld): {}", one.name, one.withheld, one.groups.len(), one.verdict.replace('_', " "));
            for group in &one.groups {
                if let Some(r) = &group.rate {
                    let _ = writeln!(out, "    {:<8} {}", group.group, rate(r));
                }
            }
            if let Some(d) = &one.disparity {
                let _ = writeln!(out, "    {} against {}: {:.2} times ({:.2} to {:.2})", d.highest, d.lowest, d.ratio, d.low, d.high);
            }
        }
        let _ = writeln!(out, "\nbenign twins that are subjects");
        for twin in &self.twins {
            let _ = writeln!(out, "  {:<20} {}", twin.kind, twin.rate.as_ref().map_or_else(|| "withheld".to_owned(), rate));
        }
    }
}
