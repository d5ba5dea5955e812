//! Every endpoint: what is asked, by which action it is decided, who answers.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, get, post};
use tributary_access::Action;

use crate::handlers::{alerts, cases, escalations, files, governance, keys, log, people, policies, providers, victims};
use crate::openapi::shape::{self, Schemas, Shape};
use crate::{Desk, Problem};

/// Longest body, in bytes.
const BODY_MAX: usize = 2 << 20;

/// One endpoint.
pub struct Endpoint {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Its path, with `{name}` for parts that vary.
    pub path: &'static str,
    /// The actions that decide it; none where it is open to everybody or to every session.
    pub actions: &'static [Action],
    /// What it does, in a line.
    pub about: &'static str,
    handler: fn() -> MethodRouter<Desk>,
    /// What its handler takes and gives.
    pub(crate) shape: fn(&mut Schemas) -> Shape,
}

macro_rules! endpoints {
    ($($method:ident $path:literal [$($action:ident),*] $about:literal => $handler:path;)+) => {
        /// The table of all endpoints.
        pub const ENDPOINTS: &[Endpoint] = &[$(Endpoint {
            method: endpoints!(@method $method),
            path: $path,
            actions: &[$(Action::$action),*],
            about: $about,
            handler: || $method($handler),
            shape: |schemas| shape::of($handler, schemas),
        },)+];
    };
    (@method get) => { "GET" };
    (@method post) => { "POST" };
}

endpoints! {
    get "/api/v1/health" [] "does it answer, and is the log published and cosigned" => log::health;
    get "/api/v1/openapi.json" [] "what this API is: every address, its requests and answers (OpenAPI 3.1)" => log::openapi;
    post "/api/v1/session" [] "sign in with login, password and code" => people::sign_in;
    get "/api/v1/providers" [] "identity providers at which one may sign in" => providers::list;
    post "/api/v1/session/provider" [] "the way out to an identity provider, to sign in" => providers::ask_sign_in;
    post "/api/v1/session/provider/answer" [] "sign in by what an identity provider gave" => providers::sign_in;
    post "/api/v1/session/second-factor" [AccountUpdate] "show a code in a session that lacks a second factor" => providers::show_code;
    post "/api/v1/session/second-factor/key" [AccountUpdate] "a challenge for one's security keys in such a session" => providers::ask_step;
    post "/api/v1/session/second-factor/key/answer" [AccountUpdate] "show a security key in such a session" => providers::step;
    post "/api/v1/session/end" [] "sign out" => people::sign_out;
    post "/api/v1/session/key" [] "a challenge for one's security keys, by login and password" => keys::ask_sign_in;
    post "/api/v1/session/key/answer" [] "sign in with a security key's answer" => keys::sign_in;
    post "/api/v1/enrolment" [] "set password and second factor by an invitation, once" => people::enrol;
    post "/api/v1/enrolment/key" [] "a challenge for a security key that is to be the second factor" => keys::ask_enrol;
    post "/api/v1/enrolment/key/answer" [] "set password and security key by an invitation, once" => keys::enrol;
    post "/api/v1/account/keys" [AccountUpdate] "a challenge for a new security key of one's own, by password" => keys::ask_add;
    post "/api/v1/account/keys/answer" [AccountUpdate] "add the security key that answered" => keys::add;
    post "/api/v1/account/keys/{id}/removal" [AccountUpdate] "take one's own security key away, never the last second factor" => keys::remove;
    post "/api/v1/account/bindings" [AccountUpdate] "the way out to an identity provider, to bind it to one's own account" => providers::ask_bind;
    post "/api/v1/account/bindings/answer" [AccountUpdate] "bind whom the identity provider names to one's own account" => providers::bind;
    post "/api/v1/account/bindings/{id}/removal" [AccountUpdate] "take such a binding away" => providers::unbind;
    get "/api/v1/accounts/{id}/factors" [AccountUpdate] "second factors of one's own account, or of any as an administrator" => keys::factors;
    post "/api/v1/accounts/{id}/changes" [AccountCreate] "propose a change of an account: a lost second factor, an identity provider" => keys::propose_change;
    post "/api/v1/account-changes/{id}/approval" [AccountCreate] "approve a change that another administrator proposed" => keys::approve_change;
    get "/api/v1/agencies" [] "all agencies" => people::agencies;
    post "/api/v1/agencies" [AgencyCreate] "enter an agency" => people::create_agency;
    get "/api/v1/accounts" [AccountList] "accounts with role, vetting and second factors, and which are due for review" => people::accounts;
    post "/api/v1/accounts" [AccountCreate] "propose an account" => people::propose_account;
    post "/api/v1/accounts/{id}/approval" [AccountCreate] "approve an account that another administrator proposed" => people::approve_account;
    post "/api/v1/accounts/{id}/suspension" [AccountSuspend] "close an account and its sessions" => people::suspend_account;
    get "/api/v1/cases" [CaseList] "cases one belongs to" => cases::list;
    post "/api/v1/cases" [CaseCreate] "open a case" => cases::create;
    get "/api/v1/cases/{id}" [CaseRead] "read a case" => cases::read;
    post "/api/v1/cases/{id}/members" [CaseUpdate] "let an account into a case" => cases::add_member;
    post "/api/v1/cases/{id}/break-glass" [BreakGlassUse] "see a case for an hour without being let in, and answer for it" => cases::break_glass;
    get "/api/v1/break-glass" [BreakGlassReview] "uses that wait for review" => cases::broken_glass;
    post "/api/v1/break-glass/{id}/review" [BreakGlassReview] "review a use" => cases::review_break_glass;
    get "/api/v1/queue" [AlertList, AlertRead] "the alerts that are worth reading next, within a budget" => alerts::queue;
    get "/api/v1/alerts/{id}" [AlertRead] "an alert; its figures once every hypothesis is weighed" => alerts::read;
    post "/api/v1/alerts/{id}/claim" [AlertRead] "take an alert in hand" => alerts::claim;
    post "/api/v1/alerts/{id}/assignment" [AlertRead] "put an alert into another's hands" => alerts::assign;
    post "/api/v1/alerts/{id}/release" [AlertRead] "give an alert back to the queue" => alerts::release;
    post "/api/v1/alerts/{id}/snooze" [AlertSnooze] "put an alert aside until a time" => alerts::snooze;
    post "/api/v1/alerts/{id}/weighing" [AlertWeigh] "weigh every hypothesis" => alerts::weigh;
    post "/api/v1/alerts/{id}/counter-evidence" [AlertWeigh] "say what speaks against it" => alerts::counter_evidence;
    post "/api/v1/alerts/{id}/disposition" [AlertDispose, AlertSecondRead, AlertReread] "decide, as its next reader" => alerts::dispose;
    post "/api/v1/alerts/{id}/unmask" [AlertUnmask] "see who it is about, for a case" => alerts::unmask;
    post "/api/v1/alerts/{id}/review" [AlertWeigh] "review an alert whose clock runs out" => alerts::review;
    post "/api/v1/sources/withdrawal" [AlertWithdraw] "withdraw a source and what rests on it" => alerts::withdraw_source;
    post "/api/v1/decoys" [SearchAnomalies] "mix a decoy into a queue" => alerts::place_decoy;
    get "/api/v1/agreement" [StatisticRead] "how well readers agree" => alerts::agreement;
    get "/api/v1/labels" [StatisticRead] "reviewed outcomes with their provenance" => alerts::labels;
    get "/api/v1/stops" [] "stops in force and before" => alerts::stops;
    post "/api/v1/stops" [StopSet, PackStop] "stop everything, or a pack" => alerts::set_stop;
    post "/api/v1/stops/{id}/lift" [StopSet, PackRelease] "lift a stop" => alerts::lift_stop;
    post "/api/v1/cases/{id}/change" [CaseUpdate] "change title, decision or owner" => files::change;
    post "/api/v1/cases/{id}/stage" [CaseUpdate] "move a case on in the cycle" => files::stage;
    post "/api/v1/cases/{id}/close" [CaseClose] "close a case" => files::close;
    post "/api/v1/cases/{id}/members/removal" [CaseUpdate] "take an account off a case" => files::remove_member;
    post "/api/v1/cases/{id}/invitations" [CaseShare] "invite an agency to a joint case" => files::share;
    post "/api/v1/cases/{id}/invitations/withdrawal" [CaseShare] "take an invitation back" => files::uninvite;
    get "/api/v1/invitations" [CaseJoin] "invitations of one's agency" => files::invitations;
    post "/api/v1/cases/{id}/join" [CaseJoin] "join a case one's agency was invited to" => files::join;
    post "/api/v1/cases/{id}/exclusions" [CaseUpdate] "shut out an agency that the case names" => files::exclude;
    post "/api/v1/cases/{id}/court" [CaseShare] "bring a case before a judge" => files::court;
    get "/api/v1/cases/{id}/timeline" [CaseRead] "all that happened in a case" => files::timeline;
    post "/api/v1/search" [CaseSearchNamed] "search a name, for a case" => files::search;
    post "/api/v1/cases/{id}/review" [CaseUpdate] "review a case whose clock runs out" => files::review;
    post "/api/v1/cases/{id}/hold" [HoldSet] "hold what would be purged" => files::hold;
    post "/api/v1/cases/{id}/hold/lift" [HoldLift] "lift a hold" => files::lift_hold;
    post "/api/v1/retention" [RetentionRun] "run the clocks of retention" => files::retention;
    get "/api/v1/funnel" [CaseFunnel] "from report to conviction, and the four Ps" => files::funnel;
    get "/api/v1/cases/{id}/parties" [PartyRead] "parties of a case" => files::parties;
    post "/api/v1/cases/{id}/parties" [PartyAdd] "enter a party" => files::add_party;
    get "/api/v1/parties/{id}" [PartyRead] "a party with its names" => files::party;
    post "/api/v1/parties/{id}/sharing" [PartyAdd] "who of a joint case sees a party" => files::share_party;
    post "/api/v1/parties/{id}/promotion" [PartyPromote] "make a party a subject, on facts and an offence" => files::promote;
    post "/api/v1/parties/{id}/clearing" [PartyPromote] "a party is no subject any more" => files::clear;
    get "/api/v1/cases/{id}/evidence" [EvidenceRead] "evidence of a case" => files::evidence;
    post "/api/v1/cases/{id}/evidence" [EvidenceAdd] "enter a piece of evidence" => files::add_evidence;
    get "/api/v1/evidence/{id}" [EvidenceRead] "a piece of evidence and its custody" => files::one_evidence;
    post "/api/v1/evidence/{id}/handover" [EvidenceCustody] "give evidence into another's hands" => files::give;
    post "/api/v1/evidence/{id}/reception" [EvidenceCustody] "take evidence that was given" => files::receive;
    post "/api/v1/evidence/{id}/exculpatory" [EvidenceAdd] "say that evidence speaks for the accused" => files::exculpatory;
    post "/api/v1/evidence/{id}/disclosure" [EvidenceDisclose] "decide what the defence gets" => files::for_defence;
    get "/api/v1/bases" [] "what may be stated as a legal basis" => cases::bases;
    get "/api/v1/cases/{id}/orders" [EvidenceRead] "orders of a case" => files::orders;
    post "/api/v1/cases/{id}/orders" [OrderRecord] "record an order from its document" => files::record_order;
    post "/api/v1/orders/{id}/confirmation" [OrderConfirm] "confirm an order that another recorded" => files::confirm_order;
    post "/api/v1/orders/{id}/revocation" [OrderRevoke] "revoke an order" => files::revoke_order;
    post "/api/v1/orders/{id}/revocation/request" [OrderRecord] "ask that an order be revoked" => files::ask_revocation;
    get "/api/v1/cases/{id}/intelligence" [EvidenceRead] "intelligence of a case, apart from evidence" => files::intelligence;
    post "/api/v1/cases/{id}/intelligence" [EvidenceAdd] "enter a graded item" => files::add_intelligence;
    get "/api/v1/intelligence/{id}" [EvidenceRead] "an item" => files::one_intelligence;
    post "/api/v1/intelligence/{id}/grading" [EvidenceAdd] "grade an item anew" => files::regrade;
    get "/api/v1/cases/{id}/items" [CaseRead] "tasks, hearings, charges" => files::items;
    post "/api/v1/cases/{id}/items" [TaskAdd] "add a task, hearing or charge" => files::add_item;
    post "/api/v1/items/{id}/move" [TaskUpdate] "another owner or date" => files::move_item;
    post "/api/v1/items/{id}/finish" [TaskUpdate] "finish a task" => files::finish_item;
    post "/api/v1/items/{id}/outcome" [TaskUpdate] "record what a court decided" => files::outcome;
    get "/api/v1/cases/{id}/products" [CaseRead] "products and the decisions they serve" => files::products;
    post "/api/v1/cases/{id}/products" [TaskAdd] "add a product" => files::add_product;
    get "/api/v1/products/stale" [CaseList] "products whose effect nobody has observed in 90 days" => files::stale_products;
    post "/api/v1/products/{id}/effect" [TaskUpdate] "record the effect observed" => files::effect;
    get "/api/v1/cases/{id}/links" [CaseRead] "links to other cases" => files::links;
    post "/api/v1/cases/{id}/links" [LinkPropose] "propose a link" => files::propose_link;
    post "/api/v1/links/{id}/answer" [LinkAgree] "agree to a link or decline" => files::answer_link;
    get "/api/v1/cases/{id}/markers" [MarkerTalk] "one's own markers" => files::markers;
    post "/api/v1/cases/{id}/markers" [MarkerPlace] "place a blind marker" => files::place_marker;
    post "/api/v1/markers/{id}/withdrawal" [MarkerPlace] "withdraw a marker" => files::withdraw_marker;
    get "/api/v1/cases/{id}/matches" [MarkerTalk] "markers that met another case's" => files::matches;
    post "/api/v1/matches/{id}/answer" [MarkerAgree] "agree to talk, or not" => files::answer_match;
    get "/api/v1/cases/{id}/disclosures" [DisclosureRead] "who got what" => files::disclosures;
    post "/api/v1/cases/{id}/disclosures" [DisclosureMake] "disclose something" => files::disclose;
    post "/api/v1/cases/{id}/defence-pack" [DisclosureMake] "make the pack for the defence" => files::defence_pack;
    get "/api/v1/disclosures/{id}" [DisclosureRead] "a disclosure" => files::one_disclosure;
    post "/api/v1/disclosures/{id}/approval" [DisclosureMake] "approve a disclosure with conditions" => files::approve_disclosure;
    get "/api/v1/disclosures/{id}/proof" [DisclosureRead] "receipts that an auditor verifies offline" => files::prove_disclosure;
    post "/api/v1/disclosures/{id}/receipt" [DisclosureMake] "record the recipient's receipt" => files::receipt_disclosure;
    get "/api/v1/victims" [VictimRead] "records one was put on" => victims::list;
    post "/api/v1/victims" [VictimOpen] "open the protective route for a person" => victims::open;
    get "/api/v1/victims/{id}" [VictimRead] "a pseudonymous record" => victims::read;
    post "/api/v1/victims/{id}/members" [VictimStatus] "put somebody on a record" => victims::add_member;
    post "/api/v1/victims/{id}/status" [VictimStatus] "record whose decision a status is" => victims::status;
    post "/api/v1/victims/{id}/review" [VictimStatus] "review a record whose clock runs out" => victims::review;
    post "/api/v1/victims/{id}/gate" [VictimGate] "the non-punishment review" => victims::gate;
    post "/api/v1/victims/{id}/risk" [VictimStatus] "note a risk" => victims::risk;
    post "/api/v1/victims/{id}/best-interest" [VictimStatus] "a child's guardian and best interest" => victims::best_interest;
    post "/api/v1/victims/{id}/identity" [IdentityWrite] "seal who somebody is" => victims::write_identity;
    get "/api/v1/victims/{id}/identity/requests" [IdentityRequest] "requests to know who somebody is" => victims::identity_requests;
    post "/api/v1/victims/{id}/identity/requests" [IdentityRequest] "ask to know who somebody is" => victims::request_identity;
    post "/api/v1/identity-requests/{id}/decision" [IdentityApprove] "approve or refuse such a request" => victims::decide_identity;
    post "/api/v1/identity-requests/{id}/reading" [IdentityRead] "read who somebody is, once" => victims::read_identity;
    post "/api/v1/victims/{id}/identity/erasure" [IdentityErase] "erase who somebody is" => victims::erase_identity;
    get "/api/v1/victims/{id}/consents" [VictimRead] "consents" => victims::consents;
    post "/api/v1/victims/{id}/consents" [ConsentRecord] "record a consent" => victims::consent;
    post "/api/v1/consents/{id}/withdrawal" [ConsentWithdraw] "withdraw a consent, at once" => victims::withdraw_consent;
    post "/api/v1/victims/{id}/contact" [IdentityWrite] "seal how somebody is safely reached" => victims::write_contact;
    get "/api/v1/victims/{id}/risks" [VictimRead] "the risks of contact, to be read first" => victims::risks;
    get "/api/v1/victims/{id}/contact" [ContactRead] "how somebody is safely reached" => victims::contact;
    get "/api/v1/victims/{id}/referrals" [ReferralRead] "referrals" => victims::referrals;
    post "/api/v1/victims/{id}/referrals" [ReferralSend] "refer somebody to a service" => victims::refer;
    get "/api/v1/referrals/{id}" [ReferralRead] "a referral" => victims::referral;
    get "/api/v1/protocols" [] "escalation protocols" => escalations::protocols;
    post "/api/v1/protocols" [ProtocolPropose] "propose a protocol" => escalations::propose_protocol;
    post "/api/v1/protocols/{id}/approval" [ProtocolApprove] "approve a protocol" => escalations::approve_protocol;
    get "/api/v1/escalations" [EscalationRead] "escalations one may see" => escalations::list;
    post "/api/v1/escalations" [EscalationDraft] "draft an escalation" => escalations::draft;
    post "/api/v1/escalations/dry-run" [EscalationDryRun] "what an escalation would need" => escalations::dry_run;
    get "/api/v1/escalations/{id}" [EscalationRead] "an escalation and what would be sent" => escalations::read;
    post "/api/v1/escalations/{id}/change" [EscalationDraft] "change what it is made of" => escalations::change;
    post "/api/v1/escalations/{id}/review" [EscalationDraft] "review an escalation whose clock runs out" => escalations::review;
    post "/api/v1/escalations/{id}/members" [EscalationDraft] "put somebody on an escalation" => escalations::add_member;
    post "/api/v1/escalations/{id}/screening" [EscalationDraft] "screen it" => escalations::screen;
    post "/api/v1/escalations/{id}/gate" [VictimGate] "the gate of an escalation" => escalations::gate;
    post "/api/v1/escalations/{id}/cosignature" [EscalationCosign] "the rights officer's co-signature" => escalations::cosign;
    post "/api/v1/escalations/{id}/signature" [EscalationSign] "sign what was read" => escalations::sign;
    post "/api/v1/escalations/{id}/refusal" [EscalationSign] "refuse it" => escalations::refuse;
    get "/api/v1/escalations/{id}/consultation" [EscalationConsult] "the question to civil society" => escalations::question;
    post "/api/v1/escalations/{id}/consultation" [EscalationDraft] "ask civil society" => escalations::ask;
    post "/api/v1/escalations/{id}/consultation/answer" [EscalationConsult] "answer, with objections" => escalations::reply;
    post "/api/v1/escalations/{id}/consultation/reply" [EscalationDraft] "answer an objection" => escalations::to_objection;
    post "/api/v1/escalations/{id}/consultation/close" [EscalationDraft] "close a consultation" => escalations::close_consultation;
    post "/api/v1/escalations/{id}/sending" [EscalationSend] "send it, with receipts" => escalations::send;
    get "/api/v1/outbound/{id}" [EscalationRead] "fetch a package, as its recipient" => escalations::fetch;
    post "/api/v1/escalations/{id}/receipt" [EscalationReceipt] "record the receipt" => escalations::receipt;
    post "/api/v1/escalations/{id}/feedback" [EscalationReceipt] "record what came of it" => escalations::feedback;
    post "/api/v1/escalations/{id}/withdrawal" [EscalationWithdraw] "withdraw it, and tell its recipient" => escalations::withdraw;
    post "/api/v1/escalations/{id}/withdrawal/confirmation" [EscalationReceipt] "the recipient confirms" => escalations::confirm_withdrawal;
    get "/api/v1/danger-reviews" [EscalationReviewDanger] "dangers that shortened an escalation and wait for review" => escalations::danger_reviews;
    post "/api/v1/danger-reviews/{id}/settlement" [EscalationReviewDanger] "settle whether there was the danger" => escalations::settle_danger;
    get "/api/v1/estimative-words" [] "the table of words for likelihoods" => escalations::words;
    post "/api/v1/estimative-words/check" [] "hold a text against the table; nothing is kept" => escalations::check_words;
    get "/api/v1/escalations/report" [StatisticRead] "volume and fairness by recipient" => escalations::report;
    post "/api/v1/policies" [PolicyPropose] "propose policies" => policies::propose;
    post "/api/v1/policies/{id}/approval" [PolicyApprove] "approve policies" => policies::approve;
    get "/api/v1/report" [StatisticRead] "the transparency report of a period" => log::report;
    get "/api/v1/anomalies/report" [SearchAnomalies] "what stands out in how staff searched in a period" => governance::anomalies_of;
    get "/api/v1/anomalies" [SearchAnomalies] "what stood out, and what was said of it" => governance::anomalies;
    post "/api/v1/anomalies/{id}/question" [SearchAnomalies] "put it to the person" => governance::ask_person;
    post "/api/v1/anomalies/{id}/settlement" [SearchAnomalies] "settle it, once the person was heard" => governance::settle;
    get "/api/v1/anomalies/own" [AnomalyAnswer] "what is asked of oneself" => governance::put_to_me;
    post "/api/v1/anomalies/{id}/answer" [AnomalyAnswer] "answer what is asked of oneself" => governance::answer_person;
    post "/api/v1/anomalies/{id}/review" [SearchAnomalies] "review a finding whose clock runs out" => governance::review_anomaly;
    post "/api/v1/redress" [RedressTake] "take in a request from outside" => governance::take_redress;
    get "/api/v1/redress" [RedressRead] "requests that one's body decides" => governance::redress;
    get "/api/v1/redress/{id}" [RedressRead] "a request with who asks" => governance::read_redress;
    post "/api/v1/redress/{id}/acknowledgement" [RedressDecide] "the person was told that it came" => governance::acknowledge_redress;
    post "/api/v1/redress/{id}/extension" [RedressDecide] "take longer, once" => governance::extend_redress;
    post "/api/v1/redress/{id}/decision" [RedressDecide] "decide, and put right" => governance::decide_redress;
    post "/api/v1/redress/{id}/answer" [RedressDecide] "answer the person" => governance::answer_redress;
    post "/api/v1/redress/{id}/review" [RedressDecide] "review a request whose clock runs out" => governance::review_redress;
    get "/api/v1/notices" [RedressTake] "notices that are due, and what oversight reviews" => governance::notices;
    post "/api/v1/notices" [RedressDelay] "delay a notice until a time" => governance::delay_notice;
    post "/api/v1/notices/{id}/done" [RedressDecide] "notice was given, or reviewed" => governance::finish_notice;
    post "/api/v1/notices/{id}/review" [RedressDecide] "review a notice whose clock runs out" => governance::review_notice;
    get "/api/v1/packs/releases" [] "releases of rule packs: no secret" => governance::packs;
    post "/api/v1/packs/releases" [PackRelease] "propose a release" => governance::propose_pack;
    post "/api/v1/packs/releases/{id}/consultation/answer" [PackConsult] "civil society is heard" => governance::object_to_pack;
    post "/api/v1/packs/releases/{id}/consultation/reply" [PackRelease] "answer an objection" => governance::reply_on_pack;
    post "/api/v1/packs/releases/{id}/consultation/close" [PackRelease] "close the consultation" => governance::close_pack;
    post "/api/v1/packs/releases/{id}/approval" [PackRelease] "approve a release" => governance::approve_pack;
}

/// Actions that have no endpoint yet, and why.
pub const NO_ENDPOINT: &[(Action, &str)] = &[
    (Action::LogRead, "the log is a folder: an auditor reads a copy of it with `tributary-auditor`"),
    (Action::LogVerify, "the same: who verifies does not ask the one who is verified"),
];

/// All endpoints over a desk.
pub fn router(desk: Desk) -> Router {
    let mut router = Router::new();
    for endpoint in ENDPOINTS {
        router = router.route(endpoint.path, (endpoint.handler)());
    }
    router
        .fallback(|| async { Problem::of(StatusCode::NOT_FOUND, "there is nothing at this address") })
        .method_not_allowed_fallback(|| async { Problem::of(StatusCode::METHOD_NOT_ALLOWED, "this address takes another method") })
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(desk)
}
