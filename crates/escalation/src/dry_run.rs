//! A dry run: what would be needed, and what of it is missing. Nothing changes.

use std::collections::BTreeSet;

use serde::Serialize;
use tributary_model::Date;

use crate::draft::draft_missing;
use crate::{Draft, Material, Missing, Protocol, Review, screen, still_needed};

/// A step that would be ahead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Need {
    /// `gate`, `rights`, `consultation` or `sign`.
    pub step: &'static str,
    /// Who takes it, by role.
    pub who: Vec<String>,
}

/// What a dry run says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DryRun {
    /// What stands in the way now.
    pub missing: Vec<Missing>,
    /// What would end it at screening.
    pub refused: Vec<Missing>,
    /// Steps ahead, in their order.
    pub needs: Vec<Need>,
    /// How many people under protection would be left out.
    pub left_out: u32,
}

/// Tries a draft under a protocol, a template among them.
#[must_use]
pub fn dry_run(protocol: &Protocol, draft: &Draft, material: &Material, stopped: bool, today: Date, pseudonym: &dyn Fn(&str) -> String) -> DryRun {
    let screening = screen(protocol, draft, material, &BTreeSet::new(), pseudonym);
    let mut missing = draft_missing(protocol, draft, stopped, today);
    missing.extend(screening.missing);
    missing.sort();
    missing.dedup();
    let mut needs: Vec<Need> = screening.needs.iter().map(|review| need(protocol, *review)).collect();
    let unsigned = still_needed(protocol, screening.names_a_person, &[]);
    needs.extend(unsigned.into_iter().map(|row| Need { step: "sign", who: row.roles.iter().map(ToString::to_string).collect() }));
    DryRun { missing, refused: screening.refused, needs, left_out: screening.left_out }
}

fn need(protocol: &Protocol, review: Review) -> Need {
    match review {
        Review::Gate => Need { step: "gate", who: protocol.gate.reviewers.iter().map(|one| one.role.to_string()).collect() },
        Review::Rights => Need { step: "rights", who: vec!["rights_officer".into()] },
        Review::Consultation => Need { step: "consultation", who: protocol.consultation.agency_classes.iter().map(ToString::to_string).collect() },
    }
}
