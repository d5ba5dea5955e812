//! Which adverts are copies of one template: sketches made where the text is, groups found without the text, templates where it is at hand.
//!
//! Floor 0. Invariant: never keeps or returns the text of an advert in a [`Sketch`]; no I/O, no clock, no random number: the same posts give the
//! same groups in every order and with every number of threads.

mod candidate;
mod consensus;
pub mod evidence;
mod fold;
mod group;
mod grouper;
mod hash;
pub mod html;
mod lexicon;
pub mod reference;
mod settings;
mod sketch;
mod slot;
mod store;
mod template;
mod token;
mod translation;
mod union;
mod weigh;

pub use fold::TEXT_LENGTH_MAX;
pub use grouper::Grouper;
pub use lexicon::translated;
pub use settings::{FEATURES_MAX, Settings};
pub use sketch::{SLOTS_MAX, Sketch, SketchError, Sketcher, WORDS_MIN};
pub use slot::{SlotKind, SlotValue};
pub use template::{MEMBERS_MAX, Part, Slot, TOKENS_MAX, Template, template};
pub use token::{ScriptHint, Token, TokenKind, Tokeniser};
pub use translation::translations;

/// Groups of texts: for each text the lowest position in its group, `None` when it is alone. Runs on the current thread pool of rayon;
/// neither the number of threads nor the order of texts changes who is with whom.
#[must_use]
pub fn group_texts<T: AsRef<str> + Sync>(texts: &[T], settings: &Settings) -> Vec<Option<u32>> {
    let settings = settings.bounded();
    let store = store::Store::of_texts(texts, &settings);
    let ready = group::Ready::new(&store);
    drop(store);
    name(&ready.groups(&settings), |at| at as u32)
}

/// Groups of sketches, each with its post's number: for each the lowest number in its group, `None` when it is alone.
/// The same groups as [`group_texts`] finds for the texts.
#[must_use]
pub fn group_sketches(posts: &[(u32, Sketch)], settings: &Settings) -> Vec<Option<u32>> {
    let mut grouper = Grouper::new(settings);
    posts.iter().for_each(|(post, sketch)| grouper.add(*post, sketch));
    grouper.groups()
}

/// Names each group of two or more by its lowest post number.
fn name(groups: &[u32], number: impl Fn(usize) -> u32) -> Vec<Option<u32>> {
    let mut first: rustc_hash::FxHashMap<u32, (u32, u32)> = rustc_hash::FxHashMap::default();
    for (at, group) in groups.iter().enumerate() {
        let entry = first.entry(*group).or_insert((u32::MAX, 0));
        *entry = (entry.0.min(number(at)), entry.1.saturating_add(1));
    }
    let of = |group: &u32| first.get(group).filter(|(_, size)| *size > 1 && *group != u32::MAX).map(|(name, _)| *name);
    groups.iter().map(of).collect()
}
