//! The shapes of answers as OpenAPI has them, beside the types of `tributary-model` and `tributary-engine`, which know nothing of
//! HTTP. A test holds them to what is really sent: same names, same required ones.
#![expect(dead_code, reason = "these types are only ever read by the schema derive")]

use std::collections::BTreeMap;

use utoipa::ToSchema;

/// What an alert speaks of.
#[derive(ToSchema)]
#[schema(as = AlertKind, rename_all = "snake_case")]
enum KindSchema {
    Trafficking,
    TerroristFinancing,
    Convergence,
    Laundering,
}

/// Which of the two kinds of network an indicator speaks for.
#[derive(ToSchema)]
#[schema(as = Side, rename_all = "snake_case")]
enum SideSchema {
    Trafficking,
    TerroristFinancing,
    Neutral,
}

/// A family of indicators.
#[derive(ToSchema)]
#[schema(as = Family, rename_all = "UPPERCASE")]
enum FamilySchema {
    Rec,
    Mov,
    Exp,
    Ftr,
    Ftf,
    Haw,
    Vas,
    Coo,
    Con,
    List,
}

/// What a subject is.
#[derive(ToSchema)]
#[schema(as = SubjectType, rename_all = "snake_case")]
enum SubjectTypeSchema {
    Account,
    Party,
    Identifier,
    Post,
    Place,
}

/// Versions behind an alert.
#[derive(ToSchema)]
#[schema(as = Detector)]
struct DetectorSchema {
    /// Program version.
    program: String,
    /// Hash over the packs in force.
    packs: String,
    /// Hash over the settings, seed included.
    settings: String,
}

/// Whom or what an alert names.
#[derive(ToSchema)]
#[schema(as = Subject)]
struct SubjectSchema {
    #[schema(value_type = SubjectTypeSchema)]
    r#type: String,
    /// Its id.
    id: String,
    /// Its role in the pattern.
    role: String,
    /// Share of the alert's evidence that speaks of it.
    #[schema(minimum = 0.0, maximum = 1.0)]
    score: f64,
}

/// How many protected people stand behind an alert: a count, never names.
#[derive(ToSchema)]
#[schema(as = ProtectedCount)]
struct ProtectedSchema {
    /// How many.
    count: u64,
}

/// An indicator that spoke in an alert.
#[derive(ToSchema)]
#[schema(as = AlertIndicator)]
struct AlertIndicatorSchema {
    /// Catalogue id, e.g. `REC-02`.
    id: String,
    /// Version of its pack.
    version: String,
    #[schema(value_type = FamilySchema)]
    family: String,
    #[schema(value_type = SideSchema)]
    side: String,
    /// Log-likelihood ratio it adds, natural log, after caps.
    weight: f64,
    /// What it says.
    statement: String,
    /// Where it is documented, with page.
    sources: Vec<String>,
    /// Innocent explanations to weigh.
    benign: Vec<String>,
    /// A bounded sample of the observations it rests on: `table/batch/row`.
    observations: Vec<String>,
    /// How many observations it rests on.
    observations_total: u64,
    /// Which subject it speaks of, `type:id`; absent where that is protected.
    #[schema(nullable = false)]
    subject: Option<String>,
    /// Start of the period of what it rests on, RFC 3339; absent where not kept.
    #[schema(nullable = false)]
    from: Option<String>,
    /// End of that period.
    #[schema(nullable = false)]
    to: Option<String>,
}

/// One step of the smallest explaining path.
#[derive(ToSchema)]
#[schema(as = PathLink)]
struct PathLinkSchema {
    /// Where it starts: `type:id`, or `protected` where that may not be named.
    from: String,
    /// Where it leads.
    to: String,
    /// What joins them.
    kind: String,
    /// Strength: rarity of the link.
    #[schema(minimum = 0.0, maximum = 1.0)]
    weight: f64,
    /// Plain words.
    statement: String,
    /// A bounded sample of the observations behind it.
    observations: Vec<String>,
    /// Is it the weakest link of the path?
    weakest: bool,
}

/// One of the competing hypotheses. Show them before any score.
#[derive(ToSchema)]
#[schema(as = Hypothesis)]
struct HypothesisSchema {
    /// `trafficking_only`, `terrorist_financing_only`, `shared_infrastructure`, `lawful`, `data_error`.
    name: String,
    /// Log-odds against the others, natural log.
    log_odds: f64,
    /// Evidence for, in plain words.
    evidence_for: Vec<String>,
    /// Evidence against, in plain words.
    evidence_against: Vec<String>,
    /// The datum that would decide.
    would_decide: String,
}

/// An alert: a reason for a person to look, never a ground for action by itself.
#[derive(ToSchema)]
#[schema(as = Alert)]
pub(crate) struct AlertSchema {
    /// Stable for the same snapshot, packs and settings.
    alert_id: String,
    /// Which batches it was computed from.
    snapshot: String,
    detector: DetectorSchema,
    kind: KindSchema,
    /// Rank in its run, 1 is first.
    rank: u64,
    subjects: Vec<SubjectSchema>,
    protected: ProtectedSchema,
    /// Overall.
    #[schema(minimum = 0.0, maximum = 1.0)]
    score: f64,
    /// Against the null model.
    #[schema(minimum = 0.0, maximum = 1.0)]
    p_value: f64,
    /// Expected share of false alerts at this rank.
    #[schema(minimum = 0.0, maximum = 1.0)]
    q_value: f64,
    /// Evidence on the trafficking side.
    #[schema(minimum = 0.0, maximum = 1.0)]
    trafficking: f64,
    /// Evidence on the financing side.
    #[schema(minimum = 0.0, maximum = 1.0)]
    terrorist_financing: f64,
    /// Evidence that the two share infrastructure.
    #[schema(minimum = 0.0, maximum = 1.0)]
    convergence: f64,
    indicators: Vec<AlertIndicatorSchema>,
    /// The smallest set of links that joins both sides, in order.
    path: Vec<PathLinkSchema>,
    hypotheses: Vec<HypothesisSchema>,
    /// A few plain sentences.
    explanation: String,
    /// What is missing or could explain it innocently.
    limits: Vec<String>,
    /// Start of the period, RFC 3339.
    from: String,
    /// End of the period, RFC 3339.
    to: String,
    /// Places it touches.
    places: Vec<String>,
    /// Countries it touches, ISO 3166-1 alpha-2.
    jurisdictions: Vec<String>,
}

/// Alerts, best first.
#[derive(ToSchema)]
#[schema(as = AlertList)]
pub(crate) struct AlertListSchema {
    /// The run's id.
    run: String,
    /// How many alerts match, of which `limit` at the most are in `alerts`.
    total: u64,
    alerts: Vec<AlertSchema>,
}

/// One reason for saying nothing, and how often it held.
#[derive(ToSchema)]
#[schema(as = Abstention)]
struct AbstentionSchema {
    /// What was looked at.
    what: String,
    /// Why nothing is said.
    reason: String,
    /// How often.
    count: u64,
}

/// What a run rests on and what it found.
#[derive(ToSchema)]
#[schema(as = Run)]
pub(crate) struct RunSchema {
    /// Its id.
    run: String,
    /// The snapshot.
    snapshot: String,
    detector: DetectorSchema,
    /// The latest time the snapshot speaks of, RFC 3339.
    as_of: String,
    /// Rows by table.
    observations: BTreeMap<String, u64>,
    /// Records of parties.
    records: u64,
    /// Parties they were resolved to.
    parties: u64,
    /// How many parties, accounts and identifiers are under protection.
    protected: u64,
    /// Nodes of the relation graph.
    nodes: u64,
    /// Links of the relation graph.
    links: u64,
    /// Pattern hits by kind.
    patterns: BTreeMap<String, u64>,
    /// Findings by indicator.
    indicators: BTreeMap<String, u64>,
    /// Indicators that abstained, with the reason.
    indicators_abstained: BTreeMap<String, String>,
    /// Networks of evidence: trafficking, terrorist financing, neutral.
    networks: [u64; 3],
    /// Pairs of networks tested for a meeting.
    pairs_tested: u64,
    /// Trafficking networks tested for a meeting with any financing network.
    networks_tested: u64,
    /// Alerts by kind.
    alerts: BTreeMap<String, u64>,
    /// Convergence alerts at q <= 0.1.
    convergence_at_q10: u64,
    /// What was looked at and not reported.
    abstentions: Vec<AbstentionSchema>,
}

/// An indicator as the packs in force have it.
#[derive(ToSchema)]
#[schema(as = Indicator)]
struct IndicatorSchema {
    /// Catalogue id, e.g. `REC-02`.
    id: String,
    /// Short title.
    title: String,
    /// What it says.
    statement: String,
    /// Its pack's title.
    pack: String,
    /// Its pack's version.
    version: String,
    family: FamilySchema,
    side: SideSchema,
    /// It may raise or lower a finding and never open one.
    context_only: bool,
    /// It shows people as exploited, who then go under protection.
    protects: bool,
    /// Log-likelihood ratio at strength 1, natural log.
    weight: f64,
    /// Most it may add for one subject, natural log.
    cap: f64,
    /// Was the weight measured? `false`: set by judgement.
    calibrated: bool,
    /// Why this weight.
    weight_reason: String,
    /// Innocent explanations.
    benign: Vec<String>,
    /// Data that would tell the innocent from the other.
    discriminates: Vec<String>,
    /// Where it is documented, with page.
    sources: Vec<String>,
}

/// The packs in force.
#[derive(ToSchema)]
#[schema(as = Indicators)]
pub(crate) struct IndicatorsSchema {
    /// Hash over the packs.
    packs: String,
    indicators: Vec<IndicatorSchema>,
}

/// The server's state.
#[derive(ToSchema)]
#[schema(as = Health)]
pub(crate) struct HealthSchema {
    /// `ok`.
    status: String,
    /// Program version.
    version: String,
    /// The latest run's id; null when there is none yet.
    #[schema(required)]
    run: Option<String>,
}

/// A request that cannot be answered (RFC 9457).
#[derive(ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemSchema {
    /// `about:blank`.
    r#type: String,
    /// The status in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is wrong and what to do, in plain words.
    detail: String,
}
