//! Plain words: what was found, in sentences an analyst can read aloud.

use tributary_graph::relation::{LinkKind, NodeKind};
use tributary_model::{Family, Side, Timestamp};

use crate::null::PValue;

/// A family in plain words.
#[must_use]
pub const fn family_words(family: Family) -> &'static str {
    match family {
        Family::Rec => "recruitment",
        Family::Mov => "movement",
        Family::Exp => "exploitation",
        Family::Ftr => "proceeds of trafficking or smuggling",
        Family::Ftf => "terrorist financing",
        Family::Haw => "informal value transfer",
        Family::Vas => "virtual assets",
        Family::Coo => "coordination",
        Family::Con => "convergence",
        Family::List => "watch lists and agency cases",
    }
}

/// A side in plain words.
#[must_use]
pub const fn side_words(side: Side) -> &'static str {
    match side {
        Side::Trafficking => "human trafficking or migrant smuggling",
        Side::TerroristFinancing => "terrorist financing",
        Side::Neutral => "laundering or informal value transfer",
    }
}

/// A list in plain words: `a, b and c`.
#[must_use]
pub fn list_words(words: &[String]) -> String {
    match words {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// One sentence on one side's evidence.
#[must_use]
pub fn side_sentence(side: Side, families: &[Family], seeds: usize, sources: usize, period: (Timestamp, Timestamp)) -> String {
    let words: Vec<String> = families.iter().map(|f| family_words(*f).to_owned()).collect();
    format!(
        "Signs of {}: {} of indicators ({}) at {} between {} and {}, from {}.",
        side_words(side),
        count(families.len(), "family", "families"),
        list_words(&words),
        count(seeds, "account, party or identifier", "accounts, parties or identifiers"),
        period.0.date(),
        period.1.date(),
        count(sources, "source", "sources"),
    )
}

/// `1 source`, `2 sources`.
#[must_use]
pub fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// One sentence on a link.
#[must_use]
pub fn link_sentence(kind: LinkKind, from: (NodeKind, &str), to: (NodeKind, &str), times: u32, first: Timestamp, last: Timestamp) -> String {
    let (from, to) = (format!("{} {}", from.0.name(), from.1), format!("{} {}", to.0.name(), to.1));
    let period = format!("between {} and {}", first.date(), last.date());
    match kind {
        LinkKind::Holds => format!("{from} and {to} belong together as holder and account"),
        LinkKind::Transfer => format!("value moved between {from} and {to}, {}, {period}", count(times as usize, "time", "times")),
        LinkKind::Contact => format!("{from} and {to} were in touch, {}, {period}", count(times as usize, "time", "times")),
        LinkKind::Identifier => format!("{from} and {to} were seen together, {}, {period}", count(times as usize, "time", "times")),
        LinkKind::Travel => format!("{from} and {to}: travelled in one group, {period}"),
        LinkKind::Post => format!("{from} and {to}: posted adverts of one template, {period}"),
        LinkKind::Case => format!("{from} and {to}: named in one agency case"),
    }
}

/// One sentence on the null model of a meeting.
#[must_use]
pub fn meeting_sentence(p: PValue, q: f64) -> String {
    if p.tried == 0 {
        return "There were too few comparable places to say how unusual this is.".to_owned();
    }
    format!(
        "Moved to {} comparable places, a network of the same make-up came as close to any network of the other side in {} of them (p = {:.4}); \
         of the findings ranked this high or higher, {} are expected to be false.",
        p.tried,
        p.exceeded,
        p.p,
        share_words(q)
    )
}

/// One sentence on the null model of a single network.
#[must_use]
pub fn gathering_sentence(p: PValue, q: f64) -> String {
    if p.tried == 0 {
        return "The evidence rests on one kind of record alone, so nothing independent confirms it.".to_owned();
    }
    format!(
        "If the other kinds of evidence fell at random on comparable accounts, as much would gather here in {} of {} draws (p = {:.4}); \
         of the findings ranked this high or higher, {} are expected to be false.",
        p.exceeded,
        p.tried,
        p.p,
        share_words(q)
    )
}

/// A share in plain words.
#[must_use]
pub fn share_words(share: f64) -> String {
    if share < 0.01 { "fewer than 1 %".to_owned() } else { format!("about {:.0} %", share * 100.0) }
}
