//! What a drafter states, beside the content: no personal data stands here.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tributary_model::Date;

use crate::error::{none_missing, unless};
use crate::estimative::{Claim, words_missing};
use crate::words::{Answer, Class, Disposition, Side};
use crate::{Actor, Missing, Protocol, Refusal};

/// A finding as its reviewers left it: what the floor of evidence is held against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Indicator families on the trafficking side.
    pub families_trafficking: u32,
    /// Indicator families on the financing side.
    pub families_financing: u32,
    /// Independent sources.
    pub sources: u32,
    /// Blind second readers who agree, of other units than the first.
    pub second_reads: u32,
    /// The q-value, where the finding has one.
    pub q: Option<f64>,
    /// Where its review ended; none: elsewhere than a protocol takes, or nowhere yet.
    pub disposition: Option<Disposition>,
    /// A source that it rests on was withdrawn (SG-019).
    #[serde(default)]
    pub withdrawn: bool,
}

/// What it is for (SG-121).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "EscalationProduct"))]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// The decision that it is to influence.
    pub decision: String,
    /// Who is to decide.
    pub recipient: String,
    /// By when.
    pub wanted: Date,
}

/// An order that is answered (SG-072).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "EscalationOrder"))]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Its number.
    pub number: String,
    /// Who made it.
    pub authority: String,
    /// What kind of authority that is.
    pub class: Class,
    /// The day it was made.
    pub made: Date,
    /// Whom, what and which period it asks for.
    pub scope: String,
    /// Its end.
    pub until: Date,
}

/// A draft's head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Who drafts.
    pub by: Actor,
    /// The owner: who answers for it, is told of clocks and may withdraw it.
    pub owner: String,
    /// The case's jurisdiction.
    pub jurisdiction: String,
    /// Agencies that the case excludes (SG-058).
    pub excluded: BTreeSet<String>,
    /// The recipient's agency in this register.
    pub recipient_agency: String,
    /// On which side the finding is.
    pub side: Side,
    /// The legal basis, by its code in the protocol.
    pub basis: String,
    /// What for.
    pub purpose: String,
    /// What decision it serves.
    pub product: Product,
    /// The order it answers.
    pub order: Option<Order>,
    /// What the finding's reviewers left; none for an answer to an order.
    pub finding: Option<Finding>,
    /// Whether a community is affected, as a person answers.
    pub community: Answer,
    /// Danger to life or limb, with its facts.
    pub danger: Option<String>,
}

/// The fewest sources of a finding that joins two sides, whatever a protocol says (SG-010).
const SOURCES_INTERSECTING: u32 = 2;

/// What is missing for drafting under a protocol on a day.
pub(crate) fn draft_missing(protocol: &Protocol, draft: &Draft, stopped: bool, today: Date) -> Vec<Missing> {
    let mut missing = in_force_missing(protocol, stopped, today);
    let m = &mut missing;
    unless(protocol.sender.agency_classes.contains(&draft.by.class), m, "sender", "the protocol takes drafts of other agencies than yours");
    let reaches = protocol.jurisdiction == "*" || draft.jurisdiction.split('-').next() == Some(protocol.jurisdiction.as_str());
    unless(reaches, m, "jurisdiction", "the case's jurisdiction is not the protocol's");
    unless(protocol.side.contains(&draft.side), m, "side", "the protocol does not take findings of this side");
    unless(protocol.legal_basis.iter().any(|one| one.code == draft.basis), m, "basis", "name a legal basis of the protocol by its code");
    let said = |text: &str| !text.trim().is_empty();
    unless(said(&draft.purpose), m, "purpose", "state a purpose");
    unless(said(&draft.owner), m, "owner", "name an owner");
    let product = &draft.product;
    unless(said(&product.decision) && said(&product.recipient), m, "product", "say which decision it is to influence, and whose (SG-121)");
    m.extend(words_missing("decision", &product.decision, Claim::Text));
    unless(product.wanted >= today, m, "product", "the day by which it is wanted lies ahead (SG-121)");
    unless(draft.danger.as_deref().is_none_or(said), m, "danger", "danger to life is stated with its facts");
    unless(draft.danger.is_none() || protocol.danger.is_some(), m, "danger", "the protocol knows no shorter way for danger");
    unless(!draft.excluded.contains(&draft.recipient_agency), m, "recipient", excluded(protocol));
    order_missing(protocol, draft, today, m);
    missing
}

/// What is offered instead of an excluded recipient, without the reason.
pub(crate) fn excluded(protocol: &Protocol) -> String {
    match &protocol.recipient.alternate {
        Some(alternate) => format!("this recipient is not open to this case; use the protocol `{alternate}`"),
        None => "this recipient is not open to this case".into(),
    }
}

/// What is missing for a protocol to be used for anything that is sent.
pub(crate) fn in_force_missing(protocol: &Protocol, stopped: bool, today: Date) -> Vec<Missing> {
    let mut missing = Vec::new();
    unless(!protocol.template, &mut missing, "template", "a template can be tried, and sends nothing");
    unless(protocol.in_force(today), &mut missing, "in_force", "the protocol is not in force today");
    unless(!stopped, &mut missing, "stopped", "outbound is stopped (SG-014)");
    missing
}

fn order_missing(protocol: &Protocol, draft: &Draft, today: Date, m: &mut Vec<Missing>) {
    let Some(process) = protocol.process.as_ref().filter(|process| process.required) else { return };
    let Some(order) = &draft.order else {
        unless(false, m, "order", "state the order that is answered: number, authority, scope and end (SG-072)");
        return;
    };
    let said = |text: &str| !text.trim().is_empty();
    unless(said(&order.number) && said(&order.authority), m, "order", "the order has a number and an authority");
    unless(process.issued_by.contains(&order.class), m, "order", "orders of this kind of authority are not answered under the protocol");
    unless(!process.scope_required || said(&order.scope), m, "order", "the order says whom, what and which period it asks for");
    unless(order.made <= today && today <= order.until, m, "order", "the order has been made and has not ended");
    let days = i64::from(order.until.0) - i64::from(order.made.0);
    unless((0..=i64::from(process.expires_days_max)).contains(&days), m, "order", "the order runs longer than the protocol answers");
}

/// What a finding lacks of the floor (SG-010, SG-015).
pub(crate) fn floor_missing(protocol: &Protocol, draft: &Draft) -> Vec<Missing> {
    let mut missing = Vec::new();
    if protocol.answers_orders() {
        return missing;
    }
    let m = &mut missing;
    let floor = &protocol.evidence;
    let Some(finding) = &draft.finding else {
        unless(false, m, "finding", "an escalation rests on a reviewed finding");
        return missing;
    };
    let (trafficking, financing) = (finding.families_trafficking, finding.families_financing);
    let families = match draft.side {
        Side::Trafficking => trafficking,
        Side::Financing => financing,
        Side::Intersecting => trafficking.min(financing),
    };
    unless(
        families >= floor.families_min,
        m,
        "families",
        format!("{} indicator families are needed, on each side that is claimed", floor.families_min),
    );
    let sources = if draft.side == Side::Intersecting { floor.sources_min.max(SOURCES_INTERSECTING) } else { floor.sources_min };
    unless(finding.sources >= sources, m, "sources", format!("{sources} independent sources are needed"));
    unless(
        finding.second_reads >= floor.second_reads_min,
        m,
        "second_reads",
        format!("{} blind second readers of other units must agree", floor.second_reads_min),
    );
    let q = floor.q_max.is_none_or(|max| finding.q.is_some_and(|q| q.is_finite() && q >= 0.0 && q <= max));
    unless(q, m, "q", "the finding has no q-value, or one above the protocol's");
    let decided = finding.disposition.is_some_and(|one| floor.dispositions.contains(&one));
    unless(decided, m, "disposition", "the alert's review has not ended in `confirmed`");
    unless(!finding.withdrawn, m, "withdrawn", "a source of the finding was withdrawn (SG-019)");
    missing
}

/// Whether a finding still holds the floor: asked again at the moment of sending.
pub(crate) fn holds_floor(protocol: &Protocol, draft: &Draft) -> Result<(), Refusal> {
    none_missing(floor_missing(protocol, draft))
}
