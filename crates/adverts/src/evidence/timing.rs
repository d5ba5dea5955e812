//! One rhythm over several operators.

use super::operators::Scene;
use super::settings::EvidenceSettings;
use super::signal::{Abstention, Family, Finding, Signal};

/// The middle of an ordered list; the lower of two.
pub(super) fn median(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(0.0)
}

/// Median, and median of the absolute deviations from it.
pub(super) fn median_and_deviation(values: &mut [f64]) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let middle = median(values);
    let mut away: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    away.sort_by(f64::total_cmp);
    (middle, median(&away))
}

/// Even gaps between posts that different operators make in turn.
pub(super) fn timing(scene: &Scene<'_>, settings: &EvidenceSettings) -> Finding {
    let posts = scene.open_posts();
    let mut finding = Finding::silent(Family::Timing);
    let turns: Vec<(i64, bool)> =
        posts.windows(2).filter_map(|w| if let [a, b] = w { Some((b.0.at.saturating_sub(a.0.at), a.1 != b.1)) } else { None }).collect();
    if turns.len() < settings.gaps_min {
        return Finding::abstains(Family::Timing, Abstention::FewPosts);
    }
    let mut gaps: Vec<f64> = turns.iter().map(|(gap, _)| *gap as f64).collect();
    gaps.sort_by(f64::total_cmp);
    let gap = median(&gaps);
    // Four in five gaps must be even: where half are, two habits alternate.
    let mut away: Vec<f64> = gaps.iter().map(|value| (value - gap).abs()).collect();
    away.sort_by(f64::total_cmp);
    let deviation = away.get(away.len() * 4 / 5).copied().unwrap_or(f64::INFINITY);
    // Even gaps of one operator are its own software; between operators they are one hand.
    let handed_on = turns.iter().filter(|(_, other)| *other).count();
    if gap > 0.0 && deviation <= settings.regular_max * gap && handed_on * 4 >= turns.len() && scene.operators().len() >= settings.operators_min {
        finding.signals.push(Signal::Regular { gap, deviation: deviation / gap });
        finding.posts = posts.iter().map(|(post, _)| post.number).collect();
    }
    finding
}
