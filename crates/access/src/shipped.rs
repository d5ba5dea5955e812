//! The policies of this version (`policies/` at the repository's root): in force until others are released.

use crate::{AccessError, Policies};

/// Their schema.
pub const SCHEMA: &str = include_str!("../../../policies/schema.cedarschema");
/// Their files, by name.
pub const FILES: [(&str, &str); 7] = [
    ("administration.cedar", include_str!("../../../policies/administration.cedar")),
    ("cases.cedar", include_str!("../../../policies/cases.cedar")),
    ("escalation.cedar", include_str!("../../../policies/escalation.cedar")),
    ("forbid.cedar", include_str!("../../../policies/forbid.cedar")),
    ("oversight.cedar", include_str!("../../../policies/oversight.cedar")),
    ("review.cedar", include_str!("../../../policies/review.cedar")),
    ("victims.cedar", include_str!("../../../policies/victims.cedar")),
];

/// The files as [`Policies::parse`] takes them.
#[must_use]
pub fn files() -> Vec<(String, String)> {
    FILES.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

impl Policies {
    /// The policies of this version.
    ///
    /// # Errors
    /// [`AccessError`] where they do not parse, which a test rules out.
    pub fn shipped() -> Result<Self, AccessError> {
        Self::parse(SCHEMA, &files())
    }
}
