//! The eight observation tables and the `places` reference table, as data.
//!
//! Source: the observation contract in `docs/observations.md`. Readers, the lake's schemas, the views, the world's writers
//! and the documentation are all derived from [`Table::columns`], so that a column is named once.

/// One table of the observation contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// What one source says of a person or organisation.
    Parties,
    /// An account, wallet, handle or number someone acts through.
    Accounts,
    /// Value moved from one account to another.
    Transfers,
    /// That two accounts were in touch; never what was said.
    Contacts,
    /// A public advert or offer.
    Posts,
    /// That an account or party was seen with an identifier.
    Sightings,
    /// A journey or a crossing.
    Movements,
    /// What an agency's case says of one subject.
    CaseRecords,
    /// Reference data: named places.
    Places,
}

/// What a column holds, and so which check a value must pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// An opaque identifier: kept as written, never interpreted.
    Id,
    /// Free text.
    Text,
    /// RFC 3339 time with an offset. Stored as UTC microseconds.
    Time,
    /// ISO 8601 calendar date.
    Date,
    /// Decimal text, at most 38 digits of which 9 after the point; not negative.
    Amount,
    /// A whole number, not negative.
    Count,
    /// Degrees, WGS 84, in -90..=90.
    Latitude,
    /// Degrees, WGS 84, in -180..=180.
    Longitude,
    /// ISO 3166-1 alpha-2.
    Country,
    /// ISO 3166-2 subdivision, such as `PK-BA`.
    Subdivision,
    /// ISO 4217 or an asset's ticker: 2 to 12 upper-case letters or digits.
    Currency,
    /// BCP 47 language tag.
    Language,
    /// E.164 phone number: `+` and 7 to 15 digits.
    Phone,
    /// `kind:number`.
    Document,
    /// One of a closed list of words.
    OneOf(&'static [&'static str]),
}

/// One column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name, as in the header row.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// A row without it is bad.
    pub required: bool,
    /// A list: separated by `|` in CSV, an array in NDJSON and Parquet.
    pub list: bool,
    /// A protected trait (SG-004): stored apart, never in a view that rules or scores can read.
    pub protected: bool,
}

const fn column(name: &'static str, kind: ColumnKind) -> Column {
    Column { name, kind, required: false, list: false, protected: false }
}

impl Column {
    const fn required(mut self) -> Self {
        self.required = true;
        self
    }
    const fn list(mut self) -> Self {
        self.list = true;
        self
    }
    const fn protected(mut self) -> Self {
        self.protected = true;
        self
    }
}

use ColumnKind::{Amount, Count, Country, Currency, Date, Document, Id, Language, Latitude, Longitude, OneOf, Phone, Subdivision, Text, Time};

static PARTIES: [Column; 12] = [
    column("party_id", Id).required(),
    column("kind", OneOf(&["person", "organisation", "unknown"])).required(),
    column("name", Text).list(),
    column("birth_date", Date),
    column("gender", Text).protected(),
    column("nationality", Country).list().protected(),
    column("document", Document).list(),
    column("phone", Phone).list(),
    column("email", Text).list(),
    column("address", Text),
    column("country", Country),
    column("admin1", Subdivision),
];
static ACCOUNTS: [Column; 7] = [
    column("account_id", Id).required(),
    column("kind", OneOf(&["bank", "mobile_money", "ivts", "exchange", "wallet", "platform", "phone"])).required(),
    column("provider", Text),
    column("holder", Id),
    column("country", Country),
    column("admin1", Subdivision),
    column("opened_at", Time),
];
static TRANSFERS: [Column; 10] = [
    column("transfer_id", Id).required(),
    column("at", Time).required(),
    column("from_account", Id).required(),
    column("to_account", Id).required(),
    column("amount", Amount).required(),
    column("currency", Currency).required(),
    column("to_amount", Amount),
    column("to_currency", Currency),
    column("channel", OneOf(&["wire", "ach", "cheque", "card", "cash", "mobile", "ivts", "onchain", "p2p", "other"])),
    column("purpose", Text),
];
static CONTACTS: [Column; 7] = [
    column("contact_id", Id).required(),
    column("at", Time).required(),
    column("from_account", Id).required(),
    column("to_account", Id).required(),
    column("kind", OneOf(&["call", "message", "group", "follow"])),
    column("platform", Text),
    column("count", Count),
];
static POSTS: [Column; 9] = [
    column("post_id", Id).required(),
    column("at", Time).required(),
    column("account", Id).required(),
    column("platform", Text),
    column("kind", OneOf(&["job", "marriage", "travel", "escort", "fundraising", "other"])),
    column("language", Language).protected(),
    column("place", Id),
    column("text", Text),
    column("contact", Text).list(),
];
static SIGHTINGS: [Column; 4] = [
    column("at", Time).required(),
    column("subject", Id).required(),
    column("identifier_kind", OneOf(&["phone", "email", "device", "ip", "address", "document", "vehicle", "handle", "wallet"])).required(),
    column("identifier", Id).required(),
];
static MOVEMENTS: [Column; 9] = [
    column("movement_id", Id).required(),
    column("at", Time).required(),
    column("party", Id).required(),
    column("from_place", Id),
    column("to_place", Id),
    column("crossing", Id),
    column("mode", OneOf(&["air", "road", "rail", "sea", "foot"])),
    column("document", Text),
    column("group", Id),
];
static CASE_RECORDS: [Column; 8] = [
    column("case_id", Id).required(),
    column("agency", Text).required(),
    column("kind", OneOf(&["trafficking", "terrorist_financing", "both", "other"])).required(),
    column("subject", Id).required(),
    column("role", OneOf(&["suspect", "facilitator", "victim", "witness", "reporter"])).required(),
    column("status", OneOf(&["open", "closed", "convicted", "acquitted"])),
    column("opened_at", Time),
    column("closed_at", Time),
];
static PLACES: [Column; 6] = [
    column("place", Id).required(),
    column("country", Country),
    column("admin1", Subdivision),
    column("lat", Latitude),
    column("lon", Longitude),
    column("kind", OneOf(&["city", "crossing", "port", "airport", "camp"])),
];

impl Table {
    /// All tables, in the order of the contract.
    pub const ALL: [Self; 9] = [
        Self::Parties,
        Self::Accounts,
        Self::Transfers,
        Self::Contacts,
        Self::Posts,
        Self::Sightings,
        Self::Movements,
        Self::CaseRecords,
        Self::Places,
    ];

    /// The table's name in files, SQL and paths.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parties => "parties",
            Self::Accounts => "accounts",
            Self::Transfers => "transfers",
            Self::Contacts => "contacts",
            Self::Posts => "posts",
            Self::Sightings => "sightings",
            Self::Movements => "movements",
            Self::CaseRecords => "case_records",
            Self::Places => "places",
        }
    }

    /// The table of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    /// The columns, in the order of the contract.
    #[must_use]
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Parties => &PARTIES,
            Self::Accounts => &ACCOUNTS,
            Self::Transfers => &TRANSFERS,
            Self::Contacts => &CONTACTS,
            Self::Posts => &POSTS,
            Self::Sightings => &SIGHTINGS,
            Self::Movements => &MOVEMENTS,
            Self::CaseRecords => &CASE_RECORDS,
            Self::Places => &PLACES,
        }
    }

    /// The column of that name, if there is one.
    #[must_use]
    pub fn column(self, name: &str) -> Option<&'static Column> {
        self.columns().iter().find(|column| column.name == name)
    }

    /// The column whose value names the row within its table, where the contract has one.
    /// `parties`, `accounts` and `case_records` may say several things of one id; a second row with the same
    /// `transfer_id`, `contact_id`, `post_id`, `movement_id` or `place` is a duplicate.
    #[must_use]
    pub const fn unique_id(self) -> Option<&'static str> {
        match self {
            Self::Transfers => Some("transfer_id"),
            Self::Contacts => Some("contact_id"),
            Self::Posts => Some("post_id"),
            Self::Movements => Some("movement_id"),
            Self::Places => Some("place"),
            Self::Parties | Self::Accounts | Self::Sightings | Self::CaseRecords => None,
        }
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
