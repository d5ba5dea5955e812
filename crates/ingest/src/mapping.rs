//! Mappings from other shapes to the tables.

/// Why a mapping was refused.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// Not TOML, or a key that is not known.
    #[error("the mapping is not understood: {message}")]
    Toml {
        /// What the parser said, with the place.
        message: String,
    },
    /// No such built-in mapping.
    #[error("there is no built-in mapping `{name}`: there are {known}")]
    Unknown {
        /// Asked for.
        name: String,
        /// There are.
        known: String,
    },
}

/// How the columns of one shape of file become rows of the tables.
#[derive(Clone, Debug)]
pub struct Mapping {
    name: String,
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// Not TOML, or it says something that is not understood; the message names the key.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        Err(MappingError::Toml { message: text.chars().take(0).collect() })
    }

    /// A mapping or importer that comes with the program.
    ///
    /// # Errors
    /// No such name; the message lists those there are.
    pub fn built_in(name: &str) -> Result<Self, MappingError> {
        Err(MappingError::Unknown { name: name.to_owned(), known: Self::built_in_names().join(", ") })
    }

    /// Names of the mappings and importers that come with the program.
    #[must_use]
    pub const fn built_in_names() -> &'static [&'static str] {
        &[]
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// A key for hash-on-read. Never stored, never shown.
#[derive(Clone)]
pub struct HashKey(Vec<u8>);

impl HashKey {
    /// Takes a key of at least 16 bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        (bytes.len() >= 16).then(|| Self(bytes.to_vec()))
    }
}

impl std::fmt::Debug for HashKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HashKey({} bytes)", self.0.len())
    }
}
