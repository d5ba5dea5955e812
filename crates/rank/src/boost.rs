//! Growing trees by `forust-ml`, and taking them over.

use forust_ml::gradientbooster::GrowPolicy;
use forust_ml::objective::ObjectiveType;
use forust_ml::sampler::SampleMethod;
use forust_ml::{GradientBooster, Matrix as Dense};

use crate::RankError;
use crate::forest::{Branch, Forest, Node};
use crate::matrix::Named;
use crate::settings::{Growth, PositiveWeight, Settings};

/// Rows of a matrix with their labels, in the dense form the library reads.
pub(crate) struct Part {
    data: Vec<f64>,
    labels: Vec<f64>,
    weights: Vec<f64>,
    columns: usize,
}

impl Part {
    /// These rows, labelled, positives weighing `positive` times as much.
    pub(crate) fn new(columns: &[&Named], rows: &[(usize, bool)], positive: f64) -> Self {
        let mut data = Vec::with_capacity(columns.len() * rows.len());
        for column in columns {
            data.extend(rows.iter().map(|(row, _)| column.values.get(*row).map_or(f64::NAN, |value| f64::from(*value))));
        }
        let labels = rows.iter().map(|(_, label)| f64::from(u8::from(*label))).collect();
        let weights = rows.iter().map(|(_, label)| if *label { positive } else { 1.0 }).collect();
        Self { data, labels, weights, columns: columns.len() }
    }

    /// Each row weighs `weights` times as much: a drawn row stands for those that were not drawn.
    pub(crate) fn weighing(mut self, weights: impl Iterator<Item = f64>) -> Self {
        for (weight, times) in self.weights.iter_mut().zip(weights) {
            *weight *= times;
        }
        self
    }

    fn dense(&self) -> Dense<'_, f64> {
        Dense::new(&self.data, self.labels.len(), self.columns)
    }
}

/// The weight of a positive row among these.
pub(crate) fn weight(setting: PositiveWeight, rows: &[(usize, bool)]) -> f64 {
    let positives = rows.iter().filter(|(_, label)| *label).count().max(1) as f64;
    let balanced = (rows.len() as f64 - positives).max(1.0) / positives;
    match setting {
        PositiveWeight::One => 1.0,
        PositiveWeight::Balanced => balanced,
        PositiveWeight::Root => balanced.sqrt(),
        PositiveWeight::Times(times) => times,
    }
}

/// Trees, and the loss that each column's splits saved.
pub(crate) struct Grown {
    pub(crate) forest: Forest,
    pub(crate) gains: Vec<f64>,
}

fn booster(settings: &Settings, columns: usize, rounds: usize, patience: Option<usize>) -> GradientBooster {
    // One thread: sums of histograms run in one order, and the same rows give the same bytes.
    let mut booster = GradientBooster::default()
        .set_objective_type(ObjectiveType::LogLoss)
        .set_iterations(rounds)
        .set_learning_rate(settings.learning_rate)
        .set_max_depth(settings.depth)
        .set_max_leaves(settings.leaves)
        .set_l2(settings.l2)
        .set_min_leaf_weight(settings.leaf_weight)
        .set_nbins(settings.bins)
        .set_initialize_base_score(true)
        .set_parallel(false)
        .set_tiled_histograms(true)
        .set_sample_method(if settings.rows < 1.0 { SampleMethod::Random } else { SampleMethod::None })
        .set_subsample(settings.rows)
        .set_colsample_bytree(settings.columns.max(1.0 / columns.max(1) as f64 + 1e-9).min(1.0))
        .set_seed(settings.seed)
        .set_missing(f64::NAN)
        .set_early_stopping_rounds(patience);
    booster.grow_policy = match settings.growth {
        Growth::Level => GrowPolicy::DepthWise,
        Growth::Leaf => GrowPolicy::LossGuide,
    };
    booster
}

/// Sums of the loss saved by the splits of each column, over all trees.
fn gains(booster: &GradientBooster, kept: usize, columns: usize) -> Vec<f64> {
    let mut gains = vec![0.0; columns];
    for node in booster.trees.iter().take(kept).flat_map(|tree| &tree.nodes).filter(|node| !node.is_leaf) {
        if let Some(gain) = gains.get_mut(node.split_feature) {
            *gain += f64::from(node.split_gain);
        }
    }
    gains
}

/// Grows trees on `fit` until the loss on `stop` has not fallen for `patience` trees. The answer holds the trees up to the best.
///
/// # Errors
/// What the library says.
pub(crate) fn until_best(fit: &Part, stop: &Part, settings: &Settings) -> Result<Grown, RankError> {
    let mut booster = booster(settings, fit.columns, settings.rounds, Some(settings.patience));
    let stop = vec![(stop.dense(), stop.labels.as_slice(), stop.weights.as_slice())];
    booster.fit(&fit.dense(), &fit.labels, &fit.weights, Some(stop)).map_err(|error| RankError::Training(error.to_string()))?;
    let kept = booster.best_iteration.map_or(booster.trees.len(), |best| best + 1);
    Ok(Grown { forest: forest(&booster, kept), gains: gains(&booster, kept, fit.columns) })
}

/// Grows this many trees.
///
/// # Errors
/// What the library says.
pub(crate) fn rounds(fit: &Part, rounds: usize, settings: &Settings) -> Result<Grown, RankError> {
    let mut booster = booster(settings, fit.columns, rounds, None);
    booster.fit(&fit.dense(), &fit.labels, &fit.weights, None).map_err(|error| RankError::Training(error.to_string()))?;
    let kept = booster.trees.len();
    Ok(Grown { forest: forest(&booster, kept), gains: gains(&booster, kept, fit.columns) })
}

/// Takes the first trees over into the model's own form.
fn forest(booster: &GradientBooster, kept: usize) -> Forest {
    let trees = booster.trees.iter().take(kept).map(|tree| {
        let nodes = tree.nodes.iter().map(|node| {
            let branch = Branch {
                column: node.split_feature as u32,
                below: node.split_value,
                left: node.left_child as u32,
                right: node.right_child as u32,
                missing: node.missing_node as u32,
            };
            Node { value: node.weight_value, branch: (!node.is_leaf).then_some(branch) }
        });
        nodes.collect()
    });
    Forest { base: booster.base_score, trees: trees.collect() }
}
