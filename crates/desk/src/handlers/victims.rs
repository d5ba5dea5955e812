//! Victims: the pseudonymous record, who it is, consent, safe contact, referral.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_register::retention::Class;
use tributary_register::victim::{
    Consent, Contact, GateOutcome, IdentityIs, IdentityRequest, NewConsent, NewReferral, NewRequest, NewVictim, Referral, Risks, StatusDecision,
    Victim,
};

use super::{Account, DONE, Done, Listed, Shown, Why};
use crate::asked::{Body, Part, Path, Query};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewStatus {
    version: i64,
    decision: StatusDecision,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "NonPunishmentReview")]
#[serde(deny_unknown_fields)]
pub(crate) struct Gate {
    version: i64,
    outcome: GateOutcome,
    reason: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Risk {
    text: String,
    review_days: u32,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "NewBestInterest")]
#[serde(deny_unknown_fields)]
pub(crate) struct BestInterest {
    guardian: String,
    finding: String,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "IdentityDecided")]
#[serde(deny_unknown_fields)]
pub(crate) struct Decided {
    version: i64,
    approve: bool,
    reason: String,
}

/// A referral and what it says.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Told {
    referral: Shown<Referral>,
    says: String,
}

acts! {
    review [r, who, now] (Path(id) => Path<String>, Body(why) => Body<Why>) -> Done {
        r.review_record(&who, Class::Victim, &id, &why.reason, now).await?;
        DONE
    }
    open [r, who, now] (Body(new) => Body<NewVictim>) -> Shown<Victim> { r.open_victim(&who, new, now).await?.into() }
    list [r, who, now] (Query(part) => Query<Part>) -> Listed<Victim> { r.victims(&who, &part.page()?, now).await?.into() }
    read [r, who, now] (Path(id) => Path<String>) -> Shown<Victim> { r.read_victim(&who, &id, now).await?.into() }
    add_member [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Account>) -> Shown<Victim> {
        r.add_to_victim(&who, &id, &new.account, now).await?.into()
    }
    status [r, who, now] (Path(id) => Path<String>, Body(new) => Body<NewStatus>) -> Shown<Victim> {
        r.set_victim_status(&who, &id, new.version, new.decision, now).await?.into()
    }
    gate [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Gate>) -> Shown<Victim> {
        r.review_punishment(&who, &id, new.version, new.outcome, &new.reason, now).await?.into()
    }
    risk [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Risk>) -> Shown<Victim> {
        r.note_risk(&who, &id, &new.text, new.review_days, now).await?.into()
    }
    best_interest [r, who, now] (Path(id) => Path<String>, Body(new) => Body<BestInterest>) -> Shown<Victim> {
        r.set_best_interest(&who, &id, &new.guardian, &new.finding, now).await?.into()
    }
    write_identity [r, who, now] (Path(id) => Path<String>, Body(is) => Body<IdentityIs>) -> Done {
        r.write_identity(&who, &id, &is, now).await?;
        DONE
    }
    request_identity [r, who, now] (Path(id) => Path<String>, Body(new) => Body<NewRequest>) -> Shown<IdentityRequest> {
        r.request_identity(&who, &id, new, now).await?.into()
    }
    identity_requests [r, who, now] (Path(id) => Path<String>, Query(part) => Query<Part>) -> Listed<IdentityRequest> {
        r.identity_requests(&who, &id, &part.page()?, now).await?.into()
    }
    decide_identity [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Decided>) -> Shown<IdentityRequest> {
        r.decide_identity(&who, &id, new.version, new.approve, &new.reason, now).await?.into()
    }
    read_identity [r, who, now] (Path(id) => Path<String>) -> IdentityIs { r.read_identity(&who, &id, now).await? }
    erase_identity [r, who, now] (Path(id) => Path<String>, Body(why) => Body<Why>) -> Done {
        r.erase_identity(&who, &id, &why.reason, now).await?;
        DONE
    }
    consent [r, who, now] (Path(id) => Path<String>, Body(new) => Body<NewConsent>) -> Shown<Consent> {
        r.record_consent(&who, &id, new, now).await?.into()
    }
    consents [r, who, now] (Path(id) => Path<String>, Query(part) => Query<Part>) -> Listed<Consent> {
        r.consents(&who, &id, &part.page()?, now).await?.into()
    }
    withdraw_consent [r, who, now] (Path(id) => Path<String>) -> Shown<Consent> { r.withdraw_consent(&who, &id, now).await?.into() }
    write_contact [r, who, now] (Path(id) => Path<String>, Body(contact) => Body<Contact>) -> Done {
        r.write_contact(&who, &id, &contact, now).await?;
        DONE
    }
    risks [r, who, now] (Path(id) => Path<String>) -> Risks { r.read_risks(&who, &id, now).await? }
    contact [r, who, now] (Path(id) => Path<String>) -> Contact { r.read_contact(&who, &id, now).await? }
    refer [r, who, now] (Path(id) => Path<String>, Body(new) => Body<NewReferral>) -> Shown<Referral> { r.refer(&who, &id, new, now).await?.into() }
    referrals [r, who, now] (Path(id) => Path<String>, Query(part) => Query<Part>) -> Listed<Referral> {
        r.referrals(&who, &id, &part.page()?, now).await?.into()
    }
    referral [r, who, now] (Path(id) => Path<String>) -> Told {
        let (referral, says) = r.read_referral(&who, &id, now).await?;
        Told { referral: referral.into(), says }
    }
}
