//! Words of the Human Trafficking Case Data Standard 2.0 (IOM, 2021), by the field they stand in.

macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$note:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
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
    };
}

words! {
    /// `vic_TraffickingStatus`. A record begins as possible; no score and no rule sets another (SG-030).
    #[derive(Default)]
    Status {
        #[default]
        Possible = "possible",
        /// HTCDS says "actual"; here it is confirmed by whom, and by nobody else.
        Confirmed = "confirmed",
        NotAVictim = "not_a_victim",
    }
}

words! {
    /// `vic_TraffickingStatusDecisionMakingOrg`.
    DecidingOrg {
        Police = "police",
        Ngo = "ngo",
        CourtOrProsecution = "court_or_prosecution",
        NonPoliceGovernmental = "non_police_governmental",
        Other = "other",
    }
}

words! {
    /// `vic_MethodsOfControl`.
    Means {
        PhysicalThreats = "physical_threats",
        ThreatsLawEnforcement = "threats_law_enforcement",
        ThreatensChildrenFamily = "threatens_children_family",
        DebtBondage = "debt_bondage",
        FalsePromises = "false_promises",
        PhysicalAbuse = "physical_abuse",
        SexualAbuse = "sexual_abuse",
        TakesEarnings = "takes_earnings",
        RestrictsFinancialAccess = "restricts_financial_access",
        RestrictsMedicalCare = "restricts_medical_care",
        WithholdsNecessities = "withholds_necessities",
        PsychologicalAbuse = "psychological_abuse",
        PsychoactiveSubstance = "psychoactive_substance",
        ExcessiveWorkingHours = "excessive_working_hours",
        WithholdsDocuments = "withholds_documents",
        Other = "other",
    }
}

words! {
    /// `vic_TypeOfExploitation`.
    Exploitation {
        ForcedLabour = "forced_labour",
        SexualExploitation = "sexual_exploitation",
        ChildLabour = "child_labour",
        ForcedMarriage = "forced_marriage",
        Servitude = "servitude",
        ForcedMilitary = "forced_military",
        OrganRemoval = "organ_removal",
        ForcedBegging = "forced_begging",
        ForcedAdoption = "forced_adoption",
        Surrogacy = "surrogacy",
        Other = "other",
    }
}

words! {
    /// What people who are trafficked are made to do; each opens the protective route (SG-033).
    Coerced {
        Mule = "mule",
        ScamWorker = "scam_worker",
        Begging = "begging",
        Carrying = "carrying",
        DocumentOffence = "document_offence",
        ChildRecruitment = "child_recruitment",
    }
}

words! {
    /// What a non-punishment review finds: whether what the person did followed from being trafficked.
    GateOutcome {
        /// It did: the person is not punished for it.
        NonPunishment = "non_punishment",
        /// It may have: protection first, and another look.
        ProtectFirst = "protect_first",
        /// It did not.
        NoLink = "no_link",
    }
}

words! {
    /// `spl_Type`: what a service gives.
    Support {
        Education = "education",
        Financial = "financial",
        Health = "health",
        LabourExploitationRehabilitation = "labour_exploitation_rehabilitation",
        Legal = "legal",
        Livelihood = "livelihood",
        RightsBasedTraining = "rights_based_training",
        SexualExploitationRehabilitation = "sexual_exploitation_rehabilitation",
        SocialCare = "social_care",
    }
}
