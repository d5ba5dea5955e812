//! What the evidence is drawn from: facts of posts and accounts, no text.

use crate::SlotKind;

/// What a post offers, in the words of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OfferKind {
    /// Work.
    Job,
    /// Marriage.
    Marriage,
    /// A journey.
    Travel,
    /// Company of a person.
    Escort,
    /// An appeal for gifts.
    Fundraising,
    /// Anything else.
    Other,
}

impl OfferKind {
    /// From the contract's word: `job`, `marriage`, `travel`, `escort`, `fundraising` or `other`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [
            ("job", Self::Job),
            ("marriage", Self::Marriage),
            ("travel", Self::Travel),
            ("escort", Self::Escort),
            ("fundraising", Self::Fundraising),
            ("other", Self::Other),
        ]
        .into_iter()
        .find(|(known, _)| *known == name)
        .map(|(_, kind)| kind)
    }

    /// Do the recruitment indicators speak of such offers?
    #[must_use]
    pub const fn recruits(self) -> bool {
        matches!(self, Self::Job | Self::Marriage | Self::Travel | Self::Escort)
    }
}

/// A claimed place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Tells places apart.
    pub id: u32,
    /// Degrees.
    pub lat: f64,
    /// Degrees.
    pub lon: f64,
    /// ISO 3166-1 alpha-2.
    pub country: [u8; 2],
}

/// A contact shown in a post, as a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Contact {
    /// Phone, handle, mail address, wallet or web address.
    pub kind: SlotKind,
    /// Keyed or plain hash of the comparable value.
    pub hash: u64,
}

/// One post.
#[derive(Clone, Debug, PartialEq)]
pub struct Post {
    /// Tells posts apart, and is what findings point at.
    pub number: u64,
    /// The group of like adverts it is in.
    pub group: Option<u32>,
    /// Index into the accounts.
    pub account: u32,
    /// Seconds since 1970, UTC.
    pub at: i64,
    /// What is offered.
    pub kind: OfferKind,
    /// Where it claims to be.
    pub place: Option<Place>,
    /// Contacts it shows.
    pub contacts: Vec<Contact>,
    /// Which trade, as a hash of the platform's own field or of a coded title.
    pub occupation: Option<u64>,
    /// Where the work lies or the journey leads: ISO 3166-1 alpha-2.
    pub destination: Option<[u8; 2]>,
    /// Pay a month in one currency.
    pub wage: Option<f64>,
    /// Price or fee in one currency.
    pub fee: Option<f64>,
    /// How many things are asked of applicants, where that is known.
    pub requirements: Option<u8>,
    /// Coded terms of the offer, as the platform extracted them.
    pub terms: Vec<String>,
}

/// One account that posts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Who is said to hold it: accounts of one holder are openly one operator.
    pub holder: Option<u64>,
    /// ISO 3166-1 alpha-2 of where it is registered.
    pub country: Option<[u8; 2]>,
    /// Its holder is on the register of licensed promoters.
    pub licensed: bool,
    /// Seconds since 1970.
    pub opened_at: Option<i64>,
    /// Seconds since 1970.
    pub closed_at: Option<i64>,
    /// Known as a victim's or a witness's: counted, never named.
    pub protected: bool,
}

/// How two accounts are related.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RelationKind {
    /// One holder, or a relation the accounts declare themselves: branches of one firm.
    Declared,
    /// They were seen with one device.
    Device,
    /// The same people follow or write to both (at least the share in the settings).
    Audience,
}

/// A pair of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Relation {
    /// Index into the accounts.
    pub one: u32,
    /// Index into the accounts.
    pub other: u32,
    /// How.
    pub kind: RelationKind,
}

/// The register of licensed promoters that `Account::licensed` was taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    /// Seconds since 1970 at which the copy was made.
    pub copied_at: i64,
    /// Countries whose promoters it lists.
    pub countries: Vec<[u8; 2]>,
    /// Contacts it lists for licensed firms: who shows one acts under that firm.
    pub contacts: Vec<Contact>,
}

/// All that is looked at.
#[derive(Clone, Debug)]
pub struct EvidenceInput<'a> {
    /// Posts, in groups or alone: those alone are the peers that terms and contacts are held against.
    pub posts: &'a [Post],
    /// Accounts.
    pub accounts: &'a [Account],
    /// Pairs of accounts.
    pub relations: &'a [Relation],
    /// The register, if there is one.
    pub register: Option<&'a Register>,
    /// Coded terms of permits that a jurisdiction says do not exist.
    pub impossible_permits: &'a [String],
    /// As of when: seconds since 1970.
    pub now: i64,
}
