//! What speaks for and against a group of like adverts, beside their likeness: who posts, over which contacts, from where, when, with which
//! licence, on which terms.
//!
//! A shared template is common among lawful firms, so that alone is never more than that: [`Verdict::Review`] needs two further families that do
//! not rest on the same fact. The subject is the group, or a poster's account as advert operator; who is advertised is never read, and an account
//! known as a victim's or witness's is counted and not named (SG-031). Nothing here reads a language, a name or any trait of a person.
//!
//! The indicators: REC-01 (one contact, many distant places), REC-02 (cloned adverts), REC-03 (not on the register), REC-04 (impossible permit),
//! REC-05 (implausible terms), REC-10 (successor identity).

mod input;
mod operators;
mod phrases;
mod place;
mod settings;
mod signal;
mod terms;
mod timing;
mod turnover;
mod verdict;

pub use input::{Account, Contact, EvidenceInput, OfferKind, Place, Post, Register, Relation, RelationKind};
pub use phrases::{PHRASE_WORDS_MAX, PHRASES_MAX, PhraseBook, PhraseError};
pub use settings::EvidenceSettings;
pub use signal::{Abstention, Family, Finding, Signal};
pub use verdict::{GroupEvidence, Subject, Verdict, Why};

use std::collections::BTreeMap;

/// The evidence on every group of `input`, in the order of the groups' numbers.
///
/// Posts that name an account that is not in `accounts` are left out. Same input, same answer, whatever the order of posts.
#[must_use]
pub fn evidence(input: &EvidenceInput<'_>, settings: &EvidenceSettings) -> Vec<GroupEvidence> {
    let settings = settings.bounded();
    let known = |post: &&Post| (post.account as usize) < input.accounts.len();
    let mut posts: Vec<&Post> = input.posts.iter().filter(known).collect();
    posts.sort_by_key(|post| (post.at, post.number));
    let operators = operators::Operators::of(input, &posts, &settings);
    let peers = terms::Peers::of(&posts, &settings);
    let ties = turnover::Ties::of(input);
    let rarity = place::Rarity::of(&posts);
    let mut groups: BTreeMap<u32, Vec<&Post>> = BTreeMap::new();
    for post in &posts {
        if let Some(group) = post.group {
            groups.entry(group).or_default().push(post);
        }
    }
    let one = |(group, posts): (u32, Vec<&Post>)| {
        let scene = operators.scene(input, &posts);
        let findings = vec![
            turnover::identity(input, &ties, &scene, &settings),
            place::contact(&scene, &rarity, &settings),
            place::place(&scene, &settings),
            timing::timing(&scene, &settings),
            operators::licence(input, &scene, &settings),
            terms::terms(input, &scene, &peers, &settings),
        ];
        verdict::weigh(group, &scene, input, findings, &settings)
    };
    groups.into_iter().map(one).collect()
}
