//! Everything that can be done in the register. Each action has one type of resource.

use crate::ResourceType;

macro_rules! actions {
    ($($variant:ident = $word:literal on $resource:ident,)+) => {
        /// Something that can be done: `type.verb` in policies, the log and the API.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "the words of the list say it")]
        pub enum Action { $($variant,)+ }

        impl Action {
            /// Every action, in the order of this list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its word, `type.verb`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// What it is done to.
            #[must_use]
            pub const fn resource(self) -> ResourceType {
                match self { $(Self::$variant => ResourceType::$resource,)+ }
            }
        }
    };
}

actions! {
    AlertList = "alert.list" on Alert,
    AlertRead = "alert.read" on Alert,
    AlertWeigh = "alert.weigh" on Alert,
    AlertDispose = "alert.dispose" on Alert,
    AlertSecondRead = "alert.second_read" on Alert,
    AlertUnmask = "alert.unmask" on Alert,
    AlertSnooze = "alert.snooze" on Alert,
    AlertWithdraw = "alert.withdraw" on Alert,
    AlertReread = "alert.reread" on Alert,
    CaseList = "case.list" on Case,
    CaseCreate = "case.create" on Case,
    CaseRead = "case.read" on Case,
    CaseUpdate = "case.update" on Case,
    CaseClose = "case.close" on Case,
    CaseJoin = "case.join" on Case,
    CaseShare = "case.share" on Case,
    CaseSearchNamed = "case.search_named" on Case,
    CaseFunnel = "case.funnel" on Statistic,
    PartyAdd = "party.add" on Party,
    PartyRead = "party.read" on Party,
    PartyPromote = "party.promote" on Party,
    EvidenceAdd = "evidence.add" on Evidence,
    EvidenceRead = "evidence.read" on Evidence,
    EvidenceCustody = "evidence.custody" on Evidence,
    EvidenceDisclose = "evidence.disclose" on Evidence,
    OrderRecord = "order.record" on Evidence,
    OrderConfirm = "order.confirm" on Evidence,
    OrderRevoke = "order.revoke" on Evidence,
    TaskAdd = "task.add" on Task,
    TaskUpdate = "task.update" on Task,
    LinkPropose = "link.propose" on Link,
    LinkAgree = "link.agree" on Link,
    MarkerPlace = "marker.place" on Marker,
    MarkerTalk = "marker.talk" on Marker,
    MarkerAgree = "marker.agree" on Marker,
    VictimOpen = "victim.open" on Victim,
    VictimRead = "victim.read" on Victim,
    VictimStatus = "victim.status" on Victim,
    VictimGate = "victim.gate" on Victim,
    IdentityWrite = "identity.write" on Identity,
    IdentityRequest = "identity.request" on Identity,
    IdentityApprove = "identity.approve" on Identity,
    IdentityRead = "identity.read" on Identity,
    IdentityErase = "identity.erase" on Identity,
    ConsentRecord = "consent.record" on Consent,
    ConsentWithdraw = "consent.withdraw" on Consent,
    ReferralSend = "referral.send" on Referral,
    ReferralRead = "referral.read" on Referral,
    ContactRead = "contact.read" on Identity,
    EscalationDraft = "escalation.draft" on Escalation,
    EscalationRead = "escalation.read" on Escalation,
    EscalationSign = "escalation.sign" on Escalation,
    EscalationCosign = "escalation.cosign" on Escalation,
    EscalationSend = "escalation.send" on Escalation,
    EscalationReceipt = "escalation.receipt" on Escalation,
    EscalationConsult = "escalation.consult" on Escalation,
    EscalationWithdraw = "escalation.withdraw" on Escalation,
    EscalationDryRun = "escalation.dry_run" on Escalation,
    EscalationReviewDanger = "escalation.review_danger" on Escalation,
    ProtocolPropose = "protocol.propose" on Protocol,
    ProtocolApprove = "protocol.approve" on Protocol,
    PolicyPropose = "policy.propose" on Policy,
    PolicyApprove = "policy.approve" on Policy,
    PackStop = "pack.stop" on Pack,
    PackRelease = "pack.release" on Pack,
    StopSet = "stop.set" on Stop,
    AccountList = "account.list" on Account,
    AccountCreate = "account.create" on Account,
    AccountUpdate = "account.update" on Account,
    AccountSuspend = "account.suspend" on Account,
    AgencyCreate = "agency.create" on Agency,
    LogRead = "log.read" on Log,
    LogVerify = "log.verify" on Log,
    StatisticRead = "statistic.read" on Statistic,
    DisclosureMake = "disclosure.make" on Disclosure,
    DisclosureRead = "disclosure.read" on Disclosure,
    HoldSet = "hold.set" on Case,
    HoldLift = "hold.lift" on Case,
    RetentionRun = "retention.run" on Agency,
    BreakGlassUse = "break_glass.use" on BreakGlass,
    BreakGlassReview = "break_glass.review" on BreakGlass,
    SearchAnomalies = "search.anomalies" on Log,
    AnomalyAnswer = "anomaly.answer" on Log,
    PackConsult = "pack.consult" on Pack,
    RedressTake = "redress.take" on Redress,
    RedressRead = "redress.read" on Redress,
    RedressDecide = "redress.decide" on Redress,
    RedressDelay = "redress.delay" on Redress,
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Action {
    type Err = crate::AccessError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|action| action.as_str() == word)
            .ok_or_else(|| crate::AccessError::word("action", word, &Self::ALL.iter().map(|action| action.as_str()).collect::<Vec<_>>()))
    }
}
