//! What goes in and what comes out.

use tributary_model::Date;

use crate::model::ModelReport;

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum PartyKind {
    /// A human being.
    Person,
    /// A firm, charity, agency.
    Organisation,
    /// The source does not say; compatible with both.
    #[default]
    Unknown,
}

impl PartyKind {
    /// The kind of that word in `parties`; other words are [`PartyKind::Unknown`].
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "person" => Self::Person,
            "organisation" => Self::Organisation,
            _ => Self::Unknown,
        }
    }

    /// May one party be both?
    #[must_use]
    pub fn compatible(self, other: Self) -> bool {
        self == other || self == Self::Unknown || other == Self::Unknown
    }
}

/// What one source says of one party: one row of `parties`. Values are raw; [`crate::resolve`] normalises.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Record {
    /// The source's id. Records with one id are one party, because the source says so.
    pub party_id: String,
    /// Kind.
    pub kind: PartyKind,
    /// Names, any script.
    pub names: Vec<String>,
    /// Birth date.
    pub birth_date: Option<Date>,
    /// Documents, `kind:number`.
    pub documents: Vec<String>,
    /// Phones.
    pub phones: Vec<String>,
    /// Mail addresses.
    pub emails: Vec<String>,
    /// Postal addresses: compared by the model; alone they never join.
    pub addresses: Vec<String>,
    /// First and last activity known, microseconds since 1970 UTC.
    pub active: Option<(i64, i64)>,
}

/// A person's decision about two parties, by party id. Of contradicting ones about a pair, "not the same" holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// One party id.
    pub a: String,
    /// The other.
    pub b: String,
    /// Are they one party?
    pub same: bool,
}

/// How links are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Method {
    /// By the rules alone: shared identifiers and exact names.
    Rules,
    /// By the rules, and between persons by a fitted model (Fellegi and Sunter 1969) over names across scripts, dates, identifiers and addresses.
    #[default]
    Model,
}

/// Bounds and scales.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// An identifier, or a name with a birth date, shown by more party ids than this joins nobody (a hostel's phone).
    pub shared_by_max: usize,
    /// Most party ids in one entity.
    pub cluster_size_max: usize,
    /// A phone joins only users who were active within this many microseconds of each other (numbers are recycled).
    pub phone_gap_max: i64,
    /// How links are found.
    pub method: Method,
    /// The model joins two persons by itself only at odds of at least this many to one.
    pub join_odds_min: u32,
    /// Pairs at odds of at least one to this many, and not joined, are shown to people as possible.
    pub review_odds_max: u32,
    /// Most possible links given, the likeliest first.
    pub possible_max: usize,
    /// Parties that share a blocking key with more others than this are not compared on its account.
    pub block_max: usize,
    /// With fewer persons than this the model's built-in parameters hold and nothing is learnt.
    pub training_min: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            shared_by_max: 8,
            cluster_size_max: 40,
            phone_gap_max: 365 * 86_400 * 1_000_000,
            method: Method::Model,
            join_odds_min: 100,
            review_odds_max: 4,
            possible_max: 100_000,
            block_max: 50,
            training_min: 1_000,
        }
    }
}

/// What speaks for a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EvidenceKind {
    /// The source gives both one id.
    PartyId,
    /// A person said so.
    Judgement,
    /// One document.
    Document,
    /// One mail address.
    Email,
    /// One name and one birth date.
    NameAndBirthDate,
    /// One name and one phone.
    NameAndPhone,
    /// Names compared across scripts and spellings (model).
    Name,
    /// Birth dates compared (model).
    BirthDate,
    /// Phones compared (model).
    Phone,
    /// Postal addresses compared (model).
    Address,
    /// How rare pairs of one person are among all pairs (model).
    Prior,
    /// What relatives would show as well (model).
    Household,
}

impl EvidenceKind {
    /// The word used in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PartyId => "party_id",
            Self::Judgement => "judgement",
            Self::Document => "document",
            Self::Email => "email",
            Self::NameAndBirthDate => "name_and_birth_date",
            Self::NameAndPhone => "name_and_phone",
            Self::Name => "name",
            Self::BirthDate => "birth_date",
            Self::Phone => "phone",
            Self::Address => "address",
            Self::Prior => "prior",
            Self::Household => "household",
        }
    }

    /// Log-odds that it adds under the rules, natural log, set by hand; 0 for what only the model weighs, pair by pair.
    #[must_use]
    pub const fn weight(self) -> f64 {
        match self {
            Self::PartyId | Self::Judgement => 20.0,
            Self::Document => 12.0,
            Self::NameAndBirthDate => 9.0,
            Self::Email => 8.0,
            Self::NameAndPhone => 7.0,
            Self::Name | Self::BirthDate | Self::Phone | Self::Address | Self::Prior | Self::Household => 0.0,
        }
    }
}

/// One step of the waterfall behind a link.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkEvidence {
    /// What speaks for it.
    pub kind: EvidenceKind,
    /// The value in the first record, as compared (normalised).
    pub value_compared_a: String,
    /// The value in the second.
    pub value_compared_b: String,
    /// Log-odds it adds, natural log.
    pub weight: f64,
}

/// Two records held to be one party. `a < b`, positions in the records given.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// First record.
    pub a: u32,
    /// Second record.
    pub b: u32,
    /// Why.
    pub evidence: Vec<LinkEvidence>,
}

/// Why two records that share something were not joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RefusalReason {
    /// Their birth dates differ by more than a day and more than swapped digits.
    BirthDates,
    /// One is a person and one an organisation, or a licence is shown by one that is not an organisation.
    Kinds,
    /// A person said that they, or others in their entities, are not the same.
    Judged,
    /// One document with different names and birth dates: identity-theft suspects.
    IdentityTheft,
    /// The value is shown by more party ids than `shared_by_max`; `b` is then the next user in order.
    SharedByMany,
    /// The phone's users were active too long apart: the number was recycled.
    Recycled,
    /// The birth date is 1 January, which registries write for "unknown day": name and date are not enough.
    EstimatedBirthDate,
    /// The entity would have more party ids than `cluster_size_max`.
    ClusterSize,
    /// The model would join them, but what is compared speaks against other members of their entities being one.
    Unlike,
    /// A name with a birth date or a phone agrees, yet a model that has learnt from the records gives lower odds than it joins at.
    Doubted,
}

impl RefusalReason {
    /// The word used in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BirthDates => "birth_dates",
            Self::Kinds => "kinds",
            Self::Judged => "judged",
            Self::IdentityTheft => "identity_theft",
            Self::SharedByMany => "shared_by_many",
            Self::Recycled => "recycled",
            Self::EstimatedBirthDate => "estimated_birth_date",
            Self::ClusterSize => "cluster_size",
            Self::Unlike => "unlike",
            Self::Doubted => "doubted",
        }
    }
}

/// A join that was not made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    /// First record.
    pub a: u32,
    /// Second record.
    pub b: u32,
    /// Why not.
    pub reason: RefusalReason,
    /// What they share (normalised), `kind value`.
    pub shared: String,
    /// How many party ids show that value.
    pub users: u64,
}

/// Which records are one party.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Resolution {
    /// For each record the number of its entity.
    pub entity_of: Vec<u32>,
    /// For each entity its id, the smallest party id in it, in ascending order.
    pub entities: Vec<String>,
    /// The joins made, by (a, b).
    pub links: Vec<Link>,
    /// The joins not made, by (a, b).
    pub refused: Vec<Refusal>,
    /// Pairs of records in different entities that may be one party, by (a, b): for people to judge. Nothing acts upon them.
    pub possible: Vec<Link>,
    /// What the model learnt; `None` under [`Method::Rules`].
    pub model: Option<ModelReport>,
}

impl Resolution {
    /// The entity id of a record.
    #[must_use]
    pub fn entity_id(&self, record: usize) -> Option<&str> {
        self.entity_of.get(record).and_then(|entity| self.entities.get(*entity as usize)).map(String::as_str)
    }
}
