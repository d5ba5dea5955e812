//! The columns, documented one by one. Engine, reference, table and docs/features.md follow this order.

use crate::config::{Config, Family, window_name};

/// The direction of time in which a feature looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Transfers up to and including this one.
    Before,
    /// This one and those after it (retrospective runs only). Names end in `_after`.
    After,
}

/// What one column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// The column's name.
    pub name: String,
    /// Its family.
    pub family: Family,
    /// What it means, one sentence without a full stop.
    pub meaning: String,
    /// Its unit.
    pub unit: &'static str,
    /// How far it looks, seconds; `None` when it looks at this transfer alone.
    pub window: Option<i64>,
    /// Is it a whole number, 0 where there is nothing? Else it may be NaN, where it is not defined.
    pub whole: bool,
}

/// Lower ends of the classes of scatter–gather size; a class ends where the next begins.
pub const SCATTER_GATHER_CLASSES: [u32; 6] = [2, 3, 4, 5, 8, 16];

/// Moments and bounds of an account's amounts and times, in the order of columns.
const VERTEX: [(&str, &str, &str); 12] = [
    ("repeats", "transfers per distinct counterparty among", "ratio"),
    ("sum", "sum of the amounts of", "smallest units"),
    ("mean", "mean amount of", "smallest units"),
    ("variance", "variance of the amounts of", "squared smallest units"),
    ("skewness", "skewness of the amounts of", "none"),
    ("kurtosis", "kurtosis (Pearson) of the amounts of", "none"),
    ("min", "smallest amount of", "smallest units"),
    ("max", "largest amount of", "smallest units"),
    ("age", "mean time from this one to", "seconds"),
    ("time_variance", "variance of the times of", "squared seconds"),
    ("time_skewness", "skewness of the times of", "none"),
    ("time_kurtosis", "kurtosis (Pearson) of the times of", "none"),
];

struct Writer<'a> {
    config: &'a Config,
    view: View,
    columns: Vec<Feature>,
}

/// Which end of the transfer, as the engine sees it; mirrored views swap the word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    From,
    To,
}

impl Writer<'_> {
    fn add(&mut self, family: Family, name: &str, meaning: String, unit: &'static str, window: Option<i64>, whole: bool) {
        if !self.config.families.has(family) {
            return;
        }
        let suffix = if self.view == View::After { "_after" } else { "" };
        self.columns.push(Feature { name: format!("{name}{suffix}"), family, meaning, unit, window, whole });
    }

    fn end(&self, end: End) -> (&'static str, &'static str) {
        match (end == End::From) == (self.view == View::Before) {
            true => ("from", "the payer"),
            false => ("to", "the payee"),
        }
    }

    /// (word, verb, counterparties) of a direction.
    fn direction(&self, out: bool) -> (&'static str, &'static str, &'static str) {
        match out == (self.view == View::Before) {
            true => ("out", "made", "payees"),
            false => ("in", "received", "payers"),
        }
    }

    fn span(&self, window: i64) -> String {
        let window = window_name(window);
        match self.view {
            View::Before => format!("in the {window} up to and including this one"),
            View::After => format!("in the {window} from this one on"),
        }
    }

    fn earlier(&self) -> &'static str {
        match self.view {
            View::Before => "earlier",
            View::After => "later",
        }
    }
}

/// The columns of an engine with these settings.
#[must_use]
pub fn schema(config: &Config, view: View) -> Vec<Feature> {
    let mut writer = Writer { config, view, columns: Vec::new() };
    transfer(&mut writer);
    pair(&mut writer);
    for end in [End::From, End::To] {
        for out in [true, false] {
            side(&mut writer, end, out);
        }
        ratio(&mut writer, end);
    }
    matches(&mut writer);
    patterns(&mut writer);
    counterparties(&mut writer);
    writer.columns
}

fn transfer(writer: &mut Writer<'_>) {
    let family = Family::Transfer;
    // The transfer alone is the same seen from either side of time.
    if writer.view == View::After {
        return;
    }
    writer.add(family, "amount", "its amount".into(), "smallest units", None, false);
    writer.add(family, "amount_log", "logarithm to base 10 of 1 + its amount".into(), "none", None, false);
    writer.add(
        family,
        "amount_zeros",
        "zeros at the end of its amount in smallest units; 0 for nothing and for an unknown amount".into(),
        "digits",
        None,
        true,
    );
    writer.add(family, "second_of_day", "seconds since midnight UTC".into(), "seconds", None, true);
    writer.add(family, "day_of_week", "day of the week UTC, Monday 0".into(), "days", None, true);
    writer.add(family, "kind", "channel or kind, as the caller numbers them".into(), "number", None, true);
}

fn pair(writer: &mut Writer<'_>) {
    let family = Family::Pair;
    let window = writer.config.window_longest();
    let span = writer.span(window);
    let earlier = writer.earlier();
    writer.add(family, "pair_count", format!("transfers from this payer to this payee {span}"), "transfers", Some(window), true);
    writer.add(family, "pair_sum", format!("their sum, {span}"), "smallest units", Some(window), false);
    writer.add(family, "reverse_count", format!("transfers from this payee to this payer {span}"), "transfers", Some(window), true);
    writer.add(family, "reverse_sum", format!("their sum, {span}"), "smallest units", Some(window), false);
    writer.add(family, "reciprocity", format!("reverse_sum over pair_sum and reverse_sum together, {span}"), "share", Some(window), false);
    writer.add(family, "pair_since", format!("time to the nearest {earlier} transfer from this payer to this payee"), "seconds", Some(window), false);
    writer.add(
        family,
        "reverse_since",
        format!("time to the nearest {earlier} transfer from this payee to this payer"),
        "seconds",
        Some(window),
        false,
    );
}

fn side(writer: &mut Writer<'_>, end: End, out: bool) {
    let ((end_word, who), (dir, verb, others)) = (writer.end(end), writer.direction(out));
    let longest = writer.config.window_longest();
    let windows = writer.config.windows.clone();
    let earlier = writer.earlier();
    for window in windows.iter().copied() {
        let (word, span) = (window_name(window), writer.span(window));
        let name = |stem: &str| format!("{end_word}_{dir}_{stem}_{word}");
        writer.add(Family::Degree, &name("count"), format!("transfers {who} {verb} {span}"), "transfers", Some(window), true);
        writer.add(Family::Fan, &name("fan"), format!("distinct {others} of {who} {span}"), "accounts", Some(window), true);
        for (stem, meaning, unit) in VERTEX {
            writer.add(Family::Vertex, &name(stem), format!("{meaning} transfers {who} {verb} {span}"), unit, Some(window), false);
        }
        writer.add(Family::Recency, &name("gap"), format!("mean time between transfers {who} {verb} {span}"), "seconds", Some(window), false);
        for kind in 1..=writer.config.kinds {
            let (count, sum) = (name(&format!("kind{kind}_count")), name(&format!("kind{kind}_sum")));
            writer.add(Family::Channel, &count, format!("transfers of kind {kind} {who} {verb} {span}"), "transfers", Some(window), true);
            writer.add(
                Family::Channel,
                &sum,
                format!("sum of the amounts of transfers of kind {kind} {who} {verb} {span}"),
                "smallest units",
                Some(window),
                false,
            );
        }
        if window < longest {
            let meaning = format!("rate of transfers {who} {verb} {span}, over the rate in {}", window_name(longest));
            writer.add(Family::History, &name("burst"), meaning, "ratio", Some(window), false);
        }
    }
    let name = |stem: &str| format!("{end_word}_{dir}_{stem}");
    let nearest = format!("time to the nearest {earlier} transfer {who} {verb}");
    writer.add(Family::Recency, &name("since"), nearest, "seconds", Some(longest), false);
    if (end == End::From) == out {
        let own = format!("{earlier} transfers {who} {verb} within {}", window_name(longest));
        writer.add(
            Family::History,
            &name("z"),
            format!("its amount less the mean of {own}, in standard deviations of theirs"),
            "none",
            Some(longest),
            false,
        );
        writer.add(Family::History, &name("to_mean"), format!("its amount over the mean of {own}"), "ratio", Some(longest), false);
        writer.add(Family::History, &name("to_max"), format!("its amount over the largest of {own}"), "ratio", Some(longest), false);
        writer.add(Family::History, &name("to_gap"), format!("time to the nearest over the mean time between {own}"), "ratio", Some(longest), false);
    }
}

fn ratio(writer: &mut Writer<'_>, end: End) {
    let (end_word, who) = writer.end(end);
    for window in writer.config.windows.clone() {
        let (word, span) = (window_name(window), writer.span(window));
        let name = |stem: &str| format!("{end_word}_{stem}_{word}");
        let (own, other) = (writer.direction(true).0, writer.direction(false).0);
        writer.add(
            Family::Ratio,
            &name("balance_count"),
            format!("transfers received less made, over all of {who}, {span}"),
            "−1 to 1",
            Some(window),
            false,
        );
        writer.add(
            Family::Ratio,
            &name("balance_sum"),
            format!("sum received less sent, over both, of {who}, {span}"),
            "−1 to 1",
            Some(window),
            false,
        );
        writer.add(
            Family::Ratio,
            &name("passed"),
            format!("the smaller over the larger of sums received and sent by {who} {span}"),
            "share",
            Some(window),
            false,
        );
        writer.add(
            Family::Ratio,
            &name(&format!("share_{own}")),
            format!("its amount over the sum of transfers {who} {} {span}", writer.direction(true).1),
            "ratio",
            Some(window),
            false,
        );
        writer.add(
            Family::Ratio,
            &name(&format!("share_{other}")),
            format!("its amount over the sum of transfers {who} {} {span}", writer.direction(false).1),
            "ratio",
            Some(window),
            false,
        );
    }
}

fn matches(writer: &mut Writer<'_>) {
    let (window, latest) = (writer.config.window_longest(), writer.config.matches_max);
    let earlier = writer.earlier();
    for end in [End::From, End::To] {
        for out in [true, false] {
            let ((end_word, who), (dir, verb, _)) = (writer.end(end), writer.direction(out));
            let name = |stem: &str| format!("{end_word}_{dir}_{stem}");
            let among = format!("among the nearest {latest} {earlier} transfers {who} {verb} within {}", window_name(window));
            writer.add(Family::Match, &name("similar"), format!("transfers within a tenth of its amount {among}"), "transfers", Some(window), true);
            writer.add(
                Family::Match,
                &name("closest"),
                format!("difference to the closest amount, over its amount, {among}"),
                "share",
                Some(window),
                false,
            );
            writer.add(
                Family::Match,
                &name("closest_since"),
                format!("time to that closest amount (on ties the nearest in time) {among}"),
                "seconds",
                Some(window),
                false,
            );
        }
    }
}

fn patterns(writer: &mut Writer<'_>) {
    let (window, length) = (writer.config.scatter_gather_window, writer.config.cycle_length_max);
    let span = writer.span(window);
    writer.add(
        Family::ScatterGather,
        "scatter_gather_largest",
        format!("middles of the largest scatter–gather it is in, {span}; 0 for less than 2"),
        "accounts",
        Some(window),
        true,
    );
    for (at, low) in SCATTER_GATHER_CLASSES.iter().enumerate() {
        let high = SCATTER_GATHER_CLASSES.get(at + 1).map(|next| next - 1);
        let sizes = match high {
            Some(high) if high == *low => low.to_string(),
            Some(high) => format!("{low} to {high}"),
            None => format!("{low} or more"),
        };
        let meaning = format!("scatter–gather patterns with {sizes} middles that it is in, {span}");
        writer.add(Family::ScatterGather, &format!("scatter_gather_{low}"), meaning, "patterns", Some(window), true);
    }
    let window = writer.config.cycle_window;
    let (span, ends) = (writer.span(window), if writer.view == View::Before { "ends" } else { "begins" });
    for length in 2..=length {
        let meaning = format!("time-respecting cycles through {length} accounts that it {ends}, {span}");
        writer.add(Family::TemporalCycle, &format!("temporal_cycle_{length}"), meaning, "cycles", Some(window), true);
    }
    for length in 2..=length {
        let meaning = format!("cycles through {length} accounts, in any order of time, that it is in, {span}");
        writer.add(Family::SimpleCycle, &format!("simple_cycle_{length}"), meaning, "cycles", Some(window), true);
    }
    let latest = writer.config.neighbours_max;
    let ((end, who), (_, verb, _), (_, earlier_verb, others)) = (writer.end(End::From), writer.direction(false), writer.direction(false));
    let meaning = format!("accounts within two time-respecting transfers of what {who} {verb}, {span}, the nearest {latest} {others} of each");
    writer.add(Family::Reach, &format!("{end}_reach"), meaning, "accounts", Some(window), true);
    let (end, who) = writer.end(End::To);
    let (_, verb, others) = writer.direction(true);
    let meaning = format!("accounts within two transfers of what {who} {verb}, in any order of time, {span}, the nearest {latest} {others} of each");
    writer.add(Family::Reach, &format!("{end}_circle"), meaning, "accounts", Some(window), true);
    debug_assert!(!earlier_verb.is_empty());
}

fn counterparties(writer: &mut Writer<'_>) {
    let (window, latest) = (writer.config.window_longest(), writer.config.neighbours_max);
    let earlier = writer.earlier();
    for end in [End::From, End::To] {
        for out in [true, false] {
            let ((end_word, who), (dir, _, others)) = (writer.end(end), writer.direction(out));
            for other_out in [true, false] {
                let (other_dir, verb, _) = writer.direction(other_out);
                for (stem, word) in [("mean", "mean"), ("max", "largest")] {
                    let meaning = format!(
                        "{word} number of transfers {verb} within {}, {earlier} than this one, by the nearest {latest} distinct {others} of {who}",
                        window_name(window)
                    );
                    writer.add(
                        Family::Counterparty,
                        &format!("{end_word}_{dir}_others_{other_dir}_{stem}"),
                        meaning,
                        "transfers",
                        Some(window),
                        false,
                    );
                }
            }
        }
    }
}
