//! A page of templates that needs nothing beside it: no script, no picture, every word escaped, each line in its own direction.

use std::fmt::Write;

use crate::template::{Part, Slot, Template};

/// Groups on a page at most.
pub const SHOWN_MAX: usize = 500;

const STYLE: &str = "body{font-family:sans-serif;color:#222;max-width:60em;margin:2em auto;padding:0 1em;line-height:1.7}\
h2{font-size:1em;margin:0 0 .5em}section{border:1px solid #999;padding:1em;margin:1em 0}p.template{font-size:1.05em;margin:.3em 0}\
.slot{background:#e3f1f2;color:#1f6f78;border:1px solid #1f6f78;border-radius:.3em;padding:0 .35em;font-size:.85em;white-space:nowrap}\
.slot.contact{background:#f9e9e3;color:#b4472e;border-color:#b4472e}.some{color:#666;border-bottom:1px dotted #999}p.facts{color:#666;font-size:.85em;margin:.3em 0}";

pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // A mark of direction in a text must not turn the page around it.
            '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {}
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

fn slot(slot: &Slot, members: usize, out: &mut String) {
    let (name, class) = match slot.kind {
        Some(kind) if kind.is_contact() => (kind.name(), "slot contact"),
        Some(kind) => (kind.name(), "slot"),
        None => ("words", "slot"),
    };
    let _ = write!(
        out,
        "<bdi dir=\"ltr\" class=\"{class}\" title=\"{} different in {} of {members}\">{name} ×{}</bdi> ",
        slot.distinct, slot.filled, slot.distinct
    );
}

/// A template as one paragraph of HTML: words as they are, slots as labels with the number of different fillings. Right-to-left text is laid
/// out so (`dir="auto"`), labels stand apart from it (`bdi`). What looks like a contact is not shown.
#[must_use]
pub fn fragment(template: &Template) -> String {
    let mut out = String::from("<p class=\"template\" dir=\"auto\">");
    for part in &template.parts {
        match part {
            Part::Constant { text, held } if *held >= 0.8 => {
                let _ = write!(out, "{} ", escape(text));
            }
            Part::Constant { text, .. } => {
                let _ = write!(out, "<span class=\"some\">{}</span> ", escape(text));
            }
            Part::Slot(part) => slot(part, template.aligned, &mut out),
        }
    }
    out.truncate(out.trim_end().len());
    out.push_str("</p>");
    out
}

/// A page of groups, each with a name, in the order given; the first [`SHOWN_MAX`] are shown.
#[must_use]
pub fn page(title: &str, groups: &[(String, Template)]) -> String {
    let title = escape(title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title><style>{STYLE}</style></head>\n<body>\n<h1>{title}</h1>\n\
         <p class=\"facts\">{} groups. Labels stand where copies differ, with the number of different fillings. What looks like a contact is not shown, but one spelt out in words may be: look before this page is passed on. \
         Dotted words are left out by more than a fifth of the copies.</p>\n",
        groups.len()
    );
    for (name, template) in groups.iter().take(SHOWN_MAX) {
        let _ = writeln!(
            out,
            "<section><h2><bdi>{}</bdi>: {} posts</h2>\n{}\n<p class=\"facts\">{} slots; variability {:.2}; {:.0} bits together, {:.0} alone ({:.0} % saved), {} aligned</p></section>",
            escape(name),
            template.members,
            fragment(template),
            template.slots().count(),
            template.variability(),
            template.bits_together,
            template.bits_alone,
            template.saved() * 100.0,
            template.aligned
        );
    }
    if groups.len() > SHOWN_MAX {
        let _ = writeln!(out, "<p class=\"facts\">{} more groups are not shown.</p>", groups.len() - SHOWN_MAX);
    }
    out.push_str("</body></html>\n");
    out
}
