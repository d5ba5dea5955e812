//! Grades of the 3x5x2 system seen on other scales (SG-051). Every mapping loses something: the grade at entry is what is kept, and the others
//! are views. What is not known stays unknown; it is never a number in the middle.
//!
//! Source: the table in section 3 of the register's safeguards, after STIX 2.1 appendix A and the MISP admiralty taxonomy.

use serde::{Deserialize, Serialize};
use tributary_model::{InformationGrade, SourceGrade};

/// The source on the Admiralty scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the letters of the scale")]
pub enum AdmiraltySource {
    A,
    B,
    C,
    D,
    E,
    /// Cannot be judged.
    F,
}

/// The information on the Admiralty scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the numbers of the scale, from confirmed to improbable")]
pub enum AdmiraltyInformation {
    #[serde(rename = "1")]
    Confirmed,
    #[serde(rename = "2")]
    ProbablyTrue,
    #[serde(rename = "3")]
    PossiblyTrue,
    #[serde(rename = "4")]
    Doubtful,
    #[serde(rename = "5")]
    Improbable,
    /// Cannot be judged.
    #[serde(rename = "6")]
    Unknown,
}

/// The source on Europol's scale (Regulation (EU) 2016/794, article 29).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the letters of the scale")]
pub enum EuropolSource {
    A,
    B,
    C,
    /// Cannot be assessed.
    X,
}

/// The information on Europol's scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the numbers of the scale")]
pub enum EuropolInformation {
    #[serde(rename = "1")]
    One,
    #[serde(rename = "2")]
    Two,
    #[serde(rename = "3")]
    Three,
    /// Not known, not corroborated.
    #[serde(rename = "4")]
    Four,
}

/// 3x5x2 to Admiralty: an untested source cannot be judged.
#[must_use]
pub const fn admiralty_source(source: SourceGrade) -> AdmiraltySource {
    match source {
        SourceGrade::Reliable => AdmiraltySource::A,
        SourceGrade::Untested => AdmiraltySource::F,
        SourceGrade::NotReliable => AdmiraltySource::E,
    }
}

/// 3x5x2 to Admiralty.
#[must_use]
pub const fn admiralty_information(information: InformationGrade) -> AdmiraltyInformation {
    match information {
        InformationGrade::A => AdmiraltyInformation::Confirmed,
        InformationGrade::B => AdmiraltyInformation::ProbablyTrue,
        InformationGrade::C => AdmiraltyInformation::PossiblyTrue,
        InformationGrade::D => AdmiraltyInformation::Unknown,
        InformationGrade::E => AdmiraltyInformation::Improbable,
    }
}

/// Admiralty to 3x5x2. C and D lie between reliable and not, where 3x5x2 has no grade: they become untested, which claims least.
#[must_use]
pub const fn source_of_admiralty(source: AdmiraltySource) -> SourceGrade {
    match source {
        AdmiraltySource::A | AdmiraltySource::B => SourceGrade::Reliable,
        AdmiraltySource::C | AdmiraltySource::D | AdmiraltySource::F => SourceGrade::Untested,
        AdmiraltySource::E => SourceGrade::NotReliable,
    }
}

/// Admiralty to 3x5x2. Doubtful has no grade of its own there: it becomes not known, which claims least.
#[must_use]
pub const fn information_of_admiralty(information: AdmiraltyInformation) -> InformationGrade {
    match information {
        AdmiraltyInformation::Confirmed => InformationGrade::A,
        AdmiraltyInformation::ProbablyTrue => InformationGrade::B,
        AdmiraltyInformation::PossiblyTrue => InformationGrade::C,
        AdmiraltyInformation::Doubtful | AdmiraltyInformation::Unknown => InformationGrade::D,
        AdmiraltyInformation::Improbable => InformationGrade::E,
    }
}

/// 3x5x2 to Europol.
#[must_use]
pub const fn europol_source(source: SourceGrade) -> EuropolSource {
    match source {
        SourceGrade::Reliable => EuropolSource::A,
        SourceGrade::Untested => EuropolSource::X,
        SourceGrade::NotReliable => EuropolSource::C,
    }
}

/// 3x5x2 to Europol; what is suspected to be false has no grade there, and is not passed on under one.
#[must_use]
pub const fn europol_information(information: InformationGrade) -> Option<EuropolInformation> {
    match information {
        InformationGrade::A => Some(EuropolInformation::One),
        InformationGrade::B => Some(EuropolInformation::Two),
        InformationGrade::C => Some(EuropolInformation::Three),
        InformationGrade::D => Some(EuropolInformation::Four),
        InformationGrade::E => None,
    }
}

/// Europol to 3x5x2; B lies between reliable and not and becomes untested, which claims least.
#[must_use]
pub const fn source_of_europol(source: EuropolSource) -> SourceGrade {
    match source {
        EuropolSource::A => SourceGrade::Reliable,
        EuropolSource::B | EuropolSource::X => SourceGrade::Untested,
        EuropolSource::C => SourceGrade::NotReliable,
    }
}

/// Europol to 3x5x2.
#[must_use]
pub const fn information_of_europol(information: EuropolInformation) -> InformationGrade {
    match information {
        EuropolInformation::One => InformationGrade::A,
        EuropolInformation::Two => InformationGrade::B,
        EuropolInformation::Three => InformationGrade::C,
        EuropolInformation::Four => InformationGrade::D,
    }
}

/// 3x5x2 to the confidence of STIX 2.1, 0 to 100. Not known is absent: a 50 would claim an even chance that nobody has judged.
#[must_use]
pub const fn stix_confidence(information: InformationGrade) -> Option<u8> {
    match information {
        InformationGrade::A => Some(90),
        InformationGrade::B => Some(70),
        InformationGrade::C => Some(50),
        InformationGrade::D => None,
        InformationGrade::E => Some(10),
    }
}

/// The confidence of STIX 2.1 to 3x5x2, by the ranges of its Admiralty scale (appendix A): absent is not known, and so is what lies above 100.
/// 20 to 39 is doubtful, which 3x5x2 does not have: it becomes not known.
#[must_use]
pub const fn information_of_stix(confidence: Option<u8>) -> InformationGrade {
    match confidence {
        Some(80..=100) => InformationGrade::A,
        Some(60..=79) => InformationGrade::B,
        Some(40..=59) => InformationGrade::C,
        Some(0..=19) => InformationGrade::E,
        None | Some(_) => InformationGrade::D,
    }
}
