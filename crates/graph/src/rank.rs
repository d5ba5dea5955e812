//! PageRank where every link counts alike: half the memory of the weighted walk, and each step one pass over the links.
//!
//! Source: Page, Brin, Motwani, Winograd 1998.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: nodes are checked against the number of nodes when the graph is built")]

use rayon::prelude::*;

use crate::GraphError;
use crate::walk::WalkSettings;

/// Sums are taken over pieces of this many nodes and then over the pieces, whatever the number of threads.
const PIECE: usize = 4_096;

/// Directed links by receiving node; parallel links count as often as they are given. 4 bytes a link and 8 a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkGraph {
    offsets: Vec<u32>,
    sources: Vec<u32>,
    leaving: Vec<u32>,
}

impl LinkGraph {
    /// Builds the graph from (from, to). The links into a node are kept by source, so that the order given does not matter.
    ///
    /// # Errors
    /// A node not below `n_nodes`, or more than 2^32 - 2 links.
    pub fn new(n_nodes: u32, links: &[(u32, u32)]) -> Result<Self, GraphError> {
        let max = u32::MAX as usize - 1;
        if links.len() > max {
            return Err(GraphError::TooMany { edges: links.len(), max });
        }
        if let Some((row, link)) = links.iter().enumerate().find(|(_, link)| link.0.max(link.1) >= n_nodes) {
            return Err(GraphError::Node { row, node: link.0.max(link.1), n_nodes });
        }
        let n = n_nodes as usize;
        let (mut leaving, mut offsets) = (vec![0_u32; n], vec![0_u32; n + 1]);
        for (from, to) in links {
            leaving[*from as usize] += 1;
            offsets[*to as usize + 1] += 1;
        }
        (0..n).for_each(|node| offsets[node + 1] += offsets[node]);
        let mut next = offsets.clone();
        let mut sources = vec![0_u32; links.len()];
        for (from, to) in links {
            sources[next[*to as usize] as usize] = *from;
            next[*to as usize] += 1;
        }
        for node in 0..n {
            let into = &mut sources[offsets[node] as usize..offsets[node + 1] as usize];
            if !into.is_sorted() {
                into.sort_unstable();
            }
        }
        Ok(Self { offsets, sources, leaving })
    }

    /// How many nodes.
    #[must_use]
    pub fn n_nodes(&self) -> usize {
        self.leaving.len()
    }

    /// PageRank: a walk along links that restarts anywhere alike, with the chance `restart` and from nodes without links always. Sums to 1; the same bits on any
    /// number of threads.
    #[must_use]
    pub fn page_rank(&self, settings: WalkSettings) -> Vec<f64> {
        let n = self.n_nodes();
        if n == 0 {
            return Vec::new();
        }
        let (restart, even) = (settings.restart.clamp(0.0, 1.0), 1.0 / n as f64);
        let per_link: Vec<f64> = self.leaving.iter().map(|leaving| if *leaving > 0 { (1.0 - restart) / f64::from(*leaving) } else { 0.0 }).collect();
        let mut mass = vec![even; n];
        // What each node sends along each of its links.
        let mut sent = vec![0.0_f64; n];
        for _ in 0..settings.steps_max {
            let lost: f64 = sent
                .par_chunks_mut(PIECE)
                .zip(mass.par_chunks(PIECE).zip(per_link.par_chunks(PIECE)))
                .map(|(sent, (mass, per_link))| {
                    let mut lost = 0.0;
                    for (sent, (mass, per_link)) in sent.iter_mut().zip(mass.iter().zip(per_link)) {
                        *sent = mass * per_link;
                        lost += if *per_link > 0.0 { 0.0 } else { *mass };
                    }
                    lost
                })
                .collect::<Vec<f64>>()
                .into_iter()
                .sum();
            let again = (restart + (1.0 - restart) * if restart < 1.0 { lost } else { 0.0 }) * even;
            let moved: f64 = mass
                .par_chunks_mut(PIECE)
                .enumerate()
                .map(|(piece, mass)| self.step(piece * PIECE, mass, &sent, again))
                .collect::<Vec<f64>>()
                .into_iter()
                .sum();
            if moved <= settings.tolerance {
                break;
            }
        }
        mass
    }

    /// One step for the nodes from `first` on; how much moved.
    fn step(&self, first: usize, mass: &mut [f64], sent: &[f64], again: f64) -> f64 {
        let mut moved = 0.0;
        let mut begin = self.offsets[first] as usize;
        for (mass, end) in mass.iter_mut().zip(&self.offsets[first + 1..]) {
            let into = &self.sources[begin..*end as usize];
            begin = *end as usize;
            // Four sums side by side: an addition waits for the one before it.
            let mut sums = [0.0_f64; 4];
            let (fours, rest) = into.as_chunks::<4>();
            for four in fours {
                for (sum, source) in sums.iter_mut().zip(four) {
                    *sum += sent[*source as usize];
                }
            }
            for (sum, source) in sums.iter_mut().zip(rest) {
                *sum += sent[*source as usize];
            }
            let next = again + (sums[0] + sums[1]) + (sums[2] + sums[3]);
            moved += (next - *mass).abs();
            *mass = next;
        }
        moved
    }
}
