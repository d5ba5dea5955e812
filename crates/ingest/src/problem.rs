//! What can be wrong with a value or a row, in plain words with a remedy.

use std::borrow::Cow;

/// A problem of one row. The first one found is the one reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Column; empty where the whole row has it.
    pub(crate) column: Cow<'static, str>,
    /// The value, as read (cut later).
    pub(crate) value: String,
    /// What is wrong.
    pub(crate) problem: Cow<'static, str>,
    /// What to do.
    pub(crate) remedy: Cow<'static, str>,
    /// Is it that the row's id was there already?
    pub(crate) duplicate: bool,
}

impl Problem {
    /// A problem of the whole row.
    pub(crate) fn of_row(problem: impl Into<Cow<'static, str>>, remedy: impl Into<Cow<'static, str>>) -> Self {
        Self { column: Cow::Borrowed(""), value: String::new(), problem: problem.into(), remedy: remedy.into(), duplicate: false }
    }

    /// A problem of a value.
    pub(crate) fn of_value(column: &'static str, value: &str, wrong: Wrong) -> Self {
        Self { column: Cow::Borrowed(column), value: value.to_owned(), problem: wrong.problem, remedy: wrong.remedy, duplicate: false }
    }
}

/// What is wrong with a value, without its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// What is wrong.
    pub(crate) problem: Cow<'static, str>,
    /// What to do.
    pub(crate) remedy: Cow<'static, str>,
}

impl Wrong {
    pub(crate) const fn new(problem: &'static str, remedy: &'static str) -> Self {
        Self { problem: Cow::Borrowed(problem), remedy: Cow::Borrowed(remedy) }
    }

    /// From a message of the form "is wrong: do this".
    pub(crate) fn split(message: &str, otherwise: &'static str) -> Self {
        match message.split_once(": ") {
            Some((problem, remedy)) => Self { problem: problem.to_owned().into(), remedy: remedy.to_owned().into() },
            None => Self { problem: message.to_owned().into(), remedy: Cow::Borrowed(otherwise) },
        }
    }
}

/// Cuts text to a number of bytes at a character's border.
pub(crate) fn cut(text: &str, bytes_max: usize) -> &str {
    if text.len() <= bytes_max {
        return text;
    }
    let mut end = bytes_max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
