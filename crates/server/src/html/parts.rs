//! Small parts that several pages share.

use maud::{Markup, html};
use tributary_model::{AlertKind, Family, Side};

/// Characters that could change the order or the look of what stands around them: shown by their code instead.
fn is_treacherous(c: char) -> bool {
    let bidi = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let invisible = matches!(c, '\u{200B}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}');
    bidi || invisible || (c.is_control() && c != '\n' && c != '\t')
}

/// The text with every character that could mislead the eye made visible.
pub(crate) fn visible(text: &str) -> String {
    if !text.chars().any(is_treacherous) {
        return text.to_owned();
    }
    text.chars().map(|c| if is_treacherous(c) { format!("⟨U+{:04X}⟩", u32::from(c)) } else { c.to_string() }).collect()
}

/// Outside text, isolated from the direction of what surrounds it.
pub(crate) fn text(text: &str) -> Markup {
    html! { bdi { (visible(text)) } }
}

/// An id, isolated and set in fixed width.
pub(crate) fn code(id: &str) -> Markup {
    html! { bdi { code { (visible(id)) } } }
}

/// At most `most` characters, cut in the middle, where ids differ least.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let text = visible(text);
    let length = text.chars().count();
    if length <= most || most < 5 {
        return text;
    }
    let head = (most - 1) / 2;
    let tail = most - 1 - head;
    text.chars().take(head).chain(std::iter::once('…')).chain(text.chars().skip(length - tail)).collect()
}

/// `1 234 567`.
pub(crate) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            // Narrow and never broken across lines.
            out.push('\u{202F}');
        }
        out.push(digit);
    }
    out
}

/// `1 link`, `2 links`.
pub(crate) fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(n), if n == 1 { one } else { many })
}

pub(crate) const fn kind_words(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Convergence => "Convergence",
        AlertKind::Trafficking => "Trafficking",
        AlertKind::TerroristFinancing => "Terrorist financing",
        AlertKind::Laundering => "Laundering",
    }
}

/// The class that colours a kind.
pub(crate) const fn kind_class(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Convergence => "both",
        AlertKind::Trafficking => "trafficking",
        AlertKind::TerroristFinancing => "financing",
        AlertKind::Laundering => "neutral",
    }
}

pub(crate) const fn side_words(side: Side) -> &'static str {
    match side {
        Side::Trafficking => "Human trafficking or migrant smuggling",
        Side::TerroristFinancing => "Terrorist financing",
        Side::Neutral => "Neither by itself: how value moves",
    }
}

/// The class that colours a side.
pub(crate) const fn side_class(side: Side) -> &'static str {
    match side {
        Side::Trafficking => "trafficking",
        Side::TerroristFinancing => "financing",
        Side::Neutral => "neutral",
    }
}

/// The letter that marks a side, so that colour is never the only sign.
pub(crate) const fn side_letter(side: Side) -> &'static str {
    match side {
        Side::Trafficking => "T",
        Side::TerroristFinancing => "F",
        Side::Neutral => "N",
    }
}

pub(crate) const fn family_words(family: Family) -> &'static str {
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

/// A kind as a coloured word.
pub(crate) fn badge(kind: AlertKind) -> Markup {
    html! { span class={ "badge " (kind_class(kind)) } { (kind_words(kind)) } }
}

/// A share from 0 to 1 as a bar; the figure beside it says the same in text.
pub(crate) fn meter(share: f64, class: &str) -> Markup {
    let width = format!("{:.1}", share.clamp(0.0, 1.0) * 100.0);
    html! {
        svg.meter viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" {
            rect.track width="100" height="8" rx="2" {}
            rect class=(class) width=(width) height="8" rx="2" {}
        }
    }
}

/// Something wide in a box that scrolls by itself, by keyboard too.
pub(crate) fn scrolling(label: &str, content: &Markup) -> Markup {
    html! { div.scroll role="region" aria-label=(visible(label)) tabindex="0" { (content) } }
}

/// A coordinate of a drawing.
pub(crate) fn at(value: f64) -> String {
    format!("{value:.1}")
}

/// Observations: the first few, and the rest folded.
pub(crate) fn observations(shown: &[String], total: u64) -> Markup {
    const FIRST: usize = 3;
    if total == 0 && shown.is_empty() {
        return html! { span.muted { "withheld, or none kept" } };
    }
    let (head, tail) = shown.split_at(shown.len().min(FIRST));
    let beyond = total.saturating_sub(shown.len() as u64);
    html! {
        ul.plain { @for id in head { li.observation { (code(id)) } } }
        @if !tail.is_empty() {
            details { summary { (count(tail.len() as u64, "more", "more")) } ul.plain { @for id in tail { li.observation { (code(id)) } } } }
        }
        @if beyond > 0 { p.muted { "of " (number(total)) " in all" } }
    }
}

/// A list of texts, or a word that there is none.
pub(crate) fn texts(items: &[String]) -> Markup {
    html! {
        @if items.is_empty() { span.muted { "none" } }
        @else { ul { @for item in items { li { (text(item)) } } } }
    }
}
