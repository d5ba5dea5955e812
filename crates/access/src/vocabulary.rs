//! The closed lists that policies speak of.

/// A closed list of words: each has one name, the same in policies, the store, the API and on screens.
macro_rules! words {
    ($(#[$about:meta])* $name:ident, $what:literal { $($(#[$note:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[allow(missing_docs, reason = "the words of the list say it")]
        pub enum $name { $($(#[$note])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// Every one, in the order of this list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::AccessError;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word).ok_or_else(|| {
                    crate::AccessError::word($what, word, &Self::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>())
                })
            }
        }
    };
}

words! {
    /// What somebody is employed to do. An account has one role: who has two duties has two accounts.
    Role, "role" {
        PlatformAnalyst = "platform_analyst",
        ComplianceAnalyst = "compliance_analyst",
        FiuAnalyst = "fiu_analyst",
        PoliceAnalyst = "police_analyst",
        TaskForceMember = "task_force_member",
        Prosecutor = "prosecutor",
        Judge = "judge",
        VictimSupport = "victim_support",
        RightsOfficer = "rights_officer",
        Auditor = "auditor",
        /// Runs the register and sees no case.
        Administrator = "administrator",
        /// Civil society: consulted, and reads statistics.
        Observer = "observer",
    }
}

words! {
    /// What kind of organisation an account belongs to.
    AgencyClass, "agency class" {
        Platform = "platform",
        Bank = "bank",
        Fiu = "fiu",
        Police = "police",
        TaskForce = "task_force",
        Prosecution = "prosecution",
        Court = "court",
        VictimService = "victim_service",
        Oversight = "oversight",
        CivilSociety = "civil_society",
        Immigration = "immigration",
        Operator = "operator",
    }
}

words! {
    /// What a request is for (SG-007). It is stated with every request that names somebody, and it is in the log.
    Purpose, "purpose" {
        Detection = "detection",
        Investigation = "investigation",
        Prosecution = "prosecution",
        Adjudication = "adjudication",
        VictimAssistance = "victim_assistance",
        RightsReview = "rights_review",
        Oversight = "oversight",
        Audit = "audit",
        Administration = "administration",
        Statistics = "statistics",
        /// Return, removal or immigration enforcement: nothing is ever allowed for it (SG-038).
        Return = "return",
    }
}

words! {
    /// How what is told may be handled: P and C of the 3x5x2 system, H0 to H3 of Europol (SG-052).
    Handling, "handling code" {
        P = "P",
        C = "C",
        H0 = "H0",
        H1 = "H1",
        H2 = "H2",
        H3 = "H3",
    }
}

impl Handling {
    /// Whether passing it on needs a text of conditions and somebody who approves (SG-052).
    #[must_use]
    pub const fn has_conditions(self) -> bool {
        !matches!(self, Self::P | Self::H0)
    }
}

words! {
    /// What can be acted on; the entity types of the policies.
    ResourceType, "resource type" {
        Alert = "Alert",
        Case = "Case",
        Party = "Party",
        Evidence = "Evidence",
        Task = "Task",
        Link = "Link",
        Marker = "Marker",
        /// What is known of a victim but who it is.
        Victim = "Victim",
        /// Who a victim is.
        Identity = "Identity",
        Consent = "Consent",
        Referral = "Referral",
        Escalation = "Escalation",
        Protocol = "Protocol",
        Policy = "Policy",
        Pack = "Pack",
        Account = "Account",
        Agency = "Agency",
        Log = "Log",
        Statistic = "Statistic",
        Disclosure = "Disclosure",
        BreakGlass = "BreakGlass",
        Stop = "Stop",
        /// What somebody outside asks of the register: to know, to put right, to look into, to decide anew.
        Redress = "Redress",
    }
}
