//! What is in a case: parties, evidence, tasks, links, markers, disclosures, and its clocks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_model::Grading;
use tributary_model::{Date, Timestamp};
use tributary_register::case::charges::Charges;
use tributary_register::case::{
    Case, CaseChange, CaseItem, CaseLink, DefenceStatus, Disclosure, Event, Evidence, Funnel, Hit, Intelligence, InvitationView, LinkKind, LinkTo,
    Marker, MatchView, MoveStage, NameSearch, NewDisclosure, NewEvidence, NewIntelligence, NewInvitation, NewItem, NewMarker, NewOrder, NewPack,
    NewParty, NewProduct, ObjectiveFact, Offence, Order, Party, Product, RetentionReport, Shared, Verdict,
};

use super::escalations::{Proved, proved};
use super::{Listed, Read, ReadWhy, Shown, Why};
use crate::Problem;
use crate::asked::{Body, Part, Path, Query};

/// The offences of Pakistan's law that cases are charged under.
fn charges() -> Result<Charges, Problem> {
    Ok(Charges::parse(include_str!("../../../../charges/pk.toml"))?)
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "ChangeOfCase")]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    version: i64,
    change: CaseChange,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "CaseStep")]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    version: i64,
    step: MoveStage,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "MemberRemoval")]
#[serde(deny_unknown_fields)]
pub(crate) struct Member {
    account: String,
    reason: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgencyOf {
    agency: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Court {
    judge: String,
    reason: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sharing {
    version: i64,
    shared: Shared,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "PartyPromotion")]
#[serde(deny_unknown_fields)]
pub(crate) struct Promotion {
    version: i64,
    facts: Vec<ObjectiveFact>,
    offences: Vec<Offence>,
    reason: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Handover {
    to: String,
    reason: String,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "EvidenceReception")]
#[serde(deny_unknown_fields)]
pub(crate) struct Receipt {
    hash: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForDefence {
    version: i64,
    decision: DefenceStatus,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Regraded {
    grading: Grading,
    reason: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Moved {
    version: i64,
    owner: String,
    due: Timestamp,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Finished {
    version: i64,
    result: String,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "CourtDecided")]
#[serde(deny_unknown_fields)]
pub(crate) struct Decided {
    version: i64,
    verdict: Verdict,
    court: String,
    on: Date,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Observed {
    version: i64,
    observed: String,
    decided: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLink {
    to: LinkTo,
    kind: LinkKind,
    reason: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkAnswer {
    declined: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MatchAnswer {
    agrees: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reference {
    reference: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfParty {
    party: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HoldUntil {
    until: Timestamp,
    reason: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Year {
    year: i32,
}

/// A party with its names, for who may read it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct NamedParty {
    party: Shown<Party>,
    names: Vec<String>,
}

/// An item of intelligence with its source, for who entered it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Sourced {
    item: Shown<Intelligence>,
    source: Option<String>,
}

/// A marker with its own value.
#[derive(Serialize, JsonSchema)]
pub(crate) struct OwnMarker {
    marker: Shown<Marker>,
    value: String,
}

acts! {
    change [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Change>) -> Shown<Case> {
        r.update_case(&who, &id, new.change, new.version, now).await?.into()
    }
    stage [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Step>) -> Shown<Case> {
        r.move_stage(&who, &id, new.step, new.version, now).await?.into()
    }
    close [r, who, now] (Path(id) => Path<String>, Body(why) => Body<ReadWhy>) -> Shown<Case> {
        r.close_case(&who, &id, &why.reason, why.version, now).await?.into()
    }
    remove_member [r, who, now] (Path(id) => Path<String>, Body(gone) => Body<Member>) -> Shown<Case> {
        r.remove_member(&who, &id, &gone.account, &gone.reason, now).await?.into()
    }
    share [r, who, now] (Path(id) => Path<String>, Body(new) => Body<NewInvitation>) -> Shown<Case> { r.share_case(&who, &id, new, now).await?.into() }
    invitations [r, who, now] (Query(part) => Query<Part>) -> Vec<InvitationView> { r.invitations(&who, &part.page()?, now).await? }
    join [r, who, now] (Path(id) => Path<String>) -> Shown<Case> { r.join_case(&who, &id, now).await?.into() }
    exclude [r, who, now] (Path(id) => Path<String>, Body(named) => Body<AgencyOf>) -> Shown<Case> {
        r.exclude_agency(&who, &id, &named.agency, now).await?.into()
    }
    uninvite [r, who, now] (Path(id) => Path<String>, Body(named) => Body<AgencyOf>) -> Shown<Case> {
        r.take_back_invitation(&who, &id, &named.agency, now).await?.into()
    }
    court [r, who, now] (Path(id) => Path<String>, Body(to) => Body<Court>) -> Shown<Case> {
        r.bring_to_court(&who, &id, &to.judge, &to.reason, now).await?.into()
    }
    timeline [r, who, now] (Path(id) => Path<String>) -> Vec<Event> { r.timeline(&who, &id, now).await? }
    search [r, who, now] (Body(asked) => Body<NameSearch>) -> Vec<Hit> { r.search_named(&who, asked, now).await? }
    review [r, who, now] (Path(id) => Path<String>, Body(why) => Body<ReadWhy>) -> Shown<Case> {
        r.review_case(&who, &id, &why.reason, why.version, now).await?.into()
    }
    hold [r, who, now] (Path(id) => Path<String>, Body(new) => Body<HoldUntil>) -> Shown<Case> {
        r.set_hold(&who, &id, new.until, &new.reason, now).await?.into()
    }
    lift_hold [r, who, now] (Path(id) => Path<String>, Body(why) => Body<Why>) -> Shown<Case> { r.lift_hold(&who, &id, &why.reason, now).await?.into() }
    retention [r, who, now] () -> RetentionReport { r.run_retention(&who, now).await? }
    funnel [r, who, now] (Query(of) => Query<Year>) -> Funnel { r.funnel(&who, of.year, now).await? }

    add_party [r, who, now] (Path(case) => Path<String>, Body(new) => Body<NewParty>) -> Shown<Party> { r.add_party(&who, &case, new, now).await?.into() }
    parties [r, who, now] (Path(case) => Path<String>) -> Listed<Party> { r.parties(&who, &case, now).await?.into() }
    party [r, who, now] (Path(id) => Path<String>) -> NamedParty {
        let view = r.read_party(&who, &id, now).await?;
        NamedParty { party: view.party.into(), names: view.names }
    }
    share_party [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Sharing>) -> Shown<Party> {
        r.share_party(&who, &id, new.shared, new.version, now).await?.into()
    }
    promote [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Promotion>) -> Shown<Party> {
        r.promote_party(&who, &id, new.facts, new.offences, &new.reason, &charges()?, new.version, now).await?.into()
    }
    clear [r, who, now] (Path(id) => Path<String>, Body(why) => Body<ReadWhy>) -> Shown<Party> {
        r.clear_party(&who, &id, &why.reason, why.version, now).await?.into()
    }

    record_order [r, who, now] (Path(case) => Path<String>, Body(new) => Body<NewOrder>) -> Shown<Order> {
        r.record_order(&who, &case, new, now).await?.into()
    }
    orders [r, who, now] (Path(case) => Path<String>) -> Listed<Order> { r.orders(&who, &case, now).await?.into() }
    confirm_order [r, who, now] (Path(id) => Path<String>, Body(read) => Body<Read>) -> Shown<Order> {
        r.confirm_order(&who, &id, read.version, now).await?.into()
    }
    revoke_order [r, who, now] (Path(id) => Path<String>, Body(why) => Body<Why>) -> Shown<Order> {
        r.revoke_order(&who, &id, &why.reason, now).await?.into()
    }
    ask_revocation [r, who, now] (Path(id) => Path<String>, Body(why) => Body<Why>) -> Shown<Order> {
        r.ask_revocation(&who, &id, &why.reason, now).await?.into()
    }

    add_evidence [r, who, now] (Path(case) => Path<String>, Body(new) => Body<NewEvidence>) -> Shown<Evidence> {
        r.add_evidence(&who, &case, new, now).await?.into()
    }
    evidence [r, who, now] (Path(case) => Path<String>) -> Listed<Evidence> { r.evidence_of(&who, &case, now).await?.into() }
    one_evidence [r, who, now] (Path(id) => Path<String>) -> Shown<Evidence> { r.read_evidence(&who, &id, now).await?.into() }
    give [r, who, now] (Path(id) => Path<String>, Body(over) => Body<Handover>) -> Shown<Evidence> {
        r.give_evidence(&who, &id, &over.to, &over.reason, now).await?.into()
    }
    receive [r, who, now] (Path(id) => Path<String>, Body(got) => Body<Receipt>) -> Shown<Evidence> {
        r.receive_evidence(&who, &id, &got.hash, now).await?.into()
    }
    exculpatory [r, who, now] (Path(id) => Path<String>) -> Shown<Evidence> { r.mark_exculpatory(&who, &id, now).await?.into() }
    for_defence [r, who, now] (Path(id) => Path<String>, Body(new) => Body<ForDefence>) -> Shown<Evidence> {
        r.decide_disclosure(&who, &id, new.decision, new.version, now).await?.into()
    }
    add_intelligence [r, who, now] (Path(case) => Path<String>, Body(new) => Body<NewIntelligence>) -> Shown<Intelligence> {
        r.add_intelligence(&who, &case, new, now).await?.into()
    }
    intelligence [r, who, now] (Path(case) => Path<String>) -> Listed<Intelligence> { r.intelligence_of(&who, &case, now).await?.into() }
    one_intelligence [r, who, now] (Path(id) => Path<String>) -> Sourced {
        let view = r.read_intelligence(&who, &id, now).await?;
        Sourced { item: view.item.into(), source: view.source }
    }
    regrade [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Regraded>) -> Shown<Intelligence> {
        r.review_intelligence(&who, &id, new.grading, &new.reason, now).await?.into()
    }

    add_item [r, who, now] (Path(case) => Path<String>, Body(new) => Body<NewItem>) -> Shown<CaseItem> {
        r.add_item(&who, &case, new, &charges()?, now).await?.into()
    }
    items [r, who, now] (Path(case) => Path<String>) -> Listed<CaseItem> { r.items(&who, &case, now).await?.into() }
    move_item [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Moved>) -> Shown<CaseItem> {
        r.move_item(&who, &id, &new.owner, new.due, new.version, now).await?.into()
    }
    finish_item [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Finished>) -> Shown<CaseItem> {
        r.finish_item(&who, &id, &new.result, new.version, now).await?.into()
    }
    outcome [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Decided>) -> Shown<CaseItem> {
        r.record_outcome(&who, &id, new.verdict, &new.court, new.on, new.version, now).await?.into()
    }
    add_product [r, who, now] (Path(case) => Path<String>, Body(new) => Body<NewProduct>) -> Shown<Product> {
        r.add_product(&who, &case, new, now).await?.into()
    }
    products [r, who, now] (Path(case) => Path<String>) -> Listed<Product> { r.products(&who, &case, now).await?.into() }
    stale_products [r, who, now] () -> Listed<Product> { r.stale_products(&who, now).await?.into() }
    effect [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Observed>) -> Shown<Product> {
        r.observe_effect(&who, &id, &new.observed, new.decided, new.version, now).await?.into()
    }

    propose_link [r, who, now] (Path(case) => Path<String>, Body(new) => Body<NewLink>) -> Shown<CaseLink> {
        r.propose_link(&who, &case, &new.to, new.kind, &new.reason, now).await?.into()
    }
    answer_link [r, who, now] (Path(id) => Path<String>, Body(new) => Body<LinkAnswer>) -> Shown<CaseLink> {
        r.answer_link(&who, &id, new.declined.as_deref(), now).await?.into()
    }
    links [r, who, now] (Path(case) => Path<String>) -> Listed<CaseLink> { r.links(&who, &case, now).await?.into() }

    place_marker [r, who, now] (Path(case) => Path<String>, Body(new) => Body<NewMarker>) -> Shown<Marker> {
        r.place_marker(&who, &case, new, now).await?.into()
    }
    markers [r, who, now] (Path(case) => Path<String>) -> Vec<OwnMarker> {
        r.markers(&who, &case, now).await?.into_iter().map(|(marker, value)| OwnMarker { marker: marker.into(), value }).collect()
    }
    withdraw_marker [r, who, now] (Path(id) => Path<String>, Body(why) => Body<Why>) -> Shown<Marker> {
        r.withdraw_marker(&who, &id, &why.reason, now).await?.into()
    }
    matches [r, who, now] (Path(case) => Path<String>) -> Vec<MatchView> { r.matches(&who, &case, now).await? }
    answer_match [r, who, now] (Path(id) => Path<String>, Body(new) => Body<MatchAnswer>) -> MatchView {
        r.answer_match(&who, &id, new.agrees, now).await?
    }

    disclose [r, who, now] (Path(case) => Path<String>, Body(new) => Body<NewDisclosure>) -> Shown<Disclosure> {
        r.make_disclosure(&who, &case, new, now).await?.into()
    }
    defence_pack [r, who, now] (Path(case) => Path<String>, Body(new) => Body<NewPack>) -> Shown<Disclosure> {
        r.make_defence_pack(&who, &case, new, now).await?.into()
    }
    disclosures [r, who, now] (Path(case) => Path<String>, Query(of) => Query<OfParty>) -> Listed<Disclosure> {
        r.disclosures(&who, &case, of.party.as_deref(), now).await?.into()
    }
    one_disclosure [r, who, now] (Path(id) => Path<String>) -> Shown<Disclosure> { r.read_disclosure(&who, &id, now).await?.into() }
    approve_disclosure [r, who, now] (Path(id) => Path<String>, Body(read) => Body<Read>) -> Shown<Disclosure> {
        r.approve_disclosure(&who, &id, read.version, now).await?.into()
    }
    prove_disclosure [r, who, now] (Path(id) => Path<String>) -> Vec<Proved> {
        let entries = r.disclosure_entries(&who, &id, now).await?;
        proved(r, &entries, now).await?
    }
    receipt_disclosure [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Reference>) -> Shown<Disclosure> {
        r.receipt_disclosure(&who, &id, &new.reference, now).await?.into()
    }
}
