//! The closed lists that protocols and escalations speak of. Roles and agency classes are those of policies/README.md.

macro_rules! words {
    ($(#[$about:meta])* $name:ident, $what:literal { $($variant:ident = $word:literal,)+ }) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        $(#[$about])*
        #[allow(missing_docs, reason = "the words of the list say it")]
        pub enum $name { $(#[serde(rename = $word)] $variant,)+ }

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
            type Err = crate::EscalationError;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word).ok_or_else(|| crate::EscalationError::Word {
                    what: $what,
                    word: word.chars().take(64).collect(),
                    known: Self::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", "),
                })
            }
        }
    };
}

words! {
    /// What kind of organisation somebody acts for.
    #[cfg_attr(feature = "schema", schemars(rename = "EscalationClass"))]
    Class, "agency class" {
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
    /// What somebody is employed to do.
    #[cfg_attr(feature = "schema", schemars(rename = "EscalationRole"))]
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
        Administrator = "administrator",
        Observer = "observer",
    }
}

words! {
    /// Which side a finding is on.
    Side, "side" {
        Trafficking = "trafficking",
        Financing = "financing",
        Intersecting = "intersecting",
    }
}

words! {
    /// By what way something reaches its recipient.
    Channel, "channel" {
        Goaml = "goaml",
        Letter = "letter",
        Portal = "portal",
        Signal = "signal",
    }
}

words! {
    /// How far a legal text was read: opened, an excerpt, from memory.
    Mark, "mark" {
        Opened = "V",
        Excerpt = "W",
        Memory = "M",
    }
}

words! {
    /// Where the review of an alert ended.
    #[cfg_attr(feature = "schema", schemars(rename = "EscalationDisposition"))]
    Disposition, "disposition" {
        Confirmed = "confirmed",
    }
}

words! {
    /// Public roles of which a person, never the program, says whether a party has them (SG-006).
    Category, "category" {
        Journalist = "journalist",
        Lawyer = "lawyer",
        AidWorker = "aid_worker",
        RightsWorker = "rights_worker",
        MinorityInstitution = "minority_institution",
    }
}

words! {
    /// What a category leads to.
    Route, "action of `do_not_route`" {
        RightsCosign = "rights_cosign",
        Refuse = "refuse",
    }
}

words! {
    /// Why somebody is looked at in the non-punishment gate (SG-032).
    Guarded, "condition of the gate" {
        PossibleVictim = "possible_victim",
        ConfirmedVictim = "confirmed_victim",
        Minor = "minor",
        CoercedOffence = "coerced_offence",
    }
}

words! {
    /// What people who are trafficked are made to do; each opens the protective route (SG-033).
    #[cfg_attr(feature = "schema", schemars(rename = "EscalationCoerced"))]
    Coerced, "kind of coerced offence" {
        Mule = "mule",
        ScamWorker = "scam_worker",
        Begging = "begging",
        Carrying = "carrying",
        DocumentOffence = "document_offence",
        ChildRecruitment = "child_recruitment",
    }
}

words! {
    /// What a gate may decide.
    #[cfg_attr(feature = "schema", schemars(rename = "EscalationOutcome"))]
    Outcome, "outcome of the gate" {
        LeaveOut = "leave_out",
        ProtectFirst = "protect_first",
        Proceed = "proceed",
    }
}

words! {
    /// To whom something of a victim goes back.
    ReturnTo, "recipient of a return" {
        Nobody = "nobody",
    }
}

words! {
    /// What can be taken out (section 5).
    Field, "field of a redaction" {
        VictimIdentity = "victim.identity",
        VictimPseudonym = "victim.pseudonym",
        WitnessIdentity = "witness.identity",
        SourceIdentity = "source.identity",
        StatementText = "statement.text",
        PinningDetail = "evidence.pinning_detail",
        PartyIdentity = "party.identity",
        PartyIdentifier = "party.identifier",
        NarrativeText = "narrative.text",
        Content = "content",
    }
}

words! {
    /// How it is taken out.
    Redact, "action of a redaction" {
        Remove = "remove",
        Pseudonymise = "pseudonymise",
        Generalise = "generalise",
    }
}

words! {
    /// When civil society is asked (SG-087).
    Ask, "condition of a consultation" {
        DoNotRouteHit = "do_not_route_hit",
        CommunityAffected = "community_affected",
        Always = "always",
    }
}

words! {
    /// What danger may leave out.
    Skip, "step that danger may skip" {
        Consultation = "consultation",
    }
}

words! {
    /// What observers see.
    Sees, "view of observers" {
        State = "state",
        Counts = "counts",
    }
}

words! {
    /// Whether the subject is told.
    Tell, "notice" {
        None = "none",
        Delayed = "delayed",
        Allowed = "allowed",
    }
}

words! {
    /// In what form it is sent.
    Form, "form of output" {
        Narrative = "narrative",
        Goaml = "goaml",
        Stix = "stix",
    }
}

words! {
    /// Whom the output names.
    Named, "choice of parties" {
        Subjects = "subjects",
        None = "none",
    }
}

words! {
    /// What a person answers to a question about a party; unknown counts as yes.
    Answer, "answer" {
        Yes = "yes",
        No = "no",
        Unknown = "unknown",
    }
}

words! {
    /// What somebody is in the case.
    Stands, "standing of a party" {
        Subject = "subject",
        PossibleVictim = "possible_victim",
        ConfirmedVictim = "confirmed_victim",
        Witness = "witness",
        Worker = "worker",
        Protected = "protected",
    }
}

words! {
    /// Handling codes: P and C of the 3x5x2 system, H0 to H3 of Europol (SG-052).
    #[cfg_attr(feature = "schema", schemars(rename = "EscalationHandling"))]
    Handling, "handling code" {
        P = "P",
        C = "C",
        H0 = "H0",
        H1 = "H1",
        H2 = "H2",
        H3 = "H3",
    }
}

words! {
    /// The source's part of a 3x5x2 grade (SG-050).
    #[cfg_attr(feature = "schema", schemars(rename = "EscalationSourceGrade"))]
    SourceGrade, "grade of a source" {
        Reliable = "1",
        Untested = "2",
        NotReliable = "3",
    }
}

words! {
    /// The information's part of a 3x5x2 grade (SG-050).
    #[cfg_attr(feature = "schema", schemars(rename = "EscalationInformationGrade"))]
    InformationGrade, "grade of an information" {
        KnownDirectly = "A",
        Corroborated = "B",
        KnownIndirectly = "C",
        NotKnown = "D",
        SuspectedFalse = "E",
    }
}

words! {
    /// What came of an escalation.
    Came, "feedback" {
        NoneYet = "none_yet",
        InquiryOpened = "inquiry_opened",
        JoinedToACase = "joined_to_a_case",
        Refused = "refused",
        MeasureTaken = "measure_taken",
        NotForUs = "not_for_us",
    }
}

impl Answer {
    /// Whether it is treated as a yes.
    #[must_use]
    pub const fn counts(self) -> bool {
        !matches!(self, Self::No)
    }
}

impl Handling {
    /// Whether passing it on needs a text of conditions and somebody who approved.
    #[must_use]
    pub const fn has_conditions(self) -> bool {
        !matches!(self, Self::P | Self::H0)
    }
}
