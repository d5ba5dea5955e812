//! A part of the lists, for one request.

/// Lists of a screener by their places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    holds: Vec<bool>,
}

/// A list that the screener does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no list `{name}`; choose from: {}", known.join(", "))]
pub struct UnknownList {
    /// The name asked for.
    pub name: String,
    /// The names there are.
    pub known: Vec<String>,
}

impl Scope {
    /// All of so many lists.
    pub(crate) fn all(count: usize) -> Self {
        Self { holds: vec![true; count] }
    }

    /// The lists with these names.
    pub(crate) fn of(names: &[&str], known: &[&str]) -> Result<Self, UnknownList> {
        if let Some(name) = names.iter().find(|name| !known.contains(name)) {
            return Err(UnknownList { name: (*name).to_owned(), known: known.iter().map(|name| (*name).to_owned()).collect() });
        }
        Ok(Self { holds: known.iter().map(|name| names.contains(name)).collect() })
    }

    /// Is the list at this place among them?
    pub(crate) fn holds(&self, list: u32) -> bool {
        self.holds.get(list as usize).copied().unwrap_or(false)
    }
}
