//! Who posts: accounts that are openly one operator, pages that post what others offer, licensed firms and who acts under them.

use std::collections::{BTreeMap, BTreeSet};

use super::input::{Contact, EvidenceInput, OfferKind, Post, RelationKind};
use super::settings::{DAY, EvidenceSettings};
use super::signal::{Abstention, Family, Finding, Signal};
use super::terms::{Unit, unit_of};
use super::verdict::Why;

/// One account's part in a group.
pub(super) struct Poster<'a> {
    pub(super) account: u32,
    /// The smallest account of the same operator.
    pub(super) operator: u32,
    /// A page or board that posts what many others offer.
    pub(super) carrier: bool,
    pub(super) licensed: bool,
    /// Shows a contact of a licensed firm: one on the register, or one that a licensed poster of the same template shows.
    pub(super) under_licensee: bool,
    /// In the order of time; never empty.
    pub(super) posts: Vec<&'a Post>,
}

impl Poster<'_> {
    /// Counts towards evidence: neither page nor licensed nor under a licensee.
    pub(super) const fn open(&self) -> bool {
        !(self.carrier || self.licensed || self.under_licensee)
    }

    pub(super) fn first(&self) -> i64 {
        self.posts.first().map_or(0, |post| post.at)
    }

    pub(super) fn last(&self) -> i64 {
        self.posts.last().map_or(0, |post| post.at)
    }
}

/// One group laid out by poster.
pub(super) struct Scene<'a> {
    /// In the order of time.
    pub(super) posts: Vec<&'a Post>,
    /// In the order of accounts.
    pub(super) posters: Vec<Poster<'a>>,
    /// What most of its posts offer.
    pub(super) kind: OfferKind,
}

impl<'a> Scene<'a> {
    /// Posters that count.
    pub(super) fn open(&self) -> impl Iterator<Item = &Poster<'a>> {
        self.posters.iter().filter(|poster| poster.open())
    }

    /// Operators that count.
    pub(super) fn operators(&self) -> BTreeSet<u32> {
        self.open().map(|poster| poster.operator).collect()
    }

    /// Posts of posters that count, in the order of time, with their operator.
    pub(super) fn open_posts(&self) -> Vec<(&'a Post, u32)> {
        let mut posts: Vec<(&Post, u32)> = self.open().flat_map(|poster| poster.posts.iter().map(|post| (*post, poster.operator))).collect();
        posts.sort_by_key(|(post, _)| (post.at, post.number));
        posts
    }
}

/// What is known of accounts over all posts.
pub(super) struct Operators {
    /// The smallest account of the same operator.
    operator: Vec<u32>,
    carrier: Vec<bool>,
    licensed: Vec<bool>,
    registered: BTreeSet<Contact>,
}

/// The root of a set, shortening the way.
pub(super) fn root(parent: &mut [u32], start: u32) -> u32 {
    let mut at = start;
    while let Some(up) = parent.get(at as usize).copied().filter(|up| *up != at) {
        let above = parent.get(up as usize).copied().unwrap_or(up);
        if let Some(slot) = parent.get_mut(at as usize) {
            *slot = above;
        }
        at = above;
    }
    at
}

/// Joins two sets under the smaller root.
pub(super) fn join(parent: &mut [u32], one: u32, other: u32) {
    let (one, other) = (root(parent, one), root(parent, other));
    if let Some(slot) = parent.get_mut(one.max(other) as usize) {
        *slot = one.min(other);
    }
}

impl Operators {
    pub(super) fn of(input: &EvidenceInput<'_>, posts: &[&Post], settings: &EvidenceSettings) -> Self {
        let count = input.accounts.len() as u32;
        let mut parent: Vec<u32> = (0..count).collect();
        let mut holders: BTreeMap<u64, u32> = BTreeMap::new();
        for (number, account) in (0_u32..).zip(input.accounts) {
            if let Some(holder) = account.holder {
                let first = *holders.entry(holder).or_insert(number);
                join(&mut parent, first, number);
            }
        }
        for relation in input.relations.iter().filter(|r| r.kind == RelationKind::Declared && r.one < count && r.other < count) {
            join(&mut parent, relation.one, relation.other);
        }
        let operator: Vec<u32> = (0..count).map(|account| root(&mut parent, account)).collect();
        let registered = input.register.iter().flat_map(|register| register.contacts.iter().copied()).collect();
        Self { registered, carrier: carriers(input.accounts.len(), posts, settings), licensed: licensed(input, &operator), operator }
    }

    fn said(flags: &[bool], account: u32) -> bool {
        flags.get(account as usize).copied().unwrap_or(false)
    }

    /// Lays out a group whose posts are in the order of time.
    pub(super) fn scene<'a>(&self, input: &EvidenceInput<'_>, posts: &[&'a Post]) -> Scene<'a> {
        let mut by_account: BTreeMap<u32, Vec<&Post>> = BTreeMap::new();
        let mut kinds: BTreeMap<OfferKind, usize> = BTreeMap::new();
        for post in posts {
            by_account.entry(post.account).or_default().push(post);
            *kinds.entry(post.kind).or_default() += 1;
        }
        debug_assert!(by_account.keys().all(|account| (*account as usize) < input.accounts.len()), "unknown accounts are left out before");
        let shown = |posts: &[&Post]| posts.iter().flat_map(|post| post.contacts.iter().copied()).collect::<BTreeSet<Contact>>();
        let licensees: BTreeSet<Contact> =
            by_account.iter().filter(|(account, _)| Self::said(&self.licensed, **account)).flat_map(|(_, posts)| shown(posts)).collect();
        let poster = |(account, posts): (u32, Vec<&'a Post>)| {
            let licensed = Self::said(&self.licensed, account);
            Poster {
                account,
                operator: self.operator.get(account as usize).copied().unwrap_or(account),
                carrier: Self::said(&self.carrier, account),
                licensed,
                under_licensee: !licensed && shown(&posts).iter().any(|contact| licensees.contains(contact) || self.registered.contains(contact)),
                posts,
            }
        };
        let kind = kinds.into_iter().max_by_key(|(kind, count)| (*count, std::cmp::Reverse(*kind))).map_or(OfferKind::Other, |(kind, _)| kind);
        Scene { posts: posts.to_vec(), posters: by_account.into_iter().map(poster).collect(), kind }
    }
}

/// Pages and boards: many templates, and as many different contacts.
fn carriers(accounts: usize, posts: &[&Post], settings: &EvidenceSettings) -> Vec<bool> {
    let mut templates: Vec<BTreeSet<Unit>> = vec![BTreeSet::new(); accounts];
    let mut contacts: Vec<BTreeSet<Contact>> = vec![BTreeSet::new(); accounts];
    for post in posts {
        let account = post.account as usize;
        if let (Some(own), Some(shown)) = (templates.get_mut(account), contacts.get_mut(account)) {
            own.insert(unit_of(post));
            shown.extend(post.contacts.iter().copied());
        }
    }
    let many = settings.carrier_templates;
    templates.iter().zip(&contacts).map(|(own, shown)| own.len() >= many && shown.len() >= many).collect()
}

/// A licence counts for all accounts of its holder.
fn licensed(input: &EvidenceInput<'_>, operator: &[u32]) -> Vec<bool> {
    let holding: BTreeSet<u32> = operator.iter().zip(input.accounts).filter(|(_, account)| account.licensed).map(|(operator, _)| *operator).collect();
    operator.iter().map(|operator| holding.contains(operator)).collect()
}

/// REC-03: offers of work abroad by operators that the register does not know.
pub(super) fn licence(input: &EvidenceInput<'_>, scene: &Scene<'_>, settings: &EvidenceSettings) -> Finding {
    let Some(register) = input.register else {
        return Finding::abstains(Family::Licence, Abstention::NoRegister);
    };
    if (input.now.saturating_sub(register.copied_at)) as f64 > settings.register_days * DAY {
        return Finding::abstains(Family::Licence, Abstention::StaleRegister);
    }
    let mut finding = Finding::silent(Family::Licence);
    let (mut checked, mut missing, mut uncovered) = (BTreeSet::new(), BTreeSet::new(), false);
    for poster in scene.posters.iter().filter(|poster| !poster.carrier) {
        let home = input.accounts.get(poster.account as usize).and_then(|account| account.country);
        let Some(home) = home.filter(|home| register.countries.contains(home)) else {
            uncovered = true;
            continue;
        };
        let abroad = |post: &&&Post| post.kind == OfferKind::Job && post.destination.or(post.place.map(|p| p.country)).is_some_and(|d| d != home);
        let offers: Vec<u64> = poster.posts.iter().filter(abroad).map(|post| post.number).collect();
        if offers.is_empty() {
            continue;
        }
        checked.insert(poster.operator);
        if poster.under_licensee {
            finding.explained.push(Why::UnderLicensee);
        } else if !poster.licensed {
            missing.insert(poster.operator);
            finding.posts.extend(offers);
        }
    }
    if checked.is_empty() && uncovered {
        return Finding::abstains(Family::Licence, Abstention::NoRegister);
    }
    finding.explained.sort_unstable();
    finding.explained.dedup();
    if !missing.is_empty() && missing.len() * 2 >= checked.len() {
        finding.signals.push(Signal::Unlicensed { missing: missing.len(), checked: checked.len() });
    } else {
        finding.posts.clear();
    }
    finding
}
