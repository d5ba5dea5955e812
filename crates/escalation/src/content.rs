//! What an escalation is made of ([`Material`]) and what would be sent ([`Content`]). Between the two stands the redaction.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tributary_model::Date;

use crate::canonical::{canonical, sha256};
use crate::words::{Answer, Category, Coerced, Form, Guarded, Handling, InformationGrade, Side, SourceGrade, Stands};
use crate::{EscalationError, Missing};

/// Entries of one list of a material.
const LIST_MAX: usize = 200;
/// Characters of a narrative.
const NARRATIVE_MAX: usize = 20_000;
/// Characters of any other text.
const TEXT_MAX: usize = 2_000;

/// What an escalation is made of, before anything is taken out. It may hold what must not be sent, and is kept sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Material {
    /// People and bodies that it is about.
    pub parties: Vec<Party>,
    /// Items of intelligence that it rests on.
    pub items: Vec<Item>,
    /// What is told, in sentences.
    pub narrative: String,
    /// Documents that go with it, by hash.
    pub attachments: Vec<Attachment>,
    /// Counts by typology, for recipients that get nothing else.
    pub counts: BTreeMap<String, u64>,
}

/// Somebody or something in the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "EscalationParty"))]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// The id in the case graph.
    pub id: String,
    /// What it is in the case.
    pub stands: Stands,
    /// A person, not a body.
    pub natural: bool,
    /// Under 18, or possibly so.
    #[serde(default)]
    pub minor: bool,
    /// What the person was or may have been made to do (SG-033).
    #[serde(default)]
    pub coerced: BTreeSet<Coerced>,
    /// The decision by which a party became a subject (SG-002).
    #[serde(default)]
    pub promotion: Option<Promotion>,
    /// Names, birth dates, addresses: what, value.
    #[serde(default)]
    pub identity: BTreeMap<String, String>,
    /// Accounts, phones, documents, wallets, handles.
    #[serde(default)]
    pub identifiers: Vec<Identifier>,
    /// What a person answered about the party's own public role. It is not kept when the escalation ends, and goes nowhere.
    #[serde(default)]
    pub categories: BTreeMap<Category, Answer>,
}

/// The fact and the offence that a promotion cites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "EscalationPromotion"))]
#[serde(deny_unknown_fields)]
pub struct Promotion {
    /// Id of the fact.
    pub fact: String,
    /// Id of the offence, as in charges/*.toml.
    pub offence: String,
}

/// An account, phone, document, wallet or handle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Identifier {
    /// Which.
    pub kind: String,
    /// Its value.
    pub value: String,
}

/// A 3x5x2 grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Grade {
    /// The source.
    pub source: SourceGrade,
    /// The information.
    pub information: InformationGrade,
}

/// A place: a district of the second level, and what pins it down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// District.
    pub district: String,
    /// Street, house, shop, camp.
    #[serde(default)]
    pub detail: String,
}

/// An item of intelligence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "EscalationItem"))]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its id.
    pub id: String,
    /// The typology it belongs to, as a code.
    pub typology: String,
    /// What it says.
    pub text: String,
    /// Its grade; none: ungraded, and not usable (SG-050).
    pub grade: Option<Grade>,
    /// How it may be handled.
    pub handling: Handling,
    /// The conditions of its handling (SG-052).
    #[serde(default)]
    pub conditions: Option<String>,
    /// Who approved passing it on.
    #[serde(default)]
    pub approver: Option<String>,
    /// Who told it.
    #[serde(default)]
    pub source: Option<String>,
    /// The statement it is from, in its words.
    #[serde(default)]
    pub statement: Option<String>,
    /// When.
    #[serde(default)]
    pub on: Option<Date>,
    /// Where.
    #[serde(default)]
    pub place: Option<Place>,
    /// How much, in whole units of its currency.
    #[serde(default)]
    pub amount: Option<u64>,
}

/// A document that goes with an escalation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// What it is called; no name of a person.
    pub title: String,
    /// SHA-256 of its bytes, as 64 hexadecimal digits.
    pub sha256: String,
}

/// What would be sent. Its canonical form is what signatures bind to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// The protocol's id.
    pub protocol: String,
    /// Its version.
    pub version: String,
    /// The recipient's id.
    pub recipient: String,
    /// Which form.
    pub form: Form,
    /// In which language.
    pub language: String,
    /// The legal basis, by its code.
    pub basis: String,
    /// On which side.
    pub side: Side,
    /// Who it is about. Nobody under protection stands here (SG-031).
    pub subjects: Vec<OutSubject>,
    /// People who stayed by a decision of the gate, marked, without a name.
    pub protected: Vec<Protected>,
    /// How many people under protection were left out: the recipient knows that there is somebody.
    pub left_out: String,
    /// What it rests on.
    pub items: Vec<GivenItem>,
    /// What is told.
    pub narrative: String,
    /// What goes with it.
    pub attachments: Vec<Attachment>,
    /// Counts; small ones as "fewer than".
    pub counts: BTreeMap<String, String>,
    /// What every reader is told (SG-040, SG-071, SG-106).
    pub caution: String,
}

/// A subject as the recipient gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OutSubject {
    /// A pseudonym that this recipient alone has.
    pub reference: String,
    /// The offence that the promotion names.
    pub offence: String,
    /// Names, birth dates, addresses.
    pub identity: BTreeMap<String, String>,
    /// Accounts, phones, documents, wallets, handles.
    pub identifiers: Vec<Identifier>,
}

/// Somebody under protection as the recipient gets them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Protected {
    /// A pseudonym that this recipient alone has; none where the protocol removes it.
    pub reference: Option<String>,
    /// How the person is marked: as a possible victim, never as a subject.
    pub marked: String,
}

/// An item as the recipient gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GivenItem {
    /// Typology.
    pub typology: String,
    /// What it says.
    pub text: String,
    /// Its grade, as `1A`.
    pub grade: String,
    /// Its handling code.
    pub handling: Handling,
    /// Conditions of its handling.
    pub conditions: Option<String>,
    /// When: a day, or an ISO week.
    pub when: Option<String>,
    /// Where: a place, or a district.
    pub place: Option<String>,
    /// How much: a number, or a band.
    pub amount: Option<String>,
}

impl Party {
    /// Why the gate looks at the person. A coerced offence is one reason whatever the person stands as (SG-033).
    #[must_use]
    pub fn guarded(&self) -> BTreeSet<Guarded> {
        let mut why = BTreeSet::new();
        match self.stands {
            Stands::PossibleVictim => _ = why.insert(Guarded::PossibleVictim),
            Stands::ConfirmedVictim => _ = why.insert(Guarded::ConfirmedVictim),
            _ => {}
        }
        if self.minor {
            why.insert(Guarded::Minor);
        }
        if !self.coerced.is_empty() {
            why.insert(Guarded::CoercedOffence);
        }
        why
    }

    /// Whether the person may be a subject of a content: never a victim, witness, worker, minor or other protected person (section 4.1).
    #[must_use]
    pub fn is_protected(&self) -> bool {
        self.stands != Stands::Subject || !self.guarded().is_empty()
    }
}

impl Material {
    /// What does not fit its bounds.
    #[must_use]
    pub fn out_of_bounds(&self) -> Vec<Missing> {
        let mut missing = Vec::new();
        let short = |text: &str| (1..=TEXT_MAX).contains(&text.chars().count());
        let lists = [self.parties.len(), self.items.len(), self.attachments.len(), self.counts.len()];
        if lists.into_iter().any(|many| many > LIST_MAX) || self.narrative.chars().count() > NARRATIVE_MAX {
            missing.push(Missing::new("bounds", "at most 200 parties, items, attachments and counts, and a narrative of 20,000 characters"));
            return missing;
        }
        let ids: BTreeSet<&str> = self.parties.iter().map(|party| party.id.as_str()).collect();
        if ids.len() != self.parties.len() {
            missing.push(Missing::new("party.id", "no party stands in it twice"));
        }
        let party_fits = |party: &Party| {
            let identity = party.identity.iter().all(|(what, value)| short(what) && short(value));
            short(&party.id)
                && identity
                && party.identity.len() <= LIST_MAX
                && party.identifiers.len() <= LIST_MAX
                && party.identifiers.iter().all(|one| short(&one.kind) && short(&one.value))
        };
        let item_fits = |item: &Item| {
            let optional = [&item.conditions, &item.approver, &item.source, &item.statement];
            short(&item.id) && short(&item.typology) && short(&item.text) && optional.into_iter().flatten().all(|text| short(text))
        };
        if !self.parties.iter().all(party_fits) || !self.items.iter().all(item_fits) || !self.counts.keys().all(|key| short(key)) {
            missing.push(Missing::new("bounds", "texts of 1 to 2,000 characters, and at most 200 identifiers a party"));
        }
        let digest = |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
        if !self.attachments.iter().all(|one| short(&one.title) && digest(&one.sha256)) {
            missing.push(Missing::new("attachment", "each attachment has a title and the SHA-256 of its bytes in 64 hexadecimal digits"));
        }
        missing
    }
}

impl Content {
    /// The canonical form.
    ///
    /// # Errors
    /// [`EscalationError`] never for what [`crate::screen`] made.
    pub fn canonical(&self) -> Result<String, EscalationError> {
        canonical(self)
    }

    /// SHA-256 of the canonical form: what everything binds to.
    ///
    /// # Errors
    /// As [`Content::canonical`].
    pub fn hash(&self) -> Result<String, EscalationError> {
        Ok(sha256(self.canonical()?.as_bytes()))
    }
}
