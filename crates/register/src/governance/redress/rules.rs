//! The clocks of redress as data: `redress/*.toml` at the repository's root. No statement of any law; counsel confirms them.

use serde::Deserialize;
use tributary_access::AgencyClass;

use crate::RegisterError;

/// The files of this version.
const SHIPPED: [&str; 2] = [include_str!("../../../../../redress/pk.toml"), include_str!("../../../../../redress/neutral.toml")];
/// The longest file, in bytes.
const BYTES_MAX: usize = 1 << 16;
/// The longest clock, in days.
const DAYS_MAX: i64 = 1_000;

/// Whether the person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeRule {
    /// Unless an order delays it.
    Given,
    /// Never; the oversight body reviews in the person's stead.
    None,
}

/// The clocks, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "redress/neutral.toml says what each is")]
pub struct Clocks {
    pub acknowledge_days: i64,
    pub answer_from_days: i64,
    pub decide_days: i64,
    pub extend_days: i64,
    pub appeal_days: i64,
    pub appeal_decide_days: i64,
    pub delay_days: i64,
    pub oversight_days: i64,
}

/// What holds for a legal basis.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BasisRule {
    /// What it is called.
    pub basis: String,
    /// Codes of legal bases that begin so fall under it.
    pub prefixes: Vec<String>,
    /// Files of agencies of these classes fall under it.
    pub classes: Vec<AgencyClass>,
    /// Whether the person is told.
    pub notice: NoticeRule,
    /// Why.
    pub why: String,
}

/// The rules of one jurisdiction.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedressRules {
    /// The form's version: 1.
    pub v: u32,
    /// Its id.
    pub id: String,
    /// ISO 3166 code; `*` for every other.
    pub jurisdiction: String,
    /// Its version.
    pub version: String,
    /// Whether counsel has confirmed it.
    pub confirmed: bool,
    /// How far it is to be relied on.
    pub status: String,
    /// What the person sees: the same for every basis.
    pub clocks: Clocks,
    /// By legal basis; the first that fits.
    #[serde(rename = "rule")]
    pub rules: Vec<BasisRule>,
}

impl RedressRules {
    /// Reads rules.
    ///
    /// # Errors
    /// [`RegisterError::Invalid`] for a form that is not understood, clocks that cannot be kept, or no rule for what fits none.
    pub fn parse(text: &str) -> Result<Self, RegisterError> {
        let wrong = |why: String| RegisterError::invalid("redress", why);
        if text.len() > BYTES_MAX {
            return Err(wrong("at most 64 KiB".into()));
        }
        let rules: Self = toml::from_str(text).map_err(|error| wrong(error.message().to_owned()))?;
        let c = &rules.clocks;
        let all = [
            c.acknowledge_days,
            c.answer_from_days,
            c.decide_days,
            c.extend_days,
            c.appeal_days,
            c.appeal_decide_days,
            c.delay_days,
            c.oversight_days,
        ];
        if rules.v != 1 || !all.iter().all(|days| (1..=DAYS_MAX).contains(days)) {
            return Err(wrong(format!("version 1, and clocks of 1 to {DAYS_MAX} days")));
        }
        if c.answer_from_days > c.decide_days.min(c.appeal_decide_days) {
            return Err(wrong("an answer may go out before the last day on which it is decided".into()));
        }
        let last = rules.rules.last().is_some_and(|rule| rule.prefixes.iter().any(String::is_empty));
        if last { Ok(rules) } else { Err(wrong("the last rule fits every basis (an empty prefix)".into())) }
    }

    /// The shipped rules of a jurisdiction; the neutral ones where there are none.
    ///
    /// # Errors
    /// As [`RedressRules::parse`], which a test rules out.
    pub fn of(jurisdiction: &str) -> Result<Self, RegisterError> {
        let country = jurisdiction.split('-').next().unwrap_or_default();
        for text in SHIPPED {
            let rules = Self::parse(text)?;
            if rules.jurisdiction == country || rules.jurisdiction == "*" {
                return Ok(rules);
            }
        }
        Err(RegisterError::invalid("redress", "no rules fit this jurisdiction"))
    }

    /// Whether the person may be told of something that these agencies' classes hold on these bases: by the strictest rule that fits one.
    #[must_use]
    pub fn notice(&self, classes: &[AgencyClass], bases: &[String]) -> NoticeRule {
        let fits = |rule: &&BasisRule| {
            rule.classes.iter().any(|class| classes.contains(class))
                || rule.prefixes.iter().any(|prefix| !prefix.is_empty() && bases.iter().any(|basis| basis.starts_with(prefix.as_str())))
        };
        let strict = self.rules.iter().filter(fits).any(|rule| rule.notice == NoticeRule::None);
        if strict { NoticeRule::None } else { self.rules.last().map_or(NoticeRule::None, |rule| rule.notice) }
    }
}
