//! Who is who: screening one person or firm against the workspace's lists, and the pairs that wait for people. Values that were compared
//! stay out of what goes out here, but for those that the caller asked with.

use axum::body::Bytes;
use axum::extract::State as Extract;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tributary_engine::lists::ListVersion;
use tributary_engine::resolution::Queued;
use tributary_model::{Date, Timestamp};
use tributary_screen::{Birth, Kind, Outcome, QUERY_NAMES_MAX, Query, VALUE_LENGTH_MAX, VALUES_MAX};

use crate::api::{answer, json};
use crate::html;
use crate::problem::Problem;
use crate::query;
use crate::schema::{ListsSchema, ProblemSchema, ResolutionSchema, ScreenAnswerSchema, ScreenRequestSchema};
use crate::state::{State, blocking, screener};

/// Most pairs in one answer.
const PAIRS_MAX: usize = 1_000;

/// Who is asked about.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ScreenRequest {
    names: Vec<String>,
    kind: Kind,
    births: Vec<String>,
    places: Vec<String>,
    nationalities: Vec<String>,
    documents: Vec<String>,
    wallets: Vec<String>,
    phones: Vec<String>,
    emails: Vec<String>,
    possible_victim: bool,
    as_of: Option<String>,
}

impl ScreenRequest {
    /// The query, with every bound held.
    fn query(self) -> Result<(Query, Option<Date>), Problem> {
        for (name, values, most) in [
            ("names", &self.names, QUERY_NAMES_MAX),
            ("births", &self.births, VALUES_MAX),
            ("places", &self.places, VALUES_MAX),
            ("nationalities", &self.nationalities, VALUES_MAX),
            ("documents", &self.documents, VALUES_MAX),
            ("wallets", &self.wallets, VALUES_MAX),
            ("phones", &self.phones, VALUES_MAX),
            ("emails", &self.emails, VALUES_MAX),
        ] {
            if values.len() > most || values.iter().any(|value| value.chars().count() > VALUE_LENGTH_MAX) {
                return Err(Problem::bad_query(format!("`{name}` has more than {most} values, or one of more than {VALUE_LENGTH_MAX} characters")));
            }
        }
        let birth =
            |text: &String| Birth::parse(text).ok_or_else(|| Problem::bad_query("a value of `births` is no date: write 1980-05-01, 1980-05 or 1980"));
        let births = self.births.iter().map(birth).collect::<Result<_, _>>()?;
        let day = |text: &String| Date::parse(text).map_err(|_| Problem::bad_query("`as_of` is no day: write it as 2026-02-28"));
        let as_of = self.as_of.as_ref().map(day).transpose()?;
        let query = Query {
            id: String::new(),
            kind: self.kind,
            names: self.names,
            births,
            places: self.places,
            nationalities: self.nationalities,
            documents: self.documents,
            wallets: self.wallets,
            phones: self.phones,
            emails: self.emails,
            protected: None,
        };
        Ok((if self.possible_victim { query.possible_victim() } else { query }, as_of))
    }
}

/// A list that was asked.
#[derive(Serialize)]
struct Asked {
    list: String,
    version: String,
    dated: Date,
    date_known: bool,
    age_days: i32,
    entries: u64,
}

fn asked(version: &ListVersion, day: Date) -> Asked {
    Asked {
        list: version.list.clone(),
        version: version.version.clone(),
        dated: version.dated(),
        date_known: version.published.is_some(),
        age_days: day.0.saturating_sub(version.dated().0),
        entries: version.entries,
    }
}

#[derive(Serialize)]
struct ScreenAnswer {
    as_of: Date,
    lists: Vec<Asked>,
    #[serde(flatten)]
    outcome: Outcome,
}

/// Hold one person or firm against the workspace's watch lists. Nothing of the request is kept. A hit is for people to decide; it is no fact about anybody.
#[utoipa::path(
    post,
    path = "/api/v1/screen",
    request_body(content = ScreenRequestSchema, content_type = "application/json", description = "At most 64 KiB."),
    responses(
        (status = 200, description = "What agrees, hit by hit. Under protection hit and no hit look the same.", body = ScreenAnswerSchema, content_type = "application/json"),
        (status = 400, description = "The request is not understood.", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 404, description = "The workspace has no lists.", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 415, description = "The request is not JSON.", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn screen(Extract(state): Extract<State>, uri: Uri, body: Bytes) -> Response {
    answer(
        async {
            query::none(&uri)?;
            let wrong = |why: &dyn std::fmt::Display| {
                Problem::bad_query(format!("the request is not understood: {why}; `{{\"names\":[\"…\"],\"births\":[\"1971\"]}}` is one"))
            };
            // A list would be read as the values without their names.
            if !body.trim_ascii_start().starts_with(b"{") {
                return Err(wrong(&"it is no object"));
            }
            let request: ScreenRequest = serde_json::from_slice(&body).map_err(|e| wrong(&e))?;
            let (query, as_of) = request.query()?;
            let (versions, screener) = screener(&state).await?;
            let day = match as_of {
                Some(day) => day,
                None => blocking(&state, |source| Ok(source.today())).await?,
            };
            let outcome = tokio::task::spawn_blocking(move || screener.screen(&query, day)).await.map_err(|_| Problem::internal())?;
            json(&ScreenAnswer { as_of: day, lists: versions.iter().map(|one| asked(one, day)).collect(), outcome })
        }
        .await,
    )
}

#[derive(Serialize)]
struct Lists {
    lists: Vec<Asked>,
}

/// The watch lists in force, with their dates and ages.
#[utoipa::path(
    get,
    path = "/api/v1/lists",
    responses((status = 200, description = "The lists; none when none was loaded.", body = ListsSchema, content_type = "application/json"))
)]
pub(crate) async fn lists(Extract(state): Extract<State>, uri: Uri) -> Response {
    answer(
        async {
            query::none(&uri)?;
            let (versions, day) = blocking(&state, |source| Ok((source.lists()?, source.today()))).await?;
            json(&Lists { lists: versions.iter().map(|one| asked(one, day)).collect() })
        }
        .await,
    )
}

/// One thing compared, without the values.
#[derive(Serialize)]
pub(crate) struct Field {
    pub(crate) field: String,
    pub(crate) log_odds: f64,
}

/// What was said of a pair.
#[derive(Serialize)]
pub(crate) struct Judged {
    pub(crate) verdict: &'static str,
    pub(crate) at: Timestamp,
    pub(crate) same_values: bool,
}

/// A pair, without the values compared.
#[derive(Serialize)]
pub(crate) struct PairShown {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    pub(crate) a: String,
    pub(crate) b: String,
    pub(crate) log_odds: f64,
    pub(crate) identifier_agrees: bool,
    pub(crate) compared: Vec<Field>,
    pub(crate) open: bool,
    pub(crate) judged: Option<Judged>,
}

impl From<&Queued> for PairShown {
    fn from(one: &Queued) -> Self {
        let compared = one.pair.compared.iter().map(|step| Field { field: step.field.clone(), log_odds: step.log_odds });
        let judged = one.judged.as_ref().map(|said| Judged { verdict: said.verdict.name(), at: said.at, same_values: said.same_values });
        Self {
            id: one.pair.id.clone(),
            kind: one.pair.kind.name(),
            a: one.pair.a.clone(),
            b: one.pair.b.clone(),
            log_odds: one.pair.log_odds,
            identifier_agrees: one.pair.strong,
            compared: compared.collect(),
            open: one.open,
            judged,
        }
    }
}

#[derive(Serialize)]
struct ResolutionAnswer {
    open: usize,
    pairs: Vec<PairShown>,
}

/// Pairs that wait for a person to say whether they are one: two parties, or a party and a listed entry. Which fields were compared is said, their
/// values are not; nobody under protection is in it.
#[utoipa::path(
    get,
    path = "/api/v1/resolution",
    responses((status = 200, description = "The pairs, those with an agreeing identifier first, at most 1000.", body = ResolutionSchema, content_type = "application/json"))
)]
pub(crate) async fn resolution(Extract(state): Extract<State>, uri: Uri) -> Response {
    answer(
        async {
            query::none(&uri)?;
            let queue = blocking(&state, |source| source.resolution()).await?;
            let open: Vec<PairShown> = queue.iter().filter(|one| one.open).map(PairShown::from).collect();
            let total = open.len();
            json(&ResolutionAnswer { open: total, pairs: open.into_iter().take(PAIRS_MAX).collect() })
        }
        .await,
    )
}

/// The page of the same.
pub(crate) async fn page(Extract(state): Extract<State>, uri: Uri) -> Response {
    let outcome = async {
        let at = query::page(&uri)?;
        let (queue, versions, day) = blocking(&state, |source| Ok((source.resolution()?, source.lists()?, source.today()))).await?;
        let pairs: Vec<PairShown> = queue.iter().filter(|one| one.open).map(PairShown::from).collect();
        Ok(html::resolution::page(&pairs, queue.len() - pairs.len(), &versions, day, at).into_response())
    };
    outcome.await.unwrap_or_else(|problem: Problem| problem.respond(false))
}
