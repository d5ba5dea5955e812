use thiserror::Error;

/// What can go wrong with a sealed record or a key. No variant says anything of what is sealed.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VaultError {
    /// The text of a master key has another form.
    #[error("a key is 64 hexadecimal digits on one line; make one with `tributary register keygen`")]
    KeyForm,
    /// The bytes of a sealed record or wrapped key are too short or of another version.
    #[error("the sealed record has another form than this version writes; restore it from a backup")]
    Form,
    /// Wrong key, wrong record, or changed bytes: an authenticated cipher does not tell which.
    #[error("the record does not open: another key, another record's bytes, or bytes that were changed")]
    Closed,
    /// The cipher refuses: more than 256 GiB at once.
    #[error("too long to seal")]
    TooLong,
}
