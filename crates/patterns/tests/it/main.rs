//! Pattern search.
