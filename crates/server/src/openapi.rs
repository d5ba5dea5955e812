//! The OpenAPI document, made from the handlers; `openapi/tributary-v1.json` is its committed form.

use utoipa::OpenApi;

use crate::{api, events, who};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tributary",
        version = "1",
        description = "One finished run of a workspace, on this machine only; nothing can be changed from here, but that transfers are added where the server was started to take them. An indicator that is present proves nothing, and one that \
                       is absent disproves nothing; an alert is a reason for a person to look, never a ground for action by itself.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(api::alerts, api::alert, api::run, api::indicators, api::health, who::screen, who::lists, who::resolution, events::take)
)]
struct Document;

/// The document as pretty JSON with a final line's end: the same bytes for the same program.
#[must_use]
pub fn document() -> String {
    Document::openapi().to_pretty_json().map(|text| text + "\n").unwrap_or_default()
}
