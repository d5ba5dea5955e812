//! Organisations whose people use the register.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, AgencyClass, Resource};
use tributary_cases::{Find, Notes, Page, Record, Stored};
use tributary_escalation::estimative::{Claim, Found, lint};
use tributary_model::Timestamp;

use crate::acting::Caller;
use crate::{Register, RegisterError};

/// Findings on the words of one text that are told at a time.
const WORDS_MAX: usize = 5;

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Agency {
    /// Its name, as it signs.
    pub name: String,
    /// What kind it is.
    pub class: AgencyClass,
    /// ISO 3166 codes of where it works.
    pub jurisdictions: BTreeSet<String>,
}

impl Record for Agency {
    const KIND: &'static str = "agency";

    fn state(&self) -> &'static str {
        "active"
    }

    fn sole_keys(&self) -> Vec<(&'static str, String)> {
        vec![("name", self.name.to_lowercase())]
    }
}

/// The longest id or name of anything that people type, in characters.
const NAME_MAX: usize = 120;

/// An id that people choose: lower-case letters, digits and `-`, 2 to 40, a letter first.
pub(crate) fn checked_id(field: &'static str, id: &str) -> Result<(), RegisterError> {
    let fits = (2..=40).contains(&id.len()) && id.starts_with(|c: char| c.is_ascii_lowercase());
    if fits && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        return Ok(());
    }
    Err(RegisterError::invalid(field, "2 to 40 lower-case letters, digits and `-`, a letter first"))
}

/// A text that people type: not empty, not too long, no control characters.
pub(crate) fn checked_text(field: &'static str, text: &str, longest: usize) -> Result<String, RegisterError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > longest {
        return Err(RegisterError::invalid(field, format!("1 to {longest} characters")));
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(RegisterError::invalid(field, "no control characters"));
    }
    Ok(text.to_owned())
}

/// A text of a report, within its bounds, whose words for likelihoods are those of the table (SG-123).
pub(crate) fn checked_words(field: &'static str, text: &str, longest: usize, claim: Claim) -> Result<String, RegisterError> {
    let text = checked_text(field, text, longest)?;
    let found = lint(&text, claim);
    if found.is_empty() {
        return Ok(text);
    }
    Err(RegisterError::invalid(field, found.iter().take(WORDS_MAX).map(Found::says).collect::<Vec<_>>().join("; ")))
}

/// ISO 3166-1 alpha-2, or 3166-2 with a subdivision.
pub(crate) fn checked_jurisdiction(field: &'static str, code: &str) -> Result<(), RegisterError> {
    let (country, subdivision) = code.split_once('-').map_or((code, None), |(country, rest)| (country, Some(rest)));
    let country_fits = country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase());
    let rest_fits =
        subdivision.is_none_or(|rest| (1..=3).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()));
    if country_fits && rest_fits { Ok(()) } else { Err(RegisterError::invalid(field, "a code of ISO 3166 such as `PK` or `PK-KP`")) }
}

impl Agency {
    /// An agency with a checked name and jurisdictions.
    ///
    /// # Errors
    /// [`RegisterError::Invalid`].
    pub fn new(name: &str, class: AgencyClass, jurisdictions: BTreeSet<String>) -> Result<Self, RegisterError> {
        let name = checked_text("name", name, NAME_MAX)?;
        for code in &jurisdictions {
            checked_jurisdiction("jurisdictions", code)?;
        }
        Ok(Self { name, class, jurisdictions })
    }
}

impl Register {
    /// Enters an agency under an id.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn create_agency(&self, caller: &Caller, id: &str, agency: Agency, at: Timestamp) -> Result<Stored<Agency>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        acting.permit(Action::AgencyCreate, &Resource { id: id.into(), ..Resource::default() }).await?;
        checked_id("id", id)?;
        let agency = acting.tx()?.add(id, agency).await?;
        let note = acting.note_on("agency.created", "agency", id).tag("class", agency.body.class.as_str()).with(&agency.body);
        acting.done(Notes::one(note)).await?;
        Ok(agency)
    }

    /// All agencies: no secret among those who are signed in, for they must be able to name one another.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn agencies(&self, page: &Page) -> Result<Vec<Stored<Agency>>, RegisterError> {
        Ok(self.store().read().await?.list(Find::All, page).await?)
    }
}
