//! Where an alert stands: its file, its readings, and whose turn it is.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, Handling, Principal, Resource};
use tributary_cases::Record;
use tributary_model::alert::Detector;
use tributary_model::{AlertKind, Family, Side, Timestamp};

use crate::RegisterError;
use crate::acting::unit_of;

/// A closed list: its words are the same in the store, the API and on screens.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$note:meta])* $variant:ident = $word:literal,)+ }) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        $(#[$about])*
        pub enum $name { $($(#[$note])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// Every one, in the order of this list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }
    };
}

words! {
    /// What a reader decides.
    Disposition {
        /// The signs are what they seem: somebody should look into it.
        Confirmed = "confirmed",
        /// They are not.
        NotConfirmed = "not_confirmed",
        /// It cannot be said from what is there.
        Insufficient = "insufficient",
        /// The records are wrong.
        DataError = "data_error",
    }
}

words! {
    /// Why a reader decides so.
    ReasonCode {
        /// Other records say the same.
        Corroborated = "corroborated",
        /// The facts fit this explanation and none of the harmless ones.
        FactsFit = "facts_fit",
        /// A harmless explanation fits.
        LawfulExplanation = "lawful_explanation",
        /// It looks like chance.
        Chance = "chance",
        /// Records that would decide are not there.
        MissingRecords = "missing_records",
        /// What is there is too old.
        Stale = "stale",
        /// Readers did not agree, or none was there to say who is right.
        NoAgreement = "no_agreement",
        /// Two that were taken for one, or a link that does not hold.
        WrongLink = "wrong_link",
        /// The same thing counted twice.
        Duplicate = "duplicate",
        /// The source, or its import, is wrong.
        BadSource = "bad_source",
    }
}

impl ReasonCode {
    /// The disposition that it is a reason for.
    #[must_use]
    pub const fn disposition(self) -> Disposition {
        match self {
            Self::Corroborated | Self::FactsFit => Disposition::Confirmed,
            Self::LawfulExplanation | Self::Chance => Disposition::NotConfirmed,
            Self::MissingRecords | Self::Stale | Self::NoAgreement => Disposition::Insufficient,
            Self::WrongLink | Self::Duplicate | Self::BadSource => Disposition::DataError,
        }
    }
}

words! {
    /// Why a reader decides against what the program leans to (SG-013). It is kept to mend the program; nobody is rated by it.
    OverrideCode {
        /// The reader knows a fact that the program does not.
        KnownFact = "known_fact",
        /// An indicator says less here than its weight.
        WeakIndicator = "weak_indicator",
        /// A link does not hold.
        WeakLink = "weak_link",
        /// A source is not to be relied on.
        WeakSource = "weak_source",
        /// What the program missed.
        Missed = "missed",
    }
}

words! {
    /// What the program leans to: the side of its likeliest hypothesis.
    Leaning {
        /// That the signs are what they seem.
        Suspicious = "suspicious",
        /// That they are lawful, or wrong.
        Harmless = "harmless",
    }
}

impl Leaning {
    /// Whether a decision goes against it.
    #[must_use]
    pub const fn is_overridden(self, by: Disposition) -> bool {
        matches!((self, by), (Self::Suspicious, Disposition::NotConfirmed | Disposition::DataError) | (Self::Harmless, Disposition::Confirmed))
    }
}

words! {
    /// Whose turn it is. It stands in no view: readings are blind.
    #[schemars(rename = "ReadingStage")]
    Stage {
        /// Nobody has read it in this round.
        First = "first",
        /// Somebody confirmed it: another person of another unit reads it (SG-015).
        Second = "second",
        /// The readings differ: one more person decides.
        Third = "third",
        /// Closed, and drawn to be read again (SG-016).
        Reread = "reread",
    }
}

impl Stage {
    /// What the reader of this stage does, as policies name it.
    #[must_use]
    pub const fn action(self) -> Action {
        match self {
            Self::First => Action::AlertDispose,
            Self::Second | Self::Third => Action::AlertSecondRead,
            Self::Reread => Action::AlertReread,
        }
    }
}

words! {
    /// Where an alert stands.
    AlertState {
        /// It waits for a reader.
        Waiting = "waiting",
        /// It was decided.
        Closed = "closed",
        /// What it rests on was withdrawn (SG-019).
        Withdrawn = "withdrawn",
    }
}

words! {
    /// Whether a closed alert is read again.
    Reread {
        /// It was not drawn.
        No = "no",
        /// It was drawn and waits.
        Due = "due",
        /// It was read again.
        Done = "done",
    }
}

/// One indicator's weight, and the sources it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ground {
    /// Catalogue id.
    pub indicator: String,
    /// Id of its pack.
    pub pack: String,
    /// Family.
    pub family: Family,
    /// Side.
    pub side: Side,
    /// Log-likelihood ratio, natural log.
    pub weight: f64,
    /// Ids of the sources of its observations.
    pub sources: BTreeSet<String>,
}

/// Who is reading it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The reader.
    pub account: String,
    /// Who put it to the reader; the reader, where it was taken.
    pub by: String,
    /// Since when.
    pub since: Timestamp,
}

/// Put aside until a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snooze {
    /// Until when.
    pub until: Timestamp,
    /// Who did.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// One reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reading {
    /// Whose.
    pub by: String,
    /// The reader's role.
    pub role: String,
    /// `agency/unit`.
    pub unit: String,
    /// When.
    pub at: Timestamp,
    /// As which.
    pub stage: Stage,
    /// In which round; a withdrawn source begins a new one.
    pub round: u32,
    /// What was decided.
    pub disposition: Disposition,
    /// Why.
    pub reason: ReasonCode,
    /// Why, in the reader's words.
    pub text: String,
    /// Why against the program's leaning, where it is.
    pub overrides: Option<OverrideCode>,
}

/// What speaks against the alert, as a reader found it (SG-011).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counter {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: String,
}

/// What every reader should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: String,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// What.
    pub disposition: Disposition,
    /// When.
    pub at: Timestamp,
    /// Two readers at least said so, each blind to the other.
    pub agreed: bool,
}

/// One opening of who it is about (SG-083).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmasked {
    /// Who.
    pub by: String,
    /// For which case.
    pub case: String,
    /// On which legal basis.
    pub legal_basis: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// Made up, with a known answer, to learn how well people read (SG-016).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decoy {
    /// The answer.
    pub expected: Disposition,
    /// Who made it.
    pub by: String,
    /// Why that is the answer.
    pub because: String,
}

/// An alert's file. It never leaves the register as it is: [`super::AlertView`] does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the types of the fields say it")]
pub struct Alert {
    /// The agency that it was raised for.
    pub agency: String,
    /// ISO 3166 code.
    pub jurisdiction: String,
    /// 0 to 2.
    pub sensitivity: u8,
    pub handling: Handling,
    /// The run that made it, and its id there.
    pub run: String,
    pub alert_id: String,
    pub kind: AlertKind,
    /// Program, packs and settings by hash.
    pub detector: Detector,
    /// Pack to version.
    pub packs: BTreeMap<String, String>,
    pub from: Timestamp,
    pub to: Timestamp,
    /// What it rests on, in the order of what is shown.
    pub grounds: Vec<Ground>,
    /// Sources that were withdrawn since.
    pub withdrawn: BTreeSet<String>,
    /// Expected share of false alerts at its rank.
    pub q_value: f64,
    pub leaning: Leaning,
    pub state: AlertState,
    /// 1, and one more when a withdrawn source makes a new reading needed.
    pub round: u32,
    pub claim: Option<Claim>,
    pub snooze: Option<Snooze>,
    pub readings: Vec<Reading>,
    /// By when a third reader must have decided.
    pub adjudicate_by: Option<Timestamp>,
    pub outcome: Option<Outcome>,
    pub reread: Reread,
    pub unmasked: Vec<Unmasked>,
    pub counter: Vec<Counter>,
    pub notices: Vec<Notice>,
    pub decoy: Option<Decoy>,
    /// The rights officer that it was put to, for a co-signature (SG-006).
    pub rights_officer: Option<String>,
    /// Its clock ran out: it is not used until somebody reviews it (SG-057).
    #[serde(default)]
    pub suspended: bool,
    /// It came in by rules that are tried out: it is read, and becomes neither a case's nor an escalation's (SG-086).
    #[serde(default)]
    pub pilot: bool,
}

impl Record for Alert {
    const KIND: &'static str = "alert";

    fn agency(&self) -> &str {
        &self.agency
    }

    fn state(&self) -> &str {
        self.state.as_str()
    }

    fn due(&self) -> Option<Timestamp> {
        self.adjudicate_by
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        let mut keys = Vec::new();
        if self.stage().is_some() && !self.suspended {
            keys.push(("queue", self.agency.clone()));
        }
        if self.state == AlertState::Closed && self.reread == Reread::No && self.decoy.is_none() && !self.suspended {
            keys.push(("not_drawn", self.agency.clone()));
        }
        if self.state == AlertState::Closed && self.reread != Reread::No {
            keys.push(("drawn", self.agency.clone()));
        }
        if self.readings.len() > 1 || self.decoy.is_some() {
            keys.push(("compared", self.agency.clone()));
        }
        if self.decoy.is_none() && self.state != AlertState::Withdrawn {
            keys.extend(self.sources().into_iter().map(|source| ("source", source)));
        }
        let cases: BTreeSet<&String> = self.unmasked.iter().map(|one| &one.case).collect();
        keys.extend(cases.into_iter().map(|case| ("case", case.clone())));
        keys
    }

    fn sole_keys(&self) -> Vec<(&'static str, String)> {
        vec![("run_and_id", run_and_id(&self.agency, &self.run, &self.alert_id))]
    }
}

/// The key by which an import knows what it has brought before.
pub(super) fn run_and_id(agency: &str, run: &str, alert_id: &str) -> String {
    format!("{agency}/{run}/{alert_id}")
}

impl Alert {
    /// Whose turn it is; nobody's where it is decided or withdrawn.
    #[must_use]
    pub fn stage(&self) -> Option<Stage> {
        match self.state {
            AlertState::Waiting => Some(match self.this_round().count() {
                0 => Stage::First,
                1 => Stage::Second,
                _ => Stage::Third,
            }),
            AlertState::Closed if self.reread == Reread::Due => Some(Stage::Reread),
            AlertState::Closed | AlertState::Withdrawn => None,
        }
    }

    /// The readings that count: those since the last source was withdrawn.
    pub fn this_round(&self) -> impl Iterator<Item = &Reading> {
        self.readings.iter().filter(|reading| reading.round == self.round)
    }

    /// Whether somebody may be its next reader, and if not, why. Nobody reads twice; the second reader and who reads again come from another
    /// unit, and do not know who it is about (SG-015).
    ///
    /// # Errors
    /// [`RegisterError::Duty`] or [`RegisterError::State`].
    pub fn reader_may_be(&self, who: &Principal) -> Result<Stage, RegisterError> {
        let Some(stage) = self.stage() else { return Err(RegisterError::State("the alert waits for no reader".into())) };
        if self.this_round().any(|reading| reading.by == who.id) {
            return Err(RegisterError::Duty("nobody reads an alert twice; another person does"));
        }
        let unit = unit_of(who);
        if matches!(stage, Stage::Second | Stage::Reread) && self.this_round().any(|reading| reading.unit == unit) {
            return Err(RegisterError::Duty("a person of another unit reads this alert next"));
        }
        if stage != Stage::First && self.unmasked.iter().any(|one| one.by == who.id) {
            return Err(RegisterError::Duty("who has seen whom an alert is about does not read it blind"));
        }
        Ok(stage)
    }

    /// Whether it is in the way of nobody at this time: not put aside, and not in another's hands.
    #[must_use]
    pub fn is_free_for(&self, account: &str, at: Timestamp) -> bool {
        self.snooze.as_ref().is_none_or(|snooze| snooze.until <= at) && self.claim.as_ref().is_none_or(|claim| claim.account == account)
    }

    /// The grounds that stand: those with a source that was not withdrawn.
    pub fn standing(&self) -> impl Iterator<Item = &Ground> {
        self.grounds.iter().filter(|ground| self.stands(ground))
    }

    /// Whether a ground stands.
    #[must_use]
    pub fn stands(&self, ground: &Ground) -> bool {
        self.withdrawn.is_empty() || ground.sources.iter().any(|source| !self.withdrawn.contains(source))
    }

    /// The sources that it rests on.
    #[must_use]
    pub fn sources(&self) -> BTreeSet<String> {
        self.grounds.iter().flat_map(|ground| ground.sources.iter()).filter(|source| !self.withdrawn.contains(*source)).cloned().collect()
    }

    /// What reading it is worth: the share of such alerts that is not expected to be false, times the evidence that stands:
    /// `(1 - q) × Σ weight`, in nats, 0 or more.
    #[must_use]
    pub fn value(&self) -> f64 {
        (1.0 - self.q_value) * self.standing().map(|ground| ground.weight).sum::<f64>().max(0.0)
    }

    /// The ids of its packs.
    #[must_use]
    pub fn pack_ids(&self) -> BTreeSet<String> {
        self.packs.keys().cloned().collect()
    }

    /// What policies see of it, for an answer that is masked or not. `asks` is who asks: to a rights officer it is assigned where it was
    /// put to that officer.
    #[must_use]
    pub fn resource(&self, id: &str, masked: bool, asks: &str) -> Resource {
        let put_to = self.rights_officer.as_deref().filter(|officer| *officer == asks);
        let claimed = self.claim.as_ref().map(|claim| claim.account.as_str());
        Resource {
            id: id.to_owned(),
            owner: self.agency.clone(),
            jurisdiction: self.jurisdiction.clone(),
            sensitivity: self.sensitivity,
            handling: self.handling,
            members: self.unmasked.iter().map(|one| one.by.clone()).collect(),
            member_agencies: BTreeSet::from([self.agency.clone()]),
            assigned: put_to.or(claimed).unwrap_or_default().to_owned(),
            author: self.this_round().next().map(|reading| reading.by.clone()).unwrap_or_default(),
            masked,
            ..Resource::default()
        }
    }
}
