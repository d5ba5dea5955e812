//! What a family says of a group.

use super::input::Contact;
use super::verdict::Why;

/// Families of evidence beside the template itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Who posts, and how they take turns.
    Identity,
    /// Contacts that posters share.
    Contact,
    /// Places claimed.
    Place,
    /// When they post.
    Timing,
    /// The register of promoters.
    Licence,
    /// Pay, price and permits.
    Terms,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Identity, Self::Contact, Self::Place, Self::Timing, Self::Licence, Self::Terms];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Contact => "contact",
            Self::Place => "place",
            Self::Timing => "timing",
            Self::Licence => "licence",
            Self::Terms => "terms",
        }
    }
}

/// Why a family says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Abstention {
    /// No account has a date of opening.
    NoLifecycle,
    /// No post shows a contact.
    NoContacts,
    /// No post has a place with coordinates.
    NoPlaces,
    /// Too few posts to see a rhythm.
    FewPosts,
    /// No register is at hand, or none of the countries the accounts are of.
    NoRegister,
    /// The copy of the register is too old.
    StaleRegister,
    /// Too few comparable offers, or none with pay, price or terms.
    FewPeers,
}

impl Abstention {
    /// In plain words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoLifecycle => "no account says when it was opened",
            Self::NoContacts => "no advert shows a contact",
            Self::NoPlaces => "no advert has a place with coordinates",
            Self::FewPosts => "too few adverts to see a rhythm",
            Self::NoRegister => "no register of promoters covers these accounts",
            Self::StaleRegister => "the copy of the register is too old",
            Self::FewPeers => "too few comparable offers",
        }
    }
}

/// What a family found.
#[derive(Clone, Debug, PartialEq)]
pub enum Signal {
    /// REC-10: accounts that follow one another.
    Succession {
        /// Hand-overs from one account to a newly opened one.
        successions: usize,
        /// Operators whose account was new at its first post.
        young: usize,
        /// Operators whose age is known.
        known: usize,
    },
    /// Accounts of apparently different people that were seen with one device.
    SharedDevice {
        /// Operators so tied.
        operators: usize,
    },
    /// A contact that operators share who present themselves as unrelated.
    SharedContact {
        /// Which.
        contact: Contact,
        /// Operators that show it.
        operators: usize,
        /// 1 − ln(accounts that show it) / ln(accounts in all): 0 for one that stands everywhere.
        rarity: f64,
    },
    /// REC-01: one contact, or one account, at many distant places.
    Spread {
        /// The contact; none when it is one account.
        contact: Option<Contact>,
        /// Places that are apart.
        places: usize,
        /// Greatest great-circle distance, kilometres.
        distance_km: f64,
    },
    /// Posts of several operators at even intervals, as if one hand made them.
    Regular {
        /// Median gap, seconds.
        gap: f64,
        /// What four in five gaps deviate from it at most, as a part of it.
        deviation: f64,
    },
    /// REC-03: offers of work abroad by operators not on the register.
    Unlicensed {
        /// Not on it.
        missing: usize,
        /// Looked up.
        checked: usize,
    },
    /// REC-05: pay far above that of comparable offers.
    Wage {
        /// Robust z of its logarithm.
        z: f64,
        /// Offers compared.
        peers: usize,
    },
    /// A price far above that of comparable offers.
    Fee {
        /// Robust z of its logarithm.
        z: f64,
        /// Offers compared.
        peers: usize,
    },
    /// REC-04: a permit that the jurisdiction says does not exist.
    Permit {
        /// Posts that name it.
        posts: usize,
    },
}

impl Signal {
    /// The indicator of the typology catalogue it stands for.
    #[must_use]
    pub const fn indicator(&self) -> &'static str {
        match self {
            Self::Succession { .. } => "REC-10",
            Self::SharedDevice { .. } | Self::SharedContact { .. } | Self::Regular { .. } => "REC-02",
            Self::Spread { .. } => "REC-01",
            Self::Unlicensed { .. } => "REC-03",
            Self::Wage { .. } | Self::Fee { .. } => "REC-05",
            Self::Permit { .. } => "REC-04",
        }
    }

    /// By which signals of one family are ordered: how many operators, or kilometres, or how far out.
    pub(super) fn breadth(&self) -> f64 {
        match self {
            Self::Succession { successions: n, .. } | Self::SharedDevice { operators: n } | Self::SharedContact { operators: n, .. } => *n as f64,
            Self::Unlicensed { missing: n, .. } | Self::Permit { posts: n } => *n as f64,
            Self::Spread { distance_km, .. } => *distance_km,
            Self::Regular { deviation, .. } => -deviation,
            Self::Wage { z, .. } | Self::Fee { z, .. } => *z,
        }
    }

    /// Innocent explanations that must be shown with it.
    #[must_use]
    pub const fn benign(&self) -> &'static [&'static str] {
        match self {
            Self::Succession { .. } => &["staff turnover at a real agency", "a page moved and its followers with it"],
            Self::SharedDevice { .. } => &["a shop or office where several people use one machine"],
            Self::SharedContact { .. } => &["one call centre", "sub-agents of one firm", "a number given up and used again"],
            Self::Spread { .. } => &["a national chain", "an agency with one call centre", "a page that posts what others offer"],
            Self::Regular { .. } => &["software that posts at set times"],
            Self::Unlicensed { .. } => {
                &["the register is out of date", "spelling of the name", "a sub-agent of a licensee", "a foreign employer recruiting directly"]
            }
            Self::Wage { .. } => &["hardship or remote-site pay", "a typing mistake", "a mix-up of currencies", "a season of shortage"],
            Self::Fee { .. } => &["a price for a family or for more services", "a mix-up of currencies"],
            Self::Permit { .. } => &["loose wording by an honest sub-agent", "a warning that quotes the phrase"],
        }
    }
}

/// What one family says.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Which.
    pub family: Family,
    /// What it found, the widest first, at most as many as posts are shown; none when all is as usual or it abstains.
    pub signals: Vec<Signal>,
    /// Why it says nothing, when it cannot.
    pub abstained: Option<Abstention>,
    /// What explains the traces and keeps the family silent.
    pub explained: Vec<Why>,
    /// Posts it rests on, at most as many as the settings allow, in the order of time.
    pub posts: Vec<u64>,
}

impl Finding {
    pub(super) const fn silent(family: Family) -> Self {
        Self { family, signals: Vec::new(), abstained: None, explained: Vec::new(), posts: Vec::new() }
    }

    pub(super) fn abstains(family: Family, why: Abstention) -> Self {
        Self { abstained: Some(why), ..Self::silent(family) }
    }

    /// Does it speak?
    #[must_use]
    pub fn speaks(&self) -> bool {
        !self.signals.is_empty()
    }
}
