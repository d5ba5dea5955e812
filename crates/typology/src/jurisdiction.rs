//! Jurisdiction packs: labelled areas, reporting lines, the calendar, reference rates and parameter overrides (R5, R7).

use serde::Deserialize;

use crate::parameter::Value;
use tributary_model::Date;

/// A date as written in a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Date::parse(&text).map(Self).map_err(|error| serde::de::Error::custom(format!("`{text}` {error}")))
    }
}

/// One jurisdiction.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jurisdiction {
    /// Code: `default`, or ISO 3166-1 alpha-2.
    pub jurisdiction: String,
    /// Semantic version.
    pub version: String,
    /// Who answers for it: a role.
    pub owner: String,
    /// Labelled areas.
    #[serde(default, rename = "area")]
    pub areas: Vec<Area>,
    /// Reporting lines.
    #[serde(default, rename = "threshold")]
    pub thresholds: Vec<Threshold>,
    /// Times that widen thresholds.
    #[serde(default, rename = "calendar")]
    pub calendar: Vec<CalendarWindow>,
    /// Reference rates.
    #[serde(default, rename = "fx")]
    pub fx: Vec<FxRate>,
    /// Parameter overrides.
    #[serde(default, rename = "override")]
    pub overrides: Vec<Override>,
    /// File it was read from.
    #[serde(skip)]
    pub file: String,
}

/// A label on an area. Exactly one of country alone, country with subdivision, or place.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// `tf_area`, `facilitation`, `hub`, `conduit`, `corridor`, `border_belt`, `risk_transit`.
    pub label: String,
    /// ISO 3166-1.
    #[serde(default)]
    pub country: Option<String>,
    /// ISO 3166-2; without it the label is on the whole country.
    #[serde(default)]
    pub admin1: Option<String>,
    /// A place of the `places` table.
    #[serde(default)]
    pub place: Option<String>,
    /// From when it holds.
    pub valid_from: Day,
    /// When it expires.
    pub valid_to: Day,
    /// When it is looked at again.
    pub review_on: Day,
    /// Where the label comes from, with page.
    pub source: String,
    /// Made up for the synthetic world: says nothing about the real place.
    pub synthetic: bool,
}

/// A reporting or record-keeping line.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Name, e.g. `cash_report`.
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    /// Amount in that currency, decimal text.
    pub amount: String,
    /// From when it holds.
    pub valid_from: Day,
    /// Until when it was checked to hold.
    pub valid_to: Day,
    /// Legal source with place, or `unverified` and why.
    pub source: String,
}

/// A time in which ordinary life moves more money or people (R7).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarWindow {
    /// Name, e.g. `ramadan`.
    pub name: String,
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
    /// Factor by which thresholds widen, 1 or more.
    pub widen: f64,
    /// Where the dates come from.
    pub source: String,
}

/// A static reference rate.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FxRate {
    /// Currency or asset.
    pub currency: String,
    /// US dollars for one unit.
    pub usd: f64,
    /// Day of the rate.
    pub on: Day,
    /// Where it comes from; says that it is for reference only.
    pub source: String,
}

/// A parameter's value in this jurisdiction.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Indicator.
    pub indicator: String,
    /// Parameter.
    pub parameter: String,
    /// Its value here.
    pub value: Value,
    /// From when.
    pub valid_from: Day,
    /// Until when.
    pub valid_to: Day,
    /// Who answers for it: a role.
    pub owner: String,
    /// Where the value comes from.
    pub source: String,
    /// How it was calibrated.
    pub calibration: String,
}
