//! Screening: from material to content, and which reviews it opens (section 3, screen and open reviews).

use std::collections::BTreeSet;

use crate::draft::{excluded, floor_missing};
use crate::error::unless;
use crate::estimative::{Claim, words_missing};
use crate::leak::leaks_in;
use crate::redact::{redact, stays};
use crate::words::{Answer, Ask, Category, Named, Route, Skip, Stands};
use crate::{Content, Draft, Item, Material, Missing, Party, Protocol, Review};

/// What a screening found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screening {
    /// What stands in the way and can be put right.
    pub missing: Vec<Missing>,
    /// What ends the escalation: a category with `refuse`, a recipient that the case excludes.
    pub refused: Vec<Missing>,
    /// What would be sent.
    pub content: Content,
    /// Its hash.
    pub hash: String,
    /// Parties that the gate must decide on.
    pub gated: BTreeSet<String>,
    /// Categories answered yes or unknown for anybody.
    pub hits: BTreeSet<Category>,
    /// Reviews that are due.
    pub needs: BTreeSet<Review>,
    /// Whether the content names a natural person.
    pub names_a_person: bool,
    /// How many were left out.
    pub left_out: u32,
    /// Whether danger left out a step.
    pub shortened: bool,
}

/// Screens a material under a protocol. `out` are the parties that a gate left out; `pseudonym` gives the name that this recipient alone has for a
/// party. Nothing is changed: a dry run is the same call.
#[must_use]
pub fn screen(protocol: &Protocol, draft: &Draft, material: &Material, out: &BTreeSet<String>, pseudonym: &dyn Fn(&str) -> String) -> Screening {
    let mut missing = material.out_of_bounds();
    missing.extend(floor_missing(protocol, draft));
    for party in &material.parties {
        party_missing(party, &mut missing);
    }
    for item in &material.items {
        item_missing(item, &mut missing);
    }
    let (content, left_out) = redact(protocol, draft, material, out, pseudonym);
    unless(
        !content.narrative.trim().is_empty() || !content.items.is_empty() || !content.counts.is_empty(),
        &mut missing,
        "content",
        "there is nothing to send",
    );
    missing.extend(leaks_in(protocol, material, &content));
    estimates(&content, &mut missing);
    missing.sort();
    missing.dedup();
    let gated: BTreeSet<String> = material.parties.iter().filter(|party| stays(protocol, party, out)).map(|party| party.id.clone()).collect();
    let (hits, refusing) = categories(protocol, material);
    let mut refused = Vec::new();
    unless(!refusing, &mut refused, "do_not_route", "a party's public role does not let it go to this recipient (SG-006)");
    unless(!draft.excluded.contains(&draft.recipient_agency), &mut refused, "recipient", excluded(protocol));
    let (needs, shortened) = reviews(protocol, draft, &gated, &hits);
    let names_subject = content.form_names() && material.parties.iter().any(|party| party.natural && !party.is_protected());
    let hash = content.hash().unwrap_or_default();
    unless(!hash.is_empty(), &mut missing, "content", "the content has no canonical form");
    Screening {
        names_a_person: names_subject || !content.protected.is_empty(),
        missing,
        refused,
        content,
        hash,
        gated,
        hits,
        needs,
        left_out,
        shortened,
    }
}

/// Words for likelihoods in what would be sent. An item bears a grade, so an estimate in its words stands with the grade (SG-123).
fn estimates(content: &Content, missing: &mut Vec<Missing>) {
    missing.extend(words_missing("narrative", &content.narrative, Claim::Text));
    for (place, item) in content.items.iter().enumerate() {
        missing.extend(words_missing(&format!("item {}", place + 1), &item.text, Claim::Graded));
    }
    for attachment in &content.attachments {
        missing.extend(words_missing("title of a document", &attachment.title, Claim::Text));
    }
}

impl Content {
    fn form_names(&self) -> bool {
        !self.subjects.is_empty()
    }
}

fn party_missing(party: &Party, missing: &mut Vec<Missing>) {
    let promoted = party.promotion.as_ref().is_some_and(|one| !one.fact.trim().is_empty() && !one.offence.trim().is_empty());
    let subject = party.stands == Stands::Subject;
    unless(!subject || promoted, missing, "promotion", "each party that is named was promoted with a fact and an offence (SG-002)");
    if subject || !party.is_protected() {
        let all = Category::ALL.iter().all(|category| party.categories.contains_key(category));
        unless(all, missing, "categories", "a person answers yes, no or unknown to each of the five categories, for each party (SG-006)");
    }
}

fn item_missing(item: &Item, missing: &mut Vec<Missing>) {
    unless(item.grade.is_some(), missing, "grade", "every item is graded, source and information apart (SG-050)");
    if item.handling.has_conditions() {
        let said = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
        unless(said(&item.conditions), missing, "handling", "what is C or H1 to H3 has a text of its conditions (SG-052)");
        unless(said(&item.approver), missing, "handling", "what is C or H1 to H3 has somebody who approved passing it on (SG-052)");
    }
}

/// Categories that were hit, and whether one of them refuses. What is not answered counts as yes.
fn categories(protocol: &Protocol, material: &Material) -> (BTreeSet<Category>, bool) {
    let mut hits = BTreeSet::new();
    for party in material.parties.iter().filter(|party| party.stands == Stands::Subject || !party.categories.is_empty()) {
        for category in Category::ALL {
            let answer = party.categories.get(category).copied().unwrap_or(Answer::Unknown);
            if answer.counts() {
                hits.insert(*category);
            }
        }
    }
    let refuses = hits.iter().any(|category| protocol.route(*category, Answer::Yes) == Some(Route::Refuse));
    (hits, refuses)
}

fn reviews(protocol: &Protocol, draft: &Draft, gated: &BTreeSet<String>, hits: &BTreeSet<Category>) -> (BTreeSet<Review>, bool) {
    let mut needs = BTreeSet::new();
    if !gated.is_empty() && protocol.output.parties == Named::Subjects {
        needs.insert(Review::Gate);
    }
    if !hits.is_empty() {
        needs.insert(Review::Rights);
    }
    let asked = protocol.consultation.when.iter().any(|when| match when {
        Ask::Always => true,
        Ask::DoNotRouteHit => !hits.is_empty(),
        Ask::CommunityAffected => draft.community.counts(),
    });
    let skips = draft.danger.is_some() && protocol.danger.as_ref().is_some_and(|danger| danger.may_skip.contains(&Skip::Consultation));
    if asked && !skips {
        needs.insert(Review::Consultation);
    }
    (needs, asked && skips)
}
