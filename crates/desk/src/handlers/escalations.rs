//! Escalations under released protocols.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_escalation::estimative::{Claim, Found, Table, lint, table};
use tributary_escalation::words::Outcome;
use tributary_escalation::{Content, DryRun, Material};
use tributary_model::Timestamp;
use tributary_register::escalation::{
    DangerReview, EscalationFile, EscalationReport, NewEscalation, NewFeedback, NewReceipt, ProtocolText, Question,
};
use tributary_register::retention::Class;

use super::{Account, DONE, Done, Listed, Period, Read, ReadWhy, Shown, Why};
use crate::Problem;
use crate::asked::{Body, Part, Path, Query};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewProtocol {
    /// The text of the protocol (TOML).
    text: String,
    /// What civil society said of it, and the answers (SG-087).
    consultation: String,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "EscalationChange")]
#[serde(deny_unknown_fields)]
pub(crate) struct Changed {
    version: i64,
    material: Material,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "EscalationGate")]
#[serde(deny_unknown_fields)]
pub(crate) struct Gate {
    version: i64,
    party: String,
    outcome: Outcome,
    reason: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cosignature {
    version: i64,
    accept: bool,
    reason: String,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "EscalationSignature")]
#[serde(deny_unknown_fields)]
pub(crate) struct Signature {
    version: i64,
    /// SHA-256 of the content that was read.
    hash: String,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "ConsultationQuestion")]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask {
    version: i64,
    question: String,
    accounts: BTreeSet<String>,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "ConsultationAnswer")]
#[serde(deny_unknown_fields)]
pub(crate) struct Reply {
    text: String,
    #[serde(default)]
    objections: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToObjection {
    version: i64,
    objection: usize,
    text: String,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "EscalationReceipt")]
#[serde(deny_unknown_fields)]
pub(crate) struct Receipt {
    version: i64,
    receipt: NewReceipt,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "EscalationFeedback")]
#[serde(deny_unknown_fields)]
pub(crate) struct Feedback {
    version: i64,
    feedback: NewFeedback,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "DangerSettlement")]
#[serde(deny_unknown_fields)]
pub(crate) struct Settled {
    version: i64,
    justified: bool,
    reason: String,
}

/// A text to be held against the table.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "TextToCheck")]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    text: String,
    /// It bears a grade of its own, as an item of intelligence does.
    #[serde(default)]
    graded: bool,
}

/// Longest text that is held against the table at once, in characters.
const WORDS_MAX: usize = 10_000;

/// An escalation and what would be sent.
#[derive(Serialize, JsonSchema)]
pub(crate) struct View {
    /// The file, for the sender's agency and who signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    escalation: Option<Shown<EscalationFile>>,
    standing: Standing,
    content: Option<Content>,
    /// SHA-256 of the content: what signatures bind to.
    hash: Option<String>,
}

/// What sending gives: what lies ready, and the receipts that an auditor verifies offline.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Sent {
    escalation: Shown<EscalationFile>,
    outbound: String,
    sha256: String,
    /// For each entry: its bytes, what opens its commitment, and its receipt (C2SP tlog-proof).
    receipts: Vec<Proved>,
}

/// An entry of the ledger and its receipt.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Proved {
    entry: String,
    salt: Option<String>,
    payload: Option<String>,
    receipt: String,
}

/// Where an escalation stands, for its recipient: of the file itself, with who was left out and why, a recipient sees nothing.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EscalationStanding")]
pub(crate) struct Standing {
    id: String,
    version: i64,
    state: tributary_escalation::State,
}

impl From<tributary_cases::Stored<EscalationFile>> for Standing {
    fn from(file: tributary_cases::Stored<EscalationFile>) -> Self {
        Self { id: file.id, version: file.version, state: file.body.machine.state }
    }
}

/// A package as its recipient fetches it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Package {
    package: String,
}

/// The register's own word on the alert that an escalation rests on; none for the answer to an order.
async fn finding(
    r: &tributary_register::Register,
    who: &tributary_register::Caller,
    new: &NewEscalation,
    now: Timestamp,
) -> Result<Option<tributary_escalation::Finding>, Problem> {
    if new.order.is_some() {
        return Ok(None);
    }
    Ok(Some(r.finding_of(who, &new.alert, now).await?))
}

pub(crate) async fn proved(r: &tributary_register::Register, entries: &[String], now: Timestamp) -> Result<Vec<Proved>, Problem> {
    r.publish(now).await?;
    let mut all = Vec::new();
    for id in entries {
        let receipt = r.receipt(id, now).await?;
        let entry = r.store().entry(id).await.map_err(tributary_register::RegisterError::from)?;
        let entry = entry.ok_or_else(|| Problem::of(StatusCode::NOT_FOUND, "there is no such entry"))?;
        all.push(Proved { entry: entry.entry, salt: entry.salt, payload: entry.payload, receipt });
    }
    Ok(all)
}

acts! {
    review [r, who, now] (Path(id) => Path<String>, Body(why) => Body<Why>) -> Done {
        r.review_record(&who, Class::Escalation, &id, &why.reason, now).await?;
        DONE
    }
    propose_protocol [r, who, now] (Body(new) => Body<NewProtocol>) -> Shown<ProtocolText> {
        r.propose_protocol(&who, &new.text, &new.consultation, now).await?.into()
    }
    approve_protocol [r, who, now] (Path(id) => Path<String>, Body(read) => Body<Read>) -> Shown<ProtocolText> {
        r.approve_protocol(&who, &id, read.version, now).await?.into()
    }
    protocols [r, _who, _now] (Query(part) => Query<Part>) -> Listed<ProtocolText> { r.protocols(&part.page()?).await?.into() }

    draft [r, who, now] (Body(new) => Body<NewEscalation>) -> Shown<EscalationFile> {
        let finding = finding(r, &who, &new, now).await?;
        r.draft_escalation(&who, new, finding, now).await?.into()
    }
    dry_run [r, who, now] (Body(new) => Body<NewEscalation>) -> DryRun {
        let finding = finding(r, &who, &new, now).await?;
        r.try_escalation(&who, new, finding, now).await?
    }
    change [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Changed>) -> Shown<EscalationFile> {
        r.change_escalation(&who, &id, new.version, new.material, now).await?.into()
    }
    add_member [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Account>) -> Shown<EscalationFile> {
        r.add_to_escalation(&who, &id, &new.account, now).await?.into()
    }
    screen [r, who, now] (Path(id) => Path<String>, Body(read) => Body<Read>) -> Shown<EscalationFile> {
        r.screen_escalation(&who, &id, read.version, now).await?.into()
    }
    list [r, who, now] (Query(part) => Query<Part>) -> Listed<EscalationFile> { r.escalations(&who, &part.page()?, now).await?.into() }
    read [r, who, now] (Path(id) => Path<String>) -> View {
        let view = r.read_escalation(&who, &id, now).await?;
        let hash = view.content.as_ref().and_then(|content| content.hash().ok());
        let recipients = who.principal.agency == view.file.body.machine.draft.recipient_agency;
        let standing = Standing { id: view.file.id.clone(), version: view.file.version, state: view.file.body.machine.state };
        View { escalation: (!recipients).then(|| view.file.into()), standing, content: view.content, hash }
    }
    gate [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Gate>) -> Shown<EscalationFile> {
        r.gate_escalation(&who, &id, new.version, &new.party, new.outcome, &new.reason, now).await?.into()
    }
    cosign [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Cosignature>) -> Shown<EscalationFile> {
        r.cosign_escalation(&who, &id, new.version, new.accept, &new.reason, now).await?.into()
    }
    sign [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Signature>) -> Shown<EscalationFile> {
        r.sign_escalation(&who, &id, new.version, &new.hash, now).await?.into()
    }
    refuse [r, who, now] (Path(id) => Path<String>, Body(why) => Body<ReadWhy>) -> Shown<EscalationFile> {
        r.refuse_escalation(&who, &id, why.version, &why.reason, now).await?.into()
    }
    ask [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Ask>) -> Shown<EscalationFile> {
        r.ask_consultation(&who, &id, new.version, &new.question, &new.accounts, now).await?.into()
    }
    question [r, who, now] (Path(id) => Path<String>) -> Question { r.consultation(&who, &id, now).await? }
    reply [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Reply>) -> Done {
        r.answer_consultation(&who, &id, &new.text, new.objections, now).await?;
        DONE
    }
    to_objection [r, who, now] (Path(id) => Path<String>, Body(new) => Body<ToObjection>) -> Shown<EscalationFile> {
        r.reply_objection(&who, &id, new.version, new.objection, &new.text, now).await?.into()
    }
    close_consultation [r, who, now] (Path(id) => Path<String>, Body(why) => Body<ReadWhy>) -> Shown<EscalationFile> {
        r.close_consultation(&who, &id, why.version, &why.reason, now).await?.into()
    }
    send [r, who, now] (Path(id) => Path<String>, Body(read) => Body<Read>) -> Sent {
        let finding = r.finding_of_escalation(&who, &id, now).await?;
        // The witnesses are asked before anything leaves, and again with what left.
        r.publish(now).await?;
        let sent = r.send_escalation(&who, &id, read.version, finding, now).await?;
        let receipts = proved(r, &sent.entries, now).await?;
        Sent { escalation: sent.file.into(), outbound: sent.outbound, sha256: sent.sha256, receipts }
    }
    fetch [r, who, now] (Path(id) => Path<String>) -> Package { Package { package: r.fetch_package(&who, &id, now).await? } }
    receipt [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Receipt>) -> Standing {
        r.record_receipt(&who, &id, new.version, new.receipt, now).await?.into()
    }
    feedback [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Feedback>) -> Standing {
        r.record_feedback(&who, &id, new.version, new.feedback, now).await?.into()
    }
    withdraw [r, who, now] (Path(id) => Path<String>, Body(why) => Body<ReadWhy>) -> Shown<EscalationFile> {
        r.withdraw_escalation(&who, &id, why.version, &why.reason, now).await?.into()
    }
    confirm_withdrawal [r, who, now] (Path(id) => Path<String>, Body(read) => Body<Read>) -> Standing {
        r.confirm_withdrawal(&who, &id, read.version, now).await?.into()
    }
    danger_reviews [r, who, now] (Query(part) => Query<Part>) -> Listed<DangerReview> { r.danger_reviews(&who, &part.page()?, now).await?.into() }
    settle_danger [r, who, now] (Path(id) => Path<String>, Body(asked) => Body<Settled>) -> Shown<DangerReview> {
        r.settle_danger(&who, &id, asked.version, asked.justified, &asked.reason, now).await?.into()
    }
    words [_r, _who, _now] () -> &'static Table { table().map_err(|error| Problem::of(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))? }
    check_words [_r, _who, _now] (Body(asked) => Body<Words>) -> Vec<Found> {
        if asked.text.chars().count() > WORDS_MAX {
            return Err(Problem::of(StatusCode::UNPROCESSABLE_ENTITY, format!("`text`: at most {WORDS_MAX} characters at once")));
        }
        lint(&asked.text, if asked.graded { Claim::Graded } else { Claim::Text })
    }
    report [r, who, now] (Query(period) => Query<Period>) -> EscalationReport {
        let (from, to) = period.ends()?;
        r.escalation_report(&who, from, to, now).await?
    }
}
