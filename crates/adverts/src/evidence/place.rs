//! Contacts that operators share, and places too far apart for one contact or one account.

use std::collections::{BTreeMap, BTreeSet};

use super::input::{Contact, OfferKind, Place, Post};
use super::operators::{Scene, join, root};
use super::settings::{DAY, EvidenceSettings};
use super::signal::{Abstention, Family, Finding, Signal};
use crate::SlotKind;

/// Most places of one window that are compared with one another, those with the lowest ids: so the work grows with the posts alone.
const PLACES_COMPARED: usize = 32;

/// How many accounts show each contact.
pub(super) struct Rarity {
    shown: BTreeMap<Contact, usize>,
    accounts: usize,
}

impl Rarity {
    pub(super) fn of(posts: &[&Post]) -> Self {
        let mut pairs: Vec<(Contact, u32)> = posts.iter().flat_map(|post| post.contacts.iter().map(|contact| (*contact, post.account))).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut shown = BTreeMap::new();
        for (contact, _) in &pairs {
            *shown.entry(*contact).or_insert(0) += 1;
        }
        Self { shown, accounts: posts.iter().map(|post| post.account).collect::<BTreeSet<_>>().len() }
    }

    /// 1 − ln(accounts that show it) / ln(accounts in all).
    fn of_contact(&self, contact: Contact) -> f64 {
        let shown = self.shown.get(&contact).copied().unwrap_or(1).max(1) as f64;
        1.0 - shown.ln() / (self.accounts.max(2) as f64).ln()
    }
}

/// A web address names a firm openly: it is no sign that posters hide what they share.
fn reaches_a_person(contact: Contact) -> bool {
    contact.kind.is_contact() && contact.kind != SlotKind::Url
}

/// Operators tied by contacts they share.
pub(super) fn contact(scene: &Scene<'_>, rarity: &Rarity, settings: &EvidenceSettings) -> Finding {
    let mut users: BTreeMap<Contact, BTreeSet<u32>> = BTreeMap::new();
    for poster in scene.open() {
        for contact in poster.posts.iter().flat_map(|post| &post.contacts).filter(|c| reaches_a_person(**c)) {
            users.entry(*contact).or_default().insert(poster.operator);
        }
    }
    if users.is_empty() {
        return Finding::abstains(Family::Contact, Abstention::NoContacts);
    }
    let mut finding = Finding::silent(Family::Contact);
    let shared: BTreeMap<Contact, BTreeSet<u32>> =
        users.into_iter().filter(|(contact, users)| users.len() >= 2 && rarity.of_contact(*contact) >= settings.rarity_min).collect();
    let component = largest_component(&shared);
    if component.len() < settings.operators_min {
        return finding;
    }
    let within = shared.iter().filter(|(_, users)| !users.is_disjoint(&component));
    for (contact, users) in within.clone() {
        finding.signals.push(Signal::SharedContact { contact: *contact, operators: users.len(), rarity: rarity.of_contact(*contact) });
    }
    let held: BTreeSet<Contact> = within.map(|(contact, _)| *contact).collect();
    let rests = |post: &&Post| post.contacts.iter().any(|contact| held.contains(contact));
    finding.posts = scene.open_posts().into_iter().map(|(post, _)| post).filter(rests).map(|post| post.number).collect();
    finding
}

/// The most operators that hang together by shared contacts; of several such sets, the one with the smallest operator.
fn largest_component(shared: &BTreeMap<Contact, BTreeSet<u32>>) -> BTreeSet<u32> {
    let operators: Vec<u32> = shared.values().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let place = |operator: &u32| operators.binary_search(operator).unwrap_or(0) as u32;
    let mut parent: Vec<u32> = (0..operators.len() as u32).collect();
    for users in shared.values() {
        for pair in users.iter().zip(users.iter().skip(1)) {
            join(&mut parent, place(pair.0), place(pair.1));
        }
    }
    let mut sets: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for operator in &operators {
        sets.entry(root(&mut parent, place(operator))).or_default().insert(*operator);
    }
    sets.into_values().max_by_key(|set| (set.len(), std::cmp::Reverse(set.first().copied()))).unwrap_or_default()
}

/// REC-01: distant places under one contact or one account. Where a journey leads says nothing of where its seller sits.
pub(super) fn place(scene: &Scene<'_>, settings: &EvidenceSettings) -> Finding {
    let located = |post: &&Post| post.place.is_some_and(|p| p.lat.is_finite() && p.lon.is_finite()) && post.kind != OfferKind::Travel;
    let posts: Vec<&Post> = scene.open_posts().into_iter().map(|(post, _)| post).filter(located).collect();
    if posts.is_empty() {
        return Finding::abstains(Family::Place, Abstention::NoPlaces);
    }
    let mut finding = Finding::silent(Family::Place);
    let mut by_contact: BTreeMap<Contact, Vec<&Post>> = BTreeMap::new();
    let mut by_account: BTreeMap<u32, Vec<&Post>> = BTreeMap::new();
    for post in &posts {
        by_account.entry(post.account).or_default().push(post);
        for contact in post.contacts.iter().filter(|c| reaches_a_person(**c)) {
            by_contact.entry(*contact).or_default().push(post);
        }
    }
    let mut rests: BTreeSet<u64> = BTreeSet::new();
    let named = by_contact.into_iter().map(|(contact, posts)| (Some(contact), posts)).chain(by_account.into_values().map(|posts| (None, posts)));
    for (contact, posts) in named {
        if let Some((places, distance_km)) = spread(&posts, settings) {
            finding.signals.push(Signal::Spread { contact, places, distance_km });
            rests.extend(posts.iter().map(|post| post.number));
        }
    }
    finding.posts = posts.iter().map(|post| post.number).filter(|number| rests.contains(number)).collect();
    finding
}

/// Places apart and the greatest distance, within some window, when both are enough. Posts are in the order of time.
fn spread(posts: &[&Post], settings: &EvidenceSettings) -> Option<(usize, f64)> {
    let window = (settings.place_days * DAY) as i64;
    let mut inside: BTreeMap<u32, (usize, Place)> = BTreeMap::new();
    let mut best: Option<(usize, f64)> = None;
    let mut oldest = posts.iter();
    for post in posts {
        let Some(place) = post.place else { continue };
        while let Some(old) = oldest.as_slice().first().filter(|old| post.at.saturating_sub(old.at) > window) {
            if let Some(id) = old.place.map(|p| p.id)
                && let Some((count, _)) = inside.get_mut(&id)
            {
                *count -= 1;
                if *count == 0 {
                    inside.remove(&id);
                }
            }
            oldest.next();
        }
        let (count, _) = inside.entry(place.id).or_insert((0, place));
        *count += 1;
        // Only a place that was not there before can add to the spread.
        if *count == 1 && inside.len() >= settings.places_min {
            let places: Vec<Place> = inside.values().take(PLACES_COMPARED).map(|(_, place)| *place).collect();
            let now = (apart(&places, settings.cluster_km), diameter(&places));
            if now.0 >= settings.places_min && now.1 > settings.distance_km && best.is_none_or(|b| now.0 > b.0 || (now.0 == b.0 && now.1 > b.1)) {
                best = Some(now);
            }
        }
    }
    best
}

/// Great-circle distance by the haversine formula on a sphere of 6,371.0088 km.
pub(super) fn distance_km(one: Place, other: Place) -> f64 {
    let (a, b) = (one.lat.to_radians(), other.lat.to_radians());
    let (dlat, dlon) = ((b - a) / 2.0, (other.lon - one.lon).to_radians() / 2.0);
    let h = dlat.sin().powi(2) + a.cos() * b.cos() * dlon.sin().powi(2);
    2.0 * 6_371.008_8 * h.clamp(0.0, 1.0).sqrt().asin()
}

/// Places of which no two are nearer than that: a greedy count in the order of ids.
fn apart(places: &[Place], nearer_km: f64) -> usize {
    let mut centres: Vec<Place> = Vec::new();
    for place in places {
        if centres.iter().all(|centre| distance_km(*centre, *place) >= nearer_km) {
            centres.push(*place);
        }
    }
    centres.len()
}

fn diameter(places: &[Place]) -> f64 {
    let pairs = places.iter().enumerate().flat_map(|(at, one)| places.iter().skip(at + 1).map(move |other| distance_km(*one, *other)));
    pairs.fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::{Place, distance_km};

    #[test]
    fn distances_are_those_of_an_atlas() {
        let place = |lat, lon| Place { id: 0, lat, lon, country: *b"PK" };
        for (one, other, km) in [
            (place(24.86, 67.01), place(31.55, 74.34), 1_033.0),
            (place(25.20, 55.27), place(25.29, 51.53), 376.0),
            (place(0.0, 179.5), place(0.0, -179.5), 111.2),
            (place(90.0, 0.0), place(-90.0, 0.0), 20_015.1),
            (place(10.0, 10.0), place(10.0, 10.0), 0.0),
        ] {
            assert!((distance_km(one, other) - km).abs() < km * 0.01 + 0.1, "{} against {km}", distance_km(one, other));
        }
    }
}
