use thiserror::Error;
use tributary_access::{AccessError, Action, Lack};
use tributary_cases::CasesError;

/// Why something was not done. [`RegisterError::status`] is the HTTP status that says the same.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// Nothing that the caller may know of has this id. Also said of what exists and must stay secret.
    #[error("there is no such {0}, or you may not know of it")]
    Missing(&'static str),
    /// The policies say no.
    #[error("{}", denial(*action, lacks))]
    Denied {
        /// What was asked for.
        action: Action,
        /// What would have to be stated, or to be so; nothing, where nothing would do.
        lacks: Vec<Lack>,
    },
    /// Nobody is signed in, or not any more.
    #[error("{0}; sign in")]
    SignIn(&'static str),
    /// Too many failures: wait.
    #[error("too many failed attempts; the account opens again at {0}")]
    Locked(tributary_model::Timestamp),
    /// A field that is not understood or out of its range.
    #[error("`{field}`: {why}")]
    Invalid {
        /// Which.
        field: &'static str,
        /// What is wrong, and what would do.
        why: String,
    },
    /// Somebody else must do this: the second of two, the other unit.
    #[error("{0}")]
    Duty(&'static str),
    /// It cannot be done as things stand.
    #[error("{0}")]
    State(String),
    /// Somebody changed it since the version that was stated.
    #[error("it was changed since the version you read; read it again and decide anew")]
    Conflict,
    /// The witnesses' quorum is missing: nothing leaves the register (SG-080).
    #[error("the log has no quorum of witnesses at present, so nothing may leave the register: {0}")]
    Quorum(String),
    /// The identity provider could not be asked.
    #[error("the identity provider could not be asked: {0}; try again, or sign in by password")]
    Provider(&'static str),
    /// Policies, protocols or credentials as they are stored.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The store.
    #[error(transparent)]
    Store(CasesError),
}

/// A denial in words, with what would do.
fn denial(action: Action, lacks: &[Lack]) -> String {
    if lacks.is_empty() {
        return format!(
            "your role may not do this here (`{action}`), and no case, legal basis or purpose that you could state with it changes that by itself; ask who may"
        );
    }
    let says = |lack: &Lack| match lack {
        Lack::Case => "state a case that you belong to (`x-case`)".to_owned(),
        Lack::LegalBasis => {
            "state a legal basis that counts for your agency and purpose (`x-legal-basis`; the list is at `GET /api/v1/bases`)".to_owned()
        }
        Lack::Vetting => "it needs a vetting that is higher than yours, or that has not run out".to_owned(),
        Lack::Risks => "read the risks of contact first".to_owned(),
        Lack::Purpose(purposes) => {
            let words: Vec<&str> = purposes.iter().map(|purpose| purpose.as_str()).collect();
            format!("it is done for another purpose (`x-purpose`): {}", words.join(" or "))
        }
    };
    format!("not as you asked for it (`{action}`): {}", lacks.iter().map(says).collect::<Vec<_>>().join("; and "))
}

impl From<CasesError> for RegisterError {
    fn from(error: CasesError) -> Self {
        match error {
            CasesError::Missing { kind, .. } => Self::Missing(kind),
            CasesError::Conflict { .. } => Self::Conflict,
            CasesError::Taken { kind, name } => Self::State(format!("there is already a {kind} with this {name}")),
            other => Self::Store(other),
        }
    }
}

impl RegisterError {
    /// The HTTP status of it (RFC 9110).
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Missing(_) => 404,
            Self::Denied { .. } | Self::Duty(_) => 403,
            Self::SignIn(_) => 401,
            Self::Locked(_) => 429,
            Self::Invalid { .. } => 422,
            Self::State(_) | Self::Conflict => 409,
            Self::Quorum(_) | Self::Provider(_) => 503,
            Self::Access(_) | Self::Store(_) => 500,
        }
    }

    /// A field that will not do.
    pub(crate) fn invalid(field: &'static str, why: impl Into<String>) -> Self {
        Self::Invalid { field, why: why.into() }
    }
}
