//! What each endpoint does: read the request, call the register, write the answer.

/// A handler that calls the register as a caller, at the desk's time: `name [register, caller, now] (extractors) -> answer { call }`.
macro_rules! acts {
    ($($(#[$note:meta])* $name:ident [$register:ident, $caller:ident, $now:ident] ($($arg:pat => $from:ty),*) -> $out:ty $call:block)+) => {
        $($(#[$note])*
        pub(crate) async fn $name(
            axum::extract::State(desk): axum::extract::State<crate::Desk>,
            crate::asked::Who($caller): crate::asked::Who,
            $($arg: $from),*
        ) -> crate::answer::Answer<$out> {
            let ($register, $now) = (desk.register(), desk.now());
            Ok(crate::answer::Good($call))
        })+
    };
}

pub(crate) mod alerts;
pub(crate) mod cases;
pub(crate) mod escalations;
pub(crate) mod files;
pub(crate) mod governance;
pub(crate) mod keys;
pub(crate) mod log;
pub(crate) mod people;
pub(crate) mod policies;
pub(crate) mod providers;
pub(crate) mod victims;

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use tributary_cases::Stored;
use tributary_model::{Date, Timestamp};

use crate::Problem;

/// An object as it goes out: its id and version stand beside what it says, which may have a version of its own.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Shown_{T}")]
pub(crate) struct Shown<T> {
    pub(crate) id: String,
    pub(crate) version: i64,
    pub(crate) made: Timestamp,
    pub(crate) body: T,
}

impl<T> From<Stored<T>> for Shown<T> {
    fn from(stored: Stored<T>) -> Self {
        Self { id: stored.id, version: stored.version, made: stored.made, body: stored.body }
    }
}

/// A part of a list, and what to ask for the next one.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Listed_{T}")]
pub(crate) struct Listed<T> {
    pub(crate) items: Vec<Shown<T>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

impl<T> From<Vec<Stored<T>>> for Listed<T> {
    fn from(stored: Vec<Stored<T>>) -> Self {
        let next = stored.last().map(|last| format!("{}.{}", last.made.0, last.id));
        Self { items: stored.into_iter().map(Into::into).collect(), next }
    }
}

/// What a change that a person decided on after reading says: the version that was read.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[schemars(rename = "VersionRead")]
#[serde(deny_unknown_fields)]
pub(crate) struct Read {
    pub(crate) version: i64,
}

/// The version that was read, and why.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadWhy {
    pub(crate) version: i64,
    pub(crate) reason: String,
}

/// An account that is put on something.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[schemars(rename = "AccountOf")]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    pub(crate) account: String,
}

/// A period: from the beginning of a day to the beginning of another.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Period {
    from: String,
    to: String,
}

impl Period {
    /// Its two ends.
    pub(crate) fn ends(&self) -> Result<(Timestamp, Timestamp), Problem> {
        let day = |text: &str| {
            let shown: String = text.chars().take(40).collect();
            Date::parse(text).map(Date::start).map_err(|error| Problem::of(StatusCode::BAD_REQUEST, format!("`{shown}` {error}")))
        };
        Ok((day(&self.from)?, day(&self.to)?))
    }
}

/// Why.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Why {
    pub(crate) reason: String,
}

/// That something was done, where there is nothing more to say.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Done {
    pub(crate) done: bool,
}

pub(crate) const DONE: Done = Done { done: true };
