//! What stands out in how staff search (SG-083): a report for the auditor and the rights officer, never for the superior of whom it is about.
//!
//! It is made from the register's own entries by tests that are stated ([`judge`]). What stands out is a question, not a finding of guilt: it is
//! put to the person, who answers, before it is settled. That the report was read is itself an entry.

mod gather;
pub mod judge;
pub mod stats;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, Resource};
use tributary_cases::{Find, Note, Notes, Page, Record, Stored, Writing};
use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_DAY;

pub use judge::{Abstained, Anomaly, Bounds, Channel, Judged, Look, Office, Person, Span, Test};

use crate::acting::{Acting, Caller, as_read};
use crate::people::agency::checked_text;
use crate::retention::{Class, start};
use crate::{Register, RegisterError};

/// The longest period of one report, in days.
const SPAN_DAYS: i64 = 92;
/// How long the person who was asked has to answer before it may be settled without an answer.
const ANSWER_DAYS: i64 = 14;
/// Files of one list.
const FILES_MAX: u32 = 1_000;

/// Somebody's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Words {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: String,
}

/// What the auditor or rights officer makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// There is an ordinary reason.
    Explained,
    /// The rule or the training is to be mended, not the person.
    Training,
    /// It goes to the body that inquires into staff.
    Referred,
}

impl Settlement {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Explained => "explained",
            Self::Training => "training",
            Self::Referred => "referred",
        }
    }
}

/// One thing that stood out, and what was said of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnomalyFile {
    /// Whose looks.
    pub account: String,
    /// That account's agency: nobody of it sees this file but the person.
    pub agency: String,
    /// By which test.
    pub test: Test,
    /// In which period.
    pub span: Span,
    /// Why, in plain words.
    pub why: String,
    /// Corrected for everything that was tested.
    pub q: f64,
    /// The entries that it rests on.
    pub entries: Vec<String>,
    /// What the person is asked.
    pub question: Option<Words>,
    /// What the person says.
    pub answer: Option<Words>,
    /// What came of it.
    pub settled: Option<(Settlement, Words)>,
    /// Its clock ran out: it is found by nobody until it is reviewed.
    #[serde(default)]
    pub suspended: bool,
}

impl Record for AnomalyFile {
    const KIND: &'static str = "search_anomaly";

    fn agency(&self) -> &str {
        &self.agency
    }

    fn state(&self) -> &str {
        match (&self.question, &self.answer, &self.settled) {
            (_, _, Some(_)) => "settled",
            (_, Some(_), None) => "answered",
            (Some(_), None, None) => "asked",
            (None, None, None) => "found",
        }
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        self.question.iter().map(|_| ("asked", self.account.clone())).collect()
    }

    fn sole_keys(&self) -> Vec<(&'static str, String)> {
        vec![("found", format!("{}/{}/{}/{}", self.account, self.test.as_str(), self.span.from.0, self.span.to.0))]
    }
}

impl AnomalyFile {
    fn of(anomaly: &Anomaly, span: Span) -> Self {
        Self {
            account: anomaly.account.clone(),
            agency: anomaly.agency.clone(),
            test: anomaly.test,
            span,
            why: anomaly.why.clone(),
            q: anomaly.q,
            entries: anomaly.entries.clone(),
            question: None,
            answer: None,
            settled: None,
            suspended: false,
        }
    }

    /// What policies see: it is assigned to the person, once it was put to them.
    fn resource(&self, id: &str) -> Resource {
        let assigned = if self.question.is_some() { self.account.clone() } else { String::new() };
        Resource { id: id.to_owned(), assigned, ..Resource::default() }
    }
}

/// The report.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AnomalyReport {
    /// The period.
    pub span: Span,
    /// What the tests went by.
    pub bounds: Bounds,
    /// Each test and how it is decided.
    pub tests: Vec<(Test, &'static str)>,
    /// What stands out.
    pub anomalies: Vec<Anomaly>,
    /// What could not be judged, and why.
    pub abstained: Vec<Abstained>,
    /// How many tests were made.
    pub tested: usize,
    /// What stands out among accounts of the reader's own agency, which others look at.
    pub left_to_others: usize,
    /// Looks that nobody can be told of.
    pub unattributed: u64,
    /// Entries whose stored payload is not what the log committed to: somebody wrote in the store.
    pub altered: Vec<String>,
    /// What this is not.
    pub says: &'static str,
}

/// What stands over every report.
const SAYS: &str = "These are counts that stand out, not wrongs. Ask the person first: a big case, a duty desk, a new post explain most of it. \
     Whether two people share a name, an address, a family or a trait is not computed.";

/// What the person sees of it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PutToYou {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: i64,
    /// By which test.
    pub test: Test,
    /// In which period.
    pub span: Span,
    /// Why.
    pub why: String,
    /// What is asked.
    pub question: String,
    /// What was answered.
    pub answer: Option<String>,
    /// What came of it.
    pub settled: Option<Settlement>,
}

fn put_to_you(file: Stored<AnomalyFile>) -> PutToYou {
    PutToYou {
        id: file.id,
        version: file.version,
        test: file.body.test,
        span: file.body.span,
        why: file.body.why,
        question: file.body.question.map(|words| words.text).unwrap_or_default(),
        answer: file.body.answer.map(|words| words.text),
        settled: file.body.settled.map(|(settled, _)| settled),
    }
}

fn checked(span: Span, at: Timestamp) -> Result<(), RegisterError> {
    if span.from >= span.to || span.to > at || span.to.0 - span.from.0 > SPAN_DAYS * MICROS_PER_DAY {
        return Err(RegisterError::invalid("from", format!("a time before `to`, at most {SPAN_DAYS} days, and nothing that is still to come")));
    }
    Ok(())
}

/// What policies see of a file whose clock is reviewed: by who is not of the person's agency.
pub(crate) async fn resource_of(acting: &mut Acting, id: &str) -> Result<Resource, RegisterError> {
    let own = acting.caller().principal.agency.clone();
    let file = acting.tx()?.get::<AnomalyFile>(id).await?.filter(|file| file.body.agency != own);
    file.map(|_| Resource { id: id.to_owned(), ..Resource::default() }).ok_or(RegisterError::Missing("thing"))
}

/// Takes a file away that nobody needs any more, and the salts of the entries about it.
pub(crate) async fn purge(writing: &mut Writing, id: &str) -> Result<(), RegisterError> {
    if let Some(gone) = writing.get::<AnomalyFile>(id).await? {
        writing.remove(&gone).await?;
    }
    writing.forget_about("finding", id).await?;
    Ok(())
}

impl Register {
    /// Looks through a period. That it was asked for is recorded before anything is read; what stands out is kept, once, to be asked about.
    ///
    /// # Errors
    /// [`RegisterError::Invalid`] for a period that is too long or not over; [`RegisterError::State`] where there is too much to read.
    pub async fn search_anomalies(&self, caller: &Caller, span: Span, bounds: Bounds, at: Timestamp) -> Result<AnomalyReport, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        acting.permit(Action::SearchAnomalies, &Resource { id: "all".into(), ..Resource::default() }).await?;
        checked(span, at)?;
        let note = acting.note("search.anomalies_read").with(&span);
        acting.done(Notes::one(note)).await?;
        let weeks = i64::try_from(bounds.history_weeks.min(104)).unwrap_or(104);
        let gathered = gather::gather(self, Timestamp(span.from.0 - weeks * 7 * MICROS_PER_DAY), span.to).await?;
        let judged = judge::judge(&gathered.office, span, &bounds);
        self.keep_anomalies(&judged.anomalies, span, at).await?;
        let own = &caller.principal.agency;
        let all = judged.anomalies.len();
        let anomalies: Vec<Anomaly> = judged.anomalies.into_iter().filter(|one| one.agency != *own && one.account != caller.principal.id).collect();
        Ok(AnomalyReport {
            span,
            bounds,
            tests: Test::ALL.map(|test| (test, test.method())).to_vec(),
            left_to_others: all - anomalies.len(),
            anomalies,
            abstained: judged.abstained.into_iter().filter(|one| one.agency != *own).collect(),
            tested: judged.tested,
            unattributed: gathered.nobody,
            altered: gathered.altered,
            says: SAYS,
        })
    }

    /// Keeps what stands out and was not kept before.
    async fn keep_anomalies(&self, anomalies: &[Anomaly], span: Span, at: Timestamp) -> Result<(), RegisterError> {
        let mut writing = self.store().write(at).await?;
        let mut notes: Option<Notes> = None;
        for anomaly in anomalies {
            let file = AnomalyFile::of(anomaly, span);
            let [(name, key)] = <[_; 1]>::try_from(file.sole_keys()).map_err(|_| RegisterError::State("a finding has one key".into()))?;
            if writing.sole::<AnomalyFile>(name, &key).await?.is_some() {
                continue;
            }
            let id = writing.new_id();
            let agency = file.agency.clone();
            writing.add(&id, file).await?;
            start(&mut writing, Class::Finding, &id, &agency).await?;
            let note =
                Note::of("search.anomaly_found").about("finding", "", &id).about("account", &id, &anomaly.account).tag("test", anomaly.test.as_str());
            notes = Some(match notes {
                Some(notes) => notes.and(note),
                None => Notes::one(note),
            });
        }
        if let Some(notes) = notes {
            writing.commit(notes).await?;
        }
        Ok(())
    }

    /// What stood out, of accounts of other agencies than the reader's.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn anomalies(&self, caller: &Caller, page: &Page, at: Timestamp) -> Result<Vec<Stored<AnomalyFile>>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        acting.permit(Action::SearchAnomalies, &Resource { id: "all".into(), ..Resource::default() }).await?;
        let mut files = acting.tx()?.list::<AnomalyFile>(Find::All, page).await?;
        files.retain(|file| !file.body.suspended && file.body.agency != caller.principal.agency);
        let note = acting.note("search.anomalies_listed");
        acting.done(Notes::one(note)).await?;
        Ok(files)
    }

    /// Puts it to the person.
    ///
    /// # Errors
    /// [`RegisterError::State`] where they were asked before.
    pub async fn ask_about_anomaly(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        question: &str,
        at: Timestamp,
    ) -> Result<Stored<AnomalyFile>, RegisterError> {
        let (mut acting, mut file) = self.looked_at(caller, id, version, at).await?;
        if file.body.question.is_some() {
            return Err(RegisterError::State("the person was asked before".into()));
        }
        file.body.question = Some(Words { by: acting.who().to_owned(), at, text: checked_text("question", question, 2_000)? });
        acting.tx()?.put(&mut file).await?;
        let note = acting.note_on("search.anomaly_asked", "finding", id).with(&file.body);
        acting.done(Notes::one(note)).await?;
        Ok(file)
    }

    /// A file that the caller, of another agency than the person's, decides on.
    async fn looked_at(&self, caller: &Caller, id: &str, version: i64, at: Timestamp) -> Result<(Acting, Stored<AnomalyFile>), RegisterError> {
        let mut acting = self.act(caller, at).await?;
        acting.permit(Action::SearchAnomalies, &Resource { id: id.to_owned(), ..Resource::default() }).await?;
        let file = acting.tx()?.get::<AnomalyFile>(id).await?.filter(|file| !file.body.suspended && file.body.agency != caller.principal.agency);
        let file = file.ok_or(RegisterError::Missing("thing"))?;
        as_read(&file, version)?;
        Ok((acting, file))
    }

    /// What was put to the caller.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn anomalies_put_to_me(&self, caller: &Caller, at: Timestamp) -> Result<Vec<PutToYou>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let who = acting.who().to_owned();
        acting.permit(Action::AnomalyAnswer, &Resource { id: "all".into(), assigned: who.clone(), ..Resource::default() }).await?;
        let mut files = acting.tx()?.list::<AnomalyFile>(Find::Key("asked", &who), &Page::first(FILES_MAX)).await?;
        files.retain(|file| !file.body.suspended);
        let note = acting.note("search.anomalies_own_read");
        acting.done(Notes::one(note)).await?;
        Ok(files.into_iter().map(put_to_you).collect())
    }

    /// The person's answer.
    ///
    /// # Errors
    /// [`RegisterError::Missing`] for what was put to somebody else, or to nobody; [`RegisterError::State`] for a second answer.
    pub async fn answer_anomaly(&self, caller: &Caller, id: &str, version: i64, answer: &str, at: Timestamp) -> Result<PutToYou, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let file = acting.tx()?.get::<AnomalyFile>(id).await?.filter(|file| !file.body.suspended);
        let resource = file.as_ref().map_or_else(Resource::default, |file| file.body.resource(id));
        let mine = !resource.assigned.is_empty() && resource.assigned == acting.who();
        let Some(mut file) = file.filter(|_| mine) else { return Err(RegisterError::Missing("thing")) };
        acting.permit(Action::AnomalyAnswer, &resource).await?;
        as_read(&file, version)?;
        if file.body.answer.is_some() || file.body.settled.is_some() {
            return Err(RegisterError::State("it was answered or settled before".into()));
        }
        file.body.answer = Some(Words { by: acting.who().to_owned(), at, text: checked_text("answer", answer, 4_000)? });
        acting.tx()?.put(&mut file).await?;
        let note = acting.note_on("search.anomaly_answered", "finding", id).with(&file.body);
        acting.done(Notes::one(note)).await?;
        Ok(put_to_you(file))
    }

    /// Settles it: after the person answered, or did not within 14 days.
    ///
    /// # Errors
    /// [`RegisterError::Duty`] before the person was heard, and for who is the person.
    pub async fn settle_anomaly(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        outcome: Settlement,
        reason: &str,
        at: Timestamp,
    ) -> Result<Stored<AnomalyFile>, RegisterError> {
        let (mut acting, mut file) = self.looked_at(caller, id, version, at).await?;
        if file.body.settled.is_some() {
            return Err(RegisterError::State("it was settled before".into()));
        }
        let asked = file.body.question.as_ref().map(|words| words.at);
        let heard = file.body.answer.is_some() || asked.is_some_and(|asked| at.0 - asked.0 >= ANSWER_DAYS * MICROS_PER_DAY);
        if !heard {
            return Err(RegisterError::Duty("the person is asked first, and has 14 days to answer"));
        }
        let words = Words { by: acting.who().to_owned(), at, text: checked_text("reason", reason, 4_000)? };
        file.body.settled = Some((outcome, words));
        acting.tx()?.put(&mut file).await?;
        let note = acting.note_on("search.anomaly_settled", "finding", id).tag("outcome", outcome.as_str()).with(&file.body);
        acting.done(Notes::one(note)).await?;
        Ok(file)
    }
}
