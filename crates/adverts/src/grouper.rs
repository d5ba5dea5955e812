//! Grouping that grows: sketches come in one by one, and the groups of all of them can be asked for at any time.
//!
//! What a feature weighs depends on all posts, so that the groups are a function of the set of sketches: they are found anew from the
//! sketches kept, and are those of one batch, whatever the order and the cuts. Reading texts, the longer part of the work, is done once.

use crate::group::Ready;
use crate::settings::Settings;
use crate::sketch::{Sketch, Sketcher};
use crate::store::Store;

/// Groups that grow with posts added.
#[derive(Debug)]
pub struct Grouper {
    settings: Settings,
    store: Store,
    posts: Vec<u32>,
    sketcher: Sketcher,
}

impl Grouper {
    /// Without posts.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let settings = settings.bounded();
        Self { settings, store: Store::default(), posts: Vec::new(), sketcher: Sketcher::new(&settings) }
    }

    /// Adds a post by its sketch, made with the same settings.
    pub fn add(&mut self, post: u32, sketch: &Sketch) {
        self.store.push_sketch(sketch);
        self.posts.push(post);
    }

    /// Adds a post by its text, which is not kept.
    pub fn add_text(&mut self, post: u32, text: &str) {
        let brief = self.sketcher.read(text);
        self.store.push(self.sketcher.features(), brief.truncated);
        self.posts.push(post);
    }

    /// Posts added.
    #[must_use]
    pub fn len(&self) -> usize {
        self.posts.len()
    }

    /// Was none added?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.posts.is_empty()
    }

    /// For each post, in the order they were added, the lowest post number in its group; `None` when it is alone.
    #[must_use]
    pub fn groups(&self) -> Vec<Option<u32>> {
        crate::name(&Ready::new(&self.store).groups(&self.settings), |at| self.posts.get(at).copied().unwrap_or(u32::MAX))
    }
}
