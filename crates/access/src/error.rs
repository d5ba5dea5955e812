use thiserror::Error;

/// What can be wrong with policies, credentials or the words they use.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AccessError {
    /// A word that is in no list.
    #[error("`{word}` is no {what}; known: {known}")]
    Word {
        /// What it should have been.
        what: &'static str,
        /// What stands there, cut to 64 characters.
        word: String,
        /// All words that would do.
        known: String,
    },
    /// The schema of the policies does not parse.
    #[error("the schema of the policies (`schema.cedarschema`) is not understood: {0}")]
    Schema(String),
    /// A policy file does not parse, lacks its id, or repeats one.
    #[error("policy file `{file}`: {message}")]
    Policy {
        /// The file's name.
        file: String,
        /// What is wrong and where.
        message: String,
    },
    /// Policies that name what the schema does not have: such a policy would never take effect, which nobody would notice.
    #[error("the policies do not agree with their schema: {0}")]
    Validation(String),
    /// A question that the schema does not have, or attributes of another form.
    #[error("the question cannot be put to the policies: {0}")]
    Question(String),
    /// A password that is not taken.
    #[error("the password is not taken: {0}")]
    Password(&'static str),
    /// The place that security keys are bound to.
    #[error("the place that security keys are bound to is not understood: {0}")]
    RelyingParty(String),
    /// A stored hash or secret of another form.
    #[error("a stored credential has another form than this version writes; set it anew")]
    Stored,
}

impl AccessError {
    pub(crate) fn word(what: &'static str, word: &str, known: &[&str]) -> Self {
        Self::Word { what, word: word.chars().take(64).collect(), known: known.join(", ") }
    }
}
