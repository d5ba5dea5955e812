//! The lake from outside.
