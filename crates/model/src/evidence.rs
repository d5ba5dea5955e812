//! Families of indicators, the two sides, and the kinds of thing an indicator can speak of.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A family of indicators (typology catalogue, section 6). Indicators of one family count as one kind of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum Family {
    /// Recruitment.
    Rec,
    /// Movement and logistics.
    Mov,
    /// Exploitation.
    Exp,
    /// Finance: trafficking and smuggling proceeds.
    Ftr,
    /// Finance: terrorist financing.
    Ftf,
    /// Hawala and other informal value transfer.
    Haw,
    /// Virtual assets.
    Vas,
    /// Coordination: network motifs.
    Coo,
    /// Convergence.
    Con,
    /// Watch lists and agency cases: a record made by an authority.
    List,
}

/// Which of the two kinds of network an indicator speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "IndicatorSide"))]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Human trafficking and migrant smuggling.
    Trafficking,
    /// Terrorist financing.
    TerroristFinancing,
    /// Neither on its own: value transfer, virtual assets, coordination. Speaks of how, not of what.
    Neutral,
}

/// What an indicator, or a subject of an alert, is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    /// An account, wallet, handle or number.
    Account,
    /// A resolved person or organisation.
    Party,
    /// A shared identifier: `kind:value`.
    Identifier,
    /// An advert.
    Post,
    /// A place.
    Place,
}

impl Family {
    /// All families.
    pub const ALL: [Self; 10] = [Self::Rec, Self::Mov, Self::Exp, Self::Ftr, Self::Ftf, Self::Haw, Self::Vas, Self::Coo, Self::Con, Self::List];

    /// The code used in indicator ids.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Rec => "REC",
            Self::Mov => "MOV",
            Self::Exp => "EXP",
            Self::Ftr => "FTR",
            Self::Ftf => "FTF",
            Self::Haw => "HAW",
            Self::Vas => "VAS",
            Self::Coo => "COO",
            Self::Con => "CON",
            Self::List => "LIST",
        }
    }

    /// The family of that code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.code() == code)
    }
}

impl SubjectType {
    /// The word used in alerts and in indicator results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Party => "party",
            Self::Identifier => "identifier",
            Self::Post => "post",
            Self::Place => "place",
        }
    }

    /// The type of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Account, Self::Party, Self::Identifier, Self::Post, Self::Place].into_iter().find(|t| t.name() == name)
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for SubjectType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
