//! What stands on the pages, and in which order.

use crate::fixture::{FIRST, Made, convergence, get, get_with, kept};
use crate::property::{Tag, tags};
use tributary_server::{Limits, router};

fn alert_page() -> String {
    get(&format!("/alerts/{FIRST}")).body
}

/// Where a text stands; it must.
fn position(page: &str, text: &str) -> usize {
    page.find(text).unwrap_or_else(|| panic!("the page lacks {text:?}"))
}

#[test]
fn sg_012_hypotheses_stand_before_any_score() {
    let page = alert_page();
    let order = [
        "class=\"explanation\"",
        "id=\"hypotheses\"",
        "Error in the data",
        "id=\"path\"",
        "id=\"figures\"",
        "id=\"indicators\"",
        "id=\"subjects\"",
        "id=\"limits\"",
    ];
    let places: Vec<usize> = order.iter().map(|text| position(&page, text)).collect();
    assert!(places.is_sorted(), "{order:?} stand at {places:?}");
    // No figure of the alert itself, nor its rank, before the last hypothesis.
    let (before, _) = page.split_at(position(&page, "Error in the data"));
    for figure in ["0.81", "0.021", "0.0019", "0.71", "0.64", "0.99", "rank 1"] {
        assert!(!before.contains(figure), "{figure} stands before the hypotheses");
    }
}

#[test]
fn sg_040_every_page_says_that_presence_proves_nothing() {
    for uri in ["/", "/?kind=laundering", &format!("/alerts/{FIRST}"), "/nowhere"] {
        position(&get(uri).body, "An indicator that is present proves nothing, and one that is absent disproves nothing.");
    }
}

#[test]
fn sg_031_who_is_protected_is_counted_and_never_named() {
    let page = alert_page();
    position(&page, "<strong>3</strong> are under protection");
    position(&page, "under protection, not named");
    // An indicator without a subject speaks of someone under protection.
    position(&page, "<span class=\"muted\">under protection</span>");
}

#[test]
fn an_alert_shows_everything_its_record_holds() {
    let page = alert_page();
    for text in [
        "Two networks may share infrastructure",
        "weakest link",
        "trafficking side",
        "financing side",
        "shared point",
        "a savings circle",
        "A made-up guide to indicators, p. 12",
        "evidence of the other side comes close",
        "2024-08-03",
        "Dubai",
        "PK-BA",
        "Borders are not drawn",
        "not known to this workspace",
        "cc33dd44",
        "5f0e1d2c3b4a",
        "2 findings",
        "41 in all",
    ] {
        position(&page, text);
    }
    for drawing in ["class=\"graph\"", "class=\"timeline\"", "class=\"map\"", "polygon", "class=\"link weakest\""] {
        position(&page, drawing);
    }
}

#[test]
fn a_record_with_little_makes_a_page_that_says_so() {
    let mut alert = convergence();
    for field in ["subjects", "indicators", "path", "hypotheses", "limits", "places", "jurisdictions"] {
        alert[field] = serde_json::json!([]);
    }
    let made = Made { kept: Some(std::sync::Arc::new(kept(&format!("{alert}\n")))), ..Made::new() };
    let router = router(made, Limits::default());
    let page = get_with(&router, &format!("/alerts/{FIRST}")).body;
    for text in ["holds no hypotheses", "no path between two", "holds no indicators", "period of the whole alert only", "names no place"] {
        position(&page, text);
    }
    position(&get_with(&router, "/").body, "under protection");
}

#[test]
fn the_list_filters_and_pages() {
    let rows = |uri: &str| get(uri).body.matches("<a href=\"/alerts/").count();
    assert_eq!((rows("/"), rows("/?page=2"), rows("/?page=3")), (25, 15, 15), "the last page stands for all beyond it");
    assert_eq!((rows("/?kind=convergence"), rows("/?kind=laundering&q="), rows("/?kind=&q=0.05")), (1, 9, 5));
    let none = get("/?kind=terrorist_financing").body;
    position(&none, "No alert matches.");
    let second = get("/?kind=trafficking&q=0.5&page=1").body;
    position(&second, "href=\"/?kind=trafficking&amp;q=0.5&amp;page=2\"");
    position(&second, "<option value=\"0.5\" selected>");
    for text in ["Page 1 of 2", "Alerts 1 to 25 of 30", "fewer than two families of indicators", "MOV-04"] {
        position(&second, text);
    }
}

#[test]
fn pages_are_made_for_everyone() {
    for uri in ["/", &format!("/alerts/{FIRST}"), "/nowhere"] {
        let page = get(uri).body;
        let found = tags(&page);
        let count = |name: &str| found.iter().filter(|t| t.name == name && !t.closing).count();
        for landmark in ["main", "h1", "footer", "title"] {
            let expected = if landmark == "title" { count("title") } else { 1 };
            assert!(count(landmark) == expected && expected > 0, "{uri}: {landmark}");
        }
        assert!(
            page.contains("<html lang=\"en\"") && page.contains("<a class=\"skip\" href=\"#main\">") && page.contains("<main id=\"main\""),
            "{uri}"
        );
        assert_eq!(count("table"), count("caption"), "{uri}: a caption for each table");
        let ids: Vec<&str> = found.iter().filter_map(|t| t.attribute("id")).collect();
        let mut unique = ids.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), ids.len(), "{uri}: ids are unique");
        for tag in found.iter().filter(|t| !t.closing) {
            check_tag(uri, tag, &ids);
        }
    }
}

fn check_tag(uri: &str, tag: &Tag, ids: &[&str]) {
    if tag.name == "th" {
        assert!(tag.attribute("scope").is_some(), "{uri}: a header cell without scope");
    }
    if tag.name == "img" {
        assert!(tag.attribute("alt").is_some(), "{uri}: a picture without words");
    }
    if tag.name == "svg" {
        assert!(tag.attribute("aria-hidden").is_some() || tag.attribute("aria-labelledby").is_some(), "{uri}: a drawing without words");
    }
    for reference in ["aria-labelledby", "for"] {
        for id in tag.attribute(reference).into_iter().flat_map(str::split_whitespace) {
            assert!(ids.contains(&id), "{uri}: {reference} leads to no {id}");
        }
    }
    for address in [tag.attribute("href"), tag.attribute("src"), tag.attribute("action")].into_iter().flatten() {
        assert!(address.starts_with('/') && !address.starts_with("//") || address.starts_with('#'), "{uri}: {address} leads away");
    }
    assert!(tag.attribute("style").is_none() && tag.name != "script" && tag.name != "style", "{uri}: the content policy forbids it");
}

/// Relative luminance and contrast after WCAG 2.2.
fn contrast(a: &str, b: &str) -> f64 {
    let luminance = |hex: &str| {
        let part = |i: usize| {
            let v = f64::from(u8::from_str_radix(&hex[i..i + 2], 16).expect("a colour")) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn colours_meet_wcag_aa_in_both_lights() {
    let sheet = get("/style.css").body;
    let palettes: Vec<&str> = sheet.split(":root {").skip(1).take(2).map(|part| part.split('}').next().expect("an end")).collect();
    assert_eq!(palettes.len(), 2);
    for palette in palettes {
        let colour = |name: &str| {
            let start = position(palette, &format!("--{name}: ")) + name.len() + 4;
            palette[start..].split(';').next().expect("a value").to_owned()
        };
        for text in ["ink", "muted", "link", "trafficking", "financing", "both", "neutral", "weak"] {
            for ground in ["paper", "card", "faint"] {
                let ratio = contrast(&colour(text), &colour(ground));
                assert!(ratio >= 4.5, "{text} on {ground}: {ratio:.2}");
            }
        }
        for ground in ["accent", "trafficking", "financing", "both", "neutral"] {
            let ratio = contrast(&colour("on"), &colour(ground));
            assert!(ratio >= 4.5, "on {ground}: {ratio:.2}");
        }
        assert!(contrast(&colour("ink"), &colour("note")) >= 4.5);
    }
}
