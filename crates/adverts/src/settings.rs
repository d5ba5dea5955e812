//! What can be set, and how far.

/// Most features in a sketch that a setting may ask for.
pub const FEATURES_MAX: usize = 1_024;

/// How adverts are sketched and grouped. Sketches made with different `key` or `features` are not comparable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// The key of the hashes in a sketch. Without it a dictionary tells nothing; whoever shares sketches shares the key.
    pub key: [u64; 2],
    /// Most features kept of a text (16..=1,024): the smallest hashes of its words and word pairs.
    pub features: usize,
    /// Least similarity that joins two posts, 0..=1, as the weighted share of features in common. `None`: found from the posts, as the valley
    /// between those that have a copy and those that have none.
    pub join: Option<f64>,
    /// Least similarity that joins, as a part of the best similarity either post has to any other, 0..=1.
    pub relative: f64,
    /// Least agreement with the consensus of a group for a post or a second group to join it, as a part of the members' own, 0..=1.
    /// `None`: follows from `join`.
    pub absorb: Option<f64>,
    /// Keys per post by which candidates are found (1..=64). See `recall` for what they find.
    pub keys: usize,
    /// Neighbours compared on each side in a bucket of one key (1..=64).
    pub window: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { key: [0x7472_6962_7574_6172, 0x6164_7665_7274_7321], features: 96, join: None, relative: 0.68, absorb: None, keys: 14, window: 1 }
    }
}

impl Settings {
    /// The same with every number brought within its bounds.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.features = self.features.clamp(16, FEATURES_MAX);
        self.keys = self.keys.clamp(1, 64);
        self.window = self.window.clamp(1, 64);
        for share in [self.join.as_mut(), Some(&mut self.relative), self.absorb.as_mut()].into_iter().flatten() {
            *share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 1.0 };
        }
        self
    }

    /// Least chance that two posts share a key, for posts whose weighted share of features in common is `similarity`: `1 − (1 − s)^keys`.
    /// The keys are a weighted sample without replacement, so the true chance is a little higher; within a bucket only neighbours are compared.
    #[must_use]
    pub fn recall(&self, similarity: f64) -> f64 {
        1.0 - (1.0 - similarity.clamp(0.0, 1.0)).powi(i32::try_from(self.keys).unwrap_or(i32::MAX))
    }
}
