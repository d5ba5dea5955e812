//! Many sketches side by side: the features of all posts in one array.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: offsets are built here, one more than posts")]

use rayon::prelude::*;

use crate::hash::mix;
use crate::settings::Settings;
use crate::sketch::{Sketch, Sketcher};

/// Texts that one task reads.
const CHUNK: usize = 512;

/// The features of many posts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    /// Where each post's features begin, and the end.
    starts: Vec<usize>,
    features: Vec<u32>,
    truncated: Vec<bool>,
    /// A hash of each post's features.
    digests: Vec<u64>,
}

impl Store {
    /// Of texts.
    pub(crate) fn of_texts<T: AsRef<str> + Sync>(texts: &[T], settings: &Settings) -> Self {
        let parts: Vec<Self> = texts
            .par_chunks(CHUNK)
            .map_init(
                || Sketcher::new(settings),
                |sketcher, texts| {
                    let mut part = Self::default();
                    for text in texts {
                        let brief = sketcher.read(text.as_ref());
                        part.push(sketcher.features(), brief.truncated);
                    }
                    part
                },
            )
            .collect();
        let mut out = Self::default();
        out.features.reserve_exact(parts.iter().map(|p| p.features.len()).sum());
        out.starts.reserve_exact(texts.len() + 1);
        for part in parts {
            out.append(&part);
        }
        out
    }

    /// Adds a post.
    pub(crate) fn push(&mut self, features: &[u32], truncated: bool) {
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        self.features.extend_from_slice(features);
        self.starts.push(self.features.len());
        self.truncated.push(truncated);
        self.digests.push(features.iter().fold(u64::from(truncated), |h, f| (h.rotate_left(5) ^ u64::from(*f)).wrapping_mul(0x517C_C1B7_2722_0A95)));
    }

    /// Adds a sketch.
    pub(crate) fn push_sketch(&mut self, sketch: &Sketch) {
        self.push(sketch.features(), sketch.truncated());
    }

    fn append(&mut self, other: &Self) {
        let base = self.features.len();
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        self.features.extend_from_slice(&other.features);
        self.starts.extend(other.starts.iter().skip(1).map(|s| s + base));
        self.truncated.extend_from_slice(&other.truncated);
        self.digests.extend_from_slice(&other.digests);
    }

    pub(crate) fn len(&self) -> usize {
        self.truncated.len()
    }

    pub(crate) fn features(&self, post: usize) -> &[u32] {
        &self.features[self.starts[post]..self.starts[post + 1]]
    }

    /// Starts, features, and which are truncated.
    pub(crate) fn into_parts(self) -> (Vec<usize>, Vec<u32>, Vec<bool>) {
        (self.starts, self.features, self.truncated)
    }

    pub(crate) fn truncated(&self, post: usize) -> bool {
        self.truncated[post]
    }

    /// Posts with features, one for each set of equal features, in an order that depends on the features alone; and for each post its place
    /// in that list (`u32::MAX` without features).
    pub(crate) fn distinct(&self) -> (Vec<u32>, Vec<u32>) {
        let mut order: Vec<(u64, u32)> =
            (0..self.len()).filter(|p| !self.features(*p).is_empty()).map(|p| (mix(self.digests[p]), p as u32)).collect();
        let features = |post: u32| self.features(post as usize);
        order.par_sort_unstable_by(|a, b| {
            a.0.cmp(&b.0)
                .then_with(|| features(a.1).cmp(features(b.1)))
                .then_with(|| self.truncated(a.1 as usize).cmp(&self.truncated(b.1 as usize)))
                .then(a.1.cmp(&b.1))
        });
        let mut places = vec![u32::MAX; self.len()];
        let mut firsts: Vec<u32> = Vec::new();
        for (digest, post) in &order {
            let equal = |first: &u32| {
                mix(self.digests[*first as usize]) == *digest
                    && features(*first) == features(*post)
                    && self.truncated(*first as usize) == self.truncated(*post as usize)
            };
            if !firsts.last().is_some_and(equal) {
                firsts.push(*post);
            }
            places[*post as usize] = firsts.len() as u32 - 1;
        }
        (firsts, places)
    }
}
