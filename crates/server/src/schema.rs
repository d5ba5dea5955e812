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
    /// Judgements of people on pairs of parties that the resolution held to.
    judgements: u64,
    /// Pairs of parties that may be one and wait for people.
    possible_links: u64,
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

/// A transfer that is sent.
#[derive(ToSchema)]
#[schema(as = Event)]
pub(crate) struct EventSchema {
    /// Its id: one that is there already is not kept again.
    transfer_id: String,
    /// When, with its offset.
    at: String,
    /// Paying account.
    from_account: String,
    /// Receiving account.
    to_account: String,
    /// Amount, above or equal 0; to be ingested later it is needed.
    #[schema(required = false)]
    amount: String,
    /// ISO 4217 or a ticker; to be ingested later it is needed.
    #[schema(required = false)]
    currency: String,
    /// Channel, as in the table `transfers`.
    #[schema(required = false)]
    channel: String,
}

/// A line that was not taken in.
#[derive(ToSchema)]
#[schema(as = RefusedEvent)]
struct RefusedEventSchema {
    /// Its number in the request, from 1.
    line: u64,
    /// Its id, where it could be read.
    #[schema(required)]
    transfer_id: Option<String>,
    /// Why, in plain words.
    reason: String,
}

/// A pattern that appeared or was withdrawn.
#[derive(ToSchema)]
#[schema(as = ChangedPattern)]
struct ChangedPatternSchema {
    /// `appeared` or `withdrawn`.
    change: String,
    /// What it is.
    kind: String,
    /// The account it is about, where it is about one.
    #[schema(required)]
    center: Option<String>,
    /// Its accounts; `protected` stands for whoever is under protection.
    accounts: Vec<String>,
    /// Its transfers.
    transfers: Vec<String>,
    /// Its first transfer.
    from: String,
    /// Its last transfer.
    to: String,
    /// The value it moved, in the unit of the amounts.
    value: f64,
    /// How far it is from what such accounts do, 0..=1.
    score: f64,
    /// How likely chance alone makes one, where that is tested.
    #[schema(required)]
    p: Option<f64>,
    /// Did a bound cut the search for it?
    bounded: bool,
}

/// What became of a request's lines.
#[derive(ToSchema)]
#[schema(as = EventsTaken)]
pub(crate) struct EventsTakenSchema {
    /// Transfers that are kept now.
    kept: u64,
    /// Lines that were not taken in.
    refused: Vec<RefusedEventSchema>,
    /// Lines that are kept and could not be searched: they came too late, or too many are held.
    not_searched: Vec<RefusedEventSchema>,
    /// Patterns that changed.
    patterns: Vec<ChangedPatternSchema>,
}

/// What is listed, or asked about.
#[derive(ToSchema)]
#[schema(as = Listed, rename_all = "snake_case")]
enum ListedSchema {
    Person,
    Organisation,
    Craft,
    Unknown,
}

/// Who is asked about. Nothing of it is kept.
#[derive(ToSchema)]
#[schema(as = ScreenRequest)]
pub(crate) struct ScreenRequestSchema {
    /// All names known, any script, at most 32.
    #[schema(required = false)]
    names: Vec<String>,
    /// What is asked about; `unknown` when not given.
    #[schema(required = false, value_type = ListedSchema)]
    kind: String,
    /// Dates of birth: a day, a month, a year or a span.
    #[schema(required = false)]
    births: Vec<String>,
    /// Places of birth or address.
    #[schema(required = false)]
    places: Vec<String>,
    /// They can agree, never disagree, and never count alone.
    #[schema(required = false)]
    nationalities: Vec<String>,
    /// Documents as `kind:number`.
    #[schema(required = false)]
    documents: Vec<String>,
    /// Wallet addresses.
    #[schema(required = false)]
    wallets: Vec<String>,
    /// Phone numbers.
    #[schema(required = false)]
    phones: Vec<String>,
    /// Mail addresses.
    #[schema(required = false)]
    emails: Vec<String>,
    /// The person may be a victim: hit and no hit look the same then.
    #[schema(required = false)]
    possible_victim: bool,
    /// The day of screening; today when not given.
    as_of: Option<String>,
}

/// A watch list in force.
#[derive(ToSchema)]
#[schema(as = ListInForce)]
struct ListInForceSchema {
    /// Its name.
    list: String,
    /// First digits of a hash over its files.
    version: String,
    /// The day its age counts from.
    dated: String,
    /// Does its publisher say that day? Otherwise it was loaded then.
    date_known: bool,
    /// Its age in days; negative when it is dated later.
    age_days: f64,
    /// Its entries.
    entries: u64,
}

/// The watch lists in force.
#[derive(ToSchema)]
#[schema(as = Lists)]
pub(crate) struct ListsSchema {
    lists: Vec<ListInForceSchema>,
}

/// One pair of name tokens that agree.
#[derive(ToSchema)]
#[schema(as = TokenMatch)]
struct TokenMatchSchema {
    /// Tokens asked about.
    query: String,
    /// Tokens on the list.
    listed: String,
    /// What the agreement says, natural logarithm of odds.
    log_odds: f64,
    /// Spelled alike after folding?
    same: bool,
}

/// How the best pair of names agrees.
#[derive(ToSchema)]
#[schema(as = NameReason)]
struct NameReasonSchema {
    /// The name asked about.
    query: String,
    /// The name on the list.
    listed: String,
    /// How well the list vouches for it: `primary`, `strong` or `weak`.
    #[schema(required)]
    quality: Option<String>,
    /// Evidence after any discount, natural logarithm of odds.
    log_odds: f64,
    /// Share of the names that agrees.
    #[schema(minimum = 0.0, maximum = 1.0)]
    similarity: f64,
    matched: Vec<TokenMatchSchema>,
    /// Tokens asked about that agree with nothing.
    only_query: Vec<String>,
    /// Listed tokens that agree with nothing.
    only_listed: Vec<String>,
}

/// What one field said.
#[derive(ToSchema)]
#[schema(as = Reason)]
struct ReasonSchema {
    /// `birth`, `place`, `nationality`, `document`, `wallet`, `phone`, `email`.
    field: String,
    /// For one identity, natural logarithm of odds; negative against.
    log_odds: f64,
    /// The value asked about.
    query: String,
    /// The value on the list.
    listed: String,
    /// How they stand to each other.
    note: String,
}

/// A listed entry that may be who is asked about.
#[derive(ToSchema)]
#[schema(as = Hit)]
struct HitSchema {
    list: String,
    /// The day the list is dated.
    list_dated: String,
    /// The entry's id in its list.
    entry: String,
    /// The list's own reference.
    reference: String,
    /// Programmes, as opaque labels.
    programmes: Vec<String>,
    /// Evidence for one identity, natural logarithm of odds; the order of hits.
    log_odds: f64,
    /// The same as a probability below 1, for display only.
    #[schema(maximum = 0.999)]
    probability: f64,
    /// Where it goes: `strong_match`, `resolution_queue` or `abstain`.
    disposition: String,
    name: NameReasonSchema,
    reasons: Vec<ReasonSchema>,
    /// Fields that one side lacks.
    missing: Vec<String>,
}

/// Why a screening, or a part of it, says nothing.
#[derive(ToSchema)]
#[schema(as = ScreenAbstention)]
struct ScreenAbstentionSchema {
    /// `stale_list`, `future_list`, `thin_query` or `empty_query`.
    reason: String,
    /// The list.
    list: Option<String>,
    /// Its age.
    age_days: Option<f64>,
    /// The limit.
    age_days_max: Option<f64>,
    /// Days after the day of screening.
    days: Option<f64>,
    /// What the name could say at most, natural logarithm of odds.
    weight: Option<f64>,
    /// What is asked for.
    weight_min: Option<f64>,
}

/// What agrees with somebody asked about.
#[derive(ToSchema)]
#[schema(as = ScreenAnswer)]
pub(crate) struct ScreenAnswerSchema {
    /// The day of screening.
    as_of: String,
    /// The lists that were asked.
    lists: Vec<ListInForceSchema>,
    /// Empty: a request has no id of its own.
    id: String,
    /// `ordinary`, or `protection_first`: then hit and no hit look the same.
    routing: String,
    /// Hits, strongest evidence first.
    hits: Vec<HitSchema>,
    /// No hit with an abstention is no clearance.
    abstained: Vec<ScreenAbstentionSchema>,
    /// More candidates were left out than the settings allow.
    bounded: bool,
}

/// One thing compared, without the values.
#[derive(ToSchema)]
#[schema(as = FieldCompared)]
struct FieldComparedSchema {
    field: String,
    /// What it says for one identity, natural logarithm of odds.
    log_odds: f64,
}

/// What was said of a pair last.
#[derive(ToSchema)]
#[schema(as = PairJudged)]
struct PairJudgedSchema {
    /// `same`, `different` or `insufficient`.
    verdict: String,
    /// When, RFC 3339.
    at: String,
    /// Were the values compared the same as now?
    same_values: bool,
}

/// A pair that waits for a person.
#[derive(ToSchema)]
#[schema(as = Pair)]
struct PairSchema {
    id: String,
    /// `parties`, or `listed`: a party and an entry of a watch list.
    kind: String,
    /// A party.
    a: String,
    /// The other party, or `list/entry`.
    b: String,
    /// Evidence for one identity, natural logarithm of odds.
    log_odds: f64,
    /// Does a document or wallet agree?
    identifier_agrees: bool,
    compared: Vec<FieldComparedSchema>,
    open: bool,
    #[schema(required)]
    judged: Option<PairJudgedSchema>,
}

/// Pairs that wait for people.
#[derive(ToSchema)]
#[schema(as = Resolution)]
pub(crate) struct ResolutionSchema {
    /// How many there are in all.
    open: u64,
    /// The first of them.
    pairs: Vec<PairSchema>,
}
