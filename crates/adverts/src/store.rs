//! Many sketches side by side: the features of all posts in one array.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: offsets are built here, one more than posts")]

use rayon::prelude::*;

use crate::hash::mix;
use crate::settings::Settings;
use crate::sketch::{Sketch, Sketcher};

/// Texts that one task reads.
const CHUNK: usize = 512;

/// Features that a part is made for; it grows if need be.
const PART_FEATURES: usize = CHUNK * 112;

/// Where a post's features lie.
#[derive(Clone, Copy, Debug)]
struct Span {
    part: u32,
    start: u32,
    length: u32,
}

/// The features of many posts, in parts that are never copied.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    spans: Vec<Span>,
    parts: Vec<Vec<u32>>,
    truncated: Vec<bool>,
    /// A hash of each post's features.
    digests: Vec<u64>,
}

impl Store {
    /// Of texts.
    pub(crate) fn of_texts<T: AsRef<str> + Sync>(texts: &[T], settings: &Settings) -> Self {
        let stores: Vec<Self> = texts
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
        for mut store in stores {
            let base = out.parts.len() as u32;
            out.spans.extend(store.spans.iter().map(|s| Span { part: s.part + base, ..*s }));
            out.truncated.extend_from_slice(&store.truncated);
            out.digests.extend_from_slice(&store.digests);
            out.parts.append(&mut store.parts);
        }
        out
    }

    /// Adds a post.
    pub(crate) fn push(&mut self, features: &[u32], truncated: bool) {
        if self.parts.last().is_none_or(|part| part.len() + features.len() > part.capacity()) {
            self.parts.push(Vec::with_capacity(PART_FEATURES.max(features.len())));
        }
        let at = self.parts.len() - 1;
        let part = &mut self.parts[at];
        self.spans.push(Span { part: at as u32, start: part.len() as u32, length: features.len() as u32 });
        part.extend_from_slice(features);
        self.truncated.push(truncated);
        self.digests.push(features.iter().fold(u64::from(truncated), |h, f| (h.rotate_left(5) ^ u64::from(*f)).wrapping_mul(0x517C_C1B7_2722_0A95)));
    }

    /// Adds a sketch.
    pub(crate) fn push_sketch(&mut self, sketch: &Sketch) {
        self.push(sketch.features(), sketch.truncated());
    }

    pub(crate) fn len(&self) -> usize {
        self.truncated.len()
    }

    pub(crate) fn features(&self, post: usize) -> &[u32] {
        let span = self.spans[post];
        &self.parts[span.part as usize][span.start as usize..(span.start + span.length) as usize]
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
