//! A seeded corpus of public adverts in five languages: templates posted again and again with other words, numbers and
//! names, beside texts that stand alone; made by lawful promoters, franchises, aggregators, job boards, charities, and by
//! groups that keep changing who they are. The truth says which posts are one template, who made it, and what translates what.
//!
//! Offers are bland and names made up: nothing in the texts is meant to persuade. Shares and noise levels are settings.
//!
//! ```
//! use tributary_world::corpus::{CorpusSettings, Level, corpus};
//! let corpus = corpus(&CorpusSettings::new(7, 200, Level::Mid))?;
//! assert_eq!(corpus.posts().len(), 200);
//! # Ok::<(), tributary_world::WorldError>(())
//! ```

mod cast;
mod grammar;
mod noise;
mod slots;
mod stage;
mod template;
mod write;

use crate::WorldError;
use crate::places::PlaceNo;
use serde::Serialize;
use std::path::Path;

pub use self::write::CorpusSummary;

/// Most posts of one corpus.
pub const POSTS_MAX: usize = 5_000_000;

/// A language of the corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    English,
    /// Urdu in its own script.
    Urdu,
    /// Pashto.
    Pashto,
    /// Dari.
    Dari,
    /// Urdu in Latin letters.
    RomanUrdu,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::English, Self::Urdu, Self::Pashto, Self::Dari, Self::RomanUrdu];

    /// The BCP 47 tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Urdu => "ur",
            Self::Pashto => "ps",
            Self::Dari => "prs",
            Self::RomanUrdu => "ur-Latn",
        }
    }

    /// The language of that tag.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    const fn latin(self) -> bool {
        matches!(self, Self::English | Self::RomanUrdu)
    }
}

/// How much goes wrong between a template and a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Slots alone differ.
    Clean,
    /// 1 % of words touched; 2 % of posts reworded, 2 % obfuscated.
    Low,
    /// 5 % of words; 6 % and 6 % of posts.
    Mid,
    /// 13 % of words; 12 % and 12 % of posts.
    High,
}

impl Level {
    /// The level of that name: `none`, `low`, `mid` or `high`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [("none", Self::Clean), ("low", Self::Low), ("mid", Self::Mid), ("high", Self::High)].into_iter().find(|(n, _)| *n == name).map(|(_, l)| l)
    }
}

/// Who made a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AdvertKind {
    /// A licensed promoter with its offices and sub-agents, or an employer who posts again.
    Promoter,
    /// Branches that use one text.
    Franchise,
    /// Pages that post what others offer.
    Aggregator,
    /// A job board's form.
    Board,
    /// An appeal that volunteers pass on.
    Charity,
    /// A recruiting group that changes its identities.
    Trafficking,
    /// A text that stands alone.
    Alone,
}

impl AdvertKind {
    /// The word for it in the truth.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Promoter => "promoter",
            Self::Franchise => "franchise",
            Self::Aggregator => "aggregator",
            Self::Board => "board",
            Self::Charity => "charity",
            Self::Trafficking => "trafficking",
            Self::Alone => "alone",
        }
    }
}

/// What corpus to make.
#[derive(Clone, Debug, PartialEq)]
pub struct CorpusSettings {
    /// Same seed, same bytes.
    pub seed: u64,
    /// Posts in all, 1..=[`POSTS_MAX`].
    pub posts: usize,
    /// Share of templates and lone texts in each language: weights that need not add up to one.
    pub languages: Vec<(Language, f64)>,
    /// Noise.
    pub noise: Level,
    /// Share of posts that belong to a template, 0..=1.
    pub grouped: f64,
    /// Share of templates that are also posted in another language, 0..=1.
    pub translated: f64,
}

impl CorpusSettings {
    /// All languages alike, 60 % of posts in templates, 8 % of templates translated.
    #[must_use]
    pub fn new(seed: u64, posts: usize, noise: Level) -> Self {
        Self { seed, posts, languages: Language::ALL.map(|language| (language, 1.0)).to_vec(), noise, grouped: 0.6, translated: 0.08 }
    }

    /// The same in one language alone.
    #[must_use]
    pub fn only(mut self, language: Language) -> Self {
        self.languages = vec![(language, 1.0)];
        self
    }

    fn check(&self) -> Result<(), WorldError> {
        let share = |name, value: f64| if (0.0..=1.0).contains(&value) { Ok(()) } else { Err(WorldError::Corpus { name, value: value.to_string() }) };
        if self.posts == 0 || self.posts > POSTS_MAX {
            return Err(WorldError::Corpus { name: "posts", value: self.posts.to_string() });
        }
        share("grouped", self.grouped)?;
        share("translated", self.translated)?;
        let weights: f64 = self.languages.iter().map(|(_, weight)| *weight).sum();
        if self.languages.iter().any(|(_, weight)| !weight.is_finite() || *weight < 0.0) || weights.is_nan() || weights <= 0.0 {
            return Err(WorldError::Corpus { name: "languages", value: weights.to_string() });
        }
        Ok(())
    }
}

/// What a post says of the offer in fields of its own, as some platforms have them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The trade, in English.
    pub occupation: String,
    /// ISO 3166-1 of where the work lies.
    pub destination: String,
    /// Whole units a month, and the currency.
    pub wage: Option<(u64, &'static str)>,
    /// Whole units, and the currency.
    pub fee: Option<(u64, &'static str)>,
    /// Words of a permit the offer names.
    pub permit: Option<&'static str>,
}

/// One post.
#[derive(Clone, Debug, PartialEq)]
pub struct CorpusPost {
    /// Its number: also its place in time.
    pub number: u64,
    /// Seconds since the start of the world.
    pub at: i64,
    /// Index of the account that posted it.
    pub account: usize,
    /// `job`, `travel`, `marriage`, `fundraising` or `other`.
    pub offer: &'static str,
    /// Its language.
    pub language: Language,
    place: PlaceNo,
    /// What it says.
    pub text: String,
    /// Handles, phones, addresses and wallets it shows, as written in the contract.
    pub contacts: Vec<String>,
    /// Terms given as fields.
    pub terms: Option<Terms>,
    /// Which template it follows; none for a text that stands alone.
    pub group: Option<u32>,
    /// Who made it.
    pub kind: AdvertKind,
    /// The template that its template translates.
    pub translation_of: Option<u32>,
}

/// A corpus in memory.
#[derive(Debug)]
pub struct Corpus {
    posts: Vec<CorpusPost>,
    accounts: Vec<stage::Account>,
    parties: Vec<stage::Party>,
    seed: u64,
}

impl Corpus {
    /// Posts in the order of time.
    #[must_use]
    pub fn posts(&self) -> &[CorpusPost] {
        &self.posts
    }
}

/// Makes a corpus.
///
/// # Errors
/// A setting out of range.
pub fn corpus(settings: &CorpusSettings) -> Result<Corpus, WorldError> {
    settings.check()?;
    Ok(stage::play(settings))
}

/// Makes a corpus and writes `places`, `parties`, `accounts`, `sightings` and `posts`, and `truth/adverts`, below `folder`.
///
/// # Errors
/// A setting out of range, or a folder or file that cannot be written.
pub fn write_corpus(folder: &Path, settings: &CorpusSettings) -> Result<CorpusSummary, WorldError> {
    let corpus = corpus(settings)?;
    let truth = folder.join("truth");
    std::fs::create_dir_all(&truth).map_err(|source| WorldError::Folder { path: truth.clone(), source })?;
    Ok(write::tables(&corpus, folder, &truth)?)
}
