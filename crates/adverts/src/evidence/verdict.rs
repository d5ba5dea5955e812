//! From findings to a verdict, and to whom it may name.

use std::collections::{BTreeMap, BTreeSet};

use super::input::EvidenceInput;
use super::operators::Scene;
use super::settings::{DAY, EvidenceSettings};
use super::signal::{Family, Finding, Signal};

/// What is to be done with a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Like adverts, nothing more.
    Template,
    /// One thing beside, or several that rest on one: kept, not flagged.
    Context,
    /// Two further families: a person should look.
    Review,
}

impl Verdict {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Template => "template",
            Self::Context => "context",
            Self::Review => "review",
        }
    }
}

/// What keeps a group or a family from counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// No offer of work, marriage, travel or company.
    NotRecruiting,
    /// Posted by pages or boards that post what others offer.
    Carriers,
    /// Posted by licensed firms.
    Licensed,
    /// Posted by sub-agents that show a licensed firm's contact.
    UnderLicensee,
    /// Too few operators.
    FewOperators,
    /// Too few adverts.
    FewAdverts,
    /// Its adverts lie too far apart in time for REC-02; the other families stand for themselves.
    Slow,
    /// Place and contact rest on one number: they count once.
    Echo,
    /// The shared contact passed from account to account with the succession: they count once.
    Inherited,
    /// All that speaks is that one hand coordinates, as a chain does openly.
    OpenCoordination,
}

impl Why {
    /// In plain words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NotRecruiting => "the adverts offer neither work nor marriage, travel or company",
            Self::Carriers => "the posters are pages or boards that post what many others offer",
            Self::Licensed => "the posters are licensed",
            Self::UnderLicensee => "the posters show the contact of a licensed firm",
            Self::FewOperators => "too few operators post it",
            Self::FewAdverts => "too few adverts",
            Self::Slow => "its adverts lie too far apart in time for the indicator of cloned adverts",
            Self::Echo => "place and contact rest on one number and count once",
            Self::Inherited => "the shared contact was handed on with the succession and counts once",
            Self::OpenCoordination => "shared contacts and rhythm show one hand, which a chain has too",
        }
    }
}

/// Whom a finding may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The group of adverts.
    Group(u32),
    /// A poster's account (index), as advert operator.
    Account(u32),
}

impl Subject {
    /// The only role there is.
    #[must_use]
    pub const fn role(self) -> &'static str {
        "advert_operator"
    }
}

/// What is known of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupEvidence {
    /// Its number.
    pub group: u32,
    /// Adverts in it.
    pub adverts: usize,
    /// Accounts that posted them.
    pub posters: usize,
    /// Operators that count: accounts of one holder are one; pages, licensed firms and their agents are none.
    pub operators: usize,
    /// First and last post, seconds since 1970.
    pub period: (i64, i64),
    /// What each family says, in the order of [`Family::ALL`].
    pub findings: Vec<Finding>,
    /// Families that speak and rest on facts of their own.
    pub families: Vec<Family>,
    /// The verdict.
    pub verdict: Verdict,
    /// What keeps it from being more.
    pub why: Vec<Why>,
    /// The group, and the accounts of its operators; none unless the verdict is review.
    pub subjects: Vec<Subject>,
    /// Posters under protection: counted, not named.
    pub protected: usize,
}

impl GroupEvidence {
    /// Indicators that speak, in order. REC-02 is the group itself, when it is large and many-handed enough.
    #[must_use]
    pub fn indicators(&self) -> Vec<&'static str> {
        let mut all: BTreeSet<&'static str> = self.findings.iter().flat_map(|f| f.signals.iter().map(Signal::indicator)).collect();
        if !self.why.iter().any(|w| matches!(w, Why::NotRecruiting | Why::FewOperators | Why::FewAdverts | Why::Slow)) {
            all.insert("REC-02");
        }
        all.into_iter().collect()
    }
}

/// Weighs the findings on one group.
pub(super) fn weigh(
    group: u32,
    scene: &Scene<'_>,
    input: &EvidenceInput<'_>,
    mut findings: Vec<Finding>,
    settings: &EvidenceSettings,
) -> GroupEvidence {
    let operators = scene.operators().len();
    let mut why = standing(scene, operators, settings);
    let gate = why.iter().all(|w| *w == Why::Slow);
    let mut families: Vec<Family> = findings.iter().filter(|finding| finding.speaks()).map(|finding| finding.family).collect();
    if !scene.kind.recruits() {
        families.clear();
        findings.iter_mut().for_each(|finding| *finding = Finding::silent(finding.family));
    }
    // A place that only the shared contact claims is the shared contact once more.
    let own_place = findings.iter().flat_map(|f| &f.signals).any(|signal| matches!(signal, Signal::Spread { contact: None, .. }));
    if families.contains(&Family::Contact) && families.contains(&Family::Place) && !own_place {
        families.retain(|family| *family != Family::Place);
        why.push(Why::Echo);
    }
    // A successor takes over its predecessor's contact: that is what REC-10 means, so the contact says nothing new.
    let devices = findings.iter().flat_map(|f| &f.signals).any(|signal| matches!(signal, Signal::SharedDevice { .. }));
    if families.contains(&Family::Contact) && families.contains(&Family::Identity) && !devices {
        families.retain(|family| *family != Family::Contact);
        why.push(Why::Inherited);
    }
    let beyond = families.iter().any(|family| !matches!(family, Family::Contact | Family::Timing) && (*family != Family::Place || own_place));
    if families.len() >= 2 && !beyond {
        why.push(Why::OpenCoordination);
    }
    let verdict = match families.len() {
        0 => Verdict::Template,
        _ if gate && beyond && families.len() >= 2 => Verdict::Review,
        _ => Verdict::Context,
    };
    let mut order: BTreeMap<u64, usize> = BTreeMap::new();
    for (at, post) in scene.posts.iter().enumerate() {
        order.insert(post.number, at);
    }
    for finding in &mut findings {
        finding.posts.sort_by_key(|number| order.get(number).copied());
        finding.posts.dedup();
        finding.posts.truncate(settings.posts_shown);
        // The widest first; the rest of a crowd says nothing more.
        finding.signals.sort_by(|a, b| b.breadth().total_cmp(&a.breadth()));
        finding.signals.truncate(settings.posts_shown);
    }
    let shielded = |account: u32| input.accounts.get(account as usize).is_some_and(|a| a.protected);
    let mut subjects = Vec::new();
    if verdict == Verdict::Review {
        subjects.push(Subject::Group(group));
        subjects.extend(scene.open().filter(|poster| !shielded(poster.account)).map(|poster| Subject::Account(poster.account)));
    }
    GroupEvidence {
        group,
        adverts: scene.posts.len(),
        posters: scene.posters.len(),
        operators,
        period: (scene.posts.first().map_or(0, |p| p.at), scene.posts.last().map_or(0, |p| p.at)),
        findings,
        families,
        verdict,
        why,
        subjects,
        protected: scene.posters.iter().filter(|poster| shielded(poster.account)).count(),
    }
}

/// What keeps the group itself from counting: REC-02 does not hold.
fn standing(scene: &Scene<'_>, operators: usize, settings: &EvidenceSettings) -> Vec<Why> {
    let mut why = Vec::new();
    if !scene.kind.recruits() {
        why.push(Why::NotRecruiting);
    }
    let share = |is: &dyn Fn(&super::operators::Poster<'_>) -> bool| scene.posters.iter().filter(|p| is(p)).count() * 2 >= scene.posters.len();
    if operators < settings.operators_min {
        why.push(Why::FewOperators);
        for (is, reason) in [
            (share(&|p| p.carrier), Why::Carriers),
            (share(&|p| p.licensed), Why::Licensed),
            (scene.posters.iter().any(|p| p.under_licensee), Why::UnderLicensee),
        ] {
            if is {
                why.push(reason);
            }
        }
    }
    let times: Vec<i64> = scene.open_posts().iter().map(|(post, _)| post.at).collect();
    let window = (settings.burst_days * DAY) as i64;
    let dense = times.windows(settings.adverts_min).any(|w| matches!((w.first(), w.last()), (Some(a), Some(b)) if b.saturating_sub(*a) <= window));
    if times.len() < settings.adverts_min {
        why.push(Why::FewAdverts);
    } else if !dense {
        why.push(Why::Slow);
    }
    why
}
