//! Whatever a record holds, it stays text.

use proptest::prelude::*;
use serde_json::{Value, json};
use tributary_server::{Limits, router};

use crate::fixture::{FIRST, Made, convergence, get_with, kept};

/// A tag as it stands in a page.
#[derive(Debug)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) closing: bool,
    pub(crate) attributes: Vec<(String, String)>,
}

impl Tag {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// All tags of a page, read as strictly as the builder writes: every value in double quotes, every `<` a tag.
pub(crate) fn tags(page: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once('<') {
        let closing = after.starts_with('/');
        let after = after.trim_start_matches('/');
        let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '!')).expect("a tag's name ends");
        let (name, mut inside) = after.split_at(end);
        let mut attributes = Vec::new();
        loop {
            inside = inside.trim_start_matches(' ');
            if let Some(after) = inside.strip_prefix('>') {
                rest = after;
                break;
            }
            let end = inside.find(['=', ' ', '>']).expect("an attribute's name ends");
            let (attribute, after) = inside.split_at(end);
            inside = after;
            let mut value = "";
            if let Some(after) = inside.strip_prefix("=\"") {
                (value, inside) = after.split_once('"').expect("a value's end");
            }
            attributes.push((attribute.to_owned(), value.to_owned()));
        }
        found.push(Tag { name: name.to_owned(), closing, attributes });
    }
    found
}

const TAGS: &str = "!DOCTYPE html head meta title link body a header div img span nav main article p h1 h2 h3 h4 h5 ul li section table caption thead tbody tr th td svg rect circle \
                    polygon line path text g desc details summary dl dt dd footer bdi code time strong abbr form label select option button";
const ATTRIBUTES: &str = "html lang dir charset name content rel type href src class alt width height aria-label aria-labelledby aria-hidden id tabindex scope role data-label viewBox \
                          preserveAspectRatio rx points x y x1 y1 x2 y2 cx cy r d stroke-width text-anchor datetime method action for value selected title";

/// Well-formed, of known tags and attributes alone, and without a character that could turn what stands beside it.
fn check_page(page: &str) {
    let mut open: Vec<String> = Vec::new();
    for tag in tags(page) {
        assert!(TAGS.split_whitespace().any(|t| t == tag.name), "a tag {:?} broke out", tag.name);
        for (name, _) in &tag.attributes {
            assert!(ATTRIBUTES.split_whitespace().any(|a| a == name), "an attribute {name:?} broke out of {}", tag.name);
        }
        if tag.closing {
            assert_eq!(open.pop().as_deref(), Some(tag.name.as_str()), "tags are balanced");
        } else if !["!DOCTYPE", "meta", "link", "img"].contains(&tag.name.as_str()) {
            open.push(tag.name);
        }
    }
    assert!(open.is_empty(), "{open:?} are not closed");
    let turning = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{0}'..='\u{8}');
    assert!(!page.contains(turning), "a character that turns text is left as it is");
}

/// Puts a text into every text of a value; times stay, for they are no free text.
fn infect(value: &mut Value, text: &str) {
    match value {
        Value::String(old) => {
            let prefix = old.split_once(':').map(|(kind, _)| kind.to_owned());
            *old = match prefix {
                // `type:id` keeps its type, so that each shape is drawn.
                Some(kind) if kind.len() < 11 => format!("{kind}:{text}"),
                _ => text.to_owned(),
            };
        }
        Value::Array(items) => items.iter_mut().for_each(|item| infect(item, text)),
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                let closed = ["kind", "family", "side", "type"].contains(&name.as_str())
                    && field.as_str().is_some_and(|s| {
                        ["convergence", "REC", "FTF", "FTR", "HAW", "trafficking", "terrorist_financing", "neutral", "account", "party", "identifier"]
                            .contains(&s)
                    });
                let time = ["from", "to"].contains(&name.as_str()) && field.as_str().is_some_and(|s| s.ends_with("T00:00:00Z"));
                if !closed && !time {
                    infect(field, text);
                }
            }
        }
        _ => (),
    }
}

fn check_text(text: &str) {
    let mut alert = convergence();
    infect(&mut alert, text);
    let mut plain = convergence();
    infect(&mut plain["indicators"], text);
    plain["subjects"][0]["id"] = json!(text);
    let lines = format!("{alert}\n{plain}\n");
    let mut made = Made::new();
    made.kept = Some(std::sync::Arc::new(kept(&lines)));
    let router = router(made, Limits::default());
    let page = get_with(&router, &format!("/alerts/{FIRST}"));
    assert_eq!(page.status(), 200);
    check_page(&page.body);
    let list = get_with(&router, "/");
    check_page(&list.body);
    // The link to the alert whose id is that text leads to it and nowhere else.
    let address =
        tags(&list.body).into_iter().find_map(|t| t.attribute("href").filter(|h| h.starts_with("/alerts/")).map(str::to_owned)).expect("a link");
    assert!(address["/alerts/".len()..].bytes().all(|b| b.is_ascii_alphanumeric() || b"%-_".contains(&b)), "{address}");
    if !text.is_empty() && address.len() < 2_000 {
        let answer = get_with(&router, &address);
        assert_eq!(answer.status(), 200, "{address}");
        check_page(&answer.body);
    }
}

#[test]
fn known_attacks_stay_text() {
    for text in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "</title></svg><script>",
        "</text><a href=\"javascript:alert(1)\">",
        "]]><!-- -->",
        "&lt;b&gt;&#60;b&#62;",
        "\u{202E}gpj.exe",
        "\u{2067}\u{2069}\u{2069}\u{2069}",
        "\u{200F}شبكة\u{200F}",
        "\u{0}\u{1b}[31m\r\n",
        "../../api/v1/run?x#y",
        "protected",
        "",
    ] {
        check_text(text);
    }
}

#[test]
fn text_of_another_direction_is_isolated() {
    let mut alert = convergence();
    alert["subjects"][1]["id"] = json!("شبكة-1");
    alert["explanation"] = json!("الشرح");
    let mut made = Made::new();
    made.kept = Some(std::sync::Arc::new(kept(&format!("{alert}\n"))));
    let page = get_with(&router(made, Limits::default()), &format!("/alerts/{FIRST}")).body;
    assert!(page.contains("<bdi><code>شبكة-1</code></bdi>") && page.contains("<bdi>الشرح</bdi>"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_text_stays_text(text in "(\\PC|[<>\"'&/=\u{202A}-\u{202E}\u{2066}-\u{2069}\u{0}-\u{1f}]|<script>|</svg>|-->){0,24}") {
        check_text(&text);
    }
}
