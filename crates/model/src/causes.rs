//! An error and its causes, in words for the person at the terminal.

use std::error::Error;

/// The message of an error and those of its causes, one a line. A cause that has been said already, as part of a message above it, is not said again;
/// of a cause of several lines (advice, back traces) the first is told.
#[must_use]
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        let said = said.lines().next().unwrap_or_default().trim();
        if !said.is_empty() && !text.contains(said) {
            text.push_str("\n  because: ");
            text.push_str(said);
        }
        cause = error.source();
    }
    text
}
