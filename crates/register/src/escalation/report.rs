//! What is published of escalations, by protocol and by recipient, with small cells suppressed (section 6; SG-039, SG-084, SG-100).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use tributary_access::Action;
use tributary_cases::{Find, Notes, Page};
use tributary_escalation::State;
use tributary_escalation::words::{Came, Outcome};
use tributary_model::Timestamp;

use super::{EscalationFile, danger};
use crate::acting::Caller;
use crate::case::SMALLEST;
use crate::{Register, RegisterError};

/// Escalations read at once.
const AT_ONCE: u32 = 1_000;
/// Escalations of one report.
const MOST: usize = 1_000_000;

/// A count as it is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// Fewer than 11; zero among them.
    Few,
    /// So many.
    Many(u64),
}

/// One protocol or recipient.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Row {
    /// What was counted, by its word. There are no totals: a sum would tell the cells that it hides.
    pub counts: BTreeMap<&'static str, Count>,
    /// Of those drafted, how many in a hundred were refused or taken back; none where one of the counts is small.
    pub stopped_percent: Option<u64>,
}

/// A report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EscalationReport {
    /// By protocol.
    pub protocols: BTreeMap<String, Row>,
    /// By recipient's agency.
    pub recipients: BTreeMap<String, Row>,
    /// Highest to lowest share of stopped escalations over recipients, in hundredths; none with fewer than two that are shown. Beyond 125 somebody
    /// looks at why (SG-100).
    pub disparity: Option<u64>,
}

type Counts = BTreeMap<&'static str, u64>;

/// What one escalation adds. `none`: its danger was found to be none.
fn adds(file: &EscalationFile, none: bool) -> Counts {
    let machine = &file.machine;
    let came = machine.feedback.as_ref().map(|one| one.came);
    let objections = machine.consultation.as_ref().map_or(0, |one| one.objections.len());
    let passed = machine.gated.values().flatten().filter(|one| one.outcome == Outcome::Proceed).count();
    let yes = u64::from;
    BTreeMap::from([
        ("drafted", 1),
        ("refused", yes(machine.state == State::Refused)),
        ("withdrawn", yes(machine.state == State::Withdrawn)),
        ("expired", yes(machine.state == State::Expired)),
        ("persons_left_out", u64::from(machine.left_out)),
        ("persons_passed_the_gate", passed as u64),
        ("cosigned", yes(machine.cosign.is_some())),
        ("consulted", yes(machine.consultation.is_some())),
        ("objections", objections as u64),
        ("sent", yes(machine.sent.is_some())),
        ("received", yes(machine.receipt.is_some())),
        ("measures", yes(came == Some(Came::MeasureTaken))),
        ("not_for_us", yes(came == Some(Came::NotForUs))),
        ("shortened_for_danger", yes(machine.shortened)),
        ("danger_unjustified", yes(none)),
    ])
}

fn add(to: &mut BTreeMap<String, Counts>, row: &str, counts: &Counts) {
    let row = to.entry(row.to_owned()).or_default();
    for (what, many) in counts {
        *row.entry(*what).or_default() += many;
    }
}

fn suppressed(counts: &Counts) -> Row {
    let of = |what: &str| counts.get(what).copied().unwrap_or(0);
    let (drafted, stopped) = (of("drafted"), of("refused") + of("withdrawn"));
    let told = drafted >= SMALLEST && stopped >= SMALLEST && drafted - stopped.min(drafted) >= SMALLEST;
    Row {
        counts: counts.iter().map(|(what, many)| (*what, if *many < SMALLEST { Count::Few } else { Count::Many(*many) })).collect(),
        stopped_percent: told.then(|| stopped * 100 / drafted),
    }
}

fn disparity(rows: &BTreeMap<String, Row>) -> Option<u64> {
    let shares: Vec<u64> = rows.values().filter_map(|row| row.stopped_percent).collect();
    let (low, high) = (shares.iter().min()?, shares.iter().max()?);
    (shares.len() > 1 && *low > 0).then(|| high * 100 / low)
}

impl Register {
    /// Counts of the escalations drafted within a time, by protocol and by recipient.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn escalation_report(&self, caller: &Caller, from: Timestamp, to: Timestamp, at: Timestamp) -> Result<EscalationReport, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let own = tributary_access::Resource { jurisdiction: String::new(), ..acting.own() };
        acting.permit(Action::StatisticRead, &own).await?;
        // Windows that begin and end at will would tell single escalations by their difference: whole quarters alone are counted.
        let day = tributary_model::time::MICROS_PER_DAY;
        if to.0.saturating_sub(from.0) < 89 * day {
            return Err(RegisterError::invalid("to", "a quarter or more"));
        }
        let (mut protocols, mut recipients) = (BTreeMap::new(), BTreeMap::new());
        let unjustified = danger::unjustified(acting.tx()?).await?;
        let mut page = Page::first(AT_ONCE);
        let mut seen = 0_usize;
        loop {
            let files = acting.tx()?.list::<EscalationFile>(Find::All, &page).await?;
            for file in files.iter().filter(|file| from <= file.made && file.made < to) {
                let counts = adds(&file.body, unjustified.contains(&file.id));
                add(&mut protocols, &file.body.machine.protocol.id, &counts);
                add(&mut recipients, &file.body.machine.draft.recipient_agency, &counts);
            }
            seen += files.len();
            let Some(last) = files.last().filter(|_| files.len() == AT_ONCE as usize && seen < MOST) else { break };
            page = Page { after: Some((last.made, last.id.clone())), limit: AT_ONCE };
        }
        let rows = |counted: BTreeMap<String, Counts>| counted.iter().map(|(name, counts)| (name.clone(), suppressed(counts))).collect();
        let (protocols, recipients): (BTreeMap<String, Row>, BTreeMap<String, Row>) = (rows(protocols), rows(recipients));
        let report = EscalationReport { disparity: disparity(&recipients), protocols, recipients };
        let entry = acting.note("escalation.reported");
        acting.done(Notes::one(entry)).await?;
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sg_039_small_cells_and_what_would_tell_them_are_not_shown() {
        let row = |drafted: u64, refused: u64| suppressed(&BTreeMap::from([("drafted", drafted), ("refused", refused)]));
        assert_eq!(row(10, 0).counts, BTreeMap::from([("drafted", Count::Few), ("refused", Count::Few)]));
        assert_eq!(row(100, 10).stopped_percent, None, "the refused are few");
        assert_eq!(row(100, 95).stopped_percent, None, "those not refused are few");
        assert_eq!(row(100, 20).stopped_percent, Some(20));
        let rows = BTreeMap::from([("a".to_owned(), row(100, 20)), ("b".to_owned(), row(100, 30)), ("c".to_owned(), row(50, 3))]);
        assert_eq!(disparity(&rows), Some(150), "SG-100");
        assert_eq!(disparity(&BTreeMap::from([("a".to_owned(), row(100, 20))])), None);
    }
}
