//! Pages as pure functions of what they show. Escaping is the builder's (`maud`): text can enter a page by no other way.

pub(crate) mod alert;
mod graph;
pub(crate) mod list;
mod map;
mod parts;
pub(crate) mod resolution;
mod timeline;

use axum::response::Html;
use maud::{DOCTYPE, Markup, html};

use parts::text;

/// Stands on every page (SG-040).
pub(crate) const PROVES_NOTHING: &str = "An indicator that is present proves nothing, and one that is absent disproves nothing.";

/// A whole page around its main part.
pub(crate) fn layout(title: &str, main: &Markup) -> Html<String> {
    let page = html! {
        (DOCTYPE)
        html lang="en" dir="ltr" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex, nofollow";
                title { (parts::visible(title)) " · Tributary" }
                link rel="icon" type="image/svg+xml" href="/icon.svg";
                link rel="stylesheet" href="/style.css";
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header.top {
                    div.inside {
                        a.mark href="/" { img src="/icon.svg" alt="" width="28" height="28"; span { "Tributary" } }
                        nav aria-label="Site" {
                            a href="/" { "Alerts" }
                            a href="/resolution" { "Who is who" }
                            a href="/api/v1/indicators" { "Indicators (JSON)" }
                            a href="/openapi.json" { "Interface (OpenAPI)" }
                        }
                    }
                }
                main #main tabindex="-1" { (main) }
                footer {
                    p { (PROVES_NOTHING) " An alert is a reason for a person to look, never a ground for action by itself." }
                    p { "Only this machine can see this page. Ids are shown, never names: there are no cases yet under which names could be asked for." }
                }
            }
        }
    };
    Html(page.into_string())
}

/// The page that says why there is no other.
pub(crate) fn problem(status: u16, title: &str, detail: &str) -> Html<String> {
    let main = html! {
        section.narrow aria-labelledby="problem" {
            p.eyebrow { (status) }
            h1 #problem { (title) }
            p.detail { (text(detail)) }
            p { a href="/" { "To the list of alerts" } }
        }
    };
    layout(title, &main)
}
