//! A seeded simulator of the Afghanistan–Pakistan–Gulf corridor: benign life first, and in it a few networks of two kinds,
//! some of which share infrastructure. It writes the tables of the observation contract and, apart from them, the truth.
//!
//! Invariant: never reads what detects. Its shapes come from published descriptions of how such schemes work, with wide
//! ranges, so that many instances are hard or cannot be found at all. Floor 5; same options, same bytes.
//!
//! ```no_run
//! use tributary_world::{Overlap, WorldOptions, generate};
//! let options = WorldOptions { seed: 7, scale: 0.1, overlap: Overlap::Low };
//! let summary = generate(&options, std::path::Path::new("out"), &|_| true)?;
//! # Ok::<(), tributary_world::WorldError>(())
//! ```
#![expect(clippy::indexing_slicing, reason = "reads no outside input: every index is a number the world itself gave out")]

mod adverts;
pub mod corpus;
mod crime;
mod crowd;
mod custom;
mod draw;
mod firms;
mod habits;
mod livelihood;
mod names;
mod people;
mod places;
mod render;
mod routine;
mod shield;
mod state;
mod truth;
mod write;

use crate::crowd::{Crowd, Scene, Twin};
use crate::draw::Draw;
use crate::routine::Routine;
use crate::state::World;
use serde::Serialize;
use std::path::{Path, PathBuf};
use tributary_model::Table;

pub use crate::state::DAYS;
pub use crate::write::{WriteError, first_day};

/// Largest scale: about 60 million transfers.
pub const SCALE_MAX: f64 = 100.0;
/// Smallest scale: about 1,700 parties.
pub const SCALE_MIN: f64 = 0.005;

/// How often a trafficking and a financing network share something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// Never.
    None,
    /// About 15 % of networks.
    Low,
    /// About 45 % of networks.
    High,
}

impl Overlap {
    /// The overlap of that name: `none`, `low` or `high`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [("none", Self::None), ("low", Self::Low), ("high", Self::High)].into_iter().find(|(n, _)| *n == name).map(|(_, o)| o)
    }

    /// Share of networks that are half of a convergent pair.
    const fn share(self) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Low => 0.15,
            Self::High => 0.45,
        }
    }
}

/// What world to make.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorldOptions {
    /// Same seed, same bytes.
    pub seed: u64,
    /// 1 is about 600,000 transfers and 400,000 contacts over 180 days; [`SCALE_MIN`]..=[`SCALE_MAX`].
    pub scale: f64,
    /// How often networks converge.
    pub overlap: Overlap,
}

/// Where the making stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorldProgress {
    /// What is being made, in plain words.
    pub stage: &'static str,
    /// Steps done.
    pub done: u64,
    /// Steps in all.
    pub total: u64,
}

/// What a world holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorldSummary {
    /// Rows by table, in the order of the contract.
    pub rows: Vec<(String, u64)>,
    /// People and organisations, other sources' records not counted twice.
    pub parties: u64,
    /// Parties with a criminal role, counted once for each network.
    pub member_parties: u64,
    /// Networks.
    pub networks: u64,
    /// Pairs of networks that truly share something.
    pub convergences: u64,
    /// Pairs that merely seem to.
    pub near_misses: u64,
    /// Exploited people.
    pub victims: u64,
    /// Transfers that belong to a network.
    pub labelled_transfers: u64,
}

/// Why a world could not be made.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// Scale outside the range.
    #[error("scale `{scale}` is outside {SCALE_MIN} to {SCALE_MAX}: choose one within")]
    Scale {
        /// What was asked for.
        scale: f64,
    },
    /// A setting of a corpus of adverts outside its range.
    #[error("`{name}` of `{value}` is out of range: posts are 1 to 5,000,000, shares 0 to 1, weights of languages finite and not all zero")]
    Corpus {
        /// Which setting.
        name: &'static str,
        /// What was asked for.
        value: String,
    },
    /// The folder cannot be made.
    #[error("cannot make the folder `{}`: check the path and its permissions", path.display())]
    Folder {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// `progress` said to stop; the folder holds an unfinished world.
    #[error("stopped before the world was finished: remove the folder and make it again")]
    Stopped,
}

/// Makes a world in `out` (the tables) and `out/truth` (the truth). `progress` is told of each step and stops the work by
/// returning false. Memory grows with parties and planned events, not with days of routine.
///
/// # Errors
/// Scale out of range, a folder or file that cannot be written, or stopped.
pub fn generate(options: &WorldOptions, out: &Path, progress: &dyn Fn(WorldProgress) -> bool) -> Result<WorldSummary, WorldError> {
    let WorldOptions { seed, scale, overlap } = *options;
    if !(SCALE_MIN..=SCALE_MAX).contains(&scale) {
        return Err(WorldError::Scale { scale });
    }
    let truth_folder = out.join("truth");
    std::fs::create_dir_all(&truth_folder).map_err(|source| WorldError::Folder { path: truth_folder.clone(), source })?;
    let total = u64::from(DAYS) + 3;
    let step = |stage, done| {
        if progress(WorldProgress { stage, done, total }) { Ok(()) } else { Err(WorldError::Stopped) }
    };
    step("people and organisations", 0)?;
    let people = 45_000.0 * scale + 1_500.0;
    let mut world = World::new(seed, scale);
    let firms = firms::found_all(&mut world, &mut Draw::stream(seed, "firms", 0), people);
    let mut draw = Draw::stream(seed, "people", 0);
    people::settle(&mut world, &mut draw, people as usize);
    people::camps(&mut world, &mut draw);
    people::shared_numbers(&mut world, &mut draw);
    let crowd = Crowd::of(&world);
    people::recycle_numbers(&mut world, &mut draw, &crowd.everyone);
    let mut twins: Vec<Twin> = Vec::new();
    step("livelihoods", 1)?;
    let mut scene = Scene { world: &mut world, draw: Draw::stream(seed, "livelihood", 0), firms: &firms, crowd: &crowd, twins: &mut twins };
    livelihood::plan(&mut scene);
    scene.draw = Draw::stream(seed, "custom", 0);
    custom::plan(&mut scene);
    scene.draw = Draw::stream(seed, "habits", 0);
    habits::plan(&mut scene);
    step("networks", 2)?;
    scene.draw = Draw::stream(seed, "crime", 0);
    let plot = crime::plan(&mut scene, overlap);
    people::second_records(&mut world, &mut Draw::stream(seed, "records", 0), &crowd.everyone, 0.05);
    let parties = world.parties.iter().filter(|p| p.same_as == state::NONE).count() as u64;
    let counts = truth::write(&world, &plot, &twins, &truth_folder)?;
    let mut rows: Vec<(Table, u64)> = write::registers(&world, out)?.into();
    let mut stream = write::Stream::create(out, &truth_folder)?;
    let routine = Routine::new(&world, &crowd, &firms);
    for day in 0..DAYS {
        step("days", u64::from(day) + 3)?;
        stream.day(&world, &routine, day)?;
    }
    let (streamed, labelled_transfers) = stream.finish()?;
    rows.extend(streamed);
    rows.extend(write::reports(&mut world, out, &truth_folder)?);
    rows.sort_by_key(|(table, _)| *table);
    step("done", total)?;
    Ok(WorldSummary {
        rows: rows.into_iter().map(|(table, count)| (table.name().to_owned(), count)).collect(),
        parties,
        member_parties: counts.member_parties,
        networks: plot.networks.len() as u64,
        convergences: plot.convergences.len() as u64,
        near_misses: plot.near_misses.len() as u64,
        victims: counts.victims,
        labelled_transfers,
    })
}
